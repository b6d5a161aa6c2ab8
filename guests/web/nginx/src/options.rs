//! The command line, with nginx's letters.

use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) action: Action,
    /// `-p`: what relative paths in the configuration are relative to.
    pub(crate) prefix: PathBuf,
    /// `-c`.
    pub(crate) configuration: PathBuf,
    /// `-g`: directives before those of the file.
    pub(crate) directives: String,
    /// `-q`.
    pub(crate) is_quiet: bool,
    /// `-e`: where errors go until the configuration is read; standard error if it is `stderr`.
    pub(crate) error_log: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Serve,
    /// `-t`, and `-T` which shows the files too.
    Test {
        dump: bool,
    },
    /// `-v`, and `-V`.
    Version {
        long: bool,
    },
    Help,
    Signal(Command),
}

/// What `-s` sends to the running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Stop,
    Quit,
    Reopen,
    Reload,
}

pub(crate) const DEFAULT_ERROR_LOG: &str = "/var/log/nginx/error.log";
const DEFAULT_PREFIX: &str = "/etc/nginx/";
const DEFAULT_CONFIGURATION: &str = "/etc/nginx/nginx.conf";

pub(crate) const USAGE: &str = "\
Usage: nginx [-?hvVtTq] [-s signal] [-p prefix] [-e filename] [-c filename] [-g directives]

  -?, -h         show this help
  -v             show the version
  -V             show the version and what is built in
  -t             test the configuration
  -T             test the configuration and show it
  -q             say only what is wrong while testing
  -s signal      send a signal to the running server: stop, quit, reopen, reload
  -p prefix      folder of relative paths (default: /etc/nginx/)
  -e filename    error log until the configuration is read (default: /var/log/nginx/error.log)
  -c filename    configuration file (default: /etc/nginx/nginx.conf)
  -g directives  directives outside of the configuration file
";

/// Reads the arguments after the program's name; the error is nginx's text.
pub(crate) fn parse(arguments: &[String]) -> Result<Options, String> {
    let mut action = Action::Serve;
    let mut prefix = DEFAULT_PREFIX.to_owned();
    let mut configuration = None;
    let mut directives = String::new();
    let mut is_quiet = false;
    let mut error_log = DEFAULT_ERROR_LOG.to_owned();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(letters) = argument.strip_prefix('-') else {
            return Err(format!("invalid option: \"{argument}\""));
        };
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let mut value = |what: &str| match std::mem::replace(&mut letters, "".chars()).as_str() {
                "" => rest.next().cloned().ok_or_else(|| format!("option \"-{letter}\" requires {what}")),
                attached => Ok(attached.to_owned()),
            };
            match letter {
                '?' | 'h' => action = Action::Help,
                'v' => action = Action::Version { long: false },
                'V' => action = Action::Version { long: true },
                't' => action = Action::Test { dump: false },
                'T' => action = Action::Test { dump: true },
                'q' => is_quiet = true,
                'p' => prefix = value("directory name")?,
                'c' => configuration = Some(value("file name")?),
                'e' => error_log = value("file name")?,
                'g' => directives = value("parameter")?,
                's' => action = Action::Signal(command(&value("parameter")?)?),
                other => return Err(format!("invalid option: \"{other}\"")),
            }
        }
    }
    let prefix = PathBuf::from(prefix);
    let configuration = configuration.map_or_else(|| DEFAULT_CONFIGURATION.into(), |file| prefix.join(file));
    Ok(Options { action, prefix, configuration, directives, is_quiet, error_log })
}

fn command(word: &str) -> Result<Command, String> {
    match word {
        "stop" => Ok(Command::Stop),
        "quit" => Ok(Command::Quit),
        "reopen" => Ok(Command::Reopen),
        "reload" => Ok(Command::Reload),
        other => Err(format!("invalid option: \"-s {other}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Options, String> {
        parse(&arguments.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_nginx_s() {
        let serve = read(&["-g", "daemon off;"]).unwrap();
        assert_eq!((serve.action, serve.directives.as_str()), (Action::Serve, "daemon off;"));
        assert_eq!(serve.configuration, PathBuf::from("/etc/nginx/nginx.conf"));
        let test = read(&["-tqc", "x.conf", "-p/srv"]).unwrap();
        assert_eq!((test.action, test.is_quiet), (Action::Test { dump: false }, true));
        assert_eq!(test.configuration, PathBuf::from("/srv/x.conf"));
        assert_eq!(read(&["-s", "quit"]).unwrap().action, Action::Signal(Command::Quit));
        assert_eq!(read(&["-sreload"]).unwrap().action, Action::Signal(Command::Reload));
    }

    #[test]
    fn mistakes_get_nginx_s_words() {
        for (arguments, message) in [
            (&["-s", "foo"][..], "invalid option: \"-s foo\""),
            (&["-x"], "invalid option: \"x\""),
            (&["foo"], "invalid option: \"foo\""),
            (&["-c"], "option \"-c\" requires file name"),
            (&["-g"], "option \"-g\" requires parameter"),
        ] {
            assert_eq!(read(arguments).unwrap_err(), message);
        }
    }
}
