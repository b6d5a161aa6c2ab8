//! Manifest files: which ones `-f` names, and their text. Everything is read before anything starts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use wasipod_api::load::MAX_BYTES;

use crate::failure::Failure;

/// A manifest's text and the name that messages call it by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Reads every file, every directory's `*.yaml`, `*.yml` and `*.json` by name, and `-` as the standard input.
///
/// # Errors
/// One failure for each that can't be read.
pub(crate) fn read(arguments: &[PathBuf]) -> Result<Vec<Input>, Vec<Failure>> {
    read_with(arguments, &mut io::stdin().lock())
}

fn read_with(arguments: &[PathBuf], stdin: &mut dyn Read) -> Result<Vec<Input>, Vec<Failure>> {
    let (mut inputs, mut failures) = (Vec::new(), Vec::new());
    let mut stdin_read = false;
    for argument in arguments {
        let result = if argument.as_os_str() != "-" {
            read_path(argument)
        } else if std::mem::replace(&mut stdin_read, true) {
            Err(Failure::input("`-f -` is given twice: the standard input can be read only once"))
        } else {
            text_of("-", stdin).map(|input| vec![input])
        };
        match result {
            Ok(found) => inputs.extend(found),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(inputs) } else { Err(failures) }
}

fn read_path(path: &Path) -> Result<Vec<Input>, Failure> {
    let name = path.display().to_string();
    let metadata = fs::metadata(path).map_err(|error| unreadable(&name, &error))?;
    if metadata.is_dir() {
        return manifests_in(path)?.iter().map(|file| read_file(file)).collect();
    }
    Ok(vec![read_file(path)?])
}

fn read_file(path: &Path) -> Result<Input, Failure> {
    let name = path.display().to_string();
    let mut file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    text_of(&name, &mut file)
}

fn manifests_in(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let name = directory.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| unreadable(&name, &error))? {
        let path = entry.map_err(|error| unreadable(&name, &error))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::input(format!("no manifest in directory `{name}`"))
            .hint("manifests in a directory end in .yaml, .yml or .json"));
    }
    Ok(files)
}

fn text_of(name: &str, reader: &mut dyn Read) -> Result<Input, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is allowed shows that there is more, without reading all of it.
    reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() > MAX_BYTES {
        return Err(Failure::input(format!("`{name}` is larger than {} MB", MAX_BYTES / 1_000_000)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Input { name: name.to_owned(), text }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Failure::input(format!("`{name}` is no text: the byte at offset {at} is not UTF-8")))
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    let failure = Failure::input(format!("can't read `{name}`: {}", reason(error)));
    match error.kind() {
        io::ErrorKind::NotFound => failure.hint("-f takes a file, a directory, or - for the standard input"),
        _ => failure,
    }
}

/// The same words on every machine where it matters.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
