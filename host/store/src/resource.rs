//! The kinds that the store keeps, by the words the API uses for them.

use std::fmt;

/// Whether objects of a resource live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In none.
    Cluster,
}

/// A kind of object: group, version, kind and the plural word of its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    group: &'static str,
    plural: &'static str,
    version: &'static str,
    kind: &'static str,
    scope: Scope,
}

// === impl Resource ===

impl Resource {
    /// `v1` Pod.
    pub const PODS: Self = Self::core("pods", "Pod", Scope::Namespaced);
    /// `v1` Event.
    pub const EVENTS: Self = Self::core("events", "Event", Scope::Namespaced);
    /// `v1` Node.
    pub const NODES: Self = Self::core("nodes", "Node", Scope::Cluster);
    /// `v1` Namespace.
    pub const NAMESPACES: Self = Self::core("namespaces", "Namespace", Scope::Cluster);
    /// `v1` Secret.
    pub const SECRETS: Self = Self::core("secrets", "Secret", Scope::Namespaced);
    /// `v1` ConfigMap.
    pub const CONFIG_MAPS: Self = Self::core("configmaps", "ConfigMap", Scope::Namespaced);
    /// `v1` ServiceAccount.
    pub const SERVICE_ACCOUNTS: Self = Self::core("serviceaccounts", "ServiceAccount", Scope::Namespaced);
    /// `settings.k8s.io/v1alpha1` PodPreset (PP-1).
    pub const POD_PRESETS: Self =
        Self::new("settings.k8s.io", "v1alpha1", "podpresets", "PodPreset", Scope::Namespaced);

    /// Every resource that has a constant here, in the order in which manifests are best applied.
    pub const ALL: [Self; 8] = [
        Self::NAMESPACES,
        Self::NODES,
        Self::SERVICE_ACCOUNTS,
        Self::SECRETS,
        Self::CONFIG_MAPS,
        Self::POD_PRESETS,
        Self::PODS,
        Self::EVENTS,
    ];

    /// Any other resource.
    pub const fn new(
        group: &'static str,
        version: &'static str,
        plural: &'static str,
        kind: &'static str,
        scope: Scope,
    ) -> Self {
        Self { group, plural, version, kind, scope }
    }

    const fn core(plural: &'static str, kind: &'static str, scope: Scope) -> Self {
        Self::new("", "v1", plural, kind, scope)
    }

    /// The resource of a manifest's `apiVersion` and `kind`, when the store has a constant for it.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.kind == kind && resource.api_version() == api_version)
    }

    /// The API group, empty for the core group.
    pub const fn group(self) -> &'static str {
        self.group
    }

    /// The version in its group.
    pub const fn version(self) -> &'static str {
        self.version
    }

    /// What a manifest's `apiVersion` says.
    pub fn api_version(self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// What a manifest's `kind` says.
    pub const fn kind(self) -> &'static str {
        self.kind
    }

    /// The word in URLs and error messages, without the group.
    pub const fn plural(self) -> &'static str {
        self.plural
    }

    /// Whether its objects live in namespaces.
    pub const fn scope(self) -> Scope {
        self.scope
    }

    /// Whether its objects live in namespaces.
    pub const fn is_namespaced(self) -> bool {
        matches!(self.scope, Scope::Namespaced)
    }
}

/// As error messages name it: `pods`, `podpresets.settings.k8s.io`.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => f.write_str(self.plural),
            group => write!(f, "{}.{group}", self.plural),
        }
    }
}
