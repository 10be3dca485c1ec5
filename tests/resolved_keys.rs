//! Keys of `app.toml` where one condition more or less would render something else, or let a fault through: one row each.

#![allow(clippy::too_many_lines, reason = "a table is as long as it is")]

mod harness;

use harness::project::render_text;

/// A good `app.toml` for the framework, with `addition` at its end.
fn app(framework: &str, addition: &str) -> String {
    let entrypoint = if framework == "django" { "config.wsgi:application" } else { "shop.main:app" };
    format!(
        "[app]\nname = \"shop\"\nframework = \"{framework}\"\nentrypoint = \"{entrypoint}\"\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n{addition}\n"
    )
}

/// Each: framework, what is added, and the message that refuses it.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "django",
        "[scaling]\nmin = 1\nmax = 3\nmetrics = [{ pods = \"a\", average = 1, of = { api-version = \"v1\", kind = \"Service\", name = \"a\" } }]",
        "is for the metric of an `object`",
    ),
    ("django", "[ci]\nrepository = \"http://example.com/a\"", "must be an `https://` or `ssh://` URL"),
    ("django", "[ci]\nrepository = \"https://example.com/a|b\"", "must be an `https://` or `ssh://` URL"),
    (
        "django",
        "[build]\nmanager = \"pip\"\nindex = { url = \"https://\", secret = \"netrc\" }",
        "must be an http or https URL",
    ),
    (
        "django",
        "[build]\nmanager = \"pip\"\nindex = { url = \"https://a b\", secret = \"netrc\" }",
        "must be an http or https URL",
    ),
    (
        "django",
        "[build]\nmanager = \"uv\"\nlock = \"pyproject.toml\"\nversion-env = \"V\"",
        "build of the project itself",
    ),
    (
        "django",
        "[build]\nmanager = \"pip\"\nlock = \"requirements.txt\"\nversion-env = \"V\"",
        "build of the project itself",
    ),
    ("django", "[app.namespace]\nname = \"shop\"\ncreate = true\nquota = {}", "must name `cpu`, `memory` or `pods`"),
    ("django", "[security]\negress = [\"db.example.com:0\"]", "must be `host:port` or `CIDR:port`"),
    ("django", "[security]\negress = [\"10.0.0.1/30:5432\"]", "10.0.0.0/30"),
    ("django", "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"{}\"", "says nothing"),
    (
        "django",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"- a\"",
        "must be one YAML map",
    ),
    ("django", "[pods]\ntolerations = [\"a=b c:NoSchedule\"]", "toleration"),
    ("django", "[pods]\ntolerations = [\"a=b:Never\"]", "toleration"),
    (
        "django",
        "[probes]\nhost = \"shop.example.org\"\n[config]\nALLOWED_HOSTS = \".example.com\"",
        "Django would answer 400 to every probe",
    ),
    ("django", "[[rbac]]\ngroup = \"a b\"\nresources = [\"things\"]\nverbs = [\"get\"]", "a b"),
    ("django", "[server]\nlog-config = \"shop.log:LOGGING\"\nconfig = \"g.py\"", "it writes none here"),
    ("django", "[server]\nlog-config = \"shop.log:LOGGING\"\ncommand = \"gunicorn a\"", "it writes none here"),
    ("fastapi", "[server]\nlog-config = \"shop.log:LOGGING\"", "it writes none here"),
    ("django", "[volumes.a]\nkind = \"secret\"\nmount = \"/a\"", "needs `secret`"),
    (
        "django",
        "[secrets]\nprovider = \"csi\"\n[secrets.csi]\nprovider = \"aws\"\nparameters = { objects = \"a\" }\n[secrets.env]\nA = \"a/b\"",
        "is made from",
    ),
    (
        "django",
        "[workers.a]\ncommand = \"work\"\nscaling = { max = 3, queue = \"redis\", address = \"cache.example.com:0\" }",
        "must be `host:port`",
    ),
    (
        "django",
        "[workers.a]\ncommand = \"work\"\nscaling = { max = 3, queue = \"rabbitmq\" }\n[secrets.env]\nOTHER = \"shop/url\"",
        "which RabbitMQ",
    ),
    ("django", "[ci]\nworkflow = \"ci/deploy.yml\"", "must be a `.yml` file"),
    ("django", "[ci]\nworkflow = \".github/workflows/deploy.txt\"", "must be a `.yml` file"),
    ("django", "[pods]\nlabels = { \"app.kubernetes.io/name\" = \"a\" }", "by which Services and policies"),
    ("django", "[pods]\ndns-options = { ndots = \"2 3\" }", "must be an option of resolv.conf"),
    ("django", "[pods]\ndns-options = { \"n dots\" = \"2\" }", "must be an option of resolv.conf"),
    ("django", "[probes]\nliveness = { path = \"/a\", period = 5, timeout = 6 }", "waits longer than its period"),
    ("django", "[volumes.a]\nkind = \"config-map\"\nmount = \"/a\"", "needs `files`"),
    ("django", "[ci]\ntags = [\"\"]", "must be a pattern of letters"),
    ("django", "[ci]\ntags = [\"/v*\"]", "must be a pattern of letters"),
    ("django", "[ci]\nbranch = \"\"", "must be a name of letters"),
    (
        "django",
        "[workers.a]\ncommand = \"work\"\nscaling = { max = 3, queue = \"redis\", queues = [\"\"], address = \"cache.example.com:6379\" }",
        "must hold names of queues",
    ),
    (
        "django",
        "[migrations]\ncommand = \"migrate\"\nrun = \"init-container\"\n[init.a]\ncommand = \"migrate\"",
        "an init container of its own",
    ),
    (
        "django",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"spec: {password: hunter2hunter2}\"",
        "what looks like a credential under `password`",
    ),
    ("django", "[resources]\nmemory = \"1Gi\"\nmemory-request = \"2Gi\"", "asks for more than"),
    ("django", "[security]\negress = [\"[2001:db8::1]:5432\", \"2001:db8::1/126:5432\"]", "2001:db8::/126"),
];

/// Each: framework, what is added, the file, and what stands in it; behind `!` what does not.
const RENDERED: &[(&str, &str, &str, &str)] = &[
    ("django", "[scaling]\nreplicas = 1\nvertical = \"auto\"", "k8s/vpa.yaml", "minReplicas: 1"),
    ("django", "[scaling]\nreplicas = 2\nvertical = \"auto\"", "k8s/vpa.yaml", "!minReplicas"),
    ("django", "[scaling]\nreplicas = 1\nvertical = \"recommend\"", "k8s/vpa.yaml", "!minReplicas"),
    (
        "django",
        "[init.a]\nimage = \"docker.io/library/busybox:1.37.0\"\ncommand = \"true\"\nenv = { MARK = \"seen\" }",
        "k8s/deployment.yaml",
        "name: MARK",
    ),
    (
        "fastapi",
        "[build]\nmanager = \"conda\"\nindex = { url = \"https://conda.example.com\", secret = \"netrc\" }",
        "Dockerfile",
        "CONDA_CHANNEL_ALIAS=https://conda.example.com",
    ),
    ("django", "[build]\nmanager = \"pipenv\"\nlock = \"Pipfile\"", "Dockerfile", "Pipfile"),
    (
        "django",
        "[security]\negress = [\"10.0.0.0/30:5432\"]",
        "k8s/default-network-policy.yaml",
        "cidr: \"10.0.0.0/30\"",
    ),
    ("django", "[pods]\nnode-selector = { \"kubernetes.io/arch\" = \"arm64\" }", "k8s/deployment.yaml", "arm64"),
    ("django", "[[rbac]]\ngroup = \"\"\nresources = [\"pods\"]\nverbs = [\"get\"]", "k8s/role.yaml", "- pods"),
    ("django", "[scaling]\nreplicas = 2", "k8s/pdb.yaml", "kind"),
    (
        "django",
        "[probes]\nhost = \"www.example.com\"\n[config]\nALLOWED_HOSTS = \".example.com\"",
        "k8s/deployment.yaml",
        "www.example.com",
    ),
    (
        "flask",
        "[server]\nroot-path = \"/shop\"\n[probes]\nliveness = \"/shop/live\"",
        "k8s/deployment.yaml",
        "!/shop/shop",
    ),
    ("fastapi", "[server]\nkind = \"hypercorn\"", "Dockerfile", "!trap"),
    ("fastapi", "[server]\nkind = \"hypercorn\"\nworkers = 2", "Dockerfile", "trap"),
    ("fastapi", "[server]\nworkers = 2\nmax-requests = 70", "Dockerfile", "\"--limit-max-requests-jitter\", \"7\""),
    (
        "fastapi",
        "[server]\nkind = \"granian\"\nkeep-alive = 7",
        "Dockerfile",
        "\"--http1-header-read-timeout\", \"7000\"",
    ),
    ("django", "[rollout]\ndrain-seconds = 0", "k8s/deployment.yaml", "!preStop"),
    ("django", "[rollout]\ndrain-seconds = 7", "k8s/deployment.yaml", "seconds: 7"),
    (
        "django",
        "[probes]\nliveness = { path = \"/a\", period = 5, timeout = 5 }",
        "k8s/deployment.yaml",
        "timeoutSeconds: 5",
    ),
    ("django", "[scaling]\nreplicas = 2\nvertical = \"auto\"", "k8s/vpa.yaml", "updateMode: InPlaceOrRecreate"),
    ("flask", "[server]\nkind = \"uwsgi\"\nworkers = 2\nmax-requests = 9", "Dockerfile", "\"--max-requests\", \"9\""),
    ("flask", "[server]\nkind = \"uwsgi\"\nmax-requests = 0", "Dockerfile", "!--max-requests"),
    (
        "flask",
        "[build]\nmanager = \"uv\"\nlock = \"pyproject.toml\"",
        ".github/workflows/deploy.yml",
        "!uv run --locked",
    ),
    (
        "flask",
        "[build]\nmanager = \"pipenv\"\nlock = \"Pipfile\"",
        ".github/workflows/deploy.yml",
        "install --skip-lock",
    ),
    ("flask", "[build]\nmanager = \"pipenv\"", ".github/workflows/deploy.yml", "!--skip-lock"),
    ("django", "[resources]\nmemory = \"1Gi\"\nmemory-request = \"1Gi\"", "k8s/deployment.yaml", "memory: 1Gi"),
    ("django", "[security]\negress = [\"2001:db8::/126:5432\"]", "k8s/default-network-policy.yaml", "2001:db8::/126"),
];

#[test]
fn a_fault_of_one_key_is_refused() {
    let wrong = REFUSED.iter().filter_map(|(framework, addition, message)| {
        let found =
            render_text(&app(framework, addition)).map_or_else(|faults| faults.render(false), |_| "fine".into());
        (!found.contains(message)).then(|| format!("{addition}\nwanted: {message}\n{found}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_key_says_what_is_rendered() {
    let wrong = RENDERED.iter().filter_map(|(framework, addition, file, wanted)| {
        let files = match render_text(&app(framework, addition)) {
            Ok(files) => files,
            Err(faults) => return Some(format!("{addition}\n{}", faults.render(false))),
        };
        let Some(text) = files.get(file) else { return Some(format!("{addition}\nno {file}")) };
        let fits = wanted.strip_prefix('!').map_or_else(|| text.contains(wanted), |unwanted| !text.contains(unwanted));
        (!fits).then(|| format!("{addition}\nwanted: {wanted}\n{text}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
