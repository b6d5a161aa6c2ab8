//! nc: standard input and output joined with a TCP connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use wasipod_guest_os::{self as os, Errno, File, Interest, Program, TcpListener, TcpStream};

use crate::applet::{Context, Failure, Outcome};

pub(super) fn nc(context: &mut Context) -> Outcome {
    // Everything after -e is the program's.
    let mut program = Vec::new();
    if let Some(at) = context.args.iter().position(|argument| argument == "-e") {
        program = context.args.split_off(at).split_off(1);
        if program.is_empty() {
            return Err(context.wrong_usage(Some("option requires an argument -- 'e'")));
        }
    }
    let options = context.options("lkp:w:zvnus:i:q:", &[])?;
    for (letter, what) in [('u', "UDP"), ('s', "a source address"), ('k', "more than one connection")] {
        if options.has(letter) {
            return Err(Failure::new(format!("-{letter} ({what}) is not supported")));
        }
    }
    let seconds = |letter: char| options.value(letter).map(|text| context.number(text)).transpose();
    let timeout = seconds('w')?.map(Duration::from_secs);
    let delay = seconds('i')?.map(Duration::from_secs);
    let port = |text: &str| match text.parse::<u16>() {
        Ok(port) => Ok(port),
        Err(_) => Err(Failure::new(format!("bad port '{text}'"))),
    };
    let stream = if options.has('l') {
        // Both `-l -p PORT` and `-l [HOST] PORT` are written.
        let (host, number) = match (options.value('p'), options.operands.as_slice()) {
            (Some(text), []) => (None, port(text)?),
            (Some(text), [host]) => (Some(host), port(text)?),
            (None, [text]) => (None, port(text)?),
            (None, [host, text]) => (Some(host), port(text)?),
            (None, []) => (None, 0),
            _ => return Err(context.wrong_usage(None)),
        };
        let ip = host.map_or(Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), |host| address(host))?;
        let listener = TcpListener::bind(SocketAddr::new(ip, number))
            .map_err(|error| Failure::new(format!("bind: {error}")))?;
        if options.has('v') || number == 0 {
            let local = listener.local().map_err(|error| Failure::new(format!("getsockname: {error}")))?;
            context.write_error(&format!("listening on {local} ...\n"));
        }
        listener.accept(timeout).map_err(|error| match error {
            Errno::ETIMEDOUT => Failure::new("timed out"),
            error => Failure::new(format!("accept: {error}")),
        })?
    } else {
        let [host, text] = options.operands.as_slice() else { return Err(context.wrong_usage(None)) };
        let number = port(text)?;
        let ip = address(host)?;
        let stream = TcpStream::connect(SocketAddr::new(ip, number), timeout);
        let stream = match stream {
            Ok(stream) => stream,
            Err(Errno::ETIMEDOUT) if timeout.is_some() => return Err(Failure::new("timed out")),
            // A scan says nothing of closed ports unless asked.
            Err(_) if options.has('z') && !options.has('v') => return Ok(1),
            Err(error) => return Err(Failure::new(format!("can't connect to remote host ({ip}): {error}"))),
        };
        if options.has('v') {
            context.write_error(&format!("{host} ({ip}:{number}) open\n"));
        }
        stream
    };
    if options.has('z') {
        return Ok(0);
    }
    if !program.is_empty() {
        return serve(&program, &stream);
    }
    join(context, &stream, if options.has('l') { None } else { timeout }, delay)
}

fn address(host: &str) -> Result<IpAddr, Failure> {
    let bad = || Failure::new(format!("bad address '{host}'"));
    os::resolve(host).map_err(|_| bad())?.first().copied().ok_or_else(bad)
}

/// Moves bytes both ways until the other side is done.
fn join(
    context: &mut Context,
    stream: &TcpStream,
    timeout: Option<Duration>,
    delay: Option<Duration>,
) -> Outcome {
    let mut input = context.stdin.clone();
    let mut buffer = vec![0; 16384];
    loop {
        let mut interests = vec![Interest::Receive(stream)];
        if let Some(file) = &input {
            interests.push(Interest::Read(file));
        }
        let ready = os::poll(&interests, timeout);
        if !ready.contains(&true) {
            return Err(Failure::new("timed out"));
        }
        if ready.get(1) == Some(&true)
            && let Some(file) = &input
        {
            match file.read(&mut buffer) {
                Ok(0) => {
                    // The other side may be gone already.
                    let _ = stream.shutdown_write();
                    input = None;
                }
                Ok(n) => {
                    if let Some(delay) = delay {
                        let _ = os::sleep(delay);
                    }
                    let sent = stream.write_all(buffer.get(..n).unwrap_or_default());
                    sent.map_err(|error| Failure::new(format!("write error: {error}")))?;
                }
                Err(Errno::EINTR) => {}
                Err(error) => return Err(Failure::new(format!("read error: {error}"))),
            }
        }
        if ready.first() == Some(&true) {
            match stream.read(&mut buffer, None) {
                Ok(0) => return Ok(0),
                Ok(n) => {
                    context.out.bytes(buffer.get(..n).unwrap_or_default());
                    context.out.flush();
                }
                Err(Errno::EINTR) => {}
                Err(error) => return Err(Failure::new(format!("read error: {error}"))),
            }
            if context.out.failed() {
                return Ok(1);
            }
        }
    }
}

/// Runs a program whose standard input and output are the connection. The kernel's connections are no open files,
/// so bytes are moved through pipes.
fn serve(argv: &[String], stream: &TcpStream) -> Outcome {
    let lost = |error: Errno| Failure::new(error.to_string());
    let (child_reads, we_write) = os::pipe().map_err(lost)?;
    let (we_read, child_writes) = os::pipe().map_err(lost)?;
    let stderr = os::descriptor(2).ok();
    let mut descriptors: Vec<(u32, &File)> = vec![(0, &child_reads), (1, &child_writes)];
    descriptors.extend(stderr.as_ref().map(|file| (2, file)));
    let pid =
        super::process::launch(argv, super::basic::environment(), &descriptors, |program: &Program<'_>| {
            os::spawn(program, os::Group::Inherit)
        });
    let pid = pid.map_err(|error| {
        let name = argv.first().map(String::as_str).unwrap_or_default();
        Failure::with_status(super::process::start_status(error), format!("can't execute '{name}': {error}"))
    })?;
    drop(descriptors);
    drop((child_reads, child_writes));
    let mut to_child = Some(Rc::new(we_write));
    let mut buffer = vec![0; 16384];
    loop {
        let mut interests = vec![Interest::Read(&we_read)];
        if to_child.is_some() {
            interests.push(Interest::Receive(stream));
        }
        let ready = os::poll(&interests, None);
        if ready.first() == Some(&true) {
            match we_read.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(n) => stream.write_all(buffer.get(..n).unwrap_or_default()).map_err(lost)?,
            }
        }
        if ready.get(1) == Some(&true) {
            match stream.read(&mut buffer, None) {
                Ok(0) | Err(_) => to_child = None,
                Ok(n) => {
                    if let Some(file) = &to_child
                        && file.write_all(buffer.get(..n).unwrap_or_default()).is_err()
                    {
                        to_child = None;
                    }
                }
            }
        }
    }
    drop(to_child);
    let ended = os::wait(i32::try_from(pid).unwrap_or(i32::MAX), false).map_err(lost)?;
    Ok(ended.map_or(1, |(_, status)| status.code()))
}
