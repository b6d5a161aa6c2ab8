use super::*;

fn key(name: &str) -> PodKey {
    PodKey { namespace: "default".to_owned(), name: name.to_owned(), uid: name.to_owned() }
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_most_important_goes_first_then_who_came_first() {
    let mut queue = Queue::default();
    queue.add(key("z"), 0);
    queue.add(key("a"), 0);
    queue.add(key("b"), 5);
    let mut order = Vec::new();
    while let Some(next) = queue.next(at(0)) {
        queue.remove(&next);
        order.push(next.name);
    }
    assert_eq!(order, ["b", "z", "a"]);
}

#[test]
fn nothing_is_tried_again_without_a_change_and_then_only_after_the_back_off() {
    let mut queue = Queue::default();
    queue.add(key("a"), 0);
    // SCH-2: 1, 2, 4, 8, 10, 10 … seconds.
    let mut now = 100;
    for backoff in [1, 2, 4, 8, 10, 10] {
        assert_eq!(queue.next(at(now)), Some(key("a")));
        queue.failed(&key("a"), at(now));
        assert_eq!(queue.next(at(now + 1000)), None, "without a change");
        assert_eq!(queue.next_deadline(), None);
        queue.cluster_changed();
        assert_eq!(queue.next_deadline(), Some(at(now + backoff)));
        assert_eq!(queue.next(at(now + backoff - 1)), None);
        now += backoff;
    }
    queue.pod_changed(&key("a"));
    assert!(queue.contains(&key("a")));
}
