//! Sandboxes: a Pod's network, process namespace, host ports and the files that the kubelet manages in /etc.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;
use wasipod_api::model::PodUid;
use wasipod_api::model::container::{ContainerPort, Protocol as PortProtocol};
use wasipod_kernel::fs::tmpfs::{Tmpfs, TmpfsOptions};
use wasipod_kernel::net::bridge::{Published, publish};
use wasipod_kernel::net::{Booking, Protocol};
use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::process::{
    Cgroup, CgroupLimits, Credentials, Group, PidNs, Process, ProcessSpec, Program,
};
use wasipod_kernel::sandbox::Sandbox;
use wasipod_kernel::vfs::{MountFlags, MountNs, NewKind, NewNode, NodeRef};
use wasipod_kernel::{Errno, Result as KernelResult};
use wasipod_kubelet::container::{PodKey, RuntimeError, RuntimeEvent, SandboxId, SandboxInfo, SandboxSpec};

use super::Containers;

/// A Pod's sandbox.
pub(super) struct PodSandbox {
    pub(super) pod: PodKey,
    pub(super) kernel: Arc<Sandbox>,
    /// PID 1 of the shared namespace.
    pause: Option<Arc<Process>>,
    /// The files that all containers have in /etc.
    files: Tmpfs,
    ports: Mutex<Vec<(Booking, Option<Published>)>>,
}

// === impl PodSandbox ===

impl PodSandbox {
    /// Writes one of the files that the kubelet manages; the same file for all containers and instances (NET-14).
    pub(super) fn set_file(&self, name: &str, content: &[u8]) -> KernelResult<NodeRef> {
        let root = self.files.root();
        let file = match root.lookup(name) {
            Err(Errno::ENOENT) => {
                root.create(name, &NewNode { kind: NewKind::Regular, mode: 0o644, uid: 0, gid: 0 })?
            }
            found => found?,
        };
        file.truncate(0)?;
        file.write_at(0, content)?;
        Ok(file)
    }

    pub(super) fn file(&self, name: &str) -> KernelResult<NodeRef> {
        self.files.root().lookup(name)
    }
}

// === impl Containers ===

impl Containers {
    pub(super) async fn make_sandbox(
        self: &Arc<Self>,
        spec: SandboxSpec,
    ) -> Result<SandboxInfo, RuntimeError> {
        let failed = |errno: Errno| RuntimeError(format!("failed to set up the sandbox: {errno}"));
        let net = self.fabric.add_pod().map_err(failed)?;
        let ips = vec![IpAddr::V4(net.ipv4()), IpAddr::V6(net.ipv6())];
        let name = format!("{}/{}", spec.pod.namespace, spec.pod.name);
        let ports = match self.book_ports(&spec, &name, net.ipv4()).await {
            Ok(ports) => ports,
            Err(error) => {
                net.close();
                return Err(error);
            }
        };
        let shared_pids = spec.share_process_namespace.then(PidNs::new);
        let kernel = Arc::new(Sandbox { name, hostname: spec.hostname.clone(), net, shared_pids });
        let id = SandboxId(self.new_id());
        let pause = match &kernel.shared_pids {
            Some(pids) => Some(self.start_pause(&kernel, pids).map_err(failed)?),
            None => None,
        };
        let sandbox = Arc::new(PodSandbox {
            pod: spec.pod,
            kernel,
            pause,
            files: Tmpfs::new(&self.fs, &TmpfsOptions { mode: 0o755, ..TmpfsOptions::default() }),
            ports: Mutex::new(ports),
        });
        sandbox.set_file("hostname", format!("{}\n", spec.hostname).as_bytes()).map_err(failed)?;
        sandbox.set_file("resolv.conf", spec.resolv_conf.as_bytes()).map_err(failed)?;
        self.state.lock().sandboxes.insert(id.clone(), sandbox.clone());
        if let Some(pause) = sandbox.pause.clone() {
            self.watch_pause(id.clone(), sandbox.pod.uid.clone(), pause);
        }
        Ok(SandboxInfo { id, ips })
    }

    /// PID 1 of a shared namespace is the kernel's own process (PID-2, PID-5).
    fn start_pause(&self, sandbox: &Arc<Sandbox>, pids: &Arc<PidNs>) -> KernelResult<Arc<Process>> {
        let nothing = Tmpfs::new(&self.fs, &TmpfsOptions { mode: 0o555, ..TmpfsOptions::default() });
        let mounts = MountNs::new(nothing.root(), MountFlags { read_only: true });
        let pause = Process::create(ProcessSpec {
            program: Program { path: "/pause".into(), argv: vec!["/pause".into()], env: Vec::new() },
            parent: None,
            group: Group::Lead,
            pid_ns: pids.clone(),
            cgroup: Cgroup::new(CgroupLimits::default()),
            sandbox: sandbox.clone(),
            cwd: mounts.root().clone(),
            mounts,
            // The user of the pause image.
            credentials: Credentials { uid: 65_535, gid: 65_535, ..Credentials::default() },
            umask: 0o022,
            descriptors: std::collections::BTreeMap::new(),
            ignored_signals: Vec::new(),
            now: self.clock.now(),
        })?;
        tokio::spawn(pause.clone().pause());
        Ok(pause)
    }

    fn watch_pause(self: &Arc<Self>, sandbox: SandboxId, pod_uid: PodUid, pause: Arc<Process>) {
        let containers = Arc::downgrade(self);
        tokio::spawn(async move {
            pause.ended().await;
            let Some(containers) = containers.upgrade() else { return };
            if containers.state.lock().sandboxes.contains_key(&sandbox) {
                // The kubelet listens as long as there is a node.
                let _ = containers.events.send(RuntimeEvent::SandboxDied { pod_uid, sandbox });
            }
        });
    }

    /// Host ports are booked on the node, and bound on the machine in real time (NET-3).
    async fn book_ports(
        &self,
        spec: &SandboxSpec,
        holder: &str,
        pod_ip: Ipv4Addr,
    ) -> Result<Vec<(Booking, Option<Published>)>, RuntimeError> {
        let mut ports = Vec::new();
        for port in spec.ports.iter().filter(|port| port.host_port.is_some_and(|port| port != 0)) {
            let host_port = port.host_port.unwrap_or_default();
            let ip = host_ip(port);
            let protocol = match port.protocol {
                PortProtocol::Udp => Protocol::Udp,
                PortProtocol::Tcp | PortProtocol::Sctp => Protocol::Tcp,
            };
            let booking = self.host_ports.book(protocol, ip, host_port, holder).map_err(|conflict| {
                RuntimeError(format!(
                    "failed to reserve host port {}: it is in use by pod {:?}",
                    conflict.port, conflict.holder
                ))
            })?;
            let published = if self.clock.is_virtual() || protocol == Protocol::Udp {
                None
            } else {
                let to = SocketAddr::new(pod_ip.into(), port.container_port);
                // Published ports are on loopback unless the manifest asks for an address (design 9).
                let on = if ip.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { ip };
                let bound = publish(SocketAddr::new(on, host_port), self.fabric.node().clone(), to).await;
                Some(bound.map_err(|error| {
                    RuntimeError(format!("failed to publish host port {host_port}: {error}"))
                })?)
            };
            ports.push((booking, published));
        }
        Ok(ports)
    }

    /// Ends the sandbox: ports, network and whatever still runs in it.
    pub(super) fn end_sandbox(&self, id: &SandboxId) {
        let Some(sandbox) = self.state.lock().sandboxes.remove(id) else { return };
        let containers: Vec<_> = {
            let state = self.state.lock();
            state
                .containers
                .values()
                .filter(|container| container.sandbox.pod == sandbox.pod)
                .cloned()
                .collect()
        };
        for container in containers {
            container.cgroup.kill();
        }
        if let Some(pause) = &sandbox.pause {
            pause.signal(Signal::KILL, Origin::Outside);
        }
        sandbox.ports.lock().clear();
        sandbox.kernel.net.close();
    }
}

/// Without an address a host port is on all of the node's.
fn host_ip(port: &ContainerPort) -> IpAddr {
    port.host_ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}
