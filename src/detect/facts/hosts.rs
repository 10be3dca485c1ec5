//! Hosts that a FastAPI or Flask service answers to: `TrustedHostMiddleware` and Flask's `TRUSTED_HOSTS`.
//!
//! Sources: <https://www.starlette.io/middleware/#trustedhostmiddleware>,
//! <https://flask.palletsprojects.com/en/stable/config/#TRUSTED_HOSTS>.

use crate::detect::code::{Definition, Source};
use crate::detect::context::Context;
use crate::detect::project::{AllowedHosts, Project};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};

pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    for source in context.sources() {
        if !source.mentions("TrustedHostMiddleware") && !source.mentions("TRUSTED_HOSTS") {
            continue;
        }
        let mut given = walk::calls(&source.module.body).filter_map(|(line, call)| {
            let is_middleware = call.callee() == "TrustedHostMiddleware"
                || call.arguments.first().and_then(Expr::last_name) == Some("TrustedHostMiddleware");
            let hosts = call.keyword("allowed_hosts").filter(|_| is_middleware);
            Some((hosts.or_else(|| call.keyword("TRUSTED_HOSTS"))?, line))
        });
        let mut set = walk::statements(&source.module.body).filter_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), .. }
                if targets.iter().any(|target| target.set_name() == Some("TRUSTED_HOSTS")) =>
            {
                Some((value, stmt.line))
            }
            _ => None,
        });
        if let Some((value, line)) = given.next().or_else(|| set.next()) {
            note(context, source, value, line, project);
            return;
        }
    }
}

fn note(context: &Context<'_>, source: &Source, value: &Expr, line: u32, project: &mut Project) {
    let mut literal = listed(context, source, value);
    if matches!(value.kind, ExprKind::None) {
        return;
    }
    // A setting, and the variable of that name which a settings class reads.
    let name = value.last_name().map(str::to_ascii_uppercase);
    let of_line = |read: &&crate::detect::environment::Read| read.place.file == source.path && read.place.line == line;
    let by_name =
        context.reads.iter().find(|read| name.as_ref().is_some_and(|name| read.name.ends_with(name.as_str())));
    let read = context.reads.iter().find(of_line).or(by_name);
    let field = read.and_then(|read| field(context, read));
    if let Some((_, Some(default))) = field.filter(|_| literal.is_empty()) {
        literal = default.elements().iter().filter_map(Expr::as_str).map(str::to_owned).collect();
    }
    if literal.iter().any(|host| host == "*") {
        return;
    }
    literal.dedup();
    let variable = read.map(|read| read.name.clone());
    project.because("allowed_hosts", source.evidence(line));
    let shown = if literal.is_empty() { "its own".to_owned() } else { literal.join(", ") };
    project.warnings.push(format!("the application answers 400 to hosts other than {shown} ({}:{line})", source.path));
    // A list that is written down holds a host for the probes; the variable may stay as it is.
    let variable = variable.filter(|_| literal.is_empty());
    let is_json = field.is_some_and(|(annotation, _)| is_list(annotation));
    project.allowed_hosts =
        Some(AllowedHosts { variable, is_json, is_certain: false, literal, place: source.evidence(line) });
}

/// The type and the default of the field of a settings class that a variable is read into.
fn field<'c>(
    context: &'c Context<'_>,
    read: &crate::detect::environment::Read,
) -> Option<(&'c Expr, Option<&'c Expr>)> {
    let source = context.code.source(&read.place.file)?;
    let field = walk::statements(&source.module.body).filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { annotation: Some(annotation), value, .. } if stmt.line == read.place.line => {
            Some((annotation, value.as_ref()))
        }
        _ => None,
    });
    field.last()
}

/// Whether pydantic reads a field of this type as JSON and nothing else.
/// Source: <https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values>
fn is_list(annotation: &Expr) -> bool {
    let bare = match &annotation.kind {
        ExprKind::Index(object, _) => object,
        _ => annotation,
    };
    let names = ["list", "List", "set", "Set", "tuple", "Tuple", "frozenset", "FrozenSet", "Sequence"];
    bare.last_name().is_some_and(|name| names.contains(&name))
        && !annotation.any(|expr| expr.last_name() == Some("NoDecode"))
}

/// The hosts of a list, of a constant or of a field of a settings class.
fn listed(context: &Context<'_>, source: &Source, value: &Expr) -> Vec<String> {
    let texts =
        |list: &Expr| -> Vec<String> { list.elements().iter().filter_map(Expr::as_str).map(str::to_owned).collect() };
    let own = texts(value);
    if !own.is_empty() {
        return own;
    }
    if let Some(Definition::Value(_, _, value)) = context.code.resolve(source, value) {
        return texts(value);
    }
    let ExprKind::Attr(object, name) = &value.kind else { return Vec::new() };
    let object = object.as_call().map_or(&**object, |call| &call.function);
    let Some((_, class)) = context.code.class_of(source, object) else { return Vec::new() };
    walk::scope(&class.body).filter_map(|stmt| stmt.assigned(name)).last().map(texts).unwrap_or_default()
}
