//! Local wrappers: functions, methods and classes that take the name of a variable and read it.

use std::collections::BTreeMap;

use super::access::{self, Key};
use super::{Hint, Read, literal};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Call, Class, Expr, ExprKind, Function, Stmt, StmtKind, walk};

/// How often wrappers of wrappers are followed.
const ROUNDS: usize = 4;

/// A wrapper: which parameter is the name, and what is put before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrapper {
    parameter: String,
    position: usize,
    prefix: String,
    suffix: String,
    /// Position and name of the parameter that is the default.
    default: Option<(usize, String)>,
    plain: bool,
}

/// Wrappers by file and name; methods as `Class.method`, classes by their own name.
type Wrappers = BTreeMap<(String, String), Vec<Wrapper>>;

/// The reads through wrappers.
pub(crate) fn read(code: &Code<'_>, sources: &[&Source]) -> Vec<Read> {
    let mut wrappers = Wrappers::new();
    for _ in 0..ROUNDS {
        let before = wrappers.values().map(Vec::len).sum::<usize>();
        for source in sources {
            collect(code, source, &mut wrappers);
        }
        if wrappers.values().map(Vec::len).sum::<usize>() == before {
            break;
        }
    }
    if wrappers.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for source in sources {
        for (line, call) in walk::calls(&source.module.body) {
            for wrapper in called(code, source, call, &wrappers) {
                found.extend(reads(code, source, call, line, wrapper));
            }
        }
        splats(code, source, &wrappers, &mut found);
    }
    found
}

/// The read that a call of a wrapper makes, when it gives a literal name.
fn reads(code: &Code<'_>, source: &Source, call: &Call, line: u32, wrapper: &Wrapper) -> Option<Read> {
    let name = code.text(source, call.argument(wrapper.position, &wrapper.parameter)?)?;
    let default = wrapper.default.as_ref().and_then(|(position, name)| call.argument(*position, name));
    let is_plain =
        wrapper.plain || default.is_some_and(|default| matches!(default.kind, ExprKind::Bool(_) | ExprKind::Int(_)));
    Some(Read {
        name: format!("{}{name}{}", wrapper.prefix, wrapper.suffix),
        place: source.evidence(line),
        required: false,
        default: default.and_then(literal),
        hint: is_plain.then_some(Hint::Plain),
    })
}

/// Finds the wrappers of one module.
fn collect(code: &Code<'_>, source: &Source, wrappers: &mut Wrappers) {
    walk::statements(&source.module.body, &mut |stmt| match &stmt.kind {
        StmtKind::Function(function) => {
            let found = of_function(code, source, function, 0, wrappers);
            insert(wrappers, source, function.name.clone(), found);
        }
        StmtKind::Class(class) => {
            for method in methods(class) {
                let skipped = usize::from(
                    method.parameters.first().is_some_and(|first| matches!(first.name.as_str(), "self" | "cls")),
                );
                let found = of_function(code, source, method, skipped, wrappers);
                insert(wrappers, source, format!("{}.{}", class.name, method.name), found);
            }
            let found = of_class(code, source, class);
            insert(wrappers, source, class.name.clone(), found);
            for (method, wrapper) in of_copy(source, class) {
                insert(wrappers, source, format!("{}.{method}", class.name), vec![wrapper]);
            }
        }
        _ => {}
    });
}

fn insert(wrappers: &mut Wrappers, source: &Source, name: String, found: Vec<Wrapper>) {
    if found.is_empty() {
        return;
    }
    let known = wrappers.entry((source.path.clone(), name)).or_default();
    for wrapper in found {
        if !known.contains(&wrapper) {
            known.push(wrapper);
        }
    }
}

fn methods(class: &Class) -> impl Iterator<Item = &Function> {
    class.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Function(function) => Some(function),
        _ => None,
    })
}

/// A function is a wrapper when a parameter reaches the name of a read, or the name argument of another wrapper.
fn of_function(
    code: &Code<'_>,
    source: &Source,
    function: &Function,
    skipped: usize,
    wrappers: &Wrappers,
) -> Vec<Wrapper> {
    if !reaches(code, source, function, wrappers) {
        return Vec::new();
    }
    let locals = locals(code, source, &function.body, function);
    let mut found = Vec::new();
    let mut push = |key: &Expr, before: &str, after: &str| {
        let Some((prefix, parameter, suffix)) = template(code, source, key, &locals) else { return };
        let Some(position) = function.parameters.iter().position(|known| known.name == parameter) else { return };
        let Some(position) = position.checked_sub(skipped) else { return };
        let suffix = format!("{suffix}{after}");
        // A file whose path is in `NAME_FILE` is another way to give the same value, not another setting.
        if suffix == "_FILE" {
            return;
        }
        let default = function
            .parameters
            .iter()
            .position(|known| matches!(known.name.as_str(), "default" | "default_value" | "fallback"));
        let returns = function.returns.as_ref().and_then(Expr::last_name);
        found.push(Wrapper {
            parameter,
            position,
            prefix: format!("{before}{prefix}"),
            suffix,
            default: default.and_then(|at| Some((at.checked_sub(skipped)?, function.parameters[at].name.clone()))),
            plain: matches!(returns, Some("bool" | "int" | "float")) || is_plain_name(&function.name),
        });
    };
    walk::expressions(&function.body, &mut |expr| {
        if let Some(access) = access::access(code, source, expr) {
            if let Key::Expr(key) = access.key {
                push(key, "", "");
            }
        } else if let Some(call) = expr.as_call() {
            for wrapper in called(code, source, call, wrappers) {
                if let Some(key) = call.argument(wrapper.position, &wrapper.parameter) {
                    push(key, &wrapper.prefix, &wrapper.suffix);
                }
            }
        }
    });
    found.dedup();
    found
}

/// Whether anything in a function reads a variable or calls a wrapper: few do, and the rest is dear to find out.
fn reaches(code: &Code<'_>, source: &Source, function: &Function, wrappers: &Wrappers) -> bool {
    if function.parameters.is_empty() {
        return false;
    }
    let direct = source.may_read;
    let mut found = false;
    walk::expressions(&function.body, &mut |expr| {
        found = found
            || (direct && access::access(code, source, expr).is_some())
            || matches!(&expr.kind, ExprKind::Call(call) if !called(code, source, call, wrappers).is_empty());
    });
    found
}

/// `env_bool`, `int_from_env` and their like give no text.
fn is_plain_name(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    words.iter().any(|word| {
        matches!(*word, "bool" | "int" | "boolean" | "integer" | "float" | "flag" | "number" | "envbool" | "envint")
    })
}

/// A class that takes the whole environment (`dict(os.environ)`, `**os.environ`) is read by the methods that look up what
/// they are given: `def get(self, key): return self.values.get(key)`.
fn of_copy(source: &Source, class: &Class) -> Vec<(String, Wrapper)> {
    let mut takes_all = false;
    walk::expressions(&class.body, &mut |expr| {
        let is_environ = |expr: &Expr| source.qualified(expr).as_deref() == Some("os.environ");
        takes_all |= match &expr.kind {
            ExprKind::Dict(items) => items.iter().any(|(key, value)| key.is_none() && is_environ(value)),
            ExprKind::Call(call) => {
                matches!(call.callee(), "dict" | "update") && call.arguments.iter().any(is_environ)
                    || call.keywords.iter().any(|(name, value)| name.is_empty() && is_environ(value))
            }
            _ => false,
        };
    });
    if !takes_all {
        return Vec::new();
    }
    let mut found = Vec::new();
    for method in methods(class).filter(|method| method.parameters.len() >= 2) {
        let key = &method.parameters[1].name;
        let looks_up = walk::calls(&method.body).iter().any(|(_, call)| {
            call.callee() == "get" && call.arguments.first().and_then(Expr::as_name) == Some(key.as_str())
        });
        if looks_up {
            let default = method.parameters.get(2).map(|parameter| (1, parameter.name.clone()));
            let wrapper = Wrapper {
                parameter: key.clone(),
                position: 0,
                prefix: String::new(),
                suffix: String::new(),
                default,
                plain: false,
            };
            found.push((method.name.clone(), wrapper));
        }
    }
    found
}

/// A class is a wrapper when its constructor keeps a parameter in an attribute that a method reads by.
fn of_class(code: &Code<'_>, source: &Source, class: &Class) -> Vec<Wrapper> {
    let Some(constructor) = methods(class).find(|method| method.name == "__init__") else { return Vec::new() };
    let mut kept: Vec<(String, String)> = Vec::new();
    walk::statements(&constructor.body, &mut |stmt| {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let (Some(ExprKind::Attr(object, attribute)), Some(parameter)) =
                (targets.first().map(|target| &target.kind), value.as_name())
            && object.as_name() == Some("self")
        {
            kept.push((attribute.clone(), parameter.to_owned()));
        }
    });
    let mut found = Vec::new();
    for method in methods(class) {
        walk::expressions(&method.body, &mut |expr| {
            let Some(access) = access::access(code, source, expr) else { return };
            let Key::Expr(key) = access.key else { return };
            let ExprKind::Attr(object, attribute) = &key.kind else { return };
            if object.as_name() != Some("self") {
                return;
            }
            let Some((_, parameter)) = kept.iter().find(|(kept, _)| kept == attribute) else { return };
            let position =
                |name: &str| constructor.parameters.iter().position(|known| known.name == name)?.checked_sub(1);
            let Some(at) = position(parameter) else { return };
            let wrapper = Wrapper {
                parameter: parameter.clone(),
                position: at,
                prefix: String::new(),
                suffix: String::new(),
                default: position("default").map(|at| (at, "default".to_owned())),
                plain: false,
            };
            if !found.contains(&wrapper) {
                found.push(wrapper);
            }
        });
    }
    found
}

/// Local names that are made from a parameter: `name = PREFIX + key`.
fn locals<'a>(
    code: &Code<'_>,
    source: &Source,
    body: &'a [Stmt],
    function: &Function,
) -> BTreeMap<String, (String, String, String)> {
    let mut known: BTreeMap<String, (String, String, String)> = function
        .parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), (String::new(), parameter.name.clone(), String::new())))
        .collect();
    walk::scope(body, &mut |stmt: &'a Stmt| {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let Some(name) = targets.first().and_then(Expr::as_name)
            && let Some(made) = template(code, source, value, &known)
        {
            known.insert(name.to_owned(), made);
        }
    });
    known
}

/// Prefix, parameter and suffix of an expression that puts text around a parameter.
fn template(
    code: &Code<'_>,
    source: &Source,
    expr: &Expr,
    locals: &BTreeMap<String, (String, String, String)>,
) -> Option<(String, String, String)> {
    match &expr.kind {
        ExprKind::Name(name) => locals.get(name).cloned(),
        ExprKind::Add(left, right) => {
            match (template(code, source, left, locals), template(code, source, right, locals)) {
                (Some((prefix, name, suffix)), None) => {
                    Some((prefix, name, format!("{suffix}{}", code.text(source, right)?)))
                }
                (None, Some((prefix, name, suffix))) => {
                    Some((format!("{}{prefix}", code.text(source, left)?), name, suffix))
                }
                _ => None,
            }
        }
        ExprKind::Format(parts) => {
            let (mut before, mut found, mut after) = (String::new(), None, String::new());
            for part in parts {
                match (template(code, source, part, locals), &found) {
                    (Some((prefix, name, suffix)), None) => {
                        before.push_str(&prefix);
                        after = suffix;
                        found = Some(name);
                    }
                    (Some(_), Some(_)) => return None,
                    (None, None) => before.push_str(&code.text(source, part)?),
                    (None, Some(_)) => after.push_str(&code.text(source, part)?),
                }
            }
            Some((before, found?, after))
        }
        // `name.upper()`, `name.encode()`, `str(name)`.
        ExprKind::Call(call) => match &call.function.kind {
            ExprKind::Attr(object, method) if matches!(method.as_str(), "upper" | "encode" | "strip") => {
                template(code, source, object, locals)
            }
            ExprKind::Name(name) if name == "str" => template(code, source, call.arguments.first()?, locals),
            _ => None,
        },
        _ => None,
    }
}

fn called<'w>(code: &Code<'_>, source: &Source, call: &Call, wrappers: &'w Wrappers) -> &'w [Wrapper] {
    let Some(name) = call.function.last_name().filter(|_| !wrappers.is_empty()) else { return &[] };
    // Following a name is dear; most calls are of nothing that any wrapper is called, by a subclass' or another name.
    let is_known = wrappers.keys().any(|(_, known)| known.rsplit('.').next() == Some(name));
    if !is_known && !name.starts_with(char::is_uppercase) && !source.renamed.contains(name) {
        return &[];
    }
    let get = |path: &str, name: &str| wrappers.get(&(path.to_owned(), name.to_owned())).map(Vec::as_slice);
    let found = match code.resolve(source, &call.function) {
        Some(Definition::Function(place, function)) => get(&place.path, &function.name),
        Some(Definition::Class(place, class)) => {
            get(&place.path, &class.name).or_else(|| {
                // A subclass is made with its base's constructor.
                class.bases.iter().find_map(|base| match code.resolve(place, base)? {
                    Definition::Class(place, class) => get(&place.path, &class.name),
                    _ => None,
                })
            })
        }
        Some(_) => None,
        None => match &call.function.kind {
            ExprKind::Attr(object, method) if matches!(object.as_name(), Some("self" | "cls")) => wrappers
                .iter()
                .find(|((path, name), _)| *path == source.path && name.ends_with(&format!(".{method}")))
                .map(|(_, found)| found.as_slice()),
            ExprKind::Attr(object, method) => code
                .class_of(source, object)
                .and_then(|(place, class)| get(&place.path, &format!("{}.{method}", class.name))),
            ExprKind::Name(name) => get(&source.path, name),
            _ => None,
        },
    };
    found.unwrap_or_default()
}

/// `read(**entry) for entry in TABLE`, or `read(entry["name"])`: the names in a table of dictionaries.
fn splats(code: &Code<'_>, source: &Source, wrappers: &Wrappers, found: &mut Vec<Read>) {
    let mut over = |target: &Expr, iter: &Expr, call: &Call| {
        let Some(variable) = target.as_name() else { return };
        for wrapper in called(code, source, call, wrappers) {
            let splat = call.keywords.iter().any(|(name, value)| name.is_empty() && value.as_name() == Some(variable));
            let key = match call.argument(wrapper.position, &wrapper.parameter).map(|argument| &argument.kind) {
                Some(ExprKind::Index(object, key)) if object.as_name() == Some(variable) => {
                    key.as_str().unwrap_or_default()
                }
                Some(ExprKind::Name(name)) if name == variable => "",
                None if splat => &wrapper.parameter,
                _ => continue,
            };
            let (place, table) = match code.resolve(source, iter) {
                Some(Definition::Value(place, _, value)) => (place, value),
                _ => (source, iter),
            };
            for entry in table.elements() {
                let named = match &entry.kind {
                    ExprKind::Dict(items) => items
                        .iter()
                        .find(|(name, _)| name.as_ref().and_then(Expr::as_str) == Some(key))
                        .map(|(_, value)| value),
                    ExprKind::Str(_) if key.is_empty() => Some(entry),
                    _ => None,
                };
                if let Some(name) = named.and_then(|named| code.text(place, named)) {
                    found.push(Read {
                        name: format!("{}{name}{}", wrapper.prefix, wrapper.suffix),
                        place: place.evidence(entry.line.max(1)),
                        required: false,
                        default: None,
                        hint: None,
                    });
                }
            }
        }
    };
    walk::statements(&source.module.body, &mut |stmt| {
        if let StmtKind::For { target, iter, body } = &stmt.kind {
            for (_, call) in walk::calls(body) {
                over(target, iter, call);
            }
        }
        for expr in stmt.exprs() {
            expr.visit(&mut |expr| {
                if let ExprKind::Comprehension { element, loops } = &expr.kind {
                    for (target, iter) in loops {
                        for call in element.iter().flat_map(Expr::calls) {
                            over(target, iter, call);
                        }
                    }
                }
            });
        }
    });
}
