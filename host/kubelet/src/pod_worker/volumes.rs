//! A Pod's volumes: set up before anything runs, updated while it runs, taken down at its end (VOL-1, VOL-12, VOL-15).

use wasipod_api::model::event::EventType;
use wasipod_api::model::{Pod, Volume};
use wasipod_kernel::clock::Instant;

use super::PodWorker;
use crate::container::{VolumeFiles, VolumeRequest, VolumeSource};
use crate::fields::Place;
use crate::objects::Objects;
use crate::volumes::{self, MountBackoff};

/// One volume of the Pod.
#[derive(Clone, Debug)]
pub(super) enum MountState {
    /// Set up; the files if the kubelet writes them.
    Mounted(Option<VolumeFiles>),
    /// It failed and is tried again.
    Failed(MountBackoff),
    /// Whoever knew it broke down: it may be set up.
    Unknown,
}

// === impl PodWorker ===

impl PodWorker {
    /// Sets up what isn't yet and is due, and updates what has changed. `Some`: not all are there, try again then. A
    /// change of a Secret or ConfigMap that the Pod refers to makes everything due.
    pub(super) async fn mount_volumes(&mut self) -> Option<Instant> {
        let pod = self.cell.pod();
        let changed = self.cell.take_stale();
        let mut next: Option<Instant> = None;
        for volume in &pod.spec.volumes {
            match self.mounts.get(&volume.name).cloned() {
                Some(MountState::Mounted(Some(files))) if changed => self.update(&pod, volume, files).await,
                Some(MountState::Mounted(_)) => {}
                Some(MountState::Failed(backoff)) if !changed && backoff.due > self.node.clock.now() => {
                    next = Some(next.map_or(backoff.due, |next| next.min(backoff.due)));
                }
                before => {
                    if let Err(backoff) = self.mount(&pod, volume, before).await {
                        next = Some(next.map_or(backoff.due, |next| next.min(backoff.due)));
                    }
                }
            }
        }
        next
    }

    async fn wanted(&self, pod: &Pod, volume: &Volume) -> Result<VolumeSource, String> {
        let objects = Objects::read(&*self.node.ports.objects, volumes::references(pod, volume)).await;
        let config = &self.node.config;
        // Volumes are set up before there is a Pod IP; no file may show it (VOL-17).
        let place = Place { host_ips: &config.addresses, pod_ips: &[], allocatable: &config.allocatable };
        volumes::source(pod, volume, &objects, place)
    }

    async fn mount(
        &mut self,
        pod: &Pod,
        volume: &Volume,
        before: Option<MountState>,
    ) -> Result<(), MountBackoff> {
        let mounted = match self.wanted(pod, volume).await {
            Err(error) => Err(error),
            Ok(source) => {
                let files = match &source {
                    VolumeSource::Files { files, .. } => Some(files.clone()),
                    VolumeSource::EmptyDir { .. } | VolumeSource::HostPath { .. } => None,
                };
                let request =
                    VolumeRequest { pod: self.cell.key().clone(), name: volume.name.clone(), source };
                let done = self.node.ports.runtime.mount_volume(request).await;
                done.map(|()| files).map_err(|error| error.to_string())
            }
        };
        match mounted {
            Ok(files) => {
                self.mounts.insert(volume.name.clone(), MountState::Mounted(files));
                Ok(())
            }
            Err(error) => {
                let message = format!("MountVolume.SetUp failed for volume \"{}\" : {error}", volume.name);
                self.cell.event(&self.node, EventType::Warning, "FailedMount", message);
                let failed = match before {
                    Some(MountState::Failed(backoff)) => Some(backoff),
                    _ => None,
                };
                let backoff = MountBackoff::after(failed, self.node.clock.now());
                self.mounts.insert(volume.name.clone(), MountState::Failed(backoff));
                Err(backoff)
            }
        }
    }

    /// New content for a mounted volume; what can't be had any more stays as it was (VOL-63).
    async fn update(&mut self, pod: &Pod, volume: &Volume, old: VolumeFiles) {
        let Ok(VolumeSource::Files { files, .. }) = self.wanted(pod, volume).await else { return };
        if files == old {
            return;
        }
        let runtime = &self.node.ports.runtime;
        match runtime.update_volume(self.cell.key(), &volume.name, files.clone()).await {
            Ok(()) => {
                self.mounts.insert(volume.name.clone(), MountState::Mounted(Some(files)));
            }
            Err(error) => {
                let message = format!("MountVolume.SetUp failed for volume \"{}\" : {error}", volume.name);
                self.cell.event(&self.node, EventType::Warning, "FailedMount", message);
            }
        }
    }

    /// Takes down what may be set up.
    pub(super) async fn unmount_volumes(&mut self) {
        for (name, state) in std::mem::take(&mut self.mounts) {
            if matches!(state, MountState::Failed(_)) {
                continue;
            }
            if let Err(error) = self.node.ports.runtime.unmount_volume(self.cell.key(), &name).await {
                tracing::warn!(pod = %self.cell.key(), volume = name, %error, "volume not taken down");
            }
        }
    }
}
