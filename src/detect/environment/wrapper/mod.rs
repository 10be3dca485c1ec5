//! Local wrappers: functions, methods and classes that take the name of a variable and read it.

mod known;
mod table;
mod template;

use known::{Wrapper, Wrappers, called};
use template::{locals, template};

use super::access::{self, Key};
use super::{Hint, Read, is_computed, literal};
use crate::detect::code::{Code, Source};
use crate::detect::python::{Call, Class, Expr, ExprKind, Function, StmtKind, walk};

/// How often wrappers of wrappers are followed.
const ROUNDS: usize = 4;

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
        table::reads(code, source, &wrappers, &mut found);
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
        is_computed: is_computed(source, default),
        hint: is_plain.then_some(Hint::Plain),
    })
}

/// Finds the wrappers of one module.
fn collect(code: &Code<'_>, source: &Source, wrappers: &mut Wrappers) {
    for stmt in walk::statements(&source.module.body) {
        match &stmt.kind {
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
        }
    }
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
    for expr in walk::expressions(&function.body) {
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
    }
    found.dedup();
    found
}

/// Whether anything in a function reads a variable or calls a wrapper: few do, and the rest is dear to find out.
fn reaches(code: &Code<'_>, source: &Source, function: &Function, wrappers: &Wrappers) -> bool {
    if function.parameters.is_empty() {
        return false;
    }
    let direct = source.may_read;
    walk::expressions(&function.body).any(|expr| {
        direct && access::access(code, source, expr).is_some()
            || matches!(&expr.kind, ExprKind::Call(call) if !called(code, source, call, wrappers).is_empty())
    })
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
    let is_environ = |expr: &Expr| source.qualified(expr).as_deref() == Some("os.environ");
    let takes_all = |expr: &Expr| match &expr.kind {
        ExprKind::Dict(items) => items.iter().any(|(key, value)| key.is_none() && is_environ(value)),
        ExprKind::Call(call) => {
            matches!(call.callee(), "dict" | "update") && call.arguments.iter().any(is_environ)
                || call.keywords.iter().any(|(name, value)| name.is_empty() && is_environ(value))
        }
        _ => false,
    };
    if !walk::expressions(&class.body).any(takes_all) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for method in methods(class).filter(|method| method.parameters.len() >= 2) {
        let key = &method.parameters[1].name;
        let looks_up = walk::calls(&method.body).any(|(_, call)| {
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
    for stmt in walk::statements(&constructor.body) {
        if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
            && let (Some(ExprKind::Attr(object, attribute)), Some(parameter)) =
                (targets.first().map(|target| &target.kind), value.as_name())
            && object.as_name() == Some("self")
        {
            kept.push((attribute.clone(), parameter.to_owned()));
        }
    }
    let mut found = Vec::new();
    for method in methods(class) {
        for expr in walk::expressions(&method.body) {
            let Some(access) = access::access(code, source, expr) else { continue };
            let Key::Expr(key) = access.key else { continue };
            let ExprKind::Attr(object, attribute) = &key.kind else { continue };
            if object.as_name() != Some("self") {
                continue;
            }
            let Some((_, parameter)) = kept.iter().find(|(kept, _)| kept == attribute) else { continue };
            let position =
                |name: &str| constructor.parameters.iter().position(|known| known.name == name)?.checked_sub(1);
            let Some(at) = position(parameter) else { continue };
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
        }
    }
    found
}
