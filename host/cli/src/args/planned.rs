//! Commands that wasipod will have and doesn't have yet: answered by name, not with "unrecognized subcommand".

use std::ffi::OsString;

/// First words.
const COMMANDS: [&str; 21] = [
    "apply",
    "attach",
    "cp",
    "create",
    "delete",
    "describe",
    "down",
    "events",
    "exec",
    "get",
    "logs",
    "node",
    "patch",
    "port-forward",
    "serve",
    "status",
    "test",
    "timeline",
    "top",
    "up",
    "wait",
];

/// Words after `image`.
const IMAGE_COMMANDS: [&str; 6] = ["pull", "push", "import", "remove", "rm", "tag"];

/// The command that the words ask for, if it is one that isn't built yet. `words` begins with the program's name.
pub(crate) fn not_built(words: &[OsString]) -> Option<String> {
    let word = |index: usize| words.get(index).and_then(|word| word.to_str()).unwrap_or_default();
    if COMMANDS.contains(&word(1)) {
        return Some(word(1).to_owned());
    }
    (word(1) == "image" && IMAGE_COMMANDS.contains(&word(2))).then(|| format!("image {}", word(2)))
}
