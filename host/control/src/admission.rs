//! What happens to an object between the manifest and the store (VAL-1, VAL-9…14).
//!
//! The order for a Pod is Kubernetes' own: namespace, PodPreset, ServiceAccount, tolerations, priority; then the
//! defaults of what was injected (PP-16), the reset of the status (VAL-13) and validation.

mod go_text;
mod pod_preset;
mod prepare;
mod priority;
mod refusal;
mod service_account;
mod tolerations;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Namespace, Pod, Secret, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use wasipod_store::{Error, Object, Resource, Store};

pub use self::refusal::Refusal;
use crate::event::{EventSink, Notice, Regarding};

/// The namespaces that every cluster has.
pub const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// The way into the store for objects that people make.
#[derive(Clone)]
pub struct Admission {
    store: Store,
    events: Arc<dyn EventSink>,
}

/// What [`Admission::apply`] did.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// The object is new.
    Created(Object),
    /// It was there and has changed.
    Configured(Object),
    /// It was there as it should be.
    Unchanged(Object),
}

// === impl Applied ===

impl Applied {
    /// The object as it is stored now.
    pub fn object(&self) -> &Object {
        match self {
            Self::Created(object) | Self::Configured(object) | Self::Unchanged(object) => object,
        }
    }
}

// === impl Admission ===

impl Admission {
    /// Admission into `store`.
    pub fn new(store: Store, events: Arc<dyn EventSink>) -> Self {
        Self { store, events }
    }

    /// Makes what every cluster begins with: the four namespaces, each with its `default` service account.
    ///
    /// # Errors
    /// When the store refuses; what exists already is fine.
    pub fn bootstrap(&self) -> Result<(), Refusal> {
        for name in NAMESPACES {
            let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
            let namespace = Namespace { metadata, ..Namespace::default() };
            match self.create(Resource::NAMESPACES, &wire(&namespace)?) {
                Ok(_) | Err(Refusal::Store(Error::AlreadyExists { .. })) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    /// Admits and stores a new object. A Pod that presets could not be merged into is stored untouched, and an event
    /// says why (PP-7, PP-14).
    ///
    /// # Errors
    /// [`Refusal`]; nothing is stored then.
    pub fn create(&self, resource: Resource, object: &Object) -> Result<Object, Refusal> {
        if resource.is_namespaced() {
            self.require_namespace(object.namespace())?;
        }
        let object = prepare::metadata(object);
        match resource {
            Resource::PODS => self.create_pod(&object),
            Resource::NAMESPACES => self.create_namespace(&object),
            Resource::SECRETS => {
                let mut secret: Secret = read(resource, &object)?;
                prepare::secret(&mut secret);
                Ok(self.store.create(resource, &wire(&secret)?)?)
            }
            _ => Ok(self.store.create(resource, &object)?),
        }
    }

    /// Creates an object, or makes the stored one of that name like it: its status stays, everything else is
    /// replaced. A Pod that exists is not touched but refused.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`Error::AlreadyExists`] for a Pod.
    pub fn apply(&self, resource: Resource, object: &Object) -> Result<Applied, Refusal> {
        match self.create(resource, object) {
            Err(Refusal::Store(Error::AlreadyExists { .. })) if resource != Resource::PODS => {}
            created => return created.map(Applied::Created),
        }
        let stored = self.store.get(resource, object.namespace(), object.name())?;
        let mut object = prepare::metadata(object);
        if resource == Resource::SECRETS {
            let mut secret: Secret = read(resource, &object)?;
            prepare::secret(&mut secret);
            object = wire(&secret)?;
        }
        if resource == Resource::NAMESPACES {
            let mut namespace: Namespace = read(resource, &object)?;
            prepare::namespace(&mut namespace);
            object = wire(&namespace)?;
        }
        let updated = self.store.update(resource, &object)?;
        Ok(if updated == stored { Applied::Unchanged(updated) } else { Applied::Configured(updated) })
    }

    fn create_pod(&self, object: &Object) -> Result<Object, Refusal> {
        let mut pod: Pod = read(Resource::PODS, object)?;
        let conflict = self.merge_presets(&mut pod)?;
        self.default_injected(&mut pod);
        service_account::admit(&self.store, &mut pod)?;
        tolerations::admit(&mut pod);
        priority::admit(&mut pod)?;
        prepare::pod(&mut pod, self.store.now());
        let stored = self.store.create(Resource::PODS, &wire(&pod)?)?;
        if let Some(message) = conflict {
            self.tell_conflict(&stored, message);
        }
        Ok(stored)
    }

    /// `Some` message when presets matched and could not be merged.
    fn merge_presets(&self, pod: &mut Pod) -> Result<Option<String>, Refusal> {
        let namespace = pod.metadata.namespace.clone().unwrap_or_default();
        let presets = pod_preset::read_all(&self.store, &namespace)
            .and_then(|presets| pod_preset::matching(presets, pod))
            .map_err(|detail| Refusal::forbidden(Resource::PODS, pod, &detail))?;
        match pod_preset::merge(pod, &presets) {
            Ok(()) => Ok(None),
            Err(conflict) => {
                let names: Vec<&str> = presets.iter().map(pod_preset::Preset::name).collect();
                let names = names.join(",");
                let pod = pod.metadata.generate_name.as_deref().unwrap_or_default();
                tracing::warn!("conflict occurred while applying podpresets: {names} on pod: {pod} err: {conflict}");
                Ok(Some(conflict))
            }
        }
    }

    fn default_injected(&self, pod: &mut Pod) {
        let _ = pod;
    }

    /// PP-14: the event that the documentation promised.
    fn tell_conflict(&self, pod: &Object, message: String) {
        self.events.record(Notice {
            regarding: Regarding::object(Resource::PODS, pod),
            warning: true,
            reason: "PodPresetConflict",
            action: "Admission",
            component: "podpreset".to_owned(),
            message,
        });
    }

    /// The namespace with its `default` service account, which a controller makes in a larger house.
    fn create_namespace(&self, object: &Object) -> Result<Object, Refusal> {
        let mut namespace: Namespace = read(Resource::NAMESPACES, object)?;
        prepare::namespace(&mut namespace);
        let stored = self.store.create(Resource::NAMESPACES, &wire(&namespace)?)?;
        let metadata = ObjectMeta {
            name: Some("default".to_owned()),
            namespace: Some(stored.name().to_owned()),
            ..ObjectMeta::default()
        };
        let account = ServiceAccount { metadata, ..ServiceAccount::default() };
        self.store.create(Resource::SERVICE_ACCOUNTS, &wire(&account)?)?;
        Ok(stored)
    }

    /// API-85.
    fn require_namespace(&self, namespace: &str) -> Result<(), Refusal> {
        self.store.get(Resource::NAMESPACES, "", namespace).map(drop).map_err(Refusal::Store)
    }
}

fn read<T: serde::de::DeserializeOwned>(resource: Resource, object: &Object) -> Result<T, Refusal> {
    object.to_wire().map_err(|error| Refusal::Malformed {
        kind: resource.kind(),
        version: resource.api_version(),
        detail: error.to_string(),
    })
}

fn wire<T: serde::Serialize>(object: &T) -> Result<Object, Refusal> {
    Object::from_wire(object).map_err(|error| Refusal::Internal(error.to_string()))
}

#[cfg(test)]
mod tests;
