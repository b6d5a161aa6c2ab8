//! Programs that were not written for this host, as containers: what a Pod's status says of them. The runtime's own
//! tests (host/runtime/tests/programs.rs) look closer.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/ran.rs"]
mod ran;

use ran::{Ran, folder, text, wasipod};

const PROGRAMS: [&str; 4] = ["rust-wasip1", "rust-wasip2", "c-wasip1", "go-wasip1"];

/// Runs one program as a Pod's only container; `fields` are more of the container's, in flow style.
fn run(program: &str, arguments: &str, fields: &str) -> Ran {
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: stranger}}\nspec:\n  restartPolicy: Never\n  containers:\n  - {{name: main, image: program, args: [{arguments}]{fields}}}\n"
    );
    let (_folder, paths) = folder(&[("pod.yaml", pod.as_bytes())]);
    let image = format!("program=tests/programs/dist/{program}.wasm");
    wasipod(&["run", "-f", text(&paths[0]), "--image", &image, "--clock", "virtual"])
}

#[test]
fn exit_codes_reach_the_status() {
    for program in PROGRAMS {
        // A stock WASI 0.2 program can only say that something is wrong.
        let expected = if program == "rust-wasip2" { 1 } else { 42 };
        let ran = run(program, "exit, '42'", "");
        assert_eq!(ran.code, expected, "{program}: {}\n{}", ran.out, ran.err);
        assert_eq!(run(program, "exit, '0'", "").code, 0, "{program}");
    }
}

#[test]
fn variables_and_files_are_the_containers() {
    for program in PROGRAMS {
        let ran = run(program, "env, COLOUR", ", env: [{name: COLOUR, value: blue}]");
        assert!(ran.out.contains("[stranger/main] blue"), "{program}: {}\n{}", ran.out, ran.err);
        let ran = run(program, "files, /tmp", "");
        assert_eq!(ran.code, 0, "{program}: {}\n{}", ran.out, ran.err);
        assert!(ran.out.contains("content hello world"), "{program}: {}", ran.out);
    }
}

#[test]
fn sockets_of_the_pod_serve_programs_for_wasi_0_2() {
    let ran = run("rust-wasip2", "tcp", "");
    assert!(ran.out.contains("[stranger/main] answer PING"), "{}\n{}", ran.out, ran.err);
}

#[test]
fn the_memory_limit_and_a_fault_are_told_as_a_cluster_tells_them() {
    let ran = run("rust-wasip1", "alloc", ", resources: {limits: {memory: 64Mi}}");
    assert_eq!(ran.code, 137, "RES-2: {}", ran.out);
    assert!(ran.out.contains("OOMKilled"), "{}", ran.out);
    let ran = run("rust-wasip1", "abort", "");
    assert_eq!(ran.code, 134, "{}", ran.out);
    assert!(ran.out.contains("wasm trap"), "the backtrace is in the log: {}", ran.out);
}
