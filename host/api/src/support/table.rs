//! The rows. A row covers everything below its field unless a deeper one says otherwise.

use super::Support::{self, Ignored, Never, NotYet, Supported};
use crate::object::Kind;

/// One decision.
pub(super) struct Row {
    /// Field path; `[]` for the items of a list.
    pub(super) path: &'static str,
    pub(super) support: Support,
    /// Values, as compact JSON, that ask for what happens anyway.
    pub(super) harmless: &'static [&'static str],
}

const fn row(path: &'static str, support: Support) -> Row {
    Row { path, support, harmless: &[] }
}

const fn unless(path: &'static str, support: Support, harmless: &'static [&'static str]) -> Row {
    Row { path, support, harmless }
}

/// The rows of a kind.
pub(super) const fn rows(kind: Kind) -> &'static [Row] {
    match kind {
        Kind::Pod => POD,
        Kind::Secret => SECRET,
        Kind::ConfigMap => CONFIG_MAP,
        Kind::Namespace => NAMESPACE,
        Kind::ServiceAccount => SERVICE_ACCOUNT,
        Kind::Node => NODE,
        Kind::PodPreset => POD_PRESET,
    }
}

const BY_SERVER: Support = Ignored("the API server sets it");
const NO_HTTP_PROBE: Support = NotYet("only exec probes run in this release");
const NO_HTTP_HOOK: Support = NotYet("only exec and sleep hooks run in this release");
const NO_STORAGE: Support =
    NotYet("only emptyDir, hostPath, secret, configMap, downwardAPI and projected volumes can be mounted");
const NO_USERS: Support = NotYet("every container runs as user 0 in its own sandbox");
const NO_LSM: Support = Ignored("a WebAssembly sandbox has no host kernel module to configure");
const NO_WINDOWS: Support = Never("there are no Windows containers");
const NO_CPU: Support = Ignored("CPU time is not limited yet");
const NO_DISK: Support = Ignored("local storage is not counted yet");
const NO_TOKEN: Support = NotYet("service account tokens are not issued yet");
const NO_PULL: Support = Ignored("images are not pulled from registries that ask for credentials");
const NO_QUEUE: Support = Ignored("nothing is preempted: there is one node");
const NODE_REPORT: Support = Ignored("the node reports its own state");

macro_rules! with_metadata {
    ($($row:expr,)*) => {
        &[
            row("apiVersion", Supported),
            row("kind", Supported),
            row("metadata.name", Supported),
            row("metadata.generateName", Supported),
            row("metadata.namespace", Supported),
            row("metadata.labels", Supported),
            row("metadata.annotations", Supported),
            row("metadata.creationTimestamp", BY_SERVER),
            row("metadata.deletionTimestamp", BY_SERVER),
            row("metadata.deletionGracePeriodSeconds", BY_SERVER),
            row("metadata.generation", BY_SERVER),
            row("metadata.managedFields", BY_SERVER),
            row("metadata.resourceVersion", BY_SERVER),
            row("metadata.selfLink", BY_SERVER),
            row("metadata.uid", BY_SERVER),
            row("metadata.ownerReferences", Ignored("nothing is garbage-collected by owner yet")),
            row("metadata.finalizers", NotYet("nothing waits for finalizers yet")),
            $($row,)*
        ]
    };
}

const POD: &[Row] = with_metadata![
    row("status", Ignored("a status is dropped on create, as in Kubernetes")),
    row("spec.activeDeadlineSeconds", Supported),
    row("spec.affinity", NotYet("use nodeSelector")),
    row("spec.automountServiceAccountToken", Ignored("no token is mounted anyway")),
    row("spec.dnsConfig", Ignored("names come from /etc/hosts only")),
    unless(
        "spec.dnsPolicy",
        Ignored("names come from /etc/hosts only"),
        &["\"ClusterFirst\"", "\"ClusterFirstWithHostNet\"", "\"Default\""],
    ),
    row("spec.enableServiceLinks", Supported),
    row("spec.ephemeralContainers", NotYet("they are added to running Pods, not to manifests")),
    row("spec.hostAliases", Supported),
    row("spec.hostIPC", Never("the machine's processes are out of a Pod's reach")),
    row("spec.hostNetwork", NotYet("publish ports with hostPort")),
    row(
        "spec.hostPID",
        Never("the machine's processes are out of a Pod's reach; shareProcessNamespace shares the Pod's own")
    ),
    row("spec.hostUsers", Ignored("a Pod's users are never the machine's")),
    row("spec.hostname", Supported),
    row("spec.hostnameOverride", NotYet("use hostname")),
    row("spec.imagePullSecrets", NO_PULL),
    row("spec.nodeName", Supported),
    row("spec.nodeSelector", Supported),
    unless("spec.os", NO_WINDOWS, &["{\"name\":\"linux\"}"]),
    row("spec.overhead", Ignored("a Pod costs what it uses")),
    unless("spec.preemptionPolicy", NO_QUEUE, &["\"PreemptLowerPriority\"", "\"Never\""]),
    unless("spec.priority", NO_QUEUE, &["0"]),
    row("spec.priorityClassName", NO_QUEUE),
    row("spec.readinessGates", NotYet("no one can set foreign conditions yet")),
    row("spec.resourceClaims", NotYet("there are no devices to claim")),
    row("spec.resources", NotYet("set resources on the containers")),
    row("spec.restartPolicy", Supported),
    row("spec.runtimeClassName", NotYet("there is one runtime")),
    unless(
        "spec.schedulerName",
        NotYet("there is one scheduler, default-scheduler"),
        &["\"default-scheduler\""]
    ),
    row("spec.schedulingGates", NotYet("nothing could lift a gate")),
    unless("spec.securityContext.runAsUser", NO_USERS, &["0"]),
    unless("spec.securityContext.runAsGroup", NO_USERS, &["0"]),
    row("spec.securityContext.runAsNonRoot", NO_USERS),
    row("spec.securityContext.supplementalGroups", NO_USERS),
    row("spec.securityContext.supplementalGroupsPolicy", NO_USERS),
    row("spec.securityContext.fsGroup", Ignored("every file of a volume can be read and written by user 0")),
    row(
        "spec.securityContext.fsGroupChangePolicy",
        Ignored("every file of a volume can be read and written by user 0")
    ),
    row("spec.securityContext.sysctls", NotYet("there are no kernel parameters to set")),
    row("spec.securityContext.appArmorProfile", NO_LSM),
    row("spec.securityContext.seLinuxChangePolicy", NO_LSM),
    row("spec.securityContext.seLinuxOptions", NO_LSM),
    row("spec.securityContext.seccompProfile", NO_LSM),
    row("spec.securityContext.windowsOptions", NO_WINDOWS),
    row("spec.serviceAccount", Supported),
    row("spec.serviceAccountName", Supported),
    row("spec.setHostnameAsFQDN", NotYet("the host name is the short one")),
    row("spec.shareProcessNamespace", Supported),
    row("spec.subdomain", Supported),
    row("spec.terminationGracePeriodSeconds", Supported),
    row("spec.tolerations", Ignored("the node has no taints")),
    row("spec.topologySpreadConstraints", Ignored("there is one node")),
    // Containers; init containers have the same rows.
    row("spec.containers[].args", Supported),
    row("spec.containers[].command", Supported),
    row("spec.containers[].env[].name", Supported),
    row("spec.containers[].env[].value", Supported),
    row("spec.containers[].env[].valueFrom.configMapKeyRef", Supported),
    row("spec.containers[].env[].valueFrom.fieldRef", Supported),
    row("spec.containers[].env[].valueFrom.resourceFieldRef", Supported),
    row("spec.containers[].env[].valueFrom.secretKeyRef", Supported),
    row(
        "spec.containers[].env[].valueFrom.fileKeyRef",
        NotYet("it is off by default in this release of Kubernetes")
    ),
    row("spec.containers[].envFrom", Supported),
    row("spec.containers[].image", Supported),
    row("spec.containers[].imagePullPolicy", Supported),
    row("spec.containers[].lifecycle.postStart.exec", Supported),
    row("spec.containers[].lifecycle.postStart.sleep", Supported),
    row("spec.containers[].lifecycle.postStart.httpGet", NO_HTTP_HOOK),
    row("spec.containers[].lifecycle.postStart.tcpSocket", NO_HTTP_HOOK),
    row("spec.containers[].lifecycle.preStop.exec", Supported),
    row("spec.containers[].lifecycle.preStop.sleep", Supported),
    row("spec.containers[].lifecycle.preStop.httpGet", NO_HTTP_HOOK),
    row("spec.containers[].lifecycle.preStop.tcpSocket", NO_HTTP_HOOK),
    unless(
        "spec.containers[].lifecycle.stopSignal",
        NotYet("containers are stopped with SIGTERM"),
        &["\"SIGTERM\""],
    ),
    row("spec.containers[].livenessProbe", Supported),
    row("spec.containers[].livenessProbe.grpc", NO_HTTP_PROBE),
    row("spec.containers[].livenessProbe.httpGet", NO_HTTP_PROBE),
    row("spec.containers[].livenessProbe.tcpSocket", NO_HTTP_PROBE),
    row("spec.containers[].readinessProbe", Supported),
    row("spec.containers[].readinessProbe.grpc", NO_HTTP_PROBE),
    row("spec.containers[].readinessProbe.httpGet", NO_HTTP_PROBE),
    row("spec.containers[].readinessProbe.tcpSocket", NO_HTTP_PROBE),
    row("spec.containers[].startupProbe", Supported),
    row("spec.containers[].startupProbe.grpc", NO_HTTP_PROBE),
    row("spec.containers[].startupProbe.httpGet", NO_HTTP_PROBE),
    row("spec.containers[].startupProbe.tcpSocket", NO_HTTP_PROBE),
    row("spec.containers[].name", Supported),
    row("spec.containers[].ports", Supported),
    unless("spec.containers[].ports[].protocol", NotYet("only TCP is carried"), &["\"TCP\""]),
    row("spec.containers[].resizePolicy", Ignored("running containers can't be resized yet")),
    row("spec.containers[].resources.claims", NotYet("there are no devices to claim")),
    row("spec.containers[].resources.limits", Supported),
    row("spec.containers[].resources.limits.cpu", NO_CPU),
    row("spec.containers[].resources.limits.ephemeral-storage", NO_DISK),
    row("spec.containers[].resources.requests", Supported),
    row("spec.containers[].restartPolicy", NotYet("sidecars do not run in this release")),
    row("spec.containers[].restartPolicyRules", NotYet("it is off by default in this release of Kubernetes")),
    unless("spec.containers[].securityContext.runAsUser", NO_USERS, &["0"]),
    unless("spec.containers[].securityContext.runAsGroup", NO_USERS, &["0"]),
    row("spec.containers[].securityContext.runAsNonRoot", NO_USERS),
    row(
        "spec.containers[].securityContext.readOnlyRootFilesystem",
        NotYet("the image's file system can be written in its own layer")
    ),
    row(
        "spec.containers[].securityContext.allowPrivilegeEscalation",
        Ignored("there are no privileges to escalate to")
    ),
    row("spec.containers[].securityContext.privileged", Ignored("a sandbox has no further privileges")),
    row(
        "spec.containers[].securityContext.capabilities",
        Ignored("a sandbox has no capabilities to give or take")
    ),
    unless(
        "spec.containers[].securityContext.procMount",
        NotYet("/proc is the default one"),
        &["\"Default\""]
    ),
    row("spec.containers[].securityContext.appArmorProfile", NO_LSM),
    row("spec.containers[].securityContext.seLinuxOptions", NO_LSM),
    row("spec.containers[].securityContext.seccompProfile", NO_LSM),
    row("spec.containers[].securityContext.windowsOptions", NO_WINDOWS),
    row("spec.containers[].stdin", NotYet("nothing can be attached yet")),
    row("spec.containers[].stdinOnce", NotYet("nothing can be attached yet")),
    row("spec.containers[].tty", NotYet("nothing can be attached yet")),
    row("spec.containers[].terminationMessagePath", Supported),
    row("spec.containers[].terminationMessagePolicy", Supported),
    row("spec.containers[].volumeDevices", NotYet("there are no block devices")),
    row("spec.containers[].volumeMounts[].name", Supported),
    row("spec.containers[].volumeMounts[].mountPath", Supported),
    row("spec.containers[].volumeMounts[].readOnly", Supported),
    row("spec.containers[].volumeMounts[].subPath", NotYet("only whole volumes are mounted")),
    row("spec.containers[].volumeMounts[].subPathExpr", NotYet("only whole volumes are mounted")),
    unless(
        "spec.containers[].volumeMounts[].mountPropagation",
        NotYet("mounts are private to their container"),
        &["\"None\""],
    ),
    unless(
        "spec.containers[].volumeMounts[].recursiveReadOnly",
        Ignored("a mount has no further mounts below it"),
        &["\"Disabled\""],
    ),
    row("spec.containers[].workingDir", Supported),
    // Volumes.
    row("spec.volumes[].name", Supported),
    row("spec.volumes[].emptyDir", Supported),
    unless("spec.volumes[].emptyDir.medium", NotYet("there are no huge pages"), &["\"Memory\""]),
    row("spec.volumes[].hostPath", Supported),
    row("spec.volumes[].secret", Supported),
    row("spec.volumes[].configMap", Supported),
    row("spec.volumes[].downwardAPI", Supported),
    row("spec.volumes[].projected.defaultMode", Supported),
    row("spec.volumes[].projected.sources[].secret", Supported),
    row("spec.volumes[].projected.sources[].configMap", Supported),
    row("spec.volumes[].projected.sources[].downwardAPI", Supported),
    row("spec.volumes[].projected.sources[].serviceAccountToken", NO_TOKEN),
    row("spec.volumes[].projected.sources[].clusterTrustBundle", NotYet("there are no trust bundles")),
    row("spec.volumes[].projected.sources[].podCertificate", NotYet("there is no one to sign certificates")),
    row("spec.volumes[].awsElasticBlockStore", NO_STORAGE),
    row("spec.volumes[].azureDisk", NO_STORAGE),
    row("spec.volumes[].azureFile", NO_STORAGE),
    row("spec.volumes[].cephfs", NO_STORAGE),
    row("spec.volumes[].cinder", NO_STORAGE),
    row("spec.volumes[].csi", NO_STORAGE),
    row("spec.volumes[].ephemeral", NO_STORAGE),
    row("spec.volumes[].fc", NO_STORAGE),
    row("spec.volumes[].flexVolume", NO_STORAGE),
    row("spec.volumes[].flocker", NO_STORAGE),
    row("spec.volumes[].gcePersistentDisk", NO_STORAGE),
    row("spec.volumes[].gitRepo", NO_STORAGE),
    row("spec.volumes[].glusterfs", NO_STORAGE),
    row("spec.volumes[].image", NO_STORAGE),
    row("spec.volumes[].iscsi", NO_STORAGE),
    row("spec.volumes[].nfs", NO_STORAGE),
    row("spec.volumes[].persistentVolumeClaim", NO_STORAGE),
    row("spec.volumes[].photonPersistentDisk", NO_STORAGE),
    row("spec.volumes[].portworxVolume", NO_STORAGE),
    row("spec.volumes[].quobyte", NO_STORAGE),
    row("spec.volumes[].rbd", NO_STORAGE),
    row("spec.volumes[].scaleIO", NO_STORAGE),
    row("spec.volumes[].storageos", NO_STORAGE),
    row("spec.volumes[].vsphereVolume", NO_STORAGE),
];

const SECRET: &[Row] = with_metadata![
    row("data", Supported),
    row("stringData", Supported),
    row("type", Supported),
    row("immutable", Supported),
];

const CONFIG_MAP: &[Row] =
    with_metadata![row("data", Supported), row("binaryData", Supported), row("immutable", Supported),];

const NAMESPACE: &[Row] =
    with_metadata![row("spec", Ignored("nothing waits for finalizers yet")), row("status", BY_SERVER),];

const SERVICE_ACCOUNT: &[Row] = with_metadata![
    row("automountServiceAccountToken", Ignored("no token is mounted anyway")),
    row("imagePullSecrets", NO_PULL),
    row("secrets", Ignored("it has had no effect since tokens are issued on demand")),
];

const NODE: &[Row] = with_metadata![
    row("spec.configSource", NODE_REPORT),
    row("spec.externalID", NODE_REPORT),
    row("spec.podCIDR", NODE_REPORT),
    row("spec.podCIDRs", NODE_REPORT),
    row("spec.providerID", NODE_REPORT),
    row("spec.taints", NotYet("Pods are kept away by labels only")),
    row("spec.unschedulable", NotYet("Pods are kept away by labels only")),
    row("status", NODE_REPORT),
];

const POD_PRESET: &[Row] = with_metadata![
    row("spec.selector", Supported),
    row("spec.env", Supported),
    row("spec.envFrom", Supported),
    row("spec.volumes", Supported),
    row("spec.volumeMounts", Supported),
];
