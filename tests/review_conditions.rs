//! What the review says hangs on what stands around a change: each condition on both sides of it.

mod harness;

use harness::changes::review_files;
use pykube::review::to_text;

/// What the review says of an edit of one file, with what stands beside it before and after.
fn said(before: &str, after: &str) -> String {
    let files = |text| [("k8s/a.yaml", text), ("k8s/release.py", "")];
    to_text(&review_files(&files(before), &files(after)), false)
}

/// `{api} {kind} {name}` with a body in flow style, as one document.
fn one(api: &str, kind: &str, name: &str, body: &str) -> String {
    format!("---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n{body}\n")
}

fn deployment(name: &str, account: &str) -> String {
    let pod = format!("{{serviceAccountName: {account}, containers: [{{name: a, image: a:1}}]}}");
    one(
        "apps/v1",
        "Deployment",
        name,
        &format!("spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {pod}}}}}"),
    )
}

fn scaler(target: &str) -> String {
    one(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "s",
        &format!("spec: {{scaleTargetRef: {{kind: Deployment, name: {target}}}}}"),
    )
}

fn cache(arguments: &str) -> String {
    let pod = format!("{{containers: [{{name: a, command: [valkey-server{arguments}]}}]}}");
    one("apps/v1", "StatefulSet", "cache", &format!("spec: {{template: {{spec: {pod}}}}}"))
}

fn postgres(image: &str) -> String {
    let pod = format!("{{containers: [{{name: a, image: {image}}}]}}");
    one("apps/v1", "StatefulSet", "db", &format!("spec: {{template: {{spec: {pod}}}}}"))
}

fn asks(request: &str) -> String {
    let pod = format!("{{containers: [{{name: a, resources: {{requests: {{cpu: {request}}}}}}}]}}");
    one("apps/v1", "Deployment", "web", &format!("spec: {{template: {{spec: {pod}}}}}"))
}

fn keda(kind: &str, metric: &str) -> String {
    let trigger = format!("{{type: {kind}, metricType: {metric}, metadata: {{value: \"50\"}}}}");
    one(
        "keda.sh/v1alpha1",
        "ScaledObject",
        "s",
        &format!("spec: {{scaleTargetRef: {{name: web}}, triggers: [{trigger}]}}"),
    )
}

#[test]
fn a_reason_is_given_where_it_holds_and_nowhere_else() {
    const TAKES_OVER: &str = "takes over the number of pods";
    const FOLLOWS: &str = "no longer follows the load";
    const NEEDED: &str = "pods that need it do not start";
    const REFUSED: &str = "pods that use the API are refused";
    const OTHER_KEYS: &str = "other keys are dropped";
    const STARTS: &str = "keys are dropped when its memory is full";
    const OLDER: &str = "an older server may not start";
    const BELIEVED: &str = "any caller's word";
    let (web, other) = (deployment("web", "robot"), deployment("other", "person"));
    let account = |name: &str| one("v1", "ServiceAccount", name, "");
    let binding = |name: &str| {
        let subjects = "subjects: [{kind: ServiceAccount, name: robot}]";
        one(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            name,
            &format!("roleRef: {{kind: Role, name: r}}\n{subjects}"),
        )
    };
    let role = one("rbac.authorization.k8s.io/v1", "Role", "r", "rules: []");
    let trusting = |name: &str, value: &str| {
        let pod = format!("{{containers: [{{name: a, env: [{{name: {name}, value: \"{value}\"}}]}}]}}");
        one("apps/v1", "Deployment", "web", &format!("spec: {{template: {{spec: {pod}}}}}"))
    };
    let (lru, lfu) = (cache(", --maxmemory-policy, allkeys-lru"), cache(", --maxmemory-policy, allkeys-lfu"));
    let none = cache(", --maxmemory-policy, noeviction");
    let cases: [(&str, bool, String, String); 26] = [
        (TAKES_OVER, true, web.clone(), format!("{web}{}", scaler("web"))),
        (TAKES_OVER, false, other.clone(), format!("{other}{}", scaler("web"))),
        (FOLLOWS, true, format!("{web}{}", scaler("web")), web.clone()),
        (FOLLOWS, false, format!("{web}{other}{}", scaler("web")), other.clone()),
        (NEEDED, true, format!("{web}{}", account("robot")), web.clone()),
        (NEEDED, false, format!("{web}{}", account("person")), web.clone()),
        (REFUSED, true, format!("{web}{role}{}", binding("b")), format!("{web}{role}")),
        (REFUSED, false, format!("{other}{role}{}", binding("b")), format!("{other}{role}")),
        (REFUSED, true, format!("{web}{role}{}", binding("b")), format!("{web}{}", binding("b"))),
        (OTHER_KEYS, true, lru.clone(), lfu.clone()),
        (OTHER_KEYS, false, none.clone(), lfu.clone()),
        (OTHER_KEYS, false, cache(""), lfu.clone()),
        (OTHER_KEYS, false, lru.clone(), none.clone()),
        (STARTS, true, none.clone(), lru.clone()),
        (STARTS, true, cache(""), lru.clone()),
        (STARTS, false, cache(""), none.clone()),
        ("writes are refused", true, lru.clone(), none.clone()),
        ("writes are refused", true, lru, cache("")),
        (OLDER, true, postgres("postgres:18.2"), postgres("postgres:18.1")),
        (OLDER, false, postgres("postgres:18.1"), postgres("postgres:18.1@sha256:0")),
        (BELIEVED, true, trusting("FORWARDED_ALLOW_IPS", "10.0.0.1"), trusting("FORWARDED_ALLOW_IPS", "*")),
        (BELIEVED, false, trusting("OTHER", "10.0.0.1"), trusting("OTHER", "*")),
        (
            "adds pods sooner",
            true,
            asks("500m") + &keda("cpu", "Utilization"),
            asks("250m") + &keda("cpu", "Utilization"),
        ),
        (
            "adds pods later, at 250m",
            true,
            asks("250m") + &keda("cpu", "Utilization"),
            asks("\"0.5\"") + &keda("cpu", "Utilization"),
        ),
        (
            "adds pods",
            false,
            asks("500m") + &keda("memory", "Utilization"),
            asks("250m") + &keda("memory", "Utilization"),
        ),
        ("adds pods", false, asks("500m") + &keda("cpu", "AverageValue"), asks("250m") + &keda("cpu", "AverageValue")),
    ];
    let wrong = cases.iter().filter_map(|(reason, holds, before, after)| {
        let text = said(before, after);
        (text.contains(reason) != *holds).then(|| format!("{reason}: wanted {holds}\n{before}\n→\n{after}\n{text}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_dockerfile_gets_weaker_by_what_it_loses() {
    for (before, after, reason, holds) in [
        ("FROM a\nUSER app\n", "FROM a\nUSER 0:0\n", "runs as root", true),
        ("FROM a\nUSER root\n", "FROM a\nUSER 0\n", "runs as root", false),
        ("FROM a@sha256:1\n", "FROM a:2\n", "no longer pinned by digest", true),
        ("FROM a@sha256:1\n", "FROM a@sha256:2\n", "no longer pinned by digest", false),
        ("FROM a:1\n", "FROM a:2\n", "no longer pinned by digest", false),
    ] {
        let text = to_text(&review_files(&[("Dockerfile", before)], &[("Dockerfile", after)]), false);
        assert_eq!(text.contains(reason), holds, "{before} → {after}\n{text}");
    }
}
