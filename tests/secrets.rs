//! `pykube secrets manifest` and `pykube promote`, as a user runs them.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

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

fn project(app: &str) -> Project {
    Project::new(app).with("key.pem", "PRIVATE\n")
}

const MANIFEST: [&str; 6] = ["secrets", "manifest", "--env-file", "-", "--file", "/etc/shop/key.pem=key.pem"];

#[test]
fn the_manifest_holds_what_app_toml_names_and_the_disk_nothing() {
    let project = project(APP);
    let said =
        project.run_with_input(&MANIFEST, "DATABASE_URL=postgres://u:hunter2@db/shop\nSECRET_KEY='s'\nDEBUG=1\n");
    assert_eq!(said.code, 0, "{}", said.err);
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
    let mut names: Vec<_> =
        std::fs::read_dir(project.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["app.toml", "key.pem"]);
}

#[test]
fn what_is_missing_is_told_by_name_and_no_value_is() {
    let project = project(APP);
    let said = project.run_with_input(&MANIFEST[..4], "SECRET_KEY=hunter2\n");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("`DATABASE_URL` is not in `standard input` (`db-credentials/url`)"), "{}", said.err);
    assert!(said.err.contains("`--file /etc/shop/key.pem=LOCAL`"), "{}", said.err);
    let said = project.run_with_input(&MANIFEST, "hunter2\nSECRET_KEY=\"hunter2\n");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("standard input:1:") && !said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_secret_that_somebody_else_makes_is_not_made_twice() {
    let app =
        APP.replace("[secrets.env]", "[secrets]\nprovider = \"external-secrets\"\nstore = \"aws\"\n\n[secrets.env]");
    let said = project(&app).run_with_input(&MANIFEST, "");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("the External Secrets Operator creates the Secrets"), "{}", said.err);
}

#[test]
fn sealed_secrets_begin_with_a_manifest() {
    // Nothing is sealed yet: `render` refuses, and the manifest for kubeseal can be had all the same.
    let app = APP.replace("[secrets.env]", "[secrets]\nprovider = \"sealed-secrets\"\n\n[secrets.env]");
    let project = project(&app);
    assert_eq!(project.run(&["render"]).code, 2);
    let said = project.run_with_input(&MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\n");
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn what_only_keda_reads_is_asked_for_by_the_name_of_its_key() {
    let worker = "\n[workers.outside]\ncommand = \"arq shop.worker.Settings\"\nscaling = { max = 4, queue = \"redis\", address = \"cache.example.com:6380\", secret = \"cache/red-pass\" }\n";
    let project = project(&format!("{APP}{worker}"));
    let said = project.run_with_input(&MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\n");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("`CACHE_RED_PASS` is not in `standard input` (`cache/red-pass`)"), "{}", said.err);
    let said = project.run_with_input(&MANIFEST, "DATABASE_URL=a\nSECRET_KEY=b\nCACHE_RED_PASS=c\n");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("  red-pass: Yw==\n"), "{}", said.out);
}

const BLUE_GREEN: &str = "\n[rollout]\nstrategy = \"blue-green\"\n\n[rollout.blue-green] # two of them\nlive = \"blue\" # now\nblue = \"1.4.2\"\ngreen = \"1.5.0\"\n";

#[test]
fn a_promotion_switches_the_service_and_keeps_the_comments() {
    let app = format!("{APP}{BLUE_GREEN}");
    let project = project(&app);
    assert_eq!(project.run(&["render"]).code, 0);
    assert!(
        project.read("k8s/service.yaml").contains("colour: blue\n")
            && project.read("k8s/service-preview.yaml").contains("colour: green\n")
    );
    let blue = project.read("k8s/deployment-blue.yaml");
    let said = project.run(&["promote", "green"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("green is live: 1.5.0\n"), "{}", said.out);
    assert_eq!(project.read("app.toml"), app.replace("live = \"blue\" # now", "live = \"green\" # now"));
    assert!(
        project.read("k8s/service.yaml").contains("colour: green\n")
            && project.read("k8s/service-preview.yaml").contains("colour: blue\n")
    );
    assert_eq!(project.read("k8s/deployment-blue.yaml"), blue, "a promotion rolls no pod");
    assert_eq!(project.run(&["render", "--check"]).code, 0);
}

#[test]
fn a_promotion_that_cannot_be_rendered_changes_nothing() {
    let app = format!("{APP}{BLUE_GREEN}");
    let project = project(&app);
    assert_eq!(project.run(&["render"]).code, 0);
    project.replace("k8s/service.yaml", "port: 80\n", "port: 81\n");
    let edited = project.read("k8s/service.yaml");
    let said = project.run(&["promote", "green"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert_eq!(project.read("app.toml"), app);
    assert_eq!(project.read("k8s/service.yaml"), edited);
}
