//! Classes whose fields are variables: pydantic's `BaseSettings`.

use super::configurations::configuration;
use super::settings_usage::{self, Classes};
use super::{Hint, Read, is_computed, literal};
use crate::detect::code::{Code, Source};
use crate::detect::project::Evidence;
use crate::detect::python::{Call, Class, Expr, ExprKind, StmtKind, walk};

/// How deep settings may be nested.
const MAX_DEPTH: usize = 5;

/// The variables of the settings classes that the code uses, and where the others are.
pub(super) struct Settings {
    pub(super) reads: Vec<Read>,
    /// File, first and last line.
    unused: Vec<(String, u32, u32)>,
}

impl Settings {
    /// Whether a read fills a field of a class that nothing uses.
    pub(super) fn is_unused(&self, place: &Evidence) -> bool {
        let is_inside =
            |(file, first, last): &(String, u32, u32)| *file == place.file && (*first..=*last).contains(&place.line);
        self.unused.iter().any(is_inside)
    }
}

/// The variables of all settings classes.
pub(super) fn read(code: &Code<'_>, sources: &[&Source]) -> Settings {
    let mut found = Vec::new();
    let mut classes = Classes::new();
    for source in sources {
        for stmt in walk::statements(&source.module.body) {
            let StmtKind::Class(class) = &stmt.kind else { continue };
            if is_settings(code, source, class) {
                classes.push((source, class));
            } else if code.inherits(source, class, &|name| name.ends_with("configurations.Configuration")) {
                configuration(code, source, class, "DJANGO_", &mut found);
            } else if code.inherits(source, class, &|name| name == "env_config.Environment") {
                // django-environment-config: as django-configurations, without a prefix of its own.
                configuration(code, source, class, "", &mut found);
            }
        }
    }
    let used = settings_usage::used(code, classes.clone());
    let is_used = |class: &Class| used.iter().any(|(_, used)| std::ptr::eq(*used, class));
    let lines = |(source, class): &(&Source, &Class)| {
        Some((source.path.clone(), class.body.first()?.line, class.body.last()?.end))
    };
    let unused = classes.iter().filter(|(_, class)| !is_used(class)).filter_map(lines).collect();
    for (source, class) in used {
        let options = options(code, source, class, MAX_DEPTH);
        let part = Part { options: &options, path: String::new(), is_needed: true };
        fields(code, source, class, &part, MAX_DEPTH, &mut found);
    }
    Settings { reads: found, unused }
}

fn is_settings(code: &Code<'_>, source: &Source, class: &Class) -> bool {
    code.inherits(source, class, &is_base)
}

/// The full names of pydantic's base class, old and new.
fn is_base(name: &str) -> bool {
    matches!(
        name,
        "pydantic.BaseSettings"
            | "pydantic_settings.BaseSettings"
            | "pydantic.v1.BaseSettings"
            | "pydantic.env_settings.BaseSettings"
            | "BaseSettings"
    )
}

/// What `model_config` or `class Config` say about names.
#[derive(Clone, Debug, Default)]
struct Options {
    prefix: String,
    nested: Option<String>,
    case_sensitive: bool,
    /// `fields = {"x": {"env": "Y"}}` of pydantic 1.
    renamed: Vec<(String, String)>,
}

fn options(code: &Code<'_>, source: &Source, class: &Class, depth: usize) -> Options {
    let mut found = Options::default();
    let Some(depth) = depth.checked_sub(1) else { return found };
    for base in class.bases.iter().rev() {
        if let Some((place, class)) = code.class(source, base) {
            found = options(code, place, class, depth);
        }
    }
    for (name, value) in &class.keywords {
        set(code, source, name, value, &mut found);
    }
    for stmt in &class.body {
        match &stmt.kind {
            StmtKind::Assign { value: Some(value), .. } if stmt.assigned("model_config").is_some() => {
                // One for several classes: `model_config = SHARED`.
                let (_, value) = code.value(source, value);
                match &value.kind {
                    ExprKind::Call(call) => {
                        call.keywords.iter().for_each(|(name, value)| set(code, source, name, value, &mut found));
                    }
                    ExprKind::Dict(items) => {
                        for (key, value) in items {
                            set(
                                code,
                                source,
                                key.as_ref().and_then(Expr::as_str).unwrap_or_default(),
                                value,
                                &mut found,
                            );
                        }
                    }
                    _ => {}
                }
            }
            StmtKind::Class(inner) if inner.name == "Config" => {
                for stmt in &inner.body {
                    if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
                        && let Some(name) = targets.first().and_then(Expr::as_name)
                    {
                        set(code, source, name, value, &mut found);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn set(code: &Code<'_>, source: &Source, name: &str, value: &Expr, options: &mut Options) {
    match name {
        "env_prefix" => options.prefix = code.text(source, value).unwrap_or_default(),
        "env_nested_delimiter" => options.nested = code.text(source, value),
        "case_sensitive" => options.case_sensitive = matches!(value.kind, ExprKind::Bool(true)),
        "fields" => {
            let ExprKind::Dict(items) = &value.kind else { return };
            for (key, value) in items {
                let renamed = match &value.kind {
                    ExprKind::Dict(_) => value
                        .entry("env")
                        .and_then(|value| value.as_str().or_else(|| value.elements().first()?.as_str())),
                    _ => value.as_str(),
                };
                if let (Some(key), Some(renamed)) = (key.as_ref().and_then(Expr::as_str), renamed) {
                    options.renamed.push((key.to_owned(), renamed.to_owned()));
                }
            }
        }
        _ => {}
    }
}

/// Where in the settings a class stands whose fields are read.
struct Part<'o> {
    options: &'o Options,
    /// What the names of its fields begin with, without the prefix.
    path: String,
    /// Whether a field without a default must be set.
    is_needed: bool,
}

/// The fields of a class, and of its bases that are not settings classes themselves (mix-ins).
fn fields(code: &Code<'_>, source: &Source, class: &Class, part: &Part<'_>, depth: usize, found: &mut Vec<Read>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for base in &class.bases {
        if let Some((place, class)) = code.class(source, base)
            && !is_settings(code, place, class)
        {
            fields(code, place, class, part, depth, found);
        }
    }
    let filled = filled(class);
    for stmt in &class.body {
        let StmtKind::Assign { targets, value, annotation: Some(annotation), .. } = &stmt.kind else { continue };
        let Some(name) = targets.first().and_then(Expr::as_name) else { continue };
        if name.starts_with('_') || name == "model_config" || mentions(annotation, "ClassVar") {
            continue;
        }
        let declared =
            value.as_ref().and_then(Expr::as_call).filter(|call| matches!(call.callee(), "Field" | "PrivateAttr"));
        if declared.is_some_and(|call| call.callee() == "PrivateAttr" || has_false(call, "init")) {
            continue;
        }
        let default = match declared {
            Some(call) => call.argument(0, "default").filter(|value| !is_ellipsis(value)),
            None => value.as_ref(),
        };
        let factory = declared.and_then(|call| call.keyword("default_factory"));
        let is_filled = filled.contains(&name);
        let field = Field { name, annotation, default, factory, line: stmt.line };
        if nested(code, source, &field, part, depth, found) {
            continue;
        }
        let options = part.options;
        let names = declared.and_then(aliases).or_else(|| annotation_field(annotation).and_then(aliases));
        let names = names.unwrap_or_else(|| {
            let renamed = options.renamed.iter().find(|(field, _)| field == name).map(|(_, renamed)| renamed.clone());
            vec![renamed.unwrap_or_else(|| format!("{}{}{name}", options.prefix, part.path))]
        });
        for name in names.into_iter().take(1) {
            let address = holds_an_address(code, source, annotation, &name).then_some(Hint::Secret);
            found.push(Read {
                name: if options.case_sensitive { name } else { name.to_ascii_uppercase() },
                place: source.evidence(stmt.line),
                required: part.is_needed && default.is_none() && factory.is_none() && !is_filled,
                default: default.and_then(literal),
                is_computed: is_computed(source, default) || factory.is_some() || is_filled,
                hint: hint(annotation).or(address),
            });
        }
    }
}

/// The fields that a validator gives a value before the others are looked at: `values["host"] = …`.
/// Source: <https://docs.pydantic.dev/latest/concepts/validators/#model-validators>, `pre=True` of `root_validator` before.
fn filled(class: &Class) -> Vec<&str> {
    let is_early = |decorator: &Expr| {
        decorator.as_call().is_some_and(|call| {
            let is = |name: &str, wanted: &dyn Fn(&Expr) -> bool| call.keyword(name).is_some_and(wanted);
            call.callee().ends_with("validator")
                && (is("mode", &|mode| mode.as_str() == Some("before"))
                    || is("pre", &|pre| matches!(pre.kind, ExprKind::Bool(true))))
        })
    };
    let mut found = Vec::new();
    for stmt in &class.body {
        let StmtKind::Function(function) = &stmt.kind else { continue };
        if !function.decorators.iter().any(is_early) {
            continue;
        }
        for stmt in walk::statements(&function.body) {
            match &stmt.kind {
                StmtKind::Assign { targets, .. } => {
                    found.extend(targets.iter().filter_map(|target| match &target.kind {
                        ExprKind::Index(_, key) => key.as_str(),
                        _ => None,
                    }));
                }
                StmtKind::Expr(value) => {
                    let call = value.as_call().filter(|call| call.callee() == "setdefault");
                    found.extend(call.and_then(|call| call.arguments.first()?.as_str()));
                }
                _ => {}
            }
        }
    }
    found
}

/// A field of a class as it is written.
struct Field<'e> {
    name: &'e str,
    annotation: &'e Expr,
    default: Option<&'e Expr>,
    factory: Option<&'e Expr>,
    line: u32,
}

/// A field whose type is a model of the project: with a delimiter its fields are variables too; a settings class of its
/// own is read on its own.
/// Source: <https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values>
fn nested(
    code: &Code<'_>,
    source: &Source,
    field: &Field<'_>,
    part: &Part<'_>,
    depth: usize,
    found: &mut Vec<Read>,
) -> bool {
    let Some((place, class)) = model(code, source, field.annotation, field.line) else { return false };
    if is_settings(code, place, class) && part.options.nested.is_none() {
        return true;
    }
    let Some(delimiter) = &part.options.nested else { return false };
    let is_dataclass = || class.decorators.iter().any(|name| name.any(|expr| expr.last_name() == Some("dataclass")));
    if !is_dataclass() && !code.inherits(place, class, &|name| name.ends_with("BaseModel") || is_base(name)) {
        return false;
    }
    // `Database()` and `default_factory=Database` ask for the fields, too.
    let makes = |expr: &Expr| match expr.as_call() {
        Some(call) => call.arguments.is_empty() && call.keywords.is_empty() && call.callee() == class.name,
        None => expr.last_name() == Some(class.name.as_str()),
    };
    let is_needed = part.is_needed && field.default.or(field.factory).is_none_or(makes);
    let path = format!("{}{}{delimiter}", part.path, field.name);
    fields(code, place, class, &Part { options: part.options, path, is_needed }, depth, found);
    true
}

/// The class that a field holds one of: `Database`, `Database | None`, `Optional[Database]`, `Annotated[Database, …]`, `"Database"`.
fn model<'a>(code: &'a Code<'_>, source: &'a Source, annotation: &Expr, line: u32) -> Option<(&'a Source, &'a Class)> {
    match &annotation.kind {
        ExprKind::Name(_) | ExprKind::Attr(..) => code.class(source, annotation),
        ExprKind::BitOr(left, right) => model(code, source, left, line).or_else(|| model(code, source, right, line)),
        ExprKind::Index(generic, inner) if matches!(generic.last_name(), Some("Optional" | "Annotated" | "Union")) => {
            let first = if inner.elements().is_empty() { Some(&**inner) } else { inner.elements().first() };
            model(code, source, first?, line)
        }
        ExprKind::Str(text) => {
            let name = text.split('|').map(str::trim).find(|name| *name != "None")?;
            model(code, source, &Expr { line, kind: ExprKind::Name(name.to_owned()) }, line)
        }
        _ => None,
    }
}

/// `Field` inside `Annotated[str, Field(alias="X")]`.
fn annotation_field(annotation: &Expr) -> Option<&Call> {
    let mut found = None;
    annotation.visit(&mut |expr| {
        if let ExprKind::Call(call) = &expr.kind
            && call.callee() == "Field"
        {
            found = Some(&**call);
        }
    });
    found
}

/// The names that `alias=`, `validation_alias=` or `env=` give.
fn aliases(call: &Call) -> Option<Vec<String>> {
    let value = ["validation_alias", "alias", "env"].iter().find_map(|name| call.keyword(name))?;
    match &value.kind {
        ExprKind::Str(text) => Some(vec![text.clone()]),
        ExprKind::Call(call) => Some(call.arguments.iter().filter_map(Expr::as_str).map(str::to_owned).collect()),
        ExprKind::Sequence(entries) => Some(entries.iter().filter_map(Expr::as_str).map(str::to_owned).collect()),
        _ => None,
    }
    .filter(|names: &Vec<String>| !names.is_empty())
}

/// Whether a field of a store is typed as an address: `PostgresDsn`, `DATABASE_SERVER: AnyUrl`; such carry a password.
fn holds_an_address(code: &Code<'_>, source: &Source, annotation: &Expr, name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let is_store = upper
        .split('_')
        .any(|word| matches!(word, "DATABASE" | "DB" | "REDIS" | "BROKER" | "AMQP" | "MONGO" | "MAIL" | "SMTP"));
    let mut found = false;
    annotation.visit(&mut |expr| {
        let is_address = |name: &str| name.ends_with("Dsn") || name.ends_with("Url") || name.ends_with("AnyUrl");
        let own = code.class(source, expr).is_some_and(|(place, class)| code.inherits(place, class, &is_address));
        found |= own || expr.last_name().is_some_and(|name| name.ends_with("Dsn") || is_store && name.ends_with("Url"));
    });
    found && is_store
        || annotation.any(|expr| expr.last_name().is_some_and(|name| name.ends_with("Dsn") && name != "HttpDsn"))
}

fn has_false(call: &Call, name: &str) -> bool {
    call.keyword(name).is_some_and(|value| matches!(value.kind, ExprKind::Bool(false)))
}

fn is_ellipsis(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Other(parts) if parts.is_empty())
}

fn mentions(annotation: &Expr, name: &str) -> bool {
    annotation.any(|expr| expr.last_name() == Some(name))
}

/// What the type says: `SecretStr` is a secret, `int` is not.
fn hint(annotation: &Expr) -> Option<Hint> {
    if ["SecretStr", "SecretBytes", "Secret"].iter().any(|name| mentions(annotation, name)) {
        return Some(Hint::Secret);
    }
    let plain = matches!(annotation.as_name(), Some("bool" | "int" | "float" | "timedelta"));
    plain.then_some(Hint::Plain)
}
