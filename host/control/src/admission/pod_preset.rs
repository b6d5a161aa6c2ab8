//! PodPreset: environment and volumes for Pods that match a selector (PP-1…20).
//!
//! Everything is checked before anything is changed: one conflict, and no preset touches the Pod (PP-7).

use std::collections::BTreeMap;
use std::fmt::Display;

use k8s_openapi::api::core::v1::{Container, EnvVar, Pod, Volume, VolumeMount};
use wasipod_api::podpreset::PodPreset;
use wasipod_api::selector;
use wasipod_store::{Resource, Store};

use super::go_text;

const EXCLUDE: &str = "podpreset.admission.kubernetes.io/exclude";
const APPLIED: &str = "podpreset.admission.kubernetes.io/podpreset-";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// A preset's name.
pub(super) fn name(preset: &PodPreset) -> &str {
    preset.metadata.name.as_deref().unwrap_or_default()
}

/// All presets of a namespace, by name.
pub(super) fn read_all(store: &Store, namespace: &str) -> Result<Vec<PodPreset>, String> {
    let list = store.list(Resource::POD_PRESETS, Some(namespace));
    let presets: Result<Vec<PodPreset>, _> = list.items.iter().map(wasipod_store::Object::to_wire).collect();
    presets.map_err(|error| format!("listing pod presets failed: {error}"))
}

/// Those that are for this Pod (PP-5, PP-6).
pub(super) fn matching(presets: Vec<PodPreset>, pod: &Pod) -> Result<Vec<PodPreset>, String> {
    let annotations = pod.metadata.annotations.as_ref();
    let annotation = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    if annotation(MIRROR).is_some() || annotation(EXCLUDE).is_some_and(|value| value == "true") {
        return Ok(Vec::new());
    }
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let mut found = Vec::new();
    for preset in presets {
        let problems = selector::problems(&preset.spec.selector);
        if !problems.is_empty() {
            return Err(format!("filtering pod presets failed: {}", problems.join(", ")));
        }
        if selector::matches(&preset.spec.selector, &labels) {
            found.push(preset);
        }
    }
    Ok(found)
}

/// Merges all presets into the Pod, or none.
///
/// # Errors
/// The text of all conflicts (PP-15).
pub(super) fn merge(pod: &mut Pod, presets: &[PodPreset]) -> Result<(), String> {
    if presets.is_empty() {
        return Ok(());
    }
    let Some(spec) = &mut pod.spec else { return Ok(()) };
    let mut conflicts = Vec::new();
    let volumes = merged_volumes(spec.volumes.as_deref().unwrap_or_default(), presets, &mut conflicts);
    let mut merged_list = |containers: &[Container]| {
        containers
            .iter()
            .map(|container| merged_container(container, presets, &mut conflicts))
            .collect::<Vec<_>>()
    };
    let containers = merged_list(&spec.containers);
    let init_containers = spec.init_containers.as_deref().map(&mut merged_list);
    if !conflicts.is_empty() {
        return Err(aggregate(conflicts));
    }
    (spec.containers, spec.init_containers) = (containers, init_containers);
    spec.volumes = (!volumes.is_empty()).then_some(volumes);
    let annotations = pod.metadata.annotations.get_or_insert_default();
    for preset in presets {
        let version = preset.metadata.resource_version.clone().unwrap_or_default();
        annotations.insert(format!("{APPLIED}{}", name(preset)), version);
    }
    Ok(())
}

fn merged_container(container: &Container, presets: &[PodPreset], conflicts: &mut Vec<String>) -> Container {
    let mut merged = container.clone();
    let env = merged_env(container.env.as_deref().unwrap_or_default(), presets, conflicts);
    let mounts = merged_mounts(container.volume_mounts.as_deref().unwrap_or_default(), presets, conflicts);
    // PP-9: duplicates are kept.
    let sources = presets.iter().flat_map(|preset| preset.spec.env_from.iter().flatten().cloned());
    let env_from: Vec<_> = container.env_from.iter().flatten().cloned().chain(sources).collect();
    merged.env = (!env.is_empty()).then_some(env);
    merged.volume_mounts = (!mounts.is_empty()).then_some(mounts);
    merged.env_from = (!env_from.is_empty()).then_some(env_from);
    merged
}

/// PP-8.
fn merged_env(own: &[EnvVar], presets: &[PodPreset], conflicts: &mut Vec<String>) -> Vec<EnvVar> {
    let mut merged = Merged::new(own, |var| &var.name);
    for preset in presets {
        for var in preset.spec.env.iter().flatten() {
            if let Some(found) = merged.add(&var.name, var) {
                let about = format!("env for {} has a conflict on {}", name(preset), var.name);
                let values = (go_text::env_var(var), go_text::env_var(found));
                conflicts.push(conflict(&about, &values.0, &values.1, " in container"));
            }
        }
    }
    merged.list
}

/// PP-10.
fn merged_mounts(
    own: &[VolumeMount],
    presets: &[PodPreset],
    conflicts: &mut Vec<String>,
) -> Vec<VolumeMount> {
    let mut merged = Merged::new(own, |mount| &mount.name);
    let mut by_path = Merged::new(own, |mount| &mount.mount_path);
    for preset in presets {
        for mount in preset.spec.volume_mounts.iter().flatten() {
            let mut report = |found: &VolumeMount, key: &dyn Display| {
                let about = format!("volume mounts for {} has a conflict on {key}", name(preset));
                let values = (go_text::volume_mount(mount), go_text::volume_mount(found));
                conflicts.push(conflict(&about, &values.0, &values.1, " in container"));
            };
            if let Some(found) = merged.add(&mount.name, mount) {
                report(found, &mount.name);
            }
            if let Some(found) = by_path.add(&mount.mount_path, mount) {
                report(found, &format_args!("mount path {}", mount.mount_path));
            }
        }
    }
    merged.list
}

/// PP-11.
fn merged_volumes(own: &[Volume], presets: &[PodPreset], conflicts: &mut Vec<String>) -> Vec<Volume> {
    let mut merged = Merged::new(own, |volume| &volume.name);
    for preset in presets {
        for volume in preset.spec.volumes.iter().flatten() {
            if let Some(found) = merged.add(&volume.name, volume) {
                let about = format!("volumes for {} has a conflict on {}", name(preset), volume.name);
                conflicts.push(conflict(&about, &go_text::volume(volume), &go_text::volume(found), ""));
            }
        }
    }
    merged.list
}

/// A list that grows by what it doesn't have yet.
struct Merged<T> {
    list: Vec<T>,
    by_key: BTreeMap<String, T>,
}

// === impl Merged ===

impl<T: Clone + PartialEq> Merged<T> {
    fn new(own: &[T], key: impl Fn(&T) -> &String) -> Self {
        Self {
            list: own.to_vec(),
            by_key: own.iter().map(|item| (key(item).clone(), item.clone())).collect(),
        }
    }

    /// Adds an item; returns the one of the same key when that is different.
    fn add(&mut self, key: &str, item: &T) -> Option<&T> {
        if !self.by_key.contains_key(key) {
            self.by_key.insert(key.to_owned(), item.clone());
            self.list.push(item.clone());
        }
        self.by_key.get(key).filter(|found| *found != item)
    }
}

fn conflict(about: &str, new: &str, found: &str, tail: &str) -> String {
    format!("merging {about}: \n{new}\ndoes not match\n{found}\n{tail}")
}

/// Several errors in one, as Kubernetes aggregates them: the same text once, in brackets when there are several.
fn aggregate(conflicts: Vec<String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for conflict in conflicts {
        if !seen.contains(&conflict) {
            seen.push(conflict);
        }
    }
    match seen.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests;
