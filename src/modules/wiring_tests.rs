use super::*;
use crate::app::{Options, resolve};
use crate::config::parse;
use crate::detect::fixture::with_files;
use crate::modules::connections::Connections;

/// The lines for `kind` in a project, as they are printed.
fn printed(kind: ModuleKind, framework: &str, entrypoint: &str, files: &[(&str, &str)]) -> String {
    let text = format!(
        "[app]\nname = \"shop\"\nframework = \"{framework}\"\nentrypoint = \"{entrypoint}\"\n\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\n\n[secrets.env]\nDATABASE_URL = \"shop/url\"\n"
    );
    let (config, document) = parse("app.toml".into(), text).unwrap();
    let app = resolve(&config, &document, &Options::default()).unwrap();
    let connections = Connections::of(&config, &app, 100);
    with_files(config.app.framework, files, |code| {
        let facts = Facts::gather(&config, &app, connections, code);
        edits(kind, &facts).iter().map(Edit::to_text).collect::<Vec<_>>().join("\n\n")
    })
}

const SETTINGS: &str = "\
from pathlib import Path

MIDDLEWARE = [
    \"django.middleware.security.SecurityMiddleware\",
]
DATABASES = {
    \"default\": {},
}
";
const WSGI: &str = "\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings.production\")
application = get_wsgi_application()
";

fn django(kind: ModuleKind, base: &str) -> String {
    let files = [
        ("config/__init__.py", ""),
        ("config/wsgi.py", WSGI),
        ("config/settings/base.py", base),
        ("config/settings/production.py", "from .base import *\n"),
        ("requirements.txt", "django\npsycopg[binary]\n"),
    ];
    printed(kind, "django", "config.wsgi:application", &files)
}

#[test]
fn a_middleware_goes_to_the_head_of_the_list_wherever_that_is() {
    let first = "    \"config.health.HealthMiddleware\",";
    assert_eq!(
        django(ModuleKind::Health, SETTINGS),
        format!("add to config/settings/base.py, after line 3 (`MIDDLEWARE = [`):\n{first}")
    );
    let one_line = "MIDDLEWARE = (\"a.B\", \"c.D\")\n";
    assert_eq!(
        django(ModuleKind::Health, one_line),
        "add to config/settings/base.py, after line 1 (`MIDDLEWARE = (\"a.B\", \"c.D\")`):\n\
         MIDDLEWARE = [\"config.health.HealthMiddleware\", *MIDDLEWARE]"
    );
}

#[test]
fn metrics_come_after_the_probes_which_are_not_measured() {
    let with_health = SETTINGS.replace("[\n", "[\n    \"config.health.HealthMiddleware\",\n");
    let text = django(ModuleKind::Metrics, &with_health);
    assert!(text.starts_with("add to config/settings/base.py, after line 4 (`\"config.health"), "{text}");
}

#[test]
fn lines_that_are_there_are_not_asked_for_again() {
    let done = SETTINGS.replace("[\n", "[\n    \"config.health.HealthMiddleware\",\n");
    assert_eq!(django(ModuleKind::Health, &done), "");
    let imported = SETTINGS.replace("from pathlib", "from config import db_pool, environment\nfrom pathlib");
    let text = django(ModuleKind::DbPool, &imported);
    assert!(!text.contains("import db_pool"), "{text}");
    assert!(text.contains("DATABASES[\"default\"] = db_pool.pooled(DATABASES[\"default\"])"), "{text}");
}

#[test]
fn the_pool_has_the_last_word_on_the_databases() {
    let later =
        format!("{SETTINGS}if True:\n    DATABASES[\"default\"] |= {{\"CONN_MAX_AGE\": 60}}\nelse:\n    pass\nX = 1\n");
    let text = django(ModuleKind::DbPool, &later);
    assert!(text.contains("after line 12 (`pass`):\nDATABASES["), "{text}");
}

#[test]
fn an_old_logging_configuration_is_replaced() {
    let text = django(ModuleKind::Logging, &format!("{SETTINGS}LOGGING = {{\n    \"version\": 1,\n}}\n"));
    assert!(text.contains("in config/settings/base.py, replacing lines 9 to 11:\nLOGGING = json_logs"), "{text}");
}

const FACTORY: &str = "\
from flask import Flask

from shop.extensions import db, health


def create_app(config=None):
    app = Flask(
        __name__,
    )
    app.config.from_prefixed_env()
    db.init_app(app)
    return app
";

#[test]
fn a_factory_gets_the_call_after_the_application_is_made() {
    let files = [
        ("wsgi.py", "from shop import create_app\n\napp = create_app()\n"),
        ("shop/__init__.py", FACTORY),
        ("shop/extensions.py", "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"),
    ];
    assert_eq!(
        printed(ModuleKind::Health, "flask", "wsgi:app", &files),
        "add to shop/__init__.py, after line 3 (`from shop.extensions import db, health`):\n\
         from shop import health as health_module\n\n\
         add to shop/__init__.py, after line 9 (`)`):\n    \
         health_module.init_app(app, health_module.dependencies(app))"
    );
    let pool = printed(ModuleKind::DbPool, "flask", "wsgi:app", &files);
    assert!(pool.contains("after line 10 (`app.config.from_prefixed_env()`):\n    app.config["), "{pool}");
}

#[test]
fn an_engine_is_passed_where_it_is_made() {
    let files = [
        ("app/__init__.py", ""),
        (
            "app/database.py",
            "from sqlalchemy.ext.asyncio import create_async_engine\n\nengine = create_async_engine(url, pool_size=9, echo=True)\n",
        ),
        ("app/main.py", "from fastapi import FastAPI\n\napp = FastAPI(title=\"shop\")\n"),
    ];
    let health = printed(ModuleKind::Health, "fastapi", "app.main:app", &files);
    assert!(health.contains("from app import health\nfrom app.database import engine"), "{health}");
    assert!(health.contains("app.include_router(health.create_router(health.dependencies(engine)))"), "{health}");
    let pool = printed(ModuleKind::DbPool, "fastapi", "app.main:app", &files);
    assert!(
        pool.contains(
            "replacing line 3:\nengine = create_async_engine(\n    url,\n    echo=True,\n    \
             **db_pool.engine_options(str(url)),\n)"
        ),
        "{pool}"
    );
}

#[test]
fn an_engine_that_a_function_returns_gets_the_options_too() {
    let database = "\
from sqlalchemy.ext.asyncio import create_async_engine


def create_engine(settings):
    return create_async_engine(
        settings.url, pool_size=settings.size
    )
";
    let files = [
        ("app/__init__.py", ""),
        ("app/database.py", database),
        (
            "app/main.py",
            "from fastapi import FastAPI\nfrom app.database import create_engine\n\napp = FastAPI()\n\ndef f():\n    engine = create_engine(1)\n",
        ),
    ];
    let pool = printed(ModuleKind::DbPool, "fastapi", "app.main:app", &files);
    let lines = "    return create_async_engine(\n        settings.url,\n        **db_pool.engine_options(str(settings.url)),\n    )";
    assert!(pool.contains(&format!("replacing lines 5 to 7:\n{lines}")), "{pool}");
    let health = printed(ModuleKind::Health, "fastapi", "app.main:app", &files);
    assert!(health.contains("health.dependencies())"), "no global engine to pass: {health}");
}

#[test]
fn a_place_that_is_not_found_is_said_to_be() {
    let files = [("main.py", "from library import app\n")];
    assert_eq!(
        printed(ModuleKind::Metrics, "fastapi", "main:app", &files),
        "add where the application is made (the place was not found):\n\
         import metrics\napp.add_middleware(metrics.MetricsMiddleware)"
    );
}

#[test]
fn the_heartbeat_starts_where_celery_is_made() {
    let files = [
        ("config/__init__.py", ""),
        ("config/wsgi.py", WSGI),
        ("config/settings/production.py", SETTINGS),
        ("config/celery.py", "from celery import Celery\n\napp = Celery(\"shop\")\napp.autodiscover_tasks()\n"),
    ];
    assert_eq!(
        printed(ModuleKind::Heartbeat, "django", "config.wsgi:application", &files),
        "add to config/celery.py, after line 1 (`from celery import Celery`):\nfrom config import heartbeat\n\n\
         add to config/celery.py, after line 3 (`app = Celery(\"shop\")`):\nheartbeat.install()"
    );
}
