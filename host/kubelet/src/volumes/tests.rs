use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use wasipod_api::model::env::FieldPath;
use wasipod_api::model::resources::ResourceList;
use wasipod_api::model::volume::{DownwardFile, DownwardSource, HostPathType, KeyToPath, ObjectFiles};
use wasipod_api::model::{ConfigMap, Secret, SecretBytes};

use super::*;
use crate::ports::{ObjectReader, ReadError};
use crate::testing;

/// Secret `s` with keys user and pass, ConfigMap `m` with text and binary data.
struct Store;

impl ObjectReader for Store {
    fn secret(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<Secret>>, ReadError>> {
        let entry = |key: &str, value: &str| (key.to_owned(), SecretBytes::new(value.as_bytes().to_vec()));
        let data = [entry("user", "admin"), entry("pass", "1f2d")].into();
        let found = (name == "s").then(|| Arc::new(Secret { data, ..Secret::default() }));
        async move { Ok(found) }.boxed()
    }

    fn config_map(&self, _: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<ConfigMap>>, ReadError>> {
        let map = ConfigMap {
            data: [("k".to_owned(), "v".to_owned()), ("user".to_owned(), "other".to_owned())].into(),
            binary_data: [("b".to_owned(), vec![0, 255])].into(),
            ..ConfigMap::default()
        };
        let found = (name == "m").then(|| Arc::new(map));
        async move { Ok(found) }.boxed()
    }

    fn changes(&self) -> mpsc::UnboundedReceiver<ObjectRef> {
        mpsc::unbounded_channel().1
    }
}

fn whole(name: &str) -> ObjectFiles {
    ObjectFiles { name: name.to_owned(), items: Vec::new(), default_mode: 0o644, optional: false }
}

fn items(name: &str, items: &[(&str, &str, Option<u32>)], optional: bool) -> ObjectFiles {
    let item = |(key, path, mode): &(&str, &str, Option<u32>)| KeyToPath {
        key: (*key).to_owned(),
        path: (*path).to_owned(),
        mode: *mode,
    };
    ObjectFiles { items: items.iter().map(item).collect(), optional, ..whole(name) }
}

fn set_up(wanted: Wanted) -> Result<Vec<(String, String, u32)>, String> {
    let volume = Volume { name: "v".to_owned(), source: wanted };
    let mut pod = testing::pod("p");
    pod.labels = [("cluster".to_owned(), "a\"b".to_owned()), ("app".to_owned(), "x".to_owned())].into();
    let objects = Objects::read(&Store, references(&pod, &volume)).now_or_never().unwrap();
    let place = Place { host_ips: &[], pod_ips: &[], allocatable: &ResourceList::default() };
    let files = files(&pod, &volume, &objects, place)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(files.iter().map(|(path, file)| (path.clone(), text(&file.bytes), file.mode)).collect())
}

fn file(path: &str, content: &str, mode: u32) -> (String, String, u32) {
    (path.to_owned(), content.to_owned(), mode)
}

#[test]
fn without_items_every_key_is_a_file_vol_10() {
    let files = set_up(Wanted::Secret(whole("s"))).unwrap();
    assert_eq!(files, [file("pass", "1f2d", 0o644), file("user", "admin", 0o644)]);
    let files = set_up(Wanted::ConfigMap(whole("m"))).unwrap();
    assert_eq!(files.iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(), ["b", "k", "user"]);
}

#[test]
fn items_choose_keys_paths_and_modes_vol_10_vol_11() {
    let chosen = items("s", &[("user", "sub/name", Some(0o400))], false);
    assert_eq!(set_up(Wanted::Secret(chosen)).unwrap(), [file("sub/name", "admin", 0o400)]);
}

#[test]
fn what_is_missing_is_named_unless_it_may_be_vol_12() {
    let table = [
        (Wanted::Secret(whole("x")), Err("secret \"x\" not found".to_owned())),
        (Wanted::ConfigMap(whole("x")), Err("configmap \"x\" not found".to_owned())),
        (
            Wanted::Secret(items("s", &[("k", "k", None)], false)),
            Err("references non-existent secret key: k".to_owned()),
        ),
        (
            Wanted::ConfigMap(items("m", &[("z", "z", None)], false)),
            Err("configmap references non-existent config key: z".to_owned()),
        ),
        (Wanted::Secret(items("x", &[], true)), Ok(Vec::new())),
        (Wanted::Secret(items("s", &[("k", "k", None)], true)), Ok(Vec::new())),
    ];
    for (wanted, outcome) in table {
        assert_eq!(set_up(wanted), outcome);
    }
}

#[test]
fn projected_sources_merge_and_a_later_one_overwrites_vol_18_vol_19() {
    let both = |sources| Wanted::Projected { sources, default_mode: 0o440 };
    let sources = vec![ProjectedSource::Secret(whole("s")), ProjectedSource::ConfigMap(whole("m"))];
    let files = set_up(both(sources)).unwrap();
    assert_eq!(files[2..], [file("pass", "1f2d", 0o440), file("user", "other", 0o440)]);
    let missing = vec![ProjectedSource::Secret(whole("a")), ProjectedSource::Secret(whole("b"))];
    assert_eq!(set_up(both(missing)).unwrap_err(), "[secret \"a\" not found, secret \"b\" not found]");
}

#[test]
fn downward_files_tell_of_the_pod_vol_17_seed_23() {
    let item = |path: &str, field| DownwardFile {
        path: path.to_owned(),
        source: DownwardSource::Field(field),
        mode: None,
    };
    let items = vec![item("labels", FieldPath::Labels), item("name", FieldPath::Name)];
    let files = set_up(Wanted::DownwardApi { items, default_mode: 0o644 }).unwrap();
    assert_eq!(files, [file("labels", "app=\"x\"\ncluster=\"a\\\"b\"", 0o644), file("name", "p", 0o644)]);
}

#[test]
fn only_written_volumes_are_read_only_vol_16() {
    let path = Wanted::HostPath { path: "/data".to_owned(), kind: HostPathType::Unset };
    let table = [
        (Wanted::EmptyDir { medium: EmptyDirMedium::Disk, size_limit: None }, false),
        (path, false),
        (Wanted::Secret(whole("s")), true),
        (Wanted::Projected { sources: Vec::new(), default_mode: 0 }, true),
    ];
    for (source, written) in table {
        assert_eq!(is_written(&Volume { name: "v".to_owned(), source }), written);
    }
}

#[test]
fn a_memory_volume_is_as_large_as_the_smallest_limit_vol_2() {
    let volume = |size_limit| Volume {
        name: "v".to_owned(),
        source: Wanted::EmptyDir { medium: EmptyDirMedium::Memory, size_limit },
    };
    let mut pod = testing::pod("p");
    let allocatable = ResourceList { memory: Some(ByteSize(300)), ..ResourceList::default() };
    let place = Place { host_ips: &[], pod_ips: &[], allocatable: &allocatable };
    for (own, pods, size) in [(None, None, 300), (Some(100), None, 100), (Some(100), Some(50), 50)] {
        pod.spec.containers[0].resources.limits.memory = pods.map(ByteSize);
        let found = source(&pod, &volume(own.map(ByteSize)), &Objects::default(), place);
        assert_eq!(found, Ok(VolumeSource::EmptyDir { memory: true, size_limit: Some(ByteSize(size)) }));
    }
}
