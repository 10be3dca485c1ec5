//! What stops traffic, and what makes it easier to lose. Every row that fits counts.

use super::super::condition as so;
use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::rules_with;
use crate::kube::kind::REPLICATED;

const SERVICE: &str = "https://kubernetes.io/docs/concepts/services-networking/service/";
const INGRESS: &str = "https://kubernetes.io/docs/concepts/services-networking/ingress/";
const ROUTE: &str = "https://gateway-api.sigs.k8s.io/api-types/httproute/";
const STRATEGY: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy";
const PROBES: &str = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/";
const BUDGET: &str = "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/";
const MEMORY: &str = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";
const SPREAD: &str = "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/";
const POSTGRESQL: &str = "https://www.postgresql.org/docs/current/upgrading.html";
const STATEFUL: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/";
const EVICTION: &str = "https://valkey.io/topics/lru-cache/";
const ISSUER: &str = "https://cert-manager.io/docs/usage/ingress/";
const KEDA: &str = "https://keda.sh/docs/latest/reference/scaledobject-spec/#minreplicacount";
const HANG: &str = "the application is no longer probed: a hang is not restarted";
const LIFECYCLE: &str = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination";

rules_with! { down: Downtime, less: LessResilient }

pub(super) const TABLE: &[Rule] = &[
    Rule {
        given: &[Given::That(so::selected_run)],
        effect: Effect::MovesTraffic,
        ..down(&["Service"], "spec.selector.**", When::Any, "to pods that run already", SERVICE)
    },
    Rule {
        given: &[Given::Not(so::selected_run), Given::That(so::selected_come_first)],
        effect: Effect::MovesTraffic,
        ..down(&["Service"], "spec.selector.**", When::Any, "to pods that the release brings up first", SERVICE)
    },
    Rule {
        given: &[Given::Not(so::selected_run), Given::Not(so::selected_come_first)],
        ..down(
            &["Service"],
            "spec.selector.**",
            When::Any,
            "no traffic until pods with these labels are ready",
            SERVICE,
        )
    },
    down(&["Service"], "spec.ports[]", When::Removed, "callers of the port are refused", SERVICE),
    down(&["Service"], "spec.ports[].port", When::Lost, "callers of the old port are refused", SERVICE),
    down(&["Service"], "spec.ports[].targetPort", When::Lost, "no traffic unless the pods listen there", SERVICE),
    down(&["Service"], "spec.externalName", When::Lost, "callers reach another host", SERVICE),
    down(&["Service"], "spec.type", When::NoLonger("LoadBalancer"), "the outside address is lost", SERVICE),
    down(&["Service"], "spec.type", When::NoLonger("NodePort"), "the node port is closed", SERVICE),
    down(
        &["Service"],
        "spec.type",
        When::NoLonger("ExternalName"),
        "callers reach pods of the cluster instead",
        SERVICE,
    ),
    down(&["Service"], "spec.type", When::Becomes("ExternalName"), "callers leave the cluster", SERVICE),
    down(&["Ingress"], "spec.rules[]", When::Removed, "the host is no longer served", INGRESS),
    down(&["Ingress"], "spec.rules[].host", When::Lost, "the old host is no longer served", INGRESS),
    down(&["Ingress"], "spec.rules[].http.paths[]", When::Removed, "the path is no longer served", INGRESS),
    down(&["Ingress"], "spec.rules[].http.paths[].path", When::Lost, "the old path is no longer served", INGRESS),
    down(&["Ingress"], "spec.rules[].http.paths[].backend.**", When::Lost, "traffic goes to another service", INGRESS),
    down(
        &["Ingress"],
        "spec.ingressClassName",
        When::Lost,
        "another controller takes over, at another address",
        INGRESS,
    ),
    down(&["HTTPRoute"], "spec.hostnames[]", When::Removed, "the host is no longer served", ROUTE),
    down(&["HTTPRoute"], "spec.parentRefs.**", When::Lost, "another gateway takes over, at another address", ROUTE),
    down(&["HTTPRoute"], "spec.rules[]", When::Removed, "those requests are no longer served", ROUTE),
    down(&["HTTPRoute"], "spec.rules[].matches.**", When::Lost, "other requests are served than before", ROUTE),
    down(&["HTTPRoute"], "spec.rules[].backendRefs[].name", When::Lost, "traffic goes to another service", ROUTE),
    down(&["HTTPRoute"], "spec.rules[].backendRefs[]", When::Removed, "traffic goes elsewhere", ROUTE),
    Rule {
        given: &[Given::That(so::serves)],
        ..down(
            &["Deployment"],
            "spec.strategy.type",
            When::Becomes("Recreate"),
            "each rollout stops all pods first",
            STRATEGY,
        )
    },
    Rule {
        given: &[Given::That(so::serves)],
        ..down(
            REPLICATED,
            "**.containers[].readinessProbe",
            When::Removed,
            "traffic reaches pods that are not ready",
            PROBES,
        )
    },
    less(
        REPLICATED,
        "**.containers[].readinessProbe",
        When::Removed,
        "a rollout continues before they are ready",
        PROBES,
    ),
    less(REPLICATED, "**.containers[].livenessProbe", When::Removed, "a hung container is no longer restarted", PROBES),
    less(REPLICATED, "**.containers[].livenessProbe.httpGet", When::Removed, HANG, PROBES),
    less(REPLICATED, "**.containers[].livenessProbe.exec", When::Removed, HANG, PROBES),
    less(REPLICATED, "**.containers[].livenessProbe.grpc", When::Removed, HANG, PROBES),
    Rule {
        given: &[Given::That(so::is_other_postgresql)],
        ..down(
            &["StatefulSet"],
            "spec.template.spec.containers[].image",
            When::Replaced,
            "PostgreSQL does not start on the data of another major version: dump it before, restore it after",
            POSTGRESQL,
        )
    },
    Rule {
        given: &[Given::That(so::is_older_image), Given::Not(so::is_other_postgresql)],
        ..down(
            &["StatefulSet"],
            "spec.template.spec.containers[].image",
            When::Replaced,
            "an older server may not start on the data of a newer one",
            STATEFUL,
        )
    },
    Rule {
        given: &[Given::That(so::callers_share_the_secret)],
        ..down(
            REPLICATED,
            "**.env[].valueFrom.secretKeyRef.*",
            When::Replaced,
            "callers are refused until they have the new secret, too",
            STATEFUL,
        )
    },
    Rule {
        given: &[Given::That(so::stops_to_evict)],
        ..less(&[], "**.containers[].*", When::Replaced, "writes are refused when its memory is full", EVICTION)
    },
    less(REPLICATED, "**.resources.requests.cpu", When::Lowered, "gets less when the node is busy", MEMORY),
    less(REPLICATED, "**.resources.requests.memory", When::Lowered, "evicted sooner when the node is full", MEMORY),
    less(
        &["Ingress"],
        "metadata.annotations[\"cert-manager.io/cluster-issuer\"]",
        When::Replaced,
        "the certificate is issued again, by the other issuer; callers must trust it",
        ISSUER,
    ),
    less(
        &["Ingress"],
        "metadata.annotations[\"cert-manager.io/issuer\"]",
        When::Replaced,
        "the certificate is issued again, by the other issuer; callers must trust it",
        ISSUER,
    ),
    less(
        &["Ingress"],
        "metadata.annotations[\"cert-manager.io/cluster-issuer\"]",
        When::Removed,
        "nobody renews the certificate any more",
        ISSUER,
    ),
    less(
        &["ScaledObject"],
        "spec.minReplicaCount",
        When::Becomes("0"),
        "no pod runs while nothing waits: the first task waits for a pod, one that outlasts cooldownPeriod is stopped",
        KEDA,
    ),
    less(
        &["ScaledObject"],
        "spec.minReplicaCount",
        When::Removed,
        "no pod runs while nothing waits: the first task waits for a pod, one that outlasts cooldownPeriod is stopped",
        KEDA,
    ),
    less(&["ScaledObject"], "spec.minReplicaCount", When::Becomes("1"), "a single pod has no redundancy", KEDA),
    less(&["ScaledObject"], "spec.minReplicaCount", When::Lowered, "fewer pods in quiet times", KEDA),
    less(REPLICATED, "**.containers[].startupProbe", When::Removed, "a slow start may be taken for a hang", PROBES),
    less(
        REPLICATED,
        "**.containers[].resources.limits.memory",
        When::Lowered,
        "may be killed where it ran before",
        MEMORY,
    ),
    less(REPLICATED, "**.containers[].resources.requests", When::Removed, "the first to be evicted", MEMORY),
    less(
        REPLICATED,
        "**.containers[].resources.requests.*",
        When::Removed,
        "may be placed where there is no room",
        MEMORY,
    ),
    less(REPLICATED, "**.topologySpreadConstraints", When::Removed, "all pods may end up on one node", SPREAD),
    less(REPLICATED, "**.topologySpreadConstraints[]", When::Removed, "the pods may end up close together", SPREAD),
    less(REPLICATED, "**.lifecycle.preStop", When::Removed, "requests may be cut off when a pod stops", LIFECYCLE),
    less(REPLICATED, "**.terminationGracePeriodSeconds", When::Lowered, "requests may be cut off sooner", LIFECYCLE),
    less(
        &["Deployment"],
        "spec.strategy.rollingUpdate.maxUnavailable",
        When::Raised,
        "fewer pods serve during a rollout",
        STRATEGY,
    ),
    less(&["HorizontalPodAutoscaler"], "spec.minReplicas", When::Becomes("1"), "a single pod has no redundancy", ""),
    less(&["HorizontalPodAutoscaler"], "spec.minReplicas", When::Lowered, "fewer pods in quiet times", ""),
    less(&["HorizontalPodAutoscaler"], "spec.maxReplicas", When::Lowered, "less room for load", ""),
    less(&["ScaledObject"], "spec.maxReplicaCount", When::Lowered, "less room for load", ""),
    less(&["Deployment", "StatefulSet"], "spec.replicas", When::Becomes("1"), "a single pod has no redundancy", ""),
    less(&["PodDisruptionBudget"], "spec.maxUnavailable", When::Raised, "a drain takes more pods at once", BUDGET),
    less(&["PodDisruptionBudget"], "spec.minAvailable", When::Lowered, "a drain takes more pods at once", BUDGET),
    less(&["PodDisruptionBudget"], "spec.selector.**", When::Any, "other pods are protected than before", BUDGET),
    less(&["CronJob"], "spec.suspend", When::Becomes("true"), "it no longer runs", ""),
    less(&["ResourceQuota"], "spec.hard.*", When::Lowered, "pods beyond it are refused", ""),
];
