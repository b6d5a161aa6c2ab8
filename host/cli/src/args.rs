//! The words of the command line: what clap reads, nothing decided yet.

mod planned;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use self::planned::not_built;
pub(crate) use self::values::{ExecSpec, HostPath, ImageMapping, NodeLabel, PodRef, Publish, Until};

/// Kubernetes Pods as WebAssembly, in one process.
///
/// The programs in the Pods are WebAssembly; well-known images (busybox, debian, nginx …) are stood in for, see
/// `wasipod image ls`.
#[derive(Debug, Parser)]
#[command(name = "wasipod", version, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands that are built.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run manifests in the foreground: apply, follow every container's log, exit as the Pods ended
    Run(Box<RunArgs>),
    /// Check manifests strictly without running them
    Validate(ValidateArgs),
    /// List the images at hand, or build one from a folder
    Image(ImageArgs),
    /// Say what a field means and what wasipod does with it
    Explain(ExplainArgs),
    /// Print the version, and the Kubernetes release that is emulated
    Version,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Where manifests come from.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Manifest: a YAML or JSON file, a directory of them, or `-` for the standard input. Repeatable
    #[arg(short = 'f', long = "filename", value_name = "FILE|DIR|-", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// `wasipod run`
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,

    /// Print status changes and events as they come, with the time since the start
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Delete the Pods gracefully after this time and exit with 0
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, conflicts_with = "until")]
    pub(crate) run_for: Option<Duration>,

    /// Run until all Pods are in this state, run the --exec commands, delete the Pods gracefully and exit with 0
    ///
    /// One of running, ready, succeeded, failed, exited:CONTAINER.
    #[arg(long, value_name = "STATE")]
    pub(crate) until: Option<Until>,

    /// Give up (exit 1) when the --until state is not reached in this time
    #[arg(long, value_name = "DURATION", value_parser = values::duration, requires = "until")]
    pub(crate) timeout: Option<Duration>,

    /// Run a command in a container once the --until state is reached; its failure is the run's. Repeatable
    #[arg(long, value_name = "POD [-c CONTAINER] -- CMD…", requires = "until")]
    pub(crate) exec: Vec<ExecSpec>,

    /// Publish a Pod's port on 127.0.0.1. Repeatable
    #[arg(short, long, value_name = "HOSTPORT:POD:PORT")]
    pub(crate) publish: Vec<Publish>,

    /// Run this .wasm file or image folder under an image name. Repeatable
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) image: Vec<ImageMapping>,

    /// Directory of this machine that a hostPath volume may reach as PATH. Repeatable
    #[arg(long, value_name = "PATH=DIR")]
    pub(crate) host_path: Vec<HostPath>,

    /// Label of the node, for nodeSelector. Repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) node_label: Vec<NodeLabel>,

    /// The clock that Pods, probes and back-off live by
    #[arg(long, value_enum, default_value_t = ClockArg::Real)]
    pub(crate) clock: ClockArg,

    /// Seed for uids, addresses, probe phases and guests' random numbers (virtual clock: 0 unless given)
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Form of the output: text, or one JSON object per line
    #[arg(short, long, value_enum, default_value_t = OutputForm::Text)]
    pub(crate) output: OutputForm,

    /// Seconds between the stop signal and the kill, in place of the Pods' terminationGracePeriodSeconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) grace_period: Option<u32>,

    /// Keep the node's state here (by default it is temporary)
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    #[arg(long, hide = true, num_args = 0..=1)]
    pub(crate) enable_admission_plugins: Option<Option<String>>,

    #[arg(long, hide = true, num_args = 0..=1)]
    pub(crate) runtime_config: Option<Option<String>>,
}

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockArg {
    /// The machine's
    Real,
    /// Sleeps, probes and back-off pass at once; equal input and seed give equal output
    Virtual,
}

/// How `run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// `wasipod validate`
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
}

/// `wasipod image`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    pub(crate) command: ImageCommand,
}

/// The subcommands of `wasipod image`.
#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// List the images at hand and what stands in for what
    Ls,
    /// Build an image from a folder with an image.yaml and keep it in the local store
    Build(BuildArgs),
}

/// `wasipod image build`
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Name of the image, in place of the names in its image.yaml
    #[arg(short = 't', long = "tag", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Folder to build from
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// `wasipod explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Field, such as `pod.spec.containers.livenessProbe`
    #[arg(value_name = "FIELD")]
    pub(crate) field: String,
}

/// `wasipod completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    pub(crate) shell: Shell,
}

#[cfg(test)]
mod tests;
