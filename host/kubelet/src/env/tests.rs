use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use wasipod_api::model::env::{EnvFrom, EnvVar, FieldPath, ResourceRef, ResourceSide};
use wasipod_api::model::resources::{ByteSize, MilliCpu, ResourceList};
use wasipod_api::model::{ConfigMap, Quantity, Secret, SecretBytes};

use super::*;
use crate::node::NodeConfig;
use crate::ports::{ObjectReader, ReadError};
use crate::testing;

/// ConfigMap `m` and Secret `s` exist.
struct Store;

impl ObjectReader for Store {
    fn secret(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<Secret>>, ReadError>> {
        let data = [("p".to_owned(), SecretBytes::new(b"hidden".to_vec()))].into();
        let found = (name == "s").then(|| Arc::new(Secret { data, ..Secret::default() }));
        async move { Ok(found) }.boxed()
    }

    fn config_map(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<ConfigMap>>, ReadError>> {
        let data = [("A".to_owned(), "from-map".to_owned()), ("b.c".to_owned(), "2".to_owned())].into();
        let found = (name == "m").then(|| Arc::new(ConfigMap { data, ..ConfigMap::default() }));
        async move { Ok(found) }.boxed()
    }

    fn changes(&self) -> mpsc::UnboundedReceiver<ObjectRef> {
        mpsc::unbounded_channel().1
    }
}

fn value(name: &str, text: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), source: EnvSource::Value(text.to_owned()) }
}

fn key(name: &str, key: &str, optional: bool) -> KeyRef {
    KeyRef { name: name.to_owned(), key: key.to_owned(), optional }
}

fn build(container: &Container) -> Result<Environment, ConfigError> {
    let pod = testing::pod("p");
    let objects = Objects::read(&Store, references(&pod, container)).now_or_never().unwrap();
    let allocatable = ResourceList { cpu: Some(MilliCpu(4000)), ..ResourceList::default() };
    let ips = ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()];
    let place = Place { host_ips: &ips[..1], pod_ips: &ips, allocatable: &allocatable };
    declared(&pod, container, &objects, &NodeConfig::new("n", Vec::new()).services, place)
}

#[test]
fn variables_are_set_in_order_and_see_earlier_ones_only_env_10_env_11_env_12() {
    let mut container = testing::container("c");
    let source = EnvFromSource::ConfigMap { name: "m".to_owned(), optional: false };
    container.env_from = vec![EnvFrom { prefix: "X_".to_owned(), source }];
    container.env = vec![
        value("A", "1"),
        value("B", "$(A) $(C) $(X_A) $(KUBERNETES_SERVICE_PORT) $$(A)"),
        value("C", "3"),
        value("A", "$(A)!"),
        value("D", "$(A)"),
    ];
    let env = build(&container).unwrap();
    let own: Vec<_> = env.0.iter().filter(|(name, _)| !name.starts_with("KUBERNETES")).cloned().collect();
    let expected = [
        ("X_A", "from-map"),
        ("X_b.c", "2"),
        ("A", "1!"),
        ("B", "1 $(C) from-map 443 $(A)"),
        ("C", "3"),
        ("D", "1!"),
    ];
    assert_eq!(own, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn missing_objects_and_keys_have_their_texts_env_14_env_15() {
    let table = [
        (EnvSource::ConfigMapKey(key("x", "k", false)), "configmap \"x\" not found"),
        (EnvSource::SecretKey(key("x", "k", false)), "secret \"x\" not found"),
        (EnvSource::ConfigMapKey(key("m", "k", false)), "couldn't find key k in ConfigMap default/m"),
        (EnvSource::SecretKey(key("s", "k", false)), "couldn't find key k in Secret default/s"),
    ];
    for (source, text) in table {
        let mut container = testing::container("c");
        container.env = vec![EnvVar { name: "V".to_owned(), source }];
        assert_eq!(build(&container), Err(ConfigError(text.to_owned())));
    }
    let mut container = testing::container("c");
    let optional = |source| EnvVar { name: "V".to_owned(), source };
    container.env = vec![
        optional(EnvSource::ConfigMapKey(key("x", "k", true))),
        optional(EnvSource::SecretKey(key("s", "k", true))),
    ];
    assert_eq!(build(&container).unwrap().get("V"), None);
}

#[test]
fn fields_and_amounts_of_the_pod_are_told_env_17_env_18() {
    let amount = |side, resource: &str, divisor: Quantity| {
        let (container, resource) = ("c".to_owned(), resource.to_owned());
        EnvSource::Resource(ResourceRef { container, side, resource, divisor })
    };
    let table = [
        (EnvSource::Field(FieldPath::Name), "p"),
        (EnvSource::Field(FieldPath::PodIps), "10.0.0.1,fd00::1"),
        (EnvSource::Field(FieldPath::HostIp), "10.0.0.1"),
        (EnvSource::Field(FieldPath::NodeName), "node"),
        (EnvSource::Field(FieldPath::Label("app".to_owned())), "x"),
        (EnvSource::Field(FieldPath::Annotation("none".to_owned())), ""),
        (EnvSource::SecretKey(key("s", "p", false)), "hidden"),
        // Unset limits are the node's, unset requests nothing; all rounded up.
        (amount(ResourceSide::Limits, "cpu", Quantity::whole(1)), "4"),
        (amount(ResourceSide::Requests, "cpu", Quantity::whole(1)), "0"),
        (amount(ResourceSide::Limits, "memory", Quantity::bytes(1 << 20)), "65"),
        (amount(ResourceSide::Requests, "memory", Quantity::whole(1)), "1"),
    ];
    // `resources` of the Pod itself are what the references read.
    let mut pod = testing::pod("p");
    pod.spec.containers[0].resources.limits.memory = Some(ByteSize((64 << 20) + 1));
    pod.spec.containers[0].resources.requests.memory = Some(ByteSize(1));
    let allocatable = ResourceList { cpu: Some(MilliCpu(3500)), ..ResourceList::default() };
    let ips = ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()];
    let place = Place { host_ips: &ips[..1], pod_ips: &ips, allocatable: &allocatable };
    for (source, text) in table {
        let mut container = testing::container("c");
        container.env = vec![EnvVar { name: "V".to_owned(), source }];
        let objects = Objects::read(&Store, references(&pod, &container)).now_or_never().unwrap();
        let env = declared(&pod, &container, &objects, &[], place).unwrap();
        assert_eq!(env.get("V"), Some(text));
    }
}

#[test]
fn every_container_knows_the_service_kubernetes_env_21() {
    let env = build(&testing::container("c")).unwrap();
    let expected = [
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
        ("KUBERNETES_SERVICE_PORT", "443"),
        ("KUBERNETES_SERVICE_PORT_HTTPS", "443"),
        ("KUBERNETES_PORT", "tcp://10.96.0.1:443"),
        ("KUBERNETES_PORT_443_TCP", "tcp://10.96.0.1:443"),
        ("KUBERNETES_PORT_443_TCP_PROTO", "tcp"),
        ("KUBERNETES_PORT_443_TCP_PORT", "443"),
        ("KUBERNETES_PORT_443_TCP_ADDR", "10.96.0.1"),
    ];
    assert_eq!(env.0, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn hostname_comes_first_the_image_next_and_the_pod_wins_env_10_env_22() {
    let image = ImageConfig {
        env: vec![("A".to_owned(), "image".to_owned()), ("B".to_owned(), "image".to_owned())],
        ..ImageConfig::default()
    };
    let declared = Environment(vec![("B".to_owned(), "pod".to_owned())]);
    let env = complete("web", &image, &declared);
    let expected = [("PATH", DEFAULT_PATH), ("HOSTNAME", "web"), ("A", "image"), ("B", "pod")];
    assert_eq!(env.0, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(!format!("{env:?}").contains("pod"));
}
