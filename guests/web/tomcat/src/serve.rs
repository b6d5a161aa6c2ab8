//! The server's life: bind, deploy, watch webapps, end on a signal.

use std::{fs, net::SocketAddr, path::Path, pin::pin, rc::Rc, time::Duration};

use wasipod_guest_http::{
    connection::{self, Drain},
    errno,
    network::Listener,
    reactor::{self, Bell, Either},
    system::{Signals, signal},
};

use crate::{
    archive::{ArchiveError, Limits},
    deploy::{Change, Fingerprint, Webapps, context_path},
    log::{Level, record},
    site::Site,
};

/// How often webapps is looked at.
const WATCH: Duration = Duration::from_secs(1);
/// How long requests may take when the server ends.
const DRAIN: Duration = Duration::from_secs(5);
const SIGNAL_BASE: u8 = 128;

const HOST_CONFIG: &str = "org.apache.catalina.startup.HostConfig";
const PROTOCOL: &str = "org.apache.coyote.AbstractProtocol";
const SERVICE: &str = "org.apache.catalina.core.StandardService";

/// Serves the applications under `home` until a signal; the exit status, a JVM's 128 + signal.
pub(crate) fn serve(home: &Path, port: u16) -> u8 {
    let home = home.to_owned();
    reactor::run(async move {
        let began = reactor::monotonic();
        let handler = format!("ProtocolHandler [\"http-bio-{port}\"]");
        record(Level::Info, &format!("{PROTOCOL} init"), &format!("Initializing {handler}"));
        let listener = match Listener::bind(SocketAddr::from(([0, 0, 0, 0], port))).await {
            Ok(listener) => listener,
            Err(error) => {
                let message =
                    format!("Failed to initialize end point: {}: 0.0.0.0:{port}", errno::of(&error).words);
                record(Level::Severe, &format!("{PROTOCOL} init"), &message);
                return 1;
            }
        };
        let mut signals = Signals::catch(&[signal::TERM, signal::INT, signal::HUP]);
        record(Level::Info, &format!("{SERVICE} startInternal"), "Starting service Catalina");
        let engine = format!("Starting Servlet Engine: Apache Tomcat/{} (wasipod stand-in)", crate::VERSION);
        record(Level::Info, "org.apache.catalina.core.StandardEngine startInternal", &engine);
        for ignored in ["conf/server.xml", "conf/web.xml", "conf/context.xml"] {
            let path = home.join(ignored);
            if path.exists() {
                let message = format!("{} is not read by this stand-in", path.display());
                record(Level::Warning, "org.apache.catalina.startup.Catalina load", &message);
            }
        }
        let site = Rc::new(Site::new());
        let mut deployer = Deployer { webapps: Webapps::new(&home.join("webapps")), site: Rc::clone(&site) };
        deployer.look().await;
        record(Level::Info, &format!("{PROTOCOL} start"), &format!("Starting {handler}"));
        let (stop, drain) = (Bell::default(), Drain::default());
        reactor::spawn(connection::listen(listener, site, Rc::default(), stop.clone(), drain.clone()));
        let elapsed = reactor::monotonic().saturating_sub(began).as_millis();
        record(
            Level::Info,
            "org.apache.catalina.startup.Catalina start",
            &format!("Server startup in {elapsed} ms"),
        );
        let number = loop {
            match reactor::select(pin!(signals.next()), pin!(reactor::sleep(WATCH))).await {
                Either::Left((number, _)) => break number,
                Either::Right(_) => deployer.look().await,
            }
        };
        record(Level::Info, &format!("{PROTOCOL} pause"), &format!("Pausing {handler}"));
        stop.ring();
        drain.begin();
        record(Level::Info, &format!("{SERVICE} stopInternal"), "Stopping service Catalina");
        reactor::timeout(DRAIN, drain.finished()).await;
        record(Level::Info, &format!("{PROTOCOL} stop"), &format!("Stopping {handler}"));
        record(Level::Info, &format!("{PROTOCOL} destroy"), &format!("Destroying {handler}"));
        SIGNAL_BASE + number
    })
}

struct Deployer {
    webapps: Webapps,
    site: Rc<Site>,
}

impl Deployer {
    /// Brings the site in line with webapps; other tasks run between the entries of an archive.
    async fn look(&mut self) {
        for change in self.webapps.look() {
            match change {
                Change::Undeploy(name) => self.undeploy(&name),
                Change::DeployDirectory(name) => {
                    let folder = self.webapps.folder().join(&name);
                    let message = format!("Deploying web application directory {}", folder.display());
                    record(Level::Info, &format!("{HOST_CONFIG} deployDirectory"), &message);
                    self.webapps.add_directory(&name);
                    self.publish(&name);
                }
                Change::DeployArchive(name, state) => self.deploy_archive(&name, state).await,
            }
        }
    }

    async fn deploy_archive(&mut self, name: &str, state: Fingerprint) {
        let archive = self.webapps.archive(name);
        let source = format!("{HOST_CONFIG} deployWAR");
        record(Level::Info, &source, &format!("Deploying web application archive {}", archive.display()));
        // Its files are about to be exchanged.
        self.site.remove(&context_path(name));
        if let Err(error) = self.unpack(name, state).await {
            self.webapps.forget(name);
            let message = format!("Error deploying web application archive {}: {error}", archive.display());
            record(Level::Severe, &source, &message);
            return;
        }
        self.publish(name);
    }

    async fn unpack(&mut self, name: &str, state: Fingerprint) -> Result<(), ArchiveError> {
        if let Some(mut unpacking) = self.webapps.begin_archive(name, state, Limits::default())? {
            while unpacking.step()? {
                reactor::yield_now().await;
            }
        }
        self.webapps.end_archive(name, state)
    }

    fn publish(&self, name: &str) {
        let folder = self.webapps.folder().join(name);
        let has_entries =
            |path: &str| fs::read_dir(folder.join(path)).is_ok_and(|mut entries| entries.next().is_some());
        if has_entries("WEB-INF/classes") || has_entries("WEB-INF/lib") {
            let message = format!("The Java classes of {} are not run by this stand-in", folder.display());
            record(Level::Warning, &format!("{HOST_CONFIG} deploy"), &message);
        }
        self.site.add(context_path(name), folder);
    }

    fn undeploy(&mut self, name: &str) {
        let context = context_path(name);
        self.site.remove(&context);
        if self.webapps.vanished(name) {
            record(
                Level::Info,
                &format!("{HOST_CONFIG} undeploy"),
                &format!("Undeploying context [{context}]"),
            );
        }
    }
}
