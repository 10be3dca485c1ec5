//! `pykube init --render` on small repositories: what is written can be built, and starts.

mod harness;

use harness::project::Project;

const FLASK: (&str, &str) = ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n");
const REQUIREMENTS: (&str, &str) = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n");

/// A repository of `files` on which `init --render` was run; what it said.
#[track_caller]
fn initialised(files: &[(&str, &str)]) -> (Project, String) {
    let project = Project::with_files(files);
    let run = project.run(&["init", "--render"]).code(0);
    (project, run.text())
}

#[test]
fn the_requirements_files_of_the_image_are_installed_together() {
    let (project, _) = initialised(&[
        FLASK,
        (
            "Dockerfile",
            "FROM python:3.13\nCOPY . /srv\nRUN pip install -r /srv/reqs/web.txt -r /srv/reqs/server.txt\nCMD gunicorn app:app\n",
        ),
        ("reqs/web.txt", "flask==3.1.2\n"),
        ("reqs/server.txt", "gunicorn==23.0.0\n"),
        ("reqs/lint.txt", "ruff==0.14.0\n"),
        ("requirements.txt", "-r reqs/web.txt\n-r reqs/server.txt\n-r reqs/lint.txt\n"),
    ]);
    let dockerfile = project.read("Dockerfile.pykube");
    let wanted = "pip install --requirement /app/reqs/web.txt --requirement /app/reqs/server.txt\n";
    assert!(dockerfile.contains(wanted) && !dockerfile.contains("lint.txt"), "{dockerfile}");
}

#[test]
fn pins_beside_a_pyproject_are_what_is_installed() {
    let pyproject = "[project]\nname = \"till\"\nversion = \"1\"\ndependencies = [\"Flask\", \"gunicorn\"]\n\
                     [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";
    let (project, _) = initialised(&[FLASK, REQUIREMENTS, ("pyproject.toml", pyproject)]);
    assert!(project.read("Dockerfile").contains("pip install --requirement /app/requirements.txt\n"));
    // One that leaves something out is not the whole record.
    let more = pyproject.replace("\"Flask\"", "\"Flask\", \"attrs\"");
    let (project, _) = initialised(&[FLASK, REQUIREMENTS, ("pyproject.toml", &more)]);
    assert!(project.read("Dockerfile").contains("pip install /app\n"));
}

#[test]
fn a_version_from_git_is_given_to_the_build() {
    let project = |tool: &str, table: &str| {
        format!(
            "[project]\nname = \"till\"\ndynamic = [\"version\"]\ndependencies = [\"flask\", \"gunicorn\"]\n\
             [build-system]\nrequires = [\"{tool}\"]\nbuild-backend = \"x\"\n{table}"
        )
    };
    for (tool, table, variable) in [
        ("setuptools-scm>=8", "", "SETUPTOOLS_SCM_PRETEND_VERSION"),
        ("hatch-vcs", "", "SETUPTOOLS_SCM_PRETEND_VERSION"),
        ("uv-dynamic-versioning", "", "UV_DYNAMIC_VERSIONING_BYPASS"),
    ] {
        let (written, _) = initialised(&[FLASK, ("pyproject.toml", &project(tool, table))]);
        let dockerfile = written.read("Dockerfile");
        assert!(dockerfile.contains(&format!("{variable}=0.1.0 ")), "{tool}: {dockerfile}");
    }
    let (written, _) =
        initialised(&[FLASK, ("pyproject.toml", &project("pdm-backend", "[tool.pdm.version]\nsource = \"file\"\n"))]);
    assert!(!written.read("app.toml").contains("version-env"));
    let (_, said) = initialised(&[FLASK, ("pyproject.toml", &project("versioningit", ""))]);
    assert!(said.contains("versioningit reads the version from Git"), "{said}");
}

#[test]
fn a_project_above_its_folder_of_requirements_is_installed_from_there() {
    let (project, _) = initialised(&[
        (
            "app.py",
            "from importlib.metadata import version\nfrom flask import Flask\n\napp = Flask(version(\"till\"))\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(name=\"till\", install_requires=[\"flask\"], py_modules=[\"app\"])\n",
        ),
        ("requirements/base.txt", "flask==3.1.2\ngunicorn==23.0.0\n"),
    ]);
    let dockerfile = project.read("Dockerfile");
    assert!(dockerfile.contains("pip install --no-deps /app\n"), "{dockerfile}");
}

#[test]
fn a_member_that_needs_another_is_installed_with_it() {
    let member = "[project]\nname = \"api\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n\
                  dependencies = [\"flask\", \"gunicorn\", \"Till_Core\"]\n[tool.uv.sources]\ntill-core = { workspace = true }\n";
    let files = |member: &str| {
        initialised(&[
            ("api/main.py", FLASK.1),
            ("api/pyproject.toml", member),
            ("core/pyproject.toml", "[project]\nname = \"till-core\"\nversion = \"1\"\n"),
            ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"api\", \"core\"]\n"),
            ("uv.lock", "version = 1\nrequires-python = \">=3.12\"\n"),
        ])
        .0
        .read("app.toml")
    };
    assert!(files(member).contains("install-project = true\n"));
    // Without a lock file it is the workspace that is resolved: the member alone has no siblings.
    let (project, _) = initialised(&[
        ("services/api/main.py", FLASK.1),
        ("services/api/pyproject.toml", member),
        ("core/pyproject.toml", "[project]\nname = \"till-core\"\nversion = \"1\"\n"),
        ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"services/*\", \"core\"]\n"),
    ]);
    let (toml, dockerfile) = (project.read("app.toml"), project.read("Dockerfile"));
    assert!(toml.contains("lock = \"pyproject.toml\"\n") && toml.contains("member = \"api\"\n"), "{toml}");
    assert!(dockerfile.contains("uv sync --no-dev --no-editable --inexact --package api\n"), "{dockerfile}");
    assert!(!files(&member.replace(", \"Till_Core\"", "")).contains("install-project"));
}

#[test]
fn settings_of_uv_are_there_when_it_reads_the_lock() {
    let pyproject =
        "[project]\nname = \"till\"\nversion = \"1\"\ndependencies = [\"flask\", \"gunicorn\"]\n[tool.uv]\n";
    let lock = "version = 1\nrequires-python = \">=3.12\"\n";
    let (project, _) = initialised(&[
        FLASK,
        ("pyproject.toml", pyproject),
        ("uv.lock", lock),
        ("uv.toml", "exclude-newer = \"2026-01-01\"\n"),
    ]);
    assert!(project.read("Dockerfile").contains("source=uv.toml,target=/app/uv.toml"));
}

#[test]
fn the_rules_of_the_projects_own_ignore_file_hold() {
    let own = (".dockerignore", "# private\n*\n!app.py\nnotes/*.md\n");
    let (project, _) = initialised(&[FLASK, REQUIREMENTS, own]);
    assert_eq!(project.read(".dockerignore"), own.1);
    let ours = project.read("Dockerfile.pykube.dockerignore");
    let (theirs, after) = ours.split_once("\n\n").unwrap_or_default();
    assert!(theirs.ends_with("\n*\n!app.py\nnotes/*.md"), "{ours}");
    // Ours come after: nothing of theirs lets a secret in; what the build reads comes last.
    assert!(after.contains("**/.env\n") && after.ends_with("!requirements.txt\n!gunicorn.conf.py\n"), "{ours}");
    project.write(".dockerignore", "drafts\n");
    project.run(&["render", "--check"]).code(1);
}

#[test]
fn what_the_code_opens_is_in_the_image_unless_it_is_a_secret() {
    let code = "from pathlib import Path\nfrom flask import Flask\nHERE = Path(__file__).parent\n\
                PUBLIC = (HERE / \"certs\" / \"issuer.pem\").read_text()\nPRIVATE = open(\"certs/own.key\").read()\n\
                import tests.factories\napp = Flask(__name__)\n";
    let (project, said) = initialised(&[
        ("app.py", code),
        REQUIREMENTS,
        ("certs/issuer.pem", "-----BEGIN PUBLIC KEY-----\n"),
        ("certs/own.key", "-----BEGIN PRIVATE KEY-----\n"),
        ("certs/other.pem", "-----BEGIN PUBLIC KEY-----\n"),
        ("tests/__init__.py", ""),
        ("tests/factories.py", "x = 1\n"),
    ]);
    assert!(
        project.read("app.toml").contains("include = [\"certs/issuer.pem\", \"tests\"]\n"),
        "{}",
        project.read("app.toml")
    );
    assert!(project.read(".dockerignore").ends_with("!certs/issuer.pem\n!tests\n"));
    assert!(said.contains("certs/own.key is a private key that app.py:5 opens"), "{said}");
}

#[test]
fn dependencies_behind_a_login_are_said() {
    let pyproject = "[project]\nname = \"till\"\nversion = \"1\"\ndependencies = [\"flask\", \"gunicorn\"]\n\
                     [[tool.uv.index]]\nname = \"own\"\nurl = \"https://packages.acme.example/simple\"\n";
    let lock = "version = 1\nrequires-python = \">=3.12\"\n";
    let (_, said) = initialised(&[FLASK, ("pyproject.toml", pyproject), ("uv.lock", lock)]);
    assert!(said.contains("pyproject.toml names the package index of packages.acme.example"), "{said}");
    let requirements = "flask==3.1.2\ngunicorn==23.0.0\ntill-core @ git+ssh://git@github.com/acme/core@v1\n";
    let (_, said) = initialised(&[FLASK, ("requirements.txt", requirements)]);
    let fetches = "requirements.txt:3 fetches a dependency from a repository that asks for a login: ";
    assert!(said.contains(&format!("{fetches}`git = {{ secret = \"git_netrc\" }}` in [build]")), "{said}");
    let elsewhere = requirements.replace("github.com", "git.acme.dev");
    let (_, said) = initialised(&[FLASK, ("requirements.txt", &elsewhere)]);
    assert!(said.contains("secret = \"git_netrc\", hosts = [\"git.acme.dev\"] }"), "{said}");
    let token = requirements.replace("git+ssh://git@", "git+https://${TOKEN}@");
    let (_, said) = initialised(&[FLASK, ("requirements.txt", &token)]);
    assert!(said.contains(fetches) && said.contains("remove what is before the @"), "{said}");
}

#[test]
fn a_list_of_dependencies_that_is_not_there_is_said_by_init_and_by_check() {
    let (project, said) = initialised(&[FLASK]);
    assert!(said.contains("requirements.txt: write one that lists the dependencies"), "{said}");
    let check = project.run(&["check"]).code(1).text();
    assert!(check.contains("names `requirements.txt`, and there is no such file"), "{check}");
}

#[test]
fn settings_of_a_kept_server_file_that_end_a_container_are_said_with_their_line() {
    let config = "import os\nbind = \"0.0.0.0:\" + os.environ[\"PORT\"]\npidfile = \"/run/till.pid\"\nuser = \"till\"\n\
                  errorlog = \"-\"\naccesslog = \"logs/access.log\"\ndaemon = True\nworker_tmp_dir = \"/dev/shm\"\n";
    let (project, said) = initialised(&[FLASK, REQUIREMENTS, ("gunicorn.conf.py", config)]);
    for line in ["3: `pidfile`", "4: `user`", "6: `accesslog`", "7: `daemon`"] {
        assert!(said.contains(&format!("gunicorn.conf.py:{line}")), "{line}: {said}");
    }
    assert!(!said.contains("errorlog") && !said.contains("worker_tmp_dir"), "{said}");
    let app = project.read("app.toml");
    assert!(app.contains("config = \"gunicorn.conf.py\"\n"), "{app}");
    let ini = "[uwsgi]\nmodule = app:app\nhttp-socket = :8000\ndaemonize = /var/log/till.log\nuid = till\n\
               stats = %d/stats.sock\nmaster-fifo = till.fifo\nstats-server = 127.0.0.1:9191\n";
    let requirements = ("requirements.txt", "flask==3.1.2\nuwsgi==2.0.31\n");
    let (_, said) = initialised(&[FLASK, requirements, ("uwsgi.ini", ini)]);
    for line in ["4 sets `daemonize`", "5 sets `uid`", "6 sets `stats`", "7 sets `master-fifo`"] {
        assert!(said.contains(&format!("uwsgi.ini:{line}")), "{line}: {said}");
    }
    assert!(!said.contains("stats-server"), "{said}");
}

#[test]
fn a_file_of_the_name_that_gunicorn_reads_is_its_configuration_whatever_it_sets() {
    for config in ["preload_app = True\n", "import logging\n", "globals().update(threads=8)\n"] {
        let (project, _) = initialised(&[FLASK, ("requirements.txt", "flask==3.1.2\n"), ("gunicorn.conf.py", config)]);
        assert!(project.read("app.toml").contains("config = \"gunicorn.conf.py\"\n"), "{config}");
        assert_eq!(project.read("gunicorn.conf.py"), config);
    }
}

#[test]
fn logs_in_files_are_said_with_their_line() {
    let code = "import logging\nfrom flask import Flask\napp = Flask(__name__)\n\
                app.logger.addHandler(logging.FileHandler(\"/var/log/till/app.log\"))\n\
                app.logger.addHandler(logging.FileHandler(\"till.log\"))\n";
    let ini = "[handler_disk]\nclass=handlers.RotatingFileHandler\nargs=('audit.log', 'a', 1000)\n";
    let (_, said) = initialised(&[("app.py", code), REQUIREMENTS, ("logging.ini", ini)]);
    assert!(said.contains("app.py:4 logs to /var/log/till/app.log, which cannot be written"), "{said}");
    assert!(said.contains("app.py:5 logs to the file till.log"), "{said}");
    assert!(said.contains("logging.ini:3 logs to the file audit.log"), "{said}");
}

const DJANGO: (&str, &str) = ("requirements.txt", "django==5.2.8\ngunicorn==23.0.0\nwhitenoise==6.11.0\n");
const MANAGE: (&str, &str) = (
    "manage.py",
    "import os, sys\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"till.settings\")\n\
     from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
);
const WSGI: (&str, &str) = (
    "till/wsgi.py",
    "import os\nfrom django.core.wsgi import get_wsgi_application\n\
     os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"till.settings\")\napplication = get_wsgi_application()\n",
);
const SETTINGS: &str = "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n\
                        SECRET_KEY = os.environ[\"SECRET_KEY\"]\nALLOWED_HOSTS = [\"*\"]\nINSTALLED_APPS = []\nROOT_URLCONF = \"till.urls\"\n\
                        STATIC_ROOT = BASE_DIR / \"collected\"\n";

#[test]
fn files_for_browsers_are_compiled_collected_or_missed() {
    let build = |settings: &str, more: &[(&str, &str)]| {
        let settings = format!("{SETTINGS}{settings}");
        let mut files = vec![DJANGO, MANAGE, WSGI, ("till/__init__.py", ""), ("till/settings.py", &settings)];
        files.extend(more);
        let (project, said) = initialised(&files);
        (project.read("app.toml"), said)
    };
    let (app, said) = build("", &[]);
    assert!(app.contains("steps = [\"python manage.py collectstatic --noinput\"]"), "{app}");
    // A dummy is not somebody's credential.
    assert!(app.contains("SECRET_KEY = \"build-only-dummy\"") && !said.contains("credential"), "{app}{said}");
    let (app, _) = build("", &[("locale/de/LC_MESSAGES/django.po", "msgid \"\"\n")]);
    assert!(app.contains("steps = [\"python manage.py compilemessages\", "), "{app}");
    assert!(app.contains("build-system = [\"gettext\"]"), "{app}");
    let compiled = [("locale/de/LC_MESSAGES/django.po", ""), ("locale/de/LC_MESSAGES/django.mo", "")];
    assert!(!build("", &compiled).0.contains("compilemessages"));
    let (app, said) = build("", &[("collected/staticfiles.json", "{}")]);
    assert!(!app.contains("collectstatic") && said.contains("collected/staticfiles.json is committed"), "{said}");
    let package = ("ui/package.json", "{\"scripts\": {\"build\": \"vite build\"}}");
    let (_, said) = build("STATICFILES_DIRS = [(\"ui\", BASE_DIR / \"ui\" / \"dist\")]\n", &[package]);
    assert!(said.contains("till/settings.py:9 serves ui/dist, which is not committed"), "{said}");
    let (_, said) = build("STATICFILES_DIRS = [BASE_DIR / \"ui\" / \"dist\"]\n", &[package, ("ui/dist/app.js", "")]);
    assert!(!said.contains("ui/dist"), "{said}");
}

#[test]
fn a_build_has_what_the_settings_take_apart() {
    let settings = format!(
        "import json\n{SETTINGS}TILLS = os.environ.get(\"TILL_NAMES\").split(\" \")\nLEVEL = int(os.environ.get(\"LEVEL\", \"\"))\n\
         EXTRA = json.loads(os.getenv(\"EXTRA\"))\nshelf = os.environ.get(\"SHELF\")\nSHELVES = shelf.split(\",\")\n\
         DEBUG = \"HOSTED\" not in os.environ\nbucket = os.environ.get(\"BUCKET\")\nif bucket:\n    MEDIA = bucket.lower()\n\
         NOTE = os.environ.get(\"NOTE\")\nSIZE = int(os.environ.get(\"SIZE\", \"3\"))\n"
    );
    let (project, _) = initialised(&[DJANGO, MANAGE, WSGI, ("till/__init__.py", ""), ("till/settings.py", &settings)]);
    let app = project.read("app.toml");
    let built = app.split("[build.env]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    for line in ["TILL_NAMES = \"build-only-dummy\"", "LEVEL = \"1\"", "EXTRA = \"{}\"", "SHELF = \"build-only-dummy\""]
    {
        assert!(built.contains(line), "{line}: {app}");
    }
    assert!(app.contains("TILL_NAMES = \"\"  # required, till/settings.py:10"), "{app}");
    // The variable that switches the debug mode off, in the build as in the cluster.
    assert!(built.contains("HOSTED = \"true\"") && app.contains("\nHOSTED = \"true\"  # till/settings.py"), "{app}");
    // What is asked for first, what nobody takes apart and what has a default need no dummy.
    assert!(!["BUCKET", "NOTE", "SIZE"].iter().any(|name| built.contains(name)), "{built}");
}

#[test]
fn a_server_that_only_the_developers_install_comes_with_the_image() {
    let server = |section: &str| {
        let project = format!(
            "[project]\nname = \"till\"\nversion = \"1\"\nrequires-python = \">=3.12\"\ndependencies = [\"fastapi\"]\n{section}"
        );
        let main = "from fastapi import FastAPI\napp = FastAPI()\n";
        let start = "FROM python:3.13-slim\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n";
        let lock = "version = 1\nrequires-python = \">=3.12\"\n";
        let files = [("pyproject.toml", project.as_str()), ("uv.lock", lock), ("main.py", main), ("Dockerfile", start)];
        initialised(&files).0.read("app.toml")
    };
    assert!(server("[dependency-groups]\ndev = [\"uvicorn>=0.40\"]\n").contains("packages = [\"uvicorn"));
    let app = server("[dependency-groups]\nserve = [\"uvicorn>=0.40\"]\n");
    assert!(app.contains("groups = [\"serve\"]") && !app.contains("packages = [\"uvicorn"), "{app}");
}

#[test]
fn an_old_kombu_is_given_a_python_that_it_starts_on() {
    let python = |kombu: &str| {
        let pins = format!("flask==2.1.1\ngunicorn==23.0.0\ncelery==5.2.6\nkombu=={kombu}\n");
        let app = "from flask import Flask\napp = Flask(__name__)\n";
        initialised(&[("app.py", app), ("requirements.txt", &pins)]).0.read("app.toml")
    };
    assert!(python("5.2.4").contains("python = \"3.11\""));
    assert!(python("5.3.0").contains("python = \"3.13\""));
}

#[test]
fn the_volumes_of_the_image_are_writable() {
    let dockerfile = "FROM python:3.13\nWORKDIR /srv/till\nCOPY . /srv/till\nVOLUME [\"/var/lib/till\", \"/srv/till/static\"]\nVOLUME /tmp/till\n\
                      CMD [\"gunicorn\", \"app:app\"]\n";
    let (project, _) = initialised(&[FLASK, REQUIREMENTS, ("Dockerfile", dockerfile)]);
    let toml = project.read("app.toml");
    assert!(toml.contains("writable = [\"/var/lib/till\"]"), "{toml}");
}

#[test]
fn processes_run_as_the_image_can_start_them() {
    let celery = "import os\nfrom celery import Celery\njobs = Celery('jobs', broker=os.environ['BROKER_URL'])\n";
    let requirements = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\ncelery==5.5.0\n");
    // A script of the project may not be executable in the image.
    let procfile = ("Procfile", "web: gunicorn app:app\ncounter: ./count.py --daily\n");
    let (project, _) = initialised(&[FLASK, REQUIREMENTS, procfile, ("count.py", "print(1)\n")]);
    let toml = project.read("app.toml");
    assert!(toml.contains("[workers.counter]\ncommand = \"python count.py --daily\""), "{toml}");
    // Supervisor starts the same object from a folder further down.
    let supervisor = "[program:jobs]\ndirectory=/srv/till\ncommand=celery -A jobs worker -Q receipts\n";
    let (project, _) = initialised(&[
        ("till/__init__.py", ""),
        ("till/app.py", FLASK.1),
        ("till/jobs.py", celery),
        requirements,
        ("Procfile", "web: gunicorn till.app:app\n"),
        ("supervisord.conf", supervisor),
    ]);
    let toml = project.read("app.toml");
    assert!(toml.contains("command = \"celery -A till.jobs:jobs worker -Q receipts"), "{toml}");
}

#[test]
fn folders_outside_of_the_code_that_it_makes_are_writable() {
    let app = format!(
        "import os\n{}os.makedirs('/var/till/receipts', exist_ok=True)\nos.makedirs('/tmp/till', exist_ok=True)\n",
        FLASK.1
    );
    let (project, _) = initialised(&[("app.py", &app), REQUIREMENTS]);
    let toml = project.read("app.toml");
    assert!(toml.contains("writable = [\"/var/till/receipts\"]"), "{toml}");
}

#[test]
fn a_server_that_an_import_starts_is_named() {
    let started = format!("{}app.run(host='0.0.0.0')\n", FLASK.1);
    let (_, said) = initialised(&[("app.py", &started), REQUIREMENTS]);
    assert!(said.contains("app.py:4 starts a server while the module is imported"), "{said}");
    let guarded = format!("{}if __name__ == '__main__':\n    app.run(host='0.0.0.0')\n", FLASK.1);
    let (_, said) = initialised(&[("app.py", &guarded), REQUIREMENTS]);
    assert!(!said.contains("starts a server"), "{said}");
}
