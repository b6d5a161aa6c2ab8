//! `wasipod:os/process`: spawn, exec, wait, kill, exit.

use std::collections::BTreeMap;

use wasipod_kernel::file::FileRef;
use wasipod_kernel::process::signals::Signal;
use wasipod_kernel::process::{
    ExitStatus, Group as KernelGroup, Process, ProcessSpec, Program as KernelProgram, WaitTarget,
};
use wasipod_kernel::{Errno, Result as KernelResult};
use wasmtime_wasi::I32Exit;

use super::blocking;
use crate::bindings::wasipod::os::process::{Group, Host, Identity, Program, Status};
use crate::exit::Replaced;
use crate::guest::Guest;
use crate::program::Loaded;

/// What a WIT program record says, in the kernel's words.
struct Image {
    loaded: Loaded,
    cwd: wasipod_kernel::vfs::Place,
    descriptors: BTreeMap<u32, FileRef>,
    ignored: Vec<Signal>,
}

impl Guest {
    async fn image(&mut self, program: Program) -> wasmtime::Result<KernelResult<Image>> {
        let mut descriptors = BTreeMap::new();
        for (fd, file) in &program.descriptors {
            descriptors.insert(*fd, self.table.get(file)?.file.clone());
        }
        let process = self.process.clone();
        let caller = process.caller();
        let cwd = match &program.working_directory {
            None => Ok(process.cwd()),
            Some(path) => process.mounts().resolve(&caller, &process.cwd(), path, true),
        };
        let cwd = match cwd {
            Ok(cwd) => cwd,
            Err(errno) => return Ok(Err(errno)),
        };
        let ignored = program.ignored_signals.iter().filter_map(|number| Signal::new(*number).ok()).collect();
        let wanted = KernelProgram { path: program.path, argv: program.argv, env: program.env };
        let loaded = self.runtime.clone().load(process.mounts(), &caller, &process.cwd(), wanted).await;
        Ok(match loaded {
            Ok(loaded) => Ok(Image { loaded, cwd, descriptors, ignored }),
            Err(error) => {
                tracing::debug!(reason = error.reason, "a program can't be executed");
                Err(error.errno)
            }
        })
    }

    fn create_child(&self, image: &Image, into: Group) -> KernelResult<std::sync::Arc<Process>> {
        let parent = &self.process;
        Process::create(ProcessSpec {
            program: image.loaded.program().clone(),
            parent: Some(parent.clone()),
            group: match into {
                Group::Inherit => KernelGroup::Inherit,
                Group::Lead => KernelGroup::Lead,
            },
            pid_ns: parent.pid_ns().clone(),
            cgroup: parent.cgroup().clone(),
            sandbox: parent.sandbox().clone(),
            mounts: parent.mounts().clone(),
            cwd: image.cwd.clone(),
            credentials: parent.credentials().clone(),
            umask: parent.caller().umask,
            descriptors: image.descriptors.clone(),
            ignored_signals: image.ignored.clone(),
            now: self.clock().now(),
        })
    }
}

impl Host for Guest {
    async fn spawn(&mut self, child: Program, into: Group) -> wasmtime::Result<Result<u32, u16>> {
        let image = match self.image(child).await? {
            Ok(image) => image,
            Err(errno) => return Ok(Err(errno.number())),
        };
        match self.create_child(&image, into) {
            Ok(process) => {
                let pid = process.pid();
                self.runtime.start(process, image.loaded);
                Ok(Ok(pid))
            }
            Err(errno) => Ok(Err(errno.number())),
        }
    }

    async fn exec(&mut self, image: Program) -> wasmtime::Result<u16> {
        let image = match self.image(image).await? {
            Ok(image) => image,
            Err(errno) => return Ok(errno.number()),
        };
        let program = image.loaded.program().clone();
        if let Err(errno) = self.process.replace_program(program, image.descriptors) {
            return Ok(errno.number());
        }
        for signal in image.ignored {
            // Only KILL and STOP can't be ignored.
            let _ =
                self.process.set_disposition(signal, wasipod_kernel::process::signals::Disposition::Ignore);
        }
        self.process.set_cwd(image.cwd);
        self.next = Some(image.loaded);
        Err(wasmtime::Error::new(Replaced))
    }

    async fn wait(
        &mut self,
        target: i32,
        no_hang: bool,
    ) -> wasmtime::Result<Result<Option<(u32, Status)>, u16>> {
        let target = match u32::try_from(target) {
            Ok(0) => return Ok(Err(Errno::EINVAL.number())),
            Ok(pid) => WaitTarget::Child(pid),
            Err(_) if target == -1 => WaitTarget::Any,
            Err(_) => return Ok(Err(Errno::EINVAL.number())),
        };
        let process = self.process.clone();
        let answer = if no_hang {
            process.try_wait(target)
        } else {
            let attempt = || process.try_wait(target);
            blocking(&process, "child process", attempt, |cx| {
                process.register_for_change(cx);
                match process.has_ended_child(target) {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                }
            })
            .await
        };
        Ok(match answer {
            Ok((pid, ExitStatus::Exited(status))) => Ok(Some((pid, Status::Exited(status)))),
            Ok((pid, ExitStatus::Signaled(signal))) => Ok(Some((pid, Status::Signaled(signal)))),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno.number()),
        })
    }

    fn kill(&mut self, target: i32, signal: u8) -> wasmtime::Result<Result<(), u16>> {
        let signal = match signal {
            0 => Ok(None),
            number => Signal::new(number).map(Some),
        };
        let done = signal.and_then(|signal| self.process.kill(target, signal));
        self.check_doom()?;
        Ok(done.map_err(|errno| errno.number()))
    }

    fn get_pid(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.pid())
    }

    fn get_parent(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.parent_pid())
    }

    fn get_group(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.group())
    }

    fn exit(&mut self, status: u8) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(I32Exit(i32::from(status))))
    }

    fn get_identity(&mut self) -> wasmtime::Result<Identity> {
        let credentials = self.process.credentials();
        Ok(Identity { uid: credentials.uid, gid: credentials.gid, groups: credentials.groups.to_vec() })
    }

    fn hostname(&mut self) -> wasmtime::Result<String> {
        Ok(self.process.sandbox().hostname.clone())
    }
}
