//! `wasi:cli`'s standard streams: descriptors 0, 1 and 2, whatever they refer to at the moment.

use wasmtime::component::Resource;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::streams::{FileInput, FileOutput, Target};
use crate::bindings::wasi::cli::{
    stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};
use crate::guest::Guest;

/// Says that a standard stream is a terminal; there is nothing to do with it.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Terminal;

impl Guest {
    fn output(&mut self, fd: u32) -> wasmtime::Result<Resource<DynOutputStream>> {
        let output: DynOutputStream = Box::new(FileOutput::new(self.process.clone(), Target::Descriptor(fd)));
        Ok(self.table.push(output)?)
    }

    fn terminal(&mut self, fd: u32) -> wasmtime::Result<Option<Resource<Terminal>>> {
        match self.process.descriptors().get(fd) {
            Ok(file) if file.is_terminal() => Ok(Some(self.table.push(Terminal)?)),
            _ => Ok(None),
        }
    }
}

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        let input: DynInputStream =
            Box::new(FileInput { process: self.process.clone(), target: Target::Descriptor(0) });
        Ok(self.table.push(input)?)
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.output(1)
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.output(2)
    }
}

impl terminal_stdin::Host for Guest {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(0)
    }
}

impl terminal_stdout::Host for Guest {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(1)
    }
}

impl terminal_stderr::Host for Guest {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(2)
    }
}

impl terminal_input::Host for Guest {}

impl terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, terminal: Resource<Terminal>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl terminal_output::Host for Guest {}

impl terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, terminal: Resource<Terminal>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}
