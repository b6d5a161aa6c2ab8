//! How a program's end becomes the end of its process: return, exit, trap, out of memory, doom.

use wasipod_kernel::process::{Exit, ExitCause, ExitStatus};
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

/// The process has to end: raised out of a host call so that the program doesn't run on.
#[derive(Debug, thiserror::Error)]
#[error("the process was killed")]
pub(crate) struct Doomed;

/// Another program takes the process over: raised out of `exec`.
#[derive(Debug, thiserror::Error)]
#[error("the process executes another program")]
pub(crate) struct Replaced;

/// The container's memory limit (RES-2).
#[derive(Debug, thiserror::Error)]
#[error("the container's memory limit is reached")]
pub(crate) struct OutOfMemory;

/// Linux's signal numbers for what a processor would raise.
const SIGABRT: u8 = 6;
const SIGFPE: u8 = 8;
const SIGKILL: u8 = 9;
const SIGSEGV: u8 = 11;

/// What `run` returned.
pub(crate) fn exit_of(result: wasmtime::Result<Result<(), ()>>) -> Exit {
    match result {
        Ok(Ok(())) => ExitStatus::Exited(0).into(),
        Ok(Err(())) => ExitStatus::Exited(1).into(),
        Err(error) => exit_of_error(&error),
    }
}

fn exit_of_error(error: &wasmtime::Error) -> Exit {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        // As wait(2): the lowest 8 bits.
        let [status, ..] = code.to_le_bytes();
        return ExitStatus::Exited(status).into();
    }
    if error.is::<Doomed>() {
        return ExitStatus::Signaled(SIGKILL).into();
    }
    if error.is::<OutOfMemory>() {
        return Exit { status: ExitStatus::Signaled(SIGKILL), cause: Some(ExitCause::OutOfMemory) };
    }
    let signal = error.downcast_ref::<Trap>().map_or(SIGABRT, |trap| signal_of(*trap));
    Exit { status: ExitStatus::Signaled(signal), cause: Some(ExitCause::Trap(format!("{error:?}"))) }
}

/// The signal by which a native program would have died of the same fault.
fn signal_of(trap: Trap) -> u8 {
    match trap {
        Trap::IntegerDivisionByZero | Trap::IntegerOverflow | Trap::BadConversionToInteger => SIGFPE,
        Trap::MemoryOutOfBounds
        | Trap::HeapMisaligned
        | Trap::StackOverflow
        | Trap::TableOutOfBounds
        | Trap::IndirectCallToNull
        | Trap::BadSignature
        | Trap::NullReference => SIGSEGV,
        Trap::Interrupt | Trap::OutOfFuel => SIGKILL,
        _ => SIGABRT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_is_the_lowest_eight_bits() {
        let exit = |code| exit_of(Err(wasmtime::Error::new(I32Exit(code)))).status;
        assert_eq!(exit(42), ExitStatus::Exited(42));
        assert_eq!(exit(256), ExitStatus::Exited(0));
        assert_eq!(exit(-1), ExitStatus::Exited(255));
    }

    #[test]
    fn faults_end_as_the_native_signals_do_and_memory_limits_as_kill() {
        let code = |trap: Trap| exit_of(Err(trap.into())).status.code();
        assert_eq!(code(Trap::UnreachableCodeReached), 134);
        assert_eq!(code(Trap::MemoryOutOfBounds), 139);
        assert_eq!(code(Trap::IntegerDivisionByZero), 136);
        let exit = exit_of(Err(wasmtime::Error::new(OutOfMemory)));
        assert_eq!((exit.status.code(), exit.cause), (137, Some(ExitCause::OutOfMemory)));
    }
}
