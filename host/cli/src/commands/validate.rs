//! `wasipod validate`

use crate::args::ValidateArgs;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::manifests;
use crate::output::Output;

/// Checks everything and starts nothing; one `ok` line per object.
pub(crate) fn run(args: &ValidateArgs, output: &Output) -> Result<ExitStatus, Failure> {
    let Some(manifests) = manifests::load(&args.input.files, output) else {
        return Ok(ExitStatus::BadInput);
    };
    for manifest in &manifests {
        output.line(&format!("ok {}: {}", manifest.origin.source(), manifests::name_of(&manifest.object)));
    }
    Ok(ExitStatus::Success)
}
