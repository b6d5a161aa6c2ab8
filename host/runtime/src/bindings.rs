//! The traits that the host implements, generated from `wit/`.
//!
//! `wasi:io` is wasmtime-wasi-io's (its streams and pollables are the seam); everything else is ours, over the kernel.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "wasipod:os/host",
    imports: {
        "wasipod:os/files.[method]file.read": async | trappable,
        "wasipod:os/files.[method]file.write": async | trappable,
        "wasipod:os/process.spawn": async | trappable,
        "wasipod:os/process.exec": async | trappable,
        "wasipod:os/process.wait": async | trappable,
        default: trappable,
    },
    trappable_error_type: {
        "wasi:filesystem/types.error-code" => crate::wasi::errno::FsError,
        "wasi:sockets/network.error-code" => crate::wasi::errno::SocketError,
    },
    with: {
        "wasi:io/poll": wasmtime_wasi_io::bindings::wasi::io::poll,
        "wasi:io/streams": wasmtime_wasi_io::bindings::wasi::io::streams,
        "wasi:io/error": wasmtime_wasi_io::bindings::wasi::io::error,
        "wasi:cli/terminal-input.terminal-input": crate::wasi::stdio::Terminal,
        "wasi:cli/terminal-output.terminal-output": crate::wasi::stdio::Terminal,
        "wasi:filesystem/types.descriptor": crate::wasi::filesystem::Descriptor,
        "wasi:filesystem/types.directory-entry-stream": crate::wasi::filesystem::Listing,
        "wasi:sockets/network.network": crate::wasi::sockets::Network,
        "wasi:sockets/tcp.tcp-socket": crate::wasi::sockets::Tcp,
        "wasi:sockets/udp.udp-socket": crate::wasi::sockets::Udp,
        "wasi:sockets/udp.incoming-datagram-stream": crate::wasi::sockets::UdpIncoming,
        "wasi:sockets/udp.outgoing-datagram-stream": crate::wasi::sockets::UdpOutgoing,
        "wasi:sockets/ip-name-lookup.resolve-address-stream": crate::wasi::sockets::Lookup,
        "wasipod:os/files.file": crate::os::files::OsFile,
    },
});
