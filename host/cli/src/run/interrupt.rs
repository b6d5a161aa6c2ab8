//! Ctrl-C and friends, heard on a thread of their own: on virtual time the run's executor has no I/O driver.

use tokio::sync::mpsc;

use crate::failure::Failure;

/// Each Ctrl-C (SIGTERM, SIGHUP, a closed console) from now on. Call it once in a process.
pub(crate) fn interrupts() -> Result<mpsc::UnboundedReceiver<()>, Failure> {
    let (sender, receiver) = mpsc::unbounded_channel();
    ctrlc::set_handler(move || {
        // The run is over when nobody listens any more.
        let _ = sender.send(());
    })
    .map_err(|error| Failure::machine(format!("can't listen for Ctrl-C: {error}")))?;
    Ok(receiver)
}
