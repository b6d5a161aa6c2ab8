//! A container's environment (ENV-10…22): pure, the objects have been read before.

use std::net::IpAddr;

use wasipod_api::expand::expand;
use wasipod_api::model::env::{EnvFromSource, KeyRef};
use wasipod_api::model::{Container, EnvSource, Pod};

use crate::container::{Environment, ImageConfig};
use crate::fields::{self, Place};
use crate::objects::{ConfigError, Objects};
use crate::ports::{ObjectKind, ObjectRef};

/// What programs are looked for in when an image says nothing (ENV-22).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A Service as far as variables tell of it (ENV-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddress {
    /// The Service's name.
    pub name: String,
    /// Its cluster IP.
    pub ip: IpAddr,
    /// Its ports: name (may be empty), number, protocol.
    pub ports: Vec<(String, u16, String)>,
}

/// The Secrets and ConfigMaps that the container's environment needs.
pub fn references(pod: &Pod, container: &Container) -> Vec<ObjectRef> {
    let object =
        |kind, name: &str| ObjectRef { kind, namespace: pod.namespace.clone(), name: name.to_owned() };
    let whole = container.env_from.iter().map(|from| match &from.source {
        EnvFromSource::ConfigMap { name, .. } => object(ObjectKind::ConfigMap, name),
        EnvFromSource::Secret { name, .. } => object(ObjectKind::Secret, name),
    });
    let keys = container.env.iter().filter_map(|variable| match &variable.source {
        EnvSource::SecretKey(key) => Some(object(ObjectKind::Secret, &key.name)),
        EnvSource::ConfigMapKey(key) => Some(object(ObjectKind::ConfigMap, &key.name)),
        EnvSource::Value(_) | EnvSource::Field(_) | EnvSource::Resource(_) => None,
    });
    whole.chain(keys).collect()
}

/// What the Pod declares for the container, expanded, with the variables of `services` at the end.
///
/// # Errors
/// [`ConfigError`] for a missing object or key: the message of `CreateContainerConfigError` (ENV-14, ENV-15).
pub fn declared(
    pod: &Pod,
    container: &Container,
    objects: &Objects,
    services: &[ServiceAddress],
    place: Place<'_>,
) -> Result<Environment, ConfigError> {
    let services = service_variables(services);
    let mut env = Environment::default();
    for from in &container.env_from {
        let (kind, name, optional) = match &from.source {
            EnvFromSource::ConfigMap { name, optional } => (ObjectKind::ConfigMap, name, *optional),
            EnvFromSource::Secret { name, optional } => (ObjectKind::Secret, name, *optional),
        };
        for (key, value) in objects.variables(kind, &pod.namespace, name, optional)? {
            env.set(format!("{}{key}", from.prefix), value);
        }
    }
    for variable in &container.env {
        let value = match &variable.source {
            EnvSource::Value(text) => Some(expand(text, |name| env.get(name).or_else(|| services.get(name)))),
            EnvSource::SecretKey(key) => keyed(objects, ObjectKind::Secret, pod, key)?,
            EnvSource::ConfigMapKey(key) => keyed(objects, ObjectKind::ConfigMap, pod, key)?,
            EnvSource::Field(path) => Some(fields::field(path, pod, place)),
            EnvSource::Resource(reference) => {
                Some(fields::resource(reference, pod, place).map_err(ConfigError)?)
            }
        };
        if let Some(value) = value {
            env.set(&variable.name, value);
        }
    }
    for (name, value) in services.0 {
        if env.get(&name).is_none() {
            env.0.push((name, value));
        }
    }
    Ok(env)
}

fn keyed(
    objects: &Objects,
    kind: ObjectKind,
    pod: &Pod,
    key: &KeyRef,
) -> Result<Option<String>, ConfigError> {
    objects.variable(kind, &pod.namespace, &key.name, &key.key, key.optional)
}

/// The whole environment: HOSTNAME, the image's, the Pod's; the later wins (ENV-10, ENV-22).
pub fn complete(hostname: &str, image: &ImageConfig, declared: &Environment) -> Environment {
    let mut env = Environment::default();
    if !image.env.iter().any(|(name, _)| name == "PATH") {
        env.set("PATH", DEFAULT_PATH);
    }
    env.set("HOSTNAME", hostname);
    for (name, value) in image.env.iter().chain(&declared.0) {
        env.set(name, value);
    }
    env
}

/// The variables that tell of Services (ENV-20, ENV-21).
fn service_variables(services: &[ServiceAddress]) -> Environment {
    let mut env = Environment::default();
    for service in services {
        let name = service.name.to_uppercase().replace('-', "_");
        let Some((_, first, first_protocol)) = service.ports.first() else { continue };
        let url = |protocol: &str, port| match service.ip {
            IpAddr::V4(ip) => format!("{}://{ip}:{port}", protocol.to_lowercase()),
            IpAddr::V6(ip) => format!("{}://[{ip}]:{port}", protocol.to_lowercase()),
        };
        env.set(format!("{name}_SERVICE_HOST"), service.ip.to_string());
        env.set(format!("{name}_SERVICE_PORT"), first.to_string());
        for (port_name, port, _) in &service.ports {
            if !port_name.is_empty() {
                let port_name = port_name.to_uppercase().replace('-', "_");
                env.set(format!("{name}_SERVICE_PORT_{port_name}"), port.to_string());
            }
        }
        env.set(format!("{name}_PORT"), url(first_protocol, *first));
        for (_, port, protocol) in &service.ports {
            let prefix = format!("{name}_PORT_{port}_{}", protocol.to_uppercase());
            env.set(prefix.clone(), url(protocol, *port));
            env.set(format!("{prefix}_PROTO"), protocol.to_lowercase());
            env.set(format!("{prefix}_PORT"), port.to_string());
            env.set(format!("{prefix}_ADDR"), service.ip.to_string());
        }
    }
    env
}

#[cfg(test)]
mod tests;
