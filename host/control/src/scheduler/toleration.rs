//! Taints and who bears them (SCH-7).

use k8s_openapi::api::core::v1::{Taint, Toleration};

/// Whether one of `tolerations` bears `taint`.
pub(super) fn tolerated(taint: &Taint, tolerations: Option<&Vec<Toleration>>) -> bool {
    tolerations.into_iter().flatten().any(|toleration| tolerates(toleration, taint))
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    if !effect.is_empty() && effect != taint.effect {
        return false;
    }
    if !key.is_empty() && key != taint.key {
        return false;
    }
    match text(&toleration.operator).as_str() {
        "" | "Equal" => !key.is_empty() && text(&toleration.value) == text(&taint.value),
        "Exists" => true,
        _ => false,
    }
}
