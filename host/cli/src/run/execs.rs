//! The commands of `--exec`: one after another, the first failure ends the row.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use wasipod_kubelet::container::{ExecStreams, PodKey};
use wasipod_kubelet::logs::LogStream;
use wasipod_kubelet::ports::StreamError;

use crate::session::Node;

/// How much output waits to be taken, in pieces.
const PIECES: usize = 16;

/// A command and where it runs.
#[derive(Clone, Debug)]
pub(crate) struct Exec {
    /// The Pod's place in the run.
    pub(crate) index: usize,
    /// The Pod.
    pub(crate) pod: PodKey,
    /// The container's name.
    pub(crate) container: String,
    /// The command line.
    pub(crate) argv: Vec<String>,
}

/// What a command printed: whole lines, or the rest at its end.
#[derive(Clone, Debug)]
pub(crate) struct Printed {
    /// The Pod's place in the run.
    pub(crate) index: usize,
    /// The container's name.
    pub(crate) container: String,
    /// Where.
    pub(crate) stream: LogStream,
    /// The bytes.
    pub(crate) content: Bytes,
}

/// A command that didn't end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExecFailure {
    /// It ended with this code.
    Code {
        /// The number of the command.
        exec: usize,
        /// The code.
        code: i32,
    },
    /// It could not run.
    Refused {
        /// The number of the command.
        exec: usize,
        /// Kubernetes' words.
        error: StreamError,
    },
}

/// Runs the commands; what they print goes to `printed`.
pub(crate) async fn run<N: Node>(
    node: &N,
    execs: &[Exec],
    printed: mpsc::UnboundedSender<Printed>,
) -> Result<(), ExecFailure> {
    for (number, exec) in execs.iter().enumerate() {
        match run_one(node, exec, &printed).await {
            Ok(0) => {}
            Ok(code) => return Err(ExecFailure::Code { exec: number, code }),
            Err(error) => return Err(ExecFailure::Refused { exec: number, error }),
        }
    }
    Ok(())
}

async fn run_one<N: Node>(
    node: &N,
    exec: &Exec,
    printed: &mpsc::UnboundedSender<Printed>,
) -> Result<i32, StreamError> {
    let (stdout, mut from_stdout) = mpsc::channel(PIECES);
    let (stderr, mut from_stderr) = mpsc::channel(PIECES);
    let streams = ExecStreams { stdin: None, stdout, stderr, tty: None };
    let mut ended = pin!(node.exec(&exec.pod, &exec.container, exec.argv.clone(), streams));
    let mut lines = [Lines::new(exec, LogStream::Stdout), Lines::new(exec, LogStream::Stderr)];
    let code = loop {
        tokio::select! {
            biased;
            Some(bytes) = from_stdout.recv() => lines[0].push(&bytes, printed),
            Some(bytes) = from_stderr.recv() => lines[1].push(&bytes, printed),
            code = &mut ended => break code,
        }
    };
    while let Ok(bytes) = from_stdout.try_recv() {
        lines[0].push(&bytes, printed);
    }
    while let Ok(bytes) = from_stderr.try_recv() {
        lines[1].push(&bytes, printed);
    }
    for rest in lines {
        rest.finish(printed);
    }
    code
}

/// Cuts a stream after its last newline, so that lines of two streams don't mix.
struct Lines<'a> {
    exec: &'a Exec,
    stream: LogStream,
    rest: BytesMut,
}

// === impl Lines ===

impl<'a> Lines<'a> {
    fn new(exec: &'a Exec, stream: LogStream) -> Self {
        Self { exec, stream, rest: BytesMut::new() }
    }

    fn push(&mut self, bytes: &[u8], printed: &mpsc::UnboundedSender<Printed>) {
        self.rest.extend_from_slice(bytes);
        if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
            let content = self.rest.split_to(end + 1).freeze();
            self.send(content, printed);
        }
    }

    fn finish(mut self, printed: &mpsc::UnboundedSender<Printed>) {
        let content = self.rest.split().freeze();
        if !content.is_empty() {
            self.send(content, printed);
        }
    }

    fn send(&self, content: Bytes, printed: &mpsc::UnboundedSender<Printed>) {
        let (index, container) = (self.exec.index, self.exec.container.clone());
        // Nobody listens any more only when the run is over.
        let _ = printed.send(Printed { index, container, stream: self.stream, content });
    }
}
