//! Contradictions of the sections that make pods: reported with both places, exit code 2, and nothing is written.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

const GOOD: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"
"#;

/// `addition` must fail with `message`, and show each of `places`: a line of `app.toml` as it is written there. The folder has
/// `deploy/a.conf` and a link out of it.
#[track_caller]
fn refused(addition: &str, message: &str, places: &[&str]) {
    let project = Project::new(&format!("{GOOD}{addition}"))
        .with("deploy/a.conf", "a = 1\n")
        .with("deploy/plain.yaml", "kind: Secret\nstringData:\n  url: hunter2\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", project.path("deploy/link")).unwrap();
    let run = project.run(&["render"]).code(2);
    assert!(!project.has("k8s"), "{addition}\n{}", run.err);
    assert!(run.err.contains(message), "{addition}\nwanted: {message}\n{}", run.err);
    assert!(!run.err.contains("hunter2"), "a value was repeated:\n{}", run.err);
    run.shows(places);
}

#[test]
fn a_volume_of_one_node_is_for_one_pod() {
    let volume = "[volumes.media]\nmount = \"/app/media\"\nsize = \"1Gi\"\n";
    let message = "a ReadWriteOnce volume cannot be shared by 3 replicas";
    refused(&format!("[scaling]\nreplicas = 3\n{volume}"), message, &["replicas = 3", "[volumes.media]"]);
    refused(&format!("[scaling]\nmin = 1\nmax = 3\n{volume}"), message, &["max = 3", "[volumes.media]"]);
    refused(volume, "cannot be shared by 6 replicas", &["[volumes.media]"]);
    refused(
        &format!("[scaling]\nreplicas = 3\n{volume}access = \"ReadWriteOncePod\"\n"),
        "a ReadWriteOncePod volume cannot be shared",
        &["access = \"ReadWriteOncePod\"", "replicas = 3"],
    );
    refused(
        &format!("[scaling]\nreplicas = 1\n[rollout]\nstrategy = \"rolling\"\n{volume}"),
        "still held by the old pod",
        &["[volumes.media]", "strategy = \"rolling\""],
    );
    refused(
        &format!("[scaling]\nreplicas = 1\n[migrations]\ncommand = \"migrate\"\n{volume}on = [\"web\", \"migrate\"]\n"),
        "cannot be shared by several workloads",
        &["[volumes.media]", "on = [\"web\", \"migrate\"]"],
    );
}

#[test]
fn a_volume_is_one_thing_and_hides_nothing() {
    refused("[volumes.a]\nmount = \"/data\"\n", "`volumes.a` needs `size`", &["[volumes.a]"]);
    refused(
        "[volumes.a]\nmount = \"/data\"\nsecret = \"x\"\nsize = \"1Gi\"\n",
        "`volumes.a.size` has no meaning",
        &["[volumes.a]", "size = \"1Gi\""],
    );
    refused(
        "[volumes.a]\nmount = \"/app\"\nkind = \"empty-dir\"\n",
        "would hide what the container runs on",
        &["mount = \"/app\""],
    );
    refused("[volumes.tmp]\nmount = \"/x\"\nkind = \"empty-dir\"\n", "a name that pykube gives", &["[volumes.tmp]"]);
    refused(
        "[volumes.a]\nmount = \"/data\"\nkind = \"empty-dir\"\n[volumes.b]\nmount = \"/data\"\nkind = \"empty-dir\"\n",
        "`volumes.b.mount` is mounted already",
        &["mount = \"/data\""],
    );
    refused(
        "[volumes.a]\nmount = \"/data\"\nkind = \"empty-dir\"\non = [\"webb\"]\n",
        "is not a component; the components are web",
        &["on = [\"webb\"]"],
    );
}

#[test]
fn files_come_from_the_repository_only() {
    for (path, message) in [
        ("deploy/none.conf", "which does not exist"),
        ("../a.conf", "leaves the directory of app.toml"),
        ("/etc/hostname", "is absolute"),
        ("deploy", "which is not a regular file"),
        #[cfg(unix)]
        ("deploy/link", "a symbolic link that leads out of the folder"),
    ] {
        let addition = format!("[volumes.a]\nmount = \"/data\"\n[volumes.a.files]\nx = \"{path}\"\n");
        refused(&addition, message, &[&format!("x = \"{path}\"")]);
    }
}

#[test]
fn a_stateful_set_is_rolled_out_its_own_way() {
    refused(
        "[stateful]\n[rollout]\nmax-surge = 1\n",
        "`rollout.max-surge` has no meaning for a StatefulSet",
        &["[stateful]", "max-surge = 1"],
    );
    refused(
        "[stateful]\n[scaling]\nreplicas = 1\n[rollout]\nstrategy = \"recreate\"\n",
        "never recreated at once",
        &["[stateful]", "strategy = \"recreate\""],
    );
    refused(
        "[stateful]\nvolumes = { data = { mount = \"/data\", size = \"1Gi\" } }\n[volumes.data]\nmount = \"/more\"\nkind = \"empty-dir\"\n",
        "two volumes are called `data`",
        &["volumes = { data = { mount = \"/data\", size = \"1Gi\" } }", "[volumes.data]"],
    );
}

const BLUE_GREEN: &str = "[rollout.blue-green]\nlive = \"blue\"\nblue = \"1.4.2\"\ngreen = \"1.5.0\"\n";

#[test]
fn two_versions_run_side_by_side_or_not_at_all() {
    let strategy = "[rollout]\nstrategy = \"blue-green\"\n";
    refused(
        &format!("[stateful]\n{strategy}{BLUE_GREEN}"),
        "a StatefulSet cannot be rolled out blue-green",
        &["[stateful]", "strategy = \"blue-green\""],
    );
    refused(strategy, "needs `[rollout.blue-green]`", &["strategy = \"blue-green\""]);
    refused(
        &format!("[rollout]\nstrategy = \"recreate\"\n{BLUE_GREEN}"),
        "is not used by this strategy",
        &["strategy = \"recreate\"", "[rollout.blue-green]"],
    );
    refused(
        &format!("{strategy}{}", BLUE_GREEN.replace("1.4.2", "1.4.1")),
        "is neither the blue version `1.4.1` nor the green one `1.5.0`",
        &["tag = \"1.4.2\"", "[rollout.blue-green]"],
    );
    refused(
        &format!("{strategy}{BLUE_GREEN}[migrations]\ncommand = \"migrate\"\nrun = \"init-container\"\n"),
        "would migrate the database for the old version as well",
        &["run = \"init-container\"", "strategy = \"blue-green\""],
    );
    refused(
        &format!("{strategy}{BLUE_GREEN}[scaling]\nreplicas = 1\n[volumes.a]\nmount = \"/a\"\nsize = \"1Gi\"\n"),
        "cannot be shared by two versions",
        &["[volumes.a]", "strategy = \"blue-green\""],
    );
}

#[test]
fn migrations_run_in_one_place() {
    // A Job and an init container at once cannot be written: `run` is one word, and a second one is not TOML.
    let addition = "[migrations]\ncommand = \"migrate\"\nrun = \"job\"\nrun = \"init-container\"\n";
    refused(addition, "duplicate key", &["run = \"init-container\""]);
    let twice = "the database would be migrated twice";
    let init = "[init.db]\ncommand = \"python manage.py migrate\"\n";
    let migrations = "[migrations]\ncommand = \"python manage.py migrate --noinput\"\n";
    let places = ["command = \"python manage.py migrate\"", "command = \"python manage.py migrate --noinput\""];
    refused(&format!("{migrations}{init}"), twice, &places);
    let job = format!("{migrations}run = \"job\"\n{init}");
    refused(&job, twice, &["run = \"job\"", "command = \"python manage.py migrate\""]);
    let container = format!("{migrations}run = \"init-container\"\n{init}");
    refused(&container, twice, &["run = \"init-container\"", "command = \"python manage.py migrate\""]);
    refused("[migrations]\ncommand = \"m\"\nrun = [\"job\", \"init-container\"]\n", "takes a string, not a list", &[]);
}

#[test]
fn containers_around_the_application_are_fixed_and_small() {
    refused("[sidecars.a]\nimage = \"fluent-bit\"\n", "must name a fixed tag or a digest", &["image = \"fluent-bit\""]);
    refused("[sidecars.a]\nimage = \"a:latest\"\n", "`sidecars.a.image`", &["image = \"a:latest\""]);
    refused(
        "[sidecars.a]\nimage = \"a:1\"\nports = { http = 8000 }\n",
        "differ from the application's port",
        &["ports = { http = 8000 }"],
    );
    refused(
        "[sidecars.a]\nimage = \"a:1\"\nvolumes = { logs = \"/logs\" }\n",
        "names a volume that does not exist: there is no [volumes.logs]",
        &["volumes = { logs = \"/logs\" }"],
    );
    refused("[sidecars.a]\nimage = \"a:1\"\nenv = { API_TOKEN = \"hunter2x\" }\n", "looks like a credential", &[]);
    refused(
        "[cluster]\nkubernetes = \"1.32\"\n[migrations]\ncommand = \"m\"\n[sidecars.a]\nimage = \"a:1\"\non = [\"migrate\"]\n",
        "would keep `migrate` from ending",
        &["on = [\"migrate\"]", "kubernetes = \"1.32\""],
    );
    refused("[init.a]\ncommand = \"x\"\nuser = 5\n", "is for another `image`", &["user = 5"]);
}

#[test]
fn a_provider_gets_what_it_needs_and_nothing_else() {
    let env = "[secrets.env]\nDATABASE_URL = \"db/url\"\n";
    refused(
        &format!("[secrets]\nprovider = \"external-secrets\"\n{env}"),
        "needs `store`",
        &["provider = \"external-secrets\""],
    );
    refused(&format!("[secrets]\nprovider = \"csi\"\n{env}"), "needs `[secrets.csi]`", &["provider = \"csi\""]);
    refused(
        &format!("[secrets]\nprovider = \"csi\"\nstore = \"x\"\n{env}[secrets.csi]\nprovider = \"aws\"\n"),
        "`secrets.store` has no meaning for the provider `csi`",
        &["provider = \"csi\"", "store = \"x\""],
    );
    refused(
        "[secrets]\nprovider = \"external-secrets\"\nstore = \"x\"\n",
        "has nothing to provide",
        &["provider = \"external-secrets\""],
    );
    refused(
        &format!("[secrets]\nprovider = \"external-secrets\"\nstore = \"x\"\n{env}[secrets.remote]\ndbb = \"x\"\n"),
        "is read by no variable and no file",
        &["dbb = \"x\""],
    );
    refused(
        &format!("[secrets]\nprovider = \"csi\"\n{env}[secrets.csi]\nprovider = \"gcp\"\n"),
        "needs the full name of `db/url`",
        &["provider = \"gcp\""],
    );
    refused(
        "[secrets.files]\n\"/etc/key\" = \"a/b\"\n",
        "would hide what the container runs on",
        &["\"/etc/key\" = \"a/b\""],
    );
}

#[test]
fn only_encrypted_values_are_taken_for_sealed() {
    let head = "[secrets]\nprovider = \"sealed-secrets\"\n";
    let env = "[secrets.env]\nDATABASE_URL = \"db/url\"\n";
    refused(
        &format!("{head}{env}"),
        "key `url` of the Secret `db` is read but not sealed",
        &["DATABASE_URL = \"db/url\""],
    );
    refused(
        &format!("{head}{env}[secrets.sealed.db]\nurl = \"{}\"\n", "aHVudGVyMg=="),
        "`secrets.sealed.db.url` is not a value that `kubeseal` encrypted",
        &[],
    );
    refused(
        &format!("{head}sealed-files = [\"deploy/plain.yaml\"]\n{env}"),
        "holds a `Secret`, whose values anybody can read",
        &["sealed-files = [\"deploy/plain.yaml\"]"],
    );
}

#[test]
fn rights_that_give_everything_away_are_refused() {
    let rule = |resources: &str, verbs: &str| format!("[[rbac]]\nresources = [{resources}]\nverbs = [{verbs}]\n");
    refused(&rule("\"*\"", "\"get\""), "`rbac.resources` must not be `*`", &["resources = [\"*\"]"]);
    refused(&rule("\"pods\"", "\"*\""), "`rbac.verbs` must not be `*`", &["verbs = [\"*\"]"]);
    refused(&rule("\"roles\"", "\"escalate\""), "grant itself any right", &["verbs = [\"escalate\"]"]);
    refused(&rule("\"pods\"", "\"read\""), "is not a verb of the API", &["verbs = [\"read\"]"]);
    refused(
        &rule("\"secrets\"", "\"get\", \"list\""),
        "a pod with this rule reads every password of the namespace",
        &["resources = [\"secrets\"]", "verbs = [\"get\", \"list\"]"],
    );
    refused(&rule("\"pods/exec\"", "\"create\""), "gets into every pod", &["resources = [\"pods/exec\"]"]);
    refused(&rule("\"widgets\"", "\"get\""), "`group` must be given", &["resources = [\"widgets\"]"]);
    refused(&rule("\"pods\", \"jobs\"", "\"get\""), "several API groups", &["resources = [\"pods\", \"jobs\"]"]);
}

#[test]
fn a_breaker_needs_a_mesh_and_a_full_name() {
    refused("[resilience.calls.a]\nhost = \"a.example.com\"\n", "needs `mesh`", &["[resilience.calls.a]"]);
    refused("[resilience]\nmesh = \"istio\"\n", "the host of the calls", &["mesh = \"istio\""]);
    refused(
        "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"stock\"\n",
        "must be a full name",
        &["host = \"stock\""],
    );
    refused(
        "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\"\npending = 5\n",
        "the mesh sees no requests to count",
        &["pending = 5"],
    );
}

/// Each of these was refused by an API server of Kubernetes 1.36, or by kubectl before it.
#[test]
fn what_an_api_server_refuses_is_refused_before() {
    let exposed = |more: &str| format!("[expose]\nhost = \"shop.example.com\"\n{more}\n");
    for path in ["//", "/a//b", "/./a", "/a/..", "/a%2Fb", "/%zz", "/a|b"] {
        refused(&exposed(&format!("path = \"{path}\"")), "`expose.path` must", &[&format!("path = \"{path}\"")]);
    }
    refused(&exposed(&format!("path = \"/{}\"", "a".repeat(1024))), "must not be longer than 1024", &[]);
    refused("[expose]\nhost = \"10.0.0.1\"\n", "`10.0.0.1` is an IP address", &["host = \"10.0.0.1\""]);
    let aliases: Vec<String> = (0..16).map(|n| format!("\"a{n}.example.com\"")).collect();
    let many = format!("kind = \"gateway\"\nclass = \"edge\"\naliases = [{}]", aliases.join(", "));
    refused(&exposed(&many), "more than the 16 names", &[]);
    refused(
        &exposed("class = \"a\"\nannotations = { \"kubernetes.io/ingress.class\" = \"b\" }"),
        "the class of the Ingress is given twice",
        &["class = \"a\""],
    );
    refused(
        "[rollout]\nmax-surge = \"00%\"\nmax-unavailable = 0\n",
        "could not replace a single pod",
        &["max-surge = \"00%\""],
    );
    refused("[security]\negress = [\"10.0.0.5/8:5432\"]\n", "the network address: `10.0.0.0/8`", &[]);
    refused("[security]\negress = [\"[2001:db8::5/32]:443\"]\n", "the network address: `2001:db8::/32`", &[]);
    refused("[security]\negress = [\"[::ffff:10.0.0.0/104]:443\"]\n", "must be written as an IPv4 range", &[]);
    refused("[secrets.files]\n\"/run/keys/..b\" = \"tls/key\"\n", "begins with `..`", &[]);
    refused("[config]\nNAME = \"a\\uFFFEb\"\n", "control character", &[]);
    let metric = |of: &str| {
        format!("[scaling]\nmetrics = [{{ object = \"hits\", value = \"10\", of = {{ api-version = \"{of} }} }}]\n")
    };
    refused(&metric("v1\", kind = \"Service\", name = \"a/b\""), "must be a Kubernetes object name", &[]);
    refused(&metric("v1\", kind = \"\", name = \"a\""), "must be a kind", &[]);
    refused(&metric("v1/x/y\", kind = \"Service\", name = \"a\""), "must be a version", &[]);
    refused(
        "[monitoring]\nmetrics = \"/metrics\"\nscrape = \"service-monitor\"\ninterval = \"1s1m\"\n",
        "must be a length of time",
        &["interval = \"1s1m\""],
    );
}

#[test]
fn a_quota_that_lets_not_even_the_fewest_pods_in_is_refused() {
    let quota =
        GOOD.replace("[image]", "namespace = { name = \"shop\", create = true, quota = { pods = 1 } }\n\n[image]");
    let run = Project::new(&quota).run(&["render"]).code(2);
    assert!(run.err.contains("the fewest that there are"), "{}", run.err);
}
