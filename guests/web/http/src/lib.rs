//! What the web guests share: an HTTP/1.1 server for files on one thread.
//!
//! Used by the `nginx` and `tomcat` guests, which decide what a path means; this crate knows nothing of their
//! configuration. The parts that decide (`request`, `target`, `conditions`, `range`, `date`) are pure and tested
//! natively; the parts that do (`reactor`, `network`, `system`) need a WASI host.
//!
//! ```text
//! reactor ── accept ──> network::Stream ──> connection::serve ── Request ──> Handler::answer ──> Response
//!    ^ pollables, timers, signals                    └── bytes of Response, file in chunks ── Handler::finished (log)
//! ```
//!
//! One connection is one task. A task waits only in the reactor, so a slow client holds up nobody else; reads of
//! files are synchronous and bounded by [`connection::FILE_CHUNK`].

pub mod conditions;
pub mod connection;
pub mod date;
pub mod errno;
pub mod message;
pub mod mime;
pub mod network;
pub mod range;
pub mod reactor;
pub mod request;
pub mod static_file;
pub mod system;
pub mod target;
