//! `wasi:cli`: arguments, variables, working directory, exit.

use wasmtime_wasi::I32Exit;

use crate::bindings::wasi::cli::{environment, exit};
use crate::guest::Guest;

impl environment::Host for Guest {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let mut env = self.process.program().env;
        // WASI programs other than ours have no other way to learn where they are (Go's runtime asks for it).
        if !self.knows_os && !env.iter().any(|(name, _)| name == "PWD") {
            env.push(("PWD".into(), self.process.cwd().path()));
        }
        Ok(env)
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.process.program().argv)
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(Some(self.process.cwd().path()))
    }
}

impl exit::Host for Guest {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(I32Exit(i32::from(status.is_err()))))
    }

    fn exit_with_code(&mut self, status_code: u8) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(I32Exit(i32::from(status_code))))
    }
}
