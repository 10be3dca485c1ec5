//! What `pykube init` makes of the health paths of a service: which one is for liveness, which for readiness, which for
//! neither, and what it says of that.

mod harness;

use harness::project::Project;

const REQUIREMENTS: &str = "fastapi==0.120.0\nuvicorn==0.38.0\nasyncpg==0.31.0\n";

/// A service of which `main` is the module; what `init` said.
#[track_caller]
fn initialised(main: &str) -> (Project, String) {
    let project = Project::with_files(&[
        ("requirements.txt", REQUIREMENTS),
        ("main.py", main),
        (
            "store.py",
            "import asyncpg\n\n\nasync def newest():\n    return await asyncpg.connect('postgresql://store/x')\n",
        ),
    ]);
    let said = project.run(&["init"]).code(0).text();
    (project, said)
}

/// The lines of `[probes]` that are set.
fn probes(project: &Project) -> Vec<String> {
    let app = project.read("app.toml");
    let probes = app.lines().filter(|line| line.starts_with("liveness") || line.starts_with("readiness"));
    probes.map(str::to_owned).collect()
}

#[test]
fn a_pair_of_paths_is_never_swapped() {
    for (live, ready) in [
        ("/livez", "/readyz"),
        ("/live", "/ready"),
        ("/health", "/ready"),
        ("/health", "/readiness"),
        ("/healthz", "/ready"),
        ("/healthz", "/readyz"),
        ("/healthcheck", "/readyz"),
        ("/healthy", "/ready"),
        ("/api/health", "/api/ready"),
        ("/health/live", "/health/ready"),
        ("/ping", "/health"),
        ("/alive", "/ready"),
        ("/__lbheartbeat__", "/__heartbeat__"),
    ] {
        // The paths in both orders: it is not the first that counts.
        for (first, second) in [(live, ready), (ready, live)] {
            let call = |path: &str| if path == ready { "await store.newest()" } else { "pass" };
            let main = format!(
                "from fastapi import FastAPI\nimport store\napp = FastAPI()\n\n\n\
                 @app.get('{first}')\nasync def one():\n    {}\n    return {{}}\n\n\n\
                 @app.get('{second}')\nasync def two():\n    {}\n    return {{}}\n",
                call(first),
                call(second)
            );
            let (project, said) = initialised(&main);
            let wanted = [format!("liveness = \"{live}\""), format!("readiness = \"{ready}\"")];
            assert_eq!(probes(&project), wanted, "{live} {ready}\n{said}");
        }
    }
}

#[test]
fn what_asks_anything_or_may_is_never_for_liveness() {
    for (statement, why) in [
        ("await store.newest()", "calls other services: it calls `asyncpg.connect` (store.py:5)"),
        ("import vitals; vitals.measure()", "unknown: it calls `vitals.measure`, which was not followed"),
        ("await request.app.state.pool.fetch(1)", "unknown: it calls `request.app.state.pool.fetch`"),
    ] {
        for path in ["/healthz", "/livez", "/ping"] {
            let main = format!(
                "from fastapi import FastAPI, Request\nimport store\napp = FastAPI()\n\n\n\
                 @app.get('{path}')\nasync def probe(request: Request):\n    {statement}\n    return {{}}\n"
            );
            let (project, said) = initialised(&main);
            assert_eq!(probes(&project), [format!("readiness = \"{path}\"")], "{said}");
            assert!(said.contains(why) && said.contains("`pykube add health`"), "{statement}: {said}");
        }
    }
}

#[test]
fn that_a_path_asks_nothing_is_said_of_followed_code_only() {
    let main = "import time\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\nSTARTED = time.monotonic()\n\n\n\
                class Answer(BaseModel):\n    age: float\n\n\ndef age():\n    return round(time.monotonic() - STARTED, 1)\n\n\n\
                app = FastAPI()\n\n\n@app.get('/healthz')\nasync def healthz() -> Answer:\n    return Answer(age=age())\n";
    let (project, said) = initialised(main);
    assert_eq!(probes(&project), ["liveness = \"/healthz\""], "{said}");
    assert!(said.contains("readiness: /healthz calls nothing outside the process"), "{said}");
    // One call that cannot be followed takes the sentence back.
    let (_, said) = initialised(&main.replace("return round(", "import vitals; vitals.note(); return round("));
    assert!(!said.contains("asks nothing"), "{said}");
}

#[test]
fn a_path_behind_a_login_is_no_probe_and_check_says_so_of_one_that_a_person_wrote() {
    let main = "from fastapi import Depends, FastAPI, HTTPException, Header\n\n\n\
                async def known(key: str = Header(default='')):\n    if not key:\n        raise HTTPException(401)\n\n\n\
                app = FastAPI(dependencies=[Depends(known)])\n\n\n@app.get('/healthz')\nasync def healthz():\n    return {}\n";
    let (project, said) = initialised(main);
    assert_eq!(probes(&project), [""; 0], "{said}");
    assert!(said.contains("/healthz needs a login") && said.contains("main.py:9"), "{said}");
    let app = project.read("app.toml").replace("[probes]\n", "[probes]\nliveness = \"/healthz\"\n");
    project.write("app.toml", &app);
    project.run(&["render", "--quiet"]).code(0);
    let said = project.run(&["check"]).code(1).text();
    assert!(
        said.contains("`probes.liveness` requests `/healthz`, which needs a login: `known` runs first (main.py:9)"),
        "{said}"
    );
}

#[test]
fn a_store_that_hangs_at_the_application_is_asked_by_the_route_that_uses_it() {
    for store in ["request.app.redis", "request.app.state.redis"] {
        let main = format!(
            "from fastapi import FastAPI, Request\napp = FastAPI()\n@app.get('/health')\nasync def health(request: Request):\n    \
             await {store}.ping()\n    return {{}}\n"
        );
        let (project, said) = initialised(&main);
        assert_eq!(probes(&project), ["readiness = \"/health\""], "{said}");
        assert!(said.contains("/health calls other services"), "{said}");
    }
}
