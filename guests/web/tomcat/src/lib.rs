//! The Tomcat stand-in: deploys the archives of webapps and serves their static files. No Java runs here: servlets
//! are reported when an application brings them, JavaServer Pages are answered with 501.
//!
//! ```text
//! run ── every second: deploy::Webapps::look ── archive::Unpacking ──> site::Site (contexts)
//!  └──── connection::listen ────────────────────────────────────────────^
//! ```

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
};

mod archive;
mod deploy;
mod log;
mod serve;
mod site;

/// The Tomcat whose layout and words are imitated.
pub(crate) const VERSION: &str = "7.0.42";
const DEFAULT_PORT: u16 = 8080;
const USAGE: &str = "Usage: catalina [--port N] [run | version]";

/// Runs the program; its exit status. `program` is the path that it was started by: CATALINA_BASE or CATALINA_HOME,
/// when neither is set, is the folder above that of the program.
pub fn run(program: &str, arguments: &[String]) -> u8 {
    let mut port = DEFAULT_PORT;
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        match argument {
            "run" => {}
            "version" => {
                let _ = writeln!(io::stdout(), "Server version: Apache Tomcat/{VERSION} (wasipod stand-in)");
                return 0;
            }
            "--port" => match arguments.next().map(str::parse) {
                Some(Ok(number)) => port = number,
                _ => return misused(),
            },
            _ => return misused(),
        }
    }
    serve::serve(&home(program), port)
}

fn misused() -> u8 {
    let _ = writeln!(io::stderr(), "{USAGE}");
    1
}

fn home(program: &str) -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    match set("CATALINA_BASE").or_else(|| set("CATALINA_HOME")) {
        Some(folder) => folder.into(),
        None => {
            Path::new(program).parent().and_then(Path::parent).unwrap_or_else(|| Path::new("/")).to_owned()
        }
    }
}
