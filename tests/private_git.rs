//! `[build] git`: Git, given what is rendered, asks by HTTPS where a dependency is written with SSH.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::process::Command;

use harness::project::{Project, render_text};

const APP: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n\
    [image]\nrepository = \"ghcr.io/acme/shop\"\n\
    [build]\ngit = { secret = \"git_netrc\", hosts = [\"github.com\", \"git.acme.dev\"] }\n";

fn rendered(path: &str) -> String {
    render_text(APP).unwrap().get(path).unwrap().to_owned()
}

/// The address that `git` asks in place of each, in a home of its own; one that everybody reads stays.
fn assert_asks_by_https(git: impl Fn() -> Command) {
    for (written, asked) in [
        ("ssh://git@github.com/acme/core.git", "https://github.com/acme/core.git"),
        ("git@git.acme.dev:acme/core", "https://git.acme.dev/acme/core"),
        ("https://github.com/pallets/flask", "https://github.com/pallets/flask"),
        ("ssh://git@gitlab.com/acme/core", "ssh://git@gitlab.com/acme/core"),
    ] {
        let output = git().args(["ls-remote", "--get-url", written]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), asked);
    }
}

#[test]
fn the_build_fetches_by_https_with_the_secret() {
    let dockerfile = rendered("Dockerfile");
    let home = tempfile::tempdir().unwrap();
    let variables: Vec<(&str, &str)> =
        dockerfile.lines().filter_map(|line| line.strip_prefix("ENV GIT_CONFIG_")?.split_once('=')).collect();
    assert_asks_by_https(|| {
        let mut git = Command::new("git");
        git.env("HOME", home.path()).current_dir(home.path());
        git.envs(variables.iter().map(|(name, value)| (format!("GIT_CONFIG_{name}"), *value)));
        git
    });
    assert!(dockerfile.contains("--mount=type=secret,id=git_netrc,target=/root/.netrc"), "{dockerfile}");
    let (build, runtime) = dockerfile.split_once("AS runtime").unwrap();
    assert!(build.contains("        git \\\n") && !runtime.contains("git"), "{dockerfile}");
}

#[test]
fn the_tests_of_the_workflow_fetch_by_https_with_the_secret() {
    let workflow = rendered(".github/workflows/deploy.yml");
    let home = tempfile::tempdir().unwrap();
    for line in workflow.lines().map(str::trim).filter(|line| line.starts_with("git config --global")) {
        let status = Command::new("sh").args(["-c", line]).env("HOME", home.path()).status().unwrap();
        assert!(status.success(), "{line}");
    }
    assert_asks_by_https(|| {
        let mut git = Command::new("git");
        git.env("HOME", home.path()).current_dir(home.path());
        git
    });
    assert!(workflow.contains("NETRC: \"${{ secrets.GIT_NETRC }}\""), "{workflow}");
    // The build that a pull request tries, and the one that is released.
    assert_eq!(workflow.matches("git_netrc=${{ secrets.GIT_NETRC }}").count(), 2, "{workflow}");
}

#[test]
fn one_netrc_file_is_of_one_secret() {
    let index = "index = { url = \"https://packages.acme.dev/simple\", secret = \"pip_index\" }\n";
    let run = Project::new(&format!("{APP}{index}")).run(&["render"]).code(2);
    assert!(run.err.contains("a build has one netrc file, and two secrets are named for it"), "{}", run.err);
    let same = format!("{APP}{}", index.replace("pip_index", "git_netrc"));
    Project::new(&same).run(&["render"]).code(0);
}
