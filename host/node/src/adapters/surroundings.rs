//! Time and randomness for those that may not know the kernel.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use wasipod_control::Timer;
use wasipod_kernel::clock::{Clock, Instant};
use wasipod_kernel::random::Random;
use wasipod_store::Surroundings;

/// For the store.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

impl Surroundings for World {
    fn now(&self) -> Timestamp {
        let nanos = i128::from(self.clock.wall().as_nanos());
        // 64 bits of nanoseconds end in 2554, within what a timestamp holds.
        Timestamp::from_nanosecond(nanos).unwrap_or_default()
    }

    fn random(&self) -> u64 {
        self.random.u64()
    }
}

/// For the scheduler.
pub(crate) struct NodeTimer(pub(crate) Clock);

impl Timer for NodeTimer {
    fn now(&self) -> Duration {
        self.0.now().since(Instant::START)
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.sleep_until(Instant::START + deadline))
    }
}
