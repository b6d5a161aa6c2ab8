use std::sync::{Arc, Mutex};

use super::*;

#[test]
fn ten_minutes_pass_at_once_and_in_order() {
    let clock = Clock::virtual_();
    let runtime = clock.virtual_runtime().unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for (name, seconds) in [("c", 600), ("a", 10), ("b", 10)] {
            let (clock, log) = (clock.clone(), log.clone());
            tasks.push(tokio::spawn(async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                log.lock().unwrap().push((name, clock.now().since(Instant::START).as_secs()));
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*log.lock().unwrap(), [("a", 10), ("b", 10), ("c", 600)]);
    assert_eq!(clock.wall(), VIRTUAL_START + Duration::from_secs(600));
}

#[test]
fn a_dropped_sleep_does_not_move_time() {
    let clock = Clock::virtual_();
    let runtime = clock.virtual_runtime().unwrap();
    runtime.block_on(async {
        drop(clock.sleep(Duration::from_secs(1)));
        clock.sleep(Duration::from_secs(5)).await;
    });
    assert_eq!(clock.now().since(Instant::START), Duration::from_secs(5));
}

#[test]
fn with_nobody_to_wake_the_clock_says_that_it_is_stalled() {
    let clock = Clock::virtual_();
    let runtime = clock.virtual_runtime().unwrap();
    runtime.block_on(async {
        let stuck = tokio::spawn(std::future::pending::<()>());
        clock.stalled().await;
        stuck.abort();
    });
    assert_eq!(clock.now(), Instant::START);
}

#[test]
fn a_hold_keeps_time_where_it_is_until_the_work_outside_is_done() {
    let clock = Clock::virtual_();
    let runtime = clock.virtual_runtime().unwrap();
    runtime.block_on(async {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let hold = clock.hold();
        let worker = std::thread::spawn(move || {
            sender.send(()).unwrap();
            hold
        });
        let held = clock.clone();
        let sleeper = tokio::spawn(async move { held.sleep(Duration::from_secs(1)).await });
        receiver.await.unwrap();
        assert_eq!(clock.now(), Instant::START);
        drop(worker.join().unwrap());
        sleeper.await.unwrap();
    });
    assert_eq!(clock.now().since(Instant::START), Duration::from_secs(1));
}
