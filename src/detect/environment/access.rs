//! Direct reads: `os.environ`, `getenv`, and the objects of the well-known libraries.

use super::library::library;
use super::{Hint, Read, default_of};
use crate::detect::code::{Code, Definition, Source};
use crate::detect::python::{Call, Expr, ExprKind};

/// An expression that reads a variable whose name is another expression.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) key: Key<'a>,
    pub(crate) line: u32,
    pub(crate) required: bool,
    pub(crate) default: Option<&'a Expr>,
    pub(crate) hint: Option<Hint>,
}

/// How the name of the variable is given.
#[derive(Debug)]
pub(crate) enum Key<'a> {
    Expr(&'a Expr),
    /// By the library's own default: `dj_database_url.config()` reads `DATABASE_URL`.
    Implied(&'static str),
}

pub(crate) fn read(source: &Source, name: String, access: &Access<'_>) -> Read {
    let (default, is_computed) = default_of(source, access.default);
    Read {
        name,
        place: source.evidence(access.line),
        required: access.required && access.default.is_none(),
        default,
        is_computed,
        hint: access.hint,
    }
}

/// The name and the default of the variable that `expr` itself reads.
pub(super) fn named<'e>(
    code: &Code<'_>,
    source: &Source,
    expr: &'e Expr,
) -> Option<(Option<String>, Option<&'e Expr>)> {
    let access = access(code, source, expr)?;
    let name = match access.key {
        Key::Expr(key) => code.text(source, key),
        Key::Implied(name) => Some(name.to_owned()),
    };
    Some((name, access.default))
}

/// The access that `expr` itself is, if it is one.
pub(crate) fn access<'a>(code: &Code<'_>, source: &Source, expr: &'a Expr) -> Option<Access<'a>> {
    let line = expr.line;
    match &expr.kind {
        ExprKind::Index(object, key) if is_environ(code, source, object) => {
            Some(Access { key: Key::Expr(key), line, required: true, default: None, hint: None })
        }
        ExprKind::In(key, object) if is_environ(code, source, object) => {
            Some(Access { key: Key::Expr(key), line, required: false, default: None, hint: None })
        }
        ExprKind::Call(call) => call_access(code, source, call, line),
        _ => None,
    }
}

fn call_access<'a>(code: &Code<'_>, source: &Source, call: &'a Call, line: u32) -> Option<Access<'a>> {
    let optional = |key, default| Some(Access { key, line, required: false, default, hint: None });
    if let ExprKind::Attr(object, method) = &call.function.kind {
        if matches!(method.as_str(), "get" | "pop" | "getlist") && is_environ(code, source, object) {
            return optional(Key::Expr(call.argument(0, "key")?), call.argument(1, "default"));
        }
        if method == "from_envvar" {
            return optional(Key::Expr(call.arguments.first()?), None);
        }
    }
    // click, typer and ConfigArgParse: an option that a variable fills.
    if matches!(call.callee(), "option" | "Option" | "argument" | "Argument" | "add_argument" | "add")
        && let Some(key) = call.keyword("envvar").or_else(|| call.keyword("env_var"))
    {
        return optional(Key::Expr(key), call.keyword("default"));
    }
    let name = source.qualified(&call.function);
    match name.as_deref() {
        Some("os.getenv" | "os.getenvb" | "getenv" | "os.environ.get") => {
            return optional(Key::Expr(call.argument(0, "key")?), call.argument(1, "default"));
        }
        Some("dj_database_url.config" | "django_database_url.config") => {
            // <https://github.com/jazzband/dj-database-url>: `DEFAULT_ENV = "DATABASE_URL"`.
            let is_default = |expr: &&Expr| code.origin(source, expr).as_deref() == Some("dj_database_url.DEFAULT_ENV");
            let given = call.argument(0, "env").filter(|env| !is_default(env));
            let key = given.map_or(Key::Implied("DATABASE_URL"), Key::Expr);
            return Some(Access {
                key,
                line,
                required: false,
                default: call.keyword("default"),
                hint: Some(Hint::Secret),
            });
        }
        // A text that is parsed as the address of a database or a mail server carries a password.
        Some("dj_database_url.parse" | "dj_email_url.parse" | "django_cache_url.parse") => {
            let inner = call.arguments.first()?;
            return Some(Access { hint: Some(Hint::Secret), ..access(code, source, inner)? });
        }
        Some("dj_email_url.config") => return optional(Key::Implied("EMAIL_URL"), None),
        Some("django_cache_url.config") => return optional(Key::Implied("CACHE_URL"), None),
        // Cloud Foundry's services: <https://github.com/jmcarp/py-cfenv>.
        Some("cfenv.AppEnv") => return optional(Key::Implied("VCAP_SERVICES"), None),
        _ => {}
    }
    // `getenv = os.environ.get` under another name.
    if call.function.as_name().is_some()
        && let Some(Definition::Value(place, _, value)) = code.resolve(source, &call.function)
        && matches!(place.qualified(value).as_deref(), Some("os.environ.get" | "os.getenv"))
    {
        return optional(Key::Expr(call.arguments.first()?), call.argument(1, "default"));
    }
    library_access(code, source, call, line).or_else(|| foreign_reader(code, source, call, line))
}

/// `env_bool("DEBUG")`, `get_string(name="DEBUG")`: a function of a package that is not here, and that by its name or by the
/// name of its module reads the environment.
fn foreign_reader<'a>(code: &Code<'_>, source: &Source, call: &'a Call, line: u32) -> Option<Access<'a>> {
    let key = call.argument(0, "name").or_else(|| call.keyword("option"))?;
    let is_constant = key.as_name().is_some();
    if !is_constant && !key.as_str().is_some_and(is_shouted) {
        return None;
    }
    let origin = code.origin(source, &call.function)?;
    // What the standard library reads is known above; its `setdefault` only writes.
    let (module, function) = origin.rsplit_once('.').filter(|(module, _)| module.split('.').next() != Some("os"))?;
    let words = |name: &'_ str| -> Vec<String> { name.split(['_', '.']).map(str::to_ascii_lowercase).collect() };
    let of_environment =
        |word: &String| matches!(word.as_str(), "env" | "envs" | "environ" | "environment" | "getenv" | "envvar");
    let by_function = words(function).iter().any(of_environment);
    let by_module = words(module).last().is_some_and(of_environment) && function.starts_with(char::is_lowercase);
    // `from company_common.config import config`: a decouple of its own.
    let by_config = function == "config" && words(module).iter().any(|word| matches!(word.as_str(), "config" | "conf"));
    // A name instead of a text is only taken for that of a variable where the function itself leaves no doubt.
    if !(by_function || !is_constant && (by_module || by_config)) {
        return None;
    }
    let default = call.argument(1, "default");
    let plain = words(function).iter().any(|word| matches!(word.as_str(), "bool" | "int" | "float" | "boolean"));
    let hint = plain.then_some(Hint::Plain);
    Some(Access { key: Key::Expr(key), line, required: false, default, hint })
}

/// Whether a text is written like the name of a variable: capitals, digits and underscores.
fn is_shouted(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn library_access<'a>(code: &Code<'_>, source: &Source, call: &'a Call, line: u32) -> Option<Access<'a>> {
    let (method, found) = match &call.function.kind {
        ExprKind::Attr(object, method) => match library(code, source, object) {
            Some(found) if found.has_methods() => (method.as_str(), found),
            // python-decouple: <https://github.com/HBNetwork/python-decouple>, `Config.get`.
            Some(found) if method == "get" => ("", found),
            _ => (call.callee(), library(code, source, &call.function)?),
        },
        _ => ("", library(code, source, &call.function)?),
    };
    if found.has_methods()
        && matches!(method, "read_env" | "read_envfile" | "prefixed" | "seal" | "parser_for" | "add_parser" | "dump")
    {
        return None;
    }
    let implied = match method {
        "db" | "db_url" | "dj_db_url" => Some("DATABASE_URL"),
        "cache" | "cache_url" | "dj_cache_url" => Some("CACHE_URL"),
        "email" | "email_url" | "dj_email_url" => Some("EMAIL_URL"),
        "search_url" => Some("SEARCH_URL"),
        _ => None,
    };
    let key = match (call.arguments.first().or_else(|| call.keyword("var")), implied) {
        (Some(key), _) => Key::Expr(key),
        (None, Some(name)) if found.has_methods() => Key::Implied(name),
        (None, _) => call.keyword("env").map(Key::Expr)?,
    };
    // `Config(".env").get("NAME")`: what the library's own object reads by a method.
    let default = call.keyword("default").or_else(|| call.arguments.get(found.position_of_default(method)?));
    // Everett calls its casts parsers.
    let cast = call.keyword("cast").or_else(|| call.keyword("parser")).and_then(Expr::last_name);
    let hint = match (method, cast) {
        (_, Some("Secret")) => Some(Hint::Secret),
        ("bool" | "int" | "float" | "timedelta" | "log_level", _) | (_, Some("bool" | "int" | "float")) => {
            Some(Hint::Plain)
        }
        _ => None,
    };
    Some(Access { key, line, required: true, default, hint })
}

/// Whether an expression is `os.environ`, under any name.
pub(crate) fn is_environ(code: &Code<'_>, source: &Source, expr: &Expr) -> bool {
    match source.qualified(expr).as_deref() {
        Some("os.environ" | "os.environb") => true,
        Some(name) if !name.contains('.') => match code.resolve(source, expr) {
            Some(Definition::Value(place, _, value)) => {
                matches!(place.qualified(value).as_deref(), Some("os.environ" | "os.environb"))
                    || value
                        .as_call()
                        .is_some_and(|call| matches!(call.callee(), "copy" | "dict") && call.calls_environ(place))
            }
            _ => false,
        },
        _ => false,
    }
}

impl Call {
    /// `os.environ.copy()` or `dict(os.environ)`.
    fn calls_environ(&self, source: &Source) -> bool {
        self.function.any(|expr| source.qualified(expr).as_deref() == Some("os.environ"))
            || self.arguments.iter().any(|argument| source.qualified(argument).as_deref() == Some("os.environ"))
    }
}
