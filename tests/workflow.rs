//! The rendered workflow, run by act: its jobs, conditions and outputs are real, and so are the release and the API server. The
//! actions are stand-ins that write down what they were asked for (`tests/workflow`), and the nodes are simulated.
//!
//! `concurrency` and `services` are not run: act knows neither.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::{Cluster, cluster, tools};
use harness::project::Project;
use harness::{Skip, available};
use serde_json::{Value, json};

const WORKFLOW: &str = ".github/workflows/deploy.yml";

/// What act's schema does not know, and what changes nothing in a run on one machine.
const UNKNOWN_TO_ACT: [&str; 2] = ["artifact-metadata: write", "queue: max"];

/// A repository with a rendered application, and where act runs its workflow.
struct Repository<'c> {
    cluster: &'c Cluster,
    act: PathBuf,
    project: Project,
    /// Caches of act, and what the stand-ins write down.
    home: tempfile::TempDir,
    namespace: String,
}

/// What a run of the workflow did.
struct Ran {
    succeeded: bool,
    text: String,
    /// A line for each thing that a stand-in was asked for.
    record: Vec<String>,
}

impl Ran {
    #[track_caller]
    fn ended(self, succeeded: bool) -> Self {
        assert_eq!(self.succeeded, succeeded, "{:#?}\n{}", self.record, self.text);
        self
    }

    /// The first word of each line that was written down, without those that every job begins with.
    fn steps(&self) -> Vec<&str> {
        let words = self.record.iter().filter_map(|line| line.split(' ').next());
        words.filter(|word| !["checkout", "python", "pip", "buildx"].contains(word)).collect()
    }

    #[track_caller]
    fn line(&self, beginning: &str) -> &str {
        let found = self.record.iter().find(|line| line.starts_with(beginning));
        found.unwrap_or_else(|| panic!("no `{beginning}` in {:#?}\n{}", self.record, self.text))
    }
}

impl<'c> Repository<'c> {
    /// A repository in whose `app.toml` stands `more`, released into a namespace called `namespace`.
    fn new(cluster: &'c Cluster, act: PathBuf, namespace: &str, more: &str) -> Self {
        let app = format!(
            "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\nnamespace = \"{namespace}\"\n\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1\"\n\n\
             [migrations]\ncommand = \"python migrate.py\"\n\n{more}"
        );
        cluster.kubectl(["create", "namespace", namespace]);
        let test = "import unittest\n\n\nclass Shop(unittest.TestCase):\n    def test_it(self):\n        import shop\n";
        let files =
            [("app.toml", &*app), ("shop.py", "app = None\n"), ("test_shop.py", test), ("requirements.txt", "flask\n")];
        let project = Project::with_files(&files).rendered();
        let home = tempfile::tempdir().unwrap();
        let repository = Self { cluster, act, project, home, namespace: namespace.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        // By it act knows the name of the repository.
        repository.git(&["remote", "add", "origin", "https://github.com/acme/shop.git"]);
        repository.commit();
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]).args(arguments);
        let output = command.current_dir(self.project.root()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything; the name of the commit.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn push(&self) -> Ran {
        self.act("push", &json!({"ref": "refs/heads/main"}), &[])
    }

    /// Runs the workflow of the last commit for `event`.
    fn act(&self, event: &str, payload: &Value, arguments: &[&str]) -> Ran {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workflow");
        let record = self.home.path().join("record");
        fs::write(&record, "").unwrap();
        let text = self.project.read(WORKFLOW);
        let known = |line: &&str| !UNKNOWN_TO_ACT.iter().any(|unknown| line.contains(unknown));
        let workflow = self.home.path().join("deploy.yml");
        fs::write(&workflow, text.lines().filter(known).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let mut payload = payload.clone();
        let owner = json!({"login": "acme"});
        payload["repository"] =
            json!({"name": "shop", "full_name": "acme/shop", "default_branch": "main", "owner": owner});
        payload["after"] = json!(self.git(&["rev-parse", "HEAD"]));
        let event_file = self.home.path().join("event.json");
        fs::write(&event_file, payload.to_string()).unwrap();
        let mut command = self.cluster.command(self.act.to_str().unwrap());
        let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
        let pykube = Path::new(env!("CARGO_BIN_EXE_pykube")).parent().unwrap();
        let path = std::env::join_paths([&here.join("programs"), pykube]).unwrap().into_string().unwrap()
            + ":"
            + path.to_str().unwrap();
        let kubeconfig = self.cluster.kubeconfig();
        command.env_remove("KUBECONFIG").env("PATH", path).env("HOME", self.home.path()).env_remove("XDG_CACHE_HOME");
        command.arg(event).arg("--workflows").arg(&workflow).arg("--eventpath").arg(&event_file);
        command.args(["--platform", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--action-offline-mode"]);
        command.arg("--env").arg(format!("STAND_IN_RECORD={}", record.display()));
        command.arg("--env").arg(format!("STAND_IN_REPOSITORY={}", self.project.root().display()));
        // The clouds' programs give it out; without a cloud it is a secret of the repository.
        command.arg("--env").arg(format!("STAND_IN_KUBECONFIG={}", kubeconfig.display()));
        command.args(["--secret", "GITHUB_TOKEN=token-of-the-stand-in"]);
        if text.contains("secrets.KUBECONFIG") {
            command.arg("--secret").arg(format!("KUBECONFIG={}", fs::read_to_string(kubeconfig).unwrap()));
        }
        for action in text.lines().filter_map(|line| line.trim().strip_prefix("uses: ")) {
            let action = action.split(' ').next().unwrap();
            let folder = here.join("actions").join(action.split('@').next().unwrap().replace('/', "+"));
            command.arg("--local-repository").arg(format!("{action}={}", folder.display()));
        }
        let output = command.args(arguments).current_dir(self.project.root()).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let record = fs::read_to_string(record).unwrap().lines().map(str::to_owned).collect();
        Ran { succeeded: output.status.success(), text, record }
    }

    /// Image of the Deployment; empty without one.
    fn live_image(&self) -> String {
        let path = "--output=jsonpath={.items[*].spec.template.spec.containers[0].image}";
        self.cluster.kubectl(["get", "deployments", "--namespace", &self.namespace, path])
    }
}

/// Runs `test` on a repository of its own, where there are act and a cluster.
fn in_a_repository(namespace: &str, more: &str, test: impl FnOnce(&Repository<'_>)) {
    let needed = || -> Result<(&'static Cluster, PathBuf), Skip> {
        let tools = tools(&["act", "kustomize"])?;
        Ok((cluster()?, tools.join("act")))
    };
    if let Some((cluster, act)) = available("the rendered workflow, run", needed()) {
        test(&Repository::new(cluster, act, namespace, more));
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
