//! The kubelet's other doors: where Pods come from, where their status and events go, who may look in.
//!
//! The embedded store implements them today; a real cluster's API can later, with no change here. Each trait asks for
//! the least that the kubelet uses. The door to containers is [`crate::container`].

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use wasipod_api::model::{ConfigMap, Event, Pod, PodStatus, Secret};

use crate::container::{ExecStreams, PodKey};
use crate::logs::{LogOptions, LogReader};

/// What became of a Pod that is bound to this node.
#[derive(Clone, Debug)]
pub enum PodChange {
    /// It is new or has changed: the whole Pod, with `deletionTimestamp` once somebody deletes it.
    Set(Arc<Pod>),
    /// The object is gone. If its containers still run it was deleted by force (DEL-5).
    Deleted(PodKey),
}

/// The Pods of this node.
pub trait PodSource: Send + Sync + 'static {
    /// Every Pod of the node now, then each change, in order. The kubelet calls it once.
    fn pods(&self) -> mpsc::UnboundedReceiver<PodChange>;
}

/// A write that did not go through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There is no such object (any more), or one of another uid. Not worth a retry.
    #[error("{0} is gone")]
    Gone(PodKey),
    /// Try again later.
    #[error("{0}")]
    Unavailable(String),
}

/// Where a Pod's status goes.
pub trait PodWriter: Send + Sync + 'static {
    /// Replaces what the kubelet owns of the Pod's status; conditions of others stay. The uid is a precondition.
    ///
    /// # Errors
    /// [`WriteError`].
    fn update_status(&self, pod: &PodKey, status: PodStatus) -> BoxFuture<'_, Result<(), WriteError>>;

    /// Deletes the object with grace period 0; the uid is a precondition (PHASE-10). Gone already: no error.
    ///
    /// # Errors
    /// [`WriteError::Unavailable`].
    fn delete(&self, pod: &PodKey) -> BoxFuture<'_, Result<(), WriteError>>;
}

/// What kind of object a Pod refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// `Secret`.
    Secret,
    /// `ConfigMap`.
    ConfigMap,
}

/// Which Secret or ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The kind.
    pub kind: ObjectKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Reads the objects that Pods refer to.
pub trait ObjectReader: Send + Sync + 'static {
    /// The Secret, `None` when there is none of that name.
    ///
    /// # Errors
    /// The text is shown in place of the "not found" one.
    fn secret(&self, namespace: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<Secret>>, ReadError>>;

    /// The ConfigMap, `None` when there is none of that name.
    ///
    /// # Errors
    /// The text is shown in place of the "not found" one.
    fn config_map(
        &self,
        namespace: &str,
        name: &str,
    ) -> BoxFuture<'_, Result<Option<Arc<ConfigMap>>, ReadError>>;

    /// Which objects were made, changed or deleted, from now on. The kubelet calls it once.
    fn changes(&self) -> mpsc::UnboundedReceiver<ObjectRef>;
}

/// A read that did not go through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// Where events go.
pub trait EventSink: Send + Sync + 'static {
    /// Stores the event in place of an earlier one of the same object and `first_time`: a repeat comes with its count
    /// grown (EVT-5). `first_time` is different for each of an object's events. Never blocks.
    fn record(&self, event: Event);
}

/// Whether the node takes a Pod (SCH-10). The implementation keeps the books of what is taken.
pub trait Admission: Send + Sync + 'static {
    /// Called once per Pod, before anything is made for it. A Pod that is taken counts until [`released`](Self::released).
    ///
    /// # Errors
    /// The first reason against it.
    fn admit(&self, pod: &Pod) -> Result<(), Rejection>;

    /// A Pod that was taken has come to its end: its containers are stopped, its status is final, its ports are free.
    /// Again: no effect.
    fn released(&self, pod: &PodKey);
}

/// Why the node doesn't take a Pod; final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `NodeAffinity`, `NodePorts`, `OutOfcpu` …: `status.reason` and the event's reason.
    pub reason: String,
    /// The event's message; `status.message` has `Pod was rejected: ` before it.
    pub message: String,
}

/// A person's wish that can't be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The Pod isn't known here.
    #[error("pod \"{0}\" not found")]
    PodNotFound(String),
    /// It can't be done: 400, the text is Kubernetes' own (LOG-9, LOG-10).
    #[error("{0}")]
    BadRequest(String),
    /// The runtime said no.
    #[error("{0}")]
    Runtime(String),
}

/// Looking into running Pods: logs and commands.
pub trait PodStreams: Send + Sync + 'static {
    /// The log of one of the Pod's containers (LOG-9…12).
    ///
    /// # Errors
    /// [`StreamError`].
    fn logs(&self, pod: &PodKey, container: &str, options: &LogOptions) -> Result<LogReader, StreamError>;

    /// Runs a command in a running container; the exit code comes at the end. Dropping the future kills it.
    ///
    /// # Errors
    /// [`StreamError`].
    fn exec(
        &self,
        pod: &PodKey,
        container: &str,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> BoxFuture<'_, Result<i32, StreamError>>;
}

// === impl ObjectRef ===

impl fmt::Display for ObjectRef {
    /// As in the kubelet's texts: `secret "NAME"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.word(), self.name)
    }
}

// === impl ObjectKind ===

impl ObjectKind {
    /// The lower-case word of messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::ConfigMap => "configmap",
        }
    }

    /// The kind's name as in manifests.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}
