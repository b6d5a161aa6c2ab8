//! Everything that a program can import, one line each.

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::wasi;
use crate::bindings::wasipod::os;
use crate::guest::Guest;

/// Interfaces that are served, by package; a program that imports another is refused, by name.
const SERVED: [&str; 7] = [
    "wasi:io/",
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:random/",
    "wasi:filesystem/",
    "wasi:sockets/",
    "wasipod:os/",
];

/// Whether an import's name belongs to a package that [`linker`] knows.
pub(crate) fn is_served(import: &str) -> bool {
    SERVED.iter().any(|package| import.starts_with(package))
}

/// Where a program finds its imports.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    type Own = HasSelf<Guest>;
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    wasmtime_wasi_io::add_to_linker_async(l)?;
    wasi::cli::environment::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::exit::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::stdin::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::stdout::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::stderr::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::terminal_input::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::terminal_output::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::terminal_stdin::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::terminal_stdout::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::cli::terminal_stderr::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::clocks::monotonic_clock::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::clocks::wall_clock::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::random::random::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::random::insecure::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::random::insecure_seed::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::filesystem::preopens::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::filesystem::types::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::instance_network::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::network::add_to_linker::<_, Own>(l, &Default::default(), |guest| guest)?;
    wasi::sockets::tcp_create_socket::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::tcp::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::udp_create_socket::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::udp::add_to_linker::<_, Own>(l, |guest| guest)?;
    wasi::sockets::ip_name_lookup::add_to_linker::<_, Own>(l, |guest| guest)?;
    os::files::add_to_linker::<_, Own>(l, |guest| guest)?;
    os::process::add_to_linker::<_, Own>(l, |guest| guest)?;
    os::signals::add_to_linker::<_, Own>(l, |guest| guest)?;
    Ok(linker)
}
