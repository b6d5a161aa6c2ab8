//! Amounts of CPU and memory with their units in the type.

use std::collections::BTreeMap;

use super::quantity::Quantity;

/// Thousandths of a CPU core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MilliCpu(pub u64);

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// The amounts under `limits`, `requests`, `capacity` or `allocatable`. `None` = not set (no limit, no request).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceList {
    /// `cpu`.
    pub cpu: Option<MilliCpu>,
    /// `memory`.
    pub memory: Option<ByteSize>,
    /// `ephemeral-storage`.
    pub ephemeral_storage: Option<ByteSize>,
    /// `pods` (nodes only).
    pub pods: Option<u64>,
    /// Everything else by its full name (extended resources, huge pages).
    pub other: BTreeMap<String, Quantity>,
}

/// What a container asks for and may use at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// `resources.requests`, after VAL-5 (a limit without a request is the request).
    pub requests: ResourceList,
    /// `resources.limits`.
    pub limits: ResourceList,
}
