//! Rules: which change of which field has which effect. The rules themselves are tables in [`super::rules`].

use serde_json::Value;

use super::effect::{Effect, Found};
use crate::kube::compare::FieldChange;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::path::{FieldPath, Segment, at};
use crate::kube::value::scalar;

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The kinds that it is about; empty for all.
    pub(crate) kinds: &'static [&'static str],
    /// The field, as [`FieldPath::matches`] takes it.
    pub(crate) at: &'static str,
    /// What must happen to the field.
    pub(crate) when: When,
    /// What must hold for the object besides.
    pub(crate) given: Given,
    pub(crate) effect: Effect,
    /// Why, in a clause.
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

/// What holds for the whole object, at a way as [`at`] takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    /// Nothing in particular.
    Always,
    /// A field had this value before (numbers and booleans as JSON writes them).
    Before(&'static str, &'static str),
    /// A field has this value now.
    Now(&'static str, &'static str),
}

/// The two states of the object that a change belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides<'a> {
    pub(crate) kind: &'a str,
    pub(crate) before: &'a Value,
    /// All of it, now.
    pub(crate) after: &'a Value,
}

impl Rule {
    /// Whether the rule is about this change.
    fn applies(&self, sides: &Sides<'_>, path: &FieldPath, before: Option<&Value>, after: Option<&Value>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&sides.kind))
            && path.matches(self.at)
            && self.when.holds(before, after)
            && self.given.holds(sides)
    }

    fn found(&self) -> Found {
        Found { effect: self.effect, why: self.why, source: self.source }
    }
}

impl When {
    fn holds(self, before: Option<&Value>, after: Option<&Value>) -> bool {
        let is = |value: Option<&Value>, text: &str| value.is_some_and(|value| is_text(value, text));
        let amounts = || Some((amount(before?)?, amount(after?)?));
        match self {
            Self::Any => true,
            Self::Added => before.is_none() && after.is_some(),
            Self::Removed => before.is_some() && after.is_none(),
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
    fn holds(self, sides: &Sides<'_>) -> bool {
        let is = |object: &Value, way: &str, text: &str| is_text(at(object, way), text);
        match self {
            Self::Always => true,
            Self::Before(way, text) => is(sides.before, way, text),
            Self::Now(way, text) => is(sides.after, way, text),
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
pub(crate) fn first(table: &[Rule], sides: &Sides<'_>, change: &FieldChange) -> Option<Found> {
    let hit = |path: &FieldPath, before: Option<&Value>, after: Option<&Value>| {
        table.iter().find(|rule| rule.applies(sides, path, before, after)).map(Rule::found)
    };
    hit(&change.path, change.before.as_ref(), change.after.as_ref())
}

/// The effects of every rule of `table` that is about the change or, when a whole part of the object comes or goes,
/// about a field in it.
///
/// What is below something that goes counts only for rules about any kind: a container without its security context is
/// weaker, but a rule of a policy that goes allows nothing.
pub(crate) fn all(table: &[Rule], sides: &Sides<'_>, change: &FieldChange) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, before, after) in fields_below(change) {
        let goes_with_more = after.is_none() && path != change.path;
        let rules = table.iter().filter(|rule| !goes_with_more || rule.kinds.is_empty());
        for rule in rules.filter(|rule| rule.applies(sides, &path, before, after)) {
            if !found.contains(&rule.found()) {
                found.push(rule.found());
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
