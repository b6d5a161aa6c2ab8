//! One module per subcommand.

pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod image;
pub(crate) mod run;
pub(crate) mod validate;
pub(crate) mod version;
