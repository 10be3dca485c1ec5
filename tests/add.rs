//! `pykube add` as a person meets it: what is printed, what is written, and what is left alone. That the modules work
//! is for `tests/modules.rs`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;

use harness::project::Project;

const APP: &str = r#"# The shop.
[app]
name = "shop" # a label
framework = "django"
entrypoint = "config.wsgi:application"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"

[secrets.env]
DATABASE_URL = "shop/url"

[probes]
# Migrations of the cache take a while.
startup = { seconds = 120 }
"#;
const WSGI: &str = "\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings\")
application = get_wsgi_application()
";
const SETTINGS: &str = "\
\"\"\"Settings of the shop.\"\"\"

ROOT_URLCONF = \"config.urls\"
MIDDLEWARE = [
    \"django.middleware.security.SecurityMiddleware\",
]
DATABASES = {
    \"default\": {\"ENGINE\": \"django.db.backends.postgresql\"},
}
";

/// A Django project.
fn django() -> Project {
    Project::new(APP)
        .with("manage.py", "")
        .with("requirements.txt", "django==6.1.3\ngunicorn==27.0.1\npsycopg[binary,pool]==3.3.9\n")
        .with("config/__init__.py", "")
        .with("config/wsgi.py", WSGI)
        .with("config/urls.py", "urlpatterns = []\n")
        .with("config/settings.py", SETTINGS)
}

#[test]
fn a_requirement_that_is_commented_out_is_needed_all_the_same() {
    let project = django().with("requirements.txt", "django==6.1.3\n# prometheus-client: not yet\n");
    let text = project.run(&["add", "metrics"]).code(0).text();
    assert!(text.contains("  ! needs prometheus-client: "), "{text}");
    project.write("requirements.txt", "django==6.1.3\nprometheus_client==0.25 # asked for\n");
    let text = project.run(&["add", "metrics"]).code(0).text();
    assert!(!text.contains("needs"), "{text}");
    let pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"django\"]\n";
    let project = django().with("pyproject.toml", pyproject).with("uv.lock", "version = 1\n");
    let text = project.run(&["add", "metrics"]).code(0).text();
    assert!(text.contains("  ! needs prometheus-client: uv add 'prometheus-client'\n"), "{text}");
}

#[test]
fn the_lines_are_told_with_file_and_line_and_app_toml_keeps_its_comments() {
    let project = django();
    let text = project.run(&["add", "health"]).code(0).text();
    assert_eq!(
        text,
        "wrote config/health.py\nwrote config/test_health.py\n\
         set app.toml: [probes] liveness = \"/livez\"\nset app.toml: [probes] readiness = \"/readyz\"\n\n\
         add to config/settings.py, after line 4 (`MIDDLEWARE = [`):\n    \"config.health.HealthMiddleware\",\n"
    );
    assert_eq!(project.read("app.toml"), format!("{APP}liveness = \"/livez\"\nreadiness = \"/readyz\"\n"));
    assert_eq!(project.read("config/settings.py"), SETTINGS, "the user's code is the user's to edit");

    // The same place for tools.
    let document: serde_json::Value =
        serde_json::from_str(&project.run(&["add", "health", "--format", "json"]).code(0).out).unwrap();
    assert_eq!(document["edits"][0]["place"]["file"], "config/settings.py");
    assert_eq!(document["edits"][0]["place"]["after"], 4);
    assert_eq!(document["files"][0]["status"], "unchanged");
}

#[test]
fn each_module_sets_its_own_keys() {
    let project = django();
    let text = project.run(&["add", "metrics"]).code(0).text();
    assert!(text.contains("set app.toml: [monitoring] metrics = \"/metrics\"\n"), "{text}");
    assert!(text.contains("  ! needs prometheus-client: add `prometheus-client` to the requirements\n"), "{text}");
    let text = project.run(&["add", "logging"]).code(0).text();
    assert!(text.contains("set app.toml: [server] log-config = \"config.json_logs:LOGGING\"\n"), "{text}");
    let text = project.run(&["add", "db-pool"]).code(0).text();
    assert!(text.contains("add to config/settings.py, after line 9 (`}`):\nDATABASES[\"default\"] = "), "{text}");
    assert!(text.contains("share of a process = 90 / "), "the arithmetic is shown: {text}");
    let after = project.read("app.toml");
    assert!(after.starts_with(APP), "{after}");
    assert!(
        after.ends_with(
            "\n[monitoring]\nmetrics = \"/metrics\"\n\n[server]\nlog-config = \"config.json_logs:LOGGING\"\n"
        ),
        "{after}"
    );
    project.run(&["render"]).code(0);
    assert!(project.read("gunicorn.conf.py").contains("runpy.run_path(\"config/json_logs.py\")[\"LOGGING\"]"));
}

#[test]
fn lines_that_are_there_are_not_asked_for_again() {
    let project = django();
    project.run(&["add", "health"]).code(0);
    project.write("config/settings.py", &SETTINGS.replace("[\n", "[\n    \"config.health.HealthMiddleware\",\n"));
    let before = project.tree();
    assert_eq!(
        project.run(&["add", "health"]).code(0).text(),
        "is there config/health.py\nis there config/test_health.py\n\nthe lines that it needs already exist\n"
    );
    assert_eq!(project.tree(), before);
    project.run(&["render"]).code(0);
    assert_eq!(project.read("config/health.py"), before["config/health.py"]);
}

#[test]
fn an_edited_module_is_not_overwritten() {
    let project = django();
    project.run(&["add", "health"]).code(0);
    let edited = project.read("config/health.py").replace("TIMEOUT_SECONDS = 2", "TIMEOUT_SECONDS = 1");
    project.write("config/health.py", &edited);
    // The key is taken out: a run that goes wrong halfway would be seen in `app.toml`.
    project.write("app.toml", APP);
    let before = project.tree();
    let text = project.run(&["add", "health"]).code(2).text();
    assert!(text.contains("config/health.py"), "{text}");
    assert_eq!(project.tree(), before, "all or nothing");
    project.run(&["add", "health", "--force"]).code(0);
    assert!(project.read("config/health.py").contains("TIMEOUT_SECONDS = 2"));
}

#[test]
fn a_file_of_the_users_own_is_not_overwritten() {
    for path in ["config/health.py", "config/test_health.py"] {
        let project = django();
        project.write(path, "# written by hand\n");
        let before = project.tree();
        let text = project.run(&["add", "health"]).code(2).text();
        assert!(text.contains(path), "{text}");
        assert_eq!(project.tree(), before, "all or nothing");
    }
}

#[test]
fn an_untouched_module_follows_app_toml() {
    let project = django();
    project.run(&["add", "db-pool"]).code(0);
    assert!(project.read("config/db_pool.py").contains("\nREPLICAS = 6\n"));
    project.write("app.toml", &format!("{APP}\n[scaling]\nmin = 2\nmax = 5\n"));
    let text = project.run(&["add", "db-pool"]).code(0).text();
    assert!(text.starts_with("wrote again config/db_pool.py\n"), "{text}");
    assert!(project.read("config/db_pool.py").contains("\nREPLICAS = 5\n"));
    // More connections than there are: nothing is written.
    project.write("app.toml", &format!("{APP}\n[scaling]\nmin = 2\nmax = 90\n"));
    let before = project.tree();
    let text = project.run(&["add", "db-pool"]).code(2).text();
    assert!(text.contains("more than the server's 100 connections"), "{text}");
    assert_eq!(project.tree(), before);
}

#[test]
fn what_app_toml_contradicts_is_told_and_not_written() {
    let project = django();
    let app = format!("{APP}\n[expose]\nhost = \"shop.example.com\"\nfrom-namespace = \"traefik\"\n");
    project.write("app.toml", &app);
    let text = project.run(&["add", "metrics"]).code(0).text();
    assert!(text.contains("app.toml does not take [monitoring] metrics = \"/metrics\" yet: "), "{text}");
    assert_eq!(project.read("app.toml"), app);
}

#[test]
fn a_linked_app_toml_is_left_alone_with_everything_else() {
    let project = django();
    project.write("deploy/app.toml", APP);
    fs::remove_file(project.path("app.toml")).unwrap();
    std::os::unix::fs::symlink("deploy/app.toml", project.path("app.toml")).unwrap();
    let before = project.tree();
    let text = project.run(&["add", "health"]).code(2).text();
    assert!(text.contains("symbolic link"), "{text}");
    assert_eq!(project.tree(), before);
}

#[test]
fn init_says_when_there_is_no_health_endpoint_and_what_writes_one() {
    let project = django();
    let missing = "no health endpoint was found: an open port counts as alive; `pykube add health` writes one";
    let text = project.run(&["init", "--force"]).code(0).text();
    assert!(text.contains(missing), "{text}");
    project.run(&["add", "health"]).code(0);
    project.write("config/settings.py", &SETTINGS.replace("[\n", "[\n    \"config.health.HealthMiddleware\",\n"));
    let text = project.run(&["init", "--force"]).code(0).text();
    assert!(!text.contains(missing), "{text}");
    let app = project.read("app.toml");
    assert!(app.contains("liveness = \"/livez\"\n") && app.contains("readiness = \"/readyz\"\n"), "{app}");
}

#[test]
fn heartbeat_is_for_celery_only() {
    let project = django();
    let before = project.tree();
    let text = project.run(&["add", "heartbeat"]).code(2).text();
    assert!(text.contains("no Celery application here"), "{text}");
    assert_eq!(project.tree(), before);
    project.write("config/celery.py", "from celery import Celery\n\napp = Celery(\"shop\")\n");
    let text = project.run(&["add", "heartbeat"]).code(0).text();
    assert!(
        text.contains("add to config/celery.py, after line 3 (`app = Celery(\"shop\")`):\nheartbeat.install()\n"),
        "{text}"
    );
}

#[test]
fn every_module_is_added_beside_a_sidecar_that_takes_files_over() {
    let project = django();
    project.write("deploy/fluent-bit.yaml", "service: {}\n");
    project.write("config/celery.py", "from celery import Celery\n\napp = Celery(\"shop\")\n");
    let sidecar = "\n[sidecars.logs]\nimage = \"docker.io/fluent/fluent-bit:4.1\"\n\
                   files = { \"/etc/fluent-bit.yaml\" = \"deploy/fluent-bit.yaml\" }\n";
    project.write("app.toml", &format!("{APP}{sidecar}"));
    for module in ["health", "metrics", "logging", "db-pool", "heartbeat"] {
        let text = project.run(&["add", module]).code(0).text();
        assert!(text.starts_with("wrote config/"), "{module}: {text}");
    }
}
