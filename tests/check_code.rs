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
            "LOG_LEVL = \"x\"\nLOG_LEVEL = ",
            REQUIREMENTS,
            "`LOG_LEVL` is provided, and no code here reads it",
        ),
        ("/healthz", "/health", REQUIREMENTS, "`probes.liveness` asks `/health`, and no route of that path was found"),
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
        (&none[..], "help: none of the 1 Python files makes an application"),
        (&[][..], "help: no Python file is in this folder"),
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
