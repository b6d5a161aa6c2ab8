//! Distributions that people use for their shell: the busybox program in their layout.

use super::busybox::{self, PATH};
use crate::layer::LayerBuilder;
use crate::{Error, ImageConfig, Layer};

pub(super) const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nVARIANT=\"wasipod stand-in\"\nVARIANT_ID=wasipod\n";
const UBUNTU: &str = "PRETTY_NAME=\"Ubuntu 24.04 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n\
VERSION=\"24.04 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n\
VARIANT=\"wasipod stand-in\"\nVARIANT_ID=wasipod\n";
const ALPINE: &str = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME=\"Alpine Linux v3.22\"\n\
VARIANT=\"wasipod stand-in\"\nVARIANT_ID=wasipod\n";

pub(super) fn debian() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let layer = merged_usr("debian", DEBIAN)?.file("etc/debian_version", 0o644, "12.11\n");
    Ok((config("bash"), vec![layer.build()]))
}

pub(super) fn ubuntu() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let layer = merged_usr("ubuntu", UBUNTU)?.file("etc/debian_version", 0o644, "trixie/sid\n");
    Ok((config("/bin/bash"), vec![layer.build()]))
}

pub(super) fn alpine() -> Result<(ImageConfig, Vec<Layer>), Error> {
    let layer = busybox::shell(busybox::skeleton(), "alpine", "bin")?
        .directory("sbin", 0o755)
        .file("etc/os-release", 0o644, ALPINE)
        .file("etc/alpine-release", 0o644, "3.22.0\n");
    Ok((config("/bin/sh"), vec![layer.build()]))
}

/// /bin, /sbin and /lib are links into /usr, and `bash` is the shell too.
pub(super) fn merged_usr(image: &str, release: &str) -> Result<LayerBuilder, Error> {
    let directories =
        ["usr/lib", "usr/local/bin", "usr/local/sbin", "opt", "mnt", "srv", "var/cache", "var/lib"];
    let layer = busybox::shell(busybox::skeleton(), image, "usr/bin")?
        .link("bin", "usr/bin")
        .link("sbin", "usr/sbin")
        .link("lib", "usr/lib")
        .link("usr/bin/bash", "/usr/bin/busybox")
        .file("usr/lib/os-release", 0o644, release.to_owned())
        .link("etc/os-release", "../usr/lib/os-release");
    Ok(directories.into_iter().fold(layer, |layer, path| layer.directory(path, 0o755)))
}

fn config(shell: &str) -> ImageConfig {
    ImageConfig { cmd: vec![shell.to_owned()], env: vec![PATH.to_owned()], ..ImageConfig::default() }
}
