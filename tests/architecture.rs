//! The house rules that the compiler doesn't check (ARCHITECTURE.md): who may depend on whom, who may touch the
//! machine, how long a file may be.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates by layer; a crate may use lower layers only.
const LAYERS: [(&str, u32); 9] = [
    ("api", 0),
    ("kernel", 0),
    ("store", 1),
    ("runtime", 1),
    ("image", 1),
    ("kubelet", 2),
    ("control", 2),
    ("node", 4),
    ("cli", 5),
];

/// A word that only some files may use, and why.
struct Reserved {
    words: &'static [&'static str],
    /// Path prefixes below `host/`.
    allowed: &'static [&'static str],
    rule: &'static str,
}

const RESERVED: [Reserved; 10] = [
    Reserved {
        words: &[
            "tokio",
            "std::fs",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "async fn",
            "SystemTime",
            "Instant",
        ],
        allowed: &["cli/", "kernel/", "runtime/", "image/", "store/", "control/", "kubelet/", "node/"],
        rule: "(a) api has no async, I/O or clock",
    },
    Reserved {
        words: &["k8s_openapi", "wasmtime", "serde_yaml"],
        allowed: &["api/", "runtime/", "store/", "control/", "node/", "cli/", "image/", "kubelet/"],
        rule: "(b) the kernel knows no Kubernetes, no wasmtime, no YAML",
    },
    Reserved {
        words: &["wasmtime::", "wasmtime_wasi"],
        allowed: &["runtime/", "node/"],
        rule: "(c) wasmtime types only in runtime (and node for configuration)",
    },
    Reserved {
        words: &["k8s_openapi"],
        allowed: &["api/", "store/", "control/", "server/", "node/"],
        rule: "(d) wire types only in api, store, control, server and the adapters of node",
    },
    Reserved {
        words: &["wasipod_store", "wasipod_control", "wasipod_runtime", "wasipod_image"],
        allowed: &["store/", "control/", "runtime/", "image/", "node/", "cli/"],
        rule: "(e) the kubelet reaches the world through ports only",
    },
    Reserved {
        words: &["println!", "eprintln!", "print!(", "eprint!(", "io::stdout()", "io::stderr()"],
        allowed: &["cli/src/output.rs"],
        rule: "(f) only one file in cli prints",
    },
    Reserved {
        words: &["Instant::now()", "SystemTime::now()", "thread::sleep", "tokio::time::"],
        allowed: &["kernel/src/clock/real.rs"],
        rule: "(g) time comes from the clock's own module",
    },
    Reserved {
        words: &["std::fs", "cap_std"],
        allowed: &["kernel/src/fs/hostfs", "image/", "runtime/src/cache", "store/", "cli/"],
        rule: "(g) the machine's disk is touched through named doors only",
    },
    Reserved {
        words: &["tokio::net", "std::net::Tcp", "std::net::Udp"],
        allowed: &["kernel/src/net/bridge"],
        rule: "(g) the machine's sockets are touched through named doors only",
    },
    Reserved {
        words: &["std::os::unix", "libc::", "rustix::"],
        allowed: &[],
        rule: "(h) Unix-only calls only in files named for it (*_unix.rs)",
    },
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Rust sources below `dir`, tests left out.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" && name != "target" && name != "benches" {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "build.rs" {
            found.push(path);
        }
    }
}

fn host_sources() -> Vec<(String, String)> {
    let host = root().join("host");
    let mut files = Vec::new();
    sources(&host, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&host).unwrap().to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The code without comments and without inline tests, which are last in a file.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn crates_depend_downwards_only() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let layers: BTreeMap<&str, u32> = LAYERS.into();
    let short =
        |name: &str| if name == "wasipod" { "cli".to_owned() } else { name.replacen("wasipod-", "", 1) };
    for package in metadata["packages"].as_array().unwrap() {
        let name = short(package["name"].as_str().unwrap());
        let layer =
            layers.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no layer: add it to LAYERS"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            // The tests of the root package use what they test.
            if !used.starts_with("wasipod") || dependency["kind"] == "dev" {
                continue;
            }
            let below = layers[short(used).as_str()];
            assert!(below < *layer, "{name} (layer {layer}) must not depend on {used} (layer {below})");
        }
    }
}

#[test]
fn reserved_words_stay_in_their_rooms() {
    let mut offences = Vec::new();
    for (name, text) in host_sources() {
        let code = code(&text);
        for reserved in &RESERVED {
            let named_for_it =
                reserved.rule.starts_with("(h)") && (name.ends_with("unix.rs") || name.contains("_linux"));
            if named_for_it || reserved.allowed.iter().any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            for word in reserved.words {
                if code.contains(word) {
                    offences.push(format!("host/{name} uses `{word}`: {}", reserved.rule));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn a_file_is_one_room() {
    let long: Vec<_> = host_sources()
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .collect();
    assert!(long.is_empty(), "over 500 lines: {long:?}");
}

#[test]
fn every_file_says_why_it_exists() {
    let silent: Vec<_> = host_sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top: {silent:?}");
}
