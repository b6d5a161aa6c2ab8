//! What an idle Pod costs in memory: the slope over a thousand of them, in a process of its own.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

use serde_json::json;

use crate::bare::Bare;
use crate::node::{NODE, is_running, manifests, pod_text, with_node};
use crate::report::{Row, numbers, short};

/// Tells this program that it is the process in which the Pods run.
const CHILD: &str = "WASIPOD_BENCH_IDLE";

/// The slope is taken from here …
const FIRST: usize = 100;

/// … to here.
const LAST: usize = 1100;

pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Resident memory and page tables, in KiB.
fn resident() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().split(' ').next()?.parse().ok()
    };
    Some((field("VmRSS")?, field("VmPTE")?))
}

/// Starts the Pods, prints what there was after [`FIRST`] and [`LAST`] of them.
pub(crate) fn child() {
    with_node(async |node| {
        let mut updates = node.watch_pods();
        let start = Instant::now();
        for (name, range) in [("first", 0..FIRST), ("last", FIRST..LAST)] {
            let mut waiting = BTreeSet::new();
            for number in range {
                let pod = format!("pod-{number}");
                let mut text = pod_text(&pod, &[("main", &["/bin/idle"])]);
                // Past the scheduler, which fills a node with 110 Pods (SCH-15).
                text["spec"]["nodeName"] = json!(NODE);
                node.apply(&manifests(&text)).unwrap();
                waiting.insert(pod);
            }
            while !waiting.is_empty() {
                let update = updates.recv().await.expect("the node lives");
                if is_running(&update) {
                    waiting.remove(&update.pod.name);
                }
            }
            let (rss, pte) = resident().expect("/proc");
            println!("{name} {rss} {pte} {}", start.elapsed().as_micros());
        }
    });
}

pub(crate) fn measure(_bare: &Bare) -> Vec<Row> {
    let what = "resident memory of an idle Pod: slope over 1,000 (RSS + page tables)";
    if resident().is_none() {
        return vec![Row::unmeasured(what)];
    }
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let [rss_first, pte_first, start_first] = numbers(&text, "first");
    let [rss_last, pte_last, start_last] = numbers(&text, "last");
    let pods = (LAST - FIRST) as f64;
    let slope = |first: u64, last: u64| (last as f64 - first as f64) / pods;
    let (rss, pte) = (slope(rss_first, rss_last), slope(pte_first, pte_last));
    let each = std::time::Duration::from_micros(start_last - start_first).div_f64(pods);
    vec![
        Row {
            what: what.to_owned(),
            ours: format!("{:.1} KiB ({rss:.1} + {pte:.1})", rss + pte),
            baseline: "–".into(),
            ratio: "–".into(),
            budget: "≤ 128 KiB",
        },
        Row {
            what: "starting these 1,000 at once, per Pod".into(),
            ours: short(each),
            baseline: "–".into(),
            ratio: "–".into(),
            budget: "≤ 1 ms",
        },
    ]
}
