//! Random edits of rendered manifests: adopted and rendered again, each object comes out as it was edited.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::adopt;
use crate::app::Options;
use crate::diagnostic::Source;
use crate::file_set::{FileSet, RelativePath};
use crate::kube::object::{Object, objects};
use crate::kube::yaml::block;
use crate::patch::Patch;
use crate::patch::strategic::{apply, difference, without_nulls};
use crate::property_cases::property_cases;
use crate::write::{Status, Target};

const APP: &str = r#"
[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
interface = "wsgi"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"

[build]
manager = "uv"

[config]
DJANGO_SETTINGS_MODULE = "config.settings"

[probes]
liveness = "/livez"
readiness = "/readyz"

[migrations]
command = "python manage.py migrate --noinput"
"#;

/// What makes more kinds of objects of [`APP`].
const MORE: &str = r#"
[secrets]
provider = "external-secrets"
store = "vault"

[secrets.env]
DATABASE_URL = "shop/url"

[scaling]
min = 2
max = 6
cpu = 70
metrics = [{ pods = "http_requests_per_second", average = "50" }]

[expose]
kind = "gateway"
host = "shop.example.com"
class = "edge"
from-namespace = "edge"

[workers.default]
command = "celery -A config worker"
scaling = { min = 1, max = 8, queue = "redis" }

[cron.clear-sessions]
schedule = "0 3 * * *"
command = "python manage.py clearsessions"

[services.redis]
kind = "redis"

[volumes.media]
mount = "/app/media"
size = "10Gi"
access = "ReadWriteMany"

[monitoring]
metrics = "/metrics"
scrape = "service-monitor"
namespace = "monitoring"

[[rbac]]
resources = ["configmaps"]
verbs = ["get", "list"]
"#;

/// One random change of an object.
#[derive(Clone, Debug)]
enum Edit {
    /// Another value at a place.
    Set(Index, Value),
    /// A place removed.
    Remove(Index),
    /// Something new in a map or at the end of a list.
    Add(Index, String, Value),
    /// A list turned round.
    Reverse(Index),
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,6}",
        Just("no".to_owned()),
        Just("1e3".to_owned()),
        Just("two\nlines\n".to_owned()),
        Just("a: b # c".to_owned()),
        Just("é\u{2028}\"'\\".to_owned()),
    ];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}|name|n", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), value()).prop_map(|(at, value)| Edit::Set(at, value)),
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), "[a-z]{1,5}|y|on", value()).prop_map(|(at, key, value)| Edit::Add(at, key, value)),
        any::<Index>().prop_map(Edit::Reverse),
    ]
}

/// Every place below the top whose change does not make it another object, as JSON pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let identity = ["/kind", "/apiVersion", "/metadata", "/metadata/name", "/metadata/namespace"];
    if !at.is_empty() && !identity.contains(&at) {
        all.push(at.to_owned());
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), all)),
        _ => {}
    }
}

fn change(object: &mut Value, edit: &Edit) {
    let mut all = Vec::new();
    places(object, "", &mut all);
    if all.is_empty() {
        return;
    }
    let is = |test: fn(&Value) -> bool| -> Vec<&String> {
        all.iter().filter(|at| object.pointer(at).is_some_and(test)).collect()
    };
    match edit {
        Edit::Set(at, value) => {
            let at = at.get(&all).clone();
            *object.pointer_mut(&at).unwrap() = value.clone();
        }
        Edit::Remove(at) => {
            let at = at.get(&all).clone();
            let (parent, last) = at.rsplit_once('/').unwrap();
            match object.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.shift_remove(&last.replace("~1", "/").replace("~0", "~"))),
                Value::Array(items) => drop(items.remove(last.parse().unwrap())),
                _ => unreachable!("a parent is a map or a list"),
            }
        }
        Edit::Add(at, key, value) => {
            let open = is(|value| value.is_object() || value.is_array());
            if open.is_empty() {
                return;
            }
            let at = (*at.get(&open)).clone();
            match object.pointer_mut(&at).unwrap() {
                Value::Object(map) => drop(map.insert(key.clone(), value.clone())),
                Value::Array(items) => items.push(value.clone()),
                _ => unreachable!("only maps and lists were chosen"),
            }
        }
        Edit::Reverse(at) => {
            let lists = is(Value::is_array);
            if lists.is_empty() {
                return;
            }
            let at = (*at.get(&lists)).clone();
            object.pointer_mut(&at).unwrap().as_array_mut().unwrap().reverse();
        }
    }
}

/// What `app.toml` in `root` asks for, the checks of the whole tree aside: a random edit makes no sense to a cluster.
fn rendered(root: &Path) -> FileSet {
    crate::render::render(&crate::render::resolved(root, &Options::default()).unwrap()).unwrap()
}

fn write(root: &Path) -> FileSet {
    let files = rendered(root);
    let target = Target::open_for_writing(root).unwrap();
    target.apply(&target.plan(&files, None).unwrap(), false).unwrap();
    files
}

fn one_object(text: &str) -> Object {
    objects("", text).unwrap().unwrap().remove(0)
}

/// The object without its name, which may carry a hash.
fn nameless(object: &Value) -> Value {
    let mut object = without_nulls(object);
    object["metadata"]["name"] = Value::Null;
    object
}

/// Edits a manifest, adopts the edit, renders, and looks at what comes out.
fn round_trip(manifest: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("app.toml"), APP).unwrap();
    let files = write(root);
    let object = one_object(files.get(manifest).unwrap()).value;
    let mut edited = object.clone();
    for edit in edits {
        change(&mut edited, edit);
    }
    std::fs::write(root.join(manifest), block(&edited, 0)).unwrap();
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files, None).unwrap();
    let found = plan.changes.iter().find(|change| change.path.as_str() == manifest).unwrap();
    let adoption =
        adopt(root, found, &Options::default()).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    drop(target);
    let Some(adoption) = adoption else {
        prop_assert_eq!(without_nulls(&object), without_nulls(&edited));
        return Ok(());
    };
    prop_assert!(adoption.text.starts_with(APP.trim_end()), "{}", adoption.text);
    std::fs::write(root.join("app.toml"), &adoption.text).unwrap();
    let files = write(root);
    let out = one_object(files.get(manifest).unwrap()).value;
    prop_assert_eq!(nameless(&out), nameless(&edited), "{}", adoption.text);
    let on_disk = one_object(&std::fs::read_to_string(root.join(manifest)).unwrap()).value;
    prop_assert_eq!(nameless(&on_disk), nameless(&edited));
    let plan = Target::open(root).unwrap().plan(&files, None).unwrap();
    prop_assert!(
        plan.is_clean(),
        "{:?}",
        plan.differences().map(|change| (change.path.clone(), change.status)).collect::<Vec<_>>()
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: property_cases(48), ..ProptestConfig::default() })]

    #[test]
    fn an_adopted_edit_is_rendered(
        manifest in prop::sample::select(vec![
            "k8s/deployment.yaml", "k8s/configmap.yaml", "k8s/service.yaml", "k8s/hpa.yaml",
            "k8s/network-policy.yaml", "k8s/migrate-job.yaml", "k8s/pdb.yaml",
        ]),
        edits in prop::collection::vec(edit(), 1..5),
    ) {
        round_trip(manifest, &edits)?;
    }
}

/// Every manifest of an application of many parts.
fn manifests() -> &'static FileSet {
    static FILES: LazyLock<FileSet> = LazyLock::new(|| {
        let (config, document) = crate::config::parse("app.toml".to_owned(), format!("{APP}{MORE}")).unwrap();
        let app = crate::render::resolved_from(&config, &document, Path::new("."), &Options::default()).unwrap();
        crate::render::render(&app).unwrap()
    });
    &FILES
}

/// Says an edit as a patch, reads it from the text of `app.toml`, and patches the tree with it.
fn said_as_a_patch(path: &RelativePath, edits: &[Edit]) -> Result<(), TestCaseError> {
    let files = manifests();
    let mut wanted = one_object(files.get(path.as_str()).unwrap());
    let rendered = wanted.value.clone();
    for edit in edits {
        change(&mut wanted.value, edit);
    }
    wanted.value = without_nulls(&wanted.value);
    let kind = wanted.identity.kind.clone();
    let Some(patch) = difference(&kind, &without_nulls(&rendered), &wanted.value) else {
        prop_assert_eq!(without_nulls(&rendered), wanted.value);
        return Ok(());
    };
    let fail = |error: anyhow::Error| TestCaseError::fail(format!("{error:#}"));
    let text = super::toml_patch::add(APP, &kind, wanted.identity.stem(), &patch).map_err(fail)?;
    let mut read: Value = toml::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let patch = Patch {
        kind,
        name: wanted.identity.stem().to_owned(),
        body: read["patches"][0]["patch"].take(),
        source: Arc::new(Source { path: "app.toml".to_owned(), text: text.clone() }),
        target_span: 0..0,
        body_span: 0..0,
    };
    let patched = crate::patch::apply(files, &[patch]).map_err(|error| TestCaseError::fail(error.to_string()))?;
    super::verify(&patched, path, &[(wanted, Vec::new())]).map_err(|error| fail(error.context(text)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(property_cases(1024)))]

    #[test]
    fn every_edit_can_be_said_as_a_patch(manifest in any::<Index>(), edits in prop::collection::vec(edit(), 1..5)) {
        let all: Vec<&RelativePath> =
            manifests().iter().map(|(path, _)| path).filter(|path| path.as_str().starts_with("k8s/") && path.is_yaml()).collect();
        said_as_a_patch(manifest.get::<&RelativePath>(&all), &edits)?;
    }

    #[test]
    fn the_difference_of_two_objects_leads_from_one_to_the_other(one in value(), two in value(), edits in prop::collection::vec(edit(), 0..4)) {
        let before = without_nulls(&json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "x": one}, {"name": "b"}]}}}}));
        let mut after = json!({"spec": {"template": {"spec": {"containers": [{"name": "b", "x": two}, {"name": "a"}]}}}});
        for edit in &edits {
            change(&mut after, edit);
        }
        let patch = difference("Deployment", &before, &after).unwrap_or(Value::Object(Map::new()));
        prop_assert_eq!(apply("Deployment", &before, &patch), after);
    }
}

#[test]
fn a_formatted_file_holds_nothing_to_adopt() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.toml"), APP).unwrap();
    let files = write(folder.path());
    let text = serde_json::to_string(&one_object(files.get("k8s/service.yaml").unwrap()).value).unwrap();
    std::fs::write(folder.path().join("k8s/service.yaml"), text).unwrap();
    let plan = Target::open(folder.path()).unwrap().plan(&files, None).unwrap();
    let change = plan.changes.iter().find(|change| change.path.as_str() == "k8s/service.yaml").unwrap();
    assert_eq!(change.status, Status::Reflowed);
    assert!(adopt(folder.path(), change, &Options::default()).unwrap().is_none());
}
