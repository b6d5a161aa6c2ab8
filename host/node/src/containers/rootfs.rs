//! A container's file tree: image, writable layer, /proc, /dev, the kubelet's files, the Pod's volumes.

use std::sync::Arc;

use wasipod_kernel::fs::devfs::devfs;
use wasipod_kernel::fs::overlay::{Overlay, OverlayLimits};
use wasipod_kernel::fs::procfs::procfs;
use wasipod_kernel::fs::tmpfs::{Tmpfs, TmpfsOptions};
use wasipod_kernel::process::PidNs;
use wasipod_kernel::vfs::{Caller, FileKind, MountFlags, MountNs, NewKind, NewNode, NodeRef};
use wasipod_kernel::{Errno, Result as KernelResult};
use wasipod_kubelet::container::{ContainerMount, ContainerSpec, RuntimeError};

use super::Containers;
use super::sandboxes::PodSandbox;

/// A container's writable layer holds so much, so that a guest that floods it meets ENOSPC and the machine doesn't.
const WRITABLE_BYTES: u64 = 4 << 30;

const READ_WRITE: MountFlags = MountFlags { read_only: false };

/// One thing to mount.
struct MountPoint {
    path: String,
    root: NodeRef,
    flags: MountFlags,
}

/// A built tree and what belongs to it.
pub(super) struct RootFs {
    pub(super) mounts: MountNs,
    /// The termination message file (TMSG-1).
    pub(super) termination_log: NodeRef,
}

// === impl Containers ===

impl Containers {
    pub(super) fn build_root(
        &self,
        spec: &ContainerSpec,
        sandbox: &PodSandbox,
        pids: &Arc<PidNs>,
    ) -> Result<RootFs, RuntimeError> {
        let failed = |errno: Errno| RuntimeError(format!("failed to make the root file system: {errno}"));
        let layers = self.layers(&spec.image_id).map_err(RuntimeError)?;
        let limits = OverlayLimits { size: Some(WRITABLE_BYTES), inodes: None };
        let overlay = Overlay::new(&self.fs, layers, limits).map_err(failed)?;
        let termination_log = self.new_file(&spec.termination_message_path).map_err(failed)?;
        let points = self
            .mount_points(spec, sandbox, pids, &termination_log)
            .map_err(|(what, errno)| RuntimeError(format!("failed to set up {what}: {errno}")))?;
        // Mount points in the image are made even when the container can't write to it.
        let writable = MountNs::new(overlay.root(), READ_WRITE);
        let mounts = MountNs::new(overlay.root(), MountFlags { read_only: spec.read_only_root });
        for point in points {
            let is_directory = point.root.kind() == FileKind::Directory;
            let there = mounts.resolve(&Caller::root(), mounts.root(), &point.path, true);
            if there.is_err() {
                // Within another mount (a volume) if there is one at that path, else in the image.
                let made = make_mount_point(&mounts, &point.path, is_directory);
                made.or_else(|_| make_mount_point(&writable, &point.path, is_directory)).map_err(
                    |errno| RuntimeError(format!("failed to make mount point {}: {errno}", point.path)),
                )?;
            }
            mounts
                .mount(&point.path, point.root, point.flags)
                .map_err(|errno| RuntimeError(format!("failed to mount on {}: {errno}", point.path)))?;
        }
        Ok(RootFs { mounts, termination_log })
    }

    /// Shallow paths first, so that a mount never hides an earlier one below it.
    fn mount_points(
        &self,
        spec: &ContainerSpec,
        sandbox: &PodSandbox,
        pids: &Arc<PidNs>,
        termination_log: &NodeRef,
    ) -> Result<Vec<MountPoint>, (String, Errno)> {
        let named = |what: &'static str| move |errno| (what.to_owned(), errno);
        let point = |path: &str, root: NodeRef| MountPoint { path: path.to_owned(), root, flags: READ_WRITE };
        let dev = devfs(&self.fs, self.device_random.clone()).map_err(named("/dev"))?;
        let shm = Tmpfs::new(&self.fs, &TmpfsOptions { size: Some(64 << 20), ..TmpfsOptions::default() });
        let mut points = vec![
            point("/proc", procfs(&self.fs, pids, &sandbox.kernel)),
            point("/dev", dev),
            point("/dev/shm", shm.root()),
            point("/etc/hostname", sandbox.file("hostname").map_err(named("/etc/hostname"))?),
            point("/etc/resolv.conf", sandbox.file("resolv.conf").map_err(named("/etc/resolv.conf"))?),
            point(&spec.termination_message_path, termination_log.clone()),
        ];
        if let Some(hosts) = &spec.hosts_file {
            points.push(point(
                "/etc/hosts",
                sandbox.set_file("hosts", hosts.as_bytes()).map_err(named("/etc/hosts"))?,
            ));
        }
        for mount in &spec.mounts {
            let root = self.mounted_part(spec, mount)?;
            points.push(MountPoint {
                path: mount.mount_path.clone(),
                root,
                flags: MountFlags { read_only: mount.read_only },
            });
        }
        // A mount of the Pod's own takes the place of ours.
        let own: Vec<_> =
            spec.mounts.iter().map(|mount| mount.mount_path.trim_end_matches('/').to_owned()).collect();
        let ours = points.len() - spec.mounts.len();
        let mut kept: Vec<_> = points
            .into_iter()
            .enumerate()
            .filter(|(index, point)| *index >= ours || !own.contains(&point.path))
            .map(|(_, point)| point)
            .collect();
        kept.sort_by_key(|point| point.path.split('/').filter(|name| !name.is_empty()).count());
        Ok(kept)
    }

    fn mounted_part(&self, spec: &ContainerSpec, mount: &ContainerMount) -> Result<NodeRef, (String, Errno)> {
        let what = || format!("volume {:?}", mount.volume);
        let volume = self.volume(&spec.pod, &mount.volume).map_err(|_| (what(), Errno::ENOENT))?;
        let Some(sub_path) = &mount.sub_path else { return Ok(volume.root()) };
        // Walked within the volume: links can't leave it (VOL-51).
        let tree = MountNs::new(volume.root(), READ_WRITE);
        let caller = Caller { umask: 0, ..Caller::root() };
        let path = format!("/{sub_path}");
        if tree.resolve(&caller, tree.root(), &path, true).is_err() {
            tree.mkdir_all(&caller, tree.root(), &path, 0o777).map_err(|errno| (what(), errno))?;
        }
        let place = tree.resolve(&caller, tree.root(), &path, true).map_err(|errno| (what(), errno))?;
        Ok(place.node().clone())
    }

    /// An empty file of its own, to be mounted.
    fn new_file(&self, path: &str) -> KernelResult<NodeRef> {
        let holder = Tmpfs::new(&self.fs, &TmpfsOptions { size: Some(1 << 20), ..TmpfsOptions::default() });
        let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("termination-log");
        holder.root().create(name, &NewNode { kind: NewKind::Regular, mode: 0o666, uid: 0, gid: 0 })
    }
}

fn make_mount_point(mounts: &MountNs, path: &str, directory: bool) -> KernelResult<()> {
    let caller = Caller::root();
    if directory {
        return mounts.mkdir_all(&caller, mounts.root(), path, 0o755);
    }
    if let Some((parent, _)) = path.rsplit_once('/')
        && !parent.is_empty()
    {
        match mounts.mkdir_all(&caller, mounts.root(), parent, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    mounts.mknod(&caller, mounts.root(), path, NewKind::Regular, 0o644)
}
