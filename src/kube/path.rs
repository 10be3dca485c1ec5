//! The way to a field: `spec.template.spec.containers[web].image`, and patterns over such ways.
//!
//! A pattern is written as a way is: keys separated by dots, one with dots in it as `["app.kubernetes.io/name"]`, `[]`
//! for any item of a list, `*` for any key, `**` for any number of parts.

use std::fmt;

use serde_json::Value;

/// One part of the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A field of a map.
    Key(String),
    /// An item of a list, by its merge key or by the text itself.
    Item(String),
    /// An item of a list that has nothing to be known by, by its place (from 0).
    Index(usize),
}

/// The way from the top of an object to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    /// The way one segment further.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// The way to a field of the map at this path.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The last key on the way.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            _ => None,
        })
    }

    /// Whether `pattern` fits the whole way.
    pub fn matches(&self, pattern: &str) -> bool {
        fits(&self.0, &parts(pattern))
    }
}

/// The value at `way`, which goes through maps only; null when there is none.
pub(crate) fn at<'v>(value: &'v Value, way: &str) -> &'v Value {
    parts(way).into_iter().fold(value, |value, key| &value[key])
}

/// The parts of a way or a pattern.
fn parts(way: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), way);
    while !rest.is_empty() {
        let (part, after) = if let Some(quoted) = rest.strip_prefix("[\"") {
            quoted.split_once("\"]").unwrap_or((quoted, ""))
        } else if let Some(after) = rest.strip_prefix("[]") {
            ("[]", after)
        } else {
            rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()))
        };
        parts.push(part);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    parts
}

fn fits(segments: &[Segment], words: &[&str]) -> bool {
    match words {
        [] => segments.is_empty(),
        ["**", rest @ ..] => (0..=segments.len()).any(|skip| fits(&segments[skip..], rest)),
        [word, rest @ ..] => match segments {
            [Segment::Key(key), tail @ ..] => (*word == "*" || key == word) && fits(tail, rest),
            [_, tail @ ..] => *word == "[]" && fits(tail, rest),
            [] => false,
        },
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_simple(key) => {
                    let dot = if number == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                Segment::Key(key) => write!(f, "[\"{key}\"]")?,
                Segment::Item(item) => write!(f, "[{item}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_simple(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> FieldPath {
        let path = FieldPath::default().key("spec").key("template").key("spec").key("containers");
        path.with(Segment::Item("web".into())).key("image")
    }

    #[test]
    fn a_way_is_shown_with_its_items_by_name() {
        assert_eq!(image().to_string(), "spec.template.spec.containers[web].image");
        let label = FieldPath::default().key("metadata").key("labels").key("app.kubernetes.io/name");
        assert_eq!(label.to_string(), "metadata.labels[\"app.kubernetes.io/name\"]");
    }

    #[test]
    fn patterns_fit_whole_ways_only() {
        for pattern in ["spec.template.**", "**.image", "spec.template.spec.*[].image", "**"] {
            assert!(image().matches(pattern), "{pattern}");
        }
        for pattern in ["spec.template", "image", "spec.template.spec.*.*.image", "**.containers"] {
            assert!(!image().matches(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_value_is_found_by_its_way() {
        let value = serde_json::json!({"metadata": {"labels": {"app.kubernetes.io/name": "shop"}}});
        assert_eq!(at(&value, "metadata.labels[\"app.kubernetes.io/name\"]"), "shop");
        assert!(at(&value, "metadata.absent.name").is_null());
        let name = FieldPath::default().key("metadata").key("labels").key("app.kubernetes.io/name");
        assert!(name.matches("metadata.labels[\"app.kubernetes.io/name\"]") && name.matches("**.labels.*"));
    }
}
