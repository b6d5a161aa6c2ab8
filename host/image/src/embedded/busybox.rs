//! The busybox image: one program, and a link for everything it can do.

use crate::layer::LayerBuilder;
use crate::{Error, ImageConfig, Layer, embedded};

pub(super) const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the busybox guest can do: `busybox --list`, which a test compares.
pub(super) const APPLETS: [&str; 73] = [
    "[",
    "ash",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "cut",
    "date",
    "df",
    "dirname",
    "du",
    "echo",
    "egrep",
    "env",
    "expr",
    "false",
    "fgrep",
    "find",
    "grep",
    "groups",
    "head",
    "hostname",
    "id",
    "kill",
    "killall",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nc",
    "nproc",
    "pgrep",
    "pidof",
    "pkill",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "seq",
    "sh",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sleep",
    "sort",
    "stat",
    "tail",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "true",
    "truncate",
    "tty",
    "uname",
    "uniq",
    "unlink",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
];

pub(super) const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
daemon:x:1:1:daemon:/usr/sbin:/bin/false\n\
bin:x:2:2:bin:/bin:/bin/false\n\
sys:x:3:3:sys:/dev:/bin/false\n\
mail:x:8:8:mail:/var/spool/mail:/bin/false\n\
www-data:x:33:33:www-data:/var/www:/bin/false\n\
nobody:x:65534:65534:nobody:/home:/bin/false\n";
pub(super) const GROUP: &str = "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\nmail:x:8:\nwww-data:x:33:\n\
users:x:100:\nnogroup:x:65534:\n";
const NSSWITCH: &str = "hosts: files dns\n";

pub(super) fn image() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let config =
        ImageConfig { cmd: vec!["sh".to_owned()], env: vec![PATH.to_owned()], ..ImageConfig::default() };
    Ok((config, vec![shell(skeleton(), "busybox", "bin")?.build()]))
}

/// The directories and accounts that every image with a shell has.
pub(super) fn skeleton() -> LayerBuilder {
    let directories =
        ["dev", "etc", "home", "proc", "sys", "usr", "usr/bin", "usr/sbin", "usr/share", "var", "var/log"];
    let layer =
        directories.into_iter().fold(LayerBuilder::default(), |layer, path| layer.directory(path, 0o755));
    layer
        .directory("root", 0o700)
        .directory("tmp", 0o1777)
        .directory("var/tmp", 0o1777)
        .directory("run", 0o755)
        .link("var/run", "/run")
        .file("etc/passwd", 0o644, PASSWD)
        .file("etc/group", 0o644, GROUP)
        .file("etc/nsswitch.conf", 0o644, NSSWITCH)
}

/// The program in `bin`, and its links there.
pub(super) fn shell(layer: LayerBuilder, image: &str, bin: &str) -> Result<LayerBuilder, Error> {
    let program = embedded::guest(image, "busybox")?;
    let layer = layer.directory(bin, 0o755).file(&format!("{bin}/busybox"), 0o755, program);
    Ok(APPLETS
        .iter()
        .fold(layer, |layer, applet| layer.link(&format!("{bin}/{applet}"), &format!("/{bin}/busybox"))))
}
