//! A run of the real binary that is looked into while it lasts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing that a test waits for takes so long, on any machine.
const SILENCE: Duration = Duration::from_secs(120);

/// The binary, running.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Running {
    /// Starts it in the project's folder.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wasipod"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens any more once the test has seen enough.
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines, said: String::new() }
    }

    /// The first line that `is` wanted, be it said already or still to come; fails when the run ends or is silent for
    /// too long.
    pub(crate) fn wait_for_line(&mut self, is: impl Fn(&str) -> bool) -> String {
        if let Some(line) = self.said.lines().find(|line| is(line)) {
            return line.to_owned();
        }
        loop {
            let next = self.lines.recv_timeout(SILENCE);
            let line = next.unwrap_or_else(|why| panic!("{why}; it had said:\n{}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if is(&line) {
                return line;
            }
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }

    /// Waits for its end: exit code and everything it said.
    pub(crate) fn end(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        while let Ok(line) = self.lines.recv() {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        (status.code().unwrap_or(-1), std::mem::take(&mut self.said))
    }
}

impl Drop for Running {
    /// A failed test leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The whole answer to one request on 127.0.0.1.
pub(crate) fn http_get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
