//! `[ci] deploy = "flux"` by Flux's own kustomize-controller, on simulated nodes: the migration before the pods, a release after
//! the other, a migration that fails, something that goes. What Flux's source-controller would bring is put there by hand.

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
use sha2::{Digest as _, Sha256};

/// Flux's controller, and the archives that it fetches.
struct Flux<'c> {
    space: Space<'c>,
    archives: tempfile::TempDir,
    port: u16,
    revision: u32,
    _processes: [Process; 2],
}

impl<'c> Flux<'c> {
    fn start(cluster: &'c Cluster, tools: &Path) -> Self {
        cluster.kubectl(["apply", "--server-side", "--filename", tools.join("flux.yaml").to_str().unwrap()]);
        let space = Space::new(cluster, "flux-shop");
        for kind in ["GitRepository", "OCIRepository", "Bucket"] {
            space.apply(&source(kind));
        }
        space.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}}));
        let archives = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut server = Command::new("python3");
        server.args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string()]).current_dir(archives.path());
        let mut controller = cluster.command(tools.join("kustomize-controller").to_str().unwrap());
        controller.env("RUNTIME_NAMESPACE", "flux-system");
        controller.args(["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--requeue-dependency=1s"]);
        let log = fs::File::create(archives.path().join("controller.log")).unwrap();
        let processes = [server.stderr(Stdio::null()), controller.stderr(log)]
            .map(|command| Process(command.stdout(Stdio::null()).spawn().unwrap()));
        Self { space, archives, port, revision: 0, _processes: processes }
    }

    /// Renders `app_toml` and brings it as a new revision, as source-controller does.
    fn push(&mut self, app_toml: &str) {
        let _ = fs::remove_dir_all(self.space.folder().join("gitops"));
        self.space.render(app_toml);
        self.revision += 1;
        let (name, revision) = (format!("{}.tar.gz", self.revision), format!("main@sha1:{:040x}", self.revision));
        let archive = self.archives.path().join(&name);
        let mut tar = Command::new("tar");
        tar.arg("--create").arg("--gzip").arg("--file").arg(&archive).arg("--directory").arg(self.space.folder());
        assert!(tar.arg(".").status().unwrap().success());
        let digest = Sha256::digest(fs::read(&archive).unwrap());
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let gitops = self.space.folder().join("gitops");
        let cluster = self.space.cluster;
        cluster.kubectl(["apply", "--server-side", "--kustomize", gitops.to_str().unwrap()]);
        let now = "2026-01-01T00:00:00Z";
        let status = json!({"status": {
            "observedGeneration": 1,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored", "lastTransitionTime": now}],
            "artifact": {
                "url": format!("http://127.0.0.1:{}/{name}", self.port), "path": name, "revision": revision,
                "digest": format!("sha256:{digest}"), "lastUpdateTime": now,
            },
        }});
        let patch = format!("--patch={status}");
        let words = [
            "patch",
            "gitrepositories",
            "shop",
            "--namespace=flux-system",
            "--subresource=status",
            "--type=merge",
            &patch,
        ];
        cluster.kubectl(words);
    }

    /// Waits until the Kustomization `name` says `reason` of the revision that was pushed last; all that it says.
    fn until(&self, name: &str, reason: &str) -> Value {
        let started = Instant::now();
        let revision = format!("{:040x}", self.revision);
        loop {
            let text =
                self.space.cluster.kubectl(["get", "kustomizations", name, "--namespace=flux-system", "--output=json"]);
            let status = serde_json::from_str::<Value>(&text).unwrap()["status"].clone();
            let conditions = status["conditions"].as_array().map_or(&[][..], Vec::as_slice);
            let ready = conditions.iter().find(|condition| condition["type"] == "Ready");
            let attempted = status["lastAttemptedRevision"].as_str().unwrap_or_default();
            // A revision that waits for another Kustomization is not attempted.
            let is_this = attempted.ends_with(&revision) || reason == "DependencyNotReady";
            if is_this && ready.is_some_and(|ready| ready["reason"] == reason) {
                return status;
            }
            let log = self.archives.path().join("controller.log");
            let seen = || format!("{name}: no {reason}: {status:#}\n{}", fs::read_to_string(&log).unwrap());
            assert!(started.elapsed() < Duration::from_secs(90), "{}", seen());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn state(&self) -> State {
        State::of(self.space.cluster, &self.space.name)
    }
}

/// A kind of sources, which the controller watches and only source-controller reads: any field is taken.
fn source(kind: &str) -> Value {
    let singular = kind.to_lowercase();
    let plural = if kind == "Bucket" { "buckets".to_owned() } else { singular.replace("repository", "repositories") };
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let version = json!({
        "name": "v1", "served": true, "storage": true, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema},
    });
    let names = json!({"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.source.toolkit.fluxcd.io")},
        "spec": {"group": "source.toolkit.fluxcd.io", "scope": "Namespaced", "versions": [version], "names": names},
    })
}

#[test]
fn flux_migrates_before_the_pods_release_after_release() {
    let needs = tools(&["kustomize-controller", "flux.yaml"]);
    let Some(tools) = available("Flux on simulated nodes", needs) else { return };
    let Some(cluster) = available("Flux on simulated nodes", cluster()) else { return };
    let mut flux = Flux::start(cluster, &tools);
    let before = "[config]\nREGION = \"eu\"\n\n[workers.mails]\ncommand = \"python -m shop.mails\"\n\n\
        [volumes.media]\nmount = \"/media\"\nsize = \"1Gi\"\naccess = \"ReadWriteMany\"\n";

    flux.push(&shop("flux", "1", before));
    flux.until("shop", "ReconciliationSucceeded");
    let first = flux.state();
    assert_eq!(images(&first, "shop-web"), ["ghcr.io/acme/shop:1"; 4]);
    let time = |kind: &str, path: &str| first.all[kind].pointer(path).unwrap().as_str().unwrap().to_owned();
    let (migrated, brought) = (
        time("Job/shop-migrate", "/status/completionTime"),
        time("Deployment/shop-web", "/metadata/creationTimestamp"),
    );
    assert!(migrated <= brought, "migrated at {migrated}, pods from {brought}");

    // New code and configuration: the Job runs again, no endpoint is lost.
    let watch = Watch::start(cluster, &flux.space.name);
    let after = before.replace("eu", "us");
    flux.push(&shop("flux", "2", &after));
    flux.until("shop", "ReconciliationSucceeded");
    let second = flux.state();
    assert_ne!(migration(&first).0, migration(&second).0);
    assert_eq!(images(&second, "shop-web"), ["ghcr.io/acme/shop:2"; 4]);
    assert!(watch.fewest()["shop-web"] >= 4);

    // A migration that fails: nothing else changes, and the next release is not kept waiting.
    flux.push(&shop("flux", "fail", &after));
    let said = flux.until("shop-migrate", "HealthCheckFailed");
    assert!(said.to_string().contains("shop-migrate"), "{said:#}");
    flux.until("shop", "DependencyNotReady");
    assert_eq!(images(&flux.state(), "shop-web"), ["ghcr.io/acme/shop:2"; 4]);

    // The worker goes; data stays, and what revisions of the Deployment read.
    flux.push(&shop("flux", "3", "[config]\nREGION = \"us\"\n"));
    flux.until("shop", "ReconciliationSucceeded");
    let last = flux.state();
    assert_eq!(images(&last, "shop-web"), ["ghcr.io/acme/shop:3"; 4]);
    assert_eq!(migration(&last).1, "ghcr.io/acme/shop:3");
    assert!(!last.objects.contains("Deployment/shop-worker-mails"), "{:?}", last.objects);
    assert!(last.objects.contains("PersistentVolumeClaim/shop-media"), "{:?}", last.objects);
    let read: Vec<&String> = last.all.keys().filter(|name| name.starts_with("ConfigMap/shop-config-")).collect();
    assert_eq!(read.len(), 2, "the configuration of earlier revisions stays: {read:?}");
}
