//! WebAssembly programs as processes of the kernel.
//!
//! ```text
//!  path in a mount namespace ──load──► Loaded: found, recognised, compiled (cache)        program, compile, adapt, cache
//!        Process of the kernel ──start──► a task: instantiate, run, supervise, exit          launch, exit
//!                                            │ imports
//!                                            ▼
//!                           wasi::* and os::*: thin, one room per interface, over vfs | net | clock | process
//! ```
//!
//! Programs are components for WASI 0.2, or core modules for WASI 0.1 that are adapted to components before they are
//! compiled. wasmtime's types stay in this crate.

mod adapt;
mod bindings;
mod cache;
mod compile;
mod engine;
mod exit;
mod guest;
mod launch;
mod linker;
mod os;
mod program;
mod wasi;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::random::Random;

pub use self::cache::CacheError;
use self::cache::DiskCache;
use self::compile::Compiler;
pub use self::compile::{CompileError, CompileEvent, Progress};
use self::engine::Engines;
pub use self::engine::Mode;
pub use self::program::{ExecError, Loaded, find_in_path};

/// What a runtime is made of.
pub struct RuntimeConfig {
    /// The node's clock; its kind decides how guests are interrupted.
    pub clock: Clock,
    /// The node's randomness.
    pub random: Random,
    /// Where guests run. In virtual time the clock's own runtime.
    pub executor: Handle,
    /// Where compiled programs are kept; `None`: not at all.
    pub cache: Option<PathBuf>,
    /// Instances that start from a pool; more start more slowly.
    pub pool: u32,
    /// Who is told of compiles.
    pub progress: Progress,
}

/// Runs programs.
pub struct Runtime {
    clock: Clock,
    random: Random,
    /// How many processes have drawn their randomness from the node's.
    processes: AtomicU64,
    executor: Handle,
    engines: Arc<Engines>,
    compiler: Arc<Compiler>,
}

/// The runtime can't be made.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// See [`CacheError`].
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The engine refuses this machine or its configuration.
    #[error("the WebAssembly engine can't start: {0}")]
    Engine(String),
}

// === impl Runtime ===

impl Runtime {
    /// A runtime for one node.
    ///
    /// # Errors
    /// When the cache directory can't be used or isn't private, or the engine can't start.
    pub fn new(config: RuntimeConfig) -> Result<Arc<Self>, RuntimeError> {
        let engine = |error: wasmtime::Error| RuntimeError::Engine(format!("{error:#}"));
        let mode = if config.clock.is_virtual() { Mode::Virtual } else { Mode::Real };
        let disk = config.cache.as_deref().map(DiskCache::open).transpose()?;
        let engines = Arc::new(Engines::new(mode, config.pool).map_err(engine)?);
        let compiler = Arc::new(Compiler::new(engines.clone(), disk, config.progress).map_err(engine)?);
        Ok(Arc::new(Self {
            clock: config.clock,
            random: config.random,
            processes: AtomicU64::new(0),
            executor: config.executor,
            engines,
            compiler,
        }))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Each process has its own stream, so that what one draws doesn't change another's.
    pub(crate) fn random_for_process(&self) -> Random {
        self.random.fork(&format!("process {}", self.processes.fetch_add(1, Ordering::Relaxed)))
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}

impl std::fmt::Debug for RuntimeConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuntimeConfig")
            .field("cache", &self.cache)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
