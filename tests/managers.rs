//! Every package manager really installs: the generated Dockerfile of one small service is built from each lock file, by
//! BuildKit, and what is in the image is what the lock file says.
//!
//! It takes minutes, so it is run by `cargo test --test managers -- --ignored`. Needs what `tests/images.rs` needs, and
//! PyPI. Not tried: conda, whose packages are on no registry that CI has, and the real images of `PyPy` and micromamba;
//! `PyPy` is Debian's own here.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use harness::cluster;
use serde_json::json;

mod harness;

#[path = "images/dockerfile.rs"]
mod dockerfile;
#[path = "images/stand_ins.rs"]
mod stand_ins;

/// Versions that every lock file in `managers` holds.
const LOCKED: &str = "flask 3.1.3, gunicorn 27.0.1";

struct Case {
    name: &'static str,
    /// Files of `managers` that the project has, and the name that each has there.
    files: &'static [(&'static str, &'static str)],
    image: &'static str,
    build: &'static str,
}

const CASES: [Case; 9] = [
    Case { name: "pip", files: &[("requirements.txt", "requirements.txt")], image: "", build: "manager = \"pip\"" },
    Case {
        name: "pip-hashes",
        files: &[("hashed.txt", "requirements.txt")],
        image: "",
        build: "manager = \"pip\"\nhashes = true",
    },
    Case {
        name: "uv",
        files: &[("pyproject.toml", "pyproject.toml"), ("uv.lock", "uv.lock")],
        image: "",
        build: "manager = \"uv\"",
    },
    Case {
        name: "poetry",
        files: &[("pyproject.toml", "pyproject.toml"), ("poetry.lock", "poetry.lock")],
        image: "",
        build: "manager = \"poetry\"",
    },
    Case {
        name: "pdm",
        files: &[("pyproject.toml", "pyproject.toml"), ("pdm.lock", "pdm.lock")],
        image: "",
        build: "manager = \"pdm\"",
    },
    Case {
        name: "pipenv",
        files: &[("Pipfile", "Pipfile"), ("Pipfile.lock", "Pipfile.lock")],
        image: "",
        build: "manager = \"pipenv\"",
    },
    Case { name: "pylock", files: &[("pylock.toml", "pylock.toml")], image: "", build: "manager = \"pylock\"" },
    Case {
        name: "private-index",
        files: &[("hashed.txt", "requirements.txt")],
        image: "",
        build: "manager = \"pip\"\nhashes = true\nindex = { url = \"http://localhost:PORT/simple\", secret = \"pip_index\" }",
    },
    Case {
        name: "pypy",
        files: &[("hashed.txt", "requirements.txt")],
        image: "implementation = \"pypy\"\n",
        build: "manager = \"pip\"\nhashes = true",
    },
];

impl Case {
    fn app_toml(&self, port: u16) -> String {
        let python = if self.image.is_empty() { "3.13" } else { "3.11" };
        let mut text = format!(
            "[app]\nname = \"quotes\"\nframework = \"flask\"\nentrypoint = \"app:app\"\npython = \"{python}\"\n"
        );
        let _ = write!(text, "[image]\nrepository = \"ghcr.io/acme/quotes\"\n{}", self.image);
        let _ = write!(text, "[build]\n{}\n", self.build.replace("PORT", &port.to_string()));
        text
    }

    /// Renders the project, builds its image and looks into it.
    fn build(&self, tools: &Path, work: &Path) -> Result<String, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/managers");
        let project = work.join("projects").join(self.name);
        let _ = std::fs::remove_dir_all(&project);
        std::fs::create_dir_all(&project).unwrap();
        // Taken by the index for the time of the build only; nobody else learns of it.
        let port = harness::free_port();
        for (from, to) in self.files.iter().chain(&[("app.py", "app.py")]) {
            std::fs::copy(source.join(from), project.join(to)).unwrap();
        }
        std::fs::write(project.join("app.toml"), self.app_toml(port)).unwrap();
        let render =
            Command::new(env!("CARGO_BIN_EXE_pykube")).args(["render", "--quiet"]).arg(&project).output().unwrap();
        assert!(render.status.success(), "{}", String::from_utf8_lossy(&render.stderr));
        let dockerfile = std::fs::read_to_string(project.join("Dockerfile")).unwrap();
        let plan = json!({
            "context": project,
            "tag": format!("localhost/pykube-test/manager-{}", self.name),
            "images": stand_ins::images(&dockerfile).unwrap(),
            "locked": LOCKED,
            "index": (self.name == "private-index").then(|| json!({ "port": port, "secret": "pip_index" })),
        });
        let file = work.join("manager.json");
        std::fs::write(&file, plan.to_string()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/manager.py");
        let mut command = Command::new("python3");
        command.arg("-B").arg(script).arg(work).arg(&file).env("PATH", cluster::path(tools));
        let done = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        if done.status.success() { Ok(text) } else { Err(text) }
    }
}

#[test]
#[ignore = "takes minutes and PyPI: cargo test --test managers -- --ignored"]
fn every_manager_installs_what_its_lock_file_says() {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
    std::fs::create_dir_all(&work).unwrap();
    let tools = cluster::tools(&["buildctl", "buildkitd"]).unwrap();
    let only = std::env::var("PYKUBE_MANAGER").ok();
    let mut faults = Vec::new();
    for case in CASES.iter().filter(|case| only.as_deref().is_none_or(|only| only == case.name)) {
        let begun = std::time::Instant::now();
        let result = case.build(&tools, &work);
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        let _ = writeln!(std::io::stderr(), "{:<14} {word} after {} s", case.name, begun.elapsed().as_secs());
        faults.extend(result.err().map(|text| format!("{}:\n{text}", case.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_lock_file_holds_the_same_versions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/managers");
    for case in &CASES {
        let (lock, _) = case.files.last().unwrap();
        let text = std::fs::read_to_string(folder.join(lock)).unwrap();
        for pair in LOCKED.split(", ") {
            let (name, version) = pair.split_once(' ').unwrap();
            assert!(text.contains(name) && text.contains(version), "{lock} holds no {name} {version}");
        }
    }
}
