//! Hand edits, bots, formatters and kills, as they happen to the program itself.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::project::{Project, Run};

const APP: &str = r#"# The shop.
[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
interface = "wsgi"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2" # released by Ann

[build]
manager = "uv"

[config]
DJANGO_SETTINGS_MODULE = "config.settings"

[probes]
liveness = "/livez"
readiness = "/readyz"

[migrations]
command = "python manage.py migrate --noinput"
"#;

/// The shop, rendered once.
fn rendered() -> Project {
    Project::new(APP).rendered()
}

#[test]
fn a_hand_edit_is_refused_adopted_and_rendered_again() {
    let project = rendered();
    project.replace(
        "k8s/deployment.yaml",
        "      terminationGracePeriodSeconds: 45\n",
        "      priorityClassName: high\n",
    );
    let refused = project.run(&["render"]).code(2);
    let said = "error: k8s/deployment.yaml was edited since pykube wrote it; nothing was written\n";
    assert!(refused.err.starts_with(said), "{}", refused.err);
    assert!(refused.err.contains("spec.template.spec.priorityClassName: high"), "{}", refused.err);
    assert!(refused.err.contains("help: pykube adopt k8s/deployment.yaml"), "{}", refused.err);
    project.run(&["render", "--check"]).code(1);
    let adopted = project.run(&["adopt", "k8s/deployment.yaml"]).code(0);
    assert!(adopted.out.starts_with("Deployment shop-web is patched in app.toml\n"), "{}", adopted.out);
    let app = project.read("app.toml");
    assert!(app.starts_with(APP), "comments and order stay:\n{app}");
    project.run(&["render"]).code(0);
    let text = project.read("k8s/deployment.yaml");
    assert!(text.contains("priorityClassName: high") && !text.contains("terminationGracePeriodSeconds"), "{text}");
    assert!(text.contains("# Load balancers learn"), "the comments of the template stay:\n{text}");
    project.run(&["render", "--check"]).code(0);
    project.run(&["diff"]).code(0);
}

#[test]
fn manifests_of_ones_own_in_the_kustomization_are_adopted_and_never_touched() {
    let own = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n  namespace: shop\n";
    let project = rendered()
        .with("k8s/own/mine.yaml", own)
        .with("k8s/top.yaml", &own.replace("mine", "top"))
        .with("extra/kustomization.yaml", "resources: []\n");
    project.replace(
        "k8s/kustomization.yaml",
        "resources:\n",
        "resources:\n  - own/mine.yaml\n  - ../extra\n  - top.yaml\n",
    );
    let refused = project.run(&["render"]).code(2);
    assert!(refused.err.contains("help: pykube adopt k8s/kustomization.yaml"), "{}", refused.err);
    let adopted = project.run(&["adopt", "k8s/kustomization.yaml"]).code(0);
    assert!(adopted.out.contains("k8s/own/mine.yaml is listed under [cluster] resources"), "{}", adopted.out);
    let app = project.read("app.toml");
    assert!(
        app.starts_with(APP) && app.contains("resources = [\"extra\", \"k8s/own/mine.yaml\", \"k8s/top.yaml\"]"),
        "{app}"
    );
    project.run(&["render"]).code(0);
    project.run(&["render", "--check"]).code(0);
    // Left out again: diff says what becomes of its objects, and the files stay.
    project.write("app.toml", APP);
    let diff = project.run(&["diff"]).code(1);
    assert!(diff.out.contains("no release deletes objects that pykube does not render"), "{}", diff.out);
    project.run(&["render"]).code(0);
    assert_eq!(project.read("k8s/own/mine.yaml"), own);
    assert!(!project.read("k8s/kustomization.yaml").contains("own/mine.yaml"));
}

#[test]
fn a_workflow_that_github_never_reads_is_said_once() {
    let project = Project::with_files(&[(".git/HEAD", "ref: refs/heads/main\n"), ("services/shop/app.toml", APP)]);
    let run = project.run(&["render", "services/shop"]).code(0);
    assert!(run.err.contains("`.github/workflows/deploy.yml` is in `services/shop`"), "{}", run.err);
    assert!(run.err.contains("`[app] dir = \"services/shop\"`"), "{}", run.err);
    assert_eq!(project.run(&["render", "services/shop"]).code(0).err, "", "nothing was written");
    let at_the_root = Project::with_files(&[(".git/HEAD", "ref: refs/heads/main\n"), ("app.toml", APP)]);
    assert_eq!(at_the_root.run(&["render"]).code(0).err, "");
}

#[test]
fn what_cannot_be_adopted_is_said_and_app_toml_stays() {
    let project = rendered();
    let refused = |file: &str, said: &str| {
        let run = project.run(&["adopt", file]).code(2);
        assert!(run.err.contains(said), "{}", run.err);
        assert_eq!(project.read("app.toml"), APP);
    };
    refused("Dockerfile", "is not a manifest");
    refused("k8s/none.yaml", "is not rendered by pykube");
    refused("../x.yaml", "leaves the directory");
    let kustomization = project.read("k8s/kustomization.yaml");
    project.write("k8s/kustomization.yaml", &format!("{kustomization}namePrefix: x-\n"));
    refused("k8s/kustomization.yaml", "`namePrefix` in `k8s/kustomization.yaml` cannot be expressed in app.toml");
    project.write("k8s/kustomization.yaml", &kustomization.replace("  - service.yaml\n", ""));
    refused("k8s/kustomization.yaml", "no longer lists `service.yaml`");
    project.write("k8s/kustomization.yaml", &kustomization.replace("resources:\n", "resources:\n  - own/none.yaml\n"));
    refused("k8s/kustomization.yaml", "`k8s/own/none.yaml`, which does not exist");
    project.write("k8s/kustomization.yaml", &kustomization);
    let service = project.read("k8s/service.yaml");
    project.write(
        "k8s/service.yaml",
        &service.replace("type: ClusterIP", "type: ClusterIP\n  publishNotReadyAddresses: yes"),
    );
    refused("k8s/service.yaml", "`yes` is not the text `yes` to every reader of YAML");
    project.write("k8s/service.yaml", &format!("<<<<<<< HEAD\n{service}=======\n>>>>>>> x\n"));
    refused("k8s/service.yaml", "markers of a merge conflict");
    project.write("k8s/service.yaml", "kind: [");
    refused("k8s/service.yaml", "is not readable YAML");
    project.write("k8s/service.yaml", &format!("{service}---\nkind: Secret\nmetadata:\n  name: mine\n"));
    refused("k8s/service.yaml", "holds other objects than pykube renders into it");
    project.write("k8s/service.yaml", &service);
    project.replace("k8s/configmap.yaml", "data:\n", "data:\n  DB_PASSWORD: hunter2\n");
    let run = project.run(&["adopt", "k8s/configmap.yaml"]).code(2);
    assert!(
        run.err.contains("looks like a credential under `DB_PASSWORD`") && !run.err.contains("hunter2"),
        "{}",
        run.err
    );
    assert_eq!(project.read("app.toml"), APP);
}

#[test]
fn a_patch_that_matches_nothing_or_changes_nothing_is_an_error_with_its_place() {
    let project = rendered();
    let before = project.tree();
    let with = |patch: &str| project.write("app.toml", &format!("{APP}\n[[patches]]\n{patch}\n"));
    for (patch, said) in [
        (
            "target = { kind = \"Deployment\", name = \"shopp-web\" }\npatch = { spec = { x = 1 } }",
            "no `Deployment shopp-web` is rendered",
        ),
        (
            "target = { kind = \"HorizontalPodAutoscaler\", name = \"shop-web\" }\npatch = { spec = { minReplicas = 2 } }",
            "changes nothing",
        ),
        (
            "target = { kind = \"Service\", name = \"shop-web\" }\npatch = { metadata = { name = \"other\" } }",
            "cannot change which object it is",
        ),
        ("target = { kind = \"Service\", name = \"shop-web\" }\npatch = \"a: [\"", "is not readable YAML"),
        ("target = { kind = \"Service\", name = \"shop-web\" }\npatch = {}", "says nothing"),
    ] {
        with(patch);
        let run = project.run(&["render"]).code(2);
        assert!(run.err.contains(said), "{patch}\n{}", run.err);
        assert!(run.err.contains("--> app.toml:"), "{}", run.err);
    }
    project.write("app.toml", APP);
    assert_eq!(project.tree(), before);
}

#[test]
fn a_patch_of_a_config_map_reaches_the_pods_by_its_name() {
    let project = rendered();
    let name = |text: &str| {
        text.lines().find_map(|line| line.trim().strip_prefix("name: shop-config-").map(str::to_owned)).unwrap()
    };
    let before = name(&project.read("k8s/configmap.yaml"));
    let patch = "[[patches]]\ntarget = { kind = \"ConfigMap\", name = \"shop-config\" }\npatch = \"data: {NEW: 'yes', OLD: null}\"\n";
    project.write("app.toml", &format!("{APP}\n{patch}"));
    let diff = project.run(&["diff"]).code(1);
    assert!(!diff.out.contains("IMMUTABLE"), "{}", diff.out);
    project.run(&["render"]).code(0);
    let after = name(&project.read("k8s/configmap.yaml"));
    assert_ne!(before, after);
    assert!(project.read("k8s/configmap.yaml").contains("NEW: \"yes\""));
    for file in ["k8s/deployment.yaml", "k8s/migrate-job.yaml"] {
        assert!(project.read(file).contains(&format!("shop-config-{after}")), "{file}");
    }
}

#[test]
fn a_bump_by_a_bot_is_kept_and_a_half_one_is_not() {
    let project = rendered();
    let workflow = project.read(".github/workflows/deploy.yml");
    let line = workflow.lines().find(|line| line.contains("actions/checkout@")).unwrap();
    let pin = line.split_once('@').unwrap().1.to_owned();
    let bump = format!("{} # v99.0.0", "a".repeat(40));
    let count = workflow.matches(&pin).count();
    assert!(count > 1, "{workflow}");
    project.replace(".github/workflows/deploy.yml", &pin, &bump);
    let digest = format!("slim-trixie@sha256:{}", "b".repeat(64));
    project.replace("Dockerfile", "slim-trixie", &digest);
    let tree = project.tree();
    project.run(&["render", "--check"]).code(0);
    project.run(&["diff"]).code(0);
    project.run(&["render"]).code(0);
    let after = project.tree();
    assert_eq!(after[".github/workflows/deploy.yml"], tree[".github/workflows/deploy.yml"]);
    // The bump outlives a change of app.toml, and the render after that.
    project.replace("app.toml", "1.4.2", "1.5.0");
    project.replace("app.toml", "manager = \"uv\"", "manager = \"uv\"\ngroups = [\"prod\"]");
    project.run(&["render"]).code(0);
    assert_eq!(project.read(".github/workflows/deploy.yml").matches(&bump).count(), count);
    assert!(project.read("Dockerfile").contains(&digest) && project.read("Dockerfile").contains("prod"));
    project.run(&["render", "--check"]).code(0);
    // Half of a bump.
    let text = project.read(".github/workflows/deploy.yml");
    project.write(".github/workflows/deploy.yml", &text.replacen(&bump, &pin, 1));
    project.run(&["render", "--check"]).code(1);
    project.run(&["render"]).code(2);
    // Somebody else's action.
    project.write(".github/workflows/deploy.yml", &text.replacen("actions/checkout@", "evil/checkout@", 1));
    project.run(&["render", "--check"]).code(1);
}

#[test]
fn a_formatter_is_no_drift_and_is_named() {
    let project = rendered();
    project.replace("k8s/service.yaml", "apiVersion: v1\nkind: Service", "kind: \"Service\"\napiVersion:   v1");
    let check = project.run(&["render", "--check"]).code(0);
    assert!(check.out.contains("= k8s/service.yaml   formatted differently, same meaning"), "{}", check.out);
    project.run(&["diff"]).code(0);
}

#[test]
fn a_hand_edit_of_the_dockerfile_lives_on_through_a_merge() {
    let project = rendered();
    project.replace("Dockerfile", "\nUSER ", "\nRUN echo mine\nUSER ");
    project.replace("app.toml", "manager = \"uv\"", "manager = \"uv\"\nsystem = [\"libpq5\"]");
    project.run(&["render"]).code(2);
    let merged = project.run(&["render", "--merge"]).code(0);
    assert!(merged.out.contains("~ Dockerfile"), "{}", merged.out);
    let text = project.read("Dockerfile");
    assert!(text.contains("RUN echo mine") && text.contains("libpq5"), "{text}");
    project.run(&["render", "--check"]).code(0);
    project.run(&["render"]).code(0);
    assert_eq!(project.read("Dockerfile"), text);
}

#[test]
fn the_review_has_every_form_and_compares_with_a_revision() {
    let project = rendered();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(project.root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    project.run(&["diff", "--against", "HEAD"]).code(0);
    project.replace("app.toml", "1.4.2", "1.5.0");
    project.run(&["render"]).code(0);
    project.run(&["diff"]).code(0);
    let review = project.run(&["diff", "--against", "main"]).code(1);
    assert!(review.out.contains("ghcr.io/acme/shop:1.4.2 → 1.5.0"), "{}", review.out);
    for (format, sign) in
        [("unified", "+++ b/k8s"), ("json", "\"version\": 1"), ("markdown", "### pykube"), ("github", "::notice")]
    {
        let run = project.run(&["diff", "--against", "HEAD", "--format", format]).code(1);
        assert!(run.out.contains(sign), "{}", run.out);
    }
    project.run(&["diff", "--against", "HEAD", "--exit-zero"]).code(0);
    let unknown = project.run(&["diff", "--against", "no-such"]).code(2);
    assert!(unknown.err.contains("Git has no revision `no-such`"), "{}", unknown.err);
    project.run(&["diff", "--against", "--output=/tmp/x"]).code(2);
    let elsewhere = Project::new(APP);
    let run = elsewhere.run(&["diff", "--against", "HEAD"]).code(2);
    assert!(run.err.contains("is not in a Git repository"), "{}", run.err);
}

#[test]
fn unreadable_files_are_said_all_at_once_and_nothing_is_lost() {
    let project = rendered();
    fs::remove_file(project.path("Dockerfile")).unwrap();
    fs::create_dir(project.path("Dockerfile")).unwrap();
    project.write("k8s/service.yaml", "\u{0}");
    let run = project.run(&["render"]).code(2);
    assert!(run.err.contains("`Dockerfile` is not a regular file"), "{}", run.err);
    assert_eq!(project.read("k8s/service.yaml"), "\u{0}");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::os::unix::process::CommandExt as _;

    use super::*;

    /// User and group `nobody` of Debian, who own nothing.
    const NOBODY: u32 = 65534;

    /// Makes `nobody` the owner of everything below `path`.
    fn hand_over(path: &Path) {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                hand_over(&entry.unwrap().path());
            }
        }
    }

    #[test]
    fn two_renders_at_once_both_succeed_and_one_wins_whole() {
        let project = rendered();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("app.toml"), APP.replace("1.4.2", "1.5.0")).unwrap();
        let other_path = other.path().to_str().unwrap().to_owned();
        let root = project.root().to_str().unwrap().to_owned();
        for _ in 0..5 {
            let mut one = project.command(&["render"]).spawn().unwrap();
            let mut two = project.command(&["render", &other_path, "--target", &root]).spawn().unwrap();
            assert!(one.wait().unwrap().success() && two.wait().unwrap().success());
            let texts = [project.read("k8s/deployment.yaml"), project.read("k8s/migrate-job.yaml")];
            let of = |tag: &str| texts.iter().all(|text| text.contains(&format!("shop:{tag}")));
            assert!(of("1.4.2") || of("1.5.0"));
        }
    }

    #[test]
    fn a_read_only_folder_leaves_everything_as_it_was() {
        let project = rendered();
        let folder = project.path("k8s");
        let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let before = project.tree();
        project.write("app.toml", &APP.replace("1.4.2", "1.5.0"));
        mode(0o555);
        let place = tempfile::tempdir().unwrap();
        let mut command = project.command(&["render"]);
        if fs::write(folder.join("probe"), "").is_ok() {
            // Root may write anywhere. The program runs as another user, then, whose project it is, from a place that
            // they may read.
            fs::remove_file(folder.join("probe")).unwrap();
            let program = place.path().join("pykube");
            fs::copy(env!("CARGO_BIN_EXE_pykube"), &program).unwrap();
            hand_over(project.root());
            hand_over(place.path());
            command = Command::new(program);
            command.arg("render").current_dir(project.root()).uid(NOBODY).gid(NOBODY);
        }
        let run = Run::of(&command.output().unwrap()).code(2);
        assert!(run.err.contains("nothing was written"), "{}", run.err);
        mode(0o755);
        project.write("app.toml", APP);
        assert_eq!(project.tree(), before);
    }
}

#[test]
fn the_digest_that_the_pipeline_commits_is_no_hand_edit() {
    let project = Project::new(&format!("{APP}\n[ci]\ndeploy = \"none\"\n")).rendered();
    let path = "k8s/kustomization.yaml";
    // As `kustomize edit set image` leaves the file.
    let digest = format!("sha256:{}", "a".repeat(64));
    let images = format!("images:\n- digest: {digest}\n  name: ghcr.io/acme/shop\n  newName: ghcr.io/acme/shop\n");
    let text = project.read(path).replace("  - ", "- ") + &images;
    project.write(path, &text);
    project.run(&["render", "--check"]).code(0);
    // More is asked for: the resources follow, and the digest stays.
    project.replace("app.toml", "[probes]", "[cron.tidy]\nschedule = \"0 3 * * *\"\ncommand = \"tidy\"\n\n[probes]");
    project.run(&["render", "--quiet"]).code(0);
    let text = project.read(path);
    assert!(text.contains(&images) && text.contains("cron-tidy"), "{text}");
    project.run(&["render", "--check"]).code(0);
    // Another edit beside it is one.
    project.write(path, &(text + "namePrefix: x-\n"));
    project.run(&["render", "--check"]).code(1);
}
