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
        assert!(said.contains(&format!("1. fill in app.toml: [image] repository, [config] {name}\n")), "{said}");
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

#[test]
fn the_redis_of_a_queue_is_asked_for_where_nothing_is_called_its_broker() {
    let app = "import os\nfrom flask import Flask\nfrom redis import Redis\nfrom rq import Queue\napp = Flask(__name__)\n\
               jobs = Queue(connection=Redis.from_url(os.environ.get('REDIS_URI')))\n";
    let pins = "flask==3.1.2\ngunicorn==23.0.0\nredis==5.2.0\nrq==2.0.0\n";
    let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", pins)]);
    assert!(toml.lines().any(|line| line.starts_with("REDIS_URI = ")), "{toml}");
}

#[test]
fn an_object_that_is_called_like_a_library_fixes_no_address() {
    let app = "from flask import Flask\napp = Flask(__name__)\n\ndef order(ctx):\n    redis = ctx['redis']\n    redis.enqueue_job('grind')\n";
    let (_, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(!said.contains("hard-codes the address"), "{said}");
    let app = "import redis\nfrom flask import Flask\napp = Flask(__name__)\nstore = redis.Redis('store')\n";
    let (_, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(said.contains("app.py:4 hard-codes the address store"), "{said}");
}

#[test]
fn rq_reads_a_variable_of_its_own_where_its_command_names_no_redis() {
    let app = "import os\nfrom flask import Flask\nfrom redis import Redis\nfrom rq import Queue\napp = Flask(__name__)\n\
               jobs = Queue(connection=Redis(host=os.environ.get('REDIS_HOST', 'localhost')))\n";
    let pins = "flask==3.1.2\ngunicorn==23.0.0\nredis==5.2.0\nrq==2.0.0\n";
    for (command, kept, is_asked) in [
        ("rq worker high", "rq worker high", true),
        ("rq worker -u redis://keep:6379 high", "rq worker high", true),
        ("rq worker -u redis://keep.acme.dev:6379 high", "rq worker -u redis://keep.acme.dev:6379 high", false),
    ] {
        let procfile = format!("web: gunicorn app:app\nworker: {command}\n");
        let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", pins), ("Procfile", &procfile)]);
        let asked = toml.lines().any(|line| line.starts_with("RQ_REDIS_URL = ") && line.ends_with("# Procfile:2"));
        assert_eq!(asked, is_asked, "{toml}");
        assert!(toml.contains(&format!("\ncommand = \"{kept}\"\n")), "{toml}");
    }
}

#[test]
fn an_empty_host_of_a_broker_is_no_default() {
    let app = "import os\nimport dramatiq\nfrom dramatiq.brokers.rabbitmq import RabbitmqBroker\nfrom flask import Flask\n\
               app = Flask(__name__)\nHOST = os.environ.get('RABBITMQ_HOST', '')\nUSER = os.environ.get('RABBITMQ_USER', '')\n\
               VHOST = os.environ.get('RABBITMQ_VHOST', '')\ndramatiq.set_broker(RabbitmqBroker(host=HOST))\n";
    let pins = "flask==3.1.2\ngunicorn==23.0.0\ndramatiq[rabbitmq]==1.18.0\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", pins)]);
    assert!(said.contains("[config] RABBITMQ_HOST, [config] RABBITMQ_USER\n"), "{said}");
    assert!(said.contains("RABBITMQ_HOST is empty unless it is set (app.py:6), and the broker needs it"), "{said}");
    assert!(toml.contains("\n# RABBITMQ_VHOST = \"\"  # app.py:8\n"), "{toml}");
}

#[test]
fn a_value_behind_or_is_the_default_and_one_that_is_worked_out_is_left_to_the_code() {
    let app = "import os\nfrom celery import Celery\nfrom flask import Flask\napp = Flask(__name__)\n\
               redis = os.environ.get('REDIS_URL') or 'redis://localhost:6379/0'\nclass Config:\n    ELSE = 'redis://localhost/1'\n\
               \x20   limits = os.environ.get('LIMITS_STORAGE', ELSE)\n\
               jobs = Celery('jobs', broker=os.environ.get('CELERY_BROKER_URL') or redis, backend=os.getenv('CELERY_RESULT_BACKEND', redis))\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    let has = |start: &str| toml.lines().any(|line| line.starts_with(start));
    assert!(has("REDIS_URL = ") && has("# CELERY_RESULT_BACKEND = "), "{toml}");
    assert!(said.contains("set LIMITS_STORAGE, REDIS_URL (the default, app.py:8"), "{said}");
}

#[test]
fn an_engine_that_is_a_file_beside_the_host_of_a_server_is_asked_for() {
    let app = "import os\nfrom flask import Flask\nfrom sqlalchemy import create_engine\napp = Flask(__name__)\n\
               KIND = os.getenv('DB_ENGINE', 'sqlite')\nHOST = os.getenv('DB_HOST', 'localhost')\n\
               engine = create_engine(f\"{KIND}://{HOST}/mill\")\n";
    let pins = "flask==3.1.2\ngunicorn==23.0.0\nsqlalchemy==2.0.44\npymysql==1.1.2\n";
    let (_, said) = initialised(&[("app.py", app), ("requirements.txt", pins)]);
    assert!(said.contains("DB_ENGINE is a file by default (app.py:5): set it to mysql"), "{said}");
    assert!(said.contains("[config] DB_ENGINE"), "{said}");
}

#[test]
fn what_a_module_refuses_to_start_without_is_required() {
    let app = "import os\nfrom flask import Flask\n\nclass Config:\n    KEY = os.environ.get('MILL_ID')\n    OTHER = os.environ.get('GUESTS')\n\
               \x20   if not os.environ.get('TESTING'):\n        if not KEY:\n            raise ValueError('no MILL_ID')\n\
               \x20   if os.environ.get('USE_BUCKET'):\n        BUCKET = os.environ.get('BUCKET')\n        if BUCKET is None:\n            raise ValueError('no BUCKET')\n\
               app = Flask(__name__)\n";
    let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.contains("# MILL_ID = \"\"  # required, app.py:5"), "{toml}");
    assert!(!toml.contains("required, app.py:6") && !toml.contains("# BUCKET = \"\"  # required"), "{toml}");
}

#[test]
fn a_table_of_configurations_says_which_one_is_production() {
    let app = "import os\nfrom flask import Flask\n\nclass Dev: ...\nclass Prod: ...\n\n\
               CONFIGS = {'development': Dev, 'production': Prod}\napp = Flask(__name__)\n\
               app.config.from_object(CONFIGS[os.environ.get('FLASK_ENV', 'development')])\nCOMMIT = os.environ.get('COMMIT', 'development')\n";
    let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.contains("\nFLASK_ENV = \"production\"  # app.py:9") && toml.contains("\n# COMMIT = "), "{toml}");
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
fn a_database_that_a_variable_names_is_asked_about() {
    let engine = "DATABASES = {\"default\": {\n    \"ENGINE\": os.environ.get(\"STORE_ENGINE\", \"django.db.backends.sqlite3\"),\n    \
                  \"NAME\": BASE_DIR / \"mill.sqlite3\",\n}}\n";
    let (_, said) = django(engine, &[]);
    let asked = "which database? With STORE_ENGINE not set, as app.toml has it, it is SQLite (mill/settings.py:10); otherwise the one that it names";
    assert!(said.contains(asked), "{said}");
    // A driver is there: the file is what is left where the address is not set.
    let updated = format!("DATABASES = {FILE}\nDATABASES[\"default\"].update(dj_database_url.config())\n");
    let (_, said) = django(&updated, &[]);
    assert!(
        said.contains("which database? Without DATABASE_URL, as app.toml has it, it is SQLite; for postgresql"),
        "{said}"
    );
    assert!(!said.contains("no driver"), "{said}");
}

#[test]
fn what_stands_beside_the_host_of_a_database_is_asked_for_too() {
    let databases = "DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.mysql\",\n    \"NAME\": os.getenv(\"MYSQL_DATABASE\"),\n    \
                     \"USER\": os.getenv(\"MYSQL_USER\"),\n    \"PASSWORD\": os.getenv(\"MYSQL_PASSWORD\"),\n    \
                     \"HOST\": os.getenv(\"DB_HOST\", \"db\"),\n    \"PORT\": os.getenv(\"DB_PORT\"),\n}}\n";
    let (toml, said) =
        django(databases, &[("requirements.txt", "django==5.2.8\ngunicorn==23.0.0\nmysqlclient==2.2.7\n")]);
    for name in ["MYSQL_DATABASE", "MYSQL_USER"] {
        assert!(said.contains(&format!("{name} is None unless it is set")), "{said}");
    }
    assert!(toml.lines().any(|line| line.starts_with("MYSQL_PASSWORD = ")), "{toml}");
    assert!(toml.contains("\n# DB_PORT = \"\"  # mill") && toml.contains("\nDB_HOST = \"db\""), "{toml}");
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
fn the_variable_that_fills_the_allowed_hosts_gets_the_host_of_the_probes() {
    for hosts in [
        "ALLOWED_HOSTS = []\nPIER_HOST = os.environ.get(\"PIER_HOST\")\nif PIER_HOST:\n    ALLOWED_HOSTS.append(PIER_HOST)\n",
        "PIER_HOST = os.environ.get(\"PIER_HOST\")\nALLOWED_HOSTS = [PIER_HOST]\n",
        "DEBUG = os.environ.get(\"DEBUG\") == \"1\"\nALLOWED_HOSTS = [os.environ.get(\"PIER_HOST\")]\nif DEBUG:\n    ALLOWED_HOSTS = [\"*\"]\n",
    ] {
        let wsgi =
            ("mill/settings.py", format!("import os\nROOT_URLCONF = \"mill.urls\"\nINSTALLED_APPS = []\n{hosts}"));
        let (toml, said) = django("", &[(wsgi.0, &wsgi.1)]);
        assert!(said.contains("ALLOWED_HOSTS must hold the host that the probes send, through PIER_HOST"), "{said}");
        assert!(toml.contains("\nPIER_HOST = \"localhost\""), "{hosts}: {toml}");
    }
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

/// What an application with SQLAlchemy and no driver of a server is, except for its address.
fn of_sqlite(address: &str) -> Vec<(&'static str, String)> {
    let requirements = "fastapi==0.120.0\nuvicorn==0.38.0\nsqlalchemy==2.0.40\n".to_owned();
    let main = "from fastapi import FastAPI\nfrom store import engine\napp = FastAPI()\napp.state.engine = engine\n"
        .to_owned();
    let store = format!(
        "import os\nfrom pathlib import Path\nfrom sqlalchemy import create_engine\nHERE = Path(__file__).parent\nURL = {address}\nengine = create_engine(URL)\n"
    );
    vec![("requirements.txt", requirements), ("main.py", main), ("store.py", store)]
}

#[track_caller]
fn with_sqlite(address: &str, more: &[(&'static str, &str)]) -> (String, String) {
    let own = of_sqlite(address);
    let files: Vec<(&str, &str)> =
        own.iter().map(|(path, text)| (*path, text.as_str())).chain(more.iter().copied()).collect();
    initialised(&files)
}

#[test]
fn an_address_that_falls_back_to_sqlite_is_a_file_on_a_volume_where_no_driver_is_installed() {
    for (address, mount) in [
        ("os.getenv('DATABASE_URL', 'sqlite:///./barrels.db')", "/data"),
        ("os.environ.get('DATABASE_URL') or f'sqlite:///{HERE / \"cellar\" / \"barrels.db\"}'", "/app/cellar"),
        ("os.environ.get('DATABASE_URL', 'sqlite:///' + str(HERE / 'barrels.db'))", "/data"),
        ("os.getenv('DATABASE_URL', 'sqlite:////var/lib/barrels/barrels.db')", "/var/lib/barrels"),
    ] {
        let (toml, said) = with_sqlite(address, &[]);
        assert!(toml.contains(&format!("[volumes.data]\nmount = \"{mount}\"")), "{address}: {toml}");
        assert!(toml.contains("replicas = 1\n") && toml.contains("\n# DATABASE_URL = "), "{toml}");
        assert!(said.contains("no driver of a database server is among the dependencies"), "{said}");
    }
    // With a driver the address is one of a server, and without a default it has to be given.
    let driver = ("requirements.txt", "fastapi==0.120.0\nuvicorn==0.38.0\nsqlalchemy==2.0.40\nasyncpg==0.30.0\n");
    let (toml, said) = with_sqlite("os.getenv('DATABASE_URL', 'sqlite:///./barrels.db')", &[driver]);
    assert!(!toml.contains("[volumes.data]") && toml.contains("\nDATABASE_URL = "), "{toml}");
    assert!(!said.contains("no driver"), "{said}");
    let tests = ("checks.py", "import store\nURL = 'sqlite:///checks.db'\n");
    let (toml, _) = with_sqlite("os.environ['DATABASE_URL']", &[tests]);
    assert!(!toml.contains("[volumes.data]") && toml.contains("\nDATABASE_URL = "), "{toml}");
}

#[test]
fn a_sqlite_file_that_is_gone_with_the_pod_is_led_to_the_volume() {
    let requirements = "django==5.2.8\ngunicorn==23.0.0\ndjango-environ==0.11.2\n";
    let databases = "import environ\nenv = environ.Env()\nDATABASES = {\"default\": env.db(\"DATABASE_URL\", default=\"sqlite:////tmp/mill.db\")}\n";
    let (toml, said) = django(databases, &[("requirements.txt", requirements)]);
    assert!(
        toml.contains("\nDATABASE_URL = \"sqlite:////data/mill.db\"") && toml.contains("mount = \"/data\""),
        "{toml}"
    );
    assert!(
        toml.contains("run = \"init-container\"") && said.contains("/tmp/mill.db: it is on a volume"),
        "{toml}{said}"
    );
    // Where no variable says so, the pod migrates its own file, and init says that it is lost.
    let databases =
        "DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": \"/tmp/mill.db\"}}\n";
    let (toml, said) = django(databases, &[]);
    assert!(toml.contains("run = \"init-container\"") && toml.contains("replicas = 1\n"), "{toml}");
    assert!(!toml.contains("[volumes.data]") && said.contains("it is lost with the pod"), "{said}");
}

const ENV: &str = "from alembic import context\nfrom sqlalchemy import engine_from_config, pool\nconfig = context.config\n\
                   engine = engine_from_config(config.get_section(config.config_ini_section), prefix='sqlalchemy.', poolclass=pool.NullPool)\n";

#[test]
fn an_address_that_alembic_ini_fixes_is_named() {
    let replaced = format!("{ENV}import os\nconfig.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'])\n");
    let driver = (
        "requirements.txt",
        "fastapi==0.120.0\nuvicorn==0.38.0\nalembic==1.14.0\nsqlalchemy==2.0.40\nasyncpg==0.30.0\n",
    );
    for (address, env, wanted) in [
        ("postgresql+asyncpg://app:hunter2@db:5432/app", ENV, Some("to db:5432, which a pod does not have")),
        ("postgresql://app:hunter2@127.0.0.1/app", ENV, Some("to 127.0.0.1, which a pod does not have")),
        ("driver://user:hunter2@localhost/dbname", ENV, Some("to localhost, which a pod does not have")),
        ("postgresql://app:hunter2@pg.example.org/app", ENV, Some("to pg.example.org, whatever DATABASE_URL says")),
        ("sqlite:///app.db", ENV, Some("to sqlite:///app.db, a file of the pod that migrates")),
        ("postgresql://app:hunter2@db:5432/app", replaced.as_str(), None),
    ] {
        let ini = format!("[alembic]\nscript_location = %(here)s/changes\nsqlalchemy.url = {address}\n");
        let files = [driver, ("alembic.ini", ini.as_str()), ("changes/env.py", env)];
        let (_, said) = with_sqlite("os.environ['DATABASE_URL']", &files);
        match wanted {
            Some(wanted) => assert!(
                said.contains(&format!("alembic.ini:3 fixes the database of the migrations {wanted}")),
                "{said}"
            ),
            None => assert!(!said.contains("alembic.ini:3"), "{said}"),
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_address_that_is_put_together_from_others_is_not_asked_for_beside_them() {
    let settings = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    POSTGRES_SERVER: str = 'localhost'\n    \
                    POSTGRES_USER: str = 'keg'\n    POSTGRES_PASSWORD: str = 'keg'\n    SQLALCHEMY_DATABASE_URI: str | None = None\nsettings = Settings()\n";
    let requirements = "fastapi==0.120.0\nuvicorn==0.38.0\nasyncpg==0.30.0\npydantic-settings==2.6.0\n";
    let main =
        "from fastapi import FastAPI\nfrom settings import settings\napp = FastAPI()\napp.state.settings = settings\n";
    let (toml, _) = initialised(&[("requirements.txt", requirements), ("main.py", main), ("settings.py", settings)]);
    assert!(toml.contains("\n# SQLALCHEMY_DATABASE_URI = "), "{toml}");
    assert!(toml.contains("\nPOSTGRES_SERVER = ") && toml.contains("\nPOSTGRES_PASSWORD = "), "{toml}");
}

#[test]
fn a_host_without_a_default_is_asked_for_also_where_its_name_is_one_word() {
    let app = "import os\nfrom flask import Flask\napp = Flask(__name__)\nHOST = os.environ.get('DBHOST')\nUSER = os.environ.get('DBUSER')\n\
               COLOUR = os.environ.get('COLOUR')\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(said.contains("DBHOST is None unless it is set (app.py:4)") && said.contains("DBUSER is None"), "{said}");
    assert!(toml.contains("\n# DBHOST = \"\"  # required") && toml.contains("\n# COLOUR = \"\"  # app.py:6"), "{toml}");
}

#[test]
fn a_default_of_the_scheme_of_django_environ_holds_for_its_addresses_too() {
    let requirements = "django==5.2.8\ngunicorn==23.0.0\ndjango-environ==0.11.2\npsycopg==3.2.1\n";
    let settings = |scheme: &str| {
        format!(
            "import environ\nenv = environ.Env({scheme})\nDATABASES = {{\"default\": env.db()}}\nCACHES = {{\"default\": env.cache()}}\n"
        )
    };
    let given = "CACHE_URL=(str, 'locmemcache://'), DATABASE_URL=(str, 'postgres://pg.example.org/mill')";
    let (toml, _) = django(&settings(given), &[("requirements.txt", requirements)]);
    assert!(toml.contains("\n# CACHE_URL = "), "{toml}");
    let (toml, _) = django(&settings("DEBUG=(bool, False)"), &[("requirements.txt", requirements)]);
    assert!(toml.lines().any(|line| line.starts_with("CACHE_URL = ")), "{toml}");
}

#[test]
fn hosts_of_a_pydantic_list_are_written_as_json() {
    let main = "from fastapi import FastAPI\nfrom fastapi.middleware.trustedhost import TrustedHostMiddleware\nfrom settings import settings\n\
                app = FastAPI()\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.allowed_hosts)\n";
    let settings = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    allowed_hosts: list[str]\nsettings = Settings()\n";
    let requirements = "fastapi==0.120.0\nuvicorn==0.38.0\npydantic-settings==2.6.0\n";
    let (toml, _) = initialised(&[("main.py", main), ("settings.py", settings), ("requirements.txt", requirements)]);
    let line = toml.lines().find(|line| line.starts_with("ALLOWED_HOSTS = ")).unwrap_or_default();
    assert!(line.replace('\\', "").contains("[\"localhost\"]"), "{toml}");
}

#[test]
fn an_address_that_no_variable_changes_is_named() {
    let app =
        |lines: &str| format!("import os\nimport redis\nfrom flask import Flask\napp = Flask(__name__)\n{lines}\n");
    for (lines, host) in [
        ("app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://keg:hunter2@db:5432/keg'", "db:5432"),
        ("app.config.update(CELERY_BROKER_URL='redis://localhost:6379/0')", "localhost:6379"),
        ("app.config['MAIL_SERVER'] = 'mailhog'", "mailhog"),
        ("store = redis.Redis(host='127.0.0.1')", "127.0.0.1"),
        ("store = redis.Redis(decode_responses=True)", "localhost, its default"),
    ] {
        let (_, said) = initialised(&[("app.py", &app(lines)), ("requirements.txt", FLASK)]);
        assert!(said.contains(&format!("app.py:5 hard-codes the address {host}, ")), "{lines}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    for lines in [
        "app.config['CELERY_BROKER_URL'] = os.environ.get('CELERY_BROKER_URL', 'redis://localhost:6379/0')",
        "FALLBACK = 'redis://localhost'\nURL = os.environ.get('REDIS_URL', FALLBACK)",
        "class DevelopmentConfig:\n    BROKER_URL = 'redis://localhost'",
        "if app.debug:\n    store = redis.Redis(host='localhost')",
        "store = redis.Redis(host='cache.example.org')",
        "HOME_URL = 'http://localhost:8000'",
        "'redis://localhost'",
    ] {
        let (_, said) = initialised(&[("app.py", &app(lines)), ("requirements.txt", FLASK)]);
        assert!(!said.contains("hard-codes the address"), "{lines}: {said}");
    }
}

#[test]
fn a_key_of_a_service_is_not_needed_as_the_one_that_signs_sessions_is() {
    let app = "import os\nfrom flask import Flask\napp = Flask(__name__)\nA = os.environ.get('SECRET_KEY')\nB = os.environ.get('STRIPE_SECRET_KEY')\n";
    let (toml, _) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(toml.contains("\nSECRET_KEY = ") && toml.contains("\n# STRIPE_SECRET_KEY = "), "{toml}");
}

#[test]
fn celery_takes_its_own_variables_before_the_addresses_that_the_code_writes_down() {
    let lines = [
        "from celery import Celery\njobs = Celery('jobs', broker='redis://localhost:6379/0', backend='redis://localhost:6379/1')",
        "from celery import Celery\nKEEP = 'redis://localhost:6379/1'\njobs = Celery('jobs', broker='redis://keep:6379', backend=KEEP)",
        "from celery import Celery\napp.config.from_mapping(CELERY=dict(broker_url='redis://localhost', result_backend='redis://localhost'))\n\
         jobs = Celery('jobs')\njobs.config_from_object(app.config['CELERY'])",
        "from celery import Celery\napp.config['CELERY_BROKER_URL'] = 'redis://localhost'\njobs = Celery('jobs', broker=app.config['CELERY_BROKER_URL'])\n\
         jobs.conf.result_backend = 'redis://localhost'",
    ];
    for lines in lines {
        let app = format!("from flask import Flask\napp = Flask(__name__)\n{lines}\n");
        let (toml, said) = initialised(&[("app.py", &app), ("requirements.txt", FLASK)]);
        assert!(toml.lines().any(|line| line.starts_with("CELERY_BROKER_URL = ")), "{lines}: {toml}");
        assert!(toml.lines().any(|line| line.starts_with("CELERY_RESULT_BACKEND = \"redis://")), "{lines}: {toml}");
        assert!(
            !said.contains("hard-codes the address") && said.contains("set CELERY_RESULT_BACKEND, CELERY_BROKER_URL"),
            "{said}"
        );
    }
    // What another library is given stays where it is, and a service on the network is an answer.
    let app = "import redis\nfrom celery import Celery\nfrom flask import Flask\napp = Flask(__name__)\n\
               store = redis.Redis.from_url('redis://localhost:6379/3')\njobs = Celery('jobs', broker='amqp://mq.example.org')\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(
        said.contains("app.py:5 hard-codes the address localhost:6379") && !toml.contains("CELERY_"),
        "{toml}{said}"
    );
}

#[test]
fn an_address_of_a_store_is_asked_for_whatever_its_variable_is_called() {
    let app = "import os\nfrom flask import Flask\napp = Flask(__name__)\nA = os.environ.get('NEWS_QUEUE', 'redis://127.0.0.1:6379/4')\n\
               B = os.environ.get('QUEUE_NAME', 'news')\nC = os.environ.get('PG_HOST', 'pg')\nD = os.environ.get('PG_PW', 'keg')\n\
               E = os.environ.get('AMQP_HOST', 'mq')\nF = os.environ.get('AMQP_VHOST', 'news')\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", FLASK)]);
    assert!(said.contains("set AMQP_HOST, NEWS_QUEUE (the default, app.py:8"), "{said}");
    assert!(
        toml.contains("\nNEWS_QUEUE = \"redis://127.0.0.1:6379/4\"") && toml.contains("\n# QUEUE_NAME = "),
        "{toml}"
    );
    assert!(
        toml.lines().any(|line| line.starts_with("PG_PW = ")) && toml.contains("\nAMQP_VHOST = \"news\""),
        "{toml}"
    );
}

#[test]
fn what_the_settings_work_out_themselves_is_not_asked_for() {
    let settings = "from pydantic import model_validator\nfrom pydantic_settings import BaseSettings\nfrom starlette.config import Config\n\
                    config = Config('.env')\n\nclass Mysql(BaseSettings):\n    MYSQL_SERVER: str = config('MYSQL_SERVER', default='localhost')\n\n\
                    class Cache(BaseSettings):\n    REDIS_CACHE_HOST: str = config('REDIS_CACHE_HOST', default='localhost')\n\
                    \x20   REDIS_CACHE_URL: str = f'redis://{REDIS_CACHE_HOST}:6379'\n    REDIS_PAIR: str = 'localhost:6379'\n    redis_host: str\n\n\
                    \x20   @model_validator(mode='before')\n    @classmethod\n    def apart(cls, values):\n\
                    \x20       values['redis_host'] = values.get('REDIS_PAIR', 'localhost:6379').split(':')[0]\n        return values\n\n\
                    settings = Cache()\n";
    let main = "from arq import create_pool\nfrom fastapi import FastAPI\nfrom settings import settings\napp = FastAPI()\napp.state.settings = settings\n";
    let pins = "fastapi==0.120.0\nuvicorn==0.38.0\narq==0.26.3\npydantic-settings==2.6.0\n";
    let (toml, said) = initialised(&[("main.py", main), ("settings.py", settings), ("requirements.txt", pins)]);
    assert!(!toml.contains("MYSQL_SERVER") && !said.contains("MYSQL"), "{toml}{said}");
    assert!(toml.contains("\nREDIS_CACHE_HOST = ") && toml.contains("\n# REDIS_CACHE_URL = "), "{toml}");
    assert!(
        toml.contains("\n# REDIS_HOST = \"\"  # settings.py") && !said.contains("REDIS_HOST has no default"),
        "{toml}{said}"
    );
}

#[test]
fn a_file_that_an_object_is_given_by_default_lies_on_the_volume() {
    let app = "import os\nimport sqlite3\nfrom flask import Flask\napp = Flask(__name__)\nPLACE = os.getenv('LEDGER', 'ledger.db')\n\n\
               class Ledger:\n    def __init__(self, place: str = PLACE):\n        self.place = place\n        \
               with sqlite3.connect(self.place) as rows:\n            rows.execute('create table if not exists sacks (n int)')\n\n\
               ledger = Ledger()\n";
    let (toml, said) = initialised(&[("app.py", app), ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n")]);
    assert!(toml.contains("steps = [\"ln -sfn /data/ledger.db ledger.db\"]"), "{toml}");
    assert!(said.contains("the database is the SQLite file ledger.db: it is on a volume"), "{said}");
}
