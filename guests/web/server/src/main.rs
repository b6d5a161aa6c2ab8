//! The web servers' stand-ins as one program, which an image links under each of their names: what they share is
//! compiled once.

use std::io::{self, Write};

/// As a shell says of a command that isn't there.
const NOT_FOUND: u8 = 127;

fn main() {
    wasipod_guest_os::init();
    let mut arguments = std::env::args();
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let status = match program.rsplit('/').next().unwrap_or_default() {
        "nginx" => wasipod_guest_nginx::run(&arguments),
        "catalina" => wasipod_guest_tomcat::run(&program, &arguments),
        other => {
            let _ = writeln!(io::stderr(), "web: no program of the name {other:?}: it is nginx or catalina");
            NOT_FOUND
        }
    };
    let _ = io::stdout().flush();
    // Returning from main could only say 0 or 1.
    wasipod_guest_os::exit(status)
}
