//! What `pykube init` and `pykube check` make of code that a variable switches: branches, debugging, the engine of a database.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

const FLASK: &str = "flask==3.1.2\ngunicorn==23.0.0\n";

fn flask(lines: &str) -> Project {
    let main = format!("import os\nfrom flask import Flask\n{lines}\napp = Flask(__name__)\n");
    let project = Project::with_files(&[("main.py", &main), ("requirements.txt", FLASK)]);
    project.with(".git/config", "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n")
}

/// Whether `init` asks for `name` as the code is.
fn is_required(project: &Project, name: &str) -> bool {
    project.run(&["init", "--force"]).code(0);
    let toml = project.read("app.toml");
    let line = toml.lines().find(|line| line.contains(&format!("{name} = ")));
    line.unwrap_or_else(|| panic!("no {name}:\n{toml}")).contains("# required, ")
}

#[test]
fn what_is_read_in_a_branch_that_is_off_by_default_is_optional() {
    let environs =
        "from environs import Env\nenv = Env()\nUSE_S3 = env.bool('USE_S3', False)\nKEEP = env.str('KEEP', 'disk')\n";
    for (branch, is_open) in [
        ("if USE_S3:\n    A = env('BUCKET')", false),
        ("if env.bool('USE_S3', default=False):\n    A = env('BUCKET')", false),
        ("if not USE_S3:\n    pass\nelse:\n    A = env('BUCKET')", false),
        ("if KEEP == 's3':\n    A = env('BUCKET')", false),
        ("if KEEP in ('s3', 'minio'):\n    A = os.environ['BUCKET']", false),
        ("if USE_S3 and KEEP:\n    A = env('BUCKET')", false),
        ("A = env('BUCKET') if USE_S3 else None", false),
        ("if USE_S3:\n    pass\nelif env.bool('USE_R2', False):\n    A = env('BUCKET')", false),
        ("if not USE_S3:\n    A = env('BUCKET')", true),
        ("if KEEP == 'disk':\n    A = env('BUCKET')", true),
        ("if KEEP:\n    A = env('BUCKET')", true),
        ("A = None if USE_S3 else env('BUCKET')", true),
        ("if os.environ.get('ENVIRONMENT') == 'production':\n    A = env('BUCKET')", true),
        ("if USE_S3:\n    A = env('BUCKET')\nB = env('BUCKET')", true),
    ] {
        assert_eq!(is_required(&flask(&format!("{environs}{branch}")), "BUCKET"), is_open, "{branch}");
    }
}

#[test]
fn a_default_stands_where_the_library_has_it_and_none_is_one() {
    for (import, read, is_open) in [
        ("from environs import Env\nenv = Env()", "env('BUCKET', None)", false),
        ("from environs import Env\nenv = Env()", "env.str('BUCKET', None)", false),
        ("import environ\nenv = environ.Env()", "env('BUCKET', default=None)", false),
        ("import environ\nenv = environ.Env()", "env('BUCKET', str, None)", false),
        ("import environ\nenv = environ.Env()", "env.str('BUCKET', None)", false),
        ("import environ\nenv = environ.Env()", "env('BUCKET', str)", true),
        ("import environ\nenv = environ.Env()", "env.list('BUCKET', int)", true),
        ("from decouple import config", "config('BUCKET', default=None)", false),
        ("from decouple import config", "config('BUCKET', None)", false),
        ("from decouple import config", "config('BUCKET', cast=str)", true),
        ("from starlette.config import Config\nconfig = Config()", "config('BUCKET', str, None)", false),
        ("from starlette.config import Config\nconfig = Config()", "config('BUCKET', str)", true),
    ] {
        assert_eq!(is_required(&flask(&format!("{import}\nA = {read}")), "BUCKET"), is_open, "{read}");
    }
}

/// Ways to read the variable, the value that `init` writes, one with which debugging is on, and whether it is without any.
const DEBUG: [(&str, &str, &str, bool); 12] = [
    ("os.environ.get('APP_DEBUG', '') != 'False'", "False", "false", true),
    ("os.environ.get('APP_DEBUG', 'False') == 'True'", "false", "True", false),
    ("os.environ.get('APP_DEBUG', 'true').lower() in ('1', 'true')", "false", "TRUE", true),
    ("int(os.environ.get('APP_DEBUG', 0))", "0", "1", false),
    ("bool(int(os.environ.get('APP_DEBUG', default=1)))", "0", "1", true),
    ("bool(os.environ.get('APP_DEBUG', False))", "", "False", false),
    ("os.environ.get('APP_DEBUG', False)", "", "false", false),
    ("not os.environ.get('APP_PRODUCTION')", "true", "", true),
    ("json.loads(os.environ.get('APP_DEBUG', 'false'))", "false", "true", false),
    ("config('APP_DEBUG', default=False, cast=bool)", "false", "yes", false),
    ("config('APP_DEBUG', default=True, cast=bool)", "False", "on", true),
    ("'APP_DEBUG' in os.environ and os.environ['APP_DEBUG'] == '1'", "false", "1", false),
];

#[test]
fn debugging_is_switched_off_by_the_value_that_the_code_takes_for_off() {
    for (read, off, on, is_on_unset) in DEBUG {
        let name = if read.contains("APP_PRODUCTION") { "APP_PRODUCTION" } else { "APP_DEBUG" };
        let project = flask(&format!("import json\nfrom decouple import config\nDEBUG = {read}"));
        project.run(&["init", "--quiet"]).code(0);
        let written = format!("\n{name} = \"{off}\"");
        assert!(project.read("app.toml").contains(&written), "{read}\n{}", project.read("app.toml"));
        let said = project.run(&["check"]).text();
        assert!(!said.contains("`DEBUG` is on"), "{read}\n{said}");
        project.replace("app.toml", &written, &format!("\n{name} = \"{on}\""));
        let said = project.run(&["check"]).text();
        let cure = said.lines().find_map(|line| line.split_once(&format!("help: {name} = \"")));
        let cure = cure.map_or("nothing", |(_, value)| value.trim_end_matches('"'));
        assert!(said.contains("`DEBUG` is on: ") && cure.eq_ignore_ascii_case(off), "{read}\n{said}");
        project.replace("app.toml", &format!("\n{name} = \"{on}\""), "\nOTHER = \"1\"");
        let said = project.run(&["check"]).text();
        let sentence = format!("main.py:5: `DEBUG` is on as long as `{name}` is not provided");
        assert_eq!(said.contains(&sentence), is_on_unset, "{read}\n{said}");
    }
}

#[test]
fn an_image_that_switches_debugging_on_is_not_followed() {
    for (read, stated, written) in [
        ("os.environ.get('APP_DEBUG', '') != 'False'", "True", "\nAPP_DEBUG = \"False\""),
        ("os.environ.get('APP_DEBUG') == '1'", "0", "\nAPP_DEBUG = \"0\""),
    ] {
        let dockerfile = format!(
            "FROM python:3.13\nENV APP_DEBUG={stated} DJANGO_DEBUG=1\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"gunicorn\", \"main:app\"]\n"
        );
        let project = flask(&format!("DEBUG = {read}")).with("Dockerfile", &dockerfile);
        let said = project.run(&["init"]).code(0).text();
        let toml = project.read("app.toml");
        assert!(toml.contains(written) && !toml.contains("DJANGO_DEBUG"), "{toml}");
        assert_eq!(said.contains("it switches debugging on"), stated == "True", "{said}");
        assert!(said.contains("DJANGO_DEBUG") && said.contains("no code here reads it"), "{said}");
        let said = project.run(&["check"]).text();
        assert!(!said.contains("DEBUG"), "{said}");
    }
}

#[test]
fn an_engine_that_a_variable_names_is_asked_about_once() {
    let settings = |engine: &str| {
        format!(
            "import os\nROOT_URLCONF = 'shop.urls'\nDATABASES = {{'default': {{\n    'ENGINE': {engine},\n    'NAME': os.environ.get('SQL_DATABASE', 'shop.db'),\n    \
             'USER': os.environ.get('SQL_USER', 'user'),\n    'PASSWORD': os.environ.get('SQL_PASSWORD', 'word'),\n    'HOST': os.environ.get('SQL_HOST', 'localhost'),\n}}}}\n"
        )
    };
    let initialised = |engine: &str| {
        let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\
                    application = get_wsgi_application()\n";
        let files = [
            ("shop/__init__.py", ""),
            ("shop/wsgi.py", wsgi),
            ("shop/settings.py", &settings(engine)),
            ("requirements.txt", "django==5.2.8\ngunicorn==23.0.0\npsycopg==3.2.1\n"),
            (".git/config", "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n"),
        ];
        let project = Project::with_files(&files);
        let said = project.run(&["init"]).code(0).text();
        (project.read("app.toml"), said, project.run(&["check"]).text())
    };
    let (toml, said, checked) = initialised("os.environ.get('SQL_ENGINE', 'django.db.backends.sqlite3')");
    let sentence = "which database? With SQL_ENGINE not set, as app.toml has it, it is SQLite (shop/settings.py:4); otherwise the one at shop/settings.py:8";
    assert!(said.contains(sentence) && !said.contains("the database of the cluster"), "{said}");
    for name in ["SQL_ENGINE", "SQL_HOST", "SQL_DATABASE", "SQL_PASSWORD"] {
        assert!(toml.contains(&format!("\n# {name} = ")), "{toml}");
    }
    assert!(toml.contains("[volumes.data]") && checked.contains("nothing found"), "{toml}{checked}");
    let (toml, said, _) = initialised("os.environ.get('SQL_ENGINE', 'django.db.backends.postgresql')");
    assert!(said.contains("the database of the cluster: set SQL_HOST") && !said.contains("which database?"), "{said}");
    assert!(toml.contains("\nSQL_HOST = ") && !toml.contains("[volumes.data]"), "{toml}");
}

#[test]
fn processes_of_the_projects_own_command_share_the_threads_of_a_pod() {
    for (line, threads, words) in [
        ("gunicorn main:app --workers 4", Some("threads = 2"), ""),
        ("gunicorn main:app --workers 4 --threads 1", Some("threads = 1"), ""),
        ("gunicorn main:app --workers 4 --threads 8", Some("threads = 8"), "4 processes × 8 threads may hold 192"),
        ("gunicorn main:app --workers 20", Some("threads = 1"), "20 processes × 1 threads may hold 120"),
        ("gunicorn main:app", None, ""),
        ("gunicorn main:app --workers 4 --worker-class gevent", None, ""),
    ] {
        let project = flask("URL = os.environ['DATABASE_URL']").with("Procfile", &format!("web: {line}\n"));
        project.write("requirements.txt", &format!("{FLASK}psycopg==3.2.1\ngevent==24.2.1\n"));
        project.run(&["init", "--quiet"]).code(0);
        let toml = project.read("app.toml");
        let written = toml.lines().find(|line| line.starts_with("threads = "));
        assert_eq!(written, threads, "{line}\n{toml}");
        let said = project.run(&["check"]).text();
        assert_eq!(said.contains("may hold"), !words.is_empty(), "{line}\n{said}");
        assert!(said.contains(words), "{line}\n{said}");
    }
}

#[test]
fn fields_of_a_class_that_a_metaclass_hands_to_django_environ_are_variables() {
    let base = "import environ\nclass Meta(type):\n    def __new__(mcs, name, bases, attrs):\n        \
                fields = {k: v for k, v in attrs.items() if k.isupper()}\n        env = environ.Env(**fields)\n        \
                attrs.update({k: env(k) for k in fields})\n        return type.__new__(mcs, name, bases, attrs)\n\
                class Fields(metaclass=Meta):\n    pass\n";
    let settings = "import os\nfrom .fields import Fields\nclass Env(Fields):\n    DEBUG = (bool, True)\n    \
                    CACHE_URL = (str, 'redis://127.0.0.1:6379/1')\n    DB_URL = (str, '')\n    DB_NAME = (str, 'till')\n\
                    DEBUG = Env.DEBUG\nSECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'till.urls'\nINSTALLED_APPS = []\n\
                    DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/var/lib/till/db.sqlite3'}}\n\
                    if Env.DB_URL:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': Env.DB_NAME}}\n\
                    CACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache', 'LOCATION': Env.CACHE_URL}}\n";
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'till.settings')\n\
                  from django.core.management import execute_from_command_line\n";
    let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'till.settings')\napplication = get_wsgi_application()\n";
    let project = Project::with_files(&[
        ("manage.py", manage),
        ("till/__init__.py", ""),
        ("till/fields.py", base),
        ("till/settings.py", settings),
        ("till/wsgi.py", wsgi),
        (
            "requirements.txt",
            "django==5.2.8\ngunicorn==23.0.0\nmysqlclient==2.2.7\ndjango-environ==0.12.0\nredis==6.4.0\n",
        ),
    ]);
    let said = project.run(&["init"]).code(0).text();
    let toml = project.read("app.toml");
    let has = |start: &str| toml.lines().any(|line| line.starts_with(start));
    assert!(has("DEBUG = \"") && has("CACHE_URL = ") && has("# DB_NAME = \"till\""), "{toml}");
    assert!(
        said.contains("set CACHE_URL (the default, till/settings.py:5") && !said.contains("hard-codes the address"),
        "{said}"
    );
    // A class of the same form that nothing hands on holds pairs of its own.
    let own = project.read("till/fields.py").replace("environ.Env(**fields)", "dict(**fields)");
    let project = project.with("till/fields.py", &own);
    project.run(&["init", "--force"]).code(0);
    assert!(!project.read("app.toml").contains("CACHE_URL"));
}

#[test]
fn settings_that_are_put_together_from_files_are_those_files() {
    let settings = "import os\nfrom split_settings.tools import include, optional\nSTAGE = os.getenv('TILL_STAGE', 'prod')\n\
                    include('parts/base/*.py', optional(f'parts/{STAGE}/*.py'))\n";
    let base = "import os\nSECRET_KEY = os.environ['TILL_KEY']\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'urls'\n\
                INSTALLED_APPS = ['django_recaptcha']\nSTATIC_ROOT = '/srv/static'\n";
    let (prod, dev) = (
        "import os\nSCORE = float(os.getenv('TILL_SCORE'))\nRECAPTCHA_PRIVATE_KEY = os.getenv('TILL_ROBOTS')\n",
        "import os\nLIMIT = float(os.getenv('TILL_LIMIT'))\n",
    );
    let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\napplication = get_wsgi_application()\n";
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n\
                  from django.core.management import execute_from_command_line\n";
    let mut project = Project::with_files(&[
        ("manage.py", manage),
        ("settings.py", settings),
        ("wsgi.py", wsgi),
        ("parts/base/core.py", base),
        ("parts/prod/core.py", prod),
        ("parts/dev/core.py", dev),
        ("requirements.txt", "django==5.2.8\ngunicorn==23.0.0\ndjango-split-settings==1.3.2\n"),
    ]);
    // More modules than are looked at where nothing says which are settings.
    for number in 0..70 {
        project = project.with(&format!("apps/a{number}.py"), "");
    }
    project.run(&["init"]).code(0);
    let toml = project.read("app.toml");
    let build = toml.split("[build.env]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
    assert!(build.contains("TILL_KEY = ") && build.contains("TILL_SCORE = \"1\""), "{toml}");
    assert!(build.contains("TILL_ROBOTS = ") && !build.contains("TILL_LIMIT"), "{toml}");
    for name in ["TILL_SCORE", "TILL_ROBOTS"] {
        let is_asked = |line: &str| line.contains(&format!("{name} = ")) && line.contains("# required, ");
        assert!(toml.lines().any(is_asked), "{name}: {toml}");
    }
}
