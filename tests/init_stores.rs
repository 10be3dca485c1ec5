//! What `pykube init` asks for of the stores that a service needs, and where it keeps a SQLite file.

mod harness;

use harness::project::Project;

const FLASK: &str = "flask==3.1.2\ngunicorn==23.0.0\npsycopg==3.2.1\ncelery==5.5.0\nredis==5.2.0\n";

/// A repository on which `init` was run: its `app.toml` and what was said.
#[track_caller]
fn initialised(files: &[(&str, &str)]) -> (String, String) {
    let project = Project::with_files(files);
    let said = project.run(&["init"]).code(0).text();
    (project.read("app.toml"), said)
}

#[test]
fn the_address_of_a_store_is_asked_for_while_its_default_is_not_one_of_a_cluster() {
    for (name, default) in [
        ("DB_HOST", "127.0.0.1"),
        ("DB_HOST", "db"),
        ("POSTGRES_SERVER", "localhost:5432"),
        ("EMAIL_HOST", "mailhog"),
        ("MAIL_SERVER", "CHANGE-ME"),
    ] {
        let user = format!("{}_USER", name.split('_').next().unwrap_or_default());
        let app = format!(
            "import os\nfrom flask import Flask\napp = Flask(__name__)\n\
             A = os.environ.get('{name}', '{default}')\nB = os.environ.get('{user}', 'shop')\nC = os.environ.get('GREETING', 'hello')\n"
        );
        let (toml, said) = initialised(&[("app.py", &app), ("requirements.txt", FLASK)]);
        assert!(toml.contains(&format!("\n{name} = \"{default}\"  # app.py:4\n")), "{toml}");
        assert!(toml.contains(&format!("\n{user} = \"shop\"")) && toml.contains("\n# GREETING = "), "{toml}");
        assert!(said.contains(&format!("of the cluster: set {name} (the default, app.py:4")), "{said}");
    }
    // An address that names a host elsewhere is an answer.
    let app =
        "import os\nfrom flask import Flask\napp = Flask(__name__)\nA = os.environ.get('DB_HOST', 'pg.example.org')\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.contains("\n# DB_HOST = ") && !said.contains("of the cluster"), "{toml}{said}");
}

#[test]
fn the_address_of_a_broker_is_a_secret_that_must_be_there() {
    let app = "import os\nfrom celery import Celery\nfrom flask import Flask\napp = Flask(__name__)\n\
               jobs = Celery('jobs', broker=os.environ.get('BROKER_URL', 'amqp://guest:guest@rabbit:5672//'))\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.lines().any(|line| line.starts_with("BROKER_URL = ") && line.contains("/BROKER_URL\"")), "{toml}");
    assert!(said.contains("set BROKER_URL (the default, app.py:5") && !said.contains("guest"), "{said}");
}

const MANAGE: &str = "import os, sys\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"mill.settings\")\n\
                      from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n";
const WSGI: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"mill.settings\")\napplication = get_wsgi_application()\n";
const DJANGO: &str = "django==5.2.8\ngunicorn==23.0.0\npsycopg==3.2.1\ndj-database-url==2.3.0\n";

#[track_caller]
fn django(databases: &str, more: &[(&str, &str)]) -> (String, String) {
    let settings = format!(
        "import os\nfrom pathlib import Path\nimport dj_database_url\nBASE_DIR = Path(__file__).resolve().parent.parent\n\
         SECRET_KEY = \"x\"\nALLOWED_HOSTS = [\"*\"]\nINSTALLED_APPS = []\nROOT_URLCONF = \"mill.urls\"\n{databases}"
    );
    let own = [
        ("requirements.txt", DJANGO),
        ("manage.py", MANAGE),
        ("mill/__init__.py", ""),
        ("mill/wsgi.py", WSGI),
        ("mill/urls.py", "urlpatterns = []\n"),
        ("mill/settings.py", settings.as_str()),
    ];
    let files: Vec<(&str, &str)> = own.into_iter().chain(more.iter().copied()).collect();
    initialised(&files)
}

const FILE: &str =
    "{\"default\": {\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": BASE_DIR / \"store\" / \"mill.sqlite3\"}}";

#[test]
fn the_settings_say_which_database_it_is_and_not_the_driver() {
    let (toml, said) = django(&format!("DATABASES = {FILE}\n"), &[]);
    assert!(
        toml.contains("[volumes.data]\nmount = \"/app/store\"") && toml.contains("replicas = 1\n"),
        "{toml}\n{said}"
    );
}

#[test]
fn a_database_of_two_branches_is_asked_about() {
    for databases in [
        format!(
            "if \"ON_CLOUD\" in os.environ:\n    DATABASES = {{\"default\": dj_database_url.config()}}\nelse:\n    DATABASES = {FILE}\n"
        ),
        format!(
            "if os.environ.get(\"ON_CLOUD\"):\n    DATABASES = {{\"default\": dj_database_url.config(conn_max_age=60)}}\nelse:\n    DATABASES = {FILE}\n"
        ),
    ] {
        let (toml, said) = django(&databases, &[]);
        assert!(said.contains("which database? With ON_CLOUD not set"), "{said}");
        assert!(toml.contains("[volumes.data]") && toml.contains("\n# DATABASE_URL = "), "{toml}");
    }
}

#[test]
fn a_worker_shares_the_file_of_its_application() {
    let procfile = ("Procfile", "web: gunicorn mill.wsgi\nworker: python manage.py run_huey\n");
    let requirements = format!("{DJANGO}huey==2.5.5\n");
    let (toml, said) = django(&format!("DATABASES = {FILE}\n"), &[procfile, ("requirements.txt", &requirements)]);
    assert!(toml.contains("access = \"ReadWriteMany\"\non = [\"web\", \"worker-"), "{toml}");
    assert!(said.contains("works on the same SQLite file"), "{said}");
}

#[test]
fn hosts_that_the_application_trusts_are_what_the_probes_send() {
    let main = "from fastapi import FastAPI\nfrom fastapi.middleware.trustedhost import TrustedHostMiddleware\napp = FastAPI()\n\
                app.add_middleware(TrustedHostMiddleware, allowed_hosts=[\"*.pier.example\"])\n";
    let (toml, said) = initialised(&[("main.py", main), ("requirements.txt", "fastapi==0.120.0\nuvicorn==0.38.0\n")]);
    assert!(
        toml.contains("host = \"probes.pier.example\"") && said.contains("answers 400 to hosts other than"),
        "{toml}{said}"
    );
    let app = "from flask import Flask\napp = Flask(__name__)\napp.config[\"TRUSTED_HOSTS\"] = [\"pier.example\"]\n";
    let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.contains("host = \"pier.example\""), "{toml}");
}

#[test]
fn a_module_with_a_dash_and_a_value_of_the_start_script_are_taken_over() {
    let app =
        "import os\nfrom flask import Flask\napp = Flask(__name__)\nSTAGE = os.environ.get('STAGE', 'development')\n";
    let start = "#!/bin/sh\nSTAGE=production exec gunicorn --bind 0.0.0.0:8000 tide-table:app\n";
    let (toml, _) =
        initialised(&[("tide-table.py", app), ("docker-entrypoint.sh", start), ("requirements.txt", FLASK)]);
    assert!(toml.contains("entrypoint = \"tide-table:app\"") && toml.contains("\nSTAGE = \"production\""), "{toml}");
}
