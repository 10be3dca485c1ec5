//! What the values of a variable make of a setting that is on or off: worked out as Python would, or unknown.

use super::access::{Key, access};
use super::library::{Library, library};
use super::scheme;
use crate::detect::code::{Code, Definition, Source};
use crate::detect::project::Switch;
use crate::detect::python::{Call, Expr, ExprKind};

/// Values that people give, those for off first.
const VALUES: [&str; 14] =
    ["false", "False", "0", "no", "off", "FALSE", "", "true", "True", "1", "yes", "on", "TRUE", "y"];
/// How deep an expression may be.
const MAX_DEPTH: usize = 12;
/// Parts of expressions that are worked out for one value: names lead to other expressions, and to the same ones again.
const MAX_PARTS: usize = 400;

/// The one variable that decides about `setting`, and what its values do; nothing where there is none or several, or where a value
/// goes through code that is not known.
pub(crate) fn switch(code: &Code<'_>, source: &Source, setting: &Expr) -> Option<Switch> {
    let with = |given: Option<&str>| {
        let mut reading = Reading { code, given, variable: None, parts_left: MAX_PARTS };
        let value = reading.value(source, setting, MAX_DEPTH);
        (reading.variable, value.map(|value| value.holds()))
    };
    let having = |wanted: bool| -> Vec<&'static str> {
        VALUES.into_iter().filter(|value| with(Some(value)).1 == Some(wanted)).collect()
    };
    let (on, off) = (having(true), having(false));
    let (variable, unset) = with(None);
    let variable = variable.or_else(|| with(Some("true")).0)?;
    let place = source.evidence(setting.line);
    (!on.is_empty() && !off.is_empty()).then(|| Switch { variable, on, off, is_on_unset: unset == Some(true), place })
}

#[derive(Clone, PartialEq)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Value {
    fn holds(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(number) => *number != 0,
            Self::Text(text) => !text.is_empty(),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn int(&self) -> Option<i64> {
        match self {
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::None => None,
        }
    }
}

/// The words of `strtobool`, and of the libraries.
fn truth(text: &str) -> Option<Value> {
    let is_one = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one(&["true", "1", "yes", "y", "on", "t"]) {
        Some(Value::Bool(true))
    } else {
        is_one(&["false", "0", "no", "n", "off", "f"]).then_some(Value::Bool(false))
    }
}

struct Reading<'c> {
    code: &'c Code<'c>,
    given: Option<&'c str>,
    variable: Option<String>,
    parts_left: usize,
}

impl Reading<'_> {
    fn value(&mut self, source: &Source, expr: &Expr, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.parts_left = self.parts_left.checked_sub(1)?;
        if let Some(access) = access(self.code, source, expr) {
            let Key::Expr(key) = access.key else { return None };
            let name = self.code.text(source, key)?;
            if self.variable.get_or_insert_with(|| name.clone()) != &name {
                return None;
            }
            if matches!(expr.kind, ExprKind::In(..)) {
                return Some(Value::Bool(self.given.is_some()));
            }
            return match (self.given, access.default) {
                (Some(given), default) => self.cast(source, expr, given, default),
                (None, Some(default)) => self.value(source, default, depth),
                (None, None) => (!access.required).then_some(Value::None),
            };
        }
        if let Some((place, name, entry)) = scheme::field(self.code, source, expr) {
            return self.entry(place, name, entry, depth);
        }
        match &expr.kind {
            ExprKind::Str(text) => Some(Value::Text(text.clone())),
            ExprKind::Int(number) => Some(Value::Int(*number)),
            ExprKind::Bool(value) => Some(Value::Bool(*value)),
            ExprKind::None => Some(Value::None),
            ExprKind::Not(inner) => Some(Value::Bool(!self.value(source, inner, depth)?.holds())),
            ExprKind::Equal(left, right) => {
                Some(Value::Bool(self.value(source, left, depth)? == self.value(source, right, depth)?))
            }
            ExprKind::In(left, right) => self.contains(source, left, right, depth),
            ExprKind::And(parts) => self.chain(source, parts, false, depth),
            ExprKind::Or(parts) => self.chain(source, parts, true, depth),
            ExprKind::Conditional { test, body, orelse } => {
                let side = if self.value(source, test, depth)?.holds() { body } else { orelse };
                self.value(source, side, depth)
            }
            ExprKind::Call(call) => self.call(source, call, depth),
            ExprKind::Name(_) | ExprKind::Attr(..) => match self.code.resolve(source, expr)? {
                Definition::Value(place, _, value) => self.value(place, value, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// A variable of a scheme, whose entry has the type and the default.
    fn entry(&mut self, place: &Source, name: &str, entry: &Expr, depth: usize) -> Option<Value> {
        if self.variable.get_or_insert_with(|| name.to_owned()) != name {
            return None;
        }
        match (self.given, scheme::cast(entry)) {
            (None, _) => self.value(place, scheme::default(entry)?, depth),
            (Some(given), Some("bool")) => truth(given),
            (Some(given), Some("int")) => given.parse().ok().map(Value::Int),
            (Some(given), _) => Some(Value::Text(given.to_owned())),
        }
    }

    /// The parts of `or`, which ends with the first that holds, or of `and`.
    fn chain(&mut self, source: &Source, parts: &[Expr], ends: bool, depth: usize) -> Option<Value> {
        let mut last = None;
        for part in parts {
            last = Some(self.value(source, part, depth)?);
            if last.as_ref().is_some_and(|value| value.holds() == ends) {
                break;
            }
        }
        last
    }

    fn contains(&mut self, source: &Source, left: &Expr, right: &Expr, depth: usize) -> Option<Value> {
        let left = self.value(source, left, depth)?;
        if let ExprKind::Sequence(elements) = &right.kind {
            let values: Option<Vec<Value>> =
                elements.iter().map(|element| self.value(source, element, depth)).collect();
            return Some(Value::Bool(values?.contains(&left)));
        }
        let right = self.value(source, right, depth)?;
        Some(Value::Bool(right.text()?.contains(left.text()?)))
    }

    fn call(&mut self, source: &Source, call: &Call, depth: usize) -> Option<Value> {
        if let ExprKind::Attr(object, method) = &call.function.kind
            && call.arguments.is_empty()
        {
            let value = self.value(source, object, depth)?;
            let text = value.text()?;
            return Some(Value::Text(match method.as_str() {
                "lower" | "casefold" => text.to_lowercase(),
                "upper" => text.to_uppercase(),
                "strip" => text.trim().to_owned(),
                "capitalize" | "title" => {
                    let lower = text.to_lowercase();
                    lower.get(..1).map_or_else(String::new, |first| first.to_uppercase() + &lower[1..])
                }
                _ => return None,
            }));
        }
        let value = self.value(source, call.arguments.first()?, depth)?;
        match call.callee() {
            "bool" => Some(Value::Bool(value.holds())),
            "int" => value.int().map(Value::Int),
            "str" => value.text().map(|text| Value::Text(text.to_owned())),
            "strtobool" | "str2bool" | "str_to_bool" => truth(value.text()?),
            "loads" | "literal_eval" | "eval" => match (call.callee(), value.text()?) {
                ("loads", "true") | ("literal_eval" | "eval", "True") => Some(Value::Bool(true)),
                ("loads", "false") | ("literal_eval" | "eval", "False") => Some(Value::Bool(false)),
                (_, number) => number.parse().ok().map(Value::Int),
            },
            _ => None,
        }
    }

    /// What a read makes of the text that it finds.
    fn cast(&self, source: &Source, expr: &Expr, given: &str, default: Option<&Expr>) -> Option<Value> {
        let text = || Some(Value::Text(given.to_owned()));
        let Some(call) = expr.as_call() else { return text() };
        let (object, method) = match &call.function.kind {
            ExprKind::Attr(object, method) => (library(self.code, source, object), method.as_str()),
            _ => (None, ""),
        };
        let Some(library) = object.or_else(|| library(self.code, source, &call.function)) else {
            // `os.environ.get` and `os.getenv`; a reader of another package does what its name says.
            let is_plain = matches!(call.callee(), "get" | "getenv" | "pop");
            return if is_plain { text() } else { truth(given).filter(|_| call.callee().contains("bool")) };
        };
        let cast = call.keyword("cast").or_else(|| call.keyword("parser")).or_else(|| {
            let first = library.position_of_default(method).filter(|position| *position == 2);
            first.and_then(|_| call.arguments.get(1))
        });
        match (cast.and_then(Expr::last_name).unwrap_or(method), default.map(|default| &default.kind)) {
            ("bool", _) => truth(given),
            ("int", _) => given.parse().ok().map(Value::Int),
            // django-environ takes the type of the default.
            ("" | "get_value", Some(ExprKind::Bool(_))) if library == Library::DjangoEnviron => truth(given),
            ("" | "get_value", None) if library == Library::DjangoEnviron => None,
            ("" | "str" | "get" | "get_value", _) => text(),
            _ => None,
        }
    }
}
