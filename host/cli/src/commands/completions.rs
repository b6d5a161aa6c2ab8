//! `wasipod completions`

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::ExitStatus;
use crate::output::Output;

pub(crate) fn run(args: &CompletionsArgs, output: &Output) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wasipod", &mut script);
    output.data(&script);
    ExitStatus::Success
}
