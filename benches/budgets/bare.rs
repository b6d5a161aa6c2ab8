//! What everything is compared with: the same engine with the stock WASI host, and nothing around it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::report::Times;

/// What a guest may print.
const OUTPUT_BYTES: usize = 1 << 20;

/// wasmtime with its own WASI, an executor to run guests on.
pub(crate) struct Bare {
    engine: Engine,
    linker: Linker<Host>,
    pub(crate) executor: Runtime,
}

/// A program ready to be instantiated.
pub(crate) type Program = CommandPre<Host>;

/// The state of one instance.
pub(crate) struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Where the built guest of that name is.
pub(crate) fn guest_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "programs", "dist", &format!("bench-{name}.wasm")].iter().collect()
}

// === impl Bare ===

impl Bare {
    pub(crate) fn new() -> Self {
        let mut config = Config::new();
        // As the node's engine has it, so that guests run the same code.
        config.epoch_interruption(true);
        let mut pool = PoolingAllocationConfig::default();
        pool.table_elements(20_000).max_memory_size(4 << 30);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        let executor = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Self { engine, linker, executor }
    }

    /// Compiles a guest.
    pub(crate) fn load(&self, name: &str) -> Program {
        let component = Component::from_file(&self.engine, guest_path(name)).unwrap();
        CommandPre::new(self.linker.instantiate_pre(&component).unwrap()).unwrap()
    }

    /// Instantiates, runs and drops; what the guest printed.
    pub(crate) async fn run(program: &Program, mut wasi: WasiCtxBuilder) -> String {
        let output = MemoryOutputPipe::new(OUTPUT_BYTES);
        wasi.stdout(output.clone()).stderr(output.clone());
        let mut store =
            Store::new(program.engine(), Host { wasi: wasi.build(), table: ResourceTable::new() });
        // Nobody moves the epoch.
        store.set_epoch_deadline(1);
        let command = program.instantiate_async(&mut store).await.unwrap();
        let ended = command.wasi_cli_run().call_run(&mut store).await;
        drop(store);
        let output = String::from_utf8_lossy(&output.contents()).into_owned();
        assert!(matches!(ended, Ok(Ok(()))), "{ended:?}: {output}");
        output
    }

    /// How long instantiate, run and drop of the smallest guest take, `at_once` of them one after the other.
    pub(crate) fn tiny(&self, samples: usize, at_once: usize) -> Times {
        let program = self.load("tiny");
        let run = async move {
            let mut took: Vec<Duration> = Vec::new();
            for _ in 0..samples {
                let start = Instant::now();
                for _ in 0..at_once {
                    Self::run(&program, WasiCtxBuilder::new()).await;
                }
                took.push(start.elapsed());
            }
            Times::of(took)
        };
        self.executor.block_on(self.executor.spawn(run)).unwrap()
    }
}
