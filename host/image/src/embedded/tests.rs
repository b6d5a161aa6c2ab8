#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";
/// SHA-256 of the empty module.
const EMPTY_DIGEST: &str = "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476";

pub(super) static SUBSTITUTES: [Guest; 3] = [
    Guest { name: "busybox", digest: EMPTY_DIGEST, bytes: EMPTY_MODULE },
    Guest { name: "pause", digest: EMPTY_DIGEST, bytes: EMPTY_MODULE },
    Guest { name: "web", digest: EMPTY_DIGEST, bytes: EMPTY_MODULE },
];

fn meant(name: &str) -> Option<&'static str> {
    let reference: Reference = name.parse().unwrap();
    RECIPES.iter().find(|recipe| recipe.matches(&reference)).map(|recipe| recipe.name)
}

#[test]
fn names_are_known_under_the_usual_registries_with_any_tag() {
    let table = [
        ("busybox", Some("busybox")),
        ("busybox:1.28", Some("busybox")),
        ("docker.io/busybox", Some("busybox")),
        ("docker.io/library/busybox:musl", Some("busybox")),
        ("k8s.gcr.io/busybox", Some("busybox")),
        ("registry.k8s.io/busybox:1.27.2", Some("busybox")),
        ("registry.k8s.io/e2e-test-images/busybox:1.29-4", Some("busybox")),
        ("gcr.io/google_containers/busybox", Some("busybox")),
        ("mirror.gcr.io/library/debian:12", Some("debian")),
        ("public.ecr.aws/docker/library/alpine", Some("alpine")),
        ("public.ecr.aws/nginx/nginx", Some("nginx")),
        ("registry.k8s.io/pause:3.9", Some("pause")),
        ("k8s.gcr.io/pause", Some("pause")),
        ("rancher/mirrored-pause:3.6", Some("pause")),
        ("ubuntu:22.04", Some("ubuntu")),
        ("nginx:1.14.2", Some("nginx")),
        ("someone/nginx", None),
        ("example.org/busybox", None),
        ("nginx-unprivileged", None),
        ("notbusybox", None),
    ];
    for (name, expected) in table {
        assert_eq!(meant(name), expected, "{name}");
    }
}

#[test]
fn every_image_that_can_be_made_is_a_sound_tree_with_a_stable_id() {
    for recipe in &RECIPES {
        let image = recipe.image().unwrap();
        for layer in image.layers() {
            layer.tree().unwrap();
        }
        assert_eq!(image.id().len(), "sha256:".len() + 64);
        assert_eq!(image.id(), recipe.image().unwrap().id());
        assert_eq!(image.stand_in(), recipe.stand_in);
    }
}

fn path<'a>(image: &'a Image, path: &str) -> &'a wasipod_kernel::fs::image::ImageEntry {
    let entries = image.layers().iter().flat_map(|layer| layer.entries());
    entries.filter(|(known, _)| *known == path).last().unwrap().1
}

#[test]
fn layouts_and_configurations_are_the_originals() {
    use wasipod_kernel::fs::image::ImageKind;

    let image = |name: &str| crate::Images::default().find(name).unwrap();
    let cmds = [("busybox", "sh"), ("debian", "bash"), ("alpine", "/bin/sh"), ("ubuntu", "/bin/bash")];
    for (name, cmd) in cmds {
        assert_eq!(image(name).config().cmd, [cmd], "{name}");
    }
    let nginx = image("nginx");
    assert_eq!(nginx.config().cmd, ["nginx", "-g", "daemon off;"]);
    assert_eq!((nginx.config().stop_signal.as_str(), nginx.config().exposed_ports.len()), ("SIGQUIT", 1));
    assert_eq!(path(&nginx, "usr/sbin/nginx").mode, 0o755);
    assert_eq!(path(&image("busybox"), "tmp").mode, 0o1777);
    assert_eq!(path(&image("debian"), "bin").kind, ImageKind::Symlink("usr/bin".to_owned()));
    assert_eq!(
        path(&image("debian"), "usr/bin/bash").kind,
        ImageKind::Symlink("/usr/bin/busybox".to_owned())
    );
    assert_eq!(image("pause").config().entrypoint, ["/pause"]);
}

#[test]
fn the_images_of_the_examples_are_part_of_the_binary() {
    let images = crate::Images::default();
    let sample = images.find("geektime/sample:v2").unwrap();
    assert!(
        matches!(&path(&sample, "sample.war").kind, wasipod_kernel::fs::image::ImageKind::Regular(war) if war.starts_with(b"PK"))
    );
    let tomcat = images.find("docker.io/geektime/tomcat:7.0").unwrap();
    assert_eq!(path(&tomcat, "root/apache-tomcat-7.0.42-v2/bin/start.sh").mode, 0o755);
    assert!(tomcat.stand_in().unwrap().contains("Tomcat"));
    for folder in example_folders() {
        assert!(!folder.unwrap().names.is_empty());
    }
}

#[test]
fn the_digest_of_a_guest_is_known_without_computing_it() {
    use sha2::{Digest, Sha256};

    assert_eq!(crate::layer::hex(&Sha256::digest(EMPTY_MODULE)), EMPTY_DIGEST);
    for guest in GUESTS {
        assert_eq!(crate::layer::hex(&Sha256::digest(guest.bytes)), guest.digest, "{}", guest.name);
        assert_eq!(known_digest(guest.bytes), Some(guest.digest));
    }
}
