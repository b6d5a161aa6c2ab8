//! Descriptions whose other side is the host: what a container writes to standard output goes to its log.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::errno::{Errno, Result};
use crate::file::{File, FileRef};
use crate::pipe::anonymous_stat;
use crate::vfs::Stat;

/// Where written bytes go. Called from the writer's task: must be quick and must not block.
pub type Receiver = Arc<dyn Fn(&Bytes) + Send + Sync>;

struct Sink {
    label: &'static str,
    receiver: Receiver,
}

/// A description that takes everything and hands it to `receiver`; looks like a pipe to the program.
pub fn sink(label: &'static str, receiver: Receiver) -> FileRef {
    Arc::new(Sink { label, receiver })
}

impl File for Sink {
    fn try_read(&self, _max: usize) -> Result<Bytes> {
        Err(Errno::EBADF)
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        (self.receiver)(data);
        Ok(data.len())
    }

    fn stat(&self) -> Result<Stat> {
        Ok(anonymous_stat(0))
    }

    fn label(&self) -> String {
        format!("pipe:[{}]", self.label)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sink {}", self.label)
    }
}
