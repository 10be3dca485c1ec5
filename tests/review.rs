//! The review: which change has which effect.

#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "a test may panic, and a table is as long as it is")]

mod harness;

use harness::changes::{container, object, review, review_files};
use pykube::review::{ChangeKind, Effect, to_text};

#[test]
fn every_effect_has_its_cause() {
    use Effect::*;
    let pod = |fields: &str| container("Deployment", fields);
    let deployment = |spec: &str| object("Deployment", &format!("spec: {{{spec}}}"));
    let of = object;
    let cases: Vec<(&str, String, String, &[Effect])> = vec![
        ("another image rolls", pod("image: a:1"), pod("image: a:2"), &[RollsPods]),
        ("a variable rolls", pod("image: a"), pod("image: a, env: [{name: X, value: y}]"), &[RollsPods]),
        ("another selector is refused", deployment("selector: {a: 1}"), deployment("selector: {a: 2}"), &[Immutable]),
        ("replicas scale", deployment("replicas: 2"), deployment("replicas: 3"), &[Scales]),
        ("no replica serves nobody", deployment("replicas: 2"), deployment("replicas: 0"), &[LessResilient]),
        (
            "one replica has no redundancy",
            deployment("replicas: 2"),
            deployment("replicas: 1"),
            &[LessResilient, Scales],
        ),
        (
            "recreate is nothing to those whom nobody calls",
            deployment("strategy: {type: RollingUpdate}"),
            deployment("strategy: {type: Recreate}"),
            &[None],
        ),
        (
            "a rollout under recreate only rolls when nobody calls",
            deployment("strategy: {type: Recreate}, template: {a: 1}"),
            deployment("strategy: {type: Recreate}, template: {a: 2}"),
            &[RollsPods],
        ),
        (
            "history is nothing to the pods",
            deployment("revisionHistoryLimit: 3"),
            deployment("revisionHistoryLimit: 4"),
            &[None],
        ),
        ("a label of the object is nothing to the pods", of("Deployment", "x: 1"), of("Deployment", "x: 2"), &[None]),
        (
            "less memory may kill",
            pod("resources: {limits: {memory: 1Gi}}"),
            pod("resources: {limits: {memory: 512Mi}}"),
            &[LessResilient, RollsPods],
        ),
        (
            "more memory only rolls",
            pod("resources: {limits: {memory: 512Mi}}"),
            pod("resources: {limits: {memory: 1Gi}}"),
            &[RollsPods],
        ),
        (
            "privilege escalation",
            pod("securityContext: {allowPrivilegeEscalation: false}"),
            pod("securityContext: {}"),
            &[WeakerSecurity, RollsPods],
        ),
        (
            "a whole security context that goes",
            pod("securityContext: {readOnlyRootFilesystem: true}"),
            pod("image: a"),
            &[WeakerSecurity, RollsPods],
        ),
        (
            "a capability",
            pod("securityContext: {capabilities: {drop: [ALL]}}"),
            pod("securityContext: {capabilities: {drop: [ALL], add: [NET_ADMIN]}}"),
            &[WeakerSecurity, RollsPods],
        ),
        (
            "hardening only rolls",
            pod("securityContext: {readOnlyRootFilesystem: false}"),
            pod("securityContext: {readOnlyRootFilesystem: true}"),
            &[RollsPods],
        ),
        ("no readiness", pod("readinessProbe: {}"), pod("image: a"), &[LessResilient, RollsPods]),
        (
            "a claim that goes",
            deployment("template: {spec: {volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]}}"),
            deployment("template: {spec: {volumes: [{name: d, emptyDir: {}}]}}"),
            &[DataLoss, RollsPods],
        ),
        (
            "a claim that grows",
            of("PersistentVolumeClaim", "spec: {resources: {requests: {storage: 1Gi}}}"),
            of("PersistentVolumeClaim", "spec: {resources: {requests: {storage: 2Gi}}}"),
            &[MayBeRefused],
        ),
        (
            "a claim that shrinks",
            of("PersistentVolumeClaim", "spec: {resources: {requests: {storage: 2Gi}}}"),
            of("PersistentVolumeClaim", "spec: {resources: {requests: {storage: 1Gi}}}"),
            &[Immutable],
        ),
        (
            "a service's selector",
            of("Service", "spec: {selector: {app: a}}"),
            of("Service", "spec: {selector: {app: b}}"),
            &[Downtime],
        ),
        ("a headless service", of("Service", "spec: {clusterIP: None}"), of("Service", "spec: {}"), &[Immutable]),
        (
            "clusterIP goes with the type",
            of("Service", "spec: {type: ClusterIP, clusterIP: 10.0.0.1}"),
            of("Service", "spec: {type: ExternalName, externalName: a.example}"),
            &[Downtime],
        ),
        (
            "a load balancer",
            of("Service", "spec: {type: ClusterIP}"),
            of("Service", "spec: {type: LoadBalancer}"),
            &[Opens],
        ),
        (
            "a host",
            of("Ingress", "spec: {rules: [{host: a}]}"),
            of("Ingress", "spec: {rules: [{host: b}]}"),
            &[Downtime, Opens],
        ),
        (
            "a host more",
            of("Ingress", "spec: {rules: [{host: a}]}"),
            of("Ingress", "spec: {rules: [{host: b}, {host: a}]}"),
            &[Opens],
        ),
        (
            "no encryption",
            of("Ingress", "spec: {tls: [{secretName: t}]}"),
            of("Ingress", "spec: {}"),
            &[WeakerSecurity],
        ),
        (
            "a verb",
            of("Role", "rules: [{resources: [pods], verbs: [get]}]"),
            of("Role", "rules: [{resources: [pods], verbs: [get, list]}]"),
            &[WeakerSecurity],
        ),
        (
            "a verb less",
            of("Role", "rules: [{resources: [pods], verbs: [get, list]}]"),
            of("Role", "rules: [{resources: [pods], verbs: [list]}]"),
            &[None],
        ),
        (
            "another role",
            of("RoleBinding", "roleRef: {name: a}"),
            of("RoleBinding", "roleRef: {name: b}"),
            &[Immutable],
        ),
        (
            "an autoscaler",
            of("HorizontalPodAutoscaler", "spec: {maxReplicas: 10}"),
            of("HorizontalPodAutoscaler", "spec: {maxReplicas: 20}"),
            &[Scales],
        ),
        (
            "less room",
            of("HorizontalPodAutoscaler", "spec: {maxReplicas: 20}"),
            of("HorizontalPodAutoscaler", "spec: {maxReplicas: 10}"),
            &[LessResilient, Scales],
        ),
        ("a running job", of("Job", "spec: {template: {a: 1}}"), of("Job", "spec: {template: {a: 2}}"), &[Immutable]),
        ("a job let go", of("Job", "spec: {suspend: true}"), of("Job", "spec: {suspend: false}"), &[RunsJob]),
        ("a schedule", of("CronJob", "spec: {schedule: a}"), of("CronJob", "spec: {schedule: b}"), &[None]),
        (
            "a stateful set's service",
            of("StatefulSet", "spec: {serviceName: a}"),
            of("StatefulSet", "spec: {serviceName: b}"),
            &[Immutable],
        ),
        (
            "a stateful set's pods",
            of("StatefulSet", "spec: {template: {a: 1}}"),
            of("StatefulSet", "spec: {template: {a: 2}}"),
            &[RollsPods],
        ),
        (
            "claims that go with the set",
            of("StatefulSet", "spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}}"),
            of("StatefulSet", "spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}}"),
            &[DataLoss],
        ),
        (
            "an immutable map",
            of("ConfigMap", "immutable: true\ndata: {a: b}"),
            of("ConfigMap", "immutable: true\ndata: {a: c}"),
            &[Immutable],
        ),
        ("a map", of("ConfigMap", "data: {a: b}"), of("ConfigMap", "data: {a: c}"), &[None]),
        (
            "a budget",
            of("PodDisruptionBudget", "spec: {maxUnavailable: 1}"),
            of("PodDisruptionBudget", "spec: {maxUnavailable: 2}"),
            &[LessResilient],
        ),
        ("a set that goes", of("StatefulSet", "spec: {}"), String::new(), &[Stays]),
        ("a claim object that goes", of("PersistentVolumeClaim", "spec: {}"), String::new(), &[Stays]),
        ("a service that goes", of("Service", "spec: {}"), String::new(), &[Stays]),
        ("a policy that goes", of("NetworkPolicy", "spec: {}"), String::new(), &[Stays]),
        ("a budget that goes", of("PodDisruptionBudget", "spec: {}"), String::new(), &[Stays]),
        ("a deployment that comes", String::new(), of("Deployment", "spec: {}"), &[Scales]),
        ("a job that comes", String::new(), of("Job", "spec: {}"), &[RunsJob]),
        ("a right that comes", String::new(), of("RoleBinding", "roleRef: {}"), &[WeakerSecurity]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (name, before, after, effects) in cases {
        let review = review(&before, &after);
        assert_eq!(review.subjects.len(), 1, "{name}: {review:?}");
        let found: Vec<Effect> = review.subjects[0].effects().into_iter().collect();
        assert_eq!(found, effects, "{name}\n{}", to_text(&review, false));
        seen.extend(found);
    }
    let files =
        [("Dockerfile", "FROM a\nUSER app\n"), (".github/workflows/deploy.yml", "permissions: {contents: read}\n")];
    let now =
        [("Dockerfile", "FROM b\nUSER root\n"), (".github/workflows/deploy.yml", "permissions: {contents: write}\n")];
    let review = review_files(&files, &now);
    for subject in &review.subjects {
        assert_eq!(subject.worst(), WeakerSecurity);
        seen.extend(subject.effects());
    }
    seen.extend([MovesTraffic, Downtime]); // have tests of their own
    assert_eq!(seen.len(), 15, "an effect without a case: {seen:?}");
}

#[test]
fn order_and_layout_are_no_change() {
    let before = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          env: [{name: X, value: \"1\"}, {name: Y, value: \"2\"}]\n        - name: b\n";
    let after = "kind: Deployment\nspec: {template: {spec: {containers: [{name: b}, {env: [{value: \"2\", name: Y}, {name: X, value: \"1\"}], name: a}]}}}\n";
    let review = review(before, after);
    assert!(review.subjects.is_empty(), "{review:?}");
    assert_eq!(to_text(&review, false), "no object changes; only the layout of files does\n");
}

#[test]
fn a_hash_in_a_name_is_a_renaming_that_rolls_and_not_a_coming_and_going() {
    let map = |hash: &str, value: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop-config-{hash}\ndata:\n  A: \"{value}\"\n")
    };
    let job = |hash: &str, image: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: shop-migrate-{hash}\nspec:\n  template:\n    spec:\n      containers:\n        - name: migrate\n          image: {image}\n"
        )
    };
    let before = map("3f9c2a7b1d", "1") + "---\n" + &job("0a1b2c3d4e", "a:1");
    let after = map("ffffffffff", "2") + "---\n" + &job("1111111111", "a:2");
    let review = review(&before, &after);
    let text = to_text(&review, false);
    assert_eq!(review.subjects.len(), 2, "{text}");
    assert!(text.contains("ConfigMap shop-config-ffffffffff (was shop-config-3f9c2a7b1d)"), "{text}");
    assert!(text.contains("rolls the pods") && text.contains("runs a job"), "{text}");
    assert!(!text.contains("IMMUTABLE"), "{text}");
    assert!(text.contains("data.A"), "{text}");
}

#[test]
fn a_service_that_turns_to_pods_that_run_already_moves_traffic() {
    let workload = |colour: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {colour}}}\nspec: {{template: {{metadata: {{labels: {{app: shop, colour: {colour}}}}}}}}}\n"
        )
    };
    let service = |colour: &str| object("Service", &format!("spec: {{selector: {{app: shop, colour: {colour}}}}}"));
    let tree = |colour: &str, workloads: &[(&str, String)]| {
        let mut all: Vec<(String, String)> = vec![("k8s/service.yaml".into(), service(colour))];
        all.extend(workloads.iter().map(|(path, text)| ((*path).to_owned(), text.clone())));
        all
    };
    let both = [("k8s/blue.yaml", workload("blue")), ("k8s/green.yaml", workload("green"))];
    let review = |before: &[(String, String)], after: &[(String, String)]| {
        let before: Vec<_> = before.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let after: Vec<_> = after.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        review_files(&before, &after)
    };
    let moved = review(&tree("blue", &both), &tree("green", &both));
    assert_eq!(moved.subjects[0].worst(), Effect::MovesTraffic, "{moved:?}");
    let fresh = review(&tree("blue", &both[..1]), &tree("green", &both));
    assert_eq!(fresh.subjects[0].worst(), Effect::Downtime, "green does not run yet: {fresh:?}");
}

#[test]
fn one_and_one_point_zero_are_the_same_number() {
    let quota = |pods: &str| object("ResourceQuota", &format!("spec: {{hard: {{pods: {pods}}}}}"));
    assert_eq!(review(&quota("1"), &quota("1.0")).subjects, []);
    assert_eq!(review(&quota("1"), &quota("1.5")).subjects.len(), 1);
}

#[test]
fn what_goes_with_more_is_weaker_for_containers() {
    let pod = |fields: &str| container("Deployment", fields);
    let bare = review(&pod("image: a, securityContext: {runAsNonRoot: true}"), &pod("image: a"));
    assert_eq!(bare.subjects[0].worst(), Effect::WeakerSecurity);
    // The rules about what a probe asks say nothing besides when the whole probe goes.
    let unprobed = review(&pod("image: a, livenessProbe: {httpGet: {path: /live}}"), &pod("image: a"));
    let why: Vec<&str> =
        unprobed.subjects[0].fields.iter().flat_map(|field| &field.found).map(|one| &*one.why).collect();
    assert_eq!(why.iter().filter(|why| why.contains("restarted")).count(), 1, "{why:?}");
}

#[test]
fn another_hash_is_another_name_only_within_a_namespace() {
    let map = |hash: &str, namespace: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c-{hash}, namespace: {namespace}}}\n")
    };
    let old = map("0123456789", "shop");
    let turns = |new: &str| -> Vec<ChangeKind> {
        review(&old, new).subjects.into_iter().map(|subject| subject.change_kind).collect()
    };
    assert_eq!(turns(&map("abcdefabcd", "shop")), [ChangeKind::Renamed("c-0123456789".into())]);
    let moved = turns(&map("abcdefabcd", "other"));
    assert!(
        moved.contains(&ChangeKind::Added) && moved.contains(&ChangeKind::Removed) && moved.len() == 2,
        "{moved:?}"
    );
}
