//! WASI 0.2 over the kernel: one room per interface, thin. Programs for WASI 0.1 come here through the adapter.
//!
//! Conventions: a method looks its resource up in the guest's table, calls the kernel, translates the answer.
//! Nothing waits here: waiting is a [pollable](wasmtime_wasi_io::poll::Pollable) made of the kernel's readiness.

mod cli;
mod clocks;
pub(crate) mod errno;
pub(crate) mod filesystem;
mod random;
pub(crate) mod readiness;
pub(crate) mod sockets;
pub(crate) mod stdio;
pub(crate) mod streams;
