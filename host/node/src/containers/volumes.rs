//! The Pod's volumes (VOL-1…19): made before its containers, shared by them, gone with the Pod.

use std::sync::Arc;

use wasipod_kernel::fs::projected::{Payload, Projected, ProjectedFile};
use wasipod_kernel::fs::tmpfs::{Tmpfs, TmpfsOptions};
use wasipod_kernel::vfs::NodeRef;
use wasipod_kubelet::container::{PodKey, RuntimeError, VolumeFiles, VolumeRequest, VolumeSource};

use super::Containers;

/// An emptyDir without a limit of its own holds so much: a guest that floods it meets ENOSPC, the machine doesn't.
const EMPTY_DIR_BYTES: u64 = 4 << 30;

/// A volume.
pub(super) enum Volume {
    EmptyDir(Tmpfs),
    HostPath(NodeRef),
    Files(Projected),
}

// === impl Volume ===

impl Volume {
    /// What is mounted.
    pub(super) fn root(&self) -> NodeRef {
        match self {
            Self::EmptyDir(tmpfs) => tmpfs.root(),
            Self::HostPath(node) => node.clone(),
            Self::Files(files) => files.root(),
        }
    }
}

// === impl Containers ===

impl Containers {
    pub(super) fn set_up_volume(&self, request: VolumeRequest) -> Result<(), RuntimeError> {
        let key = (request.pod.uid, request.name);
        if self.state.lock().volumes.contains_key(&key) {
            return Ok(());
        }
        let volume = match request.source {
            VolumeSource::EmptyDir { memory: _, size_limit } => {
                let size = size_limit.map_or(EMPTY_DIR_BYTES, |limit| limit.0);
                let options = TmpfsOptions { size: Some(size), mode: 0o777, ..TmpfsOptions::default() };
                Volume::EmptyDir(Tmpfs::new(&self.fs, &options))
            }
            VolumeSource::HostPath { path, kind } => {
                Volume::HostPath(self.host_paths.open(&self.fs, &path, kind).map_err(RuntimeError)?)
            }
            VolumeSource::Files { files, memory: _ } => {
                let projected = Projected::new(&self.fs, 0, 0);
                projected.update(payload(files)).map_err(|error| RuntimeError(error.to_string()))?;
                Volume::Files(projected)
            }
        };
        self.state.lock().volumes.insert(key, Arc::new(volume));
        Ok(())
    }

    pub(super) fn swap_files(
        &self,
        pod: &PodKey,
        name: &str,
        files: VolumeFiles,
    ) -> Result<(), RuntimeError> {
        match &*self.volume(pod, name)? {
            Volume::Files(projected) => projected
                .update(payload(files))
                .map(|_changed| ())
                .map_err(|error| RuntimeError(error.to_string())),
            Volume::EmptyDir(_) | Volume::HostPath(_) => {
                Err(RuntimeError(format!("volume {name:?} has no files to update")))
            }
        }
    }

    pub(super) fn take_down_volume(&self, pod: &PodKey, name: &str) {
        let gone = self.state.lock().volumes.remove(&(pod.uid.clone(), name.to_owned()));
        drop(gone);
    }

    pub(super) fn volume(&self, pod: &PodKey, name: &str) -> Result<Arc<Volume>, RuntimeError> {
        let found = self.state.lock().volumes.get(&(pod.uid.clone(), name.to_owned())).cloned();
        found.ok_or_else(|| RuntimeError(format!("volume {name:?} isn't mounted")))
    }
}

fn payload(files: VolumeFiles) -> Payload {
    let file = |(path, file): (String, wasipod_kubelet::container::FilePayload)| {
        (path, ProjectedFile { content: file.bytes, mode: file.mode })
    };
    files.into_iter().map(file).collect()
}
