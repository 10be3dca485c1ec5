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

/// One case: what is said, whether it is, and the tree before and after.
type Case = (&'static str, bool, String, String);

#[track_caller]
fn all_hold(cases: &[Case]) {
    let wrong = cases.iter().filter_map(|(reason, holds, before, after)| {
        let text = said(before, after);
        (text.contains(reason) != *holds).then(|| format!("{reason}: wanted {holds}\n{before}\n→\n{after}\n{text}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_autoscalers_and_accounts_mean_hangs_on_the_pods() {
    const TAKES_OVER: &str = "takes over the number of pods";
    const FOLLOWS: &str = "no longer follows the load";
    const NEEDED: &str = "pods that need it do not start";
    const REFUSED: &str = "pods that use the API are refused";
    const CONTINUES: &str = "from this number";
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
    let counted = |replicas: &str| {
        let pod = "{containers: [{name: a, image: a:1}]}";
        one("apps/v1", "Deployment", "web", &format!("spec: {{{replicas} template: {{spec: {pod}}}}}"))
    };
    let quota = one("v1", "ResourceQuota", "q", "spec: {hard: {pods: 3}}");
    let budget = one("policy/v1", "PodDisruptionBudget", "b", "spec: {selector: {matchLabels: {app: web}}}");
    all_hold(&[
        (TAKES_OVER, true, web.clone(), format!("{web}{}", scaler("web"))),
        (TAKES_OVER, false, other.clone(), format!("{other}{}", scaler("web"))),
        (FOLLOWS, true, format!("{web}{}", scaler("web")), web.clone()),
        (FOLLOWS, false, format!("{web}{other}{}", scaler("web")), other.clone()),
        (CONTINUES, true, counted("replicas: 1,"), counted("") + &scaler("web")),
        (CONTINUES, false, counted("replicas: 1,") + &scaler("web"), counted("") + &scaler("web")),
        (CONTINUES, false, counted("replicas: 1,"), counted("")),
        (NEEDED, true, format!("{web}{}", account("robot")), web.clone()),
        (NEEDED, false, format!("{web}{}", account("person")), web.clone()),
        (REFUSED, true, format!("{web}{role}{}", binding("b")), format!("{web}{role}")),
        (REFUSED, false, format!("{other}{role}{}", binding("b")), format!("{other}{role}")),
        (REFUSED, true, format!("{web}{role}{}", binding("b")), format!("{web}{}", binding("b"))),
        ("pods beyond it are refused", true, web.clone(), format!("{web}{quota}")),
        ("pods beyond it are refused", false, account("robot"), account("robot") + &quota),
        ("a drain may take all pods at once", true, format!("{web}{budget}"), web),
        ("a drain may take all pods at once", false, format!("{other}{budget}"), other),
    ]);
}

#[test]
fn what_an_object_gave_is_missed_only_by_those_who_ask_for_it() {
    const NEEDED: &str = "pods that need it do not start";
    const TURNS: &str = "another object serves its host";
    const BOTH: &str = "another object serves the same host";
    let asking = |pod: &str| {
        let pod = format!("{{containers: [{{name: a, {pod}}}]}}");
        one("apps/v1", "Deployment", "web", &format!("spec: {{template: {{spec: {pod}}}}}"))
    };
    let map = asking("envFrom: [{configMapRef: {name: m}}]");
    let secret = asking("envFrom: [{secretRef: {name: m}}]");
    let driver = "{driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: m}}";
    let mounted =
        format!("spec: {{template: {{spec: {{containers: [{{name: a}}], volumes: [{{name: v, csi: {driver}}}]}}}}}}");
    let mounted = one("apps/v1", "Deployment", "web", &mounted);
    let config = one("v1", "ConfigMap", "m", "data: {a: b}");
    let external = one("external-secrets.io/v1", "ExternalSecret", "m", "spec: {}");
    let class = one("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "m", "spec: {}");
    let door = |name: &str, host: &str| {
        one("networking.k8s.io/v1", "Ingress", name, &format!("spec: {{rules: [{{host: {host}}}]}}"))
    };
    all_hold(&[
        (NEEDED, true, format!("{map}{config}"), map.clone()),
        (NEEDED, false, format!("{secret}{config}"), secret.clone()),
        (NEEDED, true, format!("{secret}{external}"), secret),
        (NEEDED, false, format!("{map}{external}"), map),
        (NEEDED, true, format!("{mounted}{class}"), mounted),
        (TURNS, true, door("a", "x") + &door("b", "x"), door("b", "x")),
        (TURNS, false, door("a", "x") + &door("b", "y"), door("b", "y")),
        ("its hosts are no longer served", true, door("a", "x") + &door("b", "y"), door("b", "y")),
        (BOTH, true, door("a", "x"), door("a", "x") + &door("b", "x")),
        (BOTH, false, door("a", "x"), door("a", "x") + &door("b", "y")),
    ]);
}

#[test]
fn a_rollout_leaves_no_pod_by_the_numbers_of_its_strategy() {
    const STOPS: &str = "stops before the new one starts";
    let service = one("v1", "Service", "web", "spec: {selector: {app: web}}");
    let rolling = |kind: &str, spec: &str, image: &str| {
        let pod =
            format!("{{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: a, image: {image}}}]}}}}");
        one("apps/v1", kind, "web", &format!("spec: {{{spec} template: {pod}}}"))
    };
    let case = |holds: bool, kind: &str, spec: &str, beside: &str| -> Case {
        let tree = |image: &str| format!("{service}{beside}{}", rolling(kind, spec, image));
        (STOPS, holds, tree("a:1"), tree("a:2"))
    };
    let update = |surge: &str, missing: &str, replicas: u8| {
        let rolling = format!("{{maxSurge: {surge}, maxUnavailable: {missing}}}");
        format!("replicas: {replicas}, strategy: {{type: RollingUpdate, rollingUpdate: {rolling}}},")
    };
    let keda = |least: &str| {
        one("keda.sh/v1alpha1", "ScaledObject", "s", &format!("spec: {{{least} scaleTargetRef: {{name: web}}}}"))
    };
    all_hold(&[
        case(true, "StatefulSet", "replicas: 1,", ""),
        case(false, "StatefulSet", "replicas: 2,", ""),
        case(false, "StatefulSet", "replicas: 0,", ""),
        case(false, "StatefulSet", "replicas: 1, updateStrategy: {type: OnDelete},", ""),
        case(false, "Deployment", "replicas: 1,", ""),
        case(true, "Deployment", &update("0", "1", 1), ""),
        case(true, "Deployment", &update("0", "100%", 2), ""),
        case(false, "Deployment", &update("0", "50%", 2), ""),
        case(true, "Deployment", &update("\"0%\"", "\"0%\"", 1), ""),
        case(false, "Deployment", &update("\"1%\"", "\"0%\"", 1), ""),
        case(
            true,
            "Deployment",
            "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}},",
            &keda("minReplicaCount: 1,"),
        ),
        case(false, "Deployment", "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}},", &keda("")),
        case(
            false,
            "Deployment",
            "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}},",
            &keda("minReplicaCount: 2,"),
        ),
    ]);
}

#[test]
fn a_policy_cuts_off_and_opens_what_its_rules_say() {
    const CLOSED: &str = "the port is closed";
    const OPEN: &str = "another port is open";
    const LESS: &str = "less gets through";
    let web = deployment("web", "robot");
    let policy = |spec: &str| {
        one(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "p",
            &format!("spec: {{podSelector: {{matchLabels: {{app: web}}}}, {spec}}}"),
        )
    };
    let ports = |ports: &str| policy(&format!("ingress: [{{ports: [{ports}]}}]"));
    let case = |reason: &'static str, holds: bool, before: &str, after: &str| -> Case {
        (reason, holds, format!("{web}{before}"), format!("{web}{after}"))
    };
    let (http, both) = (ports("{port: http}"), ports("{port: http}, {port: 81}"));
    let from = |expressions: &str| {
        policy(&format!("ingress: [{{from: [{{podSelector: {{matchExpressions: [{expressions}]}}}}]}}]"))
    };
    let exists = "{key: a, operator: Exists}";
    all_hold(&[
        case(CLOSED, true, &both, &http),
        case(CLOSED, false, &http, &both),
        case(OPEN, true, &http, &both),
        case(OPEN, false, &both, &http),
        case(LESS, false, &http, &ports("{protocol: TCP}")),
        case(LESS, true, &ports("{port: 80, endPort: 90}"), &ports("{port: 80, endPort: 85}")),
        case("fewer are let through", true, &from(""), &from(exists)),
        case("more are let through", true, &from(exists), &from("")),
        case("only what the policies of these pods allow", true, "", &http),
        case("what it held back gets through", true, &http, ""),
        case(
            "the pods reach only what it names",
            true,
            &http,
            &policy("ingress: [{ports: [{port: http}]}], egress: [{ports: [{port: 5432}]}]"),
        ),
    ]);
}

#[test]
fn without_the_release_a_number_that_nobody_says_is_one() {
    let counted = |replicas: &str| one("apps/v1", "Deployment", "web", &format!("spec: {{{replicas} template: {{}}}}"));
    let left = |before: &str, after: &str| {
        let after = format!("{}{}", counted(after), scaler("web"));
        let text = to_text(&review_files(&[("k8s/a.yaml", &counted(before))], &[("k8s/a.yaml", &after)]), false);
        text.contains("one pod is left until the autoscaler")
    };
    assert!(left("replicas: 3,", "") && left("replicas: 2,", ""));
    assert!(!left("replicas: 1,", "") && !left("replicas: 3,", "replicas: 2,") && !left("", ""));
}

#[test]
fn who_brings_the_objects_decides_what_stays() {
    let service = one("v1", "Service", "s", "spec: {}");
    let application = |api: &str, kind: &str, spec: &str| one(api, kind, "o", &format!("spec: {spec}"));
    let argo = |prune: bool| {
        application(
            "argoproj.io/v1alpha1",
            "Application",
            &format!("{{syncPolicy: {{automated: {{prune: {prune}}}}}}}"),
        )
    };
    let flux =
        |prune: bool| application("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &format!("{{prune: {prune}}}"));
    for (operator, goes) in [(argo(true), true), (argo(false), false), (flux(true), true), (flux(false), false)] {
        let before = format!("{operator}{service}");
        let text = to_text(&review_files(&[("k8s/a.yaml", &before)], &[("k8s/a.yaml", &operator)]), false);
        assert_eq!(text.contains("stays in the cluster"), !goes, "{operator}\n{text}");
    }
}

#[test]
fn what_a_server_of_data_forgets_hangs_on_its_words() {
    const OTHER_KEYS: &str = "other keys are dropped";
    const STARTS: &str = "a queue loses messages";
    const OLDER: &str = "an older server may not start";
    const BELIEVED: &str = "any caller's word";
    let trusting = |name: &str, value: &str| {
        let pod = format!("{{containers: [{{name: a, env: [{{name: {name}, value: \"{value}\"}}]}}]}}");
        one("apps/v1", "Deployment", "web", &format!("spec: {{template: {{spec: {pod}}}}}"))
    };
    let (lru, lfu) = (cache(", --maxmemory-policy, allkeys-lru"), cache(", --maxmemory-policy, allkeys-lfu"));
    let none = cache(", --maxmemory-policy, noeviction");
    all_hold(&[
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
        (STARTS, false, cache(", --maxmemory-policy, volatile-lru"), lfu),
        ("it holds less", true, cache(", --maxmemory, \"2000000\""), cache(", --maxmemory, \"1000000\"")),
        ("it holds less", false, cache(", --maxmemory, \"1000000\""), cache(", --maxmemory, \"1000000\", --save, x")),
        (
            "adds pods sooner",
            false,
            asks("500m") + &keda("cpu", "Utilization"),
            asks("\"0.5\"") + &keda("cpu", "Utilization"),
        ),
    ]);
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
