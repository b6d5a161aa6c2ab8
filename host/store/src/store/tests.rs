#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::JournalError;

#[derive(Clone, Default)]
struct Fake {
    seconds: Arc<AtomicI64>,
    random: Arc<AtomicU64>,
}

impl Surroundings for Fake {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_735_689_600 + self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    fn random(&self) -> u64 {
        self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst)
    }
}

fn store() -> (Store, Fake) {
    let fake = Fake::default();
    (Store::in_memory(fake.clone()), fake)
}

fn pod(name: &str) -> Object {
    pod_in("default", name)
}

fn pod_in(namespace: &str, name: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": {"nodeName": "node", "terminationGracePeriodSeconds": 30, "x": 9_007_199_254_740_993_i64},
        "status": {"phase": "Running"},
    }))
}

fn edited(object: &Object, pointer: &str, value: Value) -> Object {
    let mut tree = object.as_value().clone();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    tree.pointer_mut(parent).unwrap()[field] = value;
    Object::new(tree)
}

#[test]
fn a_created_object_gets_uid_time_and_version_and_keeps_big_integers() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    assert_eq!(created.version(), Some(1));
    assert_eq!(created.uid().len(), 36);
    assert_eq!(&created.uid()[14..15], "4");
    assert_eq!(created.as_value()["metadata"]["creationTimestamp"], "2025-01-01T00:00:00Z");
    assert_eq!(created.as_value()["spec"]["x"].as_i64(), Some(9_007_199_254_740_993));
    assert_eq!(store.get(Resource::PODS, "default", "a").unwrap(), created);
}

#[test]
fn errors_speak_as_kubernetes_does() {
    let (store, _) = store();
    store.create(Resource::PODS, &pod("a")).unwrap();
    let taken = store.create(Resource::PODS, &pod("a")).unwrap_err();
    assert_eq!((taken.to_string().as_str(), taken.code()), (r#"pods "a" already exists"#, 409));
    let missing = store.get(Resource::POD_PRESETS, "default", "p").unwrap_err();
    assert_eq!(missing.to_string(), r#"podpresets.settings.k8s.io "p" not found"#);
    assert_eq!((missing.reason(), missing.code()), ("NotFound", 404));
    let stale =
        edited(&store.get(Resource::PODS, "default", "a").unwrap(), "/metadata/resourceVersion", json!("9"));
    assert_eq!(
        store.update(Resource::PODS, &stale).unwrap_err().to_string(),
        "Operation cannot be fulfilled on pods \"a\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let nameless = Object::new(json!({"metadata": {"namespace": "default"}}));
    assert_eq!(
        store.create(Resource::PODS, &nameless).unwrap_err().to_string(),
        "name or generateName is required"
    );
    let renewed = edited(&stale, "/metadata/resourceVersion", json!(null));
    let moved = edited(&renewed, "/metadata/creationTimestamp", json!("2020-01-01T00:00:00Z"));
    assert_eq!(
        store.update(Resource::PODS, &moved).unwrap_err().to_string(),
        r#"Pod "a" is invalid: metadata.creationTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable"#
    );
}

#[test]
fn generated_names_end_with_five_letters_of_the_alphabet_without_vowels() {
    let (store, _) = store();
    let object = Object::new(json!({"metadata": {"generateName": "job-", "namespace": "default"}}));
    let created = store.create(Resource::PODS, &object).unwrap();
    let suffix = created.name().strip_prefix("job-").unwrap();
    assert_eq!(suffix.len(), 5);
    assert!(suffix.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c)), "{suffix}");
}

#[test]
fn when_every_generated_name_is_taken_the_error_says_so() {
    struct Stuck;
    impl Surroundings for Stuck {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn random(&self) -> u64 {
            0
        }
    }
    let store = Store::in_memory(Stuck);
    let object = Object::new(json!({"metadata": {"generateName": "j-", "namespace": "default"}}));
    store.create(Resource::PODS, &object).unwrap();
    assert_eq!(
        store.create(Resource::PODS, &object).unwrap_err().to_string(),
        r#"pods "j-bbbbb" already exists, the server was not able to generate a unique name for the object"#
    );
}

#[test]
fn an_update_leaves_the_status_and_counts_the_generation_when_the_spec_changes() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    let changed = edited(&edited(&created, "/spec/x", json!(1)), "/status/phase", json!("Failed"));
    let updated = store.update(Resource::PODS, &changed).unwrap();
    assert_eq!(updated.as_value()["status"]["phase"], "Running");
    assert_eq!(updated.as_value()["metadata"]["generation"], 2);
    let labelled = edited(&updated, "/metadata/labels", json!({"a": "b"}));
    let labelled = store.update(Resource::PODS, &labelled).unwrap();
    assert_eq!(labelled.as_value()["metadata"]["generation"], 2);
    assert_eq!(labelled.labels().collect::<Vec<_>>(), [("a", "b")]);
}

#[test]
fn a_status_update_leaves_everything_else() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    let changed = edited(&edited(&created, "/spec/x", json!(1)), "/status/phase", json!("Failed"));
    let updated = store.update_status(Resource::PODS, &changed).unwrap();
    assert_eq!(updated.as_value()["status"]["phase"], "Failed");
    assert_eq!(updated.as_value()["spec"], created.as_value()["spec"]);
    assert_eq!(updated.as_value()["metadata"]["generation"], 1);
}

#[test]
fn an_update_that_changes_nothing_makes_no_version() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    assert_eq!(store.update(Resource::PODS, &created).unwrap(), created);
    assert_eq!(store.version(), 1);
}

#[test]
fn modify_writes_spec_and_status_and_doesnt_count_the_generation() {
    let (store, _) = store();
    store.create(Resource::PODS, &pod("a")).unwrap();
    let bound = store.modify(Resource::PODS, "default", "a", |value| -> Result<(), Error> {
        value["spec"]["nodeName"] = json!("other");
        value["status"]["phase"] = json!("Pending");
        Ok(())
    });
    let bound = bound.unwrap();
    assert_eq!((bound.version(), &bound.as_value()["spec"]["nodeName"]), (Some(2), &json!("other")));
    assert_eq!(bound.as_value()["metadata"]["generation"], 1);
    let refused = store.modify(Resource::PODS, "default", "a", |_| Err(Error::BadRequest("no".to_owned())));
    assert_eq!(refused.unwrap_err().to_string(), "no");
}

#[test]
fn a_running_pod_is_marked_and_its_grace_can_only_shrink() {
    let (store, fake) = store();
    store.create(Resource::PODS, &pod("a")).unwrap();
    let delete = |grace| {
        let options = DeleteOptions { grace_period_seconds: grace, ..DeleteOptions::default() };
        store.delete(Resource::PODS, "default", "a", &options).unwrap()
    };
    let state = |deletion: &Deletion| {
        let metadata = &deletion.object().as_value()["metadata"];
        let (time, period) = (&metadata["deletionTimestamp"], &metadata["deletionGracePeriodSeconds"]);
        (
            time.as_str().unwrap().to_owned(),
            period.as_i64().unwrap(),
            metadata["generation"].as_i64().unwrap(),
        )
    };
    // DEL-1, DEL-3.
    assert_eq!(state(&delete(None)), ("2025-01-01T00:00:30Z".to_owned(), 30, 2));
    // DEL-4.
    assert_eq!(state(&delete(Some(60))), ("2025-01-01T00:00:30Z".to_owned(), 30, 2));
    assert_eq!(state(&delete(Some(20))), ("2025-01-01T00:00:20Z".to_owned(), 20, 2));
    fake.seconds.store(15, Ordering::SeqCst);
    assert_eq!(state(&delete(Some(10))), ("2025-01-01T00:00:15Z".to_owned(), 1, 2));
    // DEL-5.
    assert!(matches!(delete(Some(0)), Deletion::Done(_)));
    assert!(store.get(Resource::PODS, "default", "a").is_err());
}

#[test]
fn a_pod_without_node_or_already_ended_goes_at_once() {
    let (store, _) = store();
    let waiting = edited(&pod("waiting"), "/spec/nodeName", json!(""));
    let ended = edited(&pod("ended"), "/status/phase", json!("Succeeded"));
    for object in [waiting, ended] {
        store.create(Resource::PODS, &object).unwrap();
        let deletion = store.delete(Resource::PODS, "default", object.name(), &DeleteOptions::default());
        assert!(matches!(deletion.unwrap(), Deletion::Done(_)), "DEL-2");
    }
}

#[test]
fn a_wrong_uid_stops_a_deletion() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    let options = DeleteOptions { uid: Some("other".to_owned()), ..DeleteOptions::default() };
    let refused = store.delete(Resource::PODS, "default", "a", &options).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "Operation cannot be fulfilled on Pod \"a\": the UID in the precondition (other) does not match the UID in record ({}). The object might have been deleted and then recreated",
            created.uid()
        ),
        "DEL-10"
    );
}

#[test]
fn an_object_with_finalizers_goes_when_they_are_gone() {
    let (store, _) = store();
    let secret =
        Object::new(json!({"metadata": {"name": "s", "namespace": "default", "finalizers": ["x/y"]}}));
    store.create(Resource::SECRETS, &secret).unwrap();
    let deletion = store.delete(Resource::SECRETS, "default", "s", &DeleteOptions::default()).unwrap();
    let Deletion::Begun(waiting) = deletion else { panic!("DEL-11") };
    store.update(Resource::SECRETS, &edited(&waiting, "/metadata/finalizers", json!([]))).unwrap();
    assert!(store.get(Resource::SECRETS, "default", "s").is_err());
}

#[test]
fn a_list_is_of_one_namespace_or_of_all_in_order() {
    let (store, _) = store();
    for (namespace, name) in [("b", "1"), ("a", "2"), ("a", "1"), ("aa", "0")] {
        store.create(Resource::PODS, &pod_in(namespace, name)).unwrap();
    }
    let names = |list: List| {
        list.items.iter().map(|pod| format!("{}/{}", pod.namespace(), pod.name())).collect::<Vec<_>>()
    };
    assert_eq!(names(store.list(Resource::PODS, Some("a"))), ["a/1", "a/2"]);
    assert_eq!(names(store.list(Resource::PODS, None)), ["a/1", "a/2", "aa/0", "b/1"]);
    assert!(store.list(Resource::SECRETS, None).items.is_empty());
}

#[test]
fn a_watch_from_a_version_delivers_what_came_after_it_and_the_state_before() {
    let (store, _) = store();
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    let mut watcher = store.watch(Resource::PODS, None, 1).unwrap();
    let updated = store.update(Resource::PODS, &edited(&created, "/spec/x", json!(1))).unwrap();
    let change = watcher.try_next().unwrap().unwrap();
    assert_eq!((change.version, change.kind), (2, ChangeKind::Modified));
    assert_eq!((change.previous.unwrap(), change.object), (created, updated));
    assert_eq!(watcher.try_next().unwrap(), None);
    store.create(Resource::SECRETS, &pod("s")).unwrap();
    assert_eq!((watcher.try_next().unwrap(), watcher.version()), (None, 3));
}

#[test]
fn a_watcher_that_falls_behind_is_told_and_holds_nobody_up() {
    let store = Store::with_journal(Fake::default(), Box::new(Forgetful), 3);
    let mut slow = store.watch(Resource::PODS, None, 0).unwrap();
    let mut quick = store.watch(Resource::PODS, None, 0).unwrap();
    for number in 1..=5 {
        store.create(Resource::PODS, &pod(&format!("p{number}"))).unwrap();
        assert_eq!(quick.try_next().unwrap().unwrap().version, number);
    }
    assert_eq!(slow.try_next().unwrap_err().to_string(), "too old resource version: 0 (2)");
    assert_eq!(store.watch(Resource::PODS, None, 1).err().unwrap().code(), 410);
    assert!(store.watch(Resource::PODS, None, 2).is_ok());
    assert!(matches!(
        store.watch(Resource::PODS, None, 6),
        Err(Error::TooLarge { requested: 6, current: 5 })
    ));
}

#[test]
fn what_the_journal_refuses_did_not_happen() {
    struct Full;
    impl Journal for Full {
        fn record(&mut self, change: &Change) -> Result<(), JournalError> {
            if change.version > 1 { Err(std::io::Error::other("disk full").into()) } else { Ok(()) }
        }
    }
    let store = Store::with_journal(Fake::default(), Box::new(Full), 10);
    let created = store.create(Resource::PODS, &pod("a")).unwrap();
    let mut watcher = store.watch(Resource::PODS, None, 1).unwrap();
    assert_eq!(store.create(Resource::PODS, &pod("b")).unwrap_err().reason(), "InternalError");
    assert!(store.update(Resource::PODS, &edited(&created, "/spec/x", json!(2))).is_err());
    assert_eq!(store.list(Resource::PODS, None), List { items: vec![created], version: 1 });
    assert_eq!(watcher.try_next().unwrap(), None);
}

#[test]
fn debug_output_shows_no_content() {
    let (store, _) = store();
    let secret = Object::new(
        json!({"kind": "Secret", "metadata": {"name": "s", "namespace": "default"}, "data": {"k": "hidden"}}),
    );
    let stored = store.create(Resource::SECRETS, &secret).unwrap();
    assert_eq!(format!("{stored:?}"), "Secret default/s (1)");
    assert_eq!(format!("{store:?}"), "Store at 1");
}

#[tokio::test]
async fn waiting_watchers_wake_in_any_number_and_a_dropped_wait_loses_nothing() {
    let (store, _) = store();
    let mut watchers: Vec<_> =
        (0..50).map(|_| store.watch(Resource::PODS, Some("default"), 0).unwrap()).collect();
    let mut impatient = store.watch(Resource::PODS, None, 0).unwrap();
    tokio::select! { biased;
        _ = impatient.next() => panic!("nothing happened yet"),
        () = std::future::ready(()) => {}
    }
    let writer = store.clone();
    let writing = tokio::spawn(async move {
        for number in 0..10 {
            let namespace = if number % 2 == 0 { "default" } else { "other" };
            writer.create(Resource::PODS, &pod_in(namespace, &format!("p{number}"))).unwrap();
            tokio::task::yield_now().await;
        }
    });
    for watcher in &mut watchers {
        for expected in [1, 3, 5, 7, 9] {
            assert_eq!(watcher.next().await.unwrap().version, expected);
        }
    }
    writing.await.unwrap();
    assert_eq!(impatient.next().await.unwrap().version, 1);
}

#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Update(u8, u8),
    Delete(u8),
    Read(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..6u8).prop_map(Step::Create),
        (0..6u8, any::<u8>()).prop_map(|(name, x)| Step::Update(name, x)),
        (0..6u8).prop_map(Step::Delete),
        (0..4u8).prop_map(Step::Read),
    ];
    proptest::collection::vec(step, 0..120)
}

proptest! {
    /// API-64: whoever lists and then watches knows at every version what the store holds, however late it reads.
    #[test]
    fn list_and_watch_replays_the_store_exactly(steps in steps()) {
        let (store, _) = store();
        let (_, mut late) = store.list_and_watch(Resource::PODS, None).unwrap();
        let mut replicas: Vec<(BTreeMap<String, Object>, Watcher)> = Vec::new();
        for step in &steps {
            match step {
                Step::Create(name) => drop(store.create(Resource::PODS, &pod(&name.to_string()))),
                Step::Update(name, x) => {
                    if let Ok(stored) = store.get(Resource::PODS, "default", &name.to_string()) {
                        store.update(Resource::PODS, &edited(&stored, "/spec/x", json!(x))).unwrap();
                    }
                }
                Step::Delete(name) => {
                    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
                    drop(store.delete(Resource::PODS, "default", &name.to_string(), &options));
                }
                Step::Read(_) if replicas.len() < 3 => {
                    let (list, watcher) = store.list_and_watch(Resource::PODS, None).unwrap();
                    let known = list.items.into_iter().map(|pod| (pod.name().to_owned(), pod)).collect();
                    replicas.push((known, watcher));
                }
                Step::Read(which) => {
                    if let Some((known, watcher)) = replicas.get_mut(usize::from(*which)) {
                        catch_up(known, watcher);
                    }
                }
            }
        }
        let truth: Vec<_> = store.list(Resource::PODS, None).items;
        for (known, watcher) in &mut replicas {
            catch_up(known, watcher);
            prop_assert_eq!(known.values().cloned().collect::<Vec<_>>(), truth.clone());
        }
        let versions: Vec<_> = std::iter::from_fn(|| late.try_next().unwrap()).map(|change| change.version).collect();
        prop_assert_eq!(versions, (1..=store.version()).collect::<Vec<_>>());
    }
}

/// Applies what is new, checking that every change follows from what is known.
fn catch_up(known: &mut BTreeMap<String, Object>, watcher: &mut Watcher) {
    while let Some(change) = watcher.try_next().unwrap() {
        let name = change.object.name().to_owned();
        assert_eq!(change.object.version(), Some(change.version));
        assert_eq!(known.get(&name), change.previous.as_ref());
        match change.kind {
            ChangeKind::Added => assert!(known.insert(name, change.object).is_none()),
            ChangeKind::Modified => assert!(known.insert(name, change.object).is_some()),
            ChangeKind::Deleted => assert!(known.remove(&name).is_some()),
        }
    }
}
