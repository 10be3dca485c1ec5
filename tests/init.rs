//! `pykube init --render` on small repositories: what is written down, and that nothing more is needed.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::project::{Project, Run, copy_folder};

const FLASK: (&str, &str) = ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n");
const PIPFILE: (&str, &str) =
    ("Pipfile", "[packages]\nflask = \"*\"\ngunicorn = \"*\"\n\n[requires]\npython_version = \"3.13\"\n");
const REQUIREMENTS: (&str, &str) = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n");

/// A repository of `files` on which `init --render` was run; what it said.
#[track_caller]
fn initialised(files: &[(&str, &str)]) -> (Project, String) {
    let project = Project::with_files(files);
    let run = project.run(&["init", "--render"]).code(0);
    (project, run.text())
}

/// The repositories that each show a rule of detection.
fn repositories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detect");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn what_is_detected_is_rendered_and_is_up_to_date() {
    let mut rendered = 0;
    let mut faults = Vec::new();
    for repository in repositories() {
        let name = repository.file_name().unwrap().to_string_lossy().into_owned();
        let place = Project::empty();
        let folder = place.path(&name);
        copy_folder(&repository.join("repo"), &folder);
        let run = |arguments: &[&str]| Run::of(&place.command(arguments).current_dir(&folder).output().unwrap());
        let init = run(&["init", "--render"]);
        if !folder.join("app.toml").exists() {
            assert_eq!(init.code, 2, "{name}: {}", init.text());
            continue;
        }
        rendered += 1;
        let check = run(&["render", "--check"]);
        if init.code != 0 || check.code != 0 {
            faults.push(format!("{name}: {}\n{}", init.text(), check.text()));
        }
    }
    assert!(rendered > 20, "{rendered} only");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn the_screen_names_the_manager_that_app_toml_does() {
    // pip cannot install a project that does not say how it is built.
    let pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"flask\", \"gunicorn\"]\n";
    let built = format!("{pyproject}[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n");
    for (pyproject, manager) in [(pyproject, "uv"), (built.as_str(), "pip")] {
        let (project, text) = initialised(&[FLASK, ("pyproject.toml", pyproject)]);
        assert!(project.read("app.toml").contains(&format!("manager = \"{manager}\"\nlock = \"pyproject.toml\"\n")));
        let shown = text.lines().find_map(|line| line.strip_prefix("  packages ")).unwrap();
        assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), [manager, "pyproject.toml"]);
    }
}

#[test]
fn a_pipfile_without_a_lock_is_installed_by_pipenv() {
    let (project, _) = initialised(&[FLASK, PIPFILE]);
    assert!(project.read("app.toml").contains("manager = \"pipenv\"\nlock = \"Pipfile\"\n"));
    let dockerfile = project.read("Dockerfile");
    assert!(dockerfile.contains("/opt/pipenv/bin/pipenv install --skip-lock"), "{dockerfile}");
    assert_eq!(dockerfile.matches("source=Pipfile,").count(), 1, "{dockerfile}");
    assert!(project.read(".github/workflows/deploy.yml").contains("pipenv install --skip-lock --dev"));
}

#[test]
fn pip_installs_from_the_requirements_beside_an_unlocked_pipfile() {
    let (project, _) = initialised(&[FLASK, PIPFILE, REQUIREMENTS]);
    let app = project.read("app.toml");
    assert!(app.contains("manager = \"pip\"\nlock = \"requirements.txt\"\n"), "{app}");
    assert!(!app.contains("files ="), "{app}");
    let dockerfile = project.read("Dockerfile");
    assert!(dockerfile.contains("pip install --requirement /app/requirements.txt"), "{dockerfile}");
    assert!(!dockerfile.contains("Pipfile"), "{dockerfile}");
}

#[test]
fn requirements_that_the_first_file_includes_are_there_when_pip_reads_it() {
    let base = ("requirements/base.txt", "flask==3.1.2\n");
    let all = ("requirements.txt", "-r requirements/base.txt\ngunicorn==23.0.0\n");
    let (project, _) = initialised(&[FLASK, base, all]);
    let dockerfile = project.read("Dockerfile");
    assert!(dockerfile.contains("source=requirements/base.txt,target=/app/requirements/base.txt"), "{dockerfile}");
}

#[test]
fn files_of_the_project_are_kept_and_ours_stand_beside_them() {
    let own = ("Dockerfile", "FROM python:3.12\nCOPY . /srv\nCMD [\"gunicorn\", \"app:app\"]\n");
    let (project, said) = initialised(&[FLASK, REQUIREMENTS, own]);
    assert_eq!(project.read("Dockerfile"), own.1);
    assert!(project.read("Dockerfile.pykube").contains("python:3.12-slim-"));
    assert!(project.read(".github/workflows/deploy.yml").contains("Dockerfile.pykube"));
    assert!(said.contains("Dockerfile of the project: kept"), "{said}");
}

#[test]
fn a_server_that_is_no_dependency_is_installed_and_said() {
    let (project, said) = initialised(&[FLASK, ("requirements.txt", "flask==3.1.2\n")]);
    assert!(project.read("app.toml").contains("packages = [\"gunicorn=="));
    assert!(said.contains("gunicorn is not a runtime dependency"), "{said}");
}

#[test]
fn a_server_without_wheels_gets_a_compiler() {
    let procfile = ("Procfile", "web: uwsgi --http :8000 --module app:app\n");
    let (project, _) = initialised(&[FLASK, ("requirements.txt", "flask==3.1.2\n"), procfile]);
    let app = project.read("app.toml");
    assert!(app.contains("packages = [\"uwsgi==") && app.contains("build-system = [\"build-essential\"]"), "{app}");
    let dockerfile = project.read("Dockerfile");
    let (build, runtime) = dockerfile.split_once("AS runtime").unwrap();
    assert!(build.contains("build-essential") && !runtime.contains("build-essential"), "{dockerfile}");
}

#[test]
fn a_python_without_images_is_said() {
    let (project, said) = initialised(&[FLASK, REQUIREMENTS, (".python-version", "3.7\n")]);
    assert!(project.read("app.toml").contains("python = \"3.10\""));
    assert!(said.contains("there are no images for Python 3.7 any more"), "{said}");
}

#[test]
fn an_app_toml_that_is_there_is_not_overwritten() {
    let (project, _) = initialised(&[FLASK, REQUIREMENTS]);
    project.write("app.toml", "# mine\n");
    let run = project.run(&["init"]).code(2);
    assert!(run.err.contains("already exists; nothing was written"), "{}", run.err);
    assert_eq!(project.read("app.toml"), "# mine\n");
}

#[test]
fn a_folder_without_an_application_gets_nothing() {
    let project = Project::empty().with("setup.cfg", "[metadata]\nname = tool\n");
    project.run(&["init", "--render"]).code(2);
    assert_eq!(fs::read_dir(project.root()).unwrap().count(), 1);
}

const DJANGO: &str = "django==5.2.8\ngunicorn==23.0.0\n";
const MANAGE: &str = "import os, sys\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n\
                      from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n";
const WSGI: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\napplication = get_wsgi_application()\n";
const SETTINGS: &str = "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n\
                        SECRET_KEY = \"insecure\"\nALLOWED_HOSTS = [\"*\"]\nINSTALLED_APPS = []\nROOT_URLCONF = \"shop.urls\"\n";
const SQLITE: &str =
    "DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": BASE_DIR / \"db.sqlite3\"}}\n";

#[test]
fn a_sqlite_file_beside_the_code_lies_on_a_claim() {
    let settings = format!("{SETTINGS}{SQLITE}");
    let (project, said) = initialised(&[
        ("requirements.txt", DJANGO),
        ("manage.py", MANAGE),
        ("shop/__init__.py", ""),
        ("shop/wsgi.py", WSGI),
        ("shop/settings.py", &settings),
        // A database that somebody committed is not what runs.
        ("db.sqlite3", "SQLite format 3"),
    ]);
    assert!(said.contains("the database is the SQLite file db.sqlite3: it is on a volume"), "{said}");
    assert!(project.read("Dockerfile").contains("RUN ln -sfn /data/db.sqlite3 db.sqlite3\n"));
    let deployment = project.read("k8s/deployment.yaml");
    assert!(deployment.contains("mountPath: /data\n") && deployment.contains("replicas: 1\n"), "{deployment}");
    assert!(deployment.contains("type: Recreate"), "{deployment}");
    let (init, _) = deployment.split_once("      containers:\n").unwrap();
    assert!(init.contains("initContainers:") && init.contains("mountPath: /data\n"), "{deployment}");
    assert!(project.has("k8s/claim-data.yaml"));
}

#[test]
fn relative_sqlite_files_are_where_the_library_puts_them() {
    let flask = "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n\
                 app.config[\"SQLALCHEMY_DATABASE_URI\"] = \"sqlite:///site.db\"\ndb = SQLAlchemy(app)\n";
    let requirements = "flask==3.1.2\nflask-sqlalchemy==3.1.1\ngunicorn==23.0.0\n";
    let (project, _) = initialised(&[("app.py", flask), ("requirements.txt", requirements)]);
    assert!(project.read("app.toml").contains("[volumes.data]\nmount = \"/app/instance\"\n"));
    let fastapi = "from fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\
                   NAME = \"shop.db\"\nengine = create_engine(f\"sqlite:///./{NAME}\")\napp = FastAPI()\n";
    let requirements = "fastapi==0.120.0\nsqlalchemy==2.0.44\nuvicorn==0.38.0\n";
    let (project, _) = initialised(&[("backend/main.py", fastapi), ("backend/requirements.txt", requirements)]);
    let app = project.read("app.toml");
    assert!(app.contains("steps = [\"ln -sfn /data/shop.db shop.db\"]"), "{app}");
    assert!(project.read("Dockerfile").contains("WORKDIR /app/backend\nRUN export PYTHONPATH=/app/backend \\\n"));
}

#[test]
fn a_database_named_by_a_variable_gets_no_claim() {
    let code = "import os\nfrom flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n\
                app.config[\"SQLALCHEMY_DATABASE_URI\"] = os.environ.get(\"DATABASE_URL\", \"sqlite:///site.db\")\n";
    let requirements = "flask==3.1.2\nflask-sqlalchemy==3.1.1\ngunicorn==23.0.0\npsycopg==3.2.1\n";
    let (project, _) = initialised(&[("app.py", code), ("requirements.txt", requirements)]);
    let app = project.read("app.toml");
    assert!(!app.contains("[volumes") && app.contains("\nDATABASE_URL = "), "{app}");
}

#[test]
fn what_the_process_writes_is_writable() {
    let code = "import logging, os\nfrom flask import Flask\n\
                HERE = os.path.abspath(os.path.dirname(__file__))\nUPLOADS = os.path.join(HERE, \"static\", \"uploads\")\n\
                def create_app():\n    app = Flask(__name__)\n    os.makedirs(UPLOADS, exist_ok=True)\n    \
                os.makedirs(app.instance_path, exist_ok=True)\n    \
                os.makedirs(\"templates\", exist_ok=True)\n    os.makedirs(\"/var/spool/shop\", exist_ok=True)\n    \
                logging.basicConfig(handlers=[logging.FileHandler(\"logs/shop.log\"), logging.FileHandler(\"shop.log\")])\n    \
                return app\napp = create_app()\n";
    let (project, _) = initialised(&[
        ("app.py", code),
        REQUIREMENTS,
        ("logs/.gitkeep", ""),
        ("static/style.css", ""),
        // A folder that is there with its content is not made again.
        ("templates/index.html", ""),
    ]);
    let app = project.read("app.toml");
    assert!(app.contains("writable = [\"/var/spool/shop\", \"instance\", \"logs\", \"static/uploads\"]"), "{app}");
    assert!(app.contains("steps = [\"ln -sfn /tmp/shop.log shop.log\"]"), "{app}");
    assert!(project.read("k8s/deployment.yaml").contains("mountPath: /app/static/uploads\n"));
}

#[test]
fn the_folders_of_files_that_a_request_names_are_writable() {
    let code = "import os\nfrom flask import Flask, request\napp = Flask(__name__)\nSHELF = os.path.join(os.path.dirname(__file__), \"shelf\")\n\n\
                @app.post(\"/labels\")\ndef labels():\n    name = request.form[\"name\"]\n    path = f\"static/labels/{name}.png\"\n    \
                with open(path, mode=\"wb+\") as file:\n        file.write(request.data)\n    \
                with open(os.path.join(SHELF, name), \"a\") as file:\n        file.write(name)\n    \
                with open(f\"texts/{name}\") as file:\n        return file.read()\n\n\
                def note(name):\n    with open(\"notes.txt\", \"w\") as file:\n        file.write(name)\n    \
                with open(f\"pages/{name}\", \"w\") as file:\n        file.write(name)\n";
    // What a folder holds would be hidden.
    let (project, _) = initialised(&[("app.py", code), REQUIREMENTS, ("pages/first.html", "")]);
    let app = project.read("app.toml");
    assert!(app.contains("writable = [\"shelf\", \"static/labels\"]"), "{app}");
}

#[test]
fn programs_above_the_code_are_reached_from_it() {
    let settings = format!("{SETTINGS}STATIC_ROOT = BASE_DIR / \"static\"\n");
    let (project, _) = initialised(&[
        ("requirements.txt", DJANGO),
        ("manage.py", MANAGE),
        ("src/shop/__init__.py", ""),
        ("src/shop/wsgi.py", WSGI),
        ("src/shop/settings.py", &settings),
        ("gunicorn.conf.py", "workers = 2\n"),
    ]);
    let app = project.read("app.toml");
    assert!(app.contains("dir = \"src\"\n") && app.contains("config = \"/app/gunicorn.conf.py\"\n"), "{app}");
    let dockerfile = project.read("Dockerfile");
    assert!(dockerfile.contains("PYTHONPATH=/app/src") && dockerfile.contains("python ../manage.py collectstatic"));
    let job = project.read("k8s/migrate-job.yaml");
    assert!(job.contains("../manage.py"), "{job}");

    let main = ("src/shop/main.py", "from fastapi import FastAPI\nfrom shop.data import x\napp = FastAPI()\n");
    let (project, _) = initialised(&[
        main,
        ("src/shop/__init__.py", ""),
        ("src/shop/data.py", "x = 1\n"),
        ("requirements.txt", "fastapi==0.120.0\nuvicorn==0.38.0\nalembic==1.17.0\npsycopg2-binary==2.9.11\n"),
        ("alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("alembic/env.py", "from alembic import context\n"),
    ]);
    assert!(project.read("app.toml").contains("command = \"cd .. && alembic upgrade head\""));
}

#[test]
fn a_pyproject_without_a_lock_is_installed_by_what_can_read_it() {
    let pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n\
                   dependencies = [\"flask==3.1.2\", \"gunicorn==23.0.0\"]\n";
    let (project, _) = initialised(&[FLASK, ("pyproject.toml", pyproject), ("models/__init__.py", "")]);
    assert!(project.read("app.toml").contains("manager = \"uv\"\nlock = \"pyproject.toml\"\n"));
    assert!(project.read("Dockerfile").contains(" uv sync --no-dev --no-install-project\n"));
    assert!(project.read(".github/workflows/deploy.yml").contains("uv sync --project ."));
    let built = format!("{pyproject}[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n");
    let (project, _) = initialised(&[FLASK, ("pyproject.toml", &built)]);
    assert!(project.read("app.toml").contains("manager = \"pip\"\nlock = \"pyproject.toml\"\n"));
    let poetry = "[tool.poetry]\nname = \"shop\"\npackage-mode = false\n[tool.poetry.dependencies]\npython = \"^3.12\"\n\
                  flask = \"^3.1\"\ngunicorn = \"^23\"\n[build-system]\nrequires = [\"poetry-core\"]\n\
                  build-backend = \"poetry.core.masonry.api\"\n";
    let (project, _) = initialised(&[FLASK, ("pyproject.toml", poetry)]);
    assert!(project.read("app.toml").contains("manager = \"poetry\"\nlock = \"pyproject.toml\"\n"));
}

#[test]
fn folders_among_the_dependencies_are_there_when_they_are_installed() {
    let (project, _) = initialised(&[FLASK, ("requirements.txt", "-e .\nflask==3.1.2\ngunicorn==23.0.0\n"), SETUP]);
    assert!(project.read("app.toml").contains("code-first = true\n"));
    let dockerfile = project.read("Dockerfile");
    let (_, after) = dockerfile.split_once("COPY . .\n").unwrap();
    assert!(after.contains("pip install --requirement /app/requirements.txt\n"), "{dockerfile}");
    assert!(!dockerfile.contains("--mount=type=bind"), "{dockerfile}");
}

const SETUP: (&str, &str) = ("setup.py", "from setuptools import setup\nsetup(name=\"shop\", py_modules=[\"app\"])\n");

#[test]
fn an_index_with_a_password_is_said_and_the_password_is_not() {
    let requirements = "--extra-index-url https://ci:hunter2@pypi.example.com/simple\nflask==3.1.2\ngunicorn==23.0.0\n";
    let (project, said) = initialised(&[FLASK, ("requirements.txt", requirements)]);
    assert!(said.contains("requirements.txt:1 names a package index with a password"), "{said}");
    assert!(!said.contains("hunter2") && !project.read("app.toml").contains("hunter2"));
}

#[test]
fn a_package_without_a_wheel_gets_a_compiler() {
    let project = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.12\"\ndependencies = [\"flask\", \"gunicorn\", \"netio\"]\n[tool.pdm]\n";
    let lock = "[metadata]\ngroups = [\"default\"]\n\n[[package]]\nname = \"netio\"\nversion = \"1\"\ngroups = [\"default\"]\n\
                files = [\n    {file = \"netio-1.tar.gz\", hash = \"sha256:0\"},\n]\n";
    let (project, _) = initialised(&[FLASK, ("pyproject.toml", project), ("pdm.lock", lock)]);
    assert!(project.read("app.toml").contains("build-system = [\"build-essential\"]"));
}

#[test]
fn a_variable_without_which_the_import_ends_is_required() {
    let app = "import os\nimport sys\nfrom flask import Flask\n\n\ndef stop(text):\n    raise LookupError(text)\n\n\n\
               PIER = os.getenv(\"PIER\") or stop(\"PIER\")\nQUAY = os.environ.get(\"QUAY\")\nif not QUAY:\n    sys.exit(\"no quay\")\n\
               BERTH, TIDE = 1, 2\nif os.environ.get(\"BERTH\") is None:\n    raise LookupError(\"BERTH\")\n\
               TIDE = os.environ.get(\"TIDE\")\nassert TIDE\n\
               BUOY = os.getenv(\"BUOY\") or print(\"none\")\nif os.environ.get(\"MOLE\") is not None:\n    raise LookupError(\"MOLE is called PIER\")\n\
               STORE = os.getenv(\"STORE\", \"disk\")\nif STORE == \"bucket\":\n    BUCKET = os.environ[\"BUCKET\"]\nelse:\n    SHELF = os.environ[\"SHELF\"]\n\
               app = Flask(__name__)\n";
    let (project, _) = initialised(&[("app.py", app), REQUIREMENTS]);
    let toml = project.read("app.toml");
    for name in ["PIER", "QUAY", "BERTH", "TIDE", "SHELF"] {
        assert!(toml.contains(&format!("\n# {name} = \"\"  # required, app.py:")), "{name}: {toml}");
    }
    for name in ["BUOY", "MOLE", "BUCKET"] {
        assert!(toml.contains(&format!("\n# {name} = \"\"  # app.py:")), "{name}: {toml}");
    }
}

#[test]
fn debugging_is_switched_off_in_the_form_that_the_settings_read() {
    let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"site1.settings\")\n\
                application = get_wsgi_application()\n";
    for (read, value) in [
        ("bool(os.environ.get(\"DEBUG\", default=0))", ""),
        ("os.environ.get(\"DEBUG\", False)", ""),
        ("bool(int(os.environ.get(\"DEBUG\", \"1\")))", "0"),
        ("os.environ.get(\"DEBUG\", \"on\") != \"off\"", "off"),
        ("os.environ.get(\"DEBUG\", \"\").lower() == \"true\"", "false"),
    ] {
        let settings = format!(
            "import os\nINSTALLED_APPS = []\nROOT_URLCONF = \"site1.urls\"\nSECRET_KEY = \"x\"\nDEBUG = {read}\n"
        );
        let (project, _) = initialised(&[
            ("manage.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"site1.settings\")\n"),
            ("site1/__init__.py", ""),
            ("site1/settings.py", &settings),
            ("site1/urls.py", "urlpatterns = []\n"),
            ("site1/wsgi.py", wsgi),
            ("requirements.txt", "django==5.2.8\ngunicorn==23.0.0\n"),
        ]);
        let toml = project.read("app.toml");
        assert!(toml.contains(&format!("\nDEBUG = \"{value}\"  # site1/settings.py:5")), "{read}: {toml}");
    }
}
