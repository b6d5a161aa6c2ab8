//! The node's randomness: one seeded stream, forked by name, so that the same seed tells the same story.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers; clones share it.
#[derive(Clone)]
pub struct Random {
    /// What [`fork`](Self::fork) derives from; drawing from this stream doesn't change it.
    key: [u8; 32],
    stream: Arc<Mutex<ChaCha12Rng>>,
}

// === impl Random ===

impl Random {
    /// The stream of `seed`: the same on every machine and in every release of the same format.
    pub fn from_seed(seed: u64) -> Self {
        Self::from_key(
            Sha256::new().chain_update(b"wasipod").chain_update(seed.to_le_bytes()).finalize().into(),
        )
    }

    /// A stream that nobody can foresee.
    ///
    /// # Errors
    /// When the machine's random generator fails.
    pub fn from_machine() -> std::io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(std::io::Error::other)?;
        Ok(Self::from_key(key))
    }

    fn from_key(key: [u8; 32]) -> Self {
        Self { key, stream: Arc::new(Mutex::new(ChaCha12Rng::from_seed(key))) }
    }

    /// An independent stream for `purpose`. What is drawn here or from other forks doesn't change it.
    #[must_use]
    pub fn fork(&self, purpose: &str) -> Self {
        Self::from_key(Sha256::new().chain_update(self.key).chain_update(purpose).finalize().into())
    }

    /// Any 64 bits.
    pub fn u64(&self) -> u64 {
        self.stream.lock().next_u64()
    }

    /// Any number below `bound`; 0 for a bound of 0.
    pub fn below(&self, bound: u64) -> u64 {
        // Multiply-shift; its bias of bound/2^64 is beyond notice.
        u64::try_from((u128::from(self.u64()) * u128::from(bound)) >> 64).unwrap_or(0)
    }

    /// A number in [0, 1).
    pub fn unit(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
        {
            (self.u64() >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        self.stream.lock().fill_bytes(buffer);
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_purpose_give_the_same_numbers_whatever_else_is_drawn() {
        let (a, b) = (Random::from_seed(7), Random::from_seed(7));
        b.u64();
        assert_eq!(a.fork("pods").u64(), b.fork("pods").u64());
        assert_ne!(a.fork("pods").u64(), a.fork("ips").u64());
        assert_ne!(Random::from_seed(8).u64(), Random::from_seed(7).u64());
    }

    #[test]
    fn below_stays_below_and_unit_stays_in_its_interval() {
        let random = Random::from_seed(0);
        assert!((0..1000).all(|_| random.below(3) < 3 && (0.0..1.0).contains(&random.unit())));
        assert_eq!(random.below(0), 0);
    }
}
