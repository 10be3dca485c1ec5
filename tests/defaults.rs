//! The documented default of every key is what is rendered without it, those that are added later included.

use base64::Engine as _;
use pykube::app::{Options, resolve};
use pykube::config::{json_schema, parse};
use pykube::diagnostic::Diagnostics;
use pykube::file_set::FileSet;
use serde_json::Value as Schema;
use toml::{Table, Value};

const GOOD: &str = "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
                    [image]\nrepository = \"ghcr.io/acme/shop\"\n";

/// What must be written beside the keys of a table for them to have a meaning. The first entry that is the key, or the
/// beginning of it, counts; `NAME` is the first name of the table.
const BESIDE: &[(&str, &str)] = &[
    ("app.namespace.create", "[app.namespace]\nname = \"web\""),
    (
        "app.namespace",
        "[app.namespace]\ncreate = true\nquota = { pods = 9 }\nlimits = { cpu = \"1\", memory = \"1Gi\" }",
    ),
    ("cron", "[cron.a]\nschedule = \"0 3 * * *\"\ncommand = \"true\""),
    ("expose", "[expose]\nhost = \"shop.example.com\""),
    ("init", "[init.a]\ncommand = \"true\""),
    ("jobs", "[jobs.a]\ncommand = \"true\""),
    ("migrations", "[migrations]\ncommand = \"python manage.py migrate\""),
    ("monitoring.interval", "[monitoring]\nscrape = \"pod-monitor\""),
    ("monitoring", "[monitoring]"),
    (
        "resilience.calls.NAME.pending",
        "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\"\nprotocol = \"http\"",
    ),
    ("resilience", "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\""),
    ("secrets.refresh", "[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\nenv = { KEY = \"a/b\" }"),
    ("secrets.sealed-scope", SEALED),
    ("secrets.store", "[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\nenv = { KEY = \"a/b\" }"),
    ("secrets", "[secrets]\nenv = { KEY = \"a/b\" }"),
    ("services.NAME.direct", "[services.db]\nexternal = \"db.example.com\""),
    ("services", "[services.redis]\nkind = \"redis\""),
    (
        "sidecars",
        "[sidecars.a]\nimage = \"docker.io/library/busybox:1.37.0\"\nports = { metrics = 9100 }\nhealth = { path = \"/\", port = \"metrics\" }",
    ),
    ("stateful", "[stateful.volumes.data]\nmount = \"/data\"\nsize = \"1Gi\""),
    (
        "volumes.NAME.access",
        "[scaling]\nreplicas = 1\n[rollout]\nstrategy = \"recreate\"\n[volumes.a]\nmount = \"/a\"\nsize = \"1Gi\"",
    ),
    ("volumes.NAME.memory", "[volumes.a]\nmount = \"/a\"\nkind = \"empty-dir\""),
    ("volumes", "[volumes.a]\nmount = \"/a\"\nsize = \"1Gi\"\naccess = \"ReadWriteMany\""),
    ("workers.NAME.scaling.min", "[workers.a]\ncommand = \"work\"\nscaling = { max = 3 }"),
    ("workers.NAME.scaling.scale-down-seconds", "[workers.a]\ncommand = \"work\"\nscaling = { max = 3 }"),
    ("workers.NAME.scaling.length", QUEUE),
    ("workers.NAME.scaling.database", QUEUE),
    ("workers.NAME.scaling.tls", QUEUE),
    ("workers.NAME.scaling.keda-namespace", QUEUE),
    ("workers", "[workers.a]\ncommand = \"work\""),
];

const QUEUE: &str = "[services.redis]\nkind = \"redis\"\n[workers.a]\ncommand = \"celery -A a worker -c 1\"\nscaling = { max = 3, queue = \"redis\" }";

/// Beside it the form of what `kubeseal` writes, which [`base`] puts in.
const SEALED: &str = "[secrets]
provider = \"sealed-secrets\"
env = { KEY = \"a/b\" }
sealed = { a = { b = \"ENCRYPTED\" } }";

/// Keys of a table that is printed wherever it is used, with the defaults of its usual place.
const ELSEWHERE: [&str; 1] = ["services.NAME.resources."];

/// A key that holds one value, by its path: `NAME` stands for a name of the user's, `0` for the first of a list.
struct Key {
    path: String,
    default: Option<Schema>,
}

fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    walk(json_schema(), "", &mut keys);
    assert!(keys.len() > 150, "the walk found {} keys only", keys.len());
    keys
}

fn options(schema: &'static Schema) -> Vec<&'static Schema> {
    let reference = schema["$ref"].as_str().and_then(|reference| json_schema().pointer(&reference[1..]));
    let schema = reference.unwrap_or(schema);
    match schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        Some(all) => all.iter().flat_map(options).collect(),
        None => vec![schema],
    }
}

fn walk(schema: &'static Schema, path: &str, keys: &mut Vec<Key>) {
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let options = options(property);
        let default = Some(property["default"].clone())
            .filter(|value| value.is_string() || value.is_number() || value.is_boolean());
        keys.push(Key { path: below(name), default });
        for option in options {
            walk(option, &below(name), keys);
            for item in option.get("items").into_iter().flat_map(self::options) {
                walk(item, &below(&format!("{name}.0")), keys);
            }
        }
    }
    for named in schema.get("additionalProperties").filter(|rest| rest.is_object()).into_iter().flat_map(options) {
        walk(named, &below("NAME"), keys);
    }
}

/// An `app.toml` in which the key at `path` means something.
fn base(path: &str) -> Table {
    beside_good(BESIDE.iter().find(|(key, _)| path.starts_with(key)).map_or("", |(_, text)| text))
}

/// `GOOD` with the keys of `beside` in it.
fn beside_good(beside: &str) -> Table {
    // The length of an encrypted session key, the key, and a text with its tag.
    let encrypted = base64::engine::general_purpose::STANDARD.encode([&[2, 0][..], &[7; 512], &[9; 24]].concat());
    let beside = beside.replace("ENCRYPTED", &encrypted);
    let mut base: Table = GOOD.parse().expect("TOML");
    for (name, section) in beside.parse::<Table>().unwrap_or_else(|error| panic!("{beside}: {error}")) {
        match (base.get_mut(&name), section) {
            (Some(Value::Table(known)), Value::Table(more)) => known.extend(more),
            (_, section) => drop(base.insert(name, section)),
        }
    }
    base
}

/// `table` with `value` at `path`; none when the table has no such place.
fn with(mut table: Table, path: &str, value: Value) -> Option<Table> {
    let mut parts: Vec<&str> = path.split('.').collect();
    let last = parts.pop().expect("a path has parts");
    let mut at = &mut table;
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        let name = if part == "NAME" { at.keys().next()?.clone() } else { part.to_owned() };
        let mut next = at.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if parts.next_if_eq(&"0").is_some() {
            next = next.as_array_mut()?.first_mut()?;
        }
        at = next.as_table_mut()?;
    }
    at.insert(last.to_owned(), value);
    Some(table)
}

/// Whether the key at `path` is written in `table`.
fn has(table: &Table, path: &str) -> bool {
    let mut parts = path.split('.');
    let first = parts.next().and_then(|part| table.get(part));
    parts
        .fold(first, |at, part| match (at?, part) {
            (Value::Table(table), "NAME") => table.values().next(),
            (Value::Array(all), "0") => all.first(),
            (value, part) => value.get(part),
        })
        .is_some()
}

fn render(table: &Table) -> Result<FileSet, String> {
    let shown = |faults: Diagnostics| faults.render(false);
    let (config, document) = parse("app.toml".into(), table.to_string()).map_err(shown)?;
    let app = resolve(&config, &document, &Options::default()).map_err(shown)?;
    pykube::render::render(&app).map_err(|fault| fault.to_string())
}

#[test]
fn every_documented_default_is_what_is_rendered() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for key in keys() {
        let Some(default) = key.default else { continue };
        if ELSEWHERE.iter().any(|path| key.path.starts_with(path)) {
            continue;
        }
        let base = base(&key.path);
        let value = Value::try_from(&default).expect("TOML has every value of JSON that stands here");
        let written = with(base.clone(), &key.path, value).map(|table| render(&table));
        match (render(&base), written) {
            _ if has(&base, &key.path) => wrong.push(format!("`{}` is written on both sides", key.path)),
            (Ok(left_out), Some(Ok(written))) if left_out == written => {}
            (Ok(_), Some(Ok(_))) => wrong.push(format!("`{}` is not {default} by default", key.path)),
            (left_out, written) => wrong.push(format!("`{}` = {default}: {:?} {written:?}", key.path, left_out.err())),
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 90, "{compared} defaults were compared");
}

#[test]
fn defaults_that_depend_on_another_key_are_as_documented() {
    let other_image = "[init.a]\ncommand = \"true\"\nimage = \"docker.io/library/busybox:1.37.0\"\n";
    let redis = "[services.redis]\nkind = \"redis\"\n";
    let call = "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\"\n";
    let pypy = "[app]\npython = \"3.11\"\n[image]\nimplementation = \"pypy\"\n";
    let scaled = "[workers.a]\ncommand = \"work\"\nscaling = { max = 3 }\n";
    for (beside, path, value) in [
        ("", "app.interface", "\"wsgi\""),
        ("", "app.namespace", "\"shop\""),
        ("", "image.base", "\"docker.io/library/python\""),
        (pypy, "image.base", "\"docker.io/library/pypy\""),
        ("", "build.lock", "\"requirements.txt\""),
        ("", "server.kind", "\"gunicorn\""),
        ("", "server.keep-alive", "120"),
        ("[ci]\ndeploy = \"gke\"\n", "server.keep-alive", "620"),
        ("", "resources.memory", "\"512Mi\""),
        ("[server]\nworkers = 8\n", "resources.memory", "\"1024Mi\""),
        ("", "scaling.max", "6"),
        ("[scaling]\nmin = 3\n", "scaling.max", "9"),
        ("", "scaling.cpu", "80"),
        ("", "scaling.scale-up", "{ percent = 100, pods = 4, period = 30, wait = 0 }"),
        ("", "scaling.scale-down", "{ percent = 50, period = 60, wait = 300 }"),
        ("", "resources.memory-request", "\"512Mi\""),
        ("[server]\nworkers = 3\n", "resources.cpu-limit", "\"3\""),
        ("[probes]\nliveness = \"/live\"\n", "probes.startup", "{ path = \"/live\", seconds = 150 }"),
        ("", "probes.host", "\"localhost\""),
        ("[expose]\nhost = \"shop.example.com\"\n", "expose.kind", "\"ingress\""),
        ("[expose]\nhost = \"shop.example.com\"\nissuer = \"letsencrypt\"\n", "expose.tls", "\"shop-tls\""),
        ("", "expose.kind", "\"none\""),
        (other_image, "init.NAME.cpu", "\"100m\""),
        (other_image, "init.NAME.memory", "\"128Mi\""),
        ("[init.a]\ncommand = \"true\"\n", "init.NAME.cpu", "\"500m\""),
        (other_image, "init.NAME.on", "[\"web\"]"),
        ("[volumes.a]\nmount = \"/a\"\nkind = \"empty-dir\"\n", "volumes.NAME.size", "\"256Mi\""),
        ("[workers.a]\ncommand = \"work\"\n", "workers.NAME.singleton", "false"),
        ("[workers.a]\ncommand = \"celery -A a beat\"\n", "workers.NAME.singleton", "true"),
        (scaled, "workers.NAME.scaling.cpu", "80"),
        (redis, "services.NAME.port", "6379"),
        (redis, "services.NAME.env", "\"REDIS_URL\""),
        (redis, "services.NAME.password-env", "\"REDIS_PASSWORD\""),
        (redis, "services.NAME.secret", "\"shop-redis/password\""),
        (redis, "services.NAME.resources", "{ cpu = \"100m\", memory = \"256Mi\" }"),
        ("[server]\nworkers = 2\n[monitoring]\n", "monitoring.multiprocess", "true"),
        ("[monitoring]\n", "monitoring.multiprocess", "false"),
        (call, "resilience.calls.NAME.port", "443"),
        (&call.replace("a.example.com\"", "a.example.com\"\nprotocol = \"http\""), "resilience.calls.NAME.port", "80"),
        ("", "ci.environment", "\"production\""),
        ("[[ci.environments]]\nname = \"staging\"\n", "ci.environment", "\"build\""),
        ("", "ci.registry", "\"ghcr\""),
    ] {
        let base = beside_good(beside);
        let value = format!("value = {value}").parse::<Table>().expect("TOML").remove("value").expect("a value");
        let written = with(base.clone(), path, value).map(|table| render(&table));
        assert!(!has(&base, path), "`{path}` is written on both sides");
        assert!(render(&base).is_ok(), "{beside}");
        assert_eq!(Some(render(&base)), written, "`{path}` beside {beside:?}");
    }
}

#[test]
fn pip_stays_out_of_the_image_unless_something_needs_it() {
    let dockerfile = |beside: &str| {
        let files = render(&beside_good(beside)).unwrap();
        files.get("Dockerfile").unwrap_or_default().to_owned()
    };
    let pip = "[build]\nmanager = \"pip\"\nlock = \"requirements.txt\"\n";
    let without = dockerfile(pip);
    assert!(without.contains("python -m venv --without-pip /opt/venv \\\n    && pip install "), "{without}");
    assert!(without.contains("ENV PIP_PYTHON=/opt/venv\n"), "{without}");
    // Environments of Python 3.11 hold setuptools, and a step may run the pip of the environment.
    for needs in ["[app]\npython = \"3.11\"\n", "steps = [\"python -m pip check\"]\n"] {
        let text = dockerfile(&if needs.starts_with('[') { format!("{needs}{pip}") } else { format!("{pip}{needs}") });
        assert!(text.contains("python -m venv /opt/venv \\\n") && !text.contains("PIP_PYTHON"), "{text}");
    }
}
