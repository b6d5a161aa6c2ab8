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
                let tell = |object: &Object| {
                    let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
                    sender.send(ObjectRef { kind, namespace, name }).is_ok()
                };
                let mut behind = false;
                while let Ok((list, mut watcher)) = store.list_and_watch(resource, None) {
                    // A watcher that was too slow begins anew: any of the objects may have changed meanwhile.
                    if behind && !list.items.iter().all(tell) {
                        return;
                    }
                    while let Ok(change) = watcher.next().await {
                        if !tell(&change.object) {
                            return;
                        }
                    }
                    behind = true;
                }
            });
        }
        receiver
    }
}
