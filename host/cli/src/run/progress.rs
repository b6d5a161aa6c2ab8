//! Tells people on a terminal what they wait for: programs that are compiled for the first time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasipod_runtime::{CompileEvent, Progress};

use crate::output::Output;

/// A line on the terminal while anything is compiled.
pub(crate) fn progress(output: Output) -> Progress {
    let running = AtomicUsize::new(0);
    Arc::new(move |event| {
        let left = match event {
            CompileEvent::Started { .. } => running.fetch_add(1, Ordering::SeqCst) + 1,
            CompileEvent::Finished => running.fetch_sub(1, Ordering::SeqCst).saturating_sub(1),
        };
        match left {
            0 => output.progress(None),
            1 => output.progress(Some("compiling a program for the first time …")),
            _ => output.progress(Some(&format!("compiling {left} programs for the first time …"))),
        }
    })
}
