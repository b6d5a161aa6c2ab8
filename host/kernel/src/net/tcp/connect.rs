//! connect(2), in the two steps of a non-blocking one.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Connecting, Control, Phase, TcpSocket};
use crate::errno::{Errno, Result};
use crate::net::address::{destination, is_v4_mapped};
use crate::net::connection::{Buffers, End};
use crate::net::listener::{Answer, Call};
use crate::net::namespace::NetNs;
use crate::net::ports::Binding;
use crate::net::route::NoRoute;

/// How long Linux repeats a SYN that nobody answers: `tcp_syn_retries` = 6, so 1 + 2 + 4 + … + 64 s.
const TIMEOUT: Duration = Duration::from_secs(127);

impl TcpSocket {
    /// Begins to connect. An unbound socket gets a port and the source address of the route; a wildcard address
    /// means this host. The outcome is for [`try_finish_connect`](Self::try_finish_connect).
    ///
    /// # Errors
    /// `EALREADY` when an attempt is under way or its outcome not fetched, `EISCONN` when connected or listening,
    /// `EAFNOSUPPORT`, `ENETUNREACH` when no route leads there, `EINVAL` from a loopback address to another
    /// namespace, `EADDRNOTAVAIL` when no port is free or the pair of addresses is taken.
    pub fn start_connect(&self, to: SocketAddr) -> Result<()> {
        let mut to = self.family().admit(to)?;
        let mut control = self.control.lock();
        self.settle(&mut control);
        match control.phase {
            Phase::Idle => {}
            Phase::Connecting(_) | Phase::Failed(_) | Phase::Established { told: false } => {
                return Err(Errno::EALREADY);
            }
            Phase::Listening(_) | Phase::Established { told: true } => return Err(Errno::EISCONN),
        }
        if is_v4_mapped(to.ip()) {
            return Err(Errno::ENETUNREACH);
        }
        let source = control.local.map(|local| local.ip()).filter(|ip| !ip.is_unspecified());
        to.set_ip(destination(to.ip(), source));
        let route = self.namespace.route(to.ip());
        if matches!(route.target, Err(NoRoute::Nowhere)) {
            return Err(Errno::ENETUNREACH);
        }
        if source.is_some_and(|ip| ip.is_loopback()) && !self.namespace.has_address(to.ip()) {
            return Err(Errno::EINVAL);
        }
        let from = self.claim_pair(&mut control, source.unwrap_or(route.source), to)?;
        match self.call(route.target, from, to) {
            Ok(Answer::Made(end)) => self.establish(&mut control, end),
            Ok(Answer::Waits(attempt)) => {
                let deadline = self.namespace.clock().now() + TIMEOUT;
                control.phase = Phase::Connecting(Box::new(Connecting { attempt, deadline, timer: None }));
            }
            Err(error) => self.fail(&mut control, error),
        }
        Ok(())
    }

    /// The outcome of [`start_connect`](Self::start_connect), told once.
    ///
    /// # Errors
    /// `EAGAIN` while the peer's backlog is full; `ECONNREFUSED` when nobody listens there, `EHOSTUNREACH` when
    /// nobody has the address, `ETIMEDOUT` after 127 s; then another attempt can begin. `EISCONN` when it has been
    /// told already, `EINVAL` when there was no attempt.
    pub fn try_finish_connect(&self) -> Result<()> {
        let mut control = self.control.lock();
        self.settle(&mut control);
        match &mut control.phase {
            Phase::Established { told: true } => Err(Errno::EISCONN),
            Phase::Established { told } => {
                *told = true;
                Ok(())
            }
            Phase::Connecting(_) => Err(Errno::EAGAIN),
            Phase::Failed(error) => {
                let error = *error;
                control.phase = Phase::Idle;
                Err(error)
            }
            Phase::Idle | Phase::Listening(_) => Err(Errno::EINVAL),
        }
    }

    /// Ready when [`try_finish_connect`](Self::try_finish_connect) would not answer `EAGAIN`.
    pub fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut control = self.control.lock();
        self.settle(&mut control);
        let Phase::Connecting(connecting) = &mut control.phase else { return Poll::Ready(()) };
        let Connecting { attempt, deadline, timer } = &mut **connecting;
        if attempt.poll_settled(cx).is_ready() {
            return Poll::Ready(());
        }
        let timer = timer.get_or_insert_with(|| self.namespace.clock().sleep_until(*deadline));
        std::task::ready!(Pin::new(timer).poll(cx));
        attempt.settle(Err(Errno::ETIMEDOUT));
        Poll::Ready(())
    }

    /// Fetches the outcome of an attempt that had to wait.
    pub(super) fn settle(&self, control: &mut Control) {
        let Phase::Connecting(connecting) = &control.phase else { return };
        if connecting.deadline <= self.namespace.clock().now() {
            connecting.attempt.settle(Err(Errno::ETIMEDOUT));
        }
        match connecting.attempt.take_outcome() {
            None => {}
            Some(Ok(end)) => self.establish(control, end),
            Some(Err(error)) => self.fail(control, error),
        }
    }

    /// The attempt is given up; the socket is as before it.
    pub(super) fn give_up(&self, control: &mut Control) {
        self.fail(control, Errno::ECONNABORTED);
        control.phase = Phase::Idle;
    }

    /// Takes the pair of addresses, and a port if there is none yet.
    fn claim_pair(&self, control: &mut Control, source: IpAddr, to: SocketAddr) -> Result<SocketAddr> {
        let reuse = self.options.lock().reuse_address;
        let local = control.local;
        let from = self.namespace.with_table(|table| {
            table.check_open(Errno::ENETUNREACH)?;
            let port = match local {
                Some(local) => local.port(),
                None => table
                    .tcp
                    .bind(self.id, 0, Binding { ip: source, reuse, listening: false })
                    .map_err(|_none_free| Errno::EADDRNOTAVAIL)?,
            };
            let from = SocketAddr::new(source, port);
            if let Err(error) = table.claim_flow(from, to) {
                if local.is_none() {
                    table.tcp.release(self.id, port);
                }
                return Err(error);
            }
            table.tcp.update(self.id, port, |binding| binding.ip = source);
            Ok(from)
        })?;
        control.before_connect = local;
        (control.local, control.remote) = (Some(from), Some(to));
        Ok(from)
    }

    fn call(&self, target: Result<Arc<NetNs>, NoRoute>, from: SocketAddr, to: SocketAddr) -> Result<Answer> {
        let target = target.map_err(|_nobody_there| Errno::EHOSTUNREACH)?;
        let listener = target.with_table(|table| table.listener_for(to)).ok_or(Errno::ECONNREFUSED)?;
        let buffers = Buffers::of(&self.options.lock());
        listener.call(Call { from, to, buffers })
    }

    fn establish(&self, control: &mut Control, end: End) {
        end.set_buffers(Buffers::of(&self.options.lock()));
        // Set under the control lock, and only from Idle or Connecting: it can't be set already.
        let _ = self.end.set(end);
        control.phase = Phase::Established { told: false };
    }

    fn fail(&self, control: &mut Control, error: Errno) {
        if let (Some(local), Some(remote)) = (control.local, control.remote.take()) {
            let before = control.before_connect.take();
            self.namespace.with_table(|table| {
                table.release_flow(local, remote);
                match before {
                    Some(before) => {
                        table.tcp.update(self.id, local.port(), |binding| binding.ip = before.ip())
                    }
                    None => table.tcp.release(self.id, local.port()),
                }
            });
            control.local = before;
        }
        control.phase = Phase::Failed(error);
    }
}
