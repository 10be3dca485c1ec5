//! The operations of a service's life on one real node: kubelet, containers, kube-proxy, enforced policies. Ten requests a
//! second of a second each go through the Service meanwhile; none may fail, and afterwards nothing may be in the cluster but
//! what `app.toml` asks for. The programs are in `cluster/node/`.
//!
//! By default a selection, of the Flask example. `PYKUBE_NODE=all` runs every operation on all examples (an hour and a half on
//! two cores), `PYKUBE_NODE="code; renamed"` certain ones, `PYKUBE_NODE_APPS="django fastapi"` on certain examples.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use harness::available;
use harness::cluster::node::machine;

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
