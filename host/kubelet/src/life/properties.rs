//! Whatever happens to a Pod, these hold: checked on random Pods, exits, probe flips and deletions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wasipod_api::model::{HookAction, Pod, RestartPolicy};

use super::secs;
use crate::testing::{self, ExecAnswer, Program, World};

/// How long a story lasts.
const END: u64 = 900;

/// One Pod's story.
#[derive(Clone, Debug)]
struct Story {
    seed: u64,
    policy: RestartPolicy,
    inits: Vec<Vec<Program>>,
    mains: Vec<Vec<Program>>,
    /// The first main container's liveness fails for that many seconds from that second of an instance's life on.
    liveness: Option<(u64, u64)>,
    pre_stop: Option<u64>,
    deadline: Option<u64>,
    deletion: Option<Deletion>,
}

/// When the Pod is deleted, with which grace, and again after that many seconds with that grace.
type Deletion = (u64, u64, Option<(u64, u64)>);

fn program() -> impl Strategy<Value = Program> {
    let code = prop_oneof![Just(0), Just(1), Just(3)];
    let ends = proptest::option::of((0u64..90, code.clone()));
    let on_term = proptest::option::of((0u64..5, code));
    (ends, on_term).prop_map(|(ends, on_term)| {
        let timed = |(after, code)| (Duration::from_secs(after), code);
        Program { ends: ends.map(timed), on_term: on_term.map(timed), start_error: None }
    })
}

fn init_program() -> impl Strategy<Value = Program> {
    (0u64..20, prop_oneof![3 => Just(0), 1 => Just(1)])
        .prop_map(|(after, code)| Program::ends(secs(after), code))
}

fn story() -> impl Strategy<Value = Story> {
    let policy =
        prop_oneof![Just(RestartPolicy::Always), Just(RestartPolicy::OnFailure), Just(RestartPolicy::Never)];
    let attempts = proptest::collection::vec(program(), 1..4);
    let inits = proptest::collection::vec(proptest::collection::vec(init_program(), 1..3), 0..3);
    let mains = proptest::collection::vec(attempts, 1..4);
    let liveness = proptest::option::of((0u64..60, 1u64..60));
    let deletion = proptest::option::of((0u64..600, 1u64..60, proptest::option::of((0u64..20, 1u64..60))));
    let times = (proptest::option::of(0u64..70), proptest::option::of(1u64..300));
    (any::<u64>(), policy, inits, mains, liveness, times, deletion).prop_map(
        |(seed, policy, inits, mains, liveness, (pre_stop, deadline), deletion)| Story {
            seed,
            policy,
            inits,
            mains,
            liveness,
            pre_stop,
            deadline,
            deletion,
        },
    )
}

// === impl Story ===

impl Story {
    fn pod(&self) -> Pod {
        let names = |kind: &str, count: usize| (0..count).map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
        let (inits, mains) = (names("i", self.inits.len()), names("m", self.mains.len()));
        let text = |names: &[String]| names.iter().map(|name| testing::container(name)).collect::<Vec<_>>();
        let mut pod = testing::pod("p");
        pod.spec.restart_policy = self.policy;
        pod.spec.init_containers = text(&inits);
        pod.spec.containers = text(&mains);
        pod.spec.active_deadline = self.deadline.map(secs);
        if self.liveness.is_some() {
            pod.spec.containers[0].liveness_probe = Some(testing::exec_probe(&["live"], secs(3)));
        }
        if let Some(seconds) = self.pre_stop {
            pod.spec.containers[0].lifecycle.pre_stop = Some(HookAction::Sleep(secs(seconds)));
        }
        pod
    }

    fn tell(&self) -> Arc<World> {
        let world = World::new(self.seed);
        for (kind, list) in [("i", &self.inits), ("m", &self.mains)] {
            for (index, attempts) in list.iter().enumerate() {
                world.runtime.program(&format!("{kind}{index}"), attempts);
            }
        }
        if let Some((from, length)) = self.liveness {
            world.runtime.on_exec(move |call| {
                let seconds = call.elapsed.as_secs();
                ExecAnswer::code(i32::from((from..from + length).contains(&seconds)), "sick")
            });
        }
        world.apply(self.pod());
        let deletion = self.deletion;
        world.run(async move |world: Arc<World>| {
            let Some((at, grace, again)) = deletion else { return world.clock.sleep(secs(END)).await };
            world.clock.sleep(secs(at)).await;
            world.delete("uid-p", grace);
            let Some((later, grace)) = again else { return world.clock.sleep(secs(END)).await };
            world.clock.sleep(secs(later)).await;
            world.delete("uid-p", grace);
            world.clock.sleep(secs(END)).await;
        });
        world
    }
}

/// One instance as the runtime saw it.
#[derive(Clone, Debug)]
struct Run {
    attempt: u32,
    started: Duration,
    exited: Option<(Duration, i32)>,
}

fn runs(world: &World) -> BTreeMap<String, Vec<Run>> {
    let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    for (at, text) in world.runtime.journal() {
        let words: Vec<_> = text.split([' ', '#']).collect();
        match words[..] {
            ["start", name, attempt] => {
                let run = Run { attempt: attempt.parse().unwrap(), started: at, exited: None };
                runs.entry(name.to_owned()).or_default().push(run);
            }
            ["exit", name, _, code] => {
                let run = runs.get_mut(name).unwrap().last_mut().unwrap();
                run.exited = Some((at, code.parse().unwrap()));
            }
            _ => {}
        }
    }
    runs
}

fn check(story: &Story) -> Result<(), TestCaseError> {
    let world = story.tell();
    let runs = runs(&world);
    let statuses = world.statuses();

    // LIFE-6, LIFE-7: each init container starts when the one before has ended with 0, main ones after the last.
    let mut ready_at = Some(Duration::ZERO);
    for index in 0..story.inits.len() {
        let Some(own) = runs.get(&format!("i{index}")) else {
            ready_at = None;
            continue;
        };
        prop_assert!(ready_at.is_some_and(|ready| own[0].started >= ready), "init {index} is too early");
        let (last, earlier) = own.split_last().unwrap();
        prop_assert!(earlier.iter().all(|run| run.exited.is_some_and(|(_, code)| code != 0)));
        ready_at = last.exited.filter(|(_, code)| *code == 0).map(|(at, _)| at);
    }
    for (name, own) in runs.iter().filter(|(name, _)| name.starts_with('m')) {
        prop_assert!(ready_at.is_some_and(|ready| own[0].started >= ready), "{name} is too early");
    }

    let watched = |name: &str| name == "m0" && story.liveness.is_some();
    for (name, own) in &runs {
        let mut delay = None;
        for (index, pair) in own.windows(2).enumerate() {
            let (ended, code) = pair[0].exited.unwrap();
            // CST-17: attempts count on.
            prop_assert_eq!(pair[1].attempt, pair[0].attempt + 1);
            prop_assert!(pair[1].started >= ended, "two of {} at once", name);
            // RST-1, LIFE-7.
            let policy = if name.starts_with('i') { RestartPolicy::OnFailure } else { story.policy };
            prop_assert!(story.policy != RestartPolicy::Never, "{} restarted under Never", name);
            let again = policy == RestartPolicy::Always || code != 0;
            prop_assert!(watched(name) || again, "{} restarted after {}", name, code);
            // RST-4: no restart earlier than the rule, none later than the lag allows, unless a liveness kill in the
            // same Pod holds everything else up (LIFE-1).
            if !watched(name) {
                let least = delay.unwrap_or_default();
                prop_assert!(pair[1].started >= ended + least, "{} restart {} is too early", name, index);
                let latest = ended + least + secs(16);
                prop_assert!(
                    pair[1].started <= latest || story.liveness.is_some(),
                    "{} restart {} is too late",
                    name,
                    index
                );
                delay = Some(delay.map_or(secs(10), |delay: Duration| (delay * 2).min(secs(300))));
            }
        }
    }

    // PHASE-1: a terminal phase is never left, and nothing runs in it (PHASE-7).
    if let Some(first) = statuses.iter().position(|(_, status)| status.phase.is_terminal()) {
        prop_assert!(statuses[first..].iter().all(|(_, status)| status.phase == statuses[first].1.phase));
        prop_assert!(!world.runtime.any_running());
        prop_assert_eq!(world.taken(), 0);
        let end = statuses[first].0;
        prop_assert!(runs.values().flatten().all(|run| run.exited.is_some_and(|(at, _)| at <= end)));
    }

    // DEL: nothing starts any more, all ends in the grace, the object goes.
    if let Some((at, grace, _)) = story.deletion {
        let at = secs(at);
        prop_assert!(runs.values().flatten().all(|run| run.started <= at), "started after the deletion");
        let latest = at + secs(grace.max(2)) + secs(2);
        prop_assert!(runs.values().flatten().all(|run| run.exited.is_some_and(|(end, _)| end <= latest)));
        prop_assert_eq!(world.deleted().len(), 1);
        prop_assert!(world.runtime.volumes().is_empty());
    }

    // The status tells the facts.
    let last = &statuses.last().unwrap().1;
    for entry in last.init_container_statuses.iter().chain(&last.container_statuses) {
        let Some(run) = runs.get(&entry.name).and_then(|own| own.last()) else {
            prop_assert!(entry.container_id.is_empty());
            continue;
        };
        prop_assert_eq!(entry.restart_count, run.attempt);
        let shown =
            entry.state.terminated().or_else(|| entry.last_state.as_ref().and_then(|last| last.terminated()));
        match run.exited {
            Some((_, code)) => prop_assert_eq!(shown.map(|end| end.exit_code), Some(code)),
            None => prop_assert!(entry.state.terminated().is_none()),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold(story in story()) {
        check(&story)?;
    }
}
