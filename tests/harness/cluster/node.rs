//! One real node (`tests/cluster/node/up.sh`).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Cluster, tools};
use crate::harness::Skip;

/// What the node is made of, beside Debian's packages.
const TOOLS: [&str; 12] = [
    "buildctl",
    "buildkitd",
    "coredns",
    "crane",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-router",
    "kube-scheduler",
    "kubectl",
    "kubelet",
];

/// Programs of Debian packages, with the package where it is called otherwise.
const PROGRAMS: [&str; 12] = [
    "buildah",
    "cc",
    "conntrack",
    "containerd",
    "ip",
    "ipset",
    "iptables",
    "mmdebstrap",
    "nsenter",
    "psql",
    "runc",
    "setpriv",
];

/// The folder of the tools, or why the node cannot run here.
pub(crate) fn machine() -> Result<PathBuf, Skip> {
    let tools = tools(&TOOLS).and_then(|_| tools(&["metrics-server"]))?;
    let output = Command::new("id").arg("-u").output().map_err(|error| Skip(error.to_string()))?;
    if output.stdout != b"0\n" {
        return Err(Skip("a node takes root".to_owned()));
    }
    let path = std::env::var("PATH").unwrap() + ":/usr/sbin:/sbin";
    let is_there = |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        return Err(Skip(format!("missing on this machine: {}", missing.join(", "))));
    }
    for folder in ["/usr/lib/cni", "/usr/lib/postgresql"] {
        if !Path::new(folder).exists() {
            return Err(Skip(format!("no {folder}: containernetworking-plugins, postgresql")));
        }
    }
    Ok(tools)
}

/// A cluster of one real node, which ends with this.
pub(crate) struct Node {
    pub(crate) cluster: Cluster,
    /// A process inside, whose namespaces are the node's.
    pub(crate) pid: String,
}

impl Node {
    /// Starts one. What is called through its cluster's `PATH` and talks to the cluster or to its registry does so from inside.
    pub(crate) fn start() -> Result<Self, Skip> {
        let tools = machine()?;
        let folder = tempfile::Builder::new().prefix("pykube-node-").tempdir().unwrap().keep();
        let mut command = Command::new("bash");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/node/up.sh")).arg(&tools).arg(&folder);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pid = line.strip_prefix("UP ").unwrap_or_else(|| panic!("the node did not start: {}", folder.display()));
        let pid = pid.trim().to_owned();
        let programs = folder.join("programs");
        fs::create_dir(&programs).unwrap();
        for tool in fs::read_dir(&tools).unwrap().flatten() {
            symlink(tool.path(), programs.join(tool.file_name())).unwrap();
        }
        for name in ["kubectl", "crane"] {
            let wrapper = programs.join(name);
            fs::remove_file(&wrapper).unwrap();
            let text = format!("#!/bin/sh\nexec nsenter --target {pid} --net -- {}/{name} \"$@\"\n", tools.display());
            fs::write(&wrapper, text).unwrap();
            fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Ok(Self { cluster: Cluster { tools: programs, folder, process }, pid })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.cluster.process.stdin.take());
        let _ = self.cluster.process.wait();
        let _ = fs::remove_dir_all(&self.cluster.folder);
    }
}
