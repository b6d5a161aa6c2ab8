//! Reads every container's log, instance after instance, as soon as there is one.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use wasipod_api::model::ContainerStatus;
use wasipod_kubelet::container::PodKey;
use wasipod_kubelet::logs::{LogLine, LogReader, LogStream};

use crate::session::Node;

/// So many entries are taken at once when they are there already.
const BATCH: usize = 256;
/// A line is printed in pieces from this length on, in bytes.
const LONGEST_LINE: usize = 256 * 1024;

/// Which container: the Pod's place in the run, and the container's place in the Pod.
pub(crate) type Place = (usize, usize);

/// A line of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it was written.
    pub(crate) stream: LogStream,
    /// Without newline.
    pub(crate) content: Bytes,
}

type Read = Pin<Box<dyn Future<Output = (Place, LogReader, Vec<LogLine>)> + Send>>;

/// The readers of all containers' logs.
#[derive(Default)]
pub(crate) struct Followers {
    containers: BTreeMap<Place, Follower>,
    reads: FuturesUnordered<Read>,
}

#[derive(Default)]
struct Follower {
    /// Readers of later instances, in order.
    next: VecDeque<LogReader>,
    /// Whether an instance is being read.
    reading: bool,
    /// Unfinished lines.
    stdout: BytesMut,
    stderr: BytesMut,
}

// === impl Followers ===

impl Followers {
    /// A container's status has changed: if there are instances that aren't read yet, reading them begins.
    pub(crate) fn observe<N: Node>(
        &mut self,
        node: &N,
        place: Place,
        pod: &PodKey,
        status: &ContainerStatus,
    ) {
        if status.container_id.is_empty() {
            return;
        }
        let new = node.take_logs(pod, &status.name);
        self.containers.entry(place).or_default().next.extend(new);
        self.go_on(place);
    }

    /// The next lines of some container; none when the last log that was being read has ended. Waits for ever when
    /// nothing is being read.
    pub(crate) async fn next(&mut self) -> (Place, Vec<Line>) {
        loop {
            let Some((place, reader, lines)) = self.reads.next().await else {
                return std::future::pending().await;
            };
            let lines = self.take(place, reader, lines);
            if !lines.is_empty() || self.are_done() {
                return (place, lines);
            }
        }
    }

    /// Whether every log that was found is read to its end.
    pub(crate) fn are_done(&self) -> bool {
        self.reads.is_empty()
    }

    fn take(&mut self, place: Place, reader: LogReader, entries: Vec<LogLine>) -> Vec<Line> {
        let Some(follower) = self.containers.get_mut(&place) else { return Vec::new() };
        if entries.is_empty() {
            follower.reading = false;
            let rest = follower.rest();
            self.go_on(place);
            return rest;
        }
        let lines = entries.into_iter().filter_map(|entry| follower.line(entry)).collect();
        self.reads.push(read(place, reader));
        lines
    }

    /// Begins with the next instance, unless one is still being read.
    fn go_on(&mut self, place: Place) {
        let Some(follower) = self.containers.get_mut(&place) else { return };
        if !follower.reading
            && let Some(reader) = follower.next.pop_front()
        {
            follower.reading = true;
            self.reads.push(read(place, reader));
        }
    }
}

/// The next entries of a log; none at its end.
fn read(place: Place, mut reader: LogReader) -> Read {
    Box::pin(async move {
        let mut lines = Vec::new();
        lines.extend(reader.next().await);
        while !lines.is_empty() && lines.len() < BATCH {
            match reader.try_next() {
                Some(line) => lines.push(line),
                None => break,
            }
        }
        (place, reader, lines)
    })
}

// === impl Follower ===

impl Follower {
    /// A whole line, once its last piece has come.
    fn line(&mut self, entry: LogLine) -> Option<Line> {
        let pieces = match entry.stream {
            LogStream::Stdout => &mut self.stdout,
            LogStream::Stderr => &mut self.stderr,
        };
        if pieces.is_empty() && !entry.partial {
            return Some(Line { stream: entry.stream, content: entry.content });
        }
        pieces.extend_from_slice(&entry.content);
        let whole = !entry.partial || pieces.len() > LONGEST_LINE;
        whole.then(|| Line { stream: entry.stream, content: pieces.split().freeze() })
    }

    /// Lines without an end.
    fn rest(&mut self) -> Vec<Line> {
        let rests = [(LogStream::Stdout, self.stdout.split()), (LogStream::Stderr, self.stderr.split())];
        let line = |(stream, content): (LogStream, BytesMut)| Line { stream, content: content.freeze() };
        rests.into_iter().filter(|(_, content)| !content.is_empty()).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use wasipod_api::model::PodUid;

    use super::*;
    use crate::run::testing::{FakeNode, ended};

    #[test]
    fn the_end_of_the_last_log_is_told_so_that_nobody_waits_for_more() {
        let node = FakeNode::new();
        let log = node.instance("main");
        log.write(LogStream::Stdout, b"only\n");
        log.close();
        let pod = PodKey { namespace: "default".into(), name: "p".into(), uid: PodUid::from("u".to_owned()) };
        let status = ended("main", 0);
        node.clock().clone().virtual_runtime().unwrap().block_on(async {
            let mut followers = Followers::default();
            followers.observe(&node, (0, 0), &pod, &status);
            let (_, lines) = followers.next().await;
            assert_eq!(lines.len(), 1);
            assert!(!followers.are_done());
            assert_eq!(followers.next().await, ((0, 0), Vec::new()));
            assert!(followers.are_done());
        });
    }
}
