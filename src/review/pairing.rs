//! Two trees, object by object: which one became which.

use std::collections::BTreeMap;

use serde_json::Value;

use super::delivery::Delivery;
use super::dockerfile;
use super::effect::{Effect, Found};
use super::image_files::ImageFiles;
use super::pods::Pods;
use super::rule::{BeforeAfter, Case};
use super::rules;
use super::subject::{ChangeKind, Field, Review, Subject};
use super::trees::Trees;
use crate::kube::compare::{FieldChange, compare};
use crate::kube::object::{Identity, Object, objects};
use crate::kube::path::FieldPath;
use crate::kube::yaml::document::documents;
use crate::parallel;
use crate::write::{Change, Plan, Status};

/// The objects of one file, or why they cannot be read.
struct Manifests {
    before: Result<Vec<Object>, String>,
    after: Result<Vec<Object>, String>,
}

impl Manifests {
    fn of(change: &Change) -> Self {
        let read = |text: &str| objects(change.path.as_str(), text).map(Option::unwrap_or_default);
        let (old, new) = (change.before().unwrap_or_default(), change.after.as_deref().unwrap_or_default());
        let before = read(&old);
        let after = if old == new { before.clone() } else { read(new) };
        Self { before, after }
    }
}

impl Review {
    /// The review of everything that `plan` changes.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        // Reading YAML is most of the work of a review.
        let read = parallel::map(&plan.changes, |change| change.path.is_manifest().then(|| Manifests::of(change)));
        let all = |side: fn(&Manifests) -> &Result<Vec<Object>, String>| -> Vec<Object> {
            read.iter().flatten().filter_map(|manifests| side(manifests).as_ref().ok()).flatten().cloned().collect()
        };
        let (before, after) = (all(|manifests| &manifests.before), all(|manifests| &manifests.after));
        let delivery = Delivery::of(plan, &after);
        let trees = Trees { before, after, delivery };
        let mut pairing = Pairing::new(&trees, ImageFiles::of(plan));
        for (change, read) in plan.changes.iter().zip(read) {
            let stays = matches!(change.status, Status::Kept | Status::Unreadable);
            if change.status.is_difference() && !stays {
                pairing.file(change, read);
            }
        }
        let mut review = pairing.review();
        review.subjects.sort_by(Subject::by_risk);
        let differing = plan.changes.iter().filter(|change| change.status != Status::Unchanged);
        review.files = differing.map(|change| (change.path.to_string(), change.status)).collect();
        review
    }
}

/// Objects of both sides, until they are paired.
struct Pairing<'a> {
    trees: &'a Trees,
    image: ImageFiles,
    before: Vec<Object>,
    after: Vec<Object>,
    subjects: Vec<Subject>,
    warnings: Vec<String>,
}

impl<'a> Pairing<'a> {
    fn new(trees: &'a Trees, image: ImageFiles) -> Self {
        Self { trees, image, before: Vec::new(), after: Vec::new(), subjects: Vec::new(), warnings: Vec::new() }
    }

    /// Takes the objects of a file that changes, or the file itself.
    fn file(&mut self, change: &Change, read: Option<Manifests>) {
        let path = change.path.as_str();
        let old = change.before().unwrap_or_default();
        let new = change.after.as_deref().unwrap_or_default();
        if change.path.is_workflow() {
            self.workflow(path, &old, new);
        } else if let Some(manifests) = read {
            self.manifest(change, manifests, &old, new);
        } else if change.path.is_dockerfile() {
            let fields = dockerfile::compare(&old, new);
            let fields = fields.into_iter().map(|change| Field { found: dockerfile::effects(&change), change });
            self.text(path, "Dockerfile", change_kind(change), fields.collect());
        } else {
            self.plain(change, &old, new);
        }
    }

    fn manifest(&mut self, change: &Change, manifests: Manifests, old: &str, new: &str) {
        let path = change.path.as_str();
        match (manifests.before, manifests.after) {
            (Ok(before), Ok(after)) if !before.is_empty() || !after.is_empty() => {
                self.before.extend(before);
                self.after.extend(after);
            }
            (Err(error), _) => {
                let reason = if crate::conflict::marker(old).is_some() {
                    "holds the markers of a merge conflict".to_owned()
                } else {
                    format!("is not readable YAML ({error})")
                };
                self.warnings.push(format!("{path} {reason}; compared by lines"));
                self.plain(change, old, new);
            }
            _ => self.plain(change, old, new),
        }
    }

    /// A workflow is compared like an object.
    fn workflow(&mut self, path: &str, old: &str, new: &str) {
        let read = |text: &str| documents(text).map(|all| all.into_iter().next().unwrap_or(Value::Null));
        let (before, after) = match (read(old), read(new)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(error), _) | (_, Err(error)) => {
                self.warnings.push(format!("{path} is not readable YAML ({error})"));
                (Value::Null, Value::Null)
            }
        };
        let empty = Value::Object(serde_json::Map::new());
        let change_kind = match (before.is_null(), after.is_null()) {
            (true, false) => ChangeKind::Added,
            (false, true) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let sides = BeforeAfter { kind: "Workflow", before: &before, after: &after, trees: self.trees };
        let changes = compare(
            "Workflow",
            if before.is_null() { &empty } else { &before },
            if after.is_null() { &empty } else { &after },
        );
        let fields =
            changes.into_iter().map(|change| Field { found: rules::effects(&sides, &change), change }).collect();
        self.text(path, "Workflow", change_kind, fields);
    }

    /// A file of which only lines are known.
    fn plain(&mut self, change: &Change, old: &str, new: &str) {
        let path = change.path.as_str();
        let effect = if self.image.contain(path) { Effect::NewImage } else { Effect::None };
        let fields =
            lines(old, new).into_iter().map(|change| Field { change, found: vec![Found::new(effect, "")] }).collect();
        self.text(path, "File", change_kind(change), fields);
    }

    fn text(&mut self, path: &str, kind: &str, change_kind: ChangeKind, fields: Vec<Field>) {
        let name = if path == kind { String::new() } else { path.to_owned() };
        let identity = Identity { kind: kind.to_owned(), group: String::new(), namespace: String::new(), name };
        let copied = || Found::new(Effect::NewImage, "it is copied into the image: its release rolls the pods");
        let found = match (&change_kind, kind) {
            (_, "File") if self.image.contain(path) => vec![copied()],
            (ChangeKind::Added | ChangeKind::Removed, "Dockerfile") => vec![Found::new(Effect::NewImage, "")],
            (ChangeKind::Added | ChangeKind::Removed, "Workflow") => vec![Found::new(Effect::Pipeline, "")],
            _ => Vec::new(),
        };
        let fields = if change_kind == ChangeKind::Changed { fields } else { Vec::new() };
        self.subjects.push(Subject { fields, found, ..Subject::new(identity, path, change_kind) });
    }

    /// Pairs the objects, and puts everything in order.
    fn review(mut self) -> Review {
        let after = std::mem::take(&mut self.after);
        let mut new: BTreeMap<&Identity, &Object> = after.iter().map(|object| (&object.identity, object)).collect();
        let mut gone = Vec::new();
        let before = std::mem::take(&mut self.before);
        for object in &before {
            match new.remove(&object.identity) {
                Some(after) => self.changed(object, after, ChangeKind::Changed),
                None => gone.push(object),
            }
        }
        for object in gone {
            let renamed = new.keys().copied().find(|identity| is_renamed(&object.identity, identity));
            match renamed.and_then(|identity| new.remove(identity)) {
                Some(after) => self.changed(object, after, ChangeKind::Renamed(object.identity.name.clone())),
                None => self.whole(object, ChangeKind::Removed),
            }
        }
        for object in new.into_values() {
            self.whole(object, ChangeKind::Added);
        }
        let delivery = self.trees.delivery;
        Review { subjects: self.subjects, files: Vec::new(), warnings: self.warnings, delivery }
    }

    fn whole(&mut self, object: &Object, change_kind: ChangeKind) {
        let (before, after) = if change_kind == ChangeKind::Added {
            (&Value::Null, &object.value)
        } else {
            (&object.value, &Value::Null)
        };
        let sides = BeforeAfter { kind: object.identity.kind.as_str(), before, after, trees: self.trees };
        let whole = sides.whole();
        let found = rules::of_object(&sides, &whole);
        let phases = rules::phase(&Case::new(&sides, &whole)).into_iter().collect();
        let subject = Subject::new(object.identity.clone(), &object.path, change_kind);
        self.subjects.push(Subject { found, phases, pods: pods(&sides), ..subject });
    }

    fn changed(&mut self, before: &Object, after: &Object, change_kind: ChangeKind) {
        let kind = after.identity.kind.as_str();
        let sides = BeforeAfter { kind, before: &before.value, after: &after.value, trees: self.trees };
        let renamed = matches!(change_kind, ChangeKind::Renamed(_));
        let mut changes = compare(kind, &before.value, &after.value);
        changes.retain(|change| !(renamed && change.path == FieldPath::default().key("metadata").key("name")));
        if changes.is_empty() && !renamed {
            return;
        }
        let found = if renamed { vec![renaming(kind)] } else { Vec::new() };
        let effects = if renamed { rules::effects_of_successor } else { rules::effects };
        let whole = sides.whole();
        let cases = changes.iter().chain(renamed.then_some(&whole)).map(|change| Case::new(&sides, change));
        let phases = cases.filter_map(|case| rules::phase(&case)).collect();
        let fields = changes.into_iter().map(|change| Field { found: effects(&sides, &change), change }).collect();
        let subject = Subject::new(after.identity.clone(), &after.path, change_kind);
        self.subjects.push(Subject { fields, found, phases, pods: pods(&sides), ..subject });
    }
}

/// Whether the two are one object under another hash.
fn is_renamed(old: &Identity, new: &Identity) -> bool {
    old.name != new.name
        && (&old.kind, &old.group, &old.namespace, old.stem()) == (&new.kind, &new.group, &new.namespace, new.stem())
}

/// What happens to the pods of a workload.
fn pods(sides: &BeforeAfter<'_>) -> Option<Pods> {
    let is_workload = ["Deployment", "StatefulSet"].contains(&sides.kind);
    is_workload.then(|| Pods::of(sides.before, sides.after, sides.trees))
}

/// What it does when an object's hash changes.
fn renaming(kind: &str) -> Found {
    match kind {
        "Job" => Found::new(Effect::RunsJob, "under a new name, because its content changed"),
        _ => Found::new(Effect::RollsPods, "its content changed, and with it its name"),
    }
}

fn change_kind(change: &Change) -> ChangeKind {
    match (&change.before, &change.after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

/// The lines that differ, one change each.
fn lines(old: &str, new: &str) -> Vec<FieldChange> {
    similar::TextDiff::from_lines(old, new)
        .iter_all_changes()
        .filter_map(|change| {
            let value = Some(Value::from(change.value().trim_end()));
            let path = FieldPath::default();
            match change.tag() {
                similar::ChangeTag::Equal => None,
                similar::ChangeTag::Delete => Some(FieldChange { path, before: value, after: None }),
                similar::ChangeTag::Insert => Some(FieldChange { path, before: None, after: value }),
            }
        })
        .collect()
}
