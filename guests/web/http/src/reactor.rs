//! The event loop: tasks on one thread that wait for sockets, signals and time.
//!
//! Tasks run until all of them wait; then one poll waits for whatever comes first. Whoever waited longest is woken
//! first, so that the order of events is the same in every run with the same input.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_executor::{LocalPool, LocalSpawner};
pub use futures_util::future::{Either, select};
use futures_util::task::LocalSpawnExt;

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
use native as backend;
#[cfg(target_family = "wasm")]
use wasi as backend;

pub use backend::{Source, signals};

#[derive(Default)]
struct Waiting {
    next: u64,
    sources: BTreeMap<u64, (Source, Waker)>,
    timers: BTreeMap<(Duration, u64), Waker>,
}

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// Runs `main` and the tasks that it spawns until `main` ends; the other tasks are then dropped.
pub fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let mut pool = LocalPool::new();
    SPAWNER.set(Some(pool.spawner()));
    let result = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&result);
    spawn(async move {
        let value = main.await;
        *slot.borrow_mut() = Some(value);
    });
    loop {
        pool.run_until_stalled();
        if let Some(value) = result.borrow_mut().take() {
            SPAWNER.set(None);
            return value;
        }
        turn();
    }
}

/// Starts a task beside the others.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    SPAWNER.with_borrow(|spawner| {
        if let Some(spawner) = spawner {
            // Fails only while the pool is torn down, when nothing would run the task anyway.
            let _ = spawner.spawn_local(task);
        }
    });
}

/// Waits for the first event and wakes those who wait for it.
fn turn() {
    let (keys, sources, deadline) = WAITING.with_borrow(|w| {
        let (keys, sources): (Vec<u64>, Vec<Source>) =
            w.sources.iter().map(|(k, (s, _))| (*k, s.clone())).unzip();
        (keys, sources, w.timers.first_key_value().map(|((at, _), _)| *at))
    });
    let ready = backend::wait(&sources, deadline);
    drop(sources);
    let now = backend::monotonic();
    let wakers: Vec<Waker> = WAITING.with_borrow_mut(|w| {
        let later = w.timers.split_off(&(now.saturating_add(Duration::from_nanos(1)), 0));
        let mut wakers: Vec<Waker> = std::mem::replace(&mut w.timers, later).into_values().collect();
        let ready = ready.into_iter().filter_map(|index| keys.get(index));
        wakers.extend(ready.filter_map(|key| w.sources.remove(key)).map(|(_, waker)| waker));
        wakers
    });
    wakers.into_iter().for_each(Waker::wake);
}

/// Ends when the source has something.
pub fn ready(source: &Source) -> Ready {
    Ready { source: source.clone(), key: None }
}

/// What [`ready`] gives.
#[must_use = "futures do nothing unless awaited"]
pub struct Ready {
    source: Source,
    key: Option<u64>,
}

impl Future for Ready {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        WAITING.with_borrow_mut(|w| match self.key {
            Some(key) => match w.sources.get_mut(&key) {
                Some((_, waker)) => {
                    waker.clone_from(context.waker());
                    Poll::Pending
                }
                None => {
                    self.key = None;
                    Poll::Ready(())
                }
            },
            None => {
                w.next += 1;
                let key = w.next;
                w.sources.insert(key, (self.source.clone(), context.waker().clone()));
                self.key = Some(key);
                Poll::Pending
            }
        })
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // Dropped outside the borrow: a source may own what waits in here too.
            let removed = WAITING.with_borrow_mut(|w| w.sources.remove(&key));
            drop(removed);
        }
    }
}

/// Ends after this time.
pub fn sleep(duration: Duration) -> Sleep {
    let at = backend::monotonic().saturating_add(duration);
    let key = WAITING.with_borrow_mut(|w| {
        w.next += 1;
        w.next
    });
    Sleep { key: (at, key), is_registered: false }
}

/// What [`sleep`] gives.
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    key: (Duration, u64),
    is_registered: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let key = self.key;
        WAITING.with_borrow_mut(|w| {
            if self.is_registered && !w.timers.contains_key(&key) {
                return Poll::Ready(());
            }
            w.timers.insert(key, context.waker().clone());
            self.is_registered = true;
            Poll::Pending
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|w| drop(w.timers.remove(&self.key)));
    }
}

/// Monotonic time, from an unspecified start.
pub fn monotonic() -> Duration {
    backend::monotonic()
}

/// The result of `future`, or none when the time is over first.
pub async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(limit))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

/// Lets every other task that can run go first.
pub async fn yield_now() {
    sleep(Duration::ZERO).await;
}

/// A signal to tasks that can be given once: the end of a server's life.
#[derive(Clone, Default)]
pub struct Bell {
    shared: Rc<(Cell<bool>, RefCell<Vec<Waker>>)>,
}

impl Bell {
    /// Rings; everyone who waits or will wait is told.
    pub fn ring(&self) {
        self.shared.0.set(true);
        self.shared.1.take().into_iter().for_each(Waker::wake);
    }

    /// Whether it has rung.
    pub fn has_rung(&self) -> bool {
        self.shared.0.get()
    }

    /// Ends when it rings.
    pub fn rung(&self) -> impl Future<Output = ()> + use<> {
        let bell = self.clone();
        std::future::poll_fn(move |context| {
            if bell.has_rung() {
                return Poll::Ready(());
            }
            let mut wakers = bell.shared.1.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
    }
}

#[cfg(test)]
mod tests;
