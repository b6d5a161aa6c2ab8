//! Commands in a running container: probes, hooks, people.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wasipod_kernel::file::FileRef;
use wasipod_kernel::pipe::pipe;
use wasipod_kernel::process::Process;
use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::sink::sink;
use wasipod_kernel::{Errno, clock::Instant};
use wasipod_kubelet::container::{ContainerId, ExecRequest, ExecResult, ExecStreams, RuntimeError};

use super::Containers;
use super::process::Container;

/// Kills the command when whoever waits for it gives up.
struct KillOnDrop(Arc<Process>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL, Origin::Outside);
    }
}

// === impl Containers ===

impl Containers {
    /// Runs a command to its end with its output collected.
    pub(super) async fn execute(
        &self,
        id: &ContainerId,
        request: ExecRequest,
    ) -> Result<ExecResult, RuntimeError> {
        let container = self.running(id)?;
        let output = Arc::new(Mutex::new(Vec::new()));
        let collect = || {
            let (output, limit) = (output.clone(), request.output_limit);
            let take = move |bytes: &Bytes| {
                let mut output = output.lock();
                let room = limit.saturating_sub(output.len());
                output.extend_from_slice(&bytes[..bytes.len().min(room)]);
            };
            sink("exec", Arc::new(take))
        };
        let descriptors = BTreeMap::from([(0, null(&container)?), (1, collect()), (2, collect())]);
        let process = self.launch(&container, request.argv, descriptors, self.clock.now()).await?;
        let exit = process.0.ended().await;
        let output = std::mem::take(&mut *output.lock());
        Ok(ExecResult { exit_code: i32::from(exit.status.code()), output })
    }

    /// Runs a command with its streams connected.
    pub(super) async fn execute_connected(
        &self,
        id: &ContainerId,
        argv: Vec<String>,
        streams: ExecStreams,
    ) -> Result<i32, RuntimeError> {
        if streams.tty.is_some() {
            return Err(RuntimeError("terminals are not supported yet: run the command without one".into()));
        }
        let container = self.running(id)?;
        let (stdout, from_stdout) = pipe();
        let (stderr, from_stderr) = pipe();
        let (input, feed) = match streams.stdin {
            Some(typed) => {
                let (reader, writer) = pipe();
                (reader, Some((writer, typed)))
            }
            None => (null(&container)?, None),
        };
        let descriptors = BTreeMap::from([(0, input), (1, from_stdout), (2, from_stderr)]);
        let process = self.launch(&container, argv, descriptors, self.clock.now()).await?;
        let feeding = feed.map(|(writer, typed)| tokio::spawn(feed_input(writer, typed)));
        let ended = async { process.0.ended().await };
        let (exit, (), ()) =
            futures::join!(ended, forward(stdout, streams.stdout), forward(stderr, streams.stderr));
        if let Some(feeding) = feeding {
            feeding.abort();
        }
        Ok(i32::from(exit.status.code()))
    }

    fn running(&self, id: &ContainerId) -> Result<Arc<Container>, RuntimeError> {
        let container = self.container(id)?;
        if container.is_running() {
            Ok(container)
        } else {
            Err(RuntimeError(format!("container {id} is not running")))
        }
    }

    async fn launch(
        &self,
        container: &Container,
        argv: Vec<String>,
        descriptors: BTreeMap<u32, FileRef>,
        now: Instant,
    ) -> Result<KillOnDrop, RuntimeError> {
        let loaded = self.load(container, argv).await?;
        let process = container
            .new_process(&loaded, descriptors, now)
            .map_err(|errno| RuntimeError(format!("unable to start container process: {errno}")))?;
        self.runtime.start(process.clone(), loaded);
        Ok(KillOnDrop(process))
    }
}

fn null(container: &Container) -> Result<FileRef, RuntimeError> {
    container.null().map_err(|errno| RuntimeError(format!("/dev/null: {errno}")))
}

/// A pipe's content as it comes, until all writers have closed it.
async fn forward(from: FileRef, to: mpsc::Sender<Bytes>) {
    /// What is handed on at a time.
    const CHUNK: usize = 64 << 10;
    loop {
        std::future::poll_fn(|cx| from.poll_readable(cx)).await;
        match from.try_read(CHUNK) {
            Err(Errno::EAGAIN) => {}
            Ok(bytes) if !bytes.is_empty() => {
                if to.send(bytes).await.is_err() {
                    return;
                }
            }
            Ok(_) | Err(_) => return,
        }
    }
}

async fn feed_input(to: FileRef, mut typed: mpsc::Receiver<Bytes>) {
    while let Some(mut bytes) = typed.recv().await {
        while !bytes.is_empty() {
            std::future::poll_fn(|cx| to.poll_writable(cx)).await;
            match to.try_write(&bytes) {
                Ok(written) => bytes = bytes.split_off(written),
                Err(Errno::EAGAIN) => {}
                Err(_) => return,
            }
        }
    }
}
