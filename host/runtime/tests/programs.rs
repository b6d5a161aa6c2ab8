//! Programs that were not written for this host (tests/programs), run as processes: exit codes, arguments, variables,
//! working directory, files, sockets, limits, kills.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "programs/pause.rs"]
mod pause;
#[path = "programs/world.rs"]
mod world;

use std::time::Duration;

use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::process::{CgroupLimits, ExitCause};
use wasipod_kernel::vfs::{Caller, OpenOptions};

use self::world::{Run, World};

const ALL: [&str; 4] = ["rust-wasip1", "rust-wasip2", "c-wasip1", "go-wasip1"];
const WASIP1: [&str; 3] = ["rust-wasip1", "c-wasip1", "go-wasip1"];

#[test]
fn an_exit_code_is_exact_for_wasi_0_1_and_ok_or_not_for_stock_wasi_0_2() {
    World::virtual_time().run(async |world| {
        for program in WASIP1 {
            for code in ["0", "1", "3", "42", "255"] {
                let run = world.run(program, &["exit", code]).await;
                assert_eq!(run.code.to_string(), code, "{program}: {}", run.stderr);
            }
        }
        assert_eq!(world.run("rust-wasip2", &["exit", "0"]).await.code, 0);
        assert_eq!(world.run("rust-wasip2", &["exit", "42"]).await.code, 1);
    });
}

#[test]
fn aborting_is_sigabrt_with_the_backtrace_on_stderr() {
    World::virtual_time().run(async |world| {
        for program in ["rust-wasip1", "rust-wasip2", "c-wasip1"] {
            let Run { code, cause, stderr, .. } = world.run(program, &["abort"]).await;
            assert_eq!(code, 134, "{program}");
            assert!(matches!(cause, Some(ExitCause::Trap(_))), "{program}");
            assert!(stderr.contains("wasm trap"), "{program}: {stderr}");
        }
        assert_eq!(world.run("go-wasip1", &["panic"]).await.code, 2);
    });
}

#[test]
fn arguments_and_variables_arrive() {
    World::virtual_time().run(async |world| {
        for program in ALL {
            let run = world.run(program, &["args", "a b", "ü", ""]).await;
            assert!(run.stdout.contains("a b") && run.stdout.contains('ü'), "{program}: {}", run.stdout);
            assert_eq!(world.run(program, &["env", "COLOUR"]).await.stdout.trim(), "blue", "{program}");
            assert_eq!(world.run(program, &["env", "NOBODY"]).await.stdout.trim(), "unset", "{program}");
        }
    });
}

/// Which languages know where they are (documented in ARCHITECTURE.md): wasi-libc, under C and Rust, begins in `/`
/// whatever the host says; Go looks at PWD.
#[test]
fn the_working_directory_is_known_to_those_languages_that_ask() {
    World::virtual_time().in_directory("/work").run(async |world| {
        let cwd = async |program: &'static str| world.run(program, &["cwd"]).await.stdout.trim().to_owned();
        assert_eq!(cwd("rust-wasip2").await, "/");
        assert_eq!(cwd("rust-wasip1").await, "/");
        assert_eq!(cwd("c-wasip1").await, "/");
        assert_eq!(cwd("go-wasip1").await, "/work");
        assert_eq!(world.run("go-wasip1", &["relative", "here"]).await.stdout, "in work");
    });
}

#[test]
fn files_behave_as_on_linux() {
    World::virtual_time().run(async |world| {
        for program in ALL {
            let run = world.run(program, &["files", "/tmp"]).await;
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{program}: {}", run.stdout);
            assert!(run.stdout.contains("content hello world\n"), "{program}: {}", run.stdout);
        }
        let rust = world.run("rust-wasip2", &["files", "/tmp"]).await.stdout;
        assert_eq!(rust, world.run("rust-wasip1", &["files", "/tmp"]).await.stdout);
        for line in [
            "names [\"b\", \"c\", \"h\"]",
            "size 11",
            "missing entity not found",
            "exists entity already exists",
        ] {
            assert!(rust.contains(line), "{line} not in {rust}");
        }
        let read_only = world.run("rust-wasip2", &["files", "/"]).await;
        assert_eq!(read_only.code, 134);
        assert!(read_only.stderr.contains("Read-only file system"), "{}", read_only.stderr);
    });
}

#[test]
fn sockets_work_for_wasi_0_2_and_are_refused_politely_for_0_1() {
    World::virtual_time().run(async |world| {
        let run = world.run("rust-wasip2", &["tcp"]).await;
        let expected = "peer 127.0.0.1\nanswer PING\nrefused connection refused\nin use address in use\n";
        assert_eq!((run.stdout.as_str(), run.code), (expected, 0), "{}", run.stderr);
        assert!(world.run("rust-wasip1", &["tcp"]).await.stdout.starts_with("no sockets"));
    });
}

#[test]
fn a_minute_of_sleep_takes_a_minute_of_virtual_time() {
    World::virtual_time().run(async |world| {
        for program in ["rust-wasip1", "rust-wasip2"] {
            let before = world.clock().now();
            assert_eq!(world.run(program, &["sleep", "60000"]).await.stdout, "slept true\n");
            assert_eq!(world.clock().now() - before, Duration::from_mins(1), "{program}");
        }
    });
}

#[test]
fn a_spinning_program_burns_virtual_time_and_dies_of_kill_but_pid_1_not_of_term() {
    World::virtual_time().run(async |world| {
        let process = world.start("rust-wasip2", &["spin"]).await;
        world.clock().sleep(Duration::from_secs(1)).await;
        process.signal(Signal::TERM, Origin::Outside);
        world.clock().sleep(Duration::from_secs(1)).await;
        assert_eq!(process.try_exit(), None, "HOOK-14: PID 1 without a handler ignores TERM");
        process.signal(Signal::KILL, Origin::Outside);
        assert_eq!(process.ended().await.status.code(), 137);
    });
}

#[test]
fn a_spinning_program_dies_of_kill_in_real_time_too() {
    World::real_time().run(async |world| {
        let process = world.start("rust-wasip2", &["spin"]).await;
        world.clock().sleep(Duration::from_millis(20)).await;
        process.signal(Signal::KILL, Origin::Outside);
        assert_eq!(process.ended().await.status.code(), 137);
    });
}

#[test]
fn the_memory_limit_kills() {
    let limits = CgroupLimits { memory: 64 << 20, ..CgroupLimits::default() };
    World::virtual_time().with_limits(limits).run(async |world| {
        for program in ["rust-wasip1", "rust-wasip2"] {
            let run = world.run(program, &["alloc"]).await;
            assert_eq!((run.code, run.cause), (137, Some(ExitCause::OutOfMemory)), "{program} (RES-2)");
        }
    });
}

#[test]
fn standard_input_is_read_to_its_end_and_a_broken_pipe_is_sigpipe() {
    World::virtual_time().run(async |world| {
        let run = world.run_with_input("rust-wasip2", &["cat"], b"some text").await;
        assert_eq!((run.stdout.as_str(), run.code), ("some text", 0));
        assert_eq!(world.run_into_closed_pipe("rust-wasip2", &["yes"]).await.code(), 128 + 13);
    });
}

#[test]
fn what_is_no_program_is_refused_by_what_it_is() {
    World::virtual_time().run(async |world| {
        let refused = async |content: &[u8]| {
            world.write("/tmp/program", content);
            world.load("/tmp/program").await.unwrap_err().reason
        };
        assert!(refused(b"\x7fELF\x02\x01\x01").await.contains("native Linux program (ELF)"));
        assert!(refused(b"").await.contains("empty"));
        assert!(refused(b"hello").await.contains("neither WebAssembly nor a script"));
        let whole = world.program_bytes("rust-wasip1");
        assert!(refused(&whole[..whole.len() / 2]).await.contains("not a valid WebAssembly program"));
        let unknown = wat::parse_str(
            r#"(module (import "env" "draw" (func)) (import "gl" "clear" (func)) (memory (export "memory") 1) (func (export "_start")))"#,
        )
        .unwrap();
        let reason = refused(&unknown).await;
        assert!(reason.contains("env.draw") && reason.contains("gl.clear"), "{reason}");
        let library = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
        assert!(refused(&library).await.contains("no `_start`"));
        world.write("/tmp/script", b"#!/programs/rust-wasip2.wasm args\n");
        let script = world.load("/tmp/script").await.unwrap();
        assert_eq!(script.program().argv, ["/programs/rust-wasip2.wasm", "args", "/tmp/script"]);
    });
}

/// CPython is too large to commit: CI fetches it (see `.ci/run`), elsewhere this says that it didn't run.
#[test]
fn cpython_runs_a_script() {
    let python = world::program_path("../../../target/programs/python");
    if !python.exists() {
        assert!(std::env::var_os("CI").is_none(), "CI fetches {}", python.display());
        eprintln!("not run: {} isn't there", python.display());
        return;
    }
    World::virtual_time().run(async |world| {
        world.write("/tmp/python.wasm", &std::fs::read(&python).unwrap());
        world.write("/tmp/script.py", b"import sys, os\nprint(sys.argv[1], os.environ['COLOUR'], sum(range(10)))\nopen('/tmp/out', 'w').write('x')\nsys.exit(7)\n");
        let run = world.run_path("/tmp/python.wasm", &["/tmp/script.py", "hello"]).await;
        assert_eq!((run.stdout.as_str(), run.code), ("hello blue 45\n", 7), "{}", run.stderr);
    });
}

#[test]
fn the_same_run_twice_is_the_same() {
    let story = || {
        World::virtual_time().run(async |world| {
            let mut story = String::new();
            for arguments in [["args", "x"].as_slice(), &["files", "/tmp"], &["sleep", "10"]] {
                let run = world.run("rust-wasip2", arguments).await;
                story += &format!("{:?} {} {}\n", world.clock().now(), run.code, run.stdout);
            }
            let file = world.mounts().open(
                &Caller::root(),
                world.mounts().root(),
                "/dev/urandom",
                OpenOptions::READ,
                0,
            );
            story + &format!("{:?}", file.unwrap().try_read(8))
        })
    };
    assert_eq!(story(), story());
}
