//! The nginx image: the web server in nginx's layout, over a Debian-like shell as in the original.

use super::{busybox, debian};
use crate::{Error, ImageConfig, Layer, embedded};

/// The program that is an nginx when it is called so.
const PROGRAM: &str = "web";

/// Whom the configuration's `user` names.
const USER: &str = "nginx:x:101:101:nginx:/nonexistent:/bin/false\n";
const GROUP: &str = "nginx:x:101:\n";

const FILES: [(&str, &str); 5] = [
    ("etc/nginx/nginx.conf", include_str!("../../rootfs/nginx/nginx.conf")),
    ("etc/nginx/conf.d/default.conf", include_str!("../../rootfs/nginx/default.conf")),
    ("etc/nginx/mime.types", include_str!("../../rootfs/nginx/mime.types")),
    ("usr/share/nginx/html/index.html", include_str!("../../rootfs/nginx/index.html")),
    ("usr/share/nginx/html/50x.html", include_str!("../../rootfs/nginx/50x.html")),
];
const DIRECTORIES: [&str; 7] = [
    "etc/nginx",
    "etc/nginx/conf.d",
    "usr/share/nginx",
    "usr/share/nginx/html",
    "var/cache",
    "var/cache/nginx",
    "var/log/nginx",
];

pub(super) fn image() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let mut layer = debian::merged_usr("nginx", debian::DEBIAN)?;
    for path in DIRECTORIES {
        layer = layer.directory(path, 0o755);
    }
    for (path, text) in FILES {
        layer = layer.file(path, 0o644, text);
    }
    let layer = layer
        .file("usr/sbin/nginx", 0o755, embedded::guest("nginx", PROGRAM)?)
        .file("etc/passwd", 0o644, format!("{}{USER}", busybox::PASSWD))
        .file("etc/group", 0o644, format!("{}{GROUP}", busybox::GROUP))
        .link("var/log/nginx/access.log", "/dev/stdout")
        .link("var/log/nginx/error.log", "/dev/stderr");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let config = ImageConfig {
        cmd: words(&["nginx", "-g", "daemon off;"]),
        env: words(&[busybox::PATH]),
        stop_signal: "SIGQUIT".to_owned(),
        exposed_ports: words(&["80/tcp"]),
        ..ImageConfig::default()
    };
    Ok((config, vec![layer.build()]))
}
