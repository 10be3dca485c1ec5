//! The rendered workflow from a push to pods that answer, on one real node: act runs it, `BuildKit` builds, the kubelet pulls by
//! digest from the node's registry. The other actions are stand-ins (`tests/workflow`).

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;
#[path = "workflow/repository.rs"]
mod repository;

use std::path::Path;
use std::process::Command;

use harness::available;
use harness::cluster::node::Node;
use harness::cluster::tools;
use repository::Repository;
use serde_json::json;

const APP: &str = r#"[app]
name = "shop"
framework = "flask"
entrypoint = "shop:app"
namespace = "shops"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"
tag = "1"

[migrations]
command = "python migrate.py"

[rollout]
deadline = 120

[ci]
test = "unittest"
"#;

/// The application, as its `release` answers.
fn shop(release: u32) -> String {
    format!(
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get(\"/\")\ndef index():\n    return \"{release}\"\n"
    )
}

/// A test that needs no package.
const TEST: &str = "import unittest\n\n\nclass Shop(unittest.TestCase):\n    def test_it(self):\n        \
                    compile(open(\"shop.py\").read(), \"shop.py\", \"exec\")\n";

/// What the Service answers from inside the cluster.
fn answer(node: &Node) -> String {
    let address = node.cluster.kubectl([
        "get",
        "service",
        "shop-web",
        "--namespace=shops",
        "--output=jsonpath={.spec.clusterIP}",
    ]);
    let ask = format!("import urllib.request as r; print(r.urlopen('http://{address}', timeout=10).read().decode())");
    let mut command = Command::new("nsenter");
    let output = command.args(["--target", &node.pid, "--net", "--", "python3", "-c", &ask]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn from_a_push_to_pods_that_answer_and_what_fails_leaves_them() {
    let needed = tools(&["act", "buildctl", "buildkitd", "kustomize"]).and_then(|tools| Ok((tools, Node::start()?)));
    let Some((tools, node)) = available("the rendered workflow on a real node", needed) else { return };
    let files = [
        ("app.toml", APP),
        ("shop.py", &*shop(1)),
        ("migrate.py", "print('nothing to migrate')\n"),
        ("test_shop.py", TEST),
        ("requirements.txt", "flask==3.1.3\ngunicorn==27.0.1\n"),
    ];
    let mut shop_repository = Repository::with_files(&node.cluster, tools.join("act"), "shops", &files);
    shop_repository.builds_below = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("images"));
    let repository = &shop_repository;
    let first = repository.push().ended(true);
    assert!(first.text.contains("live: release 1"), "{}", first.text);
    assert!(repository.live_image().starts_with("ghcr.io/acme/shop@sha256:"), "{}", repository.live_image());
    assert_eq!(answer(&node), "1");

    // Tests, the build, the pods fail: what is live stays.
    repository.project.write("shop.py", "def\n");
    repository.commit();
    assert_eq!(repository.push().ended(false).steps(), ["ruff"]);
    repository.project.write("shop.py", &shop(2));
    let dockerfile = repository.project.read("Dockerfile");
    repository.project.write("Dockerfile", &dockerfile.replace("\nUSER ", "\nRUN false\nUSER "));
    repository.commit();
    assert_eq!(repository.push().ended(false).steps(), ["ruff", "login"]);
    repository.project.write("Dockerfile", &dockerfile);
    repository.project.write("shop.py", "raise SystemExit('this release cannot start')\n");
    repository.commit();
    let crashed = repository.push().ended(false);
    assert!(crashed.text.contains("this release cannot start"), "{}", crashed.text);
    assert_eq!(answer(&node), "1");

    // A pull request builds and pushes nothing.
    repository.project.write("shop.py", &shop(2));
    let head = repository.commit();
    let pushed = || {
        node.cluster.command("crane").args(["ls", "--insecure", "127.0.0.1:5000/acme/shop"]).output().unwrap().stdout
    };
    let before = pushed();
    let origin = json!({"full_name": "acme/shop"});
    let request = json!({"action": "opened", "number": 7, "pull_request": {
        "number": 7, "head": {"ref": "main", "repo": origin}, "base": {"ref": "main", "sha": head}
    }});
    let ran = repository.act("pull_request", &request, &[]).ended(true);
    assert!(ran.line("build ").contains("push=false"), "{:?}", ran.record);
    assert!(!before.is_empty() && pushed() == before);

    let second = repository.push().ended(true);
    // The one that crashed has the number 2.
    assert!(second.text.contains("live: release 3"), "{}", second.text);
    assert_eq!(answer(&node), "2");
}
