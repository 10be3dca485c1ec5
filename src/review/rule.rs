//! Rules: which change of which field has which effect. The rules themselves are tables in [`super::rules`].

use std::borrow::Cow;

use serde_json::Value;

use super::effect::{Effect, Found};
use super::trees::{Trees, name, namespace};
use crate::kube::compare::FieldChange;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::path::{FieldPath, Segment, at};
use crate::kube::value::{entries, scalar};

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The kinds that it is about; empty for all.
    pub(crate) kinds: &'static [&'static str],
    /// The field, as [`FieldPath::matches`] takes it; empty for the object as a whole.
    pub(crate) at: &'static str,
    /// What must happen to the field.
    pub(crate) when: When,
    /// What must hold besides, all of it.
    pub(crate) given: &'static [Given],
    pub(crate) effect: Effect,
    /// Why, in a clause. `{delete}` stands for the command that deletes the object, `{claims}` for the one that deletes
    /// the claims of a StatefulSet, `{application}` for the arguments that name the application to the release.
    pub(crate) why: &'static str,
    /// The documentation that says so.
    pub(crate) source: &'static str,
}

/// What happens to a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Any,
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It was there and is another now.
    Replaced,
    /// It was there and is another now, or gone.
    Lost,
    /// It is there, new or with another value.
    Set,
    /// It has this value now.
    Becomes(&'static str),
    /// It had this value.
    NoLonger(&'static str),
    /// The number or quantity is greater than it was.
    Raised,
    /// The number or quantity is less than it was.
    Lowered,
}

/// What holds besides: for the whole object, at a way as [`at`] takes it, or for what is around it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    /// A field had this value before (numbers and booleans as JSON writes them).
    Before(&'static str, &'static str),
    /// A field has this value now.
    Now(&'static str, &'static str),
    /// A condition of [`super::condition`].
    That(fn(&Case<'_>) -> bool),
    /// The opposite of one.
    Not(fn(&Case<'_>) -> bool),
}

/// The two states of the object that a change belongs to, and everything around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BeforeAfter<'a> {
    pub(crate) kind: &'a str,
    /// All of it, before; null when it is new.
    pub(crate) before: &'a Value,
    /// All of it, now; null when it goes.
    pub(crate) after: &'a Value,
    pub(crate) trees: &'a Trees,
}

/// A field of an object, as it was and as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) sides: &'a BeforeAfter<'a>,
    pub(crate) path: &'a FieldPath,
    pub(crate) before: Option<&'a Value>,
    pub(crate) after: Option<&'a Value>,
}

impl BeforeAfter<'_> {
    /// The coming or going of the object as one change of all of it.
    pub(crate) fn whole(&self) -> FieldChange {
        let side = |value: &Value| (!value.is_null()).then(|| value.clone());
        FieldChange { path: FieldPath::default(), before: side(self.before), after: side(self.after) }
    }
}

impl<'a> Case<'a> {
    pub(crate) fn new(sides: &'a BeforeAfter<'a>, change: &'a FieldChange) -> Self {
        Self { sides, path: &change.path, before: change.before.as_ref(), after: change.after.as_ref() }
    }

    /// The object as it is, or as it was when it goes.
    pub(crate) fn object(&self) -> &'a Value {
        if self.sides.after.is_null() { self.sides.before } else { self.sides.after }
    }
}

impl Rule {
    /// Whether the rule is about this change.
    pub(crate) fn applies(&self, case: &Case<'_>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&case.sides.kind))
            && case.path.matches(self.at)
            && self.when.holds(case.before, case.after)
            && self.given.iter().all(|given| given.holds(case))
    }

    fn found(&self, case: &Case<'_>) -> Found {
        let mut why = Cow::Borrowed(self.why);
        let commands = [
            ("{delete}", delete as fn(&Value) -> String),
            ("{claims}", delete_claims),
            ("{application}", name_application),
        ];
        for (word, command) in commands {
            if why.contains(word) {
                why = why.replace(word, &command(case.object())).into();
            }
        }
        Found { effect: self.effect, why, source: self.source }
    }
}

/// The command that deletes an object.
fn delete(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    format!("kubectl delete {kind} {}{}", name(object), in_namespace(object))
}

/// By which the rendered release knows an application.
fn name_application(object: &Value) -> String {
    let name = at(object, "metadata.labels[\"app.kubernetes.io/name\"]").as_str().unwrap_or_default();
    format!("--app {name}{}", in_namespace(object))
}

/// The command that deletes the claims of a StatefulSet: they carry the labels by which it knows its pods
/// (`getPersistentVolumeClaims` of kubernetes/pkg/controller/statefulset).
fn delete_claims(set: &Value) -> String {
    let labels: Vec<String> = entries(at(set, "spec.selector.matchLabels"))
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    format!("kubectl delete pvc --selector {}{}", labels.join(","), in_namespace(set))
}

fn in_namespace(object: &Value) -> String {
    let namespace = namespace(object);
    if namespace.is_empty() { String::new() } else { format!(" --namespace {namespace}") }
}

impl When {
    fn holds(self, before: Option<&Value>, after: Option<&Value>) -> bool {
        let is = |value: Option<&Value>, text: &str| value.is_some_and(|value| is_text(value, text));
        let amounts = || Some((amount(before?)?, amount(after?)?));
        match self {
            Self::Any => true,
            Self::Added => before.is_none() && after.is_some(),
            Self::Removed => before.is_some() && after.is_none(),
            Self::Replaced => before.is_some() && after.is_some() && before != after,
            Self::Lost => before.is_some() && before != after,
            Self::Set => after.is_some() && before != after,
            Self::Becomes(text) => is(after, text) && !is(before, text),
            Self::NoLonger(text) => is(before, text) && !is(after, text),
            Self::Raised => amounts().is_some_and(|(old, new)| new > old),
            Self::Lowered => amounts().is_some_and(|(old, new)| new < old),
        }
    }
}

impl Given {
    fn holds(self, case: &Case<'_>) -> bool {
        let is = |object: &Value, way: &str, text: &str| is_text(at(object, way), text);
        match self {
            Self::Before(way, text) => is(case.sides.before, way, text),
            Self::Now(way, text) => is(case.sides.after, way, text),
            Self::That(condition) => condition(case),
            Self::Not(condition) => !condition(case),
        }
    }
}

/// The amount that a number, a quantity or a percentage stands for; a per cent is a hundredth.
fn amount(value: &Value) -> Option<Quantity> {
    let text = scalar(value)?;
    match text.strip_suffix('%') {
        Some(number) => Quantity::parse(&format!("{number}e-2")),
        None => Quantity::parse(&text),
    }
}

fn is_text(value: &Value, text: &str) -> bool {
    scalar(value).is_some_and(|known| known == text)
}

/// The effect of the first rule of `table` that is about the change: for tables in which one answer excludes the next.
pub(crate) fn first(table: &[Rule], case: &Case<'_>) -> Option<Found> {
    table.iter().find(|rule| rule.applies(case)).map(|rule| rule.found(case))
}

/// The effects of every rule of `table` that is about the change or, when a whole part of the object comes or goes,
/// about a field in it.
///
/// What is below something that goes counts only for rules about any kind: a container without its security context is
/// weaker, but an Ingress rule that is removed takes no path of its own with it.
pub(crate) fn all(table: &[Rule], sides: &BeforeAfter<'_>, change: &FieldChange) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, before, after) in fields_below(change) {
        let case = Case { sides, path: &path, before, after };
        let goes_with_more = after.is_none() && path != change.path;
        let rules = table.iter().filter(|rule| !goes_with_more || rule.kinds.is_empty());
        for rule in rules.filter(|rule| rule.applies(&case)) {
            let one = rule.found(&case);
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// A field on its way, as it was and as it is.
type Turned<'a> = (FieldPath, Option<&'a Value>, Option<&'a Value>);

/// The change itself, and every field below it that comes with it, or goes while what it belongs to stays.
fn fields_below(change: &FieldChange) -> Vec<Turned<'_>> {
    let mut all = vec![(change.path.clone(), change.before.as_ref(), change.after.as_ref())];
    if let Some(value) = &change.after {
        below(&change.path, value, true, &mut |path, value| all.push((path, None, Some(value))));
    }
    // An item that goes takes everything with it: nobody is left that could be weaker for it.
    let is_field = matches!(change.path.0.last(), Some(Segment::Key(_)));
    if let Some(value) = change.before.as_ref().filter(|_| is_field) {
        below(&change.path, value, false, &mut |path, value| all.push((path, Some(value), None)));
    }
    all
}

/// Calls `act` for every field below `value`; in lists only when they are wanted.
fn below<'a>(path: &FieldPath, value: &'a Value, lists: bool, act: &mut dyn FnMut(FieldPath, &'a Value)) {
    let inner: Vec<(FieldPath, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (path.key(key), value)).collect(),
        Value::Array(items) if lists => {
            items.iter().enumerate().map(|(n, item)| (path.with(Segment::Index(n)), item)).collect()
        }
        _ => Vec::new(),
    };
    for (path, value) in inner {
        act(path.clone(), value);
        below(&path, value, lists, act);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_is_about_the_way_that_a_value_goes() {
        let (one, two, large) = (json!("1"), json!("2"), json!("1Gi"));
        let none = None;
        for (when, holds, fails) in [
            (When::Added, vec![(none, Some(&one))], vec![(Some(&one), None), (Some(&one), Some(&two))]),
            (When::Removed, vec![(Some(&one), None)], vec![(None, Some(&one)), (Some(&one), Some(&two))]),
            (
                When::Lost,
                vec![(Some(&one), None), (Some(&one), Some(&two))],
                vec![(None, Some(&one)), (Some(&one), Some(&one))],
            ),
            (
                When::Set,
                vec![(None, Some(&one)), (Some(&one), Some(&two))],
                vec![(Some(&one), None), (Some(&one), Some(&one))],
            ),
            (
                When::Becomes("2"),
                vec![(Some(&one), Some(&two)), (None, Some(&two))],
                vec![(Some(&two), Some(&two)), (Some(&two), None)],
            ),
            (
                When::NoLonger("1"),
                vec![(Some(&one), Some(&two)), (Some(&one), None)],
                vec![(Some(&one), Some(&one)), (None, Some(&one))],
            ),
            (
                When::Raised,
                vec![(Some(&one), Some(&two)), (Some(&two), Some(&large))],
                vec![(Some(&two), Some(&one)), (None, Some(&two)), (Some(&one), Some(&one))],
            ),
            (
                When::Lowered,
                vec![(Some(&two), Some(&one))],
                vec![(Some(&one), Some(&two)), (Some(&two), None), (Some(&one), Some(&one))],
            ),
        ] {
            for (before, after) in holds {
                assert!(when.holds(before, after), "{when:?}: {before:?} → {after:?}");
            }
            for (before, after) in fails {
                assert!(!when.holds(before, after), "{when:?}: {before:?} → {after:?}");
            }
        }
    }
}
