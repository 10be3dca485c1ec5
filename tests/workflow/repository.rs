//! A repository with a rendered application whose workflow act runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::cluster::Cluster;
use crate::harness::project::Project;
use serde_json::{Value, json};

const WORKFLOW: &str = ".github/workflows/deploy.yml";

/// What act's schema does not know, and what changes nothing in a run on one machine.
const UNKNOWN_TO_ACT: [&str; 2] = ["artifact-metadata: write", "queue: max"];

/// A repository with a rendered application, and where act runs its workflow.
pub(crate) struct Repository<'c> {
    pub(crate) cluster: &'c Cluster,
    pub(crate) act: PathBuf,
    pub(crate) project: Project,
    /// Caches of act, and what the stand-ins write down.
    pub(crate) home: tempfile::TempDir,
    pub(crate) namespace: String,
    /// Images are really built, below this folder, and pushed to the cluster's registry.
    pub(crate) builds_below: Option<PathBuf>,
}

/// What a run of the workflow did.
pub(crate) struct Ran {
    pub(crate) succeeded: bool,
    pub(crate) text: String,
    /// A line for each thing that a stand-in was asked for.
    pub(crate) record: Vec<String>,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ended(self, succeeded: bool) -> Self {
        assert_eq!(self.succeeded, succeeded, "{:#?}\n{}", self.record, self.text);
        self
    }

    /// The first word of each line that was written down, without those that every job begins with.
    pub(crate) fn steps(&self) -> Vec<&str> {
        let words = self.record.iter().filter_map(|line| line.split(' ').next());
        words.filter(|word| !["checkout", "python", "pip", "buildx"].contains(word)).collect()
    }

    #[track_caller]
    pub(crate) fn line(&self, beginning: &str) -> &str {
        let found = self.record.iter().find(|line| line.starts_with(beginning));
        found.unwrap_or_else(|| panic!("no `{beginning}` in {:#?}\n{}", self.record, self.text))
    }
}

impl<'c> Repository<'c> {
    /// A repository with these files and what pykube renders.
    pub(crate) fn with_files(cluster: &'c Cluster, act: PathBuf, namespace: &str, files: &[(&str, &str)]) -> Self {
        cluster.kubectl(["create", "namespace", namespace]);
        let project = Project::with_files(files).rendered();
        let home = tempfile::tempdir().unwrap();
        let namespace = namespace.to_owned();
        let repository = Self { cluster, act, project, home, namespace, builds_below: None };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        // By it act knows the name of the repository.
        repository.git(&["remote", "add", "origin", "https://github.com/acme/shop.git"]);
        repository.commit();
        repository
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]).args(arguments);
        let output = command.current_dir(self.project.root()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything; the name of the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn push(&self) -> Ran {
        self.act("push", &json!({"ref": "refs/heads/main"}), &[])
    }

    /// Runs the workflow of the last commit for `event`.
    pub(crate) fn act(&self, event: &str, payload: &Value, arguments: &[&str]) -> Ran {
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
        if let Some(folder) = &self.builds_below {
            command.arg("--env").arg(format!("STAND_IN_BUILDER={}", here.join("build.py").display()));
            command.arg("--env").arg(format!("STAND_IN_WORK={}", folder.display()));
        }
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
    pub(crate) fn live_image(&self) -> String {
        let path = "--output=jsonpath={.items[*].spec.template.spec.containers[0].image}";
        self.cluster.kubectl(["get", "deployments", "--namespace", &self.namespace, path])
    }
}
