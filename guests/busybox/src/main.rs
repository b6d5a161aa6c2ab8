//! A shell and small POSIX utilities in one program. The name that it is called by picks the utility, as its first
//! argument does when it is called `busybox`. Names, messages and exit codes are BusyBox's; none of its code is here.

mod applet;
mod applets;
mod mode;
mod options;
mod sh;
mod stream;
mod users;

use wasipod_guest_os as os;

/// First line of help texts: BusyBox's version whose behaviour is followed.
pub(crate) const BANNER: &str = "BusyBox v1.36.1 (wasipod) multi-call binary.";

fn main() {
    os::init();
    let mut args: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let status = dispatch(&mut args);
    os::exit(status);
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_start_matches('-')
}

fn dispatch(args: &mut Vec<String>) -> u8 {
    let mut name = args.first().map(|name| base_name(name).to_owned()).unwrap_or_default();
    if name.starts_with("busybox") {
        args.remove(0);
        match args.first().map(String::as_str) {
            None | Some("--help") => return show(&help()),
            Some("--list") => return show(&list("\n")),
            Some(applet) => name = base_name(applet).to_owned(),
        }
    }
    if matches!(name.as_str(), "sh" | "ash" | "bash" | "dash") {
        return sh::main(std::mem::take(args));
    }
    let rest = args.get(1..).unwrap_or_default().to_vec();
    match applet::find(&name) {
        Some(applet) => applet::run(applet, rest),
        None => {
            if let Ok(file) = os::descriptor(2) {
                // Nothing else can be done about it.
                let _ = file.write_all(format!("{name}: applet not found\n").as_bytes());
            }
            127
        }
    }
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = applets::TABLE.iter().map(|applet| applet.name).chain(["sh", "ash"]).collect();
    names.sort_unstable();
    names
}

fn list(separator: &str) -> String {
    names().join(separator) + "\n"
}

fn help() -> String {
    format!(
        "{BANNER}\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n   or: function [arguments]...\n\n\
         Currently defined functions:\n\t{}",
        list(", ")
    )
}

fn show(text: &str) -> u8 {
    match os::descriptor(1).and_then(|file| file.write_all(text.as_bytes())) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}
