//! PodPreset: environment and volumes for Pods that match a selector (PP-1…20).
//!
//! Everything is checked before anything is changed: one conflict, and no preset touches the Pod (PP-7).

use std::collections::BTreeMap;
use std::fmt::Display;

use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, Pod, Volume, VolumeMount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::Deserialize;
use wasipod_store::{Resource, Store};

use super::go_text;

const EXCLUDE: &str = "podpreset.admission.kubernetes.io/exclude";
const APPLIED: &str = "podpreset.admission.kubernetes.io/podpreset-";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// A preset as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Preset {
    metadata: ObjectMeta,
    #[serde(default)]
    spec: PresetSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PresetSpec {
    selector: LabelSelector,
    env: Vec<EnvVar>,
    env_from: Vec<EnvFromSource>,
    volumes: Vec<Volume>,
    volume_mounts: Vec<VolumeMount>,
}

// === impl Preset ===

impl Preset {
    pub(super) fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }
}

/// All presets of a namespace, by name.
pub(super) fn read_all(store: &Store, namespace: &str) -> Result<Vec<Preset>, String> {
    let list = store.list(Resource::POD_PRESETS, Some(namespace));
    let presets: Result<Vec<Preset>, _> = list.items.iter().map(wasipod_store::Object::to_wire).collect();
    presets.map_err(|error| format!("listing pod presets failed: {error}"))
}

/// Those that are for this Pod (PP-5, PP-6).
pub(super) fn matching(presets: Vec<Preset>, pod: &Pod) -> Result<Vec<Preset>, String> {
    let annotations = pod.metadata.annotations.as_ref();
    let annotation = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    if annotation(MIRROR).is_some() || annotation(EXCLUDE).is_some_and(|value| value == "true") {
        return Ok(Vec::new());
    }
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let mut found = Vec::new();
    for preset in presets {
        let matches = selects(&preset.spec.selector, &labels)
            .map_err(|error| format!("filtering pod presets failed: {error}"))?;
        if matches {
            found.push(preset);
        }
    }
    Ok(found)
}

/// Merges all presets into the Pod, or none.
///
/// # Errors
/// The text of all conflicts (PP-15).
pub(super) fn merge(pod: &mut Pod, presets: &[Preset]) -> Result<(), String> {
    if presets.is_empty() {
        return Ok(());
    }
    let Some(spec) = &mut pod.spec else { return Ok(()) };
    let mut conflicts = Vec::new();
    let volumes = merged_volumes(spec.volumes.as_deref().unwrap_or_default(), presets, &mut conflicts);
    let mut merged_list = |containers: &[Container]| {
        containers.iter().map(|container| merged_container(container, presets, &mut conflicts)).collect::<Vec<_>>()
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
        annotations.insert(format!("{APPLIED}{}", preset.name()), version);
    }
    Ok(())
}

fn merged_container(container: &Container, presets: &[Preset], conflicts: &mut Vec<String>) -> Container {
    let mut merged = container.clone();
    let env = merged_env(container.env.as_deref().unwrap_or_default(), presets, conflicts);
    let mounts = merged_mounts(container.volume_mounts.as_deref().unwrap_or_default(), presets, conflicts);
    // PP-9: duplicates are kept.
    let sources = presets.iter().flat_map(|preset| preset.spec.env_from.iter().cloned());
    let env_from: Vec<_> = container.env_from.iter().flatten().cloned().chain(sources).collect();
    merged.env = (!env.is_empty()).then_some(env);
    merged.volume_mounts = (!mounts.is_empty()).then_some(mounts);
    merged.env_from = (!env_from.is_empty()).then_some(env_from);
    merged
}

/// PP-8.
fn merged_env(own: &[EnvVar], presets: &[Preset], conflicts: &mut Vec<String>) -> Vec<EnvVar> {
    let mut merged = Merged::new(own, |var| &var.name);
    for preset in presets {
        for var in &preset.spec.env {
            if let Some(found) = merged.add(&var.name, var) {
                let about = format!("env for {} has a conflict on {}", preset.name(), var.name);
                let values = (go_text::env_var(var), go_text::env_var(found));
                conflicts.push(conflict(&about, &values.0, &values.1, " in container"));
            }
        }
    }
    merged.list
}

/// PP-10.
fn merged_mounts(own: &[VolumeMount], presets: &[Preset], conflicts: &mut Vec<String>) -> Vec<VolumeMount> {
    let mut merged = Merged::new(own, |mount| &mount.name);
    let mut by_path = Merged::new(own, |mount| &mount.mount_path);
    for preset in presets {
        for mount in &preset.spec.volume_mounts {
            let mut report = |found: &VolumeMount, key: &dyn Display| {
                let about = format!("volume mounts for {} has a conflict on {key}", preset.name());
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
fn merged_volumes(own: &[Volume], presets: &[Preset], conflicts: &mut Vec<String>) -> Vec<Volume> {
    let mut merged = Merged::new(own, |volume| &volume.name);
    for preset in presets {
        for volume in &preset.spec.volumes {
            if let Some(found) = merged.add(&volume.name, volume) {
                let about = format!("volumes for {} has a conflict on {}", preset.name(), volume.name);
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
        Self { list: own.to_vec(), by_key: own.iter().map(|item| (key(item).clone(), item.clone())).collect() }
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

fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> Result<bool, String> {
    let simple = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    let mut all = simple;
    for requirement in selector.match_expressions.iter().flatten() {
        let value = labels.get(&requirement.key);
        let values = requirement.values.as_deref().unwrap_or_default();
        let is_in = value.is_some_and(|value| values.contains(value));
        all &= match requirement.operator.as_str() {
            "In" => is_in,
            "NotIn" => !is_in,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            other => return Err(format!("{other:?} is not a valid label selector operator")),
        };
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
