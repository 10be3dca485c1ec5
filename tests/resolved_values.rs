//! Values that pykube works out of several keys, each where a change of one digit would do harm.

mod harness;

use harness::project::render_text;
use serde_yaml::Value;

const GOOD: &str = "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
                    [image]\nrepository = \"ghcr.io/acme/shop\"\n";

/// The manifest called `file` for `GOOD` and `addition`; none when it is not rendered.
fn manifest(addition: &str, file: &str) -> Option<Value> {
    let files = render_text(&format!("{GOOD}{addition}")).unwrap_or_else(|faults| panic!("{addition}\n{faults}"));
    files.get(&format!("k8s/{file}.yaml")).map(|text| serde_yaml::from_str(text).expect("YAML"))
}

/// The pod of the workload called `file`.
fn pod(addition: &str, file: &str) -> Value {
    manifest(addition, file).unwrap_or_else(|| panic!("no {file}"))["spec"]["template"]["spec"].clone()
}

fn env(pod: &Value, name: &str) -> Option<String> {
    let all = pod["containers"][0]["env"].as_sequence().expect("variables");
    all.iter().find(|one| one["name"] == name).and_then(|one| one["value"].as_str()).map(str::to_owned)
}

#[test]
fn a_probe_fails_no_sooner_than_it_may() {
    for (period, seconds, failures) in [(10, 60, 6), (10, 61, 7), (10, 5, 1), (7, 20, 3), (30, 1, 1)] {
        let probes = format!("[probes]\nliveness = {{ path = \"/live\", period = {period}, seconds = {seconds} }}\n");
        let probe = &pod(&probes, "deployment")["containers"][0]["livenessProbe"];
        assert_eq!(probe["failureThreshold"], failures, "{seconds} s, one in {period} s");
    }
}

#[test]
fn a_workload_with_memory_of_its_own_asks_for_that_much() {
    let own = "[resources]\nmemory = \"2Gi\"\nmemory-request = \"1Gi\"\n[workers.a]\ncommand = \"work\"\n";
    let memory = |addition: &str| {
        let resources = pod(addition, "worker-a-deployment")["containers"][0]["resources"].clone();
        [resources["requests"]["memory"].clone(), resources["limits"]["memory"].clone()]
    };
    assert_eq!(memory(own), ["1Gi", "2Gi"]);
    assert_eq!(memory(&format!("{own}resources = {{ memory = \"512Mi\" }}\n")), ["512Mi", "512Mi"]);
    let both = format!("{own}resources = {{ memory = \"512Mi\", memory-request = \"256Mi\" }}\n");
    assert_eq!(memory(&both), ["256Mi", "512Mi"]);
}

#[test]
fn a_server_is_never_told_to_replace_its_only_worker_or_one_after_no_request() {
    let command = |server: &str| {
        let app = GOOD.replace("\"django\"", "\"fastapi\"").replace("config.wsgi:application", "shop.main:app");
        let files = render_text(&format!("{app}[server]\n{server}\n")).expect("a good file");
        files.get("Dockerfile").expect("a Dockerfile").lines().last().expect("CMD").to_owned()
    };
    assert!(command("workers = 2\nmax-requests = 7").contains("\"--limit-max-requests\", \"7\""));
    for server in ["workers = 2\nmax-requests = 0", "workers = 1", ""] {
        assert!(!command(server).contains("limit-max-requests"), "{server}");
    }
}

#[test]
fn migrations_that_run_nowhere_contradict_no_init_container() {
    let app = |run: &str| {
        format!(
            "{GOOD}[migrations]\ncommand = \"python manage.py migrate\"\nrun = \"{run}\"\n[init.a]\ncommand = \"python manage.py migrate\"\n"
        )
    };
    assert!(render_text(&app("none")).is_ok());
    for run in ["job", "init-container"] {
        let faults = render_text(&app(run)).expect_err("twice").render(false);
        assert!(faults.contains("the database would be migrated twice"), "{run}\n{faults}");
    }
}

#[test]
fn thread_pools_get_every_core_that_the_limit_begins() {
    for (limit, threads) in [("500m", "1"), ("1", "1"), ("1500m", "2"), ("2001m", "3"), ("4", "4")] {
        let pod = pod(&format!("[resources]\ncpu-limit = \"{limit}\"\n"), "deployment");
        assert_eq!(env(&pod, "OMP_NUM_THREADS").as_deref(), Some(threads), "{limit}");
        assert_eq!(env(&pod, "PYTHON_CPU_COUNT").as_deref(), Some(threads), "{limit}");
    }
    let unlimited = pod("[resources]\ncpu-limit = false\n", "deployment");
    assert_eq!(env(&unlimited, "OMP_NUM_THREADS"), None);
}

#[test]
fn only_the_pods_that_a_rule_names_get_the_token() {
    let token = |on: &str, file: &str| {
        let rule = format!("[[rbac]]\nresources = [\"configmaps\"]\nverbs = [\"get\"]\n{on}\n");
        pod(&format!("{rule}[workers.a]\ncommand = \"work\"\n"), file)["automountServiceAccountToken"].clone()
    };
    for (on, web, worker) in
        [("", true, false), ("on = [\"worker-a\"]", false, true), ("on = [\"web\", \"worker-a\"]", true, true)]
    {
        assert_eq!(token(on, "deployment"), web, "{on}");
        assert_eq!(token(on, "worker-a-deployment"), worker, "{on}");
    }
    let none = pod("[workers.a]\ncommand = \"work\"\n", "deployment");
    assert_eq!(none["automountServiceAccountToken"], false);
}

#[test]
fn what_never_has_a_second_pod_has_no_budget() {
    assert!(manifest("[scaling]\nreplicas = 1\n", "pdb").is_none());
    assert!(manifest("[scaling]\nreplicas = 2\n", "pdb").is_some());
    assert!(manifest("[scaling]\nmin = 1\nmax = 2\n", "pdb").is_some());
    let worker = |scaling: &str| manifest(&format!("[workers.a]\ncommand = \"work\"\n{scaling}\n"), "worker-a-pdb");
    assert!(worker("").is_none() && worker("scaling = { replicas = 1 }").is_none());
    assert!(worker("scaling = { replicas = 2 }").is_some() && worker("scaling = { max = 2 }").is_some());
}

#[test]
fn a_low_user_is_explained_wherever_it_is_set() {
    let reasons = |addition: &str| {
        let deployment = manifest(addition, "deployment").expect("a Deployment");
        let annotations = deployment["metadata"]["annotations"].as_mapping().cloned().unwrap_or_default();
        annotations.values().filter_map(Value::as_str).any(|reason| reason == "CKV_K8S_40=app.toml sets the user")
    };
    let sidecar = |user: u32| format!("[sidecars.a]\nimage = \"docker.io/library/busybox:1.37.0\"\nuser = {user}\n");
    assert!(!reasons("") && !reasons(&sidecar(10_000)));
    assert!(reasons(&sidecar(9_999)), "another container's");
    assert!(reasons("[security]\nuser = 9999\n"), "the application's own");
}

#[test]
fn the_configuration_of_the_server_is_read_where_it_lies() {
    for file in ["deploy/gunicorn.conf.py", "/app/deploy/gunicorn.conf.py"] {
        let text = format!("{GOOD}[server]\nconfig = \"{file}\"\n");
        let files = render_text(&text).unwrap_or_else(|faults| panic!("{faults}"));
        let dockerfile = files.get("Dockerfile").expect("a Dockerfile");
        assert!(dockerfile.contains(&format!("\"{file}\"")), "{dockerfile}");
    }
}

/// Clients of Valkey before 9.0 know no `VALKEYCLI_AUTH`: their readiness probe got "NOAUTH" and the release never ended.
#[test]
fn the_client_of_each_version_of_valkey_and_redis_finds_its_password() {
    for image in ["valkey/valkey:7.2", "valkey/valkey:8.1.4", "valkey/valkey:9.1.1", "redis:7"] {
        let service = format!("[services.redis]\nkind = \"redis\"\nimage = \"{image}\"\n");
        let container = &pod(&service, "redis-stateful-set")["containers"][0];
        assert_eq!(container["env"][0]["name"], "REDISCLI_AUTH", "{image}");
        let command = container["command"].as_sequence().expect("a command");
        assert_eq!(command.last().and_then(Value::as_str), Some("$(REDISCLI_AUTH)"), "{image}");
    }
}
