//! What can go wrong, in Kubernetes' words (API-65, API-84, VAL-87, DEL-10).

use crate::{JournalError, Resource, Version};

/// Why the store refused. [`reason`](Self::reason) and [`code`](Self::code) are what a Status object says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is taken (API-84).
    #[error("{resource} {name:?} already exists")]
    AlreadyExists {
        /// What kind of object.
        resource: Resource,
        /// The taken name.
        name: String,
    },
    /// Every name that `generateName` led to is taken (VAL-36).
    #[error(
        "{resource} {name:?} already exists, the server was not able to generate a unique name for the object"
    )]
    NoUniqueName {
        /// What kind of object.
        resource: Resource,
        /// The last name tried.
        name: String,
    },
    /// No such object.
    #[error("{resource} {name:?} not found")]
    NotFound {
        /// What kind of object.
        resource: Resource,
        /// The name asked for.
        name: String,
    },
    /// Written from a stale version (VAL-87).
    #[error(
        "Operation cannot be fulfilled on {resource} {name:?}: the object has been modified; please apply your changes to the latest version and try again"
    )]
    Conflict {
        /// What kind of object.
        resource: Resource,
        /// Whose.
        name: String,
    },
    /// A precondition on uid or resourceVersion doesn't hold (DEL-10).
    #[error("Operation cannot be fulfilled on {kind} {name:?}: {detail}")]
    Precondition {
        /// The kind's word.
        kind: &'static str,
        /// Whose.
        name: String,
        /// Which one, with both values.
        detail: String,
    },
    /// The history from there on is no longer kept (API-65).
    #[error("too old resource version: {requested} ({oldest})")]
    Gone {
        /// The version asked for.
        requested: Version,
        /// The oldest version a watch can start from.
        oldest: Version,
    },
    /// A version that no change has had yet.
    #[error("Too large resource version: {requested}, current: {current}")]
    TooLarge {
        /// The version asked for.
        requested: Version,
        /// The newest there is.
        current: Version,
    },
    /// The object can't be stored as it is.
    #[error("{0}")]
    BadRequest(String),
    /// A field that must stay was changed (VAL-85).
    #[error("{kind} {name:?} is invalid: {field}: Invalid value: {value:?}: field is immutable")]
    Immutable {
        /// The kind's word.
        kind: &'static str,
        /// Whose.
        name: String,
        /// The path of the field.
        field: &'static str,
        /// The value that was refused.
        value: String,
    },
    /// The change could not be made durable, so it did not happen.
    #[error("the change could not be recorded")]
    Journal(#[from] JournalError),
}

// === impl Error ===

impl Error {
    /// The `reason` of a Status object (API-88).
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyExists { .. } | Self::NoUniqueName { .. } => "AlreadyExists",
            Self::NotFound { .. } => "NotFound",
            Self::Conflict { .. } | Self::Precondition { .. } => "Conflict",
            Self::Gone { .. } => "Expired",
            Self::TooLarge { .. } => "Timeout",
            Self::BadRequest(_) => "BadRequest",
            Self::Immutable { .. } => "Invalid",
            Self::Journal(_) => "InternalError",
        }
    }

    /// The HTTP code of a Status object (API-88).
    pub const fn code(&self) -> u16 {
        match self {
            Self::AlreadyExists { .. }
            | Self::NoUniqueName { .. }
            | Self::Conflict { .. }
            | Self::Precondition { .. } => 409,
            Self::NotFound { .. } => 404,
            Self::Gone { .. } => 410,
            Self::TooLarge { .. } => 504,
            Self::BadRequest(_) => 400,
            Self::Immutable { .. } => 422,
            Self::Journal(_) => 500,
        }
    }

    pub(crate) fn not_found(resource: Resource, name: &str) -> Self {
        Self::NotFound { resource, name: name.to_owned() }
    }

    pub(crate) fn already_exists(resource: Resource, name: &str) -> Self {
        Self::AlreadyExists { resource, name: name.to_owned() }
    }

    pub(crate) fn conflict(resource: Resource, name: &str) -> Self {
        Self::Conflict { resource, name: name.to_owned() }
    }
}
