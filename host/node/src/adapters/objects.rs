//! Secrets and ConfigMaps for the kubelet.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use k8s_openapi::api::core::v1 as wire;
use tokio::sync::mpsc;
use wasipod_api::model::{ConfigMap, Secret};
use wasipod_api::resolve;
use wasipod_kubelet::ports::{ObjectKind, ObjectReader, ObjectRef, ReadError};
use wasipod_store::{Error, Object, Resource, Store};

/// Reads from the store.
pub(crate) struct StoreObjects(pub(crate) Store);

impl StoreObjects {
    fn read<T>(
        &self,
        resource: Resource,
        namespace: &str,
        name: &str,
        resolve: impl FnOnce(&Object) -> Result<T, ReadError>,
    ) -> Result<Option<Arc<T>>, ReadError> {
        match self.0.get(resource, namespace, name) {
            Ok(object) => resolve(&object).map(|found| Some(Arc::new(found))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ReadError(error.to_string())),
        }
    }
}

fn unreadable(error: impl std::fmt::Display) -> ReadError {
    ReadError(error.to_string())
}

impl ObjectReader for StoreObjects {
    fn secret(&self, namespace: &str, name: &str) -> BoxFuture<'_, Result<Option<Arc<Secret>>, ReadError>> {
        let found = self.read(Resource::SECRETS, namespace, name, |object| {
            object.to_wire::<wire::Secret>().map(|secret| resolve::secret(&secret)).map_err(unreadable)
        });
        ready(found).boxed()
    }

    fn config_map(
        &self,
        namespace: &str,
        name: &str,
    ) -> BoxFuture<'_, Result<Option<Arc<ConfigMap>>, ReadError>> {
        let found = self.read(Resource::CONFIG_MAPS, namespace, name, |object| {
            object.to_wire::<wire::ConfigMap>().map(|map| resolve::config_map(&map)).map_err(unreadable)
        });
        ready(found).boxed()
    }

    fn changes(&self) -> mpsc::UnboundedReceiver<ObjectRef> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for (resource, kind) in
            [(Resource::SECRETS, ObjectKind::Secret), (Resource::CONFIG_MAPS, ObjectKind::ConfigMap)]
        {
            let (store, sender) = (self.0.clone(), sender.clone());
            tokio::spawn(async move {
                loop {
                    let Ok((_, mut watcher)) = store.list_and_watch(resource, None) else { return };
                    // A watcher that was too slow begins anew.
                    while let Ok(change) = watcher.next().await {
                        let (namespace, name) = (change.object.namespace(), change.object.name());
                        let object =
                            ObjectRef { kind, namespace: namespace.to_owned(), name: name.to_owned() };
                        if sender.send(object).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        receiver
    }
}
