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
    ("django", "[security]\negress = [\"10.0.0.2/30:5432\"]", "10.0.0.0/30"),
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
    ("django", "[security]\negress = [\"2001:db8::2/126:5432\"]", "2001:db8::/126"),
    ("django", "[expose]\nhost = \"a.example.com\"\nclass = \"a/b\"", "a/b"),
    ("django", "[build]\nmanager = \"pip\"\nmember = \"a\"", "member"),
    (
        "django",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"spec: {template: {spec: {containers: [{name: web, env: [{name: API_KEY, value: hunter2hunter2}]}]}}}\"",
        "`API_KEY`",
    ),
    (
        "django",
        "platforms = [\"linux/arm64\"]\n[pods]\nnode-selector = { \"kubernetes.io/arch\" = \"amd64\" }",
        "the image is not built for",
    ),
    ("django", "[[rbac]]\nresources = [\"secrets\"]\nverbs = [\"get\"]\nreason = \" \"", "reads every password"),
    ("fastapi", "[server]\nkind = \"uwsgi\"", "uWSGI speaks WSGI only"),
    ("django", "[[rbac]]\nresources = [\"configmaps\"]\nverbs = [\"create\"]\nnames = [\"a\"]", "`create`"),
    (
        "fastapi",
        "[server]\nroot-path = \"/shop\"\n[expose]\nhost = \"a.example.com\"\npath = \"/shop\"",
        "means nothing to uvicorn",
    ),
    (
        "fastapi",
        "[server]\nroot-path = \"/shop\"\n[expose]\nhost = \"a.example.com\"\nkind = \"gateway\"\nclass = \"a/b\"\npath = \"/other\"",
        "means nothing to uvicorn",
    ),
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
    (
        "django",
        "[expose]\nhost = \"a.example.com\"\nannotations = { \"kubernetes.io/ingress.class\" = \"nginx\" }",
        "k8s/ingress.yaml",
        "kubernetes.io/ingress.class: nginx",
    ),
    ("django", "[build]\nmanager = \"uv\"\nmember = \"a\"", "Dockerfile", "--package"),
    (
        "django",
        "[build]\nmanager = \"uv\"\nindex = { url = \"https://a.example.com\", secret = \"netrc\" }",
        "Dockerfile",
        "UV_DEFAULT_INDEX=https://a.example.com",
    ),
    (
        "django",
        "[build]\nmanager = \"uv\"\nlock = \"pyproject.toml\"\npackages = [\"attrs==25.3.0\"]",
        "Dockerfile",
        "uv pip install attrs==25.3.0",
    ),
    (
        "django",
        "[build]\nmanager = \"conda\"\npackages = [\"attrs==25.3.0\"]",
        "Dockerfile",
        "-m pip install --no-cache-dir attrs==25.3.0",
    ),
    ("django", "[build]\nmanager = \"pip\"\nlock = \"pyproject.toml\"\nversion-env = \"V\"", "Dockerfile", "V=1.4.2"),
    (
        "django",
        "[app.namespace]\nname = \"shop\"\ncreate = true\nquota = { cpu = \"2\" }",
        "k8s/resource-quota.yaml",
        "requests.cpu",
    ),
    (
        "django",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"spec: {template: {spec: {volumes: [{name: s, secret: {secretName: shop-password-a1}}]}}}\"",
        "k8s/deployment.yaml",
        "shop-password-a1",
    ),
    (
        "django",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"spec: {template: {spec: {containers: [{name: web, env: [{name: API_KEY, valueFrom: {secretKeyRef: {name: a, key: password}}}]}]}}}\"",
        "k8s/deployment.yaml",
        "key: password",
    ),
    ("django", "platforms = [\"linux/arm64\"]", "k8s/deployment.yaml", "kubernetes.io/arch: arm64"),
    ("django", "platforms = [\"linux/amd64\", \"linux/arm64\"]", "k8s/deployment.yaml", "!kubernetes.io/arch"),
    (
        "django",
        "platforms = [\"linux/amd64\", \"linux/arm64\"]\n[pods]\nnode-selector = { \"kubernetes.io/arch\" = \"arm64\" }",
        "k8s/deployment.yaml",
        "kubernetes.io/arch: arm64",
    ),
    ("django", "[config]\nALLOWED_HOSTS = \"shop.example.com\"", "k8s/deployment.yaml", "- shop.example.com"),
    (
        "django",
        "[[rbac]]\ngroup = \"example.com\"\nresources = [\"secrets\"]\nverbs = [\"get\"]",
        "k8s/role.yaml",
        "example.com",
    ),
    (
        "django",
        "[[rbac]]\nresources = [\"secrets\"]\nverbs = [\"get\"]\nreason = \"it rotates them\"",
        "k8s/role.yaml",
        "it rotates them",
    ),
    ("django", "[scaling]\nmin = 2\nmax = 2", "k8s/deployment.yaml", "replicas: 2"),
    (
        "django",
        "[workers.a]\ncommand = \"work\"\nscaling = { min = 2, max = 2 }",
        "k8s/worker-a-deployment.yaml",
        "replicas: 2",
    ),
    (
        "django",
        "[sidecars.a]\nimage = \"docker.io/library/busybox:1.37.0\"\ncommand = \"sleep 77\"",
        "k8s/deployment.yaml",
        "77",
    ),
    (
        "django",
        "[init.a]\nimage = \"docker.io/library/busybox:1.37.0\"\ncommand = \"true\"\nuser = 12345",
        "k8s/deployment.yaml",
        "runAsUser: 12345",
    ),
    (
        "django",
        "[volumes.a]\nmount = \"/a\"\nsize = \"1Gi\"\non = [\"worker-a\"]\n[workers.a]\ncommand = \"work\"",
        "k8s/worker-a-deployment.yaml",
        "mountPath: /a",
    ),
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

/// An `app.toml` with so many of what is limited.
type AppOf<'a> = &'a dyn Fn(usize) -> String;

#[test]
fn a_limit_holds_to_its_last_character() {
    let branch = |length: usize| app("django", &format!("[ci]\nbranch = \"{}\"", "a".repeat(length)));
    let named = |length: usize| app("django", "").replace("\"shop\"", &format!("\"{}\"", "a".repeat(length)));
    let hosts = |count: usize| {
        let hosts: Vec<String> = (1..count).map(|number| format!("\"a{number}.example.com\"")).collect();
        app(
            "django",
            &format!(
                "[expose]\nkind = \"gateway\"\nclass = \"a/b\"\nhost = \"example.com\"\naliases = [{}]",
                hosts.join(", ")
            ),
        )
    };
    let queue = |length: usize| {
        let scaling = "max = 3, queue = \"redis\", address = \"cache.example.com:6379\"";
        let queue = "a".repeat(length);
        app("django", &format!("[workers.a]\ncommand = \"work\"\nscaling = {{ {scaling}, queues = [\"{queue}\"] }}"))
    };
    let limits: [(&str, AppOf<'_>, usize); 4] =
        [("branch", &branch, 200), ("name", &named, 40), ("hosts", &hosts, 16), ("queue", &queue, 200)];
    for (what, app, most) in limits {
        assert!(render_text(&app(most)).is_ok(), "{what} of {most}");
        assert!(render_text(&app(most + 1)).is_err(), "{what} of {}", most + 1);
        assert!(render_text(&app(most + 5)).is_err(), "{what} of {}", most + 5);
    }
}
