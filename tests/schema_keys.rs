//! Every key of the schema, those that are added later included: its documented default is what is rendered, and hostile
//! text in it adds nothing to the tree.

mod harness;

use std::collections::BTreeSet;

use base64::Engine as _;
use harness::project::render_text;
use pykube::config::json_schema;
use pykube::file_set::FileSet;
use serde_json::Value as Schema;
use toml::{Table, Value};

const GOOD: &str = "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
                    [image]\nrepository = \"ghcr.io/acme/shop\"\n";

/// What must be written beside the keys of a table for them to have a meaning. The first entry that is the key, or the
/// beginning of it, counts; `NAME` is the first name of the table.
const BESIDE: [(&str, &str); 40] = [
    (
        "app.namespace",
        "[app.namespace]\ncreate = true\nquota = { pods = 9 }\nlimits = { cpu = \"1\", memory = \"1Gi\" }",
    ),
    ("build.env", "[build]\nsteps = [\"true\"]\nenv = { A = \"b\" }"),
    ("build.index", "[build.index]\nurl = \"https://pypi.example.com/simple\"\nsecret = \"netrc\""),
    ("build.member", "[build]\nmanager = \"uv\""),
    ("ci.environments", "[[ci.environments]]\nname = \"staging\""),
    ("ci.install-pykube", "[ci]\nreview = true"),
    ("cron", "[cron.a]\nschedule = \"0 3 * * *\"\ncommand = \"true\""),
    ("expose.class", "[expose]\nhost = \"shop.example.com\"\nkind = \"gateway\""),
    ("expose", "[expose]\nhost = \"shop.example.com\""),
    ("init.NAME.user", "[init.a]\ncommand = \"true\"\nimage = \"docker.io/library/busybox:1.37.0\""),
    ("init", "[init.a]\ncommand = \"true\""),
    ("jobs", "[jobs.a]\ncommand = \"true\""),
    ("migrations", "[migrations]\ncommand = \"python manage.py migrate\""),
    ("monitoring.interval", "[monitoring]\nscrape = \"pod-monitor\""),
    ("monitoring", "[monitoring]"),
    (
        "patches",
        "[[patches]]\ntarget = { kind = \"Service\", name = \"shop-web\" }\npatch = { metadata = { labels = { a = \"b\" } } }",
    ),
    ("rbac", "[[rbac]]\nresources = [\"configmaps\"]\nverbs = [\"get\"]"),
    (
        "resilience.calls.NAME.pending",
        "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\"\nprotocol = \"http\"",
    ),
    ("resilience", "[resilience]\nmesh = \"istio\"\n[resilience.calls.a]\nhost = \"a.example.com\""),
    (
        "rollout.blue-green",
        "[image]\ntag = \"1\"\n[rollout]\nstrategy = \"blue-green\"\nblue-green = { live = \"blue\", blue = \"1\", green = \"2\" }",
    ),
    ("scaling.cpu", "[scaling]\nmin = 2"),
    ("secrets.csi", "[secrets]\nprovider = \"csi\"\nenv = { KEY = \"a/b\" }\ncsi = { provider = \"aws\" }"),
    ("secrets.refresh", "[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\nenv = { KEY = \"a/b\" }"),
    (
        "secrets.remote",
        "[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\nenv = { KEY = \"a/b\" }\nremote = { a = { name = \"x\" } }",
    ),
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
    ("workers.NAME.scaling.keda-namespace", QUEUE),
    ("workers", "[workers.a]\ncommand = \"work\"\nscaling = { replicas = 1 }"),
];

const QUEUE: &str = "[services.redis]\nkind = \"redis\"\n[workers.a]\ncommand = \"celery -A a worker -c 1\"\nscaling = { max = 3, queue = \"redis\" }";

/// Beside it the form of what `kubeseal` writes, which [`base`] puts in.
const SEALED: &str = "[secrets]
provider = \"sealed-secrets\"
env = { KEY = \"a/b\" }
sealed = { a = { b = \"ENCRYPTED\" } }";

/// Defaults that cannot be written out.
const NOT_WRITTEN: [(&str, &str); 2] = [
    // The table is that of `[resources]`; what a server gets instead stands at `[services.NAME] resources`.
    ("services.NAME.resources.", "the server's own defaults stand with the key of the table"),
    // Beside `queue`, only TLS means anything else.
    ("workers.NAME.scaling.tls", "is for a queue in Redis alone"),
];

/// A key that holds one value, by its path: `NAME` stands for a name of the user's, `0` for the first of a list.
struct Key {
    path: String,
    default: Option<Schema>,
    is_text: bool,
}

fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    walk(json_schema(), String::new(), &mut keys);
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

fn walk(schema: &'static Schema, path: String, keys: &mut Vec<Key>) {
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let options = options(property);
        let is = |option: &Schema, kind: &str| {
            option["type"] == kind || option["type"].as_array().is_some_and(|all| all.iter().any(|one| one == kind))
        };
        let is_text =
            options.iter().any(|option| is(option, "string") && option["const"].is_null() && option["enum"].is_null());
        let default = Some(property["default"].clone())
            .filter(|value| value.is_string() || value.is_number() || value.is_boolean());
        keys.push(Key { path: below(name), default, is_text });
        for option in options {
            walk(option, below(name), keys);
            for item in option.get("items").into_iter().flat_map(self::options) {
                walk(item, below(&format!("{name}.0")), keys);
            }
        }
    }
    for named in schema.get("additionalProperties").filter(|rest| rest.is_object()).into_iter().flat_map(options) {
        walk(named, below("NAME"), keys);
    }
}

/// An `app.toml` in which the key at `path` means something.
fn base(path: &str) -> Table {
    let beside = BESIDE.iter().find(|(key, _)| path.starts_with(key)).map_or("", |(_, text)| text);
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

fn render(table: &Table) -> Result<FileSet, String> {
    render_text(&table.to_string()).map_err(|faults| faults.render(false))
}

#[test]
fn every_documented_default_is_what_is_rendered() {
    let mut compared = 0;
    for key in keys() {
        let Some(default) = key.default else { continue };
        if NOT_WRITTEN.iter().any(|(path, _)| key.path.starts_with(path)) {
            continue;
        }
        let base = base(&key.path);
        let value = Value::try_from(&default).expect("TOML has every value of JSON that stands here");
        let Some(written) = with(base.clone(), &key.path, value) else { panic!("no table for `{}`", key.path) };
        let left_out = render(&base).unwrap_or_else(|fault| panic!("{}: {fault}", key.path));
        let written = render(&written).unwrap_or_else(|fault| panic!("{} = {default}: {fault}", key.path));
        for (path, text) in left_out.iter() {
            assert_eq!(written.get(path.as_str()), Some(text), "`{}` is not {default} by default", key.path);
        }
        assert_eq!(left_out.iter().count(), written.iter().count(), "{}", key.path);
        compared += 1;
    }
    assert!(compared >= 90, "{compared} defaults were compared");
}

/// What some reader of some output takes for more than text.
const HOSTILE: [&str; 14] = [
    "a: b",
    "a\n  b: c",
    "a\r\nb",
    "- a",
    "# a",
    "a # b",
    "{{ a }}",
    "{% raw %}",
    "${{ secrets.A }}",
    "$(A)",
    "\"'\\",
    "!!python/object a",
    "a\u{2028}b",
    "&a *a",
];

/// What there is in a tree of YAML, whatever the texts in it say.
fn shape(value: &serde_yaml::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_yaml::Value::Mapping(map) => {
            for (key, value) in map {
                shape(value, &format!("{path}.{}", key.as_str().unwrap_or("?")), found);
            }
        }
        serde_yaml::Value::Sequence(all) => all.iter().for_each(|value| shape(value, &format!("{path}[]"), found)),
        _ => drop(found.insert(path.to_owned())),
    }
}

fn shapes(files: &FileSet, key: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in files.iter().filter(|(path, _)| path.as_str().ends_with(".yaml")) {
        let value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{key}: {path}: {error}\n{text}"));
        shape(&value, path.as_str(), &mut found);
    }
    found
}

#[test]
fn hostile_text_in_any_key_adds_nothing_to_the_tree() {
    let (mut taken, mut refused) = (0, 0);
    for key in keys().into_iter().filter(|key| key.is_text) {
        let base = base(&key.path);
        let harmless = with(base.clone(), &key.path, Value::from("harmless")).and_then(|table| render(&table).ok());
        for text in HOSTILE {
            let Some(table) = with(base.clone(), &key.path, Value::from(text)) else { continue };
            match (render(&table), &harmless) {
                (Err(message), _) => {
                    assert!(message.starts_with("error: "), "{message}");
                    refused += 1;
                }
                (Ok(files), Some(harmless)) => {
                    let (found, known) = (shapes(&files, &key.path), shapes(harmless, &key.path));
                    // A command with operators of a shell becomes one of the shell: more words, in the same list.
                    assert_eq!(found, known, "{} = {text:?}", key.path);
                    taken += 1;
                }
                (Ok(files), None) => drop(shapes(&files, &key.path)),
            }
        }
    }
    assert!(taken > 100 && refused > 500, "{taken} taken, {refused} refused");
}
