//! The operations of a service's life on one real node: kubelet, containers, kube-proxy, enforced policies. Ten requests a
//! second of a second each go through the Service meanwhile; none may fail, and afterwards nothing may be in the cluster but
//! what `app.toml` asks for. The programs are in `cluster/node/`.
//!
//! By default a selection, of the Flask example. `PYKUBE_NODE=all` runs every operation on all examples (an hour and a half on
//! two cores), `PYKUBE_NODE="code; renamed"` certain ones, `PYKUBE_NODE_APPS="django fastapi"` on certain examples.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Skip, available, cluster};

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
fn machine() -> Result<PathBuf, Skip> {
    let tools = cluster::tools(&TOOLS).and_then(|_| cluster::tools(&["metrics-server"]))?;
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

#[test]
fn no_operation_loses_a_request_or_leaves_anything_behind() {
    let Some(tools) = available("operations on a real node", machine()) else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let which = std::env::var("PYKUBE_NODE").unwrap_or_else(|_| "some".to_owned());
    let apps = std::env::var("PYKUBE_NODE_APPS").unwrap_or_else(|_| {
        if which == "all" { "flask django fastapi case-study".to_owned() } else { "flask".to_owned() }
    });
    let mut command = Command::new("python3");
    command.args(["-B", "-u"]).arg(root.join("tests/cluster/node/run.py")).arg(tools);
    command.arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("node")).arg(env!("CARGO_BIN_EXE_pykube"));
    command.arg(root.join("examples")).arg(&which).args(apps.split_whitespace());
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Straight to the stream: the table is worth seeing when all is well, too.
    let _ = writeln!(std::io::stdout(), "{text}");
    assert!(output.status.success(), "{text}");
}
