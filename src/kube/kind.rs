//! The kinds of objects, one row each: what the API says of a kind, and whatever depends on the kind asks here.
//!
//! Sources: the API reference of Kubernetes (<https://kubernetes.io/docs/reference/kubernetes-api/>), `kubectl
//! api-resources`, and the custom resource definitions of each add-on. `types.go` means k8s.io/api v0.37.0-beta.0;
//! `validation` the API server's own checks (k8s.io/kubernetes `pkg/apis`).

use super::grammar::name::{self, Refusal};
use super::list::{List, ListKind, SHARED, keyed, set};
use super::path::FieldPath;

/// What is known of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// `Deployment`
    pub(crate) name: &'static str,
    /// `apps/v1`
    pub(crate) api_version: &'static str,
    /// Whether its objects live in a namespace.
    pub(crate) is_namespaced: bool,
    /// Where the template of its pods is; none when it makes no pods.
    pub(crate) pod_template: Option<&'static str>,
    /// Whether its pods run until they are stopped, as opposed to completion.
    pub(crate) keeps_running: bool,
    /// Whether pykube puts the hash of the content behind the names of its objects: another content is another object.
    pub(crate) is_named_by_content: bool,
    /// The grammar of its objects' names.
    pub(crate) name_grammar: fn(&str) -> Result<(), Refusal>,
    /// The most characters that a name may have.
    pub(crate) longest_name: usize,
    /// Its lists whose items are known by something else than their place; see [`super::list`].
    pub(crate) lists: &'static [List],
    /// What the API server never lets change.
    pub(crate) immutable: &'static [Immutable],
}

/// A field that stays as it was created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Immutable {
    /// The field, as a pattern of [`super::path`].
    pub(crate) at: &'static str,
    /// What to know about it, in a clause; may be empty.
    pub(crate) why: &'static str,
    /// The documentation that says so.
    pub(crate) source: &'static str,
}

const fn kind(name: &'static str, api_version: &'static str) -> Kind {
    Kind {
        name,
        api_version,
        is_namespaced: true,
        pod_template: None,
        keeps_running: false,
        is_named_by_content: false,
        name_grammar: name::dns_subdomain,
        longest_name: 253,
        lists: &[],
        immutable: &[],
    }
}

/// A kind without a namespace.
const fn cluster_wide(name: &'static str, api_version: &'static str) -> Kind {
    Kind { is_namespaced: false, ..kind(name, api_version) }
}

/// A kind that keeps pods running. Their names become host names, so those of their makers are labels.
const fn workload(name: &'static str, api_version: &'static str) -> Kind {
    Kind {
        pod_template: Some("spec.template"),
        keeps_running: true,
        name_grammar: name::dns_label,
        longest_name: 63,
        ..kind(name, api_version)
    }
}

const fn fixed(at: &'static str, why: &'static str, source: &'static str) -> Immutable {
    Immutable { at, why, source }
}

const SELECTOR: &[Immutable] = &[fixed(
    "spec.selector.**",
    "it says which pods are the workload's own",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates",
)];
const ROLE_LISTS: &[List] = &[keyed("rules", &["apiGroups", "resources", "resourceNames"]), set("rules[].*")];
const BINDING_LISTS: &[List] = &[keyed("subjects", &["kind", "namespace", "name"])];
const ROLE_REF: &[Immutable] =
    &[fixed("roleRef.**", "", "rbac/v1 types.go, RoleBinding.roleRef: this field is immutable")];
/// Source of the fields of a StatefulSet that may change.
pub(crate) const STATEFUL_SET: &str = "apps/v1 validation: updates to statefulset spec for fields other than \
    'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
    'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
/// Source of the fields of a Job that may change.
pub(crate) const JOB: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/job/\
    #mutable-scheduling-directives; batch/v1 validation: field is immutable";
/// Source of the fields of a claim that may change.
pub(crate) const CLAIM: &str = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/\
    #expanding-persistent-volumes-claims; core/v1 validation: spec is immutable after creation except \
    resources.requests and volumeAttributesClassName for bound claims";

const CLASS: &str = "the class of a claim never changes: recreate it under another name and copy the data";

/// Kinds whose pods are counted in `spec.replicas`.
pub(crate) const REPLICATED: &[&str] = &["Deployment", "StatefulSet", "Rollout"];

/// Every kind that anything here knows, in the order of their names.
pub(crate) const KINDS: &[Kind] = &[
    cluster_wide("ClusterIssuer", "cert-manager.io/v1"),
    Kind {
        name_grammar: name::path_segment,
        lists: ROLE_LISTS,
        ..cluster_wide("ClusterRole", "rbac.authorization.k8s.io/v1")
    },
    Kind {
        name_grammar: name::path_segment,
        lists: BINDING_LISTS,
        immutable: ROLE_REF,
        ..cluster_wide("ClusterRoleBinding", "rbac.authorization.k8s.io/v1")
    },
    cluster_wide("ClusterSecretStore", "external-secrets.io/v1"),
    cluster_wide("ClusterTriggerAuthentication", "keda.sh/v1alpha1"),
    Kind { is_named_by_content: true, ..kind("ConfigMap", "v1") },
    Kind {
        pod_template: Some("spec.jobTemplate.spec.template"),
        keeps_running: false,
        // Its Jobs get eleven characters more.
        longest_name: 52,
        ..workload("CronJob", "batch/v1")
    },
    Kind { immutable: SELECTOR, ..workload("DaemonSet", "apps/v1") },
    Kind { immutable: SELECTOR, ..workload("Deployment", "apps/v1") },
    kind("DestinationRule", "networking.istio.io/v1"),
    Kind { lists: &[keyed("spec.data", &["secretKey"])], ..kind("ExternalSecret", "external-secrets.io/v1") },
    Kind {
        lists: &[
            keyed("spec.parentRefs", &["namespace", "name", "sectionName"]),
            keyed("**.backendRefs", &["name", "port"]),
            set("spec.hostnames"),
        ],
        ..kind("HTTPRoute", "gateway.networking.k8s.io/v1")
    },
    Kind {
        lists: &[
            keyed(
                "spec.metrics",
                &[
                    "resource.name",
                    "containerResource.name",
                    "pods.metric.name",
                    "object.metric.name",
                    "external.metric.name",
                ],
            ),
            keyed("spec.behavior.*.policies", &["type"]),
        ],
        ..kind("HorizontalPodAutoscaler", "autoscaling/v2")
    },
    Kind {
        lists: &[
            keyed("spec.rules", &["host"]),
            keyed("spec.rules[].http.paths", &["path", "pathType"]),
            keyed("spec.tls", &["secretName"]),
            set("spec.tls[].hosts"),
        ],
        ..kind("Ingress", "networking.k8s.io/v1")
    },
    Kind {
        keeps_running: false,
        is_named_by_content: true,
        immutable: &[
            fixed("spec.template.**", "a Job runs once with one template; give it another name", JOB),
            fixed("spec.completions", "", JOB),
            fixed("spec.completionMode", "", JOB),
            fixed("spec.selector.**", "", JOB),
            fixed("spec.podFailurePolicy.**", "", JOB),
            fixed("spec.successPolicy.**", "", "batch/v1 types.go, JobSpec.successPolicy: it must be immutable"),
            fixed("spec.backoffLimitPerIndex", "", "batch/v1 types.go, JobSpec.backoffLimitPerIndex: immutable"),
            fixed("spec.managedBy", "", "batch/v1 types.go, JobSpec.managedBy: immutable"),
        ],
        ..workload("Job", "batch/v1")
    },
    Kind {
        lists: &[keyed("images", &["name"]), set("resources")],
        ..kind("Kustomization", "kustomize.config.k8s.io/v1beta1")
    },
    Kind { lists: &[keyed("spec.limits", &["type"])], ..kind("LimitRange", "v1") },
    Kind { name_grammar: name::dns_label, longest_name: 63, ..cluster_wide("Namespace", "v1") },
    Kind {
        lists: &[keyed("spec.*[].ports", &["port", "protocol=TCP"]), set("spec.policyTypes")],
        ..kind("NetworkPolicy", "networking.k8s.io/v1")
    },
    cluster_wide("PersistentVolume", "v1"),
    Kind {
        immutable: &[
            fixed("spec.resources.requests.storage", "a claim never shrinks: copy the data to a smaller one", CLAIM),
            fixed("spec.storageClassName", CLASS, CLAIM),
            fixed("spec.**", "deleting the claim deletes the data", CLAIM),
        ],
        ..kind("PersistentVolumeClaim", "v1")
    },
    kind("PodDisruptionBudget", "policy/v1"),
    Kind {
        lists: &[keyed("spec.podMetricsEndpoints", &["port", "path"])],
        ..kind("PodMonitor", "monitoring.coreos.com/v1")
    },
    cluster_wide("PriorityClass", "scheduling.k8s.io/v1"),
    Kind {
        lists: &[keyed("spec.groups", &["name"]), keyed("spec.groups[].rules", &["alert", "record"])],
        ..kind("PrometheusRule", "monitoring.coreos.com/v1")
    },
    Kind {
        name_grammar: name::dns_subdomain,
        longest_name: 253,
        immutable: SELECTOR,
        ..workload("ReplicaSet", "apps/v1")
    },
    kind("ResourceQuota", "v1"),
    Kind { name_grammar: name::path_segment, lists: ROLE_LISTS, ..kind("Role", "rbac.authorization.k8s.io/v1") },
    Kind {
        name_grammar: name::path_segment,
        lists: BINDING_LISTS,
        immutable: ROLE_REF,
        ..kind("RoleBinding", "rbac.authorization.k8s.io/v1")
    },
    workload("Rollout", "argoproj.io/v1alpha1"),
    Kind { lists: &[keyed("spec.triggers", &["name", "type"])], ..kind("ScaledObject", "keda.sh/v1alpha1") },
    kind("SealedSecret", "bitnami.com/v1alpha1"),
    Kind {
        immutable: &[fixed("type", "", "core/v1 validation: Secret.type: field is immutable")],
        ..kind("Secret", "v1")
    },
    kind("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1"),
    Kind {
        name_grammar: name::service_name,
        longest_name: 63,
        lists: &[keyed("spec.ports", &["port", "protocol=TCP"])],
        immutable: &[
            fixed(
                "spec.clusterIP",
                "callers lose the name meanwhile",
                "core/v1 types.go, ServiceSpec.clusterIP: may not be changed through updates unless the type changes \
                 to or from ExternalName",
            ),
            fixed("spec.clusterIPs.**", "", "core/v1 types.go, ServiceSpec.clusterIPs"),
            fixed(
                "spec.healthCheckNodePort",
                "",
                "core/v1 types.go, ServiceSpec.healthCheckNodePort: cannot be updated once set",
            ),
        ],
        ..kind("Service", "v1")
    },
    Kind { lists: &[keyed("secrets", &["name"])], ..kind("ServiceAccount", "v1") },
    kind("ServiceEntry", "networking.istio.io/v1"),
    Kind { lists: &[keyed("spec.endpoints", &["port", "path"])], ..kind("ServiceMonitor", "monitoring.coreos.com/v1") },
    Kind {
        // Its pods carry the name with a hash of up to ten characters in a label.
        longest_name: 52,
        lists: &[keyed("spec.volumeClaimTemplates", &["metadata.name"])],
        immutable: &[
            fixed(
                "spec.volumeClaimTemplates[].spec.resources.**",
                "claims are made once; delete the set with --cascade=orphan, recreate it, and resize the claims \
                 themselves",
                STATEFUL_SET,
            ),
            fixed("spec.volumeClaimTemplates[].spec.storageClassName", CLASS, STATEFUL_SET),
            fixed(
                "spec.volumeClaimTemplates.**",
                "claims are made once and stay as they are; delete the set with --cascade=orphan and recreate it",
                STATEFUL_SET,
            ),
            fixed("spec.**", "delete the set with --cascade=orphan and recreate it", STATEFUL_SET),
        ],
        ..workload("StatefulSet", "apps/v1")
    },
    cluster_wide("StorageClass", "storage.k8s.io/v1"),
    kind("TriggerAuthentication", "keda.sh/v1alpha1"),
    kind("VerticalPodAutoscaler", "autoscaling.k8s.io/v1"),
    Kind {
        // A GitHub workflow, which is compared like an object.
        lists: &[keyed("jobs.*.steps", &["id|name|uses@"]), set("on.*.branches"), set("on.*.paths")],
        ..kind("Workflow", "")
    },
];

/// What is known of the kind called `name`.
pub(crate) fn of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// How the items of the list at `path` in an object of `kind` are told apart.
pub(crate) fn list_kind(kind: &str, path: &FieldPath) -> ListKind {
    let own = of(kind).map_or(&[][..], |kind| kind.lists);
    own.iter().chain(SHARED).find(|list| path.matches(list.at)).map_or(ListKind::Sequence, |list| list.items)
}

/// The name of the file and of the template of a kind: `HTTPRoute` is `http-route`.
pub(crate) fn file_stem(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut stem = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && letters[at - 1].is_ascii_lowercase();
        let before_small = at > 0 && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_small || before_small) {
            stem.push('-');
        }
        stem.push(letter.to_ascii_lowercase());
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_none_comes_twice() {
        assert!(KINDS.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn a_file_is_called_after_its_kind() {
        for (kind, stem) in [
            ("Job", "job"),
            ("CronJob", "cron-job"),
            ("HTTPRoute", "http-route"),
            ("HorizontalPodAutoscaler", "horizontal-pod-autoscaler"),
        ] {
            assert_eq!(file_stem(kind), stem);
        }
    }
}
