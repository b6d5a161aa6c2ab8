//! What the API server fills in on create (VAL-2 … VAL-8), on the wire types. Applying it twice changes nothing.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, HTTPGetAction, LifecycleHandler, Pod, PodSpec, Probe, Secret, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;

use crate::model::Quantity;
use crate::object::Object;

/// Fills in an object's defaults; `namespace` is for namespaced objects that name none.
pub fn apply(object: &mut Object, namespace: &str) {
    if object.kind().is_namespaced() && object.metadata().namespace.as_ref().is_none_or(String::is_empty) {
        object.metadata_mut().namespace = Some(namespace.to_owned());
    }
    match object {
        Object::Pod(object) => pod(object),
        Object::Secret(object) => secret(object),
        Object::PodPreset(preset) => {
            preset.spec.volumes.iter_mut().flatten().for_each(volume);
            preset.spec.env.iter_mut().flatten().for_each(variable);
        }
        Object::ConfigMap(_) | Object::Namespace(_) | Object::Node(_) | Object::ServiceAccount(_) => {}
    }
}

/// Fills in a Pod's defaults.
pub fn pod(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else { return };
    unset(&mut spec.dns_policy, "ClusterFirst");
    unset(&mut spec.restart_policy, "Always");
    unset(&mut spec.scheduler_name, "default-scheduler");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(30);
    spec.enable_service_links.get_or_insert(true);
    spec.volumes.iter_mut().flatten().for_each(volume);
    let host_network = spec.host_network == Some(true);
    for one in all_containers(spec) {
        container(one, host_network);
    }
}

fn all_containers(spec: &mut PodSpec) -> impl Iterator<Item = &mut Container> {
    spec.init_containers.iter_mut().flatten().chain(&mut spec.containers)
}

/// An empty text is an unset one (the wire can't tell them apart).
fn unset(field: &mut Option<String>, default: &str) {
    if field.as_ref().is_none_or(String::is_empty) {
        *field = Some(default.to_owned());
    }
}

/// Zero means "default" (VAL-6).
fn zero(field: &mut Option<i32>, default: i32) {
    if field.unwrap_or_default() == 0 {
        *field = Some(default);
    }
}

/// Whether the effective tag is `latest`: said so, or nothing said at all (VAL-3).
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn container(container: &mut Container, host_network: bool) {
    let policy =
        if is_latest(container.image.as_deref().unwrap_or_default()) { "Always" } else { "IfNotPresent" };
    unset(&mut container.image_pull_policy, policy);
    unset(&mut container.termination_message_path, "/dev/termination-log");
    unset(&mut container.termination_message_policy, "File");
    container.ports.iter_mut().flatten().for_each(|one| port(one, host_network));
    container.env.iter_mut().flatten().for_each(variable);
    resources(container);
    for probe in [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe]
    {
        probe.iter_mut().for_each(fill_probe);
    }
    if let Some(lifecycle) = &mut container.lifecycle {
        lifecycle.post_start.iter_mut().for_each(hook);
        lifecycle.pre_stop.iter_mut().for_each(hook);
    }
}

fn port(port: &mut ContainerPort, host_network: bool) {
    unset(&mut port.protocol, "TCP");
    if host_network && port.host_port.unwrap_or_default() == 0 {
        port.host_port = Some(port.container_port);
    }
}

fn variable(variable: &mut EnvVar) {
    if let Some(field) = variable.value_from.as_mut().and_then(|source| source.field_ref.as_mut()) {
        unset(&mut field.api_version, "v1");
    }
}

/// A limit without a request is the request; fractions below a thousandth are rounded up (VAL-5).
fn resources(container: &mut Container) {
    let resources = container.resources.get_or_insert_default();
    for list in [&mut resources.limits, &mut resources.requests] {
        for amount in list.iter_mut().flat_map(|list| list.values_mut()) {
            if let Ok(exact) = Quantity::try_from(&*amount) {
                *amount = WireQuantity::from(exact.round_up_to_milli());
            }
        }
    }
    if let Some(limits) = &resources.limits {
        let requests = resources.requests.get_or_insert_default();
        for (name, limit) in limits {
            requests.entry(name.clone()).or_insert_with(|| limit.clone());
        }
    }
}

fn fill_probe(probe: &mut Probe) {
    zero(&mut probe.timeout_seconds, 1);
    zero(&mut probe.period_seconds, 10);
    zero(&mut probe.success_threshold, 1);
    zero(&mut probe.failure_threshold, 3);
    probe.http_get.iter_mut().for_each(http);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

fn hook(hook: &mut LifecycleHandler) {
    hook.http_get.iter_mut().for_each(http);
}

fn http(http: &mut HTTPGetAction) {
    unset(&mut http.path, "/");
    unset(&mut http.scheme, "HTTP");
}

/// VAL-7.
fn volume(volume: &mut Volume) {
    const MODE: i32 = 0o644;
    let bare = Volume { name: volume.name.clone(), ..Volume::default() };
    if *volume == bare {
        volume.empty_dir = Some(k8s_openapi::api::core::v1::EmptyDirVolumeSource::default());
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode.get_or_insert(MODE);
    }
    if let Some(source) = &mut volume.config_map {
        source.default_mode.get_or_insert(MODE);
    }
    if let Some(source) = &mut volume.host_path {
        source.type_.get_or_insert_default();
    }
    if let Some(source) = &mut volume.image {
        let policy = if is_latest(source.reference.as_deref().unwrap_or_default()) {
            "Always"
        } else {
            "IfNotPresent"
        };
        unset(&mut source.pull_policy, policy);
    }
    let mut files = Vec::new();
    if let Some(source) = &mut volume.downward_api {
        source.default_mode.get_or_insert(MODE);
        files.extend(source.items.iter_mut().flatten());
    }
    if let Some(source) = &mut volume.projected {
        source.default_mode.get_or_insert(MODE);
        for source in source.sources.iter_mut().flatten() {
            if let Some(token) = &mut source.service_account_token {
                token.expiration_seconds.get_or_insert(3600);
            }
            files.extend(source.downward_api.iter_mut().flat_map(|source| source.items.iter_mut().flatten()));
        }
    }
    for field in files.into_iter().filter_map(|file| file.field_ref.as_mut()) {
        unset(&mut field.api_version, "v1");
    }
}

/// `stringData` goes into `data`, over what is there.
pub fn secret(secret: &mut Secret) {
    unset(&mut secret.type_, "Opaque");
    if let Some(texts) = secret.string_data.take() {
        let data = secret.data.get_or_insert_default();
        data.extend(texts.into_iter().map(|(key, text)| (key, ByteString(text.into_bytes()))));
    }
}

#[cfg(test)]
mod tests;
