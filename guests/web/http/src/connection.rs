//! One client's connection: requests in, responses out, in order, until one side has enough.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io::{self, Read, Seek, SeekFrom},
    net::SocketAddr,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::{
    date,
    message::{Body, Response},
    network::{Listener, Stream},
    reactor::{self, Bell},
    request::{BodyLength, Refusal, Request, first_line},
    system,
};

/// At most so many bytes of a file are in memory for a connection.
pub const FILE_CHUNK: usize = 64 * 1024;
const READ_CHUNK: usize = 8 * 1024;
/// A body that nobody wants is read up to this size so that the connection can be used again.
const MAX_DISCARDED: u64 = 1024 * 1024;
/// How long a closing server reads on, so that the client sees the response and not a reset.
const LINGER: Duration = Duration::from_secs(5);
/// How long a listener rests when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The client's address.
    pub client: SocketAddr,
    /// The address that the client connected to.
    pub local: SocketAddr,
    /// Counts the server's connections from 1.
    pub number: u64,
}

/// How patient the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two requests; zero closes after each response.
    pub keep_alive: Duration,
    /// Requests on one connection.
    pub requests: u64,
    /// From the first byte of a head to its last, and between two reads of a body.
    pub head: Duration,
    /// Between two writes that the client lets through.
    pub send: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        let minute = Duration::from_secs(60);
        Limits { keep_alive: Duration::from_secs(75), requests: 1000, head: minute, send: minute }
    }
}

/// A request and what became of it, for the access log.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// None if it could not be read.
    pub request: Option<&'a Request>,
    /// The request line as sent, or what came in its place.
    pub line: &'a str,
    /// Who asked.
    pub peer: Peer,
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the answer's body that went out.
    pub body_bytes_sent: u64,
    /// The same with the head.
    pub bytes_sent: u64,
    /// Bytes of the request's head.
    pub request_length: u64,
    /// From the first byte of the request to the last of the answer.
    pub duration: Duration,
    /// Counts the connection's requests from 1.
    pub requests: u64,
}

/// A response, and what is to be done when it is out or can't be sent any further: the access log.
pub struct Answer {
    /// What is sent.
    pub response: Response,
    /// Called once, at the end.
    pub finished: Box<dyn FnOnce(&Exchange<'_>)>,
}

/// A site: what requests mean.
pub trait Handler {
    /// The value of the Server field.
    fn server(&self, peer: Peer) -> String;
    /// Read anew for each request.
    fn limits(&self, peer: Peer) -> Limits;
    /// Answers a request.
    fn answer(&self, request: &Request, peer: Peer) -> Answer;
    /// Answers what could not be read.
    fn refuse(&self, refusal: Refusal, peer: Peer) -> Answer;
}

/// Accepts connections until `stop` rings; then the port is free again. Connections are tasks of their own, which
/// end after the current request once `drain` rings.
pub async fn listen(
    listener: Listener,
    handler: Rc<dyn Handler>,
    numbers: Rc<Cell<u64>>,
    stop: Bell,
    drain: Drain,
) {
    let mut stopped = pin!(stop.rung());
    loop {
        let accepted = match select(pin!(listener.accept()), &mut stopped).await {
            Either::Left((accepted, _)) => accepted,
            Either::Right(_) => return,
        };
        match accepted {
            Ok((stream, client, local)) => {
                numbers.set(numbers.get() + 1);
                let peer = Peer { client, local, number: numbers.get() };
                let (handler, drain) = (Rc::clone(&handler), drain.clone());
                let guard = drain.enter();
                reactor::spawn(async move {
                    serve(stream, &*handler, peer, &drain).await;
                    drop(guard);
                });
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => reactor::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// The open connections of a server, and the wish that they end.
#[derive(Clone, Default)]
pub struct Drain {
    begin: Bell,
    open: Rc<Cell<usize>>,
    emptied: Rc<RefCell<Option<Waker>>>,
}

impl Drain {
    fn enter(&self) -> OpenConnection {
        self.open.set(self.open.get() + 1);
        OpenConnection(self.clone())
    }

    /// Idle connections close, the others after their current request.
    pub fn begin(&self) {
        self.begin.ring();
    }

    /// Waits until no connection is open. For one task; stop the listeners first.
    pub async fn finished(&self) {
        poll_fn(|context| {
            if self.open.get() == 0 {
                return Poll::Ready(());
            }
            *self.emptied.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Counts as one open connection while it lives.
struct OpenConnection(Drain);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let open = self.0.open.get() - 1;
        self.0.open.set(open);
        if open == 0
            && let Some(waker) = self.0.emptied.take()
        {
            waker.wake();
        }
    }
}

/// Serves one connection to its end.
pub async fn serve(stream: Stream, handler: &dyn Handler, peer: Peer, drain: &Drain) {
    let mut connection = Connection { stream, buffer: Vec::new(), requests: 0, peer };
    // Whatever ends it, a client that vanished or one that is too slow, concerns this connection alone.
    if let End::Orderly = connection.run(handler, drain).await {
        connection.close().await;
    }
}

/// How a connection ends.
enum End {
    /// The client is told and may still be sending.
    Orderly,
    /// The client is gone, or all has been said.
    AtOnce,
}

struct Connection {
    stream: Stream,
    /// What was read and not yet used: the next request's beginning.
    buffer: Vec<u8>,
    requests: u64,
    peer: Peer,
}

/// Why no request came.
enum NoRequest {
    Gone,
    Refused(Refusal),
}

impl Connection {
    async fn run(&mut self, handler: &dyn Handler, drain: &Drain) -> End {
        loop {
            let limits = handler.limits(self.peer);
            if self.buffer.is_empty() && !self.wait_for_bytes(&limits, drain).await {
                return End::AtOnce;
            }
            let began = reactor::monotonic();
            let read = reactor::timeout(limits.head, self.read_head()).await;
            self.requests += 1;
            let request = match read.unwrap_or(Err(NoRequest::Refused(Refusal::TooSlow))) {
                Ok(request) => request,
                Err(NoRequest::Gone) => return End::AtOnce,
                Err(NoRequest::Refused(refusal)) => {
                    return self.refuse(handler, refusal, began, &limits).await;
                }
            };
            let Answer { mut response, finished } = handler.answer(&request, self.peer);
            let reusable = match request.body {
                BodyLength::Known(0) => true,
                BodyLength::Known(length) => length <= MAX_DISCARDED && !request.expects_continue(),
                BodyLength::Chunked => false,
            };
            let keep = reusable
                && !response.close
                && request.wants_keep_alive()
                && !limits.keep_alive.is_zero()
                && self.requests < limits.requests
                && !drain.begin.has_rung();
            let sent = self.send(&mut response, handler, keep, request.method == "HEAD", limits.send).await;
            finished(&self.exchange(Some(&request), &request.line, &response, &sent, began));
            if sent.failed {
                return End::AtOnce;
            }
            if !keep {
                return End::Orderly;
            }
            if let BodyLength::Known(length) = request.body
                && !self.discard(length, limits.head).await
            {
                return End::Orderly;
            }
        }
    }

    /// False when the client closed, idled too long, or the server ends.
    async fn wait_for_bytes(&mut self, limits: &Limits, drain: &Drain) -> bool {
        // A closed idle connection costs one buffer less.
        self.buffer = Vec::new();
        let patience = if self.requests == 0 { limits.head } else { limits.keep_alive };
        let read = reactor::timeout(patience, self.stream.read(&mut self.buffer, READ_CHUNK));
        match select(pin!(read), pin!(drain.begin.rung())).await {
            Either::Left((Some(Ok(length)), _)) => length > 0,
            Either::Left(_) | Either::Right(_) => false,
        }
    }

    async fn read_head(&mut self) -> Result<Request, NoRequest> {
        loop {
            if let Some(request) = Request::parse(&self.buffer).map_err(NoRequest::Refused)? {
                self.buffer.drain(..request.head_length);
                return Ok(request);
            }
            match self.stream.read(&mut self.buffer, READ_CHUNK).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(NoRequest::Gone),
            }
        }
    }

    async fn refuse(
        &mut self,
        handler: &dyn Handler,
        refusal: Refusal,
        began: Duration,
        limits: &Limits,
    ) -> End {
        let line = String::from_utf8_lossy(first_line(&self.buffer)).into_owned();
        let Answer { mut response, finished } = handler.refuse(refusal, self.peer);
        let sent = self.send(&mut response, handler, false, false, limits.send).await;
        finished(&self.exchange(None, &line, &response, &sent, began));
        if sent.failed { End::AtOnce } else { End::Orderly }
    }

    fn exchange<'a>(
        &self,
        request: Option<&'a Request>,
        line: &'a str,
        response: &Response,
        sent: &Sent,
        began: Duration,
    ) -> Exchange<'a> {
        Exchange {
            request,
            line,
            peer: self.peer,
            status: response.status,
            body_bytes_sent: sent.total.saturating_sub(sent.head),
            bytes_sent: sent.total,
            request_length: request.map_or(0, |r| r.head_length as u64),
            duration: reactor::monotonic().saturating_sub(began),
            requests: self.requests,
        }
    }

    /// Sends the head, and the body unless only the head was asked for. A small response is one write.
    async fn send(
        &mut self,
        response: &mut Response,
        handler: &dyn Handler,
        keep: bool,
        head_only: bool,
        patience: Duration,
    ) -> Sent {
        let head = response.head(&handler.server(self.peer), &date::http(system::now()), keep);
        let mut sent = Sent { head: head.len() as u64, total: 0, failed: false };
        let mut pending = head.into_bytes();
        let result = match &mut response.body {
            _ if head_only => Ok(()),
            Body::None => Ok(()),
            Body::Bytes(bytes) => {
                pending.extend_from_slice(bytes);
                Ok(())
            }
            Body::File { file, start, length } => {
                self.send_file(&mut pending, file, *start, *length, patience, &mut sent.total).await
            }
        };
        sent.failed = result.is_err() || self.write_all(&pending, patience, &mut sent.total).await.is_err();
        sent
    }

    /// Sends `pending` and the file's part; what is left in `pending` is the last chunk. A file that became shorter
    /// meanwhile can't be made up for: the connection breaks, so that the client notices.
    async fn send_file(
        &mut self,
        pending: &mut Vec<u8>,
        file: &mut std::fs::File,
        start: u64,
        length: u64,
        patience: Duration,
        total: &mut u64,
    ) -> io::Result<()> {
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        let mut left = length;
        while left > 0 {
            if pending.len() >= FILE_CHUNK {
                self.write_all(pending, patience, total).await?;
                pending.clear();
            }
            let room = (FILE_CHUNK - pending.len()) as u64;
            let read = file.take(left.min(room)).read_to_end(pending)?;
            if read == 0 {
                self.write_all(pending, patience, total).await?;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= read as u64;
        }
        Ok(())
    }

    async fn write_all(&mut self, mut bytes: &[u8], patience: Duration, total: &mut u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = reactor::timeout(patience, self.stream.write(bytes));
            let written = written.await.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))?;
            *total += written as u64;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads the rest of a body that nobody wants; false if it doesn't come.
    async fn discard(&mut self, mut left: u64, patience: Duration) -> bool {
        loop {
            let taken = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            self.buffer.drain(..taken);
            left -= taken as u64;
            if left == 0 {
                return true;
            }
            match reactor::timeout(patience, self.stream.read(&mut self.buffer, READ_CHUNK)).await {
                Some(Ok(1..)) => {}
                _ => return false,
            }
        }
    }

    async fn close(&mut self) {
        let linger = async {
            if self.stream.finish_sending().await.is_err() {
                return;
            }
            loop {
                self.buffer.clear();
                match self.stream.read(&mut self.buffer, READ_CHUNK).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return,
                }
            }
        };
        reactor::timeout(LINGER, linger).await;
    }
}

/// What went out.
struct Sent {
    head: u64,
    total: u64,
    failed: bool,
}

#[cfg(test)]
mod tests;
