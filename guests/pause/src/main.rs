//! The sandbox's first process as a program: sleeps until INT or TERM, and meanwhile reaps every child that is
//! left to it (PID-5).

use wasipod_guest_os as os;

use os::{Disposition, Interest, signal};

/// The version that `-v` prints: that of Kubernetes' own pause image which this one stands in for.
const VERSION: &str = "3.10.1";

fn say(fd: u32, text: &str) {
    if let Ok(file) = os::descriptor(fd) {
        // Nobody may be listening; a pause has nobody else to tell.
        let _ = file.write_all(text.as_bytes());
    }
}

fn reap() {
    while let Ok(Some(_)) = os::wait(-1, true) {}
}

fn main() {
    os::init();
    if std::env::args().any(|argument| argument == "-v") {
        say(1, &format!("pause.c {VERSION}\n"));
        os::exit(0);
    }
    if os::get_pid() != 1 {
        say(2, "Warning: pause should be the first process\n");
    }
    for (code, signal) in [(1, signal::INT), (2, signal::TERM), (3, signal::CHLD)] {
        if os::set_disposition(signal, Disposition::Catch).is_err() {
            os::exit(code);
        }
    }
    // A child may have ended before its signal was caught.
    reap();
    loop {
        for signal in os::take_pending() {
            if signal == signal::CHLD {
                reap();
            } else {
                say(2, &format!("Shutting down, got signal: {}\n", signal::description(signal)));
                os::exit(0);
            }
        }
        os::poll(&[Interest::Signal], None);
    }
}
