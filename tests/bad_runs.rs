//! What goes wrong only when a Pod runs: images, programs, ports. Each says what, where, and how to mend it.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/ran.rs"]
mod ran;

use std::net::TcpListener;
use std::path::Path;

use ran::{Ran, folder, text, wasipod};

/// A Pod of one container; `container` is the container's fields after its name, in flow style.
fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: bad}}\nspec:\n  restartPolicy: Never\n  containers:\n  - {{name: main, {container}}}\n"
    )
}

/// Runs it on the virtual clock until nothing more can happen, or for two minutes.
fn run(container: &str, more: &[&str]) -> Ran {
    let (_folder, paths) = folder(&[("pod.yaml", pod(container).as_bytes())]);
    let arguments = ["run", "-f", text(&paths[0]), "--clock", "virtual", "-v"];
    wasipod(&[&arguments[..], more].concat())
}

fn shows(ran: &Ran, texts: &[&str]) {
    for text in texts {
        assert!(ran.out.contains(text) || ran.err.contains(text), "no {text:?} in\n{}\n{}", ran.out, ran.err);
    }
}

#[test]
fn an_image_that_nobody_has_backs_off_with_the_cluster_words_and_a_hint() {
    let ran = run("image: 'example.com/nobody/nothing:1'", &["--for", "1m"]);
    shows(
        &ran,
        &[
            "Pulling image \"example.com/nobody/nothing:1\"",
            "Failed to pull image \"example.com/nobody/nothing:1\"",
            "Error: ErrImagePull",
            "Back-off pulling image \"example.com/nobody/nothing:1\"",
            "Error: ImagePullBackOff",
            "--image",
        ],
    );
}

#[test]
fn an_image_name_that_is_none_is_invalid() {
    shows(&run("image: 'Not A Name'", &["--for", "1m"]), &["InvalidImageName", "invalid reference format"]);
}

#[test]
fn files_that_are_no_programs_are_refused_before_anything_starts() {
    let whole = std::fs::read("tests/programs/dist/rust-wasip1.wasm").unwrap();
    let (_folder, paths) = folder(&[
        ("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0"),
        ("text", b"hello"),
        ("empty", b""),
        ("header.wasm", &whole[..6]),
        ("half.wasm", &whole[..whole.len() / 2]),
    ]);
    for (path, word) in paths.iter().zip(["ELF", "text", "empty", "cut off", "cut off or damaged"]) {
        let ran = run("image: mine", &["--image", &format!("mine={}", text(path))]);
        assert_eq!(ran.code, 2, "{word}: {}", ran.err);
        assert!(ran.err.contains("--image mine"), "{}", ran.err);
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
        assert_eq!(ran.out, "", "nothing started");
    }
    let ran = run("image: mine", &["--image", "mine=no/such/file.wasm"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no/such/file.wasm"), "{}", ran.err);
}

#[test]
fn a_program_with_unknown_imports_fails_to_start_and_names_them() {
    // (module (import "env" "draw" (func)) (memory (export "memory") 1) (func (export "_start")))
    let unknown = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0c\x01\x03env\x04draw\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\x07\x13\x02\x06memory\x02\0\x06_start\0\x01\x0a\x04\x01\x02\0\x0b";
    let (_folder, paths) = folder(&[("unknown.wasm", unknown)]);
    let ran = run("image: mine", &["--image", &format!("mine={}", text(&paths[0]))]);
    assert_eq!(ran.code, 128, "CST-14: {}\n{}", ran.out, ran.err);
    shows(&ran, &["env.draw", "StartError"]);
}

#[test]
fn a_command_that_is_not_there_is_a_start_error_with_128() {
    let ran = run("image: busybox, command: [nothing-of-that-name]", &[]);
    assert_eq!(ran.code, 128, "CST-14, CST-16: {}", ran.out);
    shows(&ran, &["exec: \"nothing-of-that-name\": executable file not found in $PATH", "StartError"]);
    let ran = run("image: busybox, command: [/etc/passwd]", &[]);
    assert_eq!(ran.code, 128);
    shows(&ran, &["exec: \"/etc/passwd\": permission denied"]);
}

#[test]
fn inside_a_shell_it_is_127_and_126() {
    let ran = run("image: busybox, command: [sh, -c, nothing-of-that-name]", &[]);
    assert_eq!(ran.code, 127, "CST-16: {}", ran.out);
    shows(&ran, &["nothing-of-that-name: not found"]);
    let ran = run("image: busybox, command: [sh, -c, /etc/passwd]", &[]);
    assert_eq!(ran.code, 126, "CST-16: {}", ran.out);
    shows(&ran, &["/etc/passwd: Permission denied"]);
}

#[test]
fn the_failing_containers_code_is_the_runs_and_several_are_1() {
    assert_eq!(run("image: busybox, command: [sh, -c, 'exit 7']", &[]).code, 7);
    let two = pod("image: busybox, command: [sh, -c, 'exit 7']")
        + "  - {name: other, image: busybox, command: [sh, -c, 'exit 8']}\n";
    let (_folder, paths) = folder(&[("pod.yaml", two.as_bytes())]);
    assert_eq!(wasipod(&["run", "-f", text(&paths[0]), "--clock", "virtual"]).code, 1);
}

#[test]
fn a_host_port_that_another_program_has_is_a_pod_event_with_port_and_holder() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let container =
        format!("image: busybox, command: [sleep, '1'], ports: [{{containerPort: 80, hostPort: {port}}}]");
    let (_folder, paths) = folder(&[("pod.yaml", pod(&container).as_bytes())]);
    let ran = wasipod(&["run", "-f", text(&paths[0]), "-v", "--for", "1s"]);
    shows(&ran, &["FailedCreatePodSandBox", &port.to_string(), "in use by another program"]);
}

#[test]
fn a_second_pod_with_the_same_host_port_finds_no_node() {
    let one = pod("image: busybox, command: [sleep, '100'], ports: [{containerPort: 80, hostPort: 8081}]");
    let two = one.replace("name: bad", "name: worse");
    let (_folder, paths) = folder(&[("1.yaml", one.as_bytes()), ("2.yaml", two.as_bytes())]);
    let ran = wasipod(&[
        "run",
        "-f",
        text(&paths[0]),
        "-f",
        text(&paths[1]),
        "--clock",
        "virtual",
        "-v",
        "--for",
        "10s",
    ]);
    shows(&ran, &["1 node(s) didn't have free ports for the requested pod ports"]);
}

#[test]
fn the_nodes_processes_and_ipc_are_refused_by_name() {
    for field in ["hostPID", "hostIPC"] {
        let manifest = pod("image: busybox").replace("spec:\n", &format!("spec:\n  {field}: true\n"));
        let (_folder, paths) = folder(&[("pod.yaml", manifest.as_bytes())]);
        let ran = wasipod(&["run", "-f", text(&paths[0])]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(field) && ran.err.contains("pod.yaml:5"), "{}", ran.err);
    }
}

#[test]
fn a_volume_that_is_not_declared_is_refused() {
    let ran = run("image: busybox, volumeMounts: [{name: nowhere, mountPath: /x}]", &[]);
    assert_eq!(ran.code, 2);
    shows(&ran, &["spec.containers[0].volumeMounts[0].name: Not found: \"nowhere\""]);
}

#[test]
fn a_program_that_waits_for_what_never_comes_ends_the_virtual_run_with_names() {
    let ran = run("image: nginx", &[]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("nginx"), "who waits: {}", ran.err);
}

#[test]
fn a_spinning_program_meets_the_limit_of_the_run() {
    let ran = run(
        "image: busybox, command: [sh, -c, 'while :; do :; done']",
        &["--for", "5s", "--grace-period", "1"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    shows(&ran, &["137"]);
}

#[test]
fn too_many_processes_are_refused_and_the_neighbour_lives() {
    let bomb = pod(
        "image: busybox, command: [sh, -c, 'i=0; while [ $i -lt 1200 ]; do sleep 50 & i=$((i+1)); done']",
    );
    let neighbour =
        pod("image: busybox, command: [sh, -c, 'sleep 1; echo lives']").replace("name: bad", "name: good");
    let (_folder, paths) = folder(&[("bomb.yaml", bomb.as_bytes()), ("good.yaml", neighbour.as_bytes())]);
    let ran = wasipod(&["run", "-f", text(&paths[0]), "-f", text(&paths[1]), "--clock", "virtual"]);
    shows(&ran, &["[good/main] lives", "Resource temporarily unavailable"]);
}

#[test]
fn a_flood_through_a_pipe_is_held_back_and_ends_with_its_reader() {
    let ran = run("image: busybox, command: [sh, -c, 'yes | head -c 2000000 | wc -c']", &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    shows(&ran, &["[bad/main] 2000000"]);
}

#[test]
fn examples_exist_for_all_this() {
    assert!(Path::new("examples/hello.yaml").exists());
    assert_eq!(wasipod(&["run", "-f", "examples/hello.yaml", "--clock", "virtual"]).code, 0);
}
