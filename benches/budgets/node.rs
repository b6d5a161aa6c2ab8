//! A node in this process, with an image of all guests of the benches.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;
use wasipod_api::load::{Manifest, Source};
use wasipod_api::manifest;
use wasipod_api::model::status::ContainerState;
use wasipod_api::model::{Pod, PodPhase};
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::logs::LogOptions;
use wasipod_node::{ClockKind, NodeConfig, NodeHandle, PodUpdate};

use crate::bare::guest_path;

/// The image's name.
pub(crate) const IMAGE: &str = "bench";

/// The node's name.
pub(crate) const NODE: &str = "bench-node";

const GUESTS: [&str; 5] = ["tiny", "idle", "files", "tcp", "spawner"];

/// An image folder with every guest as /bin/NAME.
pub(crate) fn image_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("rootfs/bin");
    fs::create_dir_all(&bin).unwrap();
    for guest in GUESTS {
        fs::copy(guest_path(guest), bin.join(guest)).expect("tests/programs/build.sh makes the guests");
    }
    fs::write(folder.path().join("image.yaml"), "config: {entrypoint: [/bin/tiny]}\n").unwrap();
    folder
}

/// Compiled programs, for the binary and for nodes in this process; warm after the first use.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-compiled")
}

/// Runs `main` with a node on real time.
pub(crate) fn with_node<T>(main: impl AsyncFnOnce(NodeHandle) -> T) -> T {
    let (folder, data) = (image_folder(), tempfile::tempdir().unwrap());
    let config = NodeConfig {
        name: NODE.to_owned(),
        labels: Default::default(),
        clock: ClockKind::Real,
        seed: None,
        data_dir: data.path().to_owned(),
        cache_dir: Some(cache()),
        image_store: None,
        host_paths: Vec::new(),
        images: vec![(IMAGE.to_owned(), folder.path().to_owned())],
        progress: Arc::new(|_| {}),
    };
    wasipod_node::run(config, main).unwrap()
}

/// A Pod that isn't restarted, with an emptyDir at /data. Each container is its name and its command.
pub(crate) fn pod_text(name: &str, containers: &[(&str, &[&str])]) -> Value {
    let containers: Vec<Value> = containers
        .iter()
        .map(|(container, command)| {
            json!({
                "name": container, "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": command,
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            })
        })
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "containers": containers,
            "volumes": [{"name": "data", "emptyDir": {}}],
        },
    })
}

/// From text to what a node takes.
pub(crate) fn manifests(pod: &Value) -> Vec<Manifest> {
    let text = pod.to_string();
    let checked = manifest::read(&[Source { name: "bench", text: &text }], "default");
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked.manifests
}

pub(crate) fn key_of(pod: &Pod) -> PodKey {
    PodKey { namespace: pod.namespace.clone(), name: pod.name.clone(), uid: pod.uid.clone() }
}

/// Waits until a Pod's status, or its deletion, is as wanted.
pub(crate) async fn wait_for(
    updates: &mut UnboundedReceiver<PodUpdate>,
    wanted: impl Fn(&PodUpdate) -> bool,
) -> PodUpdate {
    loop {
        let update = updates.recv().await.expect("the node lives");
        if wanted(&update) {
            return update;
        }
    }
}

pub(crate) fn is_running(update: &PodUpdate) -> bool {
    let running = |state: &ContainerState| matches!(state, ContainerState::Running { .. });
    let containers = &update.status.container_statuses;
    !containers.is_empty() && containers.iter().all(|container| running(&container.state))
}

/// Runs a Pod to its end on a node of its own; the log of one of its containers.
pub(crate) fn run_to_end(containers: &[(&str, &[&str])], log_of: &str) -> String {
    let pod = manifests(&pod_text("bench", containers));
    with_node(async |node| {
        let mut updates = node.watch_pods();
        node.apply(&pod).unwrap();
        let ended =
            |update: &PodUpdate| matches!(update.status.phase, PodPhase::Succeeded | PodPhase::Failed);
        let update = wait_for(&mut updates, ended).await;
        let mut log = node.logs(&key_of(&update.pod), log_of, &LogOptions::default()).unwrap();
        let mut text = String::new();
        while let Some(line) = log.next().await {
            text.push_str(&String::from_utf8_lossy(&line.text(false)));
        }
        assert_eq!(update.status.phase, PodPhase::Succeeded, "{text}");
        text
    })
}
