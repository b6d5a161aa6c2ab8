//! Runs from beginning to end, played by a fake node on virtual time.

use wasipod_api::model::event::EventType;
use wasipod_api::model::{Pod, PodPhase, PodStatus};
use wasipod_kubelet::logs::LogStream::{Stderr, Stdout};

use super::*;
use crate::args::OutputForm;
use crate::run::testing::{
    FakeNode, Printed, ended, manifests, output, pod, pod_status, restarted, running, waiting, yaml,
};

/// What a run gave.
struct Played {
    status: Result<ExitStatus, Failure>,
    out: String,
    err: String,
    node: FakeNode,
}

/// Plays a run of one Pod `web` with these containers.
fn play(
    containers: &[&str],
    plan: Plan,
    form: OutputForm,
    script: impl AsyncFnOnce(&FakeNode, &Pod, &Keys),
) -> Played {
    let node = FakeNode::new();
    let (output, out, err): (_, Printed, Printed) = output();
    let mut recorder = Recorder::new(output, form, true, true);
    let (keys, mut interrupts) = Keys::new();
    let pod = pod("web", containers);
    let manifests = manifests(&yaml("web", containers));
    let runtime = node.clock().virtual_runtime().unwrap();
    let status = runtime.block_on(async {
        let script = async {
            tokio::task::yield_now().await;
            script(&node, &pod, &keys).await;
        };
        let run = follow(&node, &manifests, &plan, &mut recorder, &mut interrupts);
        tokio::join!(biased; run, script).0
    });
    drop(recorder);
    Played { status, out: out.text(), err: err.text(), node }
}

/// The keyboard.
struct Keys(mpsc::UnboundedSender<()>);

impl Keys {
    fn new() -> (Self, mpsc::UnboundedReceiver<()>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    fn ctrl_c(&self) {
        self.0.send(()).unwrap();
    }
}

async fn pass(node: &FakeNode, millis: u64) {
    node.clock().sleep(Duration::from_millis(millis)).await;
}

#[test]
fn two_containers_that_end_at_once() {
    let played = play(&["b", "a"], Plan::default(), OutputForm::Text, async |node, pod, _| {
        node.event(pod, EventType::Normal, "Scheduled", "Successfully assigned default/web to wasipod");
        let (a, b) = (node.instance("a"), node.instance("b"));
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a"), running("b")]));
        pass(node, 5).await;
        a.write(Stdout, b"hello from a\n");
        b.write(Stderr, b"hello from b\nno newline");
        pass(node, 5).await;
        a.close();
        b.close();
        node.tell(pod, pod_status(PodPhase::Succeeded, vec![ended("a", 0), ended("b", 0)]));
    });
    assert_eq!(played.status, Ok(ExitStatus::Success));
    assert_eq!(
        played.out,
        "   +0.000s  Normal   Scheduled  pod/web  spec.containers{b}  Successfully assigned default/web to wasipod
   +0.000s  Status   Running  pod/web  2/2 ready  0 restarts
[web/b] hello from b
[web/a] hello from a
[web/b] no newline
   +0.010s  Status   Completed  pod/web  0/2 ready  0 restarts

POD   CONTAINER   EXIT   RESTARTS   WHY         LAST LINE
web   b           0      0          Completed   no newline
web   a           0      0          Completed   hello from a
"
    );
}

#[test]
fn the_order_of_one_instant_does_not_depend_on_who_is_heard_first() {
    let run = |swap: bool| {
        play(&["a", "b"], Plan::default(), OutputForm::Json, async |node, pod, _| {
            let (a, b) = (node.instance("a"), node.instance("b"));
            node.tell(pod, pod_status(PodPhase::Running, vec![running("a"), running("b")]));
            pass(node, 5).await;
            let (first, second) = if swap { (&b, &a) } else { (&a, &b) };
            first.write(Stdout, b"x\n");
            tokio::task::yield_now().await;
            second.write(Stdout, b"x\n");
            pass(node, 5).await;
            a.close();
            b.close();
            node.tell(pod, pod_status(PodPhase::Succeeded, vec![ended("a", 0), ended("b", 0)]));
        })
        .out
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn every_instance_of_a_container_is_read_even_one_that_came_and_went_unseen() {
    let played = play(&["a"], Plan::default(), OutputForm::Text, async |node, pod, _| {
        let first = node.instance("a");
        first.write(Stdout, b"first\n");
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 1).await;
        first.close();
        for line in ["second\n", "third\n"] {
            let instance = node.instance("a");
            instance.write(Stdout, line.as_bytes());
            instance.close();
        }
        node.tell(pod, pod_status(PodPhase::Failed, vec![restarted(ended("a", 4), 2)]));
    });
    assert_eq!(played.status, Ok(ExitStatus::Pods(4)));
    let lines: Vec<&str> = played.out.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(lines, ["[web/a] first", "[web/a] second", "[web/a] third"]);
}

#[test]
fn ctrl_c_deletes_and_says_who_is_waited_for() {
    let plan = Plan { grace_period: Some(3), ..Plan::default() };
    let played = play(&["a"], plan, OutputForm::Text, async |node, pod, keys| {
        let log = node.instance("a");
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 1000).await;
        keys.ctrl_c();
        pass(node, 1000).await;
        log.close();
        node.tell(pod, pod_status(PodPhase::Failed, vec![ended("a", 137)]));
        node.tell_gone(pod, PodStatus::default());
    });
    assert_eq!(played.status, Ok(ExitStatus::Interrupted));
    assert_eq!(played.node.deleted(), [("web".to_owned(), Some(3))]);
    assert_eq!(played.err, "note: deleting; waiting for pod/web (a; grace 3s). Ctrl-C again kills at once\n");
    assert!(played.out.ends_with("web   a           137    0          Error\n"), "{}", played.out);
}

#[test]
fn a_second_ctrl_c_kills_at_once() {
    let played = play(&["a"], Plan::default(), OutputForm::Text, async |node, pod, keys| {
        let _log = node.instance("a");
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 10).await;
        keys.ctrl_c();
        pass(node, 10).await;
        keys.ctrl_c();
    });
    assert_eq!(played.status, Ok(ExitStatus::Interrupted));
    assert_eq!(played.node.deleted(), [("web".to_owned(), None), ("web".to_owned(), Some(0))]);
    assert!(played.err.contains("(a; grace 30s)"), "{}", played.err);
}

#[test]
fn after_its_time_the_pods_are_deleted_and_the_run_has_succeeded() {
    let plan = Plan { run_for: Some(Duration::from_secs(600)), ..Plan::default() };
    let played = play(&["a"], plan, OutputForm::Text, async |node, pod, _| {
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 600_000).await;
        pass(node, 1).await;
        assert_eq!(node.deleted().len(), 1);
        node.tell_gone(pod, pod_status(PodPhase::Failed, vec![ended("a", 137)]));
    });
    assert_eq!(played.status, Ok(ExitStatus::Success));
}

#[test]
fn commands_run_in_the_wanted_state_and_their_failure_is_the_runs() {
    let execs =
        ["web -- cat /x", "web -c a -- false", "web -- never"].map(|text| text.parse().unwrap()).to_vec();
    let plan = Plan { until: Some(Until::Ready), execs, ..Plan::default() };
    let played = play(&["a"], plan, OutputForm::Text, async |node, pod, _| {
        node.answer("a: cat /x", "one\ntwo", 0);
        node.answer("a: false", "", 7);
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 10).await;
        node.tell_gone(pod, pod_status(PodPhase::Failed, vec![ended("a", 143)]));
    });
    assert_eq!(played.status, Ok(ExitStatus::Pods(7)));
    assert!(played.out.contains("one\ntwo\n"), "{}", played.out);
    assert_eq!(played.err, "error: `web -c a -- false` ended with exit code 7\n");
}

#[test]
fn a_wait_in_vain_times_out() {
    let plan = Plan { until: Some(Until::Ready), timeout: Some(Duration::from_secs(5)), ..Plan::default() };
    let played = play(&["a"], plan, OutputForm::Text, async |node, pod, _| {
        node.tell(pod, pod_status(PodPhase::Pending, vec![waiting("a", "ErrImagePull")]));
        pass(node, 5_001).await;
        node.tell_gone(pod, PodStatus::default());
    });
    assert_eq!(played.status, Ok(ExitStatus::Pods(1)));
    assert_eq!(
        played.err,
        "error: timed out before the state `ready` was reached\n  pod/web is ErrImagePull, 0/1 ready, 0 restarts\n"
    );
}

#[test]
fn a_pod_without_a_node_says_why_once() {
    let plan = Plan { run_for: Some(Duration::from_secs(1)), ..Plan::default() };
    let played = play(&["a"], plan, OutputForm::Text, async |node, pod, _| {
        node.tell(pod, pod_status(PodPhase::Pending, vec![]));
        pass(node, 1).await;
        let message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
        node.event(pod, EventType::Warning, "FailedScheduling", message);
        node.event(pod, EventType::Warning, "FailedScheduling", message);
        pass(node, 1000).await;
        node.tell_gone(pod, PodStatus::default());
    });
    assert_eq!(played.status, Ok(ExitStatus::Success));
    assert_eq!(
        played.err,
        "note: pod/web waits for a node: 0/1 nodes are available: 1 node(s) didn't match Pod's node \
         affinity/selector.\nhint: no node has the label disktype=ssd: add --node-label disktype=ssd\n"
    );
}

#[test]
fn a_stalled_clock_ends_the_run() {
    let played = play(&["a"], Plan::default(), OutputForm::Text, async |node, pod, _| {
        let log = node.instance("a");
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        drop(log);
    });
    assert_eq!(played.status, Ok(ExitStatus::Pods(1)));
    assert!(played.err.starts_with("error: nothing can go on"), "{}", played.err);
    assert!(played.err.contains("\n  default/web nginx: nginx (pid 1) waits for accept 0.0.0.0:80\n"));
}

#[test]
fn json_output_ends_with_the_result() {
    let played = play(&["a"], Plan::default(), OutputForm::Json, async |node, pod, _| {
        node.tell(pod, pod_status(PodPhase::Failed, vec![ended("a", 3)]));
    });
    let last: serde_json::Value = serde_json::from_str(played.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "result");
    assert_eq!(last["exitStatus"], 3);
    assert_eq!(last["containers"][0]["exitCode"], 3);
}

#[test]
fn a_stand_in_is_called_one_before_anything_starts() {
    let images = ["busybox", "example.com/own"].map(str::to_owned).into();
    let played = play(&["a"], Plan { images, ..Plan::default() }, OutputForm::Text, async |node, pod, _| {
        node.tell(pod, pod_status(PodPhase::Succeeded, vec![ended("a", 0)]));
    });
    assert_eq!(
        played.err,
        "note: image \"busybox\" is a stand-in: another busybox; your own: --image busybox=PATH\n"
    );
}

#[test]
fn a_pod_that_is_heard_of_after_ctrl_c_is_deleted_too() {
    let played = play(&["a"], Plan::default(), OutputForm::Text, async |node, pod, keys| {
        keys.ctrl_c();
        pass(node, 10).await;
        assert!(node.deleted().is_empty());
        node.tell(pod, pod_status(PodPhase::Pending, vec![]));
        node.tell(pod, pod_status(PodPhase::Running, vec![running("a")]));
        pass(node, 10).await;
        node.tell_gone(pod, PodStatus::default());
    });
    assert_eq!(played.status, Ok(ExitStatus::Interrupted));
    assert_eq!(played.node.deleted(), [("web".to_owned(), None)]);
}
