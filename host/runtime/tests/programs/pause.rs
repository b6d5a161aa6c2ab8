//! `/pause` twice: the kernel's own process and the guest of that name keep the same table (PID-5).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::process::{ExitStatus, Process};

use super::world::{Inside, World};

#[derive(Clone, Copy, Debug)]
enum Pause {
    Kernel,
    Guest,
}

impl Pause {
    async fn start(self, world: &Inside) -> Arc<Process> {
        let process = match self {
            Self::Kernel => world.start_kernel_pause(),
            Self::Guest => {
                let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../guests/dist/pause.wasm");
                world.write("/tmp/pause", &std::fs::read(path).unwrap());
                world.start_path("/tmp/pause").await
            }
        };
        // Long enough for it to have said which signals it wants.
        world.clock().sleep(Duration::from_secs(1)).await;
        process
    }
}

#[test]
fn signals_do_to_both_what_they_do_to_pause() {
    for kind in [Pause::Kernel, Pause::Guest] {
        for (signal, ends) in
            [("TERM", Some(0)), ("INT", Some(0)), ("HUP", None), ("USR1", None), ("KILL", Some(137))]
        {
            World::virtual_time().run(async |world| {
                let pause = kind.start(world).await;
                pause.signal(Signal::from_name(signal).unwrap(), Origin::Outside);
                world.clock().sleep(Duration::from_secs(1)).await;
                assert_eq!(pause.try_exit().map(|exit| exit.status.code()), ends, "{kind:?} {signal}");
            });
        }
    }
}

#[test]
fn both_reap_orphans() {
    for kind in [Pause::Kernel, Pause::Guest] {
        World::virtual_time().run(async |world| {
            let pause = kind.start(world).await;
            let parent = world.child_of(None, pause.pid_ns().clone());
            let orphan = world.child_of(Some(&parent), pause.pid_ns().clone());
            parent.exit(ExitStatus::Exited(0).into());
            assert_eq!(orphan.parent_pid(), 1);
            orphan.exit(ExitStatus::Exited(3).into());
            world.clock().sleep(Duration::from_secs(1)).await;
            assert_eq!(pause.pid_ns().processes().len(), 1, "{kind:?} leaves no zombies");
        });
    }
}
