//! `wasi:random`: each process's own stream of the node's seeded randomness.

use wasmtime::format_err;

use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::guest::Guest;

/// So many bytes a call; more is a program's mistake.
const MOST: u64 = 64 << 20;

impl Guest {
    fn random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > MOST {
            return Err(format_err!("{len} random bytes at once: at most {MOST} are given"));
        }
        let mut bytes = vec![0; usize::try_from(len)?];
        self.random.fill(&mut bytes);
        Ok(bytes)
    }
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.u64())
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.u64())
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random.u64(), self.random.u64()))
    }
}
