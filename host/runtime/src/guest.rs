//! The state of one running program: what the host's calls find in its store.

use std::sync::Arc;

use wasipod_kernel::clock::Clock;
use wasipod_kernel::process::Process;
use wasipod_kernel::random::Random;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi_io::IoView;

use crate::Runtime;
use crate::exit::{Doomed, OutOfMemory};
use crate::program::Loaded;

/// Handles (files, sockets, streams, pollables) that a program may have at a time.
const HANDLES_MAX: usize = 65_536;

/// Elements of all its tables together.
const TABLE_ELEMENTS_MAX: usize = 1 << 20;

/// One program in one process.
pub(crate) struct Guest {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) process: Arc<Process>,
    pub(crate) random: Random,
    pub(crate) table: ResourceTable,
    /// Whether the program speaks `wasipod:os`, so that it can ask the kernel itself.
    pub(crate) knows_os: bool,
    /// The program that takes over, after `exec`.
    pub(crate) next: Option<Loaded>,
    pub(crate) memory: MemoryLimit,
}

/// Books the program's linear memories on its container.
pub(crate) struct MemoryLimit {
    process: Arc<Process>,
    bytes: u64,
}

// === impl Guest ===

impl Guest {
    pub(crate) fn new(runtime: Arc<Runtime>, process: Arc<Process>, knows_os: bool) -> Self {
        let random = runtime.random_for_process();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let memory = MemoryLimit { process: process.clone(), bytes: 0 };
        Self { runtime, process, random, table, knows_os, next: None, memory }
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.runtime.clock()
    }

    /// After a call that may have killed the caller: then the program doesn't run on.
    pub(crate) fn check_doom(&self) -> wasmtime::Result<()> {
        if self.process.is_doomed() { Err(wasmtime::Error::new(Doomed)) } else { Ok(()) }
    }
}

impl IoView for Guest {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

// === impl MemoryLimit ===

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let bytes = self.bytes + (desired.saturating_sub(current)) as u64;
        // The kernel kills for it; a program can't be asked to do with less, since Linux wouldn't ask either.
        if !self.process.set_memory(bytes) {
            return Err(wasmtime::Error::new(OutOfMemory));
        }
        self.bytes = bytes;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX && maximum.is_none_or(|maximum| desired <= maximum))
    }
}
