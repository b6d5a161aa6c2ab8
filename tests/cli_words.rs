//! What the binary answers without a manifest: version, help, completions, commands that don't exist yet.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/ran.rs"]
mod ran;

use ran::wasipod;

#[test]
fn version_is_printed_in_both_spellings() {
    let flag = wasipod(&["--version"]);
    assert_eq!((flag.code, flag.err.as_str()), (0, ""));
    assert_eq!(flag.out, format!("wasipod {}\n", env!("CARGO_PKG_VERSION")));
    let command = wasipod(&["version"]);
    assert_eq!(command.code, 0);
    assert_eq!(command.out, format!("wasipod {}\nemulates Kubernetes v1.34\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_goes_to_stdout_and_a_usage_error_to_stderr() {
    let help = wasipod(&["run", "--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for flag in
        ["--filename", "--until", "--exec", "--publish", "--host-path", "--node-label", "--clock", "--seed"]
    {
        assert!(help.out.contains(flag), "{flag} is missing:\n{}", help.out);
    }
    let wrong = wasipod(&["run", "--nonsense"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("--nonsense"), "{}", wrong.err);
    assert_eq!(wasipod(&["run"]).code, 2);
}

#[test]
fn what_is_not_built_yet_says_so() {
    for (words, name) in
        [(&["up", "-d"][..], "up"), (&["get", "pods"], "get"), (&["image", "pull", "x"], "image pull")]
    {
        let ran = wasipod(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(
            ran.err.starts_with(&format!("error: `wasipod {name}` is not built yet\nhint: ")),
            "{}",
            ran.err
        );
    }
    assert!(wasipod(&["nonsense"]).err.contains("unrecognized subcommand"));
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = wasipod(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("wasipod"), "{shell}");
    }
    assert_eq!(wasipod(&["completions", "cmd.exe"]).code, 2);
}

#[test]
fn explain_says_what_a_field_means_and_what_becomes_of_it() {
    let ran = wasipod(&["explain", "pod.spec.containers.livenessProbe"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("livenessProbe <Probe>"), "{}", ran.out);
    assert!(ran.out.contains("WASIPOD:    "), "{}", ran.out);
    let wrong = wasipod(&["explain", "pod.spec.container"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("did you mean \"containers\"?"), "{}", wrong.err);
}

#[test]
fn the_images_at_hand_are_listed_with_what_they_stand_in_for() {
    let ran = wasipod(&["image", "ls"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let line = |name: &str| {
        ran.out.lines().find(|line| line.split_whitespace().next() == Some(name)).map(str::to_owned)
    };
    for name in ["busybox", "debian", "nginx", "pause"] {
        let words: Vec<String> = line(name)
            .unwrap_or_else(|| panic!("{name}:\n{}", ran.out))
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!((words[1].as_str(), words[2].as_str()), ("embedded", "yes"), "{}", ran.out);
    }
}

#[test]
fn an_image_that_was_built_is_found_by_later_runs() {
    let (folder, paths) = ran::folder(&[(
        "pod.yaml",
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: mine}\nspec:\n  restartPolicy: Never\n  containers:\n  - {name: main, image: 'example.com/mine:1', command: [wc, -c, /sample.war]}\n",
    )]);
    let store = folder.path().join("images");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wasipod"));
        command.args(arguments).env("WASIPOD_IMAGE_DIR", &store).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let built = run(&["image", "build", "examples/images/sample", "-t", "example.com/mine:1"]);
    assert_eq!(built.0, Some(0), "{built:?}");
    let listed = run(&["image", "ls"]);
    assert!(listed.1.contains("example.com/mine:1"), "{listed:?}");
    let ran = run(&["run", "-f", ran::text(&paths[0]), "--clock", "virtual"]);
    assert_eq!(ran.0, Some(0), "{ran:?}");
    assert!(ran.1.contains("/sample.war"), "{ran:?}");
}
