//! The resolved data that the layers above work with: defaults are filled in, units are in the types, references
//! are parsed. An `Option` here means "there is none", never "the default".

pub mod container;
pub mod downward;
pub mod env;
pub mod event;
pub mod objects;
pub mod pod;
pub mod probe;
pub mod quantity;
pub mod resources;
pub mod secret;
pub mod status;
pub mod time;
pub mod volume;

pub use container::{Container, ContainerPort, ImagePullPolicy, VolumeMount};
pub use env::{EnvFrom, EnvSource, EnvVar};
pub use event::{Event, EventType};
pub use objects::{ConfigMap, Namespace, Node, Secret, ServiceAccount};
pub use pod::{Pod, PodSpec, PodUid, RestartPolicy};
pub use probe::{HookAction, Probe, ProbeHandler};
pub use quantity::Quantity;
pub use resources::{ByteSize, MilliCpu, ResourceList};
pub use secret::SecretBytes;
pub use status::{ContainerStatus, PodPhase, PodStatus};
pub use time::UnixNanos;
pub use volume::{Volume, VolumeSource};
