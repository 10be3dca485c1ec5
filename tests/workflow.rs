//! The rendered workflow, run by act: its jobs, conditions and outputs are real, and so are the release and the API server. The
//! actions are stand-ins that write down what they were asked for (`tests/workflow`), and the nodes are simulated.
//!
//! `concurrency` and `services` are not run: act knows neither.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;
#[path = "workflow/repository.rs"]
mod repository;

use std::fs;
use std::path::PathBuf;

use harness::cluster::{Cluster, cluster, tools};
use harness::{Skip, available};
use repository::Repository;
use serde_json::json;

/// A repository in whose `app.toml` stands `more`, released into a namespace called `namespace`.
fn repository<'c>(cluster: &'c Cluster, act: PathBuf, namespace: &str, more: &str) -> Repository<'c> {
    let app = format!(
        "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\nnamespace = \"{namespace}\"\n\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1\"\n\n\
         [migrations]\ncommand = \"python migrate.py\"\n\n{more}"
    );
    let test = "import unittest\n\n\nclass Shop(unittest.TestCase):\n    def test_it(self):\n        import shop\n";
    let files =
        [("app.toml", &*app), ("shop.py", "app = None\n"), ("test_shop.py", test), ("requirements.txt", "flask\n")];
    Repository::with_files(cluster, act, namespace, &files)
}

/// Runs `test` on a repository of its own, where there are act and a cluster.
fn in_a_repository(namespace: &str, more: &str, test: impl FnOnce(&Repository<'_>)) {
    let needed = || -> Result<(&'static Cluster, PathBuf), Skip> {
        let tools = tools(&["act", "kustomize"])?;
        Ok((cluster()?, tools.join("act")))
    };
    if let Some((cluster, act)) = available("the rendered workflow, run", needed()) {
        test(&repository(cluster, act, namespace, more));
    }
}

const TESTED: &str = "[ci]\ntest = \"unittest\"\n";

#[test]
fn a_push_is_tested_built_scanned_and_released_by_digest_and_what_fails_stops_there() {
    in_a_repository("pushed", TESTED, |shop| {
        let first = shop.push().ended(true);
        assert_eq!(first.steps(), ["ruff", "login", "build", "scan", "attest", "gh"], "{}", first.text);
        let commit = shop.git(&["rev-parse", "HEAD"]);
        let build = first.line("build ");
        assert!(
            build.contains("push=true") && build.ends_with(&format!("shop:sha-{commit},ghcr.io/acme/shop:1")),
            "{build}"
        );
        let image = first.line("attest ").split_once(' ').unwrap().1.to_owned();
        assert!(image.contains("@sha256:"), "{image}");
        assert_eq!(first.line("gh "), format!("gh attestation verify oci://{image} --repo acme/shop"));
        assert_eq!((shop.live_image(), first.line("scan ").to_owned()), (image.clone(), format!("scan {image}")));
        assert!(first.text.contains(&format!("live: release 1 of commit {}", &commit[..12])), "{}", first.text);

        // Tests fail: nothing is built.
        shop.project.write("shop.py", "raise SystemError\n");
        shop.commit();
        assert_eq!(shop.push().ended(false).steps(), ["ruff"]);

        // The image does not build: nothing is released.
        shop.project.write("shop.py", "app = 1\n");
        let dockerfile = shop.project.read("Dockerfile");
        shop.project.write("Dockerfile", &format!("{dockerfile}RUN FAIL\n"));
        shop.commit();
        assert_eq!(shop.push().ended(false).steps(), ["ruff", "login"]);
        shop.project.write("Dockerfile", &dockerfile);

        // The migration fails: what was live stays, and the run is red.
        shop.project.write("fails-in-the-cluster", "");
        shop.commit();
        let failed = shop.push().ended(false);
        assert!(failed.text.contains("live: release 1 of commit"), "{}", failed.text);
        assert_eq!(shop.live_image(), image);

        fs::remove_file(shop.project.path("fails-in-the-cluster")).unwrap();
        shop.commit();
        let second = shop.push().ended(true);
        assert_eq!(format!("attest {}", shop.live_image()), second.line("attest "));
        assert_ne!(shop.live_image(), image);

        // The attestation does not hold the image: it is not released.
        let live = shop.live_image();
        shop.project.write("not-attested", "");
        shop.commit();
        assert_eq!(shop.push().ended(false).steps().last(), Some(&"gh"));
        assert_eq!(shop.live_image(), live);
    });
}

#[test]
fn a_pull_request_is_built_without_a_push_and_compared_with_its_app_toml() {
    in_a_repository("requested", &format!("{TESTED}review = true\n"), |shop| {
        let base = shop.git(&["rev-parse", "HEAD"]);
        shop.git(&["checkout", "--quiet", "-b", "change"]);
        shop.project.replace("app.toml", "tag = \"1\"", "tag = \"2\"");
        shop.project.run(&["render", "--quiet"]).code(0);
        shop.commit();
        // GitHub runs what merging would give.
        shop.git(&["checkout", "--quiet", "main"]);
        shop.git(&["merge", "--quiet", "--no-ff", "change", "--message=merge"]);
        let repository = json!({"full_name": "acme/shop"});
        let payload = json!({"action": "opened", "number": 7, "pull_request": {
            "number": 7, "head": {"ref": "change", "repo": repository}, "base": {"ref": "main", "sha": base}
        }});
        let ran = shop.act("pull_request", &payload, &["--var", "PYKUBE=pykube-cli==1.0"]).ended(true);
        let build = ran.line("build ");
        assert!(build.contains("push=false load=true"), "{build}");
        assert!(ran.line("scan ").contains("ghcr.io/acme/shop:"), "{:?}", ran.record);
        assert_eq!(ran.line("pipx "), "pipx install pykube-cli==1.0");
        assert!(ran.line("gh pr comment 7").contains("--edit-last"), "{:?}", ran.record);
        assert!(ran.record.iter().any(|line| line.contains("rolls the pods")), "{:#?}", ran.record);
        assert!(!ran.steps().contains(&"login") && shop.live_image().is_empty(), "{:?}", ran.record);

        // A change of app.toml without a render, and no variable: the one is refused, the other checks nothing.
        shop.project.replace("app.toml", "tag = \"2\"", "tag = \"3\"");
        shop.commit();
        let stale = shop.act("pull_request", &payload, &["--var", "PYKUBE=pykube-cli==1.0"]).ended(false);
        assert!(stale.text.contains("k8s/deployment.yaml"), "{}", stale.text);
        let unset = shop.act("pull_request", &payload, &[]).ended(true);
        assert!(!unset.steps().contains(&"pipx"), "{:?}", unset.record);
    });
}

#[test]
fn a_tag_is_released_and_a_push_to_the_branch_is_only_tested() {
    let more = format!("{TESTED}tags = [\"v*\"]\n").replace("[ci]", "[ci]\nlint = \"none\"");
    let more = more.as_str();
    in_a_repository("tagged", more, |shop| {
        assert_eq!(shop.push().ended(true).steps(), [""; 0]);
        shop.git(&["tag", "v1.2.0"]);
        let ran = shop.act("push", &json!({"ref": "refs/tags/v1.2.0"}), &[]).ended(true);
        assert!(ran.line("build ").ends_with(",ghcr.io/acme/shop:1,ghcr.io/acme/shop:v1.2.0"), "{:?}", ran.record);
        assert!(ran.text.contains("live: release 1"), "{}", ran.text);
        let weekly = shop.act("schedule", &json!({}), &[]).ended(true);
        assert_eq!(weekly.steps(), ["build", "scan"], "{}", weekly.text);
    });
}

#[test]
fn one_environment_after_the_other_and_the_second_not_after_a_failure() {
    let environments = "[[ci.environments]]\nname = \"staging\"\n\n[[ci.environments]]\nname = \"production\"\n";
    in_a_repository("staged", &format!("{TESTED}\n{environments}"), |shop| {
        let ran = shop.push().ended(true);
        assert_eq!(ran.text.matches("live: release ").count() % 2, 0, "{}", ran.text);
        assert!(ran.text.contains("live: release 2"), "{}", ran.text);
        shop.project.write("fails-in-the-cluster", "");
        shop.commit();
        let failed = shop.push().ended(false);
        assert!(!failed.text.contains("Deploy to production"), "{}", failed.text);
    });
}

#[test]
fn a_followed_repository_gets_the_digest_on_top_of_what_arrived_meanwhile() {
    in_a_repository("followed", &format!("{TESTED}deploy = \"none\"\n"), |shop| {
        let bare = shop.home.path().join("github.git");
        let bare_path = bare.display().to_string();
        shop.git(&["clone", "--quiet", "--bare", ".", &bare_path]);
        // Somebody pushes while the run is under way.
        let built = shop.git(&["rev-parse", "HEAD"]);
        shop.project.write("notes.txt", "later\n");
        let later = shop.commit();
        shop.git(&["push", "--quiet", &bare_path, "main"]);
        shop.git(&["reset", "--quiet", "--hard", &built]);
        let remote = "https://x-access-token:token-of-the-stand-in@github.com/acme/shop.git";
        let ran = shop.act(
            "push",
            &json!({"ref": "refs/heads/main"}),
            &[
                "--env",
                "GIT_CONFIG_COUNT=1",
                "--env",
                &format!("GIT_CONFIG_KEY_0=url.file://{bare_path}.insteadOf"),
                "--env",
                &format!("GIT_CONFIG_VALUE_0={remote}"),
            ],
        );
        let ran = ran.ended(true);
        let image = ran.line("attest ").split_once(' ').unwrap().1.to_owned();
        let there = |arguments: &[&str]| shop.git(&[&["--git-dir", &bare_path], arguments].concat());
        assert_eq!(there(&["rev-parse", "main^"]), later, "the digest comes on top");
        assert_eq!(there(&["log", "-1", "--format=%s", "main"]), format!("Deploy {built} [skip ci]"));
        let kustomization = there(&["show", "main:k8s/kustomization.yaml"]);
        let digest = image.split_once('@').unwrap().1;
        assert!(kustomization.contains(&format!("digest: {digest}")), "{kustomization}");
        assert!(shop.live_image().is_empty(), "the operator applies it");
    });
}

/// A registry and a cluster of a cloud: what `[ci] deploy` says, an image repository, the variables that `init` names, and the
/// steps of a run in their order.
struct Cloud {
    deploy: &'static str,
    repository: &'static str,
    variables: &'static [&'static str],
    steps: &'static [&'static str],
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        deploy: "eks",
        repository: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
        variables: &["AWS_ROLE_ARN=arn:aws:iam::123456789012:role/shop", "AWS_REGION=eu-west-1", "EKS_CLUSTER=main"],
        steps: &["aws-credentials", "ecr-login", "build", "scan", "attest", "gh", "aws-credentials", "aws"],
    },
    Cloud {
        deploy: "gke",
        repository: "europe-west1-docker.pkg.dev/acme/shop/shop",
        variables: &[
            "GCP_WORKLOAD_IDENTITY_PROVIDER=projects/1/locations/global/workloadIdentityPools/github/providers/shop",
            "GCP_SERVICE_ACCOUNT=shop@acme.iam.gserviceaccount.com",
            "GKE_CLUSTER=main",
            "GKE_LOCATION=europe-west1",
        ],
        steps: &["google-credentials", "login", "build", "scan", "attest", "gh", "google-credentials", "gke-cluster"],
    },
    Cloud {
        deploy: "aks",
        repository: "acme.azurecr.io/shop",
        variables: &[
            "AZURE_CLIENT_ID=1",
            "AZURE_TENANT_ID=2",
            "AZURE_SUBSCRIPTION_ID=3",
            "AKS_RESOURCE_GROUP=shops",
            "AKS_CLUSTER=main",
        ],
        steps: &["azure-credentials", "az", "build", "scan", "attest", "gh", "azure-credentials", "aks-cluster"],
    },
];

#[test]
fn the_logins_of_each_cloud_lead_to_its_registry_and_its_cluster() {
    for cloud in &CLOUDS {
        let more = format!("[ci]\nlint = \"none\"\ndeploy = \"{}\"\n", cloud.deploy);
        in_a_repository(cloud.deploy, &more, |shop| {
            shop.project.replace("app.toml", "ghcr.io/acme/shop", cloud.repository);
            shop.project.run(&["render", "--quiet"]).code(0);
            shop.commit();
            let push = json!({"ref": "refs/heads/main"});
            let variables: Vec<&str> = cloud.variables.iter().flat_map(|variable| ["--var", variable]).collect();
            let ran = shop.act("push", &push, &variables).ended(true);
            assert_eq!(ran.steps(), cloud.steps, "{}", ran.text);
            assert!(shop.live_image().starts_with(&format!("{}@sha256:", cloud.repository)), "{}", shop.live_image());
            assert!(ran.text.contains("live: release 1"), "{}", ran.text);

            // Each variable is used: without its last one, which names the cluster or where it is, nothing is released.
            let without_last = &variables[..variables.len() - 2];
            shop.project.write("shop.py", "app = 1\n");
            shop.commit();
            let live = shop.live_image();
            shop.act("push", &push, without_last).ended(false);
            assert_eq!(shop.live_image(), live);
        });
    }
}
