//! The budgets of speed and size, measured beside what they are compared with, in one run.
//!
//! ```text
//!  process   the binary, started and waited for           native process; bare wasmtime
//!  pods      a Pod from creation to running               bare wasmtime
//!  spawn     a process started by a guest                 native fork + exec + wait
//!  files     an emptyDir                                  stock wasmtime-wasi, a directory on tmpfs
//!  tcp       localhost between two containers             stock wasmtime-wasi, the machine's loopback
//!  idle      a thousand idle Pods                         –
//!  liveness  ten simulated minutes                        600 s
//! ```
//!
//! Prints a table and judges nothing: what a figure means depends on the machine, a ratio depends on it less.
//! Arguments choose rows by these names; without any, all are measured.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what can't be measured ends the run")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured")]

mod bare;
mod files;
mod idle;
mod liveness;
mod node;
mod pods;
mod process;
mod report;
mod spawn;
mod tcp;

use self::bare::Bare;
use self::report::{Row, print};

type Measure = fn(&Bare) -> Vec<Row>;

const MEASURES: [(&str, Measure); 7] = [
    ("process", process::measure),
    ("pods", pods::measure),
    ("spawn", spawn::measure),
    ("files", files::measure),
    ("tcp", tcp::measure),
    ("idle", idle::measure),
    ("liveness", liveness::measure),
];

fn main() {
    if idle::is_child() {
        return idle::child();
    }
    // cargo adds `--bench`.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(&name.as_str())) {
        println!("there is no {unknown:?}; there are {}", names.join(", "));
        return;
    }
    let bare = Bare::new();
    let mut rows = Vec::new();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            rows.extend(measure(&bare));
        }
    }
    print(&rows);
}
