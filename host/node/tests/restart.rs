//! A restarted container is another instance in the same Pod: a new id, the same address.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasipod_api::load::Source;
use wasipod_api::model::PodPhase;
use wasipod_node::{ClockKind, NodeConfig, run};

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: again}
spec:
  restartPolicy: OnFailure
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: busybox
    volumeMounts: [{name: kept, mountPath: /kept}]
    command: [sh, -c, 'sleep 1; [ -e /kept/x ] && exit 0; echo > /kept/x; exit 1']
";

fn config(data_dir: &std::path::Path) -> NodeConfig {
    NodeConfig {
        name: "test".into(),
        labels: BTreeMap::new(),
        clock: ClockKind::Virtual,
        seed: None,
        data_dir: data_dir.to_owned(),
        cache_dir: Some(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
        image_store: None,
        host_paths: Vec::new(),
        images: Vec::new(),
        progress: Arc::new(|_| {}),
    }
}

#[test]
fn a_restarted_container_has_a_new_id_and_the_pod_its_old_address() {
    let data = tempfile::tempdir().unwrap();
    let seen = run(config(data.path()), async |node| {
        let checked = wasipod_api::manifest::read(&[Source { name: "pod.yaml", text: POD }], "default");
        assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
        let mut updates = node.watch_pods();
        node.apply(&checked.manifests).unwrap();
        let mut seen = Vec::new();
        while let Some(update) = updates.recv().await {
            for status in &update.status.container_statuses {
                let instance =
                    (status.restart_count, status.container_id.clone(), update.status.pod_ips.clone());
                if !status.container_id.is_empty() && !seen.contains(&instance) {
                    seen.push(instance);
                }
            }
            if update.status.phase == PodPhase::Succeeded {
                break;
            }
        }
        seen
    })
    .unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    let ((before, first, ip), (after, second, same)) = (&seen[0], &seen[1]);
    assert_eq!((*before, *after), (0, 1), "CST-17");
    assert_ne!(first, second, "CST-4");
    assert!(first.starts_with("wasipod://"), "{first}");
    assert_eq!(ip, same, "NET-2");
}
