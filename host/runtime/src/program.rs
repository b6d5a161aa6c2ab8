//! execve's first half: from a path to a program that can be started. The file's content decides what it is.

use std::sync::Arc;

use bytes::Bytes;
use wasipod_kernel::Errno;
use wasipod_kernel::process::Program;
use wasipod_kernel::vfs::{Access, Caller, FileKind, MountNs, Place};

use crate::Runtime;
use crate::compile::{CompileError, Compiled};

/// So many interpreters may interpret each other (Linux: `BINPRM_MAX_RECURSION`).
const INTERPRETERS_MAX: usize = 4;

/// A `#!` line is cut after so many bytes (Linux: `BINPRM_BUF_SIZE`).
const SCRIPT_LINE_MAX: usize = 256;

/// A program larger than that isn't read.
const PROGRAM_BYTES_MAX: u64 = 512 << 20;

/// Where programs are looked for when the environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program ready to be started in a process.
#[derive(Clone)]
pub struct Loaded {
    pub(crate) compiled: Arc<Compiled>,
    /// What is executed in the end: for a script, its interpreter with the script among its arguments.
    pub(crate) program: Program,
}

/// Why a program can't be executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ExecError {
    /// What execve answers.
    pub errno: Errno,
    /// In words: what the file is, what to do.
    pub reason: String,
}

// === impl ExecError ===

impl ExecError {
    fn not_executable(reason: impl Into<String>) -> Self {
        Self { errno: Errno::ENOEXEC, reason: reason.into() }
    }
}

impl From<Errno> for ExecError {
    fn from(errno: Errno) -> Self {
        Self { errno, reason: lower_first(&errno.to_string()) }
    }
}

/// As Go prints errno texts: in lower case.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

// === impl Loaded ===

impl Loaded {
    /// What will be executed.
    pub fn program(&self) -> &Program {
        &self.program
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("program", &self.program).finish_non_exhaustive()
    }
}

// === impl Runtime ===

impl Runtime {
    /// Finds, recognises and compiles what `program.path` (walked from `base`) leads to.
    ///
    /// # Errors
    /// execve's: `ENOENT`, `EACCES`, `ENOEXEC` for what is neither WebAssembly nor a script, `ELOOP`; the reason says
    /// what the file is instead.
    pub async fn load(
        &self,
        mounts: &MountNs,
        caller: &Caller,
        base: &Place,
        mut program: Program,
    ) -> Result<Loaded, ExecError> {
        for _ in 0..=INTERPRETERS_MAX {
            let (path, content) = read_program(mounts, caller, base, &program.path)?;
            match recognise(&content) {
                Content::WebAssembly => {
                    let compiled = self.compiler.compile(content).await.map_err(refused)?;
                    return Ok(Loaded { compiled, program: Program { path, ..program } });
                }
                Content::Script { interpreter, argument } => {
                    let script = std::mem::take(&mut program.path);
                    let mut argv = vec![interpreter.clone()];
                    argv.extend(argument);
                    argv.push(script);
                    argv.extend(program.argv.into_iter().skip(1));
                    program = Program { path: interpreter, argv, env: program.env };
                }
                Content::Other(what) => return Err(ExecError::not_executable(what)),
            }
        }
        Err(Errno::ELOOP.into())
    }
}

fn refused(error: CompileError) -> ExecError {
    ExecError::not_executable(format!("exec format error: {error}"))
}

fn read_program(
    mounts: &MountNs,
    caller: &Caller,
    base: &Place,
    path: &str,
) -> Result<(String, Bytes), ExecError> {
    let place = mounts.resolve(caller, base, path, true)?;
    let stat = place.node().stat()?;
    if stat.kind != FileKind::Regular {
        return Err(Errno::EACCES.into());
    }
    caller.check(&stat, Access::EXECUTE)?;
    let size = usize::try_from(stat.size.min(PROGRAM_BYTES_MAX + 1)).unwrap_or(usize::MAX);
    if stat.size > PROGRAM_BYTES_MAX {
        return Err(ExecError {
            errno: Errno::ENOMEM,
            reason: format!("the program has {} bytes", stat.size),
        });
    }
    Ok((place.path(), read_whole(&place, size)?))
}

/// In one piece where the file system can hand one out without copying.
fn read_whole(place: &Place, size: usize) -> Result<Bytes, ExecError> {
    let first = place.node().read_at(0, size)?;
    if first.len() == size {
        return Ok(first);
    }
    let mut content = first.to_vec();
    loop {
        let more = place.node().read_at(content.len() as u64, size - content.len())?;
        if more.is_empty() {
            return Ok(content.into());
        }
        content.extend_from_slice(&more);
    }
}

enum Content {
    WebAssembly,
    Script {
        interpreter: String,
        argument: Option<String>,
    },
    /// Not executable here; the text says what it is and what to do.
    Other(String),
}

fn recognise(content: &[u8]) -> Content {
    let other = |what: &str| Content::Other(format!("exec format error: {what}"));
    match content {
        [b'\0', b'a', b's', b'm', ..] => Content::WebAssembly,
        [b'#', b'!', rest @ ..] => {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(&line[..line.len().min(SCRIPT_LINE_MAX)]);
            let (interpreter, argument) = match line.trim().split_once([' ', '\t']) {
                Some((interpreter, argument)) => (interpreter, Some(argument.trim().to_owned())),
                None => (line.trim(), None),
            };
            if interpreter.is_empty() {
                return other("the script names no interpreter after `#!`");
            }
            Content::Script { interpreter: interpreter.to_owned(), argument }
        }
        [0x7f, b'E', b'L', b'F', ..] => other(
            "it is a native Linux program (ELF); this host runs WebAssembly: build it for wasm32-wasip1 or \
             wasm32-wasip2, or map the image to such a build with --image NAME=PATH",
        ),
        [b'M', b'Z', ..] => other("it is a native Windows program; this host runs WebAssembly (WASI)"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            other("it is a native macOS program; this host runs WebAssembly (WASI)")
        }
        [] => other("the file is empty"),
        _ => other("the file is neither WebAssembly nor a script with a `#!` line"),
    }
}

/// Looks a command up as a container runtime does: a name with `/` is a path, another is searched in `PATH`.
///
/// # Errors
/// With the words of the Go runtime that does this on a cluster: `executable file not found in $PATH`, …
pub fn find_in_path(
    mounts: &MountNs,
    caller: &Caller,
    base: &Place,
    name: &str,
    env: &[(String, String)],
) -> Result<String, ExecError> {
    let check = |path: &str| -> Result<(), Errno> {
        let place = mounts.resolve(caller, base, path, true)?;
        let stat = place.node().stat()?;
        if stat.kind == FileKind::Directory {
            return Err(Errno::EISDIR);
        }
        caller.check(&stat, Access::EXECUTE)
    };
    let fail = |errno: Errno, text: String| ExecError { errno, reason: format!("exec: {name:?}: {text}") };
    if name.contains('/') {
        return match check(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(errno @ (Errno::ENOENT | Errno::ENOTDIR)) => {
                Err(fail(errno, format!("stat {name}: {}", lower_first(&errno.to_string()))))
            }
            Err(errno) => Err(fail(errno, lower_first(&errno.to_string()))),
        };
    }
    let path = env.iter().rev().find(|(key, _)| key == "PATH").map_or(DEFAULT_PATH, |(_, value)| value);
    let mut denied = false;
    for directory in path.split(':') {
        let candidate =
            if directory.is_empty() { format!("./{name}") } else { format!("{directory}/{name}") };
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(Errno::EACCES) => denied = true,
            Err(_) => {}
        }
    }
    if denied {
        return Err(fail(Errno::EACCES, "permission denied".into()));
    }
    Err(fail(Errno::ENOENT, "executable file not found in $PATH".into()))
}
