//! `pykube secrets manifest` and `pykube promote`, as a user runs them.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const APP: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.5.0"

[secrets.env]
DATABASE_URL = "db-credentials/url"
SECRET_KEY = "django/secret-key"

[secrets.files]
"/etc/shop/key.pem" = "signing/key"
"#;

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn pykube(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pykube"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(app: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.toml"), app).unwrap();
    std::fs::write(folder.path().join("key.pem"), "PRIVATE\n").unwrap();
    folder
}

const MANIFEST: [&str; 6] = ["secrets", "manifest", "--env-file", "-", "--file", "/etc/shop/key.pem=key.pem"];

#[test]
fn the_manifest_holds_what_app_toml_names_and_the_disk_nothing() {
    let folder = folder(APP);
    let said = pykube(folder.path(), &MANIFEST, "DATABASE_URL=postgres://u:hunter2@db/shop\nSECRET_KEY='s'\nDEBUG=1\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("`DEBUG` of `standard input` is in no Secret"), "{}", said.err);
    assert!(!said.err.contains("hunter2"));
    for line in [
        "  name: db-credentials",
        "  namespace: shop",
        "  url: cG9zdGdyZXM6Ly91Omh1bnRlcjJAZGIvc2hvcA==",
        "  secret-key: cw==",
        "  key: UFJJVkFURQo=",
    ] {
        assert!(said.out.contains(&format!("{line}\n")), "{line}\n{}", said.out);
    }
    assert_eq!(said.out.matches("kind: Secret\n").count(), 3);
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["app.toml", "key.pem"]);
}

#[test]
fn what_is_missing_is_told_by_name_and_no_value_is() {
    let folder = folder(APP);
    let said = pykube(folder.path(), &MANIFEST[..4], "SECRET_KEY=hunter2\n");
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("`DATABASE_URL` is not in `standard input` (`db-credentials/url`)"), "{}", said.err);
    assert!(said.err.contains("`--file /etc/shop/key.pem=LOCAL`"), "{}", said.err);
    let said = pykube(folder.path(), &MANIFEST, "hunter2\nSECRET_KEY=\"hunter2\n");
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("standard input:1:") && !said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_secret_that_somebody_else_makes_is_not_made_twice() {
    let app =
        APP.replace("[secrets.env]", "[secrets]\nprovider = \"external-secrets\"\nstore = \"aws\"\n\n[secrets.env]");
    let said = pykube(folder(&app).path(), &MANIFEST, "");
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("the External Secrets Operator makes the Secrets"), "{}", said.err);
}

#[test]
fn sealed_secrets_begin_with_a_manifest() {
    // Nothing is sealed yet: `render` refuses, and the manifest for kubeseal can be had all the same.
    let app = APP.replace("[secrets.env]", "[secrets]\nprovider = \"sealed-secrets\"\n\n[secrets.env]");
    let folder = folder(&app);
    assert_eq!(pykube(folder.path(), &["render"], "").code, Some(2));
    let said = pykube(folder.path(), &MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
}

#[test]
fn what_only_keda_reads_is_asked_for_by_the_name_of_its_key() {
    let worker = "\n[workers.outside]\ncommand = \"arq shop.worker.Settings\"\nscaling = { max = 4, queue = \"redis\", address = \"cache.example.com:6380\", secret = \"cache/red-pass\" }\n";
    let folder = folder(&format!("{APP}{worker}"));
    let said = pykube(folder.path(), &MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\n");
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("`CACHE_RED_PASS` is not in `standard input` (`cache/red-pass`)"), "{}", said.err);
    let said = pykube(folder.path(), &MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\nCACHE_RED_PASS=c\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("  red-pass: Yw==\n"), "{}", said.out);
}

const BLUE_GREEN: &str = "\n[rollout]\nstrategy = \"blue-green\"\n\n[rollout.blue-green] # two of them\nlive = \"blue\" # now\nblue = \"1.4.2\"\ngreen = \"1.5.0\"\n";

#[test]
fn a_promotion_switches_the_service_and_keeps_the_comments() {
    let app = format!("{APP}{BLUE_GREEN}");
    let folder = folder(&app);
    assert_eq!(pykube(folder.path(), &["render"], "").code, Some(0));
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(
        read("k8s/service.yaml").contains("colour: blue\n")
            && read("k8s/service-preview.yaml").contains("colour: green\n")
    );
    let blue = read("k8s/deployment-blue.yaml");
    let said = pykube(folder.path(), &["promote", "green"], "");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.starts_with("green is live: 1.5.0\n"), "{}", said.out);
    assert_eq!(read("app.toml"), app.replace("live = \"blue\" # now", "live = \"green\" # now"));
    assert!(
        read("k8s/service.yaml").contains("colour: green\n")
            && read("k8s/service-preview.yaml").contains("colour: blue\n")
    );
    assert_eq!(read("k8s/deployment-blue.yaml"), blue, "a promotion rolls no pod");
    assert_eq!(pykube(folder.path(), &["render", "--check"], "").code, Some(0));
}

#[test]
fn a_promotion_that_cannot_be_rendered_changes_nothing() {
    let app = format!("{APP}{BLUE_GREEN}");
    let folder = folder(&app);
    assert_eq!(pykube(folder.path(), &["render"], "").code, Some(0));
    let service = folder.path().join("k8s/service.yaml");
    let edited = std::fs::read_to_string(&service).unwrap().replace("port: 80\n", "port: 81\n");
    std::fs::write(&service, &edited).unwrap();
    let said = pykube(folder.path(), &["promote", "green"], "");
    assert_eq!(said.code, Some(2), "{}", said.out);
    assert_eq!(std::fs::read_to_string(folder.path().join("app.toml")).unwrap(), app);
    assert_eq!(std::fs::read_to_string(&service).unwrap(), edited);
}
