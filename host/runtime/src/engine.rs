//! The wasmtime engines of a node: one that takes instances from a pool, one for what the pool can't hold, both
//! loading the same compiled code; and the ticker that interrupts guests in real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often a running guest is interrupted in real time: the bound on the latency of SIGKILL.
const TICK: Duration = Duration::from_millis(4);

/// So many ticks without a running guest, and the ticker goes to sleep.
const IDLE_TICKS: u32 = 12;

/// Fuel that a guest burns between two interruptions in virtual time; about one unit per instruction.
pub(crate) const FUEL_SLICE: u64 = 10_000_000;

/// Virtual time that one [`FUEL_SLICE`] takes: as if the machine did one instruction a nanosecond.
pub(crate) const SLICE_TIME: Duration = Duration::from_millis(10);

/// How guests are interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By the clock: epochs.
    Real,
    /// By what they have executed: fuel. Every run is the same.
    Virtual,
}

/// The engines of one node.
pub(crate) struct Engines {
    mode: Mode,
    pooled: Option<Engine>,
    on_demand: Engine,
    ticker: Option<Arc<Ticker>>,
}

/// Which engine an instance comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allocation {
    Pooled,
    OnDemand,
}

// === impl Engines ===

impl Engines {
    /// `pool` is how many instances the pool holds; 0, and systems other than Linux, go without.
    pub(crate) fn new(mode: Mode, pool: u32) -> wasmtime::Result<Self> {
        let on_demand = Engine::new(&config(mode))?;
        let pooled = if pool > 0 && cfg!(target_os = "linux") {
            let mut config = config(mode);
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling(pool)));
            // A machine that grants too little address space does without the pool.
            Engine::new(&config).ok()
        } else {
            None
        };
        let ticker = match mode {
            Mode::Real => Some(Ticker::start(pooled.iter().chain([&on_demand]).cloned().collect())?),
            Mode::Virtual => None,
        };
        Ok(Self { mode, pooled, on_demand, ticker })
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn get(&self, allocation: Allocation) -> Option<&Engine> {
        match allocation {
            Allocation::Pooled => self.pooled.as_ref(),
            Allocation::OnDemand => Some(&self.on_demand),
        }
    }

    /// The engine that compiles; what it makes runs on both.
    pub(crate) fn compiler(&self) -> &Engine {
        &self.on_demand
    }

    /// While the guard lives a guest executes.
    pub(crate) fn executing(&self) -> Executing<'_> {
        if let Some(ticker) = &self.ticker {
            ticker.enter();
        }
        Executing(self.ticker.as_deref())
    }
}

fn config(mode: Mode) -> Config {
    let mut config = Config::new();
    match mode {
        Mode::Real => {
            config.epoch_interruption(true);
        }
        Mode::Virtual => {
            config.consume_fuel(true);
            config.cranelift_nan_canonicalization(true);
            config.relaxed_simd_deterministic(true);
        }
    }
    config.memory_reservation(4 << 30).memory_guard_size(32 << 20);
    // The rest of the fiber's stack is for host calls; those of a debug build go deep.
    config.async_stack_size(2 << 20).max_wasm_stack(1 << 20);
    config.wasm_component_model(true);
    config
}

fn pooling(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_memories(instances)
        .total_stacks(instances)
        // A program for WASI 0.1 brings the adapter and two shims.
        .total_core_instances(instances * 4)
        .total_tables(instances * 3)
        .table_elements(20_000)
        .max_memory_size(4 << 30);
    pool
}

/// A thread that moves the engines' epoch on while guests execute, and sleeps otherwise.
struct Ticker {
    executing: AtomicUsize,
    asleep: AtomicBool,
    thread: std::sync::OnceLock<Thread>,
}

impl Ticker {
    fn start(engines: Vec<Engine>) -> std::io::Result<Arc<Self>> {
        let ticker = Arc::new(Self {
            executing: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            thread: Default::default(),
        });
        let weak = Arc::downgrade(&ticker);
        let engines: Vec<_> = engines.iter().map(Engine::weak).collect();
        let handle = std::thread::Builder::new().name("wasipod-ticker".into()).spawn(move || {
            let mut idle = 0;
            // Ends with the node: then neither the ticker nor any engine is left.
            while let Some(ticker) = weak.upgrade() {
                if ticker.executing.load(Ordering::SeqCst) > 0 {
                    idle = 0;
                } else {
                    idle += 1;
                }
                if idle > IDLE_TICKS {
                    ticker.asleep.store(true, Ordering::SeqCst);
                    if ticker.executing.load(Ordering::SeqCst) == 0 {
                        drop(ticker);
                        std::thread::park();
                    }
                    idle = 0;
                    continue;
                }
                drop(ticker);
                // Not sleep: dropping the node ends this at once.
                std::thread::park_timeout(TICK);
                for engine in &engines {
                    if let Some(engine) = engine.upgrade() {
                        engine.increment_epoch();
                    }
                }
            }
        })?;
        let _ = ticker.thread.set(handle.thread().clone());
        Ok(ticker)
    }

    fn enter(&self) {
        self.executing.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.wake();
    }
}

/// See [`Engines::executing`].
pub(crate) struct Executing<'a>(Option<&'a Ticker>);

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        if let Some(ticker) = self.0 {
            ticker.executing.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
