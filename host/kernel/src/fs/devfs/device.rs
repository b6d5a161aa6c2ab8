//! The devices: null(4), full(4), random(4).

use bytes::Bytes;

use super::device_number;
use crate::errno::{Errno, Result};
use crate::file::{File, Whence};
use crate::random::Random;
use crate::vfs::{NodeRef, OpenOptions, Place, Stat};

/// The most that one read gives, in bytes.
const READ_MAX: usize = 1 << 20;

/// Which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Urandom,
    Tty,
}

/// An open device.
#[derive(Debug)]
pub(super) struct OpenDevice {
    device: Device,
    random: Random,
    place: Place,
    read: bool,
    write: bool,
}

// === impl Device ===

impl Device {
    pub(super) const ALL: [Self; 6] =
        [Self::Null, Self::Zero, Self::Full, Self::Random, Self::Urandom, Self::Tty];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Zero => "zero",
            Self::Full => "full",
            Self::Random => "random",
            Self::Urandom => "urandom",
            Self::Tty => "tty",
        }
    }

    /// As in Linux's `devices.txt`.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Null => device_number(1, 3),
            Self::Zero => device_number(1, 5),
            Self::Full => device_number(1, 7),
            Self::Random => device_number(1, 8),
            Self::Urandom => device_number(1, 9),
            Self::Tty => device_number(5, 0),
        }
    }
}

// === impl OpenDevice ===

impl OpenDevice {
    pub(super) fn new(device: Device, random: Random, place: Place, options: OpenOptions) -> Self {
        Self { device, random, place, read: options.read, write: options.write }
    }
}

impl File for OpenDevice {
    fn try_read(&self, max: usize) -> Result<Bytes> {
        if !self.read {
            return Err(Errno::EBADF);
        }
        let max = max.min(READ_MAX);
        match self.device {
            Device::Null => Ok(Bytes::new()),
            Device::Zero | Device::Full => Ok(Bytes::from(vec![0; max])),
            Device::Random | Device::Urandom => {
                let mut data = vec![0; max];
                self.random.fill(&mut data);
                Ok(Bytes::from(data))
            }
            Device::Tty => Err(Errno::EIO),
        }
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        if !self.write {
            return Err(Errno::EBADF);
        }
        match self.device {
            Device::Full if !data.is_empty() => Err(Errno::ENOSPC),
            Device::Tty => Err(Errno::EIO),
            _ => Ok(data.len()),
        }
    }

    fn read_at(&self, _offset: u64, max: usize) -> Result<Bytes> {
        self.try_read(max)
    }

    fn write_at(&self, _offset: u64, data: &[u8]) -> Result<usize> {
        if !self.write {
            return Err(Errno::EBADF);
        }
        match self.device {
            Device::Full if !data.is_empty() => Err(Errno::ENOSPC),
            Device::Tty => Err(Errno::EIO),
            _ => Ok(data.len()),
        }
    }

    /// Offsets mean nothing here, but asking for them is no error (null(4)).
    fn seek(&self, _offset: i64, _whence: Whence) -> Result<u64> {
        Ok(0)
    }

    fn sync(&self) -> Result<()> {
        Err(Errno::EINVAL)
    }

    fn stat(&self) -> Result<Stat> {
        self.place.node().stat()
    }

    fn node(&self) -> Option<NodeRef> {
        Some(self.place.node().clone())
    }

    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }

    fn label(&self) -> String {
        self.place.path()
    }
}
