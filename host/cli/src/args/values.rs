//! The small languages inside arguments: `POD [-c CONTAINER] -- CMD…`, `HOSTPORT:POD:PORT`, `NAME=PATH` …

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What is wrong with an argument's value; clap says which argument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ValueError(String);

fn wrong<T>(message: impl Into<String>) -> Result<T, ValueError> {
    Err(ValueError(message.into()))
}

/// A Pod as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodRef {
    /// `None`: whichever namespace has a Pod of that name.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

/// A command to run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExecSpec {
    pub(crate) pod: PodRef,
    /// `None`: the Pod's first container.
    pub(crate) container: Option<String>,
    pub(crate) argv: Vec<String>,
}

/// A Pod's port on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    pub(crate) host_port: u16,
    pub(crate) pod: PodRef,
    pub(crate) port: u16,
}

/// An image name and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageMapping {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// A path in manifests and the directory behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPath {
    pub(crate) path: String,
    pub(crate) directory: PathBuf,
}

/// A label of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeLabel {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// A state of all Pods to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Every Pod has started (phase Running, or it has succeeded already).
    Running,
    /// Every Pod is Ready at the same time.
    Ready,
    /// Every Pod has ended well.
    Succeeded,
    /// Every Pod has ended badly.
    Failed,
    /// Every container of that name has ended at least once.
    Exited(String),
}

/// `90s`, `3m`, `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, ValueError> {
    match humantime::parse_duration(text) {
        Ok(duration) => Ok(duration),
        Err(_) if text.parse::<f64>().is_ok() => wrong(format!("a unit is missing, did you mean `{text}s`?")),
        Err(error) => wrong(format!("{error}; durations look like 90s, 3m or 1h30m")),
    }
}

// === impl PodRef ===

impl FromStr for PodRef {
    type Err = ValueError;

    /// `POD`, `pod/POD` or `NAMESPACE/POD`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, name) = match text.split_once('/') {
            Some(("pod" | "pods", name)) => (None, name),
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        if name.is_empty() || namespace == Some("") || name.contains('/') {
            return wrong(format!("`{text}` is no Pod: write POD or NAMESPACE/POD"));
        }
        Ok(Self { namespace: namespace.map(str::to_owned), name: name.to_owned() })
    }
}

impl fmt::Display for PodRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

// === impl ExecSpec ===

impl FromStr for ExecSpec {
    type Err = ValueError;

    /// `POD [-c CONTAINER] -- CMD…`, in a shell's quoting.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = shell_words::split(text).map_err(|error| ValueError(error.to_string()))?;
        let Some(end) = words.iter().position(|word| word == "--") else {
            return wrong("`--` is missing before the command: POD [-c CONTAINER] -- CMD…");
        };
        let (target, argv) = (&words[..end], words[end + 1..].to_vec());
        if argv.is_empty() {
            return wrong("the command after `--` is missing");
        }
        let (mut pod, mut container) = (None, None);
        let mut rest = target.iter();
        while let Some(word) = rest.next() {
            let inline = word.strip_prefix("--container=").or_else(|| word.strip_prefix("-c="));
            if word == "-c" || word == "--container" {
                let Some(name) = rest.next() else {
                    return wrong(format!("`{word}` needs a container's name"));
                };
                container = Some(name.clone());
            } else if let Some(name) = inline {
                container = Some(name.to_owned());
            } else if word.starts_with('-') {
                return wrong(format!("unexpected `{word}`: only -c CONTAINER may stand before `--`"));
            } else if pod.replace(word.parse()?).is_some() {
                return wrong(format!("unexpected `{word}`: one Pod only, the command comes after `--`"));
            }
        }
        match pod {
            Some(pod) => Ok(Self { pod, container, argv }),
            None => wrong("the Pod's name is missing"),
        }
    }
}

impl ExecSpec {
    /// The container's name as given.
    pub(crate) fn container_name(&self) -> &str {
        self.container.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for ExecSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pod)?;
        if let Some(container) = &self.container {
            write!(f, " -c {container}")?;
        }
        write!(f, " -- {}", shell_words::join(&self.argv))
    }
}

// === impl Publish ===

impl FromStr for Publish {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let [host_port, pod, port] = parts[..] else {
            return wrong("write HOSTPORT:POD:PORT, such as 8080:web:80");
        };
        Ok(Self { host_port: port_number(host_port)?, pod: pod.parse()?, port: port_number(port)? })
    }
}

fn port_number(text: &str) -> Result<u16, ValueError> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => wrong(format!("`{text}` is no port: a number from 1 to 65535")),
    }
}

// === impl ImageMapping ===

impl FromStr for ImageMapping {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => {
                Ok(Self { name: name.to_owned(), path: path.into() })
            }
            _ => wrong("write NAME=PATH, such as example.com/app:1=target/app.wasm"),
        }
    }
}

// === impl HostPath ===

impl FromStr for HostPath {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((path, directory)) if path.starts_with('/') && !directory.is_empty() => {
                Ok(Self { path: path.to_owned(), directory: directory.into() })
            }
            Some((path, _)) if !path.starts_with('/') => {
                wrong(format!("`{path}` is not absolute: PATH is the hostPath of the manifest"))
            }
            _ => wrong("write PATH=DIR, such as /data=./data"),
        }
    }
}

// === impl NodeLabel ===

impl FromStr for NodeLabel {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((key, value)) = text.split_once('=') else {
            return wrong("write KEY=VALUE, such as disktype=ssd");
        };
        let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
        let prefix_fits = prefix.is_none_or(|prefix| {
            let mut labels = prefix.split('.');
            prefix.len() <= 253
                && labels.all(|label| {
                    is_label(label) && !label.contains(['_', '.']) && label.to_lowercase() == label
                })
        });
        if !is_label(name) || !prefix_fits {
            return wrong(format!(
                "`{key}` is no label key: letters, digits, `-`, `_`, `.`, at most 63 of them"
            ));
        }
        if !value.is_empty() && !is_label(value) {
            return wrong(format!(
                "`{value}` is no label value: letters, digits, `-`, `_`, `.`, at most 63 of them"
            ));
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// A label's name or value: at most 63 of `[A-Za-z0-9_.-]`, with a letter or digit at both ends.
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= 63
        && text.bytes().all(inner)
        && ends.iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
}

// === impl Until ===

impl FromStr for Until {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("exited", container)) if !container.is_empty() => Ok(Self::Exited(container.to_owned())),
            None if text == "running" => Ok(Self::Running),
            None if text == "ready" => Ok(Self::Ready),
            None if text == "succeeded" => Ok(Self::Succeeded),
            None if text == "failed" => Ok(Self::Failed),
            _ => wrong("one of running, ready, succeeded, failed, exited:CONTAINER"),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Ready => f.write_str("ready"),
            Self::Succeeded => f.write_str("succeeded"),
            Self::Failed => f.write_str("failed"),
            Self::Exited(container) => write!(f, "exited:{container}"),
        }
    }
}
