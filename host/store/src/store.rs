//! The store itself: one lock, one counter, one way for every change.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::history::History;
use crate::journal::{Forgetful, Journal};
use crate::object::{metadata_mut, time_value};
use crate::{
    Change, ChangeKind, DeleteOptions, Deletion, Error, Object, Resource, Version, Watcher, deletion,
    metadata, names,
};

/// How many changes of each resource are remembered for watchers that resume.
const HISTORY: usize = 4_096;

/// What the store needs from the world: it has no clock and no randomness of its own.
pub trait Surroundings: Send + Sync {
    /// The wall clock, for creation and deletion times.
    fn now(&self) -> Timestamp;

    /// 64 random bits, for uids and generated names.
    fn random(&self) -> u64;
}

/// Objects at one version.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// In the order of namespace and name.
    pub items: Vec<Object>,
    /// The version the list was taken at: a watch from here misses nothing.
    pub version: Version,
}

/// A handle on the store; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    surroundings: Box<dyn Surroundings>,
    history: usize,
    state: Mutex<State>,
}

/// Guarded by `Inner::state`.
struct State {
    version: Version,
    tables: BTreeMap<Resource, Table>,
    journal: Box<dyn Journal>,
}

struct Table {
    objects: BTreeMap<Key, Object>,
    history: History,
    news: watch::Sender<Version>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    namespace: String,
    name: String,
}

// === impl Store ===

impl Store {
    /// An empty store that lives as long as the process.
    pub fn in_memory(surroundings: impl Surroundings + 'static) -> Self {
        Self::with_journal(surroundings, Box::new(Forgetful), HISTORY)
    }

    /// An empty store that hands every change to `journal` and remembers `history` changes of each resource.
    pub fn with_journal(
        surroundings: impl Surroundings + 'static,
        journal: Box<dyn Journal>,
        history: usize,
    ) -> Self {
        let state = Mutex::new(State { version: 0, tables: BTreeMap::new(), journal });
        Self { inner: Arc::new(Inner { surroundings: Box::new(surroundings), history, state }) }
    }

    /// The version of the newest change of any resource.
    pub fn version(&self) -> Version {
        self.inner.state.lock().version
    }

    /// Wall-clock now, as the store sees it.
    pub fn now(&self) -> Timestamp {
        self.inner.surroundings.now()
    }

    /// Stores a new object: gives it uid, creationTimestamp and version, and a name when it has only a
    /// `generateName` (VAL-36).
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NoUniqueName`], [`Error::BadRequest`] without name or with a version.
    pub fn create(&self, resource: Resource, object: &Object) -> Result<Object, Error> {
        let mut value = object.as_value().clone();
        let Some(metadata) = metadata_mut(&mut value) else {
            return Err(Error::BadRequest(format!("a {} must be an object with metadata", resource.kind())));
        };
        if metadata.get("resourceVersion").and_then(Value::as_str).is_some_and(|version| !version.is_empty())
        {
            return Err(Error::BadRequest(
                "resourceVersion should not be set on objects to be created".to_owned(),
            ));
        }
        if resource.is_namespaced() == object.namespace().is_empty() {
            let detail = if resource.is_namespaced() { "needs a namespace" } else { "has no namespace" };
            return Err(Error::BadRequest(format!("a {} {detail}", resource.kind())));
        }
        let mut state = self.inner.state.lock();
        let key = state.free_key(resource, object, &*self.inner.surroundings)?;
        metadata.insert("name".to_owned(), json!(key.name));
        metadata.insert(
            "uid".to_owned(),
            json!(names::uid(self.inner.surroundings.random(), self.inner.surroundings.random())),
        );
        metadata.insert("creationTimestamp".to_owned(), time_value(self.now()));
        self.inner.commit(&mut state, resource, key, ChangeKind::Added, value)
    }

    /// The object of that name; `namespace` is empty for resources without namespaces.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, resource: Resource, namespace: &str, name: &str) -> Result<Object, Error> {
        self.inner.state.lock().get(resource, &Key::new(namespace, name)).cloned()
    }

    /// All objects, of one namespace or (`None`) of all.
    pub fn list(&self, resource: Resource, namespace: Option<&str>) -> List {
        let state = self.inner.state.lock();
        List { items: state.items(resource, namespace), version: state.version }
    }

    /// Replaces all but the status and what only the store sets. An object without `resourceVersion` is written
    /// unconditionally (VAL-80, VAL-85, VAL-87); one that changes nothing makes no version.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`], [`Error::Precondition`] for another uid, [`Error::Immutable`].
    pub fn update(&self, resource: Resource, object: &Object) -> Result<Object, Error> {
        self.replace(resource, object, |stored, new| {
            set_or_remove(new, "status", stored.get("status").cloned());
            metadata::keep_generation(stored, new);
            metadata::count_generation(stored, new);
        })
    }

    /// Replaces the status and nothing else. Conditions as for [`update`](Self::update).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn update_status(&self, resource: Resource, object: &Object) -> Result<Object, Error> {
        self.replace(resource, object, |stored, new| {
            let status = new.get("status").cloned();
            *new = stored.clone();
            set_or_remove(new, "status", status);
        })
    }

    /// Reads, changes and writes one object with nobody in between: spec, status and metadata alike, the generation
    /// as `change` leaves it (a binding changes the spec and not the generation). `change` runs under the store's
    /// lock: it must not call the store.
    ///
    /// # Errors
    /// Those of `change`, and as [`update`](Self::update).
    pub fn modify<E: From<Error>>(
        &self,
        resource: Resource,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<(), E>,
    ) -> Result<Object, E> {
        let mut state = self.inner.state.lock();
        let key = Key::new(namespace, name);
        let stored = state.get(resource, &key)?.clone();
        let mut value = stored.as_value().clone();
        change(&mut value)?;
        Ok(self.inner.store_new_state(&mut state, resource, key, &stored, value)?)
    }

    /// Deletes, at once or by beginning a graceful deletion (DEL-1…5).
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Precondition`].
    pub fn delete(
        &self,
        resource: Resource,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deletion, Error> {
        let mut state = self.inner.state.lock();
        let key = Key::new(namespace, name);
        let stored = state.get(resource, &key)?.clone();
        deletion::check_preconditions(resource, &stored, options)?;
        match deletion::step(resource, &stored, options, self.now()) {
            deletion::Step::Nothing => Ok(Deletion::Begun(stored)),
            deletion::Step::Remove => {
                self.inner.remove(&mut state, resource, key, stored).map(Deletion::Done)
            }
            deletion::Step::Mark(value) => {
                self.inner.commit(&mut state, resource, key, ChangeKind::Modified, value).map(Deletion::Begun)
            }
        }
    }

    /// Follows the changes after `version`, of one namespace or (`None`) of all.
    ///
    /// # Errors
    /// [`Error::Gone`] when the store no longer remembers them, [`Error::TooLarge`] for a version of the future.
    pub fn watch(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        version: Version,
    ) -> Result<Watcher, Error> {
        let mut state = self.inner.state.lock();
        let current = state.version;
        if version > current {
            return Err(Error::TooLarge { requested: version, current });
        }
        let table = state.table(resource, self.inner.history);
        table.history.next_after(version, |_| false)?;
        let news = table.news.subscribe();
        Ok(Watcher {
            inner: self.inner.clone(),
            resource,
            namespace: namespace.map(str::to_owned),
            seen: version,
            news,
        })
    }

    /// A list and a watch that goes on exactly where the list ends.
    ///
    /// # Errors
    /// None of today's; [`Error::Gone`] is for a backend that forgets between the two.
    pub fn list_and_watch(
        &self,
        resource: Resource,
        namespace: Option<&str>,
    ) -> Result<(List, Watcher), Error> {
        let list = self.list(resource, namespace);
        let watcher = self.watch(resource, namespace, list.version)?;
        Ok((list, watcher))
    }

    fn replace(
        &self,
        resource: Resource,
        object: &Object,
        merge: impl FnOnce(&Value, &mut Value),
    ) -> Result<Object, Error> {
        let mut state = self.inner.state.lock();
        let key = Key::of(object);
        let stored = state.get(resource, &key)?.clone();
        if let Some(version) = object.metadata_str("resourceVersion")
            && stored.metadata_str("resourceVersion") != Some(version)
        {
            return Err(Error::conflict(resource, &key.name));
        }
        let mut value = object.as_value().clone();
        merge(stored.as_value(), &mut value);
        self.inner.store_new_state(&mut state, resource, key, &stored, value)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store at {}", self.version())
    }
}

// === impl Inner ===

impl Inner {
    /// The first change after `seen` that concerns a watcher, and how far the store is.
    pub(crate) fn next_change(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        seen: Version,
    ) -> Result<(Option<Change>, Version), Error> {
        let mut state = self.state.lock();
        let current = state.version;
        let table = state.table(resource, self.history);
        let wanted = |change: &Change| namespace.is_none_or(|wanted| wanted == change.object.namespace());
        Ok((table.history.next_after(seen, wanted)?, current))
    }

    /// Stores what became of `stored`: keeps what only the store sets, removes what waited only for its finalizers.
    fn store_new_state(
        &self,
        state: &mut State,
        resource: Resource,
        key: Key,
        stored: &Object,
        mut value: Value,
    ) -> Result<Object, Error> {
        metadata::keep(resource, stored, &mut value)?;
        if value == *stored.as_value() {
            return Ok(stored.clone());
        }
        let new = Object::new(value);
        let waits = new.metadata().get("deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0) > 0;
        if new.deletion_timestamp().is_some() && stored.has_finalizers() && !new.has_finalizers() && !waits {
            return self.remove(state, resource, key, new);
        }
        self.commit(state, resource, key, ChangeKind::Modified, new.into_value())
    }

    fn remove(&self, state: &mut State, resource: Resource, key: Key, last: Object) -> Result<Object, Error> {
        self.commit(state, resource, key, ChangeKind::Deleted, last.into_value())
    }

    /// The only way in which anything changes: next version, journal, table, history, news.
    fn commit(
        &self,
        state: &mut State,
        resource: Resource,
        key: Key,
        kind: ChangeKind,
        mut value: Value,
    ) -> Result<Object, Error> {
        let version = state.version + 1;
        if let Some(metadata) = metadata_mut(&mut value) {
            metadata.insert("resourceVersion".to_owned(), json!(version.to_string()));
        }
        let object = Object::new(value);
        let previous = state.get(resource, &key).ok().cloned();
        let change = Change { version, resource, kind, object: object.clone(), previous };
        state.journal.record(&change)?;
        state.version = version;
        let table = state.table(resource, self.history);
        match kind {
            ChangeKind::Deleted => table.objects.remove(&key),
            ChangeKind::Added | ChangeKind::Modified => table.objects.insert(key, object.clone()),
        };
        table.history.push(change);
        table.news.send_replace(version);
        Ok(object)
    }
}

// === impl State ===

impl State {
    fn table(&mut self, resource: Resource, history: usize) -> &mut Table {
        self.tables.entry(resource).or_insert_with(|| Table {
            objects: BTreeMap::new(),
            history: History::new(history, 0),
            news: watch::Sender::new(0),
        })
    }

    fn get(&self, resource: Resource, key: &Key) -> Result<&Object, Error> {
        let table = self.tables.get(&resource);
        table.and_then(|table| table.objects.get(key)).ok_or_else(|| Error::not_found(resource, &key.name))
    }

    fn items(&self, resource: Resource, namespace: Option<&str>) -> Vec<Object> {
        let Some(table) = self.tables.get(&resource) else { return Vec::new() };
        let first = Key::new(namespace.unwrap_or_default(), "");
        let rest = table.objects.range(first..);
        rest.take_while(|(key, _)| namespace.is_none_or(|wanted| wanted == key.namespace))
            .map(|(_, object)| object.clone())
            .collect()
    }

    /// The key of a new object, with a generated name when it has none (VAL-36).
    fn free_key(
        &self,
        resource: Resource,
        object: &Object,
        surroundings: &dyn Surroundings,
    ) -> Result<Key, Error> {
        if !object.name().is_empty() {
            let key = Key::of(object);
            return match self.get(resource, &key) {
                Ok(_) => Err(Error::already_exists(resource, &key.name)),
                Err(_) => Ok(key),
            };
        }
        let Some(base) = object.metadata_str("generateName") else {
            return Err(Error::BadRequest("name or generateName is required".to_owned()));
        };
        let mut key = Key::of(object);
        for _ in 0..names::ATTEMPTS {
            key.name = names::generated(base, surroundings.random());
            if self.get(resource, &key).is_err() {
                return Ok(key);
            }
        }
        Err(Error::NoUniqueName { resource, name: key.name })
    }
}

// === impl Key ===

impl Key {
    fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    fn of(object: &Object) -> Self {
        Self::new(object.namespace(), object.name())
    }
}

fn set_or_remove(value: &mut Value, field: &str, new: Option<Value>) {
    let Some(object) = value.as_object_mut() else { return };
    match new {
        Some(new) => object.insert(field.to_owned(), new),
        None => object.shift_remove(field),
    };
}

#[cfg(test)]
mod tests;
