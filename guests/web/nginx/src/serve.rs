//! The server's life: bind, accept, answer to signals, end.

use std::{cell::Cell, collections::BTreeMap, fs, io, net::SocketAddr, rc::Rc, time::Duration};

use wasipod_guest_http::{
    connection::{self, Drain},
    errno,
    network::Listener,
    reactor::{self, Bell},
    system::{self, Signals, signal},
};

use crate::{
    VERSION,
    config::{self, Config, ConfigError},
    control::USR1,
    log::{Level, Logs, tell},
    options::Options,
    site::Site,
};

/// An address that another program holds is tried so often, with this pause between.
const BIND_TRIES: u32 = 5;
const BIND_PAUSE: Duration = Duration::from_millis(500);

/// Opens every log of a configuration.
///
/// # Errors
/// nginx's words for the first that can't be opened.
pub(crate) fn open_logs(config: &Config, logs: &Logs) -> Result<(), String> {
    let settings = config
        .servers
        .iter()
        .flat_map(|server| server.locations.iter().chain([&server.outside]))
        .map(|location| &location.settings);
    let access = settings.clone().flat_map(|s| s.access_log.iter()).map(|log| &log.path);
    let error = settings
        .flat_map(|s| s.error_log.iter())
        .chain(&*config.error_log)
        .filter_map(|log| log.path.as_ref());
    error.chain(access).try_for_each(|path| logs.open(path))
}

/// Serves until a signal ends it; the exit status.
pub(crate) fn serve(options: Options, config: Config, logs: Rc<Logs>) -> u8 {
    reactor::run(async move {
        let site = Rc::new(Site::new(Rc::new(config), logs));
        let mut server = Server {
            options,
            site,
            listeners: BTreeMap::new(),
            numbers: Rc::default(),
            drain: Drain::default(),
        };
        match server.start().await {
            Ok(signals) => server.run(signals).await,
            Err(message) => {
                server.log(Level::Emerg, &message);
                tell(Level::Emerg, &message);
                1
            }
        }
    })
}

struct Server {
    options: Options,
    site: Rc<Site>,
    /// Each with the bell that ends it.
    listeners: BTreeMap<SocketAddr, Bell>,
    numbers: Rc<Cell<u64>>,
    drain: Drain,
}

impl Server {
    fn log(&self, level: Level, message: &str) {
        self.site.logs.error(&self.site.config().error_log, level, message);
    }

    async fn start(&mut self) -> Result<Signals, String> {
        let config = self.site.config();
        let bound = self.bind(&config).await?;
        // From here on a signal is the server's: its pid is about to be known.
        let signals = Signals::catch(&[signal::TERM, signal::INT, signal::QUIT, signal::HUP, USR1]);
        let pid_file = &config.pid_file;
        fs::write(pid_file, format!("{}\n", system::process_id())).map_err(|error| {
            let errno = errno::of(&error);
            format!("open() \"{}\" failed ({}: {})", pid_file.display(), errno.number, errno.words)
        })?;
        self.log(Level::Notice, "using the \"wasi poll\" event method");
        self.log(Level::Notice, &format!("nginx/{VERSION} (wasipod stand-in)"));
        bound.into_iter().for_each(|listener| self.accept_on(listener));
        Ok(signals)
    }

    /// Binds the addresses that aren't bound yet.
    async fn bind(&self, config: &Config) -> Result<Vec<Listener>, String> {
        let mut bound = Vec::new();
        for listen in &config.listens {
            if !self.listeners.contains_key(&listen.address) {
                bound.push(self.bind_one(listen.address).await?);
            }
        }
        Ok(bound)
    }

    async fn bind_one(&self, address: SocketAddr) -> Result<Listener, String> {
        for try_number in 1..=BIND_TRIES {
            let error = match Listener::bind(address).await {
                Ok(listener) => return Ok(listener),
                Err(error) => error,
            };
            let errno = errno::of(&error);
            let message = format!("bind() to {address} failed ({}: {})", errno.number, errno.words);
            if error.kind() != io::ErrorKind::AddrInUse {
                return Err(message);
            }
            self.log(Level::Emerg, &message);
            tell(Level::Emerg, &message);
            if try_number < BIND_TRIES {
                reactor::sleep(BIND_PAUSE).await;
            }
        }
        Err("still could not bind()".to_owned())
    }

    fn accept_on(&mut self, listener: Listener) {
        let stop = Bell::default();
        self.listeners.insert(listener.address(), stop.clone());
        let (site, numbers, drain) = (Rc::clone(&self.site), Rc::clone(&self.numbers), self.drain.clone());
        reactor::spawn(connection::listen(listener, site, numbers, stop, drain));
    }

    async fn run(mut self, mut signals: Signals) -> u8 {
        loop {
            let signal = signals.next().await;
            let name = signal::name(signal).unwrap_or("?");
            let received = format!("signal {signal} (SIG{name}) received");
            match signal {
                signal::HUP => {
                    self.log(Level::Notice, &format!("{received}, reconfiguring"));
                    self.reload().await;
                }
                USR1 => {
                    self.log(Level::Notice, &format!("{received}, reopening logs"));
                    self.site.logs.reopen();
                }
                signal::QUIT => {
                    self.log(Level::Notice, &format!("{received}, shutting down"));
                    self.listeners.values().for_each(Bell::ring);
                    self.drain.begin();
                    // A second signal does not wait for slow clients.
                    let drain = self.drain.clone();
                    let finished = std::pin::pin!(drain.finished());
                    reactor::select(finished, std::pin::pin!(signals.next())).await;
                    return self.exit();
                }
                _ => {
                    self.log(Level::Notice, &format!("{received}, exiting"));
                    return self.exit();
                }
            }
        }
    }

    fn exit(&self) -> u8 {
        let _ = fs::remove_file(&self.site.config().pid_file);
        self.log(Level::Notice, "exit");
        0
    }

    /// Takes the new configuration if it is sound and its addresses are free; else the old one stays.
    async fn reload(&mut self) {
        if let Err(message) = self.reconfigure().await {
            self.log(Level::Emerg, &message);
        }
    }

    async fn reconfigure(&mut self) -> Result<(), String> {
        let config = config::load(&self.options).map_err(|ConfigError(message)| message)?;
        open_logs(&config, &self.site.logs)?;
        let bound = self.bind(&config).await?;
        let config = Rc::new(config);
        self.site.reconfigure(Rc::clone(&config));
        bound.into_iter().for_each(|listener| self.accept_on(listener));
        self.listeners.retain(|address, stop| {
            let stays = config.listens.iter().any(|listen| listen.address == *address);
            if !stays {
                stop.ring();
            }
            stays
        });
        Ok(())
    }
}
