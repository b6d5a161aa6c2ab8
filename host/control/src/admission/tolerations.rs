//! Every Pod bears a lost node for five minutes (VAL-11).

use k8s_openapi::api::core::v1::{Pod, Toleration};

const KEYS: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const SECONDS: i64 = 300;

/// Appends the two tolerations that the Pod doesn't have in one form or another.
pub(super) fn admit(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else { return };
    let tolerations = spec.tolerations.get_or_insert_default();
    let missing: Vec<&str> =
        KEYS.into_iter().filter(|key| !tolerations.iter().any(|one| bears(one, key))).collect();
    tolerations.extend(missing.into_iter().map(|key| Toleration {
        key: Some(key.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(SECONDS),
        value: None,
    }));
}

fn bears(toleration: &Toleration, key: &str) -> bool {
    let own = |field: &Option<String>| field.clone().unwrap_or_default();
    matches!(own(&toleration.key), own if own == key || own.is_empty())
        && matches!(own(&toleration.effect).as_str(), "" | "NoExecute")
}
