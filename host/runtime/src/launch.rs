//! One task per process: instantiate the program, run it under supervision, end the process.
//!
//! ```text
//!  each poll:  doomed? ──yes──► drop the program (its fiber unwinds), exit
//!              stopped? ─yes──► wait for CONT
//!              fuel slice burnt (virtual time)? ──► let its time pass first
//!              else poll the program
//! ```

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use parking_lot::Mutex;
use wasipod_kernel::clock::Sleep;
use wasipod_kernel::process::{Exit, ExitCause, ExitStatus, Process};
use wasmtime::{PoolConcurrencyLimitError, Store};

use crate::Runtime;
use crate::compile::Compiled;
use crate::engine::{Allocation, FUEL_SLICE, Mode, SLICE_TIME};
use crate::exit::{Replaced, exit_of};
use crate::guest::Guest;
use crate::program::Loaded;

/// How one program's run ended.
enum Outcome {
    Exit(Exit),
    Replaced(Loaded),
}

// === impl Runtime ===

impl Runtime {
    /// Runs `loaded` as `process` from now on, on the guests' executor. The process's end says how it went.
    pub fn start(self: &Arc<Self>, process: Arc<Process>, loaded: Loaded) {
        let runtime = self.clone();
        self.executor.spawn(async move {
            let mut loaded = loaded;
            loop {
                let outcome = {
                    let run = pin!(run(&runtime, &process, &loaded.compiled));
                    supervise(&runtime, &process, run).await
                };
                match outcome {
                    Outcome::Exit(exit) => {
                        report_fault(&process, &exit);
                        process.exit(exit);
                        return;
                    }
                    Outcome::Replaced(next) => loaded = next,
                }
            }
        });
    }
}

/// Instantiates and runs the program to its end.
async fn run(runtime: &Arc<Runtime>, process: &Arc<Process>, compiled: &Compiled) -> Outcome {
    let mut result = attempt(runtime, process, compiled, Allocation::Pooled).await;
    if result.is_none() {
        result = attempt(runtime, process, compiled, Allocation::OnDemand).await;
    }
    result.unwrap_or_else(|| {
        let cause = Some(ExitCause::Trap("the machine has no room for another program".into()));
        Outcome::Exit(Exit { status: ExitStatus::Signaled(9), cause })
    })
}

/// `None` when there is no instance to be had this way.
async fn attempt(
    runtime: &Arc<Runtime>,
    process: &Arc<Process>,
    compiled: &Compiled,
    allocation: Allocation,
) -> Option<Outcome> {
    let engine = runtime.engines.get(allocation)?;
    let starter = runtime.compiler.starter(compiled, allocation)?;
    let guest = Guest::new(runtime.clone(), process.clone(), compiled.knows_os);
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.memory);
    if let Err(error) = prepare_interruption(&mut store, runtime.engines.mode()) {
        return Some(Outcome::Exit(exit_of(Err(error))));
    }
    let command = match starter.instantiate_async(&mut store).await {
        Ok(command) => command,
        Err(error) if error.is::<PoolConcurrencyLimitError>() => return None,
        Err(error) => return Some(Outcome::Exit(exit_of(Err(error)))),
    };
    let result = command.wasi_cli_run().call_run(&mut store).await;
    if let Err(error) = &result
        && error.is::<Replaced>()
        && let Some(next) = store.data_mut().next.take()
    {
        return Some(Outcome::Replaced(next));
    }
    Some(Outcome::Exit(exit_of(result)))
}

fn prepare_interruption(store: &mut Store<Guest>, mode: Mode) -> wasmtime::Result<()> {
    match mode {
        Mode::Real => {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
        }
        Mode::Virtual => {
            store.set_fuel(u64::MAX)?;
            store.fuel_async_yield_interval(Some(FUEL_SLICE))?;
        }
    }
    Ok(())
}

/// Polls the program as the process's state allows; see the module's drawing.
async fn supervise(
    runtime: &Runtime,
    process: &Arc<Process>,
    mut program: Pin<&mut impl Future<Output = Outcome>>,
) -> Outcome {
    let virtual_time = runtime.engines.mode() == Mode::Virtual;
    let own_wakes = Arc::new(OwnWakes::default());
    let own_waker = Waker::from(own_wakes.clone());
    let mut slice: Option<Sleep> = None;
    std::future::poll_fn(move |cx| {
        if let Poll::Ready(exit) = process.poll_doom(cx) {
            return Poll::Ready(Outcome::Exit(exit));
        }
        if process.poll_continued(cx).is_pending() {
            return Poll::Pending;
        }
        loop {
            if let Some(sleep) = &mut slice {
                if Pin::new(sleep).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                slice = None;
            }
            own_wakes.begin(cx.waker());
            let mut own = Context::from_waker(&own_waker);
            let executing = runtime.engines.executing();
            let answer = std::panic::catch_unwind(AssertUnwindSafe(|| program.as_mut().poll(&mut own)));
            drop(executing);
            let yielded = own_wakes.end();
            match answer {
                Ok(Poll::Ready(outcome)) => return Poll::Ready(outcome),
                // It woke itself while it ran: that is how a program yields after a slice of fuel or a tick.
                Ok(Poll::Pending) if yielded && virtual_time => {
                    slice = Some(runtime.clock().sleep(SLICE_TIME))
                }
                Ok(Poll::Pending) => {
                    if yielded {
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
                Err(panic) => {
                    let cause =
                        Some(ExitCause::Trap(format!("a fault of the host: {}", panic_text(&*panic))));
                    return Poll::Ready(Outcome::Exit(Exit { status: ExitStatus::Signaled(6), cause }));
                }
            }
        }
    })
    .await
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Tells wakes that come while the program is being polled from those that come later.
#[derive(Default)]
struct OwnWakes {
    polling: AtomicBool,
    woken: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl OwnWakes {
    fn begin(&self, task: &Waker) {
        let mut known = self.task.lock();
        if !known.as_ref().is_some_and(|known| known.will_wake(task)) {
            *known = Some(task.clone());
        }
        drop(known);
        self.woken.store(false, Ordering::SeqCst);
        self.polling.store(true, Ordering::SeqCst);
    }

    /// Whether there was a wake since `begin`.
    fn end(&self) -> bool {
        self.polling.store(false, Ordering::SeqCst);
        self.woken.swap(false, Ordering::SeqCst)
    }
}

impl Wake for OwnWakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if self.polling.load(Ordering::SeqCst) {
            // The poll's end looks at `woken`.
            return;
        }
        if let Some(task) = &*self.task.lock() {
            task.wake_by_ref();
        }
    }
}

/// A program that failed says so on its standard error, with the WebAssembly backtrace.
fn report_fault(process: &Process, exit: &Exit) {
    let Some(ExitCause::Trap(text)) = &exit.cause else { return };
    let Ok(stderr) = process.descriptors().get(2) else { return };
    let program = process.program();
    let name = program.argv.first().unwrap_or(&program.path);
    // Best effort: the exit code tells it too.
    let _ = stderr.try_write(&Bytes::from(format!("{name}: {text}\n")));
}
