//! A cluster whose nodes are simulated (`tests/cluster/simulated.sh`), one for each test binary; each test has a namespace of
//! its own in it.

pub(crate) mod node;
pub(crate) mod observed;
pub(crate) mod operator;
pub(crate) mod space;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::Skip;

/// What the cluster is made of.
const TOOLS: [&str; 6] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"];

/// A running cluster. It ends with the process that holds it: the script reads a pipe from here.
pub(crate) struct Cluster {
    tools: PathBuf,
    folder: PathBuf,
    process: Child,
}

/// The cluster, started by the first test that needs it.
pub(crate) fn cluster() -> Result<&'static Cluster, Skip> {
    static CLUSTER: OnceLock<Result<Cluster, Skip>> = OnceLock::new();
    CLUSTER.get_or_init(start).as_ref().map_err(Clone::clone)
}

/// The folder of the tools: `PYKUBE_CLUSTER_TOOLS`, or where `tests/cluster/tools/build.sh` puts them.
pub(crate) fn tools(names: &[&str]) -> Result<PathBuf, Skip> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../cluster-tools");
    let folder = std::env::var_os("PYKUBE_CLUSTER_TOOLS").map_or(built, PathBuf::from);
    match names.iter().find(|tool| !folder.join(tool).is_file()) {
        None => Ok(folder),
        Some(tool) => {
            let help = "tests/cluster/tools/build.sh builds it, for which it needs Go";
            Err(Skip(format!("no `{tool}` in {}: {help}", folder.display())))
        }
    }
}

/// `PATH` with the folder of the tools before all others.
pub(crate) fn path(tools: &Path) -> String {
    format!("{}:{}", tools.display(), std::env::var("PATH").unwrap())
}

fn start() -> Result<Cluster, Skip> {
    started("simulated.sh", tools(&TOOLS)?, &[])
}

/// An API server alone, of the version that `program` is.
pub(crate) fn api_server(program: &str) -> Result<Cluster, Skip> {
    started("api-server.sh", tools(&["etcd", "kubectl", program])?, &[program])
}

/// Runs a script of tests/cluster until its cluster is up.
fn started(script: &str, tools: PathBuf, arguments: &[&str]) -> Result<Cluster, Skip> {
    let folder = tempfile::Builder::new().prefix("pykube-cluster-").tempdir().unwrap().keep();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster").join(script);
    // They are free now, and nobody else is likely to take them within the second.
    let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<String> =
        listeners.iter().map(|listener| listener.local_addr().unwrap().port().to_string()).collect();
    drop(listeners);
    let mut command = Command::new("bash");
    command.arg(script).arg(&tools).arg(&folder).args(ports).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().map_err(|error| Skip(format!("no bash for the cluster: {error}")))?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "UP", "the cluster did not start; its logs are in {}", folder.display());
    Ok(Cluster { tools, folder, process })
}

impl Cluster {
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// A command that finds this cluster, its kubectl, and nothing of the runner that the test runs on.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", path(&self.tools));
        command.env("KUBECONFIG", self.folder.join("kubeconfig"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GITHUB_")) {
            command.env_remove(name);
        }
        command
    }

    /// What kubectl prints.
    ///
    /// # Panics
    /// When it fails.
    pub(crate) fn kubectl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let mut command = self.command("kubectl");
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
