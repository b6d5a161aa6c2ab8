//! The end of a process and who hears of it: doom, exit, orphans, waiting.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use super::signals::{Disposition, Origin, Signal};
use super::{Pid, Process};
use crate::errno::{Errno, Result};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this status.
    Exited(u8),
    /// By this signal.
    Signaled(u8),
}

/// Why it ended, where the status doesn't say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitCause {
    /// It wanted more memory than its container may have (RES-2).
    OutOfMemory,
    /// Its program failed; the text says how.
    Trap(String),
}

/// The end of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// How.
    pub status: ExitStatus,
    /// Why, if there is more to say.
    pub cause: Option<ExitCause>,
}

/// For which child waitpid waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitTarget {
    /// Any.
    Any,
    /// This one.
    Child(Pid),
}

#[derive(Debug)]
pub(super) enum Life {
    Running,
    /// It is to end; its task sees to it.
    Doomed(Exit),
    Ended(Exit),
}

// === impl ExitStatus ===

impl ExitStatus {
    /// What a shell and a container status show: the status, or 128 + signal (CST-16).
    pub fn code(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Signaled(signal) => 128 + signal,
        }
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        Self { status, cause: None }
    }
}

// === impl Life ===

impl Life {
    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }
}

// === impl Process ===

impl Process {
    /// The process is to end like this; the first word counts. Its task learns of it by
    /// [`poll_doom`](Self::poll_doom).
    pub fn doom(&self, exit: Exit) {
        let mut state = self.state.lock();
        if state.life.is_running() {
            state.life = Life::Doomed(exit);
            state.stopped = false;
        }
        drop(state);
        self.changed.wake();
    }

    /// Ready when the process is to end: its task then drops the program and calls [`exit`](Self::exit).
    pub fn poll_doom(&self, cx: &mut Context<'_>) -> Poll<Exit> {
        self.changed.register(cx);
        match &self.state.lock().life {
            Life::Running => Poll::Pending,
            Life::Doomed(exit) | Life::Ended(exit) => Poll::Ready(exit.clone()),
        }
    }

    /// Whether it is to end.
    pub fn is_doomed(&self) -> bool {
        !self.state.lock().life.is_running()
    }

    /// The process ends: descriptors are closed, its memory is returned, children get another parent, its parent is
    /// told. A doom that came before decides how. The first process of a namespace takes all others with it.
    pub fn exit(self: &Arc<Self>, exit: Exit) {
        let (parent, children) = {
            let mut state = self.state.lock();
            let exit = match &state.life {
                Life::Running => exit,
                Life::Doomed(doom) => doom.clone(),
                Life::Ended(_) => return,
            };
            state.life = Life::Ended(exit);
            (state.parent.clone().and_then(|parent| parent.upgrade()), std::mem::take(&mut state.children))
        };
        drop(self.descriptors.take_all());
        self.memory.write().take();
        self.waiting_for.lock().clear();
        if self.pid == 1 {
            self.pid_ns.close();
        }
        self.give_away(children.into_values());
        self.cgroup.leave(self);
        match parent {
            Some(parent) if parent.wants_to_wait() => parent.signal(Signal::CHLD, Origin::Inside),
            Some(parent) => {
                parent.state.lock().children.remove(&self.pid);
                self.pid_ns.remove(self.pid);
                parent.signal(Signal::CHLD, Origin::Inside);
            }
            None => self.pid_ns.remove(self.pid),
        }
        if let Some(parent) = self.parent() {
            parent.changed.wake();
        }
        self.ended.wake();
        self.changed.wake();
    }

    /// Takes a new child; when this process has ended meanwhile, so is the child's lot decided like an orphan's.
    pub(super) fn adopt(&self, child: Arc<Self>) {
        let mut state = self.state.lock();
        if matches!(state.life, Life::Ended(_)) {
            drop(state);
            self.give_away(std::iter::once(child));
        } else {
            state.children.insert(child.pid, child);
        }
    }

    /// Orphans go to the namespace's first process; without one nobody waits for them.
    fn give_away(&self, orphans: impl Iterator<Item = Arc<Self>>) {
        let heir = self.pid_ns.first().filter(|first| first.pid != self.pid);
        for orphan in orphans {
            let ended = {
                let mut state = orphan.state.lock();
                state.parent = heir.as_ref().map(Arc::downgrade);
                matches!(state.life, Life::Ended(_))
            };
            match &heir {
                Some(heir) if !ended || heir.wants_to_wait() => {
                    heir.state.lock().children.insert(orphan.pid, orphan.clone());
                    if ended {
                        heir.signal(Signal::CHLD, Origin::Inside);
                        heir.changed.wake();
                    }
                }
                _ if ended => self.pid_ns.remove(orphan.pid),
                _ => {}
            }
        }
    }

    /// A process that ignores CHLD leaves no zombies (POSIX.1-2024, XSH 2.4.3); an ended one can't wait.
    fn wants_to_wait(&self) -> bool {
        let (_, ignored, _) = self.signal_masks();
        let state = self.state.lock();
        !matches!(state.life, Life::Ended(_)) && ignored & (1 << (Signal::CHLD.number() - 1)) == 0
    }

    /// waitpid(2): reaps an ended child.
    ///
    /// # Errors
    /// `EAGAIN` while none of them has ended, `ECHILD` when there is no such child.
    pub fn try_wait(&self, target: WaitTarget) -> Result<(Pid, ExitStatus)> {
        let mut state = self.state.lock();
        let children: Vec<Arc<Self>> = match target {
            WaitTarget::Any => state.children.values().cloned().collect(),
            WaitTarget::Child(pid) => state.children.get(&pid).cloned().into_iter().collect(),
        };
        if children.is_empty() {
            return Err(Errno::ECHILD);
        }
        let (pid, status) = children
            .iter()
            .find_map(|child| child.try_exit().map(|exit| (child.pid, exit.status)))
            .ok_or(Errno::EAGAIN)?;
        state.children.remove(&pid);
        drop(state);
        self.pid_ns.remove(pid);
        Ok((pid, status))
    }

    /// Whether [`try_wait`](Self::try_wait) would answer something else than `EAGAIN`.
    pub fn has_ended_child(&self, target: WaitTarget) -> bool {
        let state = self.state.lock();
        let mut children = state.children.values().filter(|child| match target {
            WaitTarget::Any => true,
            WaitTarget::Child(pid) => child.pid == pid,
        });
        let mut none = true;
        children.any(|child| {
            none = false;
            child.try_exit().is_some()
        }) || none
    }

    /// Registers for any change of children, signals and doom; then look with `try_wait`.
    pub fn register_for_change(&self, cx: &Context<'_>) {
        self.changed.register(cx);
    }

    /// How it ended, if it did.
    pub fn try_exit(&self) -> Option<Exit> {
        match &self.state.lock().life {
            Life::Ended(exit) => Some(exit.clone()),
            Life::Running | Life::Doomed(_) => None,
        }
    }

    /// Resolves when the process has ended. Cancel-safe.
    pub async fn ended(&self) -> Exit {
        std::future::poll_fn(|cx| {
            self.ended.register(cx);
            self.try_exit().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Makes this process the kernel's own `/pause` (PID-5): children that end are reaped at once, INT and TERM end
    /// it with status 0. The future resolves when it has ended and is the whole of its program.
    pub async fn pause(self: Arc<Self>) {
        for signal in [Signal::INT, Signal::TERM] {
            // Only KILL and STOP can't be caught.
            let _ = self.set_disposition(signal, Disposition::Catch);
        }
        let _ = self.set_disposition(Signal::CHLD, Disposition::Ignore);
        let weak: Weak<Self> = Arc::downgrade(&self);
        drop(self);
        let exit = std::future::poll_fn(|cx| {
            let Some(process) = weak.upgrade() else { return Poll::Ready(None) };
            if let Poll::Ready(exit) = process.poll_doom(cx) {
                return Poll::Ready(Some((process, exit)));
            }
            process.poll_signal(cx).map(|()| Some((process, ExitStatus::Exited(0).into())))
        })
        .await;
        if let Some((process, exit)) = exit {
            process.exit(exit);
        }
    }
}
