//! `[ci] deploy = "argocd"` by Argo CD's own controllers, on simulated nodes: the migration before the pods, a release after the
//! other, a migration that fails, something that goes.
//!
//! Ignored by default: `tests/cluster/tools/build.sh target/cluster-tools argocd` takes as long for Argo CD as for all else.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::cluster::observed::{State, Watch};
use harness::cluster::operator::{Process, images, migration, shop};
use harness::cluster::space::Space;
use harness::cluster::{Cluster, cluster, tools};
use harness::{available, free_port};
use serde_json::{Value, json};

/// Argo CD without its server, and the repository that it follows.
struct Argo<'c> {
    space: Space<'c>,
    repository: tempfile::TempDir,
    logs: tempfile::TempDir,
    revision: String,
    _processes: [Process; 3],
}

impl<'c> Argo<'c> {
    fn start(cluster: &'c Cluster, tools: &Path) -> Self {
        cluster.kubectl(["apply", "--server-side", "--filename", tools.join("argocd.yaml").to_str().unwrap()]);
        let space = Space::new(cluster, "argocd-shop");
        for object in installation() {
            space.apply(&object);
        }
        let (repository, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (redis, manifests) = (free_port(), free_port());
        let mut cache = Command::new("redis-server");
        cache.args(["--bind", "127.0.0.1", "--port", &redis.to_string(), "--save", ""]).current_dir(logs.path());
        let argo = |part: &str, arguments: &[String]| {
            let mut command = cluster.command(tools.join("argocd").to_str().unwrap());
            command
                .env("ARGOCD_BINARY_NAME", format!("argocd-{part}"))
                .env("TMPDIR", logs.path())
                .env("ARGOCD_GPG_ENABLED", "false");
            command.args(arguments);
            // Outside of a pod, the cluster is the one that the kubeconfig names.
            command.env("ARGOCD_FAKE_IN_CLUSTER", "true");
            command.args([format!("--redis=127.0.0.1:{redis}"), format!("--metrics-port={}", free_port())]);
            command
        };
        let server = argo(
            "repo-server",
            &[
                "--disable-tls".into(),
                "--client-ca-path=".into(),
                "--address=127.0.0.1".into(),
                format!("--port={manifests}"),
            ],
        );
        let mut controller = argo(
            "application-controller",
            &[
                "--repo-server-plaintext".into(),
                format!("--repo-server=127.0.0.1:{manifests}"),
                "--namespace=argocd".into(),
                format!("--kubeconfig={}", cluster.kubeconfig().display()),
            ],
        );
        controller.env("ARGOCD_SYNC_WAVE_DELAY", "1");
        let mut number = 0;
        let processes = [cache, server, controller].map(|mut command| {
            number += 1;
            let log = fs::File::create(logs.path().join(format!("{number}.log"))).unwrap();
            command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
            Process(command.spawn().unwrap())
        });
        let argo = Self { space, repository, logs, revision: String::new(), _processes: processes };
        argo.git(&["init", "--quiet", "--initial-branch=main"]);
        argo
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]).args(arguments);
        let output = command.current_dir(self.repository.path()).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Renders `app_toml`, commits it, and asks Argo CD to look, as a webhook does.
    fn push(&mut self, app_toml: &str) {
        let _ = fs::remove_dir_all(self.space.folder().join("gitops"));
        self.space.render(app_toml);
        let work_tree = format!("--work-tree={}", self.space.folder().display());
        self.git(&[&work_tree, "add", "--all", "."]);
        self.git(&[&work_tree, "commit", "--quiet", "--message=A release"]);
        self.revision = self.git(&["rev-parse", "HEAD"]);
        let text = fs::read_to_string(self.space.folder().join("gitops/shop-application.yaml")).unwrap();
        let mut application: Value = serde_yaml::from_str(&text).unwrap();
        // The rendered address is GitHub's.
        application["spec"]["source"]["repoURL"] = json!(format!("file://{}", self.repository.path().display()));
        application["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = json!("hard");
        self.space.apply(&application);
    }

    /// Waits until the operation on what was pushed last has ended as `phase`, and is healthy where it succeeded.
    fn until(&self, phase: &str) -> Value {
        let started = Instant::now();
        loop {
            let words = ["get", "applications.argoproj.io", "shop", "--namespace=argocd", "--output=json"];
            let status = serde_json::from_str::<Value>(&self.space.cluster.kubectl(words)).unwrap()["status"].clone();
            let operation = &status["operationState"];
            let is_this = operation["syncResult"]["revision"] == json!(self.revision) && operation["phase"] == phase;
            let is_whole = status["sync"]["status"] == "Synced" && status["health"]["status"] == "Healthy";
            if is_this && (phase != "Succeeded" || is_whole) {
                return status;
            }
            let log = |number: usize| fs::read_to_string(self.logs.path().join(format!("{number}.log"))).unwrap();
            let seen = || format!("no {phase}: {status:#}\n{}\n{}", log(2), log(3));
            assert!(started.elapsed() < Duration::from_mins(3), "{}", seen());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn state(&self) -> State {
        State::of(self.space.cluster, &self.space.name)
    }
}

/// What an installation of Argo CD has in its namespace that its controllers want.
fn installation() -> Vec<Value> {
    let metadata =
        |name: &str| json!({"name": name, "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}});
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("argocd-cm")}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata("argocd-secret"), "stringData": {"server.secretkey": "a-key-of-the-test"}}),
        json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": metadata("default"),
            "spec": {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}]},
        }),
    ]
}

#[test]
#[ignore = "Argo CD takes minutes to build: tests/cluster/tools/build.sh target/cluster-tools argocd"]
fn argo_cd_migrates_before_the_pods_release_after_release() {
    let needs = tools(&["argocd", "argocd.yaml", "git-verify-wrapper.sh", "kustomize"]);
    let Some(tools) = available("Argo CD on simulated nodes", needs) else { return };
    let Some(cluster) = available("Argo CD on simulated nodes", cluster()) else { return };
    let mut argo = Argo::start(cluster, &tools);
    let before = "[config]\nREGION = \"eu\"\n\n[workers.mails]\ncommand = \"python -m shop.mails\"\n\n\
        [jobs.index]\ncommand = \"python manage.py rebuild_index\"\n\n\
        [volumes.media]\nmount = \"/media\"\nsize = \"1Gi\"\naccess = \"ReadWriteMany\"\n";
    let shop = |tag: &str, more: &str| shop("argocd", tag, more);

    argo.push(&shop("1", before));
    argo.until("Succeeded");
    let first = argo.state();
    assert_eq!(images(&first, "shop-web"), ["ghcr.io/acme/shop:1"; 4]);
    let time = |kind: &str, path: &str| first.all[kind].pointer(path).unwrap().as_str().unwrap().to_owned();
    let (migrated, brought) = (
        time("Job/shop-migrate", "/status/completionTime"),
        time("Deployment/shop-web", "/metadata/creationTimestamp"),
    );
    assert!(migrated <= brought, "migrated at {migrated}, pods from {brought}");

    // New code and configuration: both Jobs run again, no endpoint is lost.
    let watch = Watch::start(cluster, &argo.space.name);
    let after = before.replace("eu", "us");
    argo.push(&shop("2", &after));
    argo.until("Succeeded");
    let second = argo.state();
    assert_ne!(migration(&first).0, migration(&second).0);
    assert_ne!(first.all["Job/shop-job-index"]["metadata"]["uid"], second.all["Job/shop-job-index"]["metadata"]["uid"]);
    assert_eq!(images(&second, "shop-web"), ["ghcr.io/acme/shop:2"; 4]);
    assert!(watch.fewest()["shop-web"] >= 4);

    // A migration that fails: the pods stay, and the next release is not kept waiting.
    argo.push(&shop("fail", &after));
    let said = argo.until("Failed");
    assert!(said.to_string().contains("shop-migrate"), "{said:#}");
    assert_eq!(images(&argo.state(), "shop-web"), ["ghcr.io/acme/shop:2"; 4]);

    // The worker and the Job go; data stays.
    argo.push(&shop("3", "[config]\nREGION = \"us\"\n"));
    argo.until("Succeeded");
    let last = argo.state();
    assert_eq!(images(&last, "shop-web"), ["ghcr.io/acme/shop:3"; 4]);
    assert_eq!(migration(&last).1, "ghcr.io/acme/shop:3");
    assert!(!last.objects.contains("Deployment/shop-worker-mails"), "{:?}", last.objects);
    assert!(last.objects.contains("PersistentVolumeClaim/shop-media"), "{:?}", last.objects);
}
