//! The calls as a guest makes them: `wasipod:os` for what POSIX has and WASI lacks, WASI for the rest.

pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod names;
pub(crate) mod net;
pub(crate) mod process;

mod bindings {
    #![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, reason = "generated")]
    wit_bindgen::generate!({
        world: "guest",
        path: "../../wit",
        with: { "wasi:io/poll@0.2.12": wasip2::io::poll },
    });
}

pub use wasip2::io::poll::Pollable;

/// Pollables for programs that wait for files and signals among other things (sockets, clocks).
pub mod pollables {
    use super::Pollable;
    use crate::File;

    /// Ready when reading would not block.
    pub fn readable(file: &File) -> Pollable {
        file.0.subscribe_read()
    }

    /// Ready when writing would not block.
    pub fn writable(file: &File) -> Pollable {
        file.0.subscribe_write()
    }

    /// Ready when a caught signal is pending.
    pub fn signal() -> Pollable {
        super::bindings::wasipod::os::signals::subscribe()
    }
}
