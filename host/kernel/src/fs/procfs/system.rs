//! `/proc`'s files about the system as a container sees it.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;

use super::super::synthetic::{Entry, Fixed};
use crate::clock::{Clock, Instant};
use crate::net::{NetNs, Protocol};
use crate::process::PidNs;
use crate::sandbox::Sandbox;

/// What the node says it has, the same on every machine so that runs are.
const MEMORY_KB: u64 = 4 << 20;

/// The file systems that can be there.
const FILE_SYSTEMS: &str = "nodev\ttmpfs\nnodev\tproc\nnodev\toverlay\nnodev\thostfs\n";

/// Everything beside the processes.
pub(super) fn system_entries(clock: &Clock, pids: &Arc<PidNs>, sandbox: &Arc<Sandbox>) -> Fixed {
    let mut root = Fixed::new();
    let time = clock.clone();
    root.add("uptime", Entry::file(move |_| Ok(uptime(&time))));
    let members = pids.clone();
    root.add("loadavg", Entry::file(move |_| Ok(load(&members))));
    let time = clock.clone();
    root.add("stat", Entry::file(move |_| Ok(stat(&time))));
    root.add("meminfo", Entry::file(|_| Ok(memory())));
    root.add(
        "cpuinfo",
        Entry::file(|_| Ok(Bytes::from_static(b"processor\t: 0\nmodel name\t: WebAssembly\n\n"))),
    );
    root.add("version", Entry::file(|_| Ok(version())));
    root.add("filesystems", Entry::file(|_| Ok(Bytes::from_static(FILE_SYSTEMS.as_bytes()))));
    root.add("mounts", Entry::link(|_| Ok("self/mounts".into())));
    root.add("net", Entry::directory(net(sandbox)));
    root.add("sys", Entry::directory(sys(sandbox)));
    root
}

fn uptime(clock: &Clock) -> Bytes {
    let up = clock.now().since(Instant::START);
    let hundredths = up.subsec_millis() / 10;
    format!("{0}.{hundredths:02} {0}.{hundredths:02}\n", up.as_secs()).into()
}

fn load(pids: &PidNs) -> Bytes {
    let processes = pids.processes();
    let last = processes.last().map_or(0, |process| process.pid());
    format!("0.00 0.00 0.00 1/{} {last}\n", processes.len()).into()
}

fn stat(clock: &Clock) -> Bytes {
    let boot = clock.wall().seconds().saturating_sub(clock.now().since(Instant::START).as_secs());
    format!("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nbtime {boot}\nprocesses 1\n").into()
}

fn memory() -> Bytes {
    let mut text = String::new();
    for (name, kilobytes) in [
        ("MemTotal", MEMORY_KB),
        ("MemFree", MEMORY_KB / 2),
        ("MemAvailable", MEMORY_KB / 2),
        ("Buffers", 0),
        ("Cached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
    ] {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{:<16}{kilobytes:8} kB", format!("{name}:"));
    }
    text.into()
}

fn version() -> Bytes {
    concat!("wasipod version ", env!("CARGO_PKG_VERSION"), " (WebAssembly, no Linux kernel)\n").into()
}

fn sys(sandbox: &Arc<Sandbox>) -> Fixed {
    let text = |text: &'static str| Entry::file(move |_| Ok(Bytes::from_static(text.as_bytes())));
    let hostname = sandbox.hostname.clone();
    let mut kernel = Fixed::new();
    kernel
        .add("hostname", Entry::file(move |_| Ok(format!("{hostname}\n").into())))
        .add("ostype", text("wasipod\n"))
        .add("osrelease", text(concat!(env!("CARGO_PKG_VERSION"), "\n")))
        .add("pid_max", text("32768\n"));
    let mut sys = Fixed::new();
    sys.add("kernel", Entry::directory(kernel));
    sys
}

fn net(sandbox: &Arc<Sandbox>) -> Fixed {
    let mut net = Fixed::new();
    for (name, protocol, v6) in [
        ("tcp", Protocol::Tcp, false),
        ("tcp6", Protocol::Tcp, true),
        ("udp", Protocol::Udp, false),
        ("udp6", Protocol::Udp, true),
    ] {
        let sandbox = sandbox.clone();
        net.add(name, Entry::file(move |_| Ok(sockets(&sandbox.net, protocol, v6))));
    }
    net
}

/// The columns of Linux's `/proc/net/tcp` and `udp`.
fn sockets(namespace: &NetNs, protocol: Protocol, v6: bool) -> Bytes {
    let mut text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
            .to_owned();
    let all = namespace.sockets().into_iter();
    let shown = all.filter(|socket| socket.protocol == protocol && socket.local.is_ipv6() == v6);
    for (row, socket) in shown.enumerate() {
        let nobody = SocketAddr::new(if v6 { IpAddr::from([0u16; 8]) } else { IpAddr::from([0u8; 4]) }, 0);
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{row:4}: {} {} {:02X} {:08X}:{:08X} 00:00000000 00000000     0        0 {}",
            hex(socket.local),
            hex(socket.remote.unwrap_or(nobody)),
            socket.state as u8,
            socket.send_queue,
            socket.receive_queue,
            socket.inode,
        );
    }
    text.into()
}

/// Addresses in the byte order of a little-endian machine, as Linux prints them there.
fn hex(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) => format!("{:08X}:{port:04X}", u32::from_le_bytes(ip.octets())),
        IpAddr::V6(ip) => {
            let words = ip.octets();
            let (chunks, _) = words.as_chunks::<4>();
            let words: String =
                chunks.iter().map(|word| format!("{:08X}", u32::from_le_bytes(*word))).collect();
            format!("{words}:{port:04X}")
        }
    }
}
