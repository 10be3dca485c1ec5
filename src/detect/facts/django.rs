//! What Django's settings say: static files, host check, what an import of them needs.

use super::settings_module;
use crate::detect::code::{Definition, Source};
use crate::detect::context::Context;
use crate::detect::project::{AllowedHosts, Project};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind, walk};
use crate::detect::tree::{ancestors, file_name, join};

/// Finds it, and gives back the modules that the settings are made of, as [`chain`] does.
pub(crate) fn find<'s>(context: &'s Context<'_>, project: &mut Project) -> Vec<&'s Source> {
    project.manage_py = manage_py(context).map(str::to_owned);
    settings_module::find(context, project);
    let chain = chosen(context, project);
    let chain = match &project.settings_default {
        // Production's module is not in the tree, and what it builds on is the best that can be read.
        Some(default) if project.settings_module.as_deref().is_none_or(|module| !context.has_module(module)) => {
            self::chain(context, default).into_iter().chain(chain).collect()
        }
        _ => chain,
    };
    static_files(context, &chain, project);
    allowed_hosts(context, &chain, project);
    chain
}

fn manage_py<'s>(context: &'s Context<'_>) -> Option<&'s str> {
    let own = context.code.paths().iter().filter(|path| file_name(path) == "manage.py" && context.is_own(path));
    own.min_by_key(|path| path.matches('/').count()).copied().or_else(|| {
        // Above the code, as in a project whose packages are in `src`.
        let above = ancestors(&context.root).skip(1).filter_map(|here| join(here, "manage.py"));
        let path = above.into_iter().find(|path| context.code.tree.has(path))?;
        let source = context.code.source(&path)?;
        source.mentions("execute_from_command_line").then_some(source.path.as_str())
    })
}

/// The modules of the settings that production takes, as [`chain`] has them.
pub(crate) fn chosen<'s>(context: &'s Context<'_>, project: &Project) -> Vec<&'s Source> {
    project.settings_module.as_deref().map(|module| chain(context, module)).unwrap_or_default()
}

/// The settings module and what it imports with a star, the module itself first.
pub(crate) fn chain<'s>(context: &'s Context<'_>, module: &str) -> Vec<&'s Source> {
    let Some(first) = context.module(module) else {
        return fallback_chain(context, module);
    };
    let mut found = vec![first];
    let mut at = 0;
    while at < found.len() && found.len() < 40 {
        let source = found[at];
        for import in source.imports().filter(|import| import.name.as_deref() == Some("*")) {
            if let Some(next) = context.code.imported_module(source, import)
                && !found.iter().any(|known| known.path == next.path)
            {
                found.push(next);
            }
        }
        for next in bases(context, source) {
            if !found.iter().any(|known| known.path == next.path) {
                found.push(next);
            }
        }
        at += 1;
    }
    // `split_settings.include("components/*.py")`, dynaconf's and hand-made loaders: the neighbours count.
    if found.len() == 1 && ["include(", "DYNACONF", "dynaconf"].iter().any(|word| first.mentions(word)) {
        let named = included(context, first);
        found.extend(if named.is_empty() { neighbours(context, first) } else { named });
    }
    found
}

/// The modules of the classes that settings classes of a module build on.
fn bases<'s>(context: &'s Context<'_>, source: &'s Source) -> Vec<&'s Source> {
    let classes = source.module.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Class(class) => Some(class),
        _ => None,
    });
    let places =
        classes.flat_map(|class| &class.bases).filter_map(|base| match context.code.resolve(source, base)? {
            Definition::Class(place, _) if place.path != source.path => Some(place),
            _ => None,
        });
    places.filter(|place| context.is_own(&place.path)).collect()
}

/// Settings files when the module itself is not in the tree: those beside it, or all that set `INSTALLED_APPS` or `DATABASES`.
fn fallback_chain<'s>(context: &'s Context<'_>, module: &str) -> Vec<&'s Source> {
    let is_settings = |source: &&Source| source.mentions("INSTALLED_APPS") || source.mentions("DATABASES");
    let package = module.rsplit_once('.').map_or("", |(package, _)| package).replace('.', "/");
    let folder = join(&context.root, &package).unwrap_or_default();
    let own = || context.sources().filter(is_settings);
    let beside: Vec<&Source> = own().filter(|source| !package.is_empty() && source.folder() == folder).collect();
    if beside.is_empty() {
        own().filter(|source| source.path.contains("settings") || source.path.contains("config")).collect()
    } else {
        beside
    }
}

fn neighbours<'s>(context: &'s Context<'_>, source: &Source) -> Vec<&'s Source> {
    let folder = source.folder().to_owned();
    let below =
        context.code.paths().iter().filter(|path| path.starts_with(&format!("{folder}/")) && **path != source.path);
    below.filter(|path| context.is_own(path)).take(60).filter_map(|path| context.code.source(path)).collect()
}

/// The files that settings put themselves together from, the last one, which wins, first:
/// `include("parts/base/*.py", optional(f"parts/{STAGE}/*.py"))`.
/// Source: <https://django-split-settings.readthedocs.io/en/latest/>
fn included<'s>(context: &'s Context<'_>, source: &'s Source) -> Vec<&'s Source> {
    let mut found = Vec::new();
    for (_, call) in walk::calls(&source.module.body).filter(|(_, call)| call.callee() == "include") {
        for argument in &call.arguments {
            let optional = argument.as_call().filter(|call| call.callee() == "optional");
            let named = optional.map_or(Some(argument), |call| call.arguments.first());
            let pattern = named.and_then(|named| join(source.folder(), &context.code.text(source, named)?));
            let Some(pattern) = pattern else { continue };
            let (start, end) = pattern.split_once('*').unwrap_or((&pattern, ""));
            let is_named = |path: &&&str| {
                let between = path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
                between.is_some_and(|name| !name.contains('/') && (name.is_empty() || pattern.contains('*')))
            };
            found.extend(context.code.paths().iter().filter(is_named).filter_map(|path| context.code.source(path)));
        }
    }
    found.reverse();
    found
}

/// The last assignment of a setting along the chain, the production module's own winning.
pub(crate) fn setting<'s>(chain: &[&'s Source], name: &str) -> Option<(&'s Source, &'s Stmt, &'s Expr)> {
    chain.iter().find_map(|source| {
        let mut found: Option<(&Source, &Stmt, &Expr, bool)> = None;
        statements(&source.module.body, false, &mut |stmt, is_debug| {
            if let StmtKind::Assign { targets, value: Some(value), augmented: false, .. } = &stmt.kind
                && targets.iter().any(|target| target.as_name() == Some(name))
                // `X = None` in a class for tests takes nothing back from the one for production.
                && found.is_none_or(|(.., was_debug)| was_debug || !is_debug && !matches!(value.kind, ExprKind::None))
            {
                found = Some((*source, stmt, value, is_debug));
            }
        });
        found.map(|(source, stmt, value, _)| (source, stmt, value))
    })
}

/// Visits the statements that run on import, with whether they do so for debugging only: `if DEBUG:`.
fn statements<'s>(body: &'s [Stmt], is_debug: bool, visitor: &mut impl FnMut(&'s Stmt, bool)) {
    for stmt in body {
        visitor(stmt, is_debug);
        let for_debugging = matches!(&stmt.kind, StmtKind::If { test, .. } if test.as_name() == Some("DEBUG"));
        if !matches!(stmt.kind, StmtKind::Function(_)) {
            for (number, block) in stmt.blocks().into_iter().enumerate() {
                statements(block, is_debug || for_debugging && number == 0, visitor);
            }
        }
    }
}

fn static_files(context: &Context<'_>, chain: &[&Source], project: &mut Project) {
    let Some((source, stmt, value)) = setting(chain, "STATIC_ROOT") else {
        // Settings that a package of somebody else begins: the project's own image says that there is something to collect.
        if let Some(place) = context
            .deployment
            .commands
            .iter()
            .find(|command| command.runs("collectstatic"))
            .map(|command| &command.place)
        {
            project.static_files = true;
            project.because("static", place.clone());
        }
        return;
    };
    if matches!(value.kind, ExprKind::None) {
        return;
    }
    project.static_files = true;
    project.static_root = context.code.text(source, value).or_else(|| {
        // The last literal of a join: `BASE_DIR / "staticfiles"`.
        let mut last = None;
        value.visit(&mut |expr| last = expr.as_str().map(str::to_owned).or(last.take()));
        last
    });
    project.because("static", source.evidence(stmt.line));
}

fn allowed_hosts(context: &Context<'_>, chain: &[&Source], project: &mut Project) {
    let Some((source, stmt, value)) = setting(chain, "ALLOWED_HOSTS") else { return };
    let literal: Vec<String> = value.elements().iter().filter_map(Expr::as_str).map(str::to_owned).collect();
    let of_names = || value.elements().iter().find_map(|element| variable_of(context, source, element));
    let added = || added_host(context, chain).filter(|_| literal.is_empty());
    let variable = variable_in(context, source, stmt, value).or_else(of_names).or_else(added);
    if !literal.iter().any(|host| host == "*") {
        let through = variable.as_ref().map_or(String::new(), |variable| format!(", through {variable}"));
        project.warnings.push(format!("ALLOWED_HOSTS must hold the host that the probes send{through}"));
    }
    project.because("allowed_hosts", source.evidence(stmt.line));
    let place = source.evidence(stmt.line);
    project.allowed_hosts = Some(AllowedHosts { variable, is_json: false, is_certain: false, literal, place });
}

/// The variable of `ALLOWED_HOSTS.append(HOST)` and `ALLOWED_HOSTS += [HOST]`.
fn added_host(context: &Context<'_>, chain: &[&Source]) -> Option<String> {
    let mut found = None;
    for source in chain {
        statements(&source.module.body, false, &mut |stmt, is_debug| {
            let values: Vec<&Expr> = match &stmt.kind {
                StmtKind::Expr(expr) => {
                    match expr.as_call().filter(|call| call.receiver().as_deref() == Some("ALLOWED_HOSTS")) {
                        Some(call) if matches!(call.callee(), "append" | "extend" | "insert") => {
                            call.arguments.iter().collect()
                        }
                        _ => Vec::new(),
                    }
                }
                StmtKind::Assign { targets, value: Some(value), augmented: true, .. }
                    if targets.iter().any(|target| target.as_name() == Some("ALLOWED_HOSTS")) =>
                {
                    vec![value]
                }
                _ => Vec::new(),
            };
            let all = values.into_iter().flat_map(|value| std::iter::once(value).chain(value.elements()));
            if found.is_none() && !is_debug {
                found = all.into_iter().find_map(|value| {
                    variable_of(context, source, value).or_else(|| variable_in(context, source, stmt, value))
                });
            }
        });
    }
    found
}

/// The variable that a name holds.
fn variable_of(context: &Context<'_>, source: &Source, name: &Expr) -> Option<String> {
    name.as_name()?;
    match context.code.resolve(source, name)? {
        Definition::Value(place, stmt, value) => variable_in(context, place, stmt, value),
        _ => None,
    }
}

/// The variable that is read inside the value of a setting.
pub(crate) fn variable_in(context: &Context<'_>, source: &Source, stmt: &Stmt, value: &Expr) -> Option<String> {
    let mut last = stmt.line;
    let mut names = Vec::new();
    value.visit(&mut |expr| {
        last = last.max(expr.line);
        names.extend(expr.as_str());
    });
    let inside = |read: &&crate::detect::environment::Read| {
        read.place.file == source.path && (stmt.line..=last).contains(&read.place.line)
    };
    let reads: Vec<_> = context.reads.iter().filter(inside).collect();
    reads
        .iter()
        .find(|read| names.iter().any(|name| read.name.ends_with(name)))
        .or(reads.first())
        .map(|read| read.name.clone())
}
