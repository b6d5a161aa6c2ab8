//! The liveness-exec example (SEED-30…37), with its timeline derived from the rules.

use std::sync::Arc;

use super::{secs, words};
use crate::testing::{self, ExecAnswer, Program, World};

const NOT_FOUND: &str = "cat: can't open '/tmp/healthy': No such file or directory\n";

/// The example's world: the file is there for the first 30 seconds of each instance; `sh` is PID 1 and deaf to TERM.
fn world(seed: u64) -> Arc<World> {
    let world = World::new(seed);
    world.runtime.program("liveness", &[Program::DEAF]);
    world.runtime.on_exec(|call| {
        assert_eq!(call.argv, ["cat", "/tmp/healthy"]);
        if call.elapsed < secs(30) { ExecAnswer::code(0, "") } else { ExecAnswer::code(1, NOT_FOUND) }
    });
    let mut pod = testing::pod("liveness-exec");
    let container = &mut pod.spec.containers[0];
    container.name = "liveness".to_owned();
    let mut probe = testing::exec_probe(&["cat", "/tmp/healthy"], secs(5));
    probe.initial_delay = secs(5);
    container.liveness_probe = Some(probe);
    world.apply(pod);
    world
}

#[test]
fn for_seed_0_every_time_follows_from_the_probes_phase() {
    let world = world(0);
    world.run(async |world| world.sleep(600.0).await);
    let failures = world.times_of("Unhealthy");
    // The phase f: the first failing tick lies in (30, 35], and it is kept for ever (PROBE-2).
    let f = failures[0] - 30.0;
    assert!((0.0..=5.0).contains(&f), "{f}");
    // What the rules make of f: per instance three failing ticks from its 30th second on, the kill with the third,
    // SIGKILL 30 s later, the next instance at once (RST-6), until the back-off outgrows the cycle (SEED-36).
    let (mut unhealthy, mut kills, mut starts) = (Vec::new(), Vec::new(), vec![0.0]);
    let mut start = 0.0;
    for restart in 1..=8 {
        let first: f64 = next_tick(f, start + 30.0);
        unhealthy.extend([first, first + 5.0, first + 10.0]);
        kills.push(first + 10.0);
        start = first + 40.0;
        if restart == 6 {
            break;
        }
        starts.push(start);
    }
    let upto = |times: Vec<f64>, end: f64| times.into_iter().filter(|time| *time < end).collect::<Vec<_>>();
    let end = start + 1.0;
    close(&upto(failures, end), &unhealthy);
    close(&upto(world.times_of("Killing"), end), &kills);
    close(&upto(world.times_of("Started"), end), &starts);
    // SEED-36: the sixth restart finds 75 s < 80 s. From then on the instance that was killed is the newest dead one,
    // so the 80 s count from its end (RST-6), and the retry comes late by up to 15 s (RST-8).
    let back_off = world.times_of("BackOff");
    assert!((back_off[0] - start).abs() < 1e-6, "{back_off:?} {start}");
    let sixth = world.times_of("Started")[6];
    assert!((start + 80.0..start + 95.0).contains(&sixth), "{sixth}");
}

/// The first tick of phase `f` at or after `time`.
fn next_tick(f: f64, time: f64) -> f64 {
    f + 5.0 * ((time - f) / 5.0 - 1e-9).ceil()
}

fn close(seen: &[f64], expected: &[f64]) {
    let fits = seen.len() == expected.len() && seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(fits, "seen {seen:?}\nexpected {expected:?}");
}

#[test]
fn for_100_seeds_every_time_lies_in_the_intervals_of_seed_31_to_seed_36() {
    for seed in 0..100 {
        let world = world(seed);
        world.run(async |world| world.sleep(700.0).await);
        let unhealthy = world.times_of("Unhealthy");
        let within =
            |time: f64, low: f64, high: f64| assert!(low <= time && time <= high, "seed {seed}: {time}");
        // SEED-31.
        for (index, time) in unhealthy[..3].iter().enumerate() {
            let low = 30.0 + 5.0 * f64::from(u32::try_from(index).unwrap());
            within(*time, low, low + 5.0);
        }
        // SEED-32.
        within(world.times_of("Killing")[0], 40.0, 45.0);
        within(world.times_done("exit liveness#0 137")[0], 70.0, 75.0);
        // SEED-33, SEED-34.
        let starts = world.times_of("Started");
        within(starts[1], 70.0, 76.0);
        within(starts[2], 140.0, 150.0);
        within(starts[3], 210.0, 225.0);
        // SEED-36.
        within(world.times_of("BackOff")[0], 420.0, 451.0);
        within(starts[6], world.times_of("BackOff")[0] + 80.0, 546.0);
        let third =
            &world.events().into_iter().filter(|(_, event)| event.reason == "Unhealthy").nth(2).unwrap().1;
        assert_eq!(third.count, 3);
        assert_eq!(
            third.message,
            "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory"
        );
    }
}

#[test]
fn the_pod_shows_running_all_the_time_seed_37() {
    let world = world(3);
    world.run(async |world| world.sleep(160.0).await);
    let words = words(&world.statuses(), "liveness");
    assert_eq!(words[..2], ["ContainerCreating", "Running"]);
    assert_eq!(world.status().container_statuses[0].restart_count, 2);
    assert!(
        world
            .event_texts()
            .contains(&"Killing Container liveness failed liveness probe, will be restarted".to_owned())
    );
}

#[test]
fn the_same_seed_tells_the_same_story_to_the_nanosecond() {
    let story = |seed| {
        let world = world(seed);
        world.run(async |world| world.sleep(600.0).await);
        format!("{:?}{:?}{:?}", world.events(), world.statuses(), world.runtime.journal())
    };
    assert_eq!(story(5), story(5));
    assert_ne!(story(5), story(6));
}

#[test]
fn a_container_that_hears_term_is_restarted_every_45_seconds_seed_35() {
    let world = world(0);
    world.runtime.program("liveness", &[Program::on_term(secs(0), 143)]);
    world.run(async |world| world.sleep(180.0).await);
    let count = world.status().container_statuses[0].restart_count;
    assert!((3..=4).contains(&count), "{count}");
}
