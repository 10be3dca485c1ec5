//! What allows more than before. Every row that fits counts.
//!
//! Pod fields: <https://kubernetes.io/docs/concepts/security/pod-security-standards/>.

use super::super::condition::{believes_everybody, is_unencrypted};
use super::super::effect::Effect;
use super::super::rule::{Given, Rule, When};
use super::{rule, rules_with};

const STANDARDS: &str = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";
const RBAC: &str = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";
const NAMESPACES: &str = "https://kubernetes.io/docs/concepts/security/pod-security-admission/";
const TOKEN: &str = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/";
const SERVICES: &str =
    "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types";
const INGRESS: &str = "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls";
const FORWARDED: &str = "https://www.uvicorn.org/settings/#http";

rules_with! { weaker_in: WeakerSecurity, opens: Opens }

const fn weaker(at: &'static str, when: When, why: &'static str) -> Rule {
    rule(&[], at, when, Effect::WeakerSecurity, why, STANDARDS)
}

const ROLES: &[&str] = &["Role", "ClusterRole"];
const BINDINGS: &[&str] = &["RoleBinding", "ClusterRoleBinding"];
const ENFORCE: &str = "metadata.labels[\"pod-security.kubernetes.io/enforce\"]";

pub(super) const TABLE: &[Rule] = &[
    weaker("**.securityContext.privileged", When::Becomes("true"), "the container is the node's root"),
    weaker("**.securityContext.allowPrivilegeEscalation", When::NoLonger("false"), "processes may gain privileges"),
    weaker("**.securityContext.readOnlyRootFilesystem", When::NoLonger("true"), "the container's files can be changed"),
    weaker("**.securityContext.runAsNonRoot", When::NoLonger("true"), "root is allowed"),
    weaker("**.securityContext.runAsUser", When::Becomes("0"), "runs as root"),
    weaker("**.securityContext.runAsGroup", When::Becomes("0"), "runs in root's group"),
    weaker("**.securityContext.capabilities.add[]", When::Added, "a capability more"),
    weaker("**.securityContext.capabilities.drop[]", When::Removed, "a capability is no longer dropped"),
    weaker("**.securityContext.seccompProfile.type", When::NoLonger("RuntimeDefault"), "more system calls are allowed"),
    weaker("**.securityContext.appArmorProfile.type", When::Becomes("Unconfined"), "AppArmor is off"),
    weaker("**.securityContext.procMount", When::Becomes("Unmasked"), "/proc is unmasked"),
    weaker("**.hostNetwork", When::Becomes("true"), "the pod sees the node's network"),
    weaker("**.hostPID", When::Becomes("true"), "the pod sees the node's processes"),
    weaker("**.hostIPC", When::Becomes("true"), "the pod shares the node's memory"),
    weaker("**.volumes[].hostPath", When::Set, "the pod reaches into the node's files"),
    weaker("**.ports[].hostPort", When::Set, "the port opens on the node"),
    weaker_in(&[], "**.automountServiceAccountToken", When::NoLonger("false"), "pods get a token of the API", TOKEN),
    weaker_in(&[], "**.serviceAccountName", When::Lost, "pods act with another account's rights", TOKEN),
    weaker_in(&["Namespace"], ENFORCE, When::NoLonger("restricted"), "pods may do more in the namespace", NAMESPACES),
    weaker_in(&["Namespace"], ENFORCE, When::Becomes("privileged"), "pods may do anything", NAMESPACES),
    weaker_in(&["Namespace"], ENFORCE, When::Removed, "nothing restricts pods", NAMESPACES),
    weaker_in(ROLES, "rules[]", When::Added, "more is allowed", RBAC),
    weaker_in(ROLES, "rules[].*[]", When::Added, "more is allowed", RBAC),
    weaker_in(ROLES, "rules[].resourceNames", When::Removed, "every object of that sort is allowed", RBAC),
    weaker_in(BINDINGS, "subjects[]", When::Added, "somebody else gets the rights", RBAC),
    weaker_in(BINDINGS, "subjects[].*", When::Set, "somebody else gets the rights", RBAC),
    opens(&["Service"], "spec.type", When::Becomes("LoadBalancer"), "reachable from outside the cluster", SERVICES),
    opens(&["Service"], "spec.type", When::Becomes("NodePort"), "reachable on every node", SERVICES),
    opens(&["Ingress"], "spec.rules[]", When::Added, "another host reaches the service from outside", INGRESS),
    opens(&["HTTPRoute"], "spec.hostnames[]", When::Added, "another host reaches the service from outside", INGRESS),
    weaker_in(&["Service"], "spec.externalIPs.**", When::Set, "reachable on that address", SERVICES),
    weaker_in(&["Service"], "spec.loadBalancerSourceRanges.**", When::Removed, "open to more addresses", SERVICES),
    Rule {
        given: &[Given::That(is_unencrypted)],
        ..weaker_in(&["Ingress"], "spec.tls", When::Removed, "traffic is no longer encrypted", INGRESS)
    },
    Rule {
        given: &[Given::That(is_unencrypted)],
        ..weaker_in(&["Ingress"], "spec.tls[]", When::Removed, "traffic is no longer encrypted", INGRESS)
    },
    Rule {
        given: &[Given::That(believes_everybody)],
        ..weaker_in(&[], "**", When::Set, "any caller's word about its address is believed", FORWARDED)
    },
    weaker_in(&["ResourceQuota"], "spec.hard.*", When::Removed, "no limit any more", ""),
    weaker_in(&["DestinationRule"], "spec.trafficPolicy.tls.mode", When::Becomes("DISABLE"), "no mutual TLS", ""),
];
