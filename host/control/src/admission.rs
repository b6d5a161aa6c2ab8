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

use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use wasipod_api::object::{Kind, Object as WireObject};
use wasipod_api::{defaults, validate};
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
            match self.create(WireObject::Namespace(Namespace { metadata, ..Namespace::default() })) {
                Ok(_) | Err(Refusal::Store(Error::AlreadyExists { .. })) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    /// Defaults, admits, validates and stores a new object; one without namespace goes to `default`. A Pod that
    /// presets could not be merged into is stored untouched, and an event says why (PP-7, PP-14).
    ///
    /// # Errors
    /// [`Refusal`]; nothing is stored then.
    pub fn create(&self, mut object: WireObject) -> Result<Object, Refusal> {
        let conflict = self.prepare(&mut object)?;
        check(&object)?;
        let resource = resource_of(object.kind());
        let stored = self.store.create(resource, &wire(&object)?)?;
        match resource {
            Resource::NAMESPACES => self.furnish(stored.name())?,
            Resource::PODS => conflict.into_iter().for_each(|message| self.tell_conflict(&stored, message)),
            _ => {}
        }
        Ok(stored)
    }

    /// Creates an object, or makes the stored one of that name like it: its status stays, everything else is
    /// replaced. A Pod that exists is not touched but refused.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`Error::AlreadyExists`] for a Pod.
    pub fn apply(&self, object: WireObject) -> Result<Applied, Refusal> {
        match self.create(object.clone()) {
            Err(Refusal::Store(Error::AlreadyExists { .. })) if object.kind() != Kind::Pod => {}
            created => return created.map(Applied::Created),
        }
        let mut object = object;
        self.prepare(&mut object)?;
        let (resource, new) = (resource_of(object.kind()), wire(&object)?);
        let stored = self.store.get(resource, new.namespace(), new.name())?;
        let updated = self.store.update(resource, &new)?;
        Ok(if updated == stored { Applied::Unchanged(updated) } else { Applied::Configured(updated) })
    }

    /// Everything that changes the object before validation (VAL-1); `Some` text when presets could not be merged.
    fn prepare(&self, object: &mut WireObject) -> Result<Option<String>, Refusal> {
        defaults::apply(object, NAMESPACES[0]);
        prepare::metadata(object.metadata_mut());
        if object.kind().is_namespaced() {
            self.require_namespace(object.metadata().namespace.as_deref().unwrap_or_default())?;
        }
        match object {
            WireObject::Pod(pod) => self.prepare_pod(pod),
            WireObject::Namespace(namespace) => {
                prepare::namespace(namespace);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn prepare_pod(&self, pod: &mut Pod) -> Result<Option<String>, Refusal> {
        let conflict = self.merge_presets(pod)?;
        // PP-16.
        defaults::pod(pod);
        service_account::admit(&self.store, pod)?;
        tolerations::admit(pod);
        priority::admit(pod)?;
        prepare::pod(pod, self.store.now());
        Ok(conflict)
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
                let names: Vec<&str> = presets.iter().map(pod_preset::name).collect();
                let names = names.join(",");
                let pod = pod.metadata.generate_name.as_deref().unwrap_or_default();
                tracing::warn!(
                    "conflict occurred while applying podpresets: {names} on pod: {pod} err: {conflict}"
                );
                Ok(Some(conflict))
            }
        }
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

    /// A namespace's `default` service account, which a controller makes in a larger house.
    fn furnish(&self, namespace: &str) -> Result<(), Refusal> {
        let metadata = ObjectMeta {
            name: Some("default".to_owned()),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        };
        let account = WireObject::ServiceAccount(ServiceAccount { metadata, ..ServiceAccount::default() });
        self.store.create(Resource::SERVICE_ACCOUNTS, &wire(&account)?)?;
        Ok(())
    }

    /// API-85.
    fn require_namespace(&self, namespace: &str) -> Result<(), Refusal> {
        self.store.get(Resource::NAMESPACES, "", namespace).map(drop).map_err(Refusal::Store)
    }
}

/// The resource that objects of a kind are kept as.
pub const fn resource_of(kind: Kind) -> Resource {
    match kind {
        Kind::ConfigMap => Resource::CONFIG_MAPS,
        Kind::Namespace => Resource::NAMESPACES,
        Kind::Node => Resource::NODES,
        Kind::Pod => Resource::PODS,
        Kind::PodPreset => Resource::POD_PRESETS,
        Kind::Secret => Resource::SECRETS,
        Kind::ServiceAccount => Resource::SERVICE_ACCOUNTS,
    }
}

/// VAL-20.
fn check(object: &WireObject) -> Result<(), Refusal> {
    let errors = validate::validate(object);
    if errors.is_empty() {
        return Ok(());
    }
    let metadata = object.metadata();
    let name = metadata.name.clone().or_else(|| metadata.generate_name.clone()).unwrap_or_default();
    Err(Refusal::Invalid { resource: resource_of(object.kind()), name, errors })
}

fn wire(object: &WireObject) -> Result<Object, Refusal> {
    let value = object.to_json().map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(Object::new(value))
}

#[cfg(test)]
mod tests;
