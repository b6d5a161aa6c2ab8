//! wasipod: Kubernetes Pods as WebAssembly, in one process. Words in, words out; the work is done below.

mod args;
mod commands;
mod diagnostic;
mod directories;
mod exit;
mod failure;
mod inputs;
mod logging;
mod manifests;
mod output;
mod run;
mod session;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Cli, Command};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let output = Output::new();
    let words: Vec<OsString> = std::env::args_os().collect();
    // A panic has said what it is; all that is left is the exit status of a failure of ours.
    let status = catch_unwind(AssertUnwindSafe(|| dispatch(&words, &output)));
    status.unwrap_or(ExitStatus::Machine).into()
}

fn dispatch(words: &[OsString], output: &Output) -> ExitStatus {
    if let Some(command) = args::not_built(words) {
        output.failure(
            &Failure::input(format!("`wasipod {command}` is not built yet"))
                .hint("`wasipod --help` lists what is; `wasipod run` runs manifests in the foreground"),
        );
        return ExitStatus::BadInput;
    }
    let command = match Cli::try_parse_from(words) {
        Ok(cli) => cli.command,
        Err(error) => return usage(&error, output),
    };
    logging::start();
    let result = match command {
        Command::Run(args) => commands::run::run(*args, output),
        Command::Validate(args) => commands::validate::run(&args, output),
        Command::Image(args) => commands::image::run(&args.command, output),
        Command::Explain(args) => commands::explain::run(&args, output),
        Command::Version => Ok(commands::version::run(output)),
        Command::Completions(args) => Ok(commands::completions::run(&args, output)),
    };
    result.unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.status
    })
}

/// Help and version are answers; everything else that clap has to say is an error.
fn usage(error: &clap::Error, output: &Output) -> ExitStatus {
    let text = error.render();
    let text = |colour| if colour { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        output.aside(text(output.colour_err()).as_bytes());
        return match error.kind() {
            ErrorKind::Io | ErrorKind::Format => ExitStatus::Machine,
            _ => ExitStatus::BadInput,
        };
    }
    output.data(text(output.colour()).as_bytes());
    ExitStatus::Success
}
