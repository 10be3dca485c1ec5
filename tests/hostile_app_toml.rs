//! An `app.toml` of a stranger: where it would write, what it would hide, what it would break is refused at its place.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

const APP: &str = r#"[app]
name = "shop"
framework = "flask"
entrypoint = "shop:app"

[image]
repository = "ghcr.io/acme/shop"
"#;

#[test]
fn nothing_is_rendered_into_the_folders_of_git_and_pykube() {
    for (section, key, path) in [
        ("cluster", "manifests", ".git/refs/heads"),
        ("cluster", "manifests", ".git"),
        ("cluster", "manifests", "deploy/.GIT/hooks"),
        ("cluster", "manifests", ".pykube"),
        ("build", "dockerfile", ".git/Dockerfile"),
        ("build", "dockerfile", ".pykube/stage/Dockerfile"),
        ("app", "dir", ".git"),
    ] {
        let text = if section == "app" {
            APP.replace("[app]\n", &format!("[app]\n{key} = \"{path}\"\n"))
        } else {
            format!("{APP}[{section}]\n{key} = \"{path}\"\n")
        };
        let project = Project::new(&text);
        let run = project.run(&["render"]).code(2);
        assert!(run.err.contains(&format!("`{section}.{key}` is in the folder of Git")), "{}", run.err);
        run.shows(&[&format!("{key} = \"{path}\"")]);
        assert_eq!(project.tree().len(), 1);
    }
}

#[test]
fn text_that_shows_another_thing_than_it_says_is_refused_at_its_place() {
    for (addition, line) in [
        ("[build]\nsteps = [\"echo \\u2028\"]\n", "10"),
        ("[build]\nsteps = [\"echo \\u202e x\"]\n", "10"),
        ("[[rbac]]\nresources = [\"pods\"]\nverbs = [\"create\"]\nreason = \"a\\u2066b\"\n", "12"),
        ("[build.env]\nA = \"a\\u2029b\"\n", "10"),
    ] {
        let project = Project::new(&format!("{APP}\n{addition}"));
        let run = project.run(&["render"]).code(2);
        assert!(run.err.contains("holds U+20") && run.err.contains(&format!("--> app.toml:{line}:")), "{}", run.err);
        assert!(!run.err.contains("bug in pykube"), "{}", run.err);
    }
    // For the application it is text like any other, and written in a form that misleads nobody.
    let project = Project::new(&format!("{APP}\n[config]\nTITLE = \"a\\u202eb\"\n")).rendered();
    assert!(project.read("k8s/configmap.yaml").contains("TITLE: \"a\\u202eb\""));
}

#[test]
fn a_script_that_bash_cannot_parse_is_refused_at_its_place() {
    for script in ["'", "{", "curl x &&"] {
        let project = Project::new(&format!("{APP}\n[ci]\nreview = true\ninstall-pykube = \"{script}\"\n"));
        let run = project.run(&["render"]).code(2);
        assert!(run.err.contains("`ci.install-pykube` "), "{}", run.err);
        run.shows(&[&format!("install-pykube = \"{script}\"")]);
    }
}
