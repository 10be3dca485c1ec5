//! `pykube check`: `app.toml` against the code.

mod harness;

use harness::project::Project;

const MODULE: &str = "import os\nfrom flask import Flask\n\nTOKEN = os.environ[\"SERVICE_TOKEN\"]\nLEVEL = os.environ[\"LOG_LEVEL\"]\n\n\
                      app = Flask(__name__)\n\n\n@app.route(\"/healthz\")\ndef healthz():\n    return \"ok\"\n\n\n\
                      @app.route(\"/version\")\ndef version():\n    return \"1\"\n";

const APP: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n\
                   [build]\nlock = \"requirements.txt\"\n[probes]\nliveness = \"/healthz\"\n[config]\nLOG_LEVEL = \"INFO\"\n\
                   [secrets.env]\nSERVICE_TOKEN = \"shop-secrets/token\"\n";

/// What `pykube check` prints for `app` over a project whose requirements are `requirements`, and its exit code.
fn check(app: &str, requirements: &str) -> (String, i32) {
    run(&Project::new(app).with("shop.py", MODULE).with("requirements.txt", requirements))
}

fn run(project: &Project) -> (String, i32) {
    let run = project.run(&["check"]);
    (run.text(), run.code)
}

const REQUIREMENTS: &str = "flask==3.1.3\ngunicorn==27.0.1\n";

#[test]
fn what_agrees_is_silent() {
    let (text, code) = check(APP, REQUIREMENTS);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("nothing found"), "{text}");
}

#[test]
fn any_of_the_servers_that_are_installed_may_serve() {
    for server in ["gunicorn", "granian"] {
        let app = APP.replace("[probes]", &format!("[server]\nkind = \"{server}\"\n[probes]"));
        let (text, code) = check(&app, "flask\ngunicorn\ngranian\n");
        assert_eq!(code, 0, "{text}");
    }
}

#[test]
fn a_probe_may_ask_any_route() {
    let (text, code) = check(&APP.replace("\"/healthz\"", "\"/healthz\"\nreadiness = \"/version\""), REQUIREMENTS);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn what_differs_is_told_with_its_place() {
    for (from, to, requirements, wanted) in [
        (
            "requirements.txt",
            "requirements/base.txt",
            REQUIREMENTS,
            "names `requirements/base.txt`, and there is no such file",
        ),
        (
            "LOG_LEVEL = \"INFO\"\n",
            "",
            REQUIREMENTS,
            "`LOG_LEVEL` is read without a default, and app.toml does not provide it",
        ),
        ("SERVICE_TOKEN = \"shop-secrets/token\"\n", "", REQUIREMENTS, "`SERVICE_TOKEN` is read without a default"),
        (
            "LOG_LEVEL = ",
            "PYTHONWARNINGS = \"ignore\"\nLOG_LEVL = \"x\"\nLOG_LEVEL = ",
            REQUIREMENTS,
            "`LOG_LEVL` is provided, and no code here reads it",
        ),
        (
            "/healthz",
            "/health",
            REQUIREMENTS,
            "`probes.liveness` requests `/health`, and no route of that path was found",
        ),
        ("LOG_LEVEL = ", "LOG_LEVEL = ", "flask==3.1.3\n", "gunicorn is not among the runtime dependencies"),
    ] {
        assert!(APP.contains(from));
        let (text, code) = check(&APP.replace(from, to), requirements);
        assert_eq!(code, 1, "{to}: {text}");
        assert!(text.contains(wanted), "{to}: wanted {wanted}\n{text}");
        assert!(text.contains("1 finding"), "{to}: {text}");
    }
}

/// What `pykube check` prints for a project of these files, and its exit code.
fn check_files(files: &[(&str, &str)]) -> (String, i32) {
    run(&Project::with_files(files))
}

#[test]
fn code_that_could_not_be_looked_at_is_trouble() {
    let named = "error: `app.entrypoint` names `store`, and there is no such module; the code was not looked at";
    let app = &APP.replace("shop:app", "store:app");
    let one = [("shop.py", MODULE), ("requirements.txt", REQUIREMENTS)];
    let two = [
        ("a/shop.py", MODULE),
        ("a/requirements.txt", REQUIREMENTS),
        ("b/mall.py", MODULE),
        ("b/requirements.txt", REQUIREMENTS),
    ];
    let none: [(&str, &str); 1] = [("tools/report.py", "print(1)\n")];
    for (files, way_out) in [
        (&one[..], "help: the code has `shop:app`"),
        (&two[..], "help: `mall:app` is in `b`"),
        (&none[..], "help: none of the 1 Python files creates an application"),
        (&[][..], "help: there is no Python file in this folder"),
    ] {
        let (text, code) = check_files(&[files, &[("app.toml", app)]].concat());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(named) && text.contains(way_out), "{way_out}: {text}");
        assert!(text.contains("app.toml:4:14"), "{text}");
        assert!(!text.contains("nothing found"), "{text}");
    }
}

#[test]
fn of_several_applications_the_one_that_app_toml_names_is_looked_at() {
    let other = "from flask import Flask\n\napp = Flask(__name__)\n";
    let app = &APP.replace("[image]", "dir = \"b\"\n[image]");
    let app = &app.replace("lock = \"requirements.txt\"", "lock = \"b/requirements.txt\"");
    let files = [("a/mall.py", other), ("a/requirements.txt", REQUIREMENTS), ("b/shop.py", MODULE)];
    let files = [&files[..], &[("b/requirements.txt", REQUIREMENTS)]].concat();
    let (text, code) = check_files(&[&files[..], &[("app.toml", app)]].concat());
    assert_eq!(code, 0, "{text}");
    let wrong = &app.replace("LOG_LEVEL = \"INFO\"\n", "");
    let (text, code) = check_files(&[&files[..], &[("app.toml", wrong)]].concat());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`LOG_LEVEL` is read without a default"), "{text}");
}

#[test]
fn settings_for_development_are_told() {
    let project = Project::empty();
    let write = |path: &str, text: &str| project.write(path, text);
    write("config/__init__.py", "");
    write("config/settings/__init__.py", "");
    write("config/settings/dev.py", "DEBUG = True\nROOT_URLCONF = \"config.urls\"\n");
    write("config/urls.py", "urlpatterns = []\n");
    write(
        "config/wsgi.py",
        "import os\nfrom django.core.wsgi import get_wsgi_application\n\
         os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings.dev\")\napplication = get_wsgi_application()\n",
    );
    write("manage.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings.dev\")\n");
    write("requirements.txt", "django==6.1\ngunicorn==27.0.1\n");
    write(
        "app.toml",
        "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n\
         [config]\nDJANGO_SETTINGS_MODULE = \"config.settings.dev\"\n",
    );
    let (text, code) = run(&project);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`config.settings.dev` is a settings module for development or tests"), "{text}");
    assert!(text.contains("app.toml:8:"), "{text}");
}

/// Adds the module in a project of these files, and says what `pykube check` then prints and how it ends.
fn added_then_checked(
    framework: &str,
    entrypoint: &str,
    files: &[(&str, &str)],
    wired: &[(&str, &str)],
) -> [(String, i32); 2] {
    let app = format!(
        "[app]\nname = \"shop\"\nframework = \"{framework}\"\nentrypoint = \"{entrypoint}\"\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\n[build]\nlock = \"requirements.txt\"\n"
    );
    let requirements = format!("{framework}\n{}\n", if framework == "fastapi" { "uvicorn" } else { "gunicorn" });
    let project = Project::with_files(files).with("app.toml", &app).with("requirements.txt", &requirements);
    project.run(&["add", "health"]).code(0);
    let before = run(&project);
    for (path, text) in wired {
        project.write(path, text);
    }
    [before, run(&project)]
}

const WSGI: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings\")\napplication = get_wsgi_application()\n";

#[test]
fn a_health_module_whose_lines_were_forgotten_is_found_and_one_that_is_wired_is_not() {
    let django = [
        ("config/__init__.py", ""),
        ("config/wsgi.py", WSGI),
        ("config/urls.py", "urlpatterns = []\n"),
        ("config/settings.py", "ROOT_URLCONF = \"config.urls\"\nMIDDLEWARE = [\n]\n"),
    ];
    let django_wired = [(
        "config/settings.py",
        "ROOT_URLCONF = \"config.urls\"\nMIDDLEWARE = [\n    \"config.health.HealthMiddleware\",\n]\n",
    )];
    let flask = [("shop/__init__.py", ""), ("shop/web.py", "from flask import Flask\n\napp = Flask(__name__)\n")];
    let flask_wired = [(
        "shop/web.py",
        "from flask import Flask\nfrom shop import health\n\napp = Flask(__name__)\nhealth.init_app(app, health.dependencies())\n",
    )];
    let fastapi = [("shop/__init__.py", ""), ("shop/web.py", "from fastapi import FastAPI\n\napp = FastAPI()\n")];
    let fastapi_wired = [(
        "shop/web.py",
        "from fastapi import FastAPI\nfrom .health import create_router, dependencies\n\napp = FastAPI()\n\
         app.include_router(create_router(dependencies()))\n",
    )];
    for (framework, entrypoint, files, wired) in [
        ("django", "config.wsgi:application", &django[..], &django_wired[..]),
        ("flask", "shop.web:app", &flask[..], &flask_wired[..]),
        ("fastapi", "shop.web:app", &fastapi[..], &fastapi_wired[..]),
    ] {
        let [(before, failed), (after, passed)] = added_then_checked(framework, entrypoint, files, wired);
        assert_eq!(failed, 1, "{framework}: {before}");
        for (key, path) in [("liveness", "/livez"), ("readiness", "/readyz")] {
            let told = format!("`probes.{key}` requests `{path}`, which only `");
            assert!(before.contains(&told), "{framework}: {before}");
        }
        assert!(before.contains("help: `pykube add health` prints the lines that wire it in"), "{framework}: {before}");
        assert!(before.contains("2 findings"), "{framework}: {before}");
        assert_eq!(passed, 0, "{framework}: {after}");
    }
}

#[test]
fn a_health_module_that_is_imported_and_not_used_is_found() {
    let files = [("shop.py", "from fastapi import FastAPI\n\napp = FastAPI()\n")];
    let forgotten = [("shop.py", "from fastapi import FastAPI\nimport health\n\napp = FastAPI()\n")];
    let [_, (text, code)] = added_then_checked("fastapi", "shop:app", &files, &forgotten);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`probes.liveness` requests `/livez`, which only `health.py:"), "{text}");
}

#[test]
fn a_route_of_a_module_that_nothing_imports_is_not_served() {
    let health = "from flask import Blueprint\n\nbp = Blueprint(\"health\", __name__)\n\n\n\
                  @bp.route(\"/healthz\")\ndef healthz():\n    return \"ok\"\n";
    let web = "from flask import Flask\n\napp = Flask(__name__)\n";
    let app = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"web:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n\
               [build]\nlock = \"requirements.txt\"\n[probes]\nliveness = \"/healthz\"\n";
    let files = [("health.py", health), ("app.toml", app), ("requirements.txt", REQUIREMENTS)];
    let (text, code) = check_files(&[&files[..], &[("web.py", web)]].concat());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("which only `health.py:6` answers"), "{text}");
    let imported = &format!("{web}\nimport health\napp.register_blueprint(health.bp)\n");
    let by_name = &format!(
        "{web}\nfrom werkzeug.utils import import_string\napp.register_blueprint(import_string(\"health.bp\"))\n"
    );
    let by_code = &format!("{web}\nfrom importlib import import_module\nfor name in NAMES:\n    import_module(name)\n");
    for web in [imported, by_name, by_code] {
        let (text, code) = check_files(&[&files[..], &[("web.py", web)]].concat());
        assert_eq!(code, 0, "{text}");
    }
}

#[test]
fn a_heartbeat_that_nothing_installs_is_found_at_the_worker_that_relies_on_it() {
    let project = Project::empty();
    let write = |path: &str, text: &str| project.write(path, text);
    write("web.py", "from flask import Flask\n\napp = Flask(__name__)\n");
    write("tasks.py", "from celery import Celery\n\ncelery = Celery(\"shop\")\n");
    write("requirements.txt", "flask\ngunicorn\ncelery\n");
    write(
        "app.toml",
        "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"web:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n\
         [build]\nlock = \"requirements.txt\"\n[workers.mails]\ncommand = \"celery -A tasks worker --concurrency 2\"\nheartbeat = true\n",
    );
    project.run(&["add", "heartbeat"]).code(0);
    let (text, code) = run(&project);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`heartbeat.py` does nothing: no module that `web:app` runs makes use of it"), "{text}");
    assert!(text.contains("app.toml:11:13"), "{text}");
    write(
        "tasks.py",
        "from celery import Celery\nimport heartbeat\n\ncelery = Celery(\"shop\")\nheartbeat.install()\n",
    );
    let (text, code) = run(&project);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_repository_that_init_made_up_is_told() {
    let (text, code) = check(&APP.replace("acme", "example"), REQUIREMENTS);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`ghcr.io/example/shop` is a placeholder: the image cannot be pushed there"), "{text}");
    assert!(text.contains("app.toml:6:14") && text.contains("`ghcr.io/OWNER/shop`"), "{text}");
    let (text, code) = check(&APP.replace("ghcr.io/acme/shop", "registry.example.com/acme/example"), REQUIREMENTS);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_python_that_the_project_does_not_have_is_told() {
    let app = &APP.replace("[image]", "python = \"3.14\"\n[image]");
    let pyproject = |requires: &str| {
        format!(
            "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"{requires}\"\n\
             dependencies = [\"flask\", \"gunicorn\"]\n"
        )
    };
    let (wide, narrow) = (pyproject(">=3.12"), pyproject(">=3.12,<3.14"));
    for (path, content, wanted) in [
        (".python-version", "3.14.1\n", None),
        ("pyproject.toml", wide.as_str(), None),
        (".python-version", "3.13\n", Some("the image has Python 3.14, and `.python-version:1` asks for `3.13`")),
        ("pyproject.toml", narrow.as_str(), Some("`pyproject.toml:4` asks for `>=3.12,<3.14`")),
    ] {
        let files = [("app.toml", app.as_str()), ("shop.py", MODULE), ("requirements.txt", REQUIREMENTS)];
        let (text, code) = check_files(&[&files[..], &[(path, content)]].concat());
        assert_eq!(code, i32::from(wanted.is_some()), "{text}");
        assert!(text.contains(wanted.unwrap_or("nothing found")), "{text}");
    }
    // An app.toml that names none gets the default.
    let files =
        [("app.toml", APP), ("shop.py", MODULE), ("requirements.txt", REQUIREMENTS), (".python-version", "3.12")];
    let (text, _) = check_files(&files);
    assert!(text.contains("and `.python-version:1` asks for `3.12`"), "{text}");
}

#[test]
fn an_address_that_leads_nowhere_from_a_pod_is_found() {
    for (name, value, wanted) in [
        ("DB_HOST", "localhost", Some("`DB_HOST` is `localhost`, the pod itself")),
        ("DB_HOST", "127.0.0.1:5432", Some("`DB_HOST` is `127.0.0.1`, the pod itself")),
        ("DB_HOST", "postgres", None),
        ("DB_HOST", "pg.example.org", None),
        // The stores that `init` asks for are those that a pod does not have.
        ("MAIL_HOST", "localhost", Some("`MAIL_HOST` is `localhost`, the pod itself")),
        ("SEARCH_HOST", "localhost", None),
    ] {
        let module = MODULE.replace("LOG_LEVEL", name);
        let app = APP.replace("LOG_LEVEL = \"INFO\"", &format!("{name} = \"{value}\""));
        let files = [("app.toml", app.as_str()), ("shop.py", module.as_str()), ("requirements.txt", REQUIREMENTS)];
        let (text, code) = check_files(&files);
        assert_eq!(code, i32::from(wanted.is_some()), "{value}: {text}");
        assert!(wanted.is_none_or(|wanted| text.contains(wanted) && text.contains("app.toml:12:")), "{value}: {text}");
    }
}

#[test]
fn what_code_reads_that_nothing_leads_to_is_not_asked_for() {
    let aside = ("vendored/__init__.py", "import os\nKEY = os.environ[\"VENDOR_KEY\"]\n");
    let (text, code) =
        check_files(&[("app.toml", APP), ("shop.py", MODULE), ("requirements.txt", REQUIREMENTS), aside]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn branches_inside_of_branches_are_walked_once() {
    let deep: String = (0..60).map(|depth| format!("{}if app.debug:\n", " ".repeat(depth))).collect();
    let module = format!("{MODULE}\n{deep}{}app.config['REDIS_URL'] = 'redis://localhost'\n", " ".repeat(60));
    let (text, code) = check_files(&[("app.toml", APP), ("shop.py", &module), ("requirements.txt", REQUIREMENTS)]);
    // What a branch sets is one of several.
    assert_eq!(code, 0, "{text}");
}
