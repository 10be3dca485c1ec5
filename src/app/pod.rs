//! Pods: containers, probes, variables, volumes.
//! Source of the fields: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use std::collections::BTreeMap;

use serde::Serialize;

use super::value::{ObjectName, Quantity, escape_kubelet};

/// `PodTemplateSpec`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodTemplate {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) service_account_name: String,
    /// Whether the pod gets the token of its ServiceAccount.
    pub(crate) automount_service_account_token: bool,
    /// Seconds between the start of the shutdown and SIGKILL.
    pub(crate) termination_grace_period_seconds: Option<u32>,
    /// `Never` or `OnFailure` for Jobs; none means `Always`.
    pub(crate) restart_policy: Option<&'static str>,
    #[serde(flatten)]
    pub(crate) settings: PodSettings,
    /// The label by which replicas are spread over nodes and zones; none for a single pod.
    pub(crate) spread: Option<Spread>,
    /// Containers that run before the others, one after the other.
    pub(crate) init_containers: Vec<Container>,
    /// The containers; the first is the application.
    pub(crate) containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
}

impl PodTemplate {
    /// A pod of `containers` with the settings of all pods and nothing else.
    #[must_use]
    pub(crate) fn new(
        labels: BTreeMap<String, String>,
        service_account_name: String,
        settings: PodSettings,
        containers: Vec<Container>,
    ) -> Self {
        let mut labels = labels;
        for (key, value) in &settings.own_labels {
            labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        Self {
            labels,
            annotations: settings.own_annotations.clone(),
            service_account_name,
            automount_service_account_token: false,
            termination_grace_period_seconds: None,
            restart_policy: None,
            settings,
            spread: None,
            init_containers: Vec::new(),
            containers,
            volumes: Vec::new(),
        }
    }
}

/// What `app.toml` sets for every pod alike.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSettings {
    /// User and group of all containers.
    pub(crate) user: u32,
    pub(crate) priority_class_name: Option<ObjectName>,
    /// Labels and annotations beside those of the workload.
    #[serde(skip)]
    pub(crate) own_labels: BTreeMap<String, String>,
    #[serde(skip)]
    pub(crate) own_annotations: BTreeMap<String, String>,
    pub(crate) node_selector: BTreeMap<String, String>,
    pub(crate) tolerations: Vec<Toleration>,
    /// Names by their address.
    pub(crate) host_aliases: BTreeMap<String, Vec<String>>,
    /// Options of the resolver.
    pub(crate) dns_options: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Toleration {
    pub(crate) key: String,
    /// None tolerates every value.
    pub(crate) value: Option<String>,
    pub(crate) effect: String,
}

impl PodSettings {
    /// The same for an image with a user of its own.
    pub(crate) fn with_user(mut self, user: u32) -> Self {
        self.user = user;
        self
    }
}

/// What the replicas of a workload have in common, for spreading them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spread {
    /// `matchLabels` of the replicas.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// Labels whose values tell one version from the next.
    pub(crate) match_label_keys: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    /// Name, unique in the pod.
    pub(crate) name: String,
    /// Image with its tag or digest.
    pub(crate) image: String,
    /// `Always` for a native sidecar: an init container that stays; none for every other container.
    pub(crate) restart_policy: Option<&'static str>,
    /// User instead of the pod's.
    pub(crate) user: Option<u32>,
    /// The command instead of the image's own, as the kubelet reads it.
    pub(crate) command: Vec<String>,
    /// Arguments of the image's own command, as the kubelet reads them.
    pub(crate) args: Vec<String>,
    /// Ports, by name.
    pub(crate) ports: Vec<ContainerPort>,
    /// ConfigMaps whose keys become variables.
    pub(crate) env_from: Vec<String>,
    pub(crate) env: Vec<EnvVar>,
    /// Asked until the first success.
    pub(crate) startup_probe: Option<Probe>,
    /// Failing restarts the container.
    pub(crate) liveness_probe: Option<Probe>,
    /// Failing takes the pod out of its Services.
    pub(crate) readiness_probe: Option<Probe>,
    /// Seconds of sleep before SIGTERM.
    pub(crate) pre_stop_sleep: Option<u32>,
    /// Requests and limits.
    pub(crate) resources: Resources,
    pub(crate) volume_mounts: Vec<VolumeMount>,
}

impl Container {
    /// A container with nothing but its image and resources.
    #[must_use]
    pub(crate) fn new(name: &str, image: String, resources: Resources) -> Self {
        Self {
            name: name.to_owned(),
            image,
            restart_policy: None,
            user: None,
            command: Vec::new(),
            args: Vec::new(),
            ports: Vec::new(),
            env_from: Vec::new(),
            env: Vec::new(),
            startup_probe: None,
            liveness_probe: None,
            readiness_probe: None,
            pre_stop_sleep: None,
            resources,
            volume_mounts: Vec::new(),
        }
    }
}

/// `ContainerPort`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerPort {
    /// Name by which Services and probes meet the port.
    pub(crate) name: String,
    pub(crate) container_port: u32,
}

/// `EnvVar`, with why it is set where that would surprise.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvVar {
    pub(crate) name: String,
    /// Literal value, as the kubelet reads it.
    pub(crate) value: Option<String>,
    pub(crate) secret_key_ref: Option<SecretKeyRef>,
    /// One line above it.
    pub(crate) comment: Option<&'static str>,
}

impl EnvVar {
    /// The variable `name` with the text `value`, which the kubelet leaves as it is.
    #[must_use]
    pub(crate) fn literal(name: &str, value: &str, comment: Option<&'static str>) -> Self {
        Self { name: name.to_owned(), value: Some(escape_kubelet(value)), secret_key_ref: None, comment }
    }

    /// The variable `name` with the value of a key of a Secret.
    #[must_use]
    pub(crate) fn from_secret(name: String, key: SecretKeyRef) -> Self {
        Self { name, value: None, secret_key_ref: Some(key), comment: None }
    }
}

/// `SecretKeySelector`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecretKeyRef {
    pub(crate) name: String,
    pub(crate) key: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Probe {
    pub(crate) handler: ProbeHandler,
    /// Seconds between two probes.
    pub(crate) period_seconds: u32,
    /// Seconds that one answer may take.
    pub(crate) timeout_seconds: u32,
    /// Failures in a row that count.
    pub(crate) failure_threshold: u32,
    /// One line above it.
    pub(crate) comment: Option<&'static str>,
}

/// What a probe asks.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ProbeHandler {
    /// Asks for a path.
    HttpGet(HttpGet),
    /// `TCPSocketAction`: opens a connection.
    TcpSocket {
        /// Name of the port.
        port: String,
    },
    /// `ExecAction`: runs a command in the container.
    Exec {
        /// The command, as the kubelet reads it.
        command: Vec<String>,
    },
}

/// `HTTPGetAction`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpGet {
    pub(crate) path: String,
    /// Name of the port.
    pub(crate) port: String,
    pub(crate) http_headers: Vec<Header>,
}

/// `HTTPHeader`, with why it is sent.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Header {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// One line above it.
    pub(crate) comment: Option<&'static str>,
}

/// `ResourceRequirements`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resources {
    pub(crate) cpu_request: Quantity,
    /// CPU limit; none is a choice of the user.
    pub(crate) cpu_limit: Option<Quantity>,
    pub(crate) memory_request: Quantity,
    pub(crate) memory_limit: Quantity,
    /// Request for the container's own disk.
    pub(crate) ephemeral_storage_request: Quantity,
    /// Limit for the container's own disk.
    pub(crate) ephemeral_storage_limit: Quantity,
}

/// `VolumeMount`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VolumeMount {
    pub(crate) name: String,
    /// Where it appears.
    pub(crate) mount_path: String,
    /// Whether it cannot be written.
    pub(crate) read_only: bool,
    /// The one file of the volume that appears there, while its neighbours in the image stay; none means all of it.
    pub(crate) sub_path: Option<String>,
}

impl VolumeMount {
    /// The whole volume called `name`, to be written and read at `mount_path`.
    #[must_use]
    pub(crate) fn new(name: impl Into<String>, mount_path: impl Into<String>) -> Self {
        Self { name: name.into(), mount_path: mount_path.into(), read_only: false, sub_path: None }
    }

    /// The same, to be read only.
    #[must_use]
    pub(crate) fn for_reading(self) -> Self {
        Self { read_only: true, ..self }
    }
}

/// `Volume`, with why it is there.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) source: VolumeSource,
    /// One line above it.
    pub(crate) comment: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum VolumeSource {
    /// `EmptyDirVolumeSource`.
    EmptyDir {
        /// Most that it may hold.
        size_limit: Quantity,
        /// `Memory`, whose content counts to the memory of the containers; none means the node's disk.
        medium: Option<&'static str>,
    },
    /// `PersistentVolumeClaimVolumeSource`.
    Claim { claim_name: String },
    /// `ConfigMapVolumeSource`.
    ConfigMap {
        /// Name of the ConfigMap.
        name: String,
    },
    /// `SecretVolumeSource`, all keys of it.
    Secret { secret_name: String },
    /// `ProjectedVolumeSource` of keys of Secrets.
    Projected { sources: Vec<SecretProjection> },
    /// `CSIVolumeSource` of the Secrets Store driver.
    Csi {
        /// Name of the `SecretProviderClass`.
        secret_provider_class: String,
    },
}

/// `SecretProjection`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecretProjection {
    pub(crate) name: String,
    /// Its keys, and the files that they become.
    pub(crate) items: Vec<KeyToPath>,
}

/// `KeyToPath`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyToPath {
    pub(crate) key: String,
    /// Name of the file.
    pub(crate) path: String,
}
