//! `wasipod:os/signals`.

use wasipod_kernel::process::signals::{Disposition as KernelDisposition, Signal};
use wasmtime::component::Resource;
use wasmtime_wasi_io::poll::{DynPollable, subscribe};

use crate::bindings::wasipod::os::signals::{Disposition, Host};
use crate::guest::Guest;
use crate::wasi::readiness::SignalReadiness;

impl Host for Guest {
    fn set_disposition(&mut self, signal: u8, to: Disposition) -> wasmtime::Result<Result<Disposition, u16>> {
        let to = match to {
            Disposition::Default => KernelDisposition::Default,
            Disposition::Ignore => KernelDisposition::Ignore,
            Disposition::Catch => KernelDisposition::Catch,
        };
        let old = Signal::new(signal).and_then(|signal| self.process.set_disposition(signal, to));
        Ok(old
            .map(|old| match old {
                KernelDisposition::Default => Disposition::Default,
                KernelDisposition::Ignore => Disposition::Ignore,
                KernelDisposition::Catch => Disposition::Catch,
            })
            .map_err(|errno| errno.number()))
    }

    fn take_pending(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.process.take_pending_signals().into_iter().map(Signal::number).collect())
    }

    fn subscribe(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let readiness = self.table.push(SignalReadiness(self.process.clone()))?;
        subscribe(&mut self.table, readiness)
    }
}
