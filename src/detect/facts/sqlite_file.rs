//! The file of the main database, where that is SQLite: by the settings, by the address that the code falls back to, or by what
//! SQLite's own driver opens.

use super::databases::DRIVERS;
use super::django;
use super::files::{Paths, in_root, is_plain};
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{Database, Evidence, Project, WrittenPlace};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};
use crate::vocabulary::{APP_FOLDER, Framework};

/// Lines that one assignment may take.
const STATEMENT: u32 = 4;

/// An address of SQLite in the code.
struct Address {
    file: WrittenPlace,
    /// As the code works it out.
    text: String,
}

pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let paths = Paths { context };
    let is_django = project.framework == Framework::Django;
    let is_first = project.databases.first() == Some(&Database::Sqlite);
    // A driver that only a group or an extra installs is for those who want another database.
    let is_alone = !DRIVERS.iter().any(|(name, _, is_djangos)| *is_djangos && context.manifest.main(name).is_some());
    let is_main = is_first || is_alone && is_django && project.databases.contains(&Database::Sqlite);
    // Whatever drivers are there: what the chosen settings say is what runs.
    project.sqlite_file = is_django.then(|| paths.of_django(project)).flatten();
    if project.sqlite_file.is_some() {
        return;
    }
    let found = match &project.database_variable {
        None if is_main && !is_django => paths.of_address(None).or_else(|| Some((paths.opened()?, None))),
        Some(variable) if is_first => fallback(context, &paths, variable),
        _ => None,
    };
    if let Some((file, address)) = found {
        project.sqlite_address = address.filter(|_| project.database_variable.is_some());
        project.sqlite_file = Some(file);
    }
}

/// What the code falls back to where the variable with the address of its database is not set; nothing where it must be set, and
/// where nobody knows which drivers are installed.
fn fallback(context: &Context<'_>, paths: &Paths<'_, '_>, variable: &str) -> Option<(WrittenPlace, Option<String>)> {
    let reads = || context.reads.iter().filter(|read| read.name == variable);
    if context.manifest.files.is_empty() || reads().any(|read| read.required) {
        return None;
    }
    reads().find_map(|read| paths.of_address(Some(&read.place)))
}

impl Paths<'_, '_> {
    /// `NAME` of Django's default database.
    fn of_django(&self, project: &Project) -> Option<WrittenPlace> {
        let chain = project.settings_module.as_deref().map(|module| django::chain(self.context, module))?;
        let (source, stmt, value) = django::setting(&chain, "DATABASES")?;
        let default = value.entry("default")?;
        let is_sqlite =
            |expr: &Expr| self.context.code.text(source, expr).is_some_and(|text| text.ends_with("sqlite3"));
        let file_in = |default: &Expr| {
            default.entry("ENGINE").filter(|engine| is_sqlite(engine))?;
            self.text(source, default.entry("NAME")?)
        };
        // A name that `if` and `else` give different databases: the one that takes no server is what is left.
        let name = file_in(default).or_else(|| {
            let wanted = default.as_name()?;
            walk::top_level(&source.module.body).find_map(|stmt| file_in(stmt.assigned(wanted)?))
        });
        Self::anywhere(&name?, &self.working_folder(), source.evidence(stmt.line))
    }

    /// The first address of SQLite in the code with its text; `near` a read, the one of the same statement, else of the same file.
    fn of_address(&self, near: Option<&Evidence>) -> Option<(WrittenPlace, Option<String>)> {
        let sources = self.context.sources().filter(|source| near.is_none_or(|near| near.file == source.path));
        let mut found: Vec<Address> = Vec::new();
        for source in sources {
            found.extend(self.addresses(source));
            if !found.is_empty() {
                break;
            }
        }
        let is_beside = |address: &Address| {
            near.is_some_and(|near| (near.line..near.line + STATEMENT).contains(&address.file.place.line))
        };
        let at = found.iter().position(is_beside).unwrap_or(0);
        (at < found.len()).then(|| found.swap_remove(at)).map(|address| (address.file, Some(address.text)))
    }

    fn addresses(&self, source: &Source) -> Vec<Address> {
        let flask_sqlalchemy = self.context.manifest.any("flask-sqlalchemy").is_some();
        let old = self.context.manifest.version("flask-sqlalchemy").is_some_and(|version| version.starts_with("2."));
        // Since 3.0 a relative path counts from the instance folder, before from the application's own.
        // Source: <https://flask-sqlalchemy.readthedocs.io/en/stable/config/>
        let folder = match (flask_sqlalchemy, old) {
            (true, false) => self.instance_folder(),
            (true, true) => in_root(self.context.entry.map_or("", Source::folder)),
            (false, _) => self.working_folder(),
        };
        let address = |expr: &Expr| {
            let text = self.text(source, expr)?;
            let file = Self::anywhere(&file_of_address(&text)?, &folder, source.evidence(expr.line))?;
            Some(Address { file, text })
        };
        walk::expressions(&source.module.body).filter(|expr| may_be_address(expr)).filter_map(address).collect()
    }

    /// The file that SQLite's own driver opens.
    fn opened(&self) -> Option<WrittenPlace> {
        self.context.sources().find_map(|source| {
            walk::calls(&source.module.body).find_map(|(line, call)| {
                let name = source.qualified(&call.function)?;
                if !["sqlite3.connect", "aiosqlite.connect", "peewee.SqliteDatabase"].contains(&name.as_str()) {
                    return None;
                }
                let opened = call.arguments.first()?;
                let file = self.text(source, given(source, opened).unwrap_or(opened));
                let file = file.filter(|file| !file.starts_with(':'))?;
                Self::anywhere(&file, &self.working_folder(), source.evidence(line))
            })
        })
    }

    /// A place in the repository, or an absolute one outside of it.
    fn anywhere(path: &str, folder: &str, evidence: Evidence) -> Option<WrittenPlace> {
        if let Some(below) = path.strip_prefix(APP_FOLDER).and_then(|rest| rest.strip_prefix('/')) {
            return Self::place(below, &in_root(""), evidence);
        }
        let is_outside = path.starts_with('/') && is_plain(path) && !path.contains("..") && !path.ends_with('/');
        if is_outside {
            return Some(WrittenPlace { path: path.to_owned(), is_folder: false, place: evidence });
        }
        Self::place(path, folder, evidence)
    }
}

/// What an object keeps as `self.path`, where nobody gives it another: the default of its parameter.
fn given<'s>(source: &'s Source, attribute: &Expr) -> Option<&'s Expr> {
    let own = |expr: &Expr| match &expr.kind {
        ExprKind::Attr(object, name) if object.as_name() == Some("self") => Some(name.clone()),
        _ => None,
    };
    let wanted = own(attribute)?;
    let mut found = None;
    for stmt in walk::statements(&source.module.body) {
        let StmtKind::Function(function) = &stmt.kind else { continue };
        for inner in walk::scope(&function.body) {
            let StmtKind::Assign { targets, value: Some(value), .. } = &inner.kind else { continue };
            if function.name != "__init__" || !targets.iter().any(|target| own(target).as_deref() == Some(&wanted)) {
                continue;
            }
            let parameter =
                function.parameters.iter().find(|parameter| Some(parameter.name.as_str()) == value.as_name());
            found = found.or(parameter.map_or(Some(value), |parameter| parameter.default.as_ref()));
        }
    }
    found
}

/// Whether an expression begins as an address of SQLite does: few are worked out.
fn may_be_address(expr: &Expr) -> bool {
    let begins = |expr: &Expr| expr.as_str().is_some_and(|text| text.starts_with("sqlite"));
    match &expr.kind {
        ExprKind::Str(_) => begins(expr),
        ExprKind::Format(parts) => parts.first().is_some_and(begins),
        ExprKind::Add(left, _) => may_be_address(left),
        ExprKind::Percent(left, _) => begins(left),
        ExprKind::Call(call) => match &call.function.kind {
            ExprKind::Attr(object, name) => name == "format" && begins(object),
            _ => false,
        },
        _ => false,
    }
}

/// The file of `sqlite:///file`, as SQLAlchemy writes it, or of `sqlite://file`, as Tortoise does.
/// Sources: <https://docs.sqlalchemy.org/en/20/core/engines.html#sqlite>, <https://tortoise.github.io/databases.html>
fn file_of_address(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    (scheme == "sqlite" || scheme.starts_with("sqlite+")).then_some(())?;
    let file = rest.strip_prefix('/').unwrap_or(rest).split('?').next()?;
    (!file.is_empty() && !file.contains(":memory:") && !file.starts_with("file:")).then(|| file.to_owned())
}
