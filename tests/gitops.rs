//! `[ci] deploy = "argocd"` and `"flux"`: the objects that make them follow the repository, and what each object tells them.
//! Their controllers run in `tests/flux.rs` and `tests/argocd.rs`.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use harness::project::{Project, render_text};
use harness::{available, tools, trees};
use pykube::render::{Request, files};
use pykube::review::{Review, to_text};
use pykube::write::Plan;
use serde_yaml::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps").join(name)
}

fn app_toml(name: &str) -> String {
    std::fs::read_to_string(folder(name).join("app.toml")).unwrap()
}

/// The rendered tree of a test app in a folder of its own.
fn project(name: &str) -> Project {
    let directory = folder(name);
    let rendered = files(&Request { directory, ..Request::default() }).unwrap();
    rendered.iter().fold(Project::empty(), |project, (path, text)| project.with(path.as_str(), text))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Kind and name of every object that kustomize makes of `folder` with `patches`.
fn built(project: &Project, folder: &str, patches: &Value) -> Result<BTreeSet<String>, harness::Skip> {
    let mut kustomization = serde_yaml::Mapping::new();
    kustomization.insert("resources".into(), vec![Value::from("../k8s")].into());
    kustomization.insert("patches".into(), patches.clone());
    project.write(&format!("{folder}/kustomization.yaml"), &serde_yaml::to_string(&kustomization).unwrap());
    let folder = project.path(folder);
    let said = tools::of_the_machine("kubectl", &[OsStr::new("kustomize"), folder.as_os_str()])?;
    assert!(said.success, "{}", said.text);
    let identity = |object: &Value| {
        format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
    };
    Ok(trees::documents(&said.output).iter().map(identity).collect())
}

#[test]
fn flux_brings_the_migration_first_and_each_object_once() {
    let project = project("gitops-flux");
    let first = yaml(&project.read("gitops/shop-migrate-sync.yaml"));
    let second = yaml(&project.read("gitops/shop-sync.yaml"));
    assert_eq!(first["spec"]["healthChecks"][0]["name"], "shop-migrate");
    assert_eq!(second["spec"]["dependsOn"][0]["name"], "shop-migrate");
    let Some(all) = available("kustomize", built(&project, "all", &Value::Sequence(Vec::new()))) else { return };
    let before = built(&project, "first", &first["spec"]["patches"]).unwrap();
    let after = built(&project, "second", &second["spec"]["patches"]).unwrap();
    assert!(before.contains("Job/shop-migrate") && before.contains("ServiceAccount/shop"), "{before:?}");
    assert!(after.contains("Deployment/shop-web") && after.contains("Deployment/shop-worker-mails"), "{after:?}");
    assert_eq!(before.intersection(&after).count(), 0, "{before:?} {after:?}");
    assert_eq!(before.union(&after).cloned().collect::<BTreeSet<_>>(), all);
}

#[test]
fn argocd_waits_for_the_migration_and_keeps_configuration_until_the_rollout_is_done() {
    let project = project("gitops-argocd");
    let note = |file: &str, key: &str| {
        let object = yaml(&project.read(&format!("k8s/{file}.yaml")));
        object["metadata"]["annotations"][format!("argocd.argoproj.io/{key}")].as_str().map(str::to_owned)
    };
    assert_eq!(note("migrate-job", "hook").as_deref(), Some("Sync"));
    assert_eq!(note("migrate-job", "hook-delete-policy").as_deref(), Some("BeforeHookCreation"));
    assert_eq!(note("job-index", "hook").as_deref(), Some("Sync"));
    assert_eq!(note("configmap", "sync-options").as_deref(), Some("PruneLast=true"));
    let wave = |file: &str| note(file, "sync-wave").map_or(0, |wave| wave.parse::<i32>().unwrap());
    for needed in ["service-account", "configmap", "default-network-policy", "cache-stateful-set"] {
        assert!(wave(needed) < wave("migrate-job"), "{needed}");
    }
    for later in ["deployment", "worker-mails-deployment", "job-index", "service"] {
        assert!(wave(later) > wave("migrate-job"), "{later}");
    }
    let application = yaml(&project.read("gitops/shop-application.yaml"));
    assert_eq!(application["spec"]["source"]["path"], "k8s");
    assert_eq!(application["spec"]["syncPolicy"]["automated"]["prune"], true);
}

#[test]
fn a_job_keeps_its_name_where_the_digest_alone_changes() {
    for (app, kept) in [("gitops-flux", false), ("gitops-argocd", true)] {
        let job = yaml(&project(app).read("k8s/migrate-job.yaml"));
        assert_eq!(job["metadata"]["name"], "shop-migrate", "{app}");
        // Flux would make, and so run, a Job again that goes on its own.
        assert_eq!(!job["spec"]["ttlSecondsAfterFinished"].is_null(), kept, "{app}");
    }
}

#[test]
fn no_operator_deletes_data_or_a_namespace() {
    for (app, note) in
        [("gitops-flux", "kustomize.toolkit.fluxcd.io/prune: disabled"), ("gitops-argocd", "Prune=false")]
    {
        let text = app_toml(app);
        let made = text.replace("[app]\n", "[app]\nnamespace = { name = \"shop\", create = true }\n");
        let tree = render_text(&made).unwrap();
        for name in ["claim-media.yaml", "namespace.yaml"] {
            let (_, text) = tree.iter().find(|(path, _)| path.name() == name).unwrap();
            assert!(text.contains(note), "{app}: {text}");
        }
    }
}

#[test]
fn a_job_that_the_operator_replaces_is_not_said_to_be_refused() {
    for app in ["gitops-flux", "gitops-argocd"] {
        let text = app_toml(app);
        let rendered = |text: &str| render_text(text).unwrap();
        let changed = rendered(&text.replace("REGION = \"eu\"", "REGION = \"us\""));
        let review = Review::of(&Plan::between(&rendered(&text), &changed));
        let said = to_text(&review, false);
        assert!(!said.contains("cannot be applied") && said.contains("2 runs a job"), "{app}: {said}");
    }
}

#[test]
fn what_flux_is_told_to_keep_is_said_to_stay() {
    let text = app_toml("gitops-flux");
    let without = text.replace("[config]\nREGION = \"eu\"\n", "");
    assert_ne!(text, without);
    let review = Review::of(&Plan::between(&render_text(&text).unwrap(), &render_text(&without).unwrap()));
    let said = to_text(&review, false);
    assert!(said.contains("stays in the cluster") && said.contains("kubectl delete configmap"), "{said}");
}

#[test]
fn an_operator_must_know_the_repository() {
    let app = "[app]\nname = \"shop\"\nframework = \"fastapi\"\nentrypoint = \"shop:app\"\n\
               [image]\nrepository = \"ghcr.io/acme/shop\"\n[ci]\ndeploy = \"flux\"\n";
    let run = Project::new(app).run(&["render"]).code(2);
    assert!(run.err.contains("must know which repository they follow"), "{}", run.err);
    run.shows(&["deploy = \"flux\""]);
    let project = Project::new(&format!("{app}repository = \"http://example.com/shop\"\n"));
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains("`ci.repository` must be an `https://` or `ssh://` URL"), "{}", run.err);
}
