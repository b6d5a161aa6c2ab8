//! A Pod from its creation to its container's running, inside a running node.

use std::time::Instant;

use crate::bare::Bare;
use crate::node::{is_running, key_of, manifests, pod_text, wait_for, with_node};
use crate::report::{Row, Times};

const PODS: usize = 500;
const WARM_UP: usize = 20;

pub(crate) fn measure(bare: &Bare) -> Vec<Row> {
    let (running, gone) = with_node(async |node| {
        let mut updates = node.watch_pods();
        let (mut running, mut gone) = (Vec::new(), Vec::new());
        for number in 0..WARM_UP + PODS {
            let name = format!("pod-{number}");
            let pod = manifests(&pod_text(&name, &[("main", &["/bin/idle"])]));
            let start = Instant::now();
            node.apply(&pod).unwrap();
            let update = wait_for(&mut updates, |update| update.pod.name == name && is_running(update)).await;
            let took = start.elapsed();
            let start = Instant::now();
            node.delete_pod(&key_of(&update.pod), Some(0)).unwrap();
            wait_for(&mut updates, |update| update.pod.name == name && update.deleted).await;
            if number >= WARM_UP {
                running.push(took);
                gone.push(start.elapsed());
            }
        }
        (Times::of(running), Times::of(gone))
    });
    let baseline = bare.tiny(2000, 1);
    let row = |what: &str, ours: Times, budget| Row {
        what: what.to_owned(),
        ours: ours.to_string(),
        baseline: baseline.to_string(),
        ratio: ours.part_of(baseline),
        budget,
    };
    vec![
        row(
            "create → container running in a running node, against bare instantiate + run + drop",
            running,
            "≤ 1 ms / ≤ 5 ms",
        ),
        row("delete --grace-period=0 → object gone, against the same", gone, ""),
    ]
}
