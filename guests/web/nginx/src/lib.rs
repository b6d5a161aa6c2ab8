//! The nginx stand-in: a web server for files that reads nginx's configuration.
//!
//! It knows the directives of the default configuration and those that static sites use most (`config::directives`);
//! any other is refused as nginx refuses what it doesn't know. One process does all: there are no workers.
//!
//! ```text
//! options ──> config::load ──> serve ── listens ──> site (Handler) ──> responses, logs
//!    └─ -s ──> control ── signal ──^
//! ```

use std::rc::Rc;

mod config;
mod control;
mod log;
mod options;
mod serve;
mod site;
mod variables;

use config::{Config, ConfigError, SourceFile};
use log::{Level, Logs, say, tell};
use options::{Action, Options, USAGE};

/// The nginx whose behaviour is imitated.
pub(crate) const VERSION: &str = "1.27.5";
/// The value of the Server field.
pub(crate) const SERVER_FIELD: &str = "nginx/1.27.5";

/// Runs the program with the arguments after its name; its exit status.
pub fn run(arguments: &[String]) -> u8 {
    let options = match options::parse(arguments) {
        Ok(options) => options,
        Err(message) => {
            say(&format!("nginx: {message}"));
            return 1;
        }
    };
    match options.action {
        Action::Help => {
            show_version();
            say(USAGE);
            0
        }
        Action::Version { long } => {
            show_version();
            if long {
                say(
                    "configure arguments: --prefix=/etc/nginx --conf-path=/etc/nginx/nginx.conf --pid-path=/run/nginx.pid",
                );
            }
            0
        }
        _ => with_configuration(options),
    }
}

fn show_version() {
    say(&format!("nginx version: nginx/{VERSION} (wasipod stand-in)"));
}

fn with_configuration(options: Options) -> u8 {
    let logs = Rc::new(Logs::default());
    let early = config::ErrorLog {
        path: (options.error_log != "stderr").then(|| options.prefix.join(&options.error_log)),
        level: Level::Notice,
    };
    if let Some(path) = &early.path
        && let Err(message) = logs.open(path)
    {
        tell(Level::Alert, &format!("could not open error log file: {message}"));
    }
    let loaded = config::load(&options).and_then(|config| {
        serve::open_logs(&config, &logs).map_err(ConfigError)?;
        Ok(config)
    });
    let file = options.configuration.display();
    let is_test = matches!(options.action, Action::Test { .. });
    let config = match loaded {
        Ok(config) => config,
        Err(ConfigError(message)) => {
            logs.error(&[early], Level::Emerg, &message);
            tell(Level::Emerg, &message);
            if is_test {
                say(&format!("nginx: configuration file {file} test failed"));
            }
            return 1;
        }
    };
    match options.action {
        Action::Test { dump } => {
            if !options.is_quiet {
                say(&format!("nginx: the configuration file {file} syntax is ok"));
                say(&format!("nginx: configuration file {file} test is successful"));
            }
            if dump {
                show_sources(&config);
            }
            0
        }
        Action::Signal(command) => control::send(command, &config, &logs),
        _ if config.is_daemon => {
            let message = "this stand-in stays in the foreground: start it with -g \"daemon off;\"";
            tell(Level::Emerg, message);
            1
        }
        _ => serve::serve(options, config, logs),
    }
}

fn show_sources(config: &Config) {
    for SourceFile { path, text } in &config.sources {
        log::print(&format!("# configuration file {}:\n{text}", path.display()));
    }
}
