//! What the layers want of each other, over the store: the kubelet's ports, the scheduler's clock, the store's world.

pub(crate) mod admission;
pub(crate) mod events;
pub(crate) mod objects;
pub(crate) mod pods;
pub(crate) mod surroundings;
pub(crate) mod writer;
