//! Every Pod has a service account (VAL-9). The volume with its token is not built yet (VAL-10).

use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use wasipod_store::{Error, Resource, Store};

use super::Refusal;

const DEFAULT: &str = "default";

/// Names the account, checks that it exists and takes over its pull secrets when the Pod has none.
pub(super) fn admit(store: &Store, pod: &mut Pod) -> Result<(), Refusal> {
    let namespace = pod.metadata.namespace.clone().unwrap_or_default();
    let Some(spec) = &mut pod.spec else { return Ok(()) };
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let name = given(&spec.service_account_name)
        .or_else(|| given(&spec.service_account))
        .unwrap_or_else(|| DEFAULT.to_owned());
    spec.service_account_name = Some(name.clone());
    spec.service_account = Some(name.clone());
    let stored = match store.get(Resource::SERVICE_ACCOUNTS, &namespace, &name) {
        Ok(stored) => stored,
        Err(Error::NotFound { .. }) => {
            let detail = format!(
                "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
            );
            return Err(Refusal::forbidden(Resource::PODS, pod, &detail));
        }
        Err(error) => return Err(error.into()),
    };
    let account: ServiceAccount = stored.to_wire().map_err(|error| Refusal::Internal(error.to_string()))?;
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets = account.image_pull_secrets;
    }
    Ok(())
}
