//! PodPreset, `settings.k8s.io/v1alpha1`: gone from Kubernetes since 1.20, so its wire type is our own (PP-1, PP-2).

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, Volume, VolumeMount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::{ListableResource, Metadata, NamespaceResourceScope, Resource};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// Environment and volumes that admission adds to matching Pods.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct PodPreset {
    /// Standard metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is added to which Pods.
    #[serde(default)]
    pub spec: PodPresetSpec,
}

/// What is added to which Pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodPresetSpec {
    /// Pods that it applies to; an empty selector matches every Pod of the namespace.
    #[serde(default)]
    pub selector: LabelSelector,
    /// Variables for every container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<EnvVar>>,
    /// Sources of variables for every container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_from: Option<Vec<EnvFromSource>>,
    /// Volumes for the Pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<Volume>>,
    /// Mounts for every container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_mounts: Option<Vec<VolumeMount>>,
}

impl Resource for PodPreset {
    const API_VERSION: &'static str = "settings.k8s.io/v1alpha1";
    const GROUP: &'static str = "settings.k8s.io";
    const KIND: &'static str = "PodPreset";
    const VERSION: &'static str = "v1alpha1";
    const URL_PATH_SEGMENT: &'static str = "podpresets";
    type Scope = NamespaceResourceScope;
}

impl ListableResource for PodPreset {
    const LIST_KIND: &'static str = "PodPresetList";
}

impl Metadata for PodPreset {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// With `apiVersion` and `kind`, as every wire type of k8s-openapi does it.
impl Serialize for PodPreset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Typed<'a> {
            api_version: &'static str,
            kind: &'static str,
            metadata: &'a ObjectMeta,
            spec: &'a PodPresetSpec,
        }
        let Self { metadata, spec } = self;
        Typed { api_version: Self::API_VERSION, kind: Self::KIND, metadata, spec }.serialize(serializer)
    }
}

/// In the form that k8s-openapi's own schemas have.
impl JsonSchema for PodPreset {
    fn schema_name() -> Cow<'static, str> {
        "io.k8s.api.settings.v1alpha1.PodPreset".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "PodPreset adds environment and volumes to the Pods of its namespace that its selector matches, when they are created.",
            "type": "object",
            "properties": {
                "apiVersion": { "description": "settings.k8s.io/v1alpha1", "type": "string" },
                "kind": { "description": "PodPreset", "type": "string" },
                "metadata": generator.subschema_for::<ObjectMeta>(),
                "spec": generator.subschema_for::<PodPresetSpec>(),
            },
        })
    }
}

impl JsonSchema for PodPresetSpec {
    fn schema_name() -> Cow<'static, str> {
        "io.k8s.api.settings.v1alpha1.PodPresetSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = |items: Schema, description: &str| json_schema!({ "type": "array", "items": items, "description": description });
        let env = list(generator.subschema_for::<EnvVar>(), "Variables for every container.");
        let env_from =
            list(generator.subschema_for::<EnvFromSource>(), "Sources of variables for every container.");
        let volumes = list(generator.subschema_for::<Volume>(), "Volumes for the Pod.");
        let volume_mounts = list(generator.subschema_for::<VolumeMount>(), "Mounts for every container.");
        json_schema!({
            "description": "What is added to which Pods.",
            "type": "object",
            "properties": {
                "selector": generator.subschema_for::<LabelSelector>(),
                "env": env,
                "envFrom": env_from,
                "volumes": volumes,
                "volumeMounts": volume_mounts,
            },
        })
    }
}
