//! Why an object didn't get in, in the API server's words (VAL-9, VAL-12, VAL-20).

use k8s_openapi::api::core::v1::Pod;
use wasipod_api::validate::FieldError;
use wasipod_store::{Error, Resource};

/// An object that was not admitted. [`code`](Self::code) and [`reason`](Self::reason) are what a Status object says.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// An admission plugin says no.
    #[error("{resource} {name:?} is forbidden: {detail}")]
    Forbidden {
        /// What kind of object.
        resource: Resource,
        /// Whose.
        name: String,
        /// Why.
        detail: String,
    },
    /// Validation says no (VAL-20). The message has every error.
    #[error("{} {name:?} is invalid: {}", qualified(*.resource), joined(.errors))]
    Invalid {
        /// What kind of object.
        resource: Resource,
        /// Whose.
        name: String,
        /// Every error.
        errors: Vec<FieldError>,
    },
    /// The store says no.
    #[error(transparent)]
    Store(#[from] Error),
    /// A fault of ours.
    #[error("Internal error occurred: {0}")]
    Internal(String),
}

// === impl Refusal ===

impl Refusal {
    /// The `reason` of a Status object (API-88).
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "Forbidden",
            Self::Invalid { .. } => "Invalid",
            Self::Store(error) => error.reason(),
            Self::Internal(_) => "InternalError",
        }
    }

    /// The HTTP code of a Status object (API-88).
    pub const fn code(&self) -> u16 {
        match self {
            Self::Forbidden { .. } => 403,
            Self::Invalid { .. } => 422,
            Self::Store(error) => error.code(),
            Self::Internal(_) => 500,
        }
    }

    pub(super) fn forbidden(resource: Resource, pod: &Pod, detail: &str) -> Self {
        let name =
            pod.metadata.name.clone().or_else(|| pod.metadata.generate_name.clone()).unwrap_or_default();
        Self::Forbidden { resource, name, detail: detail.to_owned() }
    }
}

/// The kind with its group, if that isn't the core group: `PodPreset.settings.k8s.io`.
fn qualified(resource: Resource) -> String {
    match resource.group() {
        "" => resource.kind().to_owned(),
        group => format!("{}.{group}", resource.kind()),
    }
}

fn joined(errors: &[FieldError]) -> String {
    let texts: Vec<String> = errors.iter().map(FieldError::to_string).collect();
    match texts.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
