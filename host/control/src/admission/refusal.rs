//! Why an object didn't get in, in the API server's words (VAL-9, VAL-12, VAL-20, VAL-62).

use k8s_openapi::api::core::v1::Pod;
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
    /// The object isn't one of its kind.
    #[error("{kind} in version {version:?} cannot be handled as a {kind}: {detail}")]
    Malformed {
        /// The kind's word.
        kind: &'static str,
        /// Its `apiVersion`.
        version: String,
        /// What the decoder says.
        detail: String,
    },
    /// Validation says no (VAL-20). The message has every error.
    #[error("{kind} {name:?} is invalid: {}", joined(.errors))]
    Invalid {
        /// The kind's word.
        kind: &'static str,
        /// Whose.
        name: String,
        /// Each as `FIELD: TYPE: VALUE: DETAIL` (VAL-21).
        errors: Vec<String>,
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
            Self::Malformed { .. } => "BadRequest",
            Self::Invalid { .. } => "Invalid",
            Self::Store(error) => error.reason(),
            Self::Internal(_) => "InternalError",
        }
    }

    /// The HTTP code of a Status object (API-88).
    pub const fn code(&self) -> u16 {
        match self {
            Self::Forbidden { .. } => 403,
            Self::Malformed { .. } => 400,
            Self::Invalid { .. } => 422,
            Self::Store(error) => error.code(),
            Self::Internal(_) => 500,
        }
    }

    pub(super) fn forbidden(resource: Resource, pod: &Pod, detail: &str) -> Self {
        let name = pod.metadata.name.clone().or_else(|| pod.metadata.generate_name.clone()).unwrap_or_default();
        Self::Forbidden { resource, name, detail: detail.to_owned() }
    }
}

fn joined(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
