//! Hostile text in every key of the schema that takes text: it is refused where it is, or what is rendered has the same
//! shape as before, for two readers of YAML, and passes our own checks.
//!
//! The keys come from the schema, their surroundings from the test apps and the examples, and from [`MORE`] for keys that no
//! app shows. A new key of a plain section gets an app of its own; one that cannot stand alone and is in no app fails here.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use pykube::app::Options;
use pykube::file_set::FileSet;
use saphyr::LoadableYamlNode as _;
use toml::{Table, Value};

const HOSTILE: [&str; 10] =
    ["${{ secrets.X }}", "a b", "a\nb: c", "a\"b", "$(X)", "a\u{2028}b", "a'b", "{{ x }} # y", "a;b", "a\\"];

/// A key as the schema has it: `*` stands for a name that the user gives, a list for each of its items.
type Key = Vec<String>;

/// The keys of the schema that take text of the user's own, which no list of words limits.
fn keys() -> BTreeSet<Key> {
    let schema = pykube::config::json_schema();
    let mut found = BTreeSet::new();
    walk_schema(schema, schema, &mut Vec::new(), &mut found);
    found
}

fn walk_schema(root: &serde_json::Value, node: &serde_json::Value, path: &mut Key, found: &mut BTreeSet<Key>) {
    if let Some(name) = node["$ref"].as_str() {
        return walk_schema(root, root.pointer(name.trim_start_matches('#')).unwrap(), path, found);
    }
    for alternative in ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| node[word].as_array()).flatten() {
        walk_schema(root, alternative, path, found);
    }
    if node.get("enum").is_some() || node.get("const").is_some() {
        return;
    }
    let is =
        |word: &str| node["type"] == word || node["type"].as_array().is_some_and(|all| all.iter().any(|t| t == word));
    if is("string") {
        found.insert(path.clone());
    }
    if node["items"].is_object() {
        walk_schema(root, &node["items"], path, found);
    }
    let named = node["properties"].as_object().into_iter().flatten().map(|(name, below)| (name.as_str(), below));
    let free = node["additionalProperties"].is_object().then(|| ("*", &node["additionalProperties"]));
    for (name, below) in named.chain(free) {
        path.push(name.to_owned());
        walk_schema(root, below, path, found);
        path.pop();
    }
}

/// The first text at `key`, and the key with the names that are there.
fn text_at<'v>(value: &'v mut Value, key: &[String], real: &mut Vec<String>) -> Option<&'v mut String> {
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| {
            let mut below = real.clone();
            let text = text_at(item, key, &mut below)?;
            *real = below;
            Some(text)
        }),
        Value::Table(table) => {
            let (first, rest) = key.split_first()?;
            table.iter_mut().filter(|(name, _)| first == "*" || *name == first).find_map(|(name, value)| {
                let mut below = real.clone();
                below.push(name.clone());
                let text = text_at(value, rest, &mut below)?;
                *real = below;
                Some(text)
            })
        }
        Value::String(text) if key.is_empty() => Some(text),
        _ => None,
    }
}

struct Sample {
    directory: PathBuf,
    table: Value,
}

impl Sample {
    fn text(&self) -> String {
        toml::to_string(&self.table).unwrap()
    }
}

/// Every `app.toml` of the repository, then those of `MORE`.
fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut samples = Vec::new();
    for folder in ["tests/apps", "examples"] {
        let mut apps: Vec<PathBuf> = fs::read_dir(root.join(folder)).unwrap().map(|one| one.unwrap().path()).collect();
        apps.sort();
        for directory in apps.into_iter().filter(|app| app.join("app.toml").is_file()) {
            let text = fs::read_to_string(directory.join("app.toml")).unwrap();
            samples.push(Sample { directory, table: Value::Table(text.parse::<Table>().unwrap()) });
        }
    }
    for more in MORE {
        let table = format!("{HEAD}{more}").parse::<Table>().unwrap_or_else(|error| panic!("{more}: {error}"));
        samples.push(Sample { directory: root.join("tests/apps/volumes"), table: Value::Table(table) });
    }
    samples
}

/// The files, or every fault.
fn render(directory: &Path, text: &str) -> Result<FileSet, String> {
    let (config, document) =
        pykube::config::parse("app.toml".into(), text.to_owned()).map_err(|faults| faults.render(false))?;
    let app = pykube::render::resolved_from(&config, &document, directory, &Options::default())
        .map_err(|faults| faults.render(false))?;
    pykube::render::render(&app).map_err(|fault| format!("{fault:#}"))
}

/// What two readers make of a YAML text; both must say the same.
fn read(path: &str, text: &str) -> serde_yaml::Value {
    let one: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    let other = saphyr::Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    assert_eq!(plain(&one), plain_of(&other[0]), "the readers differ on {path}:\n{text}");
    one
}

/// One line for each scalar, of the first reader.
fn plain(value: &serde_yaml::Value) -> String {
    use serde_yaml::Value;
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.as_f64().unwrap_or_default().to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Sequence(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        Value::Mapping(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}={}", plain(key), plain(value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Tagged(tagged) => panic!("a tag: {tagged:?}"),
    }
}

/// The same, of the second reader.
fn plain_of(value: &saphyr::Yaml) -> String {
    if let Some(items) = value.as_sequence() {
        return format!("[{}]", items.iter().map(plain_of).collect::<Vec<_>>().join(","));
    }
    if let Some(map) = value.as_mapping() {
        let pairs: Vec<String> =
            map.iter().map(|(key, value)| format!("{}={}", plain_of(key), plain_of(value))).collect();
        return format!("{{{}}}", pairs.join(","));
    }
    if let Some(text) = value.as_str() {
        return format!("{text:?}");
    }
    if let Some(number) = value.as_floating_point() {
        return number.to_string();
    }
    #[allow(clippy::cast_precision_loss, reason = "no number of a manifest is that large")]
    if let Some(number) = value.as_integer() {
        return (number as f64).to_string();
    }
    value.as_bool().map_or("null".into(), |value| value.to_string())
}

/// The fields of every object of a tree, with the number of times that each is there; not those below a list of texts, and not
/// the names that the user gives.
fn shape(files: &FileSet) -> BTreeMap<String, BTreeSet<String>> {
    let mut shapes = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| harness::trees::is_yaml(path.as_str())) {
        let mut fields = BTreeSet::new();
        fields_of(&read(path.as_str(), text), "", &mut fields);
        shapes.insert(path.to_string(), fields);
    }
    for (path, text) in files.iter().filter(|(path, _)| path.as_str().ends_with("Dockerfile")) {
        let words = text.lines().filter_map(|line| line.split(' ').next());
        let instructions = words.filter(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase()));
        let numbered = instructions.enumerate().map(|(number, word)| format!("{number} {word}"));
        shapes.insert(path.to_string(), numbered.collect());
    }
    shapes
}

fn fields_of(value: &serde_yaml::Value, at: &str, fields: &mut BTreeSet<String>) {
    match value {
        serde_yaml::Value::Mapping(map) => {
            for (key, value) in map {
                let at = format!("{at}/{}", key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned));
                fields_of(value, &at, fields);
                fields.insert(at);
            }
        }
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| fields_of(item, at, fields)),
        _ => {}
    }
}

/// What is wrong when `hostile` is at `key` of `sample`.
fn fault(sample: &Sample, key: &[String], hostile: &str) -> Option<String> {
    let mut table = sample.table.clone();
    let mut real = Vec::new();
    hostile.clone_into(text_at(&mut table, key, &mut real).unwrap());
    let name = real.join(".");
    let text = toml::to_string(&table).unwrap();
    let place = || {
        let shown = Value::from(hostile).to_string();
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(&shown));
        lines.map(|(number, _)| format!("app.toml:{}:", number + 1)).collect::<Vec<_>>()
    };
    match render(&sample.directory, &text) {
        Err(message) => {
            // The key itself, the table that it is in, or the help that says what to write there.
            let is_named = (2..=real.len()).any(|count| message.contains(&format!("`{}`", real[..count].join("."))))
                || message.contains(&format!("{} = ", real[real.len() - 1]))
                || (real[0] == "patches" && message.contains("the patch "))
                || place().iter().any(|place| message.contains(place));
            (!is_named).then(|| format!("`{name}` = {hostile:?} is refused elsewhere:\n{message}"))
        }
        Ok(files) => {
            let before = render(&sample.directory, &sample.text()).unwrap();
            let known = pykube::check::check(&before);
            let mut findings = pykube::check::check(&files);
            findings.retain(|finding| !known.contains(finding));
            if !findings.is_empty() {
                return Some(format!("`{name}` = {hostile:?} is taken, and our own checks find {findings:#?}"));
            }
            let workflows = files.iter().filter(|(path, _)| path.as_str().starts_with(".github/"));
            if workflows.into_iter().any(|(_, text)| text.contains("${{ secrets.X }}")) {
                return Some(format!("`{name}` = {hostile:?} is an expression of a workflow"));
            }
            let (before, after) = (shape(&before), shape(&files));
            (before != after).then(|| {
                let changed: Vec<String> = before
                    .iter()
                    .filter(|(path, fields)| after.get(*path) != Some(*fields))
                    .map(|(path, fields)| {
                        let other = after.get(path).cloned().unwrap_or_default();
                        format!("{path}: {:?}", fields.symmetric_difference(&other).collect::<Vec<_>>())
                    })
                    .collect();
                format!("`{name}` = {hostile:?} changes the shape of {}", changed.join("\n"))
            })
        }
    }
}

/// An app whose only setting beyond the needed ones is the text `key` of a plain section, for a key that no app shows.
fn sample_of(key: &[String]) -> Option<Sample> {
    let [section, name] = key else { return None };
    let mut table = HEAD.parse::<Table>().unwrap();
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    section.as_table_mut()?.insert(name.clone(), Value::from("sample"));
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/volumes");
    let sample = Sample { directory, table: Value::Table(table) };
    render(&sample.directory, &sample.text()).is_ok().then_some(sample)
}

#[test]
fn hostile_text_is_refused_by_name_or_stays_text() {
    let mut samples = samples();
    for key in keys() {
        if !samples.iter().any(|sample| text_at(&mut sample.table.clone(), &key, &mut Vec::new()).is_some()) {
            samples.extend(sample_of(&key));
        }
    }
    let refused: Vec<String> = samples
        .iter()
        .filter_map(|sample| {
            Some(format!("{}: {}", sample.directory.display(), render(&sample.directory, &sample.text()).err()?))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let cases: Vec<(Key, Option<&Sample>)> = keys()
        .into_iter()
        .map(|key| {
            let sample =
                samples.iter().find(|sample| text_at(&mut sample.table.clone(), &key, &mut Vec::new()).is_some());
            (key, sample)
        })
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut faults = Vec::new();
        while let Some((key, sample)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            match sample {
                None => faults.push(format!("no app of this test has the key `{}`", key.join("."))),
                Some(sample) => faults.extend(HOSTILE.iter().filter_map(|text| fault(sample, key, text))),
            }
        }
        faults
    };
    let faults: Vec<String> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    assert!(cases.len() > 150, "the schema has lost its keys: {}", cases.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

const HEAD: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\npython = \"3.13\"\ndir = \"backend\"\n\
                    [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n";

/// What is below `HEAD`, to show keys that no test app has.
const MORE: [&str; 5] = [
    "base = \"registry.example.com/python\"\nbase-digest = \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n\
     debian = \"trixie\"\n\
     [build]\nfiles = [\"requirements/base.txt\"]\npackages = [\"gunicorn==27.0.1\"]\ndockerfile = \"docker/Dockerfile\"\n\
     [ci]\nenvironment = \"production\"\nworkflow = \".github/workflows/release.yml\"\n\
     [cluster]\nmanifests = \"deploy/k8s\"\n\
     [server]\nconfig = \"gunicorn.conf.py\"\n\
     [probes]\nhost = \"shop.example.com\"\nliveness = { path = \"/livez\" }\nreadiness = { path = \"/readyz\" }\n\
     startup = { path = \"/startz\" }\n\
     [expose]\nhost = \"shop.example.com\"\naliases = [\"www.example.com\"]\npath = \"/shop\"\n\
     annotations = { \"example.com/a\" = \"b\" }\n\
     [[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = \"spec: {minReadySeconds: 5}\"\n",
    "[server]\ncommand = \"gunicorn shop:app\"\n\
     [probes]\nstartup = \"/startz\"\n\
     [cron.nightly]\nschedule = \"0 3 * * *\"\ncommand = \"flask nightly\"\n\
     resources = { cpu = \"100m\", cpu-limit = \"1\", memory = \"1Gi\", memory-request = \"512Mi\", ephemeral-storage = \"1Gi\" }\n\
     [jobs.once]\ncommand = \"flask once\"\nenv = { MODE = \"once\" }\n\
     resources = { cpu = \"100m\", cpu-limit = \"1\", memory = \"1Gi\", memory-request = \"512Mi\", ephemeral-storage = \"1Gi\" }\n\
     [init.wait]\ncommand = \"flask wait\"\ncpu = \"100m\"\non = [\"web\"]\n\
     [sidecars.agent]\nimage = \"example.com/agent:1.2\"\ncommand = \"agent --quiet\"\non = [\"web\"]\n\
     [[rbac]]\nresources = [\"pods\"]\nverbs = [\"get\"]\non = [\"web\"]\n\
     [services.cache]\nkind = \"redis\"\nsecret = \"cache/password\"\npassword-env = \"CACHE_PASSWORD\"\n\
     resources = { cpu = \"100m\", cpu-limit = \"1\", memory = \"1Gi\", memory-request = \"512Mi\", ephemeral-storage = \"1Gi\" }\n",
    "[server]\nlog-config = \"shop.logs:LOGGING\"\n\
     [services.cache]\nkind = \"redis\"\n\
     [workers.mail]\ncommand = \"celery -A shop worker -Q mail -c 2\"\n\
     resources = { cpu = \"100m\", cpu-limit = \"1\", memory = \"1Gi\", memory-request = \"512Mi\", ephemeral-storage = \"1Gi\" }\n\
     scaling = { max = 4, queue = \"redis\", service = \"cache\", queues = [\"mail\"] }\n\
     [resilience]\nmesh = \"istio\"\n\
     [resilience.calls.stock]\nhost = \"stock.example.com\"\nconnect-timeout = \"2s\"\n",
    "[workers.mail]\ncommand = \"celery -A shop worker -c 2\"\nscaling = { max = 4, metrics = [\n\
     { pods = \"queued\", average = \"10\" },\n\
     { object = \"hits\", value = \"10\", of = { api-version = \"v1\", kind = \"Service\", name = \"stock\" }, selector = { queue = \"mail\" } },\n] }\n",
    "[build]\nmanager = \"uv\"\nmember = \"shop\"\nfiles = [\"packages/shop/pyproject.toml\"]\n",
];
