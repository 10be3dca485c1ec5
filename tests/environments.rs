//! `[[ci.environments]]`: one image, several GitHub environments, each with a job, a cluster and perhaps a kustomization of its own.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harness::project::Project;
use harness::{available, tools};
use pykube::render::{Request, files};
use serde_yaml::Value;

fn app(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps").join(name)
}

/// The rendered tree of a test app in a new folder, with the project's own kustomizations beside it.
fn project(name: &str) -> Project {
    let request = Request { directory: app(name), ..Request::default() };
    let rendered = files(&request).unwrap();
    let project = rendered.iter().fold(Project::empty(), |project, (path, text)| project.with(path.as_str(), text));
    for environment in std::fs::read_dir(app(name).join("deploy")).unwrap().flatten() {
        let text = std::fs::read_to_string(environment.path().join("kustomization.yaml")).unwrap();
        let folder = environment.file_name().into_string().unwrap();
        project.write(&format!("deploy/{folder}/kustomization.yaml"), &text);
    }
    project
}

fn workflow(project: &Path) -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(project.join(".github/workflows/deploy.yml")).unwrap()).unwrap()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_sequence().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn each_environment_is_a_job_that_waits_for_those_before() {
    let project = project("environments");
    let workflow = workflow(project.root());
    let job = |name: &str| &workflow["jobs"][format!("deploy-to-{name}").as_str()];
    assert_eq!(words(&job("staging")["needs"]), ["build"]);
    assert_eq!(words(&job("production-eu")["needs"]), ["build", "deploy-to-staging"]);
    assert_eq!(words(&job("production-us")["needs"]), ["build", "deploy-to-staging"], "both parts at once");
    let groups = ["staging", "production-eu", "production-us"].map(|name| {
        assert_eq!(job(name)["environment"]["name"], name);
        assert_eq!(job(name)["concurrency"]["cancel-in-progress"], false, "{name}");
        job(name)["concurrency"]["group"].as_str().unwrap().to_owned()
    });
    assert_eq!(groups.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "none waits for another's review");
    assert!(!groups.contains(&workflow["concurrency"]["group"].as_str().unwrap().to_owned()));
    // What the cluster of one needs is not a right of another.
    assert!(job("staging")["permissions"]["id-token"].is_null());
    assert_eq!(job("production-eu")["permissions"]["id-token"], "write");
    for name in ["staging", "production-eu", "production-us"] {
        assert_eq!(job(name)["permissions"]["contents"], "read", "{name}");
    }
    // The build asks no reviewer of production.
    assert_eq!(workflow["jobs"]["build"]["environment"], "build");
    assert_eq!(job("staging")["env"]["MANIFESTS"], "deploy/staging");
    assert_eq!(job("staging")["env"]["NAMESPACE"], "shop-staging");
    assert_eq!(job("production-us")["env"]["MANIFESTS"], "k8s");
}

#[test]
fn the_projects_own_kustomization_takes_the_rendered_objects_in() {
    let project = project("environments");
    let folder = project.path("deploy/staging");
    let said = tools::of_the_machine("kubectl", &[OsStr::new("kustomize"), folder.as_os_str()]);
    let Some(said) = available("the project's own kustomization", said) else { return };
    assert!(said.success, "{}", said.text);
    let documents = harness::trees::documents(&said.output);
    let of_kind = |kind: &str| documents.iter().find(|object| object["kind"] == kind).unwrap();
    assert_eq!(of_kind("Ingress")["spec"]["rules"][0]["host"], "staging.shop.example.com");
    assert_eq!(of_kind("HorizontalPodAutoscaler")["spec"]["maxReplicas"], 3);
    for object in &documents {
        assert_eq!(object["metadata"]["namespace"], "shop-staging", "{object:?}");
    }
    // The workflow releases this folder, with the program of the other.
    let workflow = workflow(project.root());
    let job = &workflow["jobs"]["deploy-to-staging"];
    assert_eq!(job["env"]["RELEASE"], "k8s/release.py");
    let steps = job["steps"].as_sequence().unwrap();
    let step = steps.iter().find(|step| step["name"] == "Release").unwrap();
    assert_eq!(step["run"], "python3 \"$RELEASE\" --manifests \"$MANIFESTS\" --namespace \"$NAMESPACE\"");
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"]);
    git.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    git.output().unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the step that commits, in a checkout like that of the runner, after the digest was written as `kustomize` does.
fn commit_step(checkout: &Path, origin: &Path, job: &Value, digest: &str) -> Output {
    let manifests = job["env"]["MANIFESTS"].as_str().unwrap();
    let file = checkout.join(manifests).join("kustomization.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}images:\n  - name: ghcr.io/acme/shop\n    digest: {digest}\n")).unwrap();
    let steps = job["steps"].as_sequence().unwrap();
    let step = steps.iter().find(|step| step["name"] == "Commit the digest").unwrap();
    let key = format!("url.file://{}.insteadOf", origin.display());
    let mut shell = Command::new("bash");
    // As GitHub runs a step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    shell.args(["-e", "-o", "pipefail", "-c", step["run"].as_str().unwrap()]).current_dir(checkout);
    shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    shell.env("GIT_CONFIG_COUNT", "2").env("GIT_CONFIG_KEY_0", key).env("GIT_CONFIG_KEY_1", "protocol.file.allow");
    shell.env("GIT_CONFIG_VALUE_0", "https://x-access-token:t0ken@github.com/acme/shop.git");
    shell.env("GIT_CONFIG_VALUE_1", "always").env("GH_TOKEN", "t0ken").env("GITHUB_REPOSITORY", "acme/shop");
    shell.env("GITHUB_REF_NAME", "main").env("GITHUB_SHA", "c0ffee").env("MANIFESTS", manifests);
    shell.output().unwrap()
}

#[test]
fn two_environments_that_operators_follow_are_committed_one_after_the_other() {
    let project = project("environments-gitops");
    let work = tempfile::tempdir().unwrap();
    let origin = work.path().join("origin.git");
    done(&git(work.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "origin.git"]));
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "."],
        &["commit", "--quiet", "--message=first"],
        &["push", "--quiet", &format!("file://{}", origin.display()), "HEAD:main"],
    ] {
        done(&git(project.root(), arguments));
    }
    // Both jobs check out the same commit, as the action does: no history.
    let url = format!("file://{}", origin.display());
    for name in ["staging", "production"] {
        done(&git(work.path(), &["clone", "--quiet", "--depth=1", &url, name]));
    }
    let workflow = workflow(project.root());
    for (name, digest) in [("staging", "sha256:1"), ("production", "sha256:1")] {
        let job = &workflow["jobs"][format!("deploy-to-{name}").as_str()];
        assert_eq!(job["permissions"]["contents"], "write");
        done(&commit_step(&work.path().join(name), &origin, job, digest));
    }
    let log = done(&git(&origin, &["log", "--format=%s", "main"]));
    assert_eq!(log.lines().collect::<Vec<_>>(), ["Deploy c0ffee [skip ci]", "Deploy c0ffee [skip ci]", "first"]);
    for name in ["staging", "production"] {
        let text = done(&git(&origin, &["show", &format!("main:deploy/{name}/kustomization.yaml")]));
        assert!(text.contains("digest: sha256:1"), "{name}: {text}");
    }
    // The same digest again is neither a commit nor a failure.
    done(&git(work.path(), &["clone", "--quiet", "--depth=1", &url, "again"]));
    let again = work.path().join("again");
    std::fs::write(
        again.join("deploy/staging/kustomization.yaml"),
        done(&git(&origin, &["show", "main:deploy/staging/kustomization.yaml"]))
            .replace("images:\n  - name: ghcr.io/acme/shop\n    digest: sha256:1\n", ""),
    )
    .unwrap();
    done(&commit_step(&again, &origin, &workflow["jobs"]["deploy-to-staging"], "sha256:1"));
    assert_eq!(done(&git(&origin, &["rev-list", "--count", "main"])).trim(), "3");
}

const GOOD: &str = r#"[app]
name = "shop"
framework = "fastapi"
entrypoint = "shop.main:app"
[image]
repository = "ghcr.io/acme/shop"
"#;

/// What `pykube render` says of `GOOD` with `addition`.
#[track_caller]
fn refused(addition: &str, message: &str, places: &[&str]) {
    let project = Project::new(&format!("{GOOD}{addition}"));
    let run = project.run(&["render"]).code(2);
    assert!(!project.has("k8s"), "something was written");
    assert!(run.err.contains(message), "wanted: {message}\n{}", run.err);
    run.shows(places);
}

#[test]
fn environments_that_cannot_be_deployed_one_by_one_are_refused() {
    let two = |one: &str, other: &str| format!("[[ci.environments]]\n{one}\n[[ci.environments]]\n{other}\n");
    refused(
        &two("name = \"Live\"", "name = \"live\""),
        "two environments have the same name",
        &["name = \"Live\"", "name = \"live\""],
    );
    refused(
        &two("name = \"a\"", "name = \"b\"\nafter = [\"c\"]"),
        "names `c`, which is not an environment above this one",
        &["after = [\"c\"]"],
    );
    refused(
        &two("name = \"a\"\nafter = [\"b\"]", "name = \"b\""),
        "names `b`, which is not an environment above this one",
        &["after = [\"b\"]"],
    );
    refused("[[ci.environments]]\nname = \"my env\"\n", "must be letters, digits, `-` and `_`", &["name = \"my env\""]);
    refused(
        &format!("[ci]\ndeploy = \"none\"\n{}", two("name = \"a\"", "name = \"b\"")),
        "two environments would be deployed at once: their operators follow the same folder",
        &["name = \"a\"", "name = \"b\""],
    );
    refused(
        "[[ci.environments]]\nname = \"a\"\nnamespace = \"b\"\n",
        "has no meaning without `manifests`",
        &["namespace = \"b\""],
    );
    refused(
        "[[ci.environments]]\nname = \"a\"\nmanifests = \"k8s/a\"\n",
        "must not be in `k8s`, where pykube writes",
        &["manifests = \"k8s/a\""],
    );
    refused(
        "[[ci.environments]]\nname = \"a\"\nmanifests = \"deploy/a\"\n",
        "names `deploy/a/kustomization.yaml`, which does not exist",
        &["manifests = \"deploy/a\""],
    );
    refused(
        "[[ci.environments]]\nname = \"a\"\nhost = \"https://a\"\n",
        "must be a host name",
        &["host = \"https://a\""],
    );
}
