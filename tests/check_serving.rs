//! `pykube check` on how the code is served: the pinned server, processes and their memory, prefixes and proxies.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

const FASTAPI: &str =
    "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get(\"/healthz\")\ndef health():\n    return {}\n";
const FLASK: &str =
    "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get(\"/healthz\")\ndef health():\n    return \"\"\n";

/// What `check` says of an application with that code, requirements and further `app.toml`.
fn check(framework: &str, code: &str, requirements: &str, more: &str) -> String {
    let app = format!(
        "[app]\nname = \"shop\"\nframework = \"{framework}\"\nentrypoint = \"main:app\"\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\n{more}\n"
    );
    let files = [("main.py", code), ("requirements.txt", requirements), ("app.toml", app.as_str())];
    Project::with_files(&files).run(&["check"]).text()
}

/// `more` is found fault with in these words, and `fine` is not.
#[track_caller]
fn differs(framework: &str, code: &str, requirements: &str, (more, fine): (&str, &str), words: &str) {
    let said = check(framework, code, requirements, more);
    assert!(said.contains(words), "{said}");
    let said = check(framework, code, requirements, fine);
    assert!(!said.contains(words), "{said}");
}

#[test]
fn a_pinned_server_is_given_no_option_that_it_does_not_know() {
    let old = "fastapi==0.100.0\nuvicorn==0.21.1\n";
    let words = "pins uvicorn 0.21.1, which does not support --timeout-graceful-shutdown";
    differs("fastapi", FASTAPI, old, ("", "[server]\nversion = \"0.21.1\""), words);
    let new = "fastapi==0.121.0\nuvicorn==0.54.0\n";
    let words = "--timeout-graceful-shutdown is left out, and the pinned uvicorn 0.54.0 supports it";
    differs("fastapi", FASTAPI, new, ("[server]\nversion = \"0.21.1\"", ""), words);
    // One process is given no jitter, so a release that lacks it is none too old.
    let said = check("fastapi", FASTAPI, "fastapi==0.115.0\nuvicorn==0.34.0\n", "");
    assert!(!said.contains("does not support"), "{said}");
}

#[test]
fn a_prefix_that_no_route_has_and_nobody_takes_away_is_told() {
    let exposed = "[expose]\nhost = \"shop.example.com\"\npath = \"/shop\"\n";
    let told = format!("{exposed}[server]\nroot-path = \"/shop\"");
    let words = "no route of the code begins with it";
    differs("flask", FLASK, "flask\ngunicorn\n", (exposed, &told), words);
    let aware = FASTAPI.replace("FastAPI()", "FastAPI(root_path=\"/shop\")");
    assert!(check("fastapi", FASTAPI, "fastapi\nuvicorn\n", exposed).contains("FastAPI(root_path=\"/shop\")"));
    assert!(!check("fastapi", &aware, "fastapi\nuvicorn\n", exposed).contains(words));
}

#[test]
fn a_server_that_reads_no_forwarded_headers_is_told_behind_a_proxy() {
    let exposed = "[expose]\nhost = \"shop.example.com\"\n[server]\nkind = \"hypercorn\"";
    let words = "hypercorn does not read X-Forwarded-*";
    differs("fastapi", FASTAPI, "fastapi\nhypercorn\n", (exposed, "[server]\nkind = \"hypercorn\""), words);
    let wrapped = format!("{FASTAPI}\napp = ProxyFixMiddleware(app, mode=\"legacy\", trusted_hops=1)\n");
    assert!(!check("fastapi", &wrapped, "fastapi\nhypercorn\n", exposed).contains(words));
}

#[test]
fn processes_fit_memory_metrics_and_database() {
    let words = "16 processes of about 62 MiB need 992 MiB, and a pod gets 512Mi";
    let small = "[server]\nworkers = 16\n[resources]\nmemory = \"512Mi\"";
    differs("flask", FLASK, "flask\ngunicorn\n", (small, "[server]\nworkers = 16"), words);

    let words = "each scrape reaches one of 4 processes";
    differs("fastapi", FASTAPI, "fastapi\nuvicorn\n", ("[server]\nworkers = 4\n[monitoring]", "[monitoring]"), words);

    let code = format!(
        "{FLASK}\nimport os\nimport psycopg\n\n\ndef rows():\n    return psycopg.connect(os.environ[\"DATABASE_URL\"])\n"
    );
    let words = "6 pods × 2 processes × 16 threads may hold 192 connections";
    let many = "[secrets.env]\nDATABASE_URL = \"shop/url\"\n[server]\nworkers = 2\nthreads = 16";
    differs("flask", &code, "flask\ngunicorn\npsycopg\n", (many, "[server]\nthreads = 2"), words);
    // What a managed server allows is not known.
    let managed = format!("{many}\n[services.db]\nexternal = \"db.example.com\"\nenv = \"\"\n");
    differs("flask", &code, "flask\ngunicorn\npsycopg\n", (many, &managed), words);
    // A pool has as many as it is given.
    let pooled = format!("{code}\n\nSIZE = os.environ.get(\"DATABASE_POOL_SIZE\", \"4\")\n");
    let small = format!("{many}\n[config]\nDATABASE_POOL_SIZE = \"4\"\n");
    differs("flask", &pooled, "flask\ngunicorn\npsycopg\n", (many, &small), words);
    let large = format!("{many}\n[config]\nDATABASE_POOL_SIZE = \"20\"\n");
    let words = "6 pods × 2 processes × 20 connections of its pool may hold 240 connections";
    differs("flask", &pooled, "flask\ngunicorn\npsycopg\n", (&large, &small), words);
}

#[test]
fn threads_of_a_kept_configuration_are_those_that_it_says() {
    let app = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"main:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n\
               [server]\nconfig = \"gunicorn.conf.py\"\nworkers = 4\n[config]\nDATABASE_URL = \"postgresql://pg.example.org/shop\"\n";
    let code = format!("import os\n{FLASK}\n\nURL = os.environ[\"DATABASE_URL\"]\n");
    for (config, words) in [
        ("workers = 4\n", None),
        ("workers = 4\nthreads = 2\n", None),
        ("workers = 4\nthreads = 8\n", Some("4 processes × 8 threads may hold 192")),
        ("import os\nworkers = 4\nthreads = int(os.environ.get(\"THREADS\", 8))\n", None),
        ("workers = 4\nthreads = 8\nworker_class = \"gevent\"\n", None),
    ] {
        let files = [("main.py", &*code), ("requirements.txt", "flask\ngunicorn\npsycopg\n"), ("app.toml", app)];
        let said = Project::with_files(&files).with("gunicorn.conf.py", config).run(&["check"]).text();
        assert_eq!(said.contains("may hold"), words.is_some(), "{config}\n{said}");
        assert!(said.contains(words.unwrap_or_default()), "{config}\n{said}");
    }
}

#[test]
fn a_kept_configuration_must_bear_the_container() {
    let app = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"main:app\"\n\
               [image]\nrepository = \"ghcr.io/acme/shop\"\n[server]\nconfig = \"gunicorn.conf.py\"\n";
    let said = |config: &str| {
        let files = [("main.py", FLASK), ("requirements.txt", "flask\ngunicorn\n"), ("app.toml", app)];
        Project::with_files(&files).with("gunicorn.conf.py", config).run(&["check"]).text()
    };
    for (line, words) in [
        ("user = \"www-data\"", "gunicorn.conf.py:1: `user` needs root"),
        ("pidfile = \"/var/run/g.pid\"", "`pidfile` writes `/var/run/g.pid`"),
        ("daemon = True", "the container ends"),
        ("workers = 4", "starts 4 processes, and CPU and memory are for 1"),
    ] {
        assert!(said(line).contains(words), "{line}\n{}", said(line));
    }
    assert!(!said("accesslog = \"-\"\npidfile = \"/tmp/g.pid\"\ntimeout = 60\n").contains("gunicorn.conf.py"));
}

#[test]
fn jobs_of_a_scheduler_in_the_web_process_are_counted() {
    let code = "from apscheduler.schedulers.asyncio import AsyncIOScheduler\nfrom fastapi import FastAPI\n\n\
        app = FastAPI()\nclock = AsyncIOScheduler()\n\n\n@app.on_event(\"startup\")\nasync def begin():\n    clock.start()\n";
    let (several, one) = ("[scaling]\nreplicas = 3\n", "[scaling]\nreplicas = 1\n");
    differs(
        "fastapi",
        code,
        "fastapi\nuvicorn\napscheduler\n",
        (several, one),
        "3 pods × 1 processes: its jobs run as often",
    );
    let by_itself = code.replace("clock.start()", "pass") + "\nif __name__ == \"__main__\":\n    clock.start()\n";
    let said = check("fastapi", &by_itself, "fastapi\nuvicorn\napscheduler\n", several);
    assert!(!said.contains("its jobs run as often"), "{said}");
}

#[test]
fn the_host_of_the_probes_is_one_that_starlette_lets_in() {
    let code = format!(
        "{FASTAPI}\nfrom starlette.middleware.trustedhost import TrustedHostMiddleware\n\n\
         app.add_middleware(TrustedHostMiddleware, allowed_hosts=[\"shop.example.com\"])\n"
    );
    let words = "TrustedHostMiddleware answers 400 to it";
    differs("fastapi", &code, "fastapi\nuvicorn\n", ("", "[probes]\nhost = \"shop.example.com\""), words);
}
