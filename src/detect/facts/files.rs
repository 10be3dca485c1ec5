//! What the running process writes below its own folder: the file of its SQLite database, folders that it makes, logs.
//!
//! A pod's root is read-only, and the code belongs to root: whoever does not know of such a place gets pods that never start.

use super::{assets, logs, uploads};
use crate::detect::budget::MAX_TEXT;
use crate::detect::code::{Definition, Source};
use crate::detect::context::Context;
use crate::detect::project::{Evidence, Project, WrittenPlace};
use crate::detect::python::{Call, Expr, ExprKind, Function, StmtKind, walk};

/// Where the repository lies while paths are worked out; any absolute path that no project names would do.
const ROOT: &str = "/\u{1}";

/// How many names are followed for one path.
const MAX_HOPS: usize = 12;

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let paths = Paths { context };
    project.written = paths.written();
    project.written.extend(volumes(context));
    uploads::find(context, project, |source, expr| {
        paths.folder(&paths.text(source, expr)?, source.evidence(expr.line))
    });
    project.warnings.extend(logs::of_code(context, &paths.working_folder(), |source, expr| paths.text(source, expr)));
    project.warnings.extend(logs::of_ini_files(context));
    assets::find(context, project, |source, expr| {
        Paths::place(&paths.text(source, expr)?, &paths.working_folder(), source.evidence(expr.line))
    });
}

/// The volumes of the project's own image outside of its code: the process may write there, and does.
fn volumes(context: &Context<'_>) -> Vec<WrittenPlace> {
    let Some(image) = super::image::own(context.deployment, &context.root) else { return Vec::new() };
    let own = |path: &str| path.len() > 1 && path.starts_with('/') && !path.contains(['$', ' ']);
    // What is in the image's folder for the code is found by the code that writes it.
    let is_code =
        |path: &str| image.copies.iter().any(|(_, target)| target.len() > 1 && path.starts_with(target.as_str()));
    let found = image.volumes.iter().filter(|(path, _)| own(path) && !is_code(path) && !is_machine(path));
    found
        .map(|(path, place)| WrittenPlace {
            path: path.trim_end_matches('/').to_owned(),
            is_folder: true,
            place: place.clone(),
        })
        .collect()
}

/// Whether a path is one that every pod has, or that of the code.
fn is_machine(path: &str) -> bool {
    ["/tmp", "/run", "/var/run", "/proc", "/sys", "/dev", "/app"]
        .iter()
        .any(|known| path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Works out paths in the way that the code puts them together.
pub(super) struct Paths<'s, 'a> {
    pub(super) context: &'s Context<'a>,
}

impl Paths<'_, '_> {
    /// The folder that programs are started in.
    pub(super) fn working_folder(&self) -> String {
        if self.context.root.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{}", self.context.root) }
    }

    /// `instance_path` of a Flask application: beside the outermost package or module.
    /// Source: <https://flask.palletsprojects.com/en/stable/config/#instance-folders>
    pub(super) fn instance_folder(&self) -> String {
        format!("{}/instance", self.working_folder())
    }

    /// Folders that are made and files that are logged to, sorted by path.
    fn written(&self) -> Vec<WrittenPlace> {
        let mut found: Vec<WrittenPlace> = Vec::new();
        for source in self.context.sources().filter(|source| !is_command(&source.path)) {
            found.extend(walk::expressions(&source.module.body).filter_map(|expr| self.written_by(source, expr)));
        }
        let own = self.context.code.paths().iter();
        let own = own.filter(|path| self.context.is_own(path) && !self.context.left_out.contains(**path));
        for path in own
            .filter(|path| !is_command(path) && self.context.code.tree.read(path).is_some_and(|text| may_write(&text)))
        {
            let Some(source) = self.context.code.source(path) else { continue };
            for stmt in walk::statements(&source.module.body) {
                if let StmtKind::Function(function) = &stmt.kind {
                    self.opened_to_write(source, function, &mut found);
                }
            }
        }
        found.sort_by(|a, b| (&a.path, !a.is_folder).cmp(&(&b.path, !b.is_folder)));
        found.dedup_by(|a, b| a.path == b.path);
        found
    }

    fn written_by(&self, source: &Source, expr: &Expr) -> Option<WrittenPlace> {
        // Only for what is found: to count lines for every expression would take longer than all else.
        let evidence = || source.evidence(expr.line);
        let folder = |path: String| self.folder(&path, evidence());
        match &expr.kind {
            ExprKind::Call(call) => match call.callee() {
                "makedirs" => folder(self.text(source, call.argument(0, "name")?)?),
                "mkdir" => {
                    let path = match &call.function.kind {
                        ExprKind::Attr(path, _) if path.as_name() != Some("os") => path,
                        _ => call.arguments.first()?,
                    };
                    folder(self.text(source, path)?)
                }
                handler if logs::HANDLERS.contains(&handler) => {
                    self.file(source, call.argument(0, "filename")?, evidence())
                }
                "basicConfig" => self.file(source, call.keyword("filename")?, evidence()),
                // Loguru: `logger.add("logs/app.log")`.
                "add" if call.function.dotted().is_some_and(|name| name == "logger.add") => {
                    self.file(source, call.arguments.first()?, evidence())
                }
                _ => None,
            },
            // A handler of `logging.config.dictConfig`, as in Django's LOGGING.
            ExprKind::Dict(_) => {
                let class = self.context.code.text(source, expr.entry("class")?)?;
                class.ends_with("FileHandler").then_some(())?;
                self.file(source, expr.entry("filename")?, evidence())
            }
            _ => None,
        }
    }

    /// A folder of the repository, or one outside of it that no pod has on its own.
    fn folder(&self, path: &str, evidence: Evidence) -> Option<WrittenPlace> {
        let is_outside =
            path.matches('/').count() > 1 && path.starts_with('/') && is_plain(path) && !path.contains("..");
        let found = Self::place(path, &self.working_folder(), evidence.clone());
        let found = found.map(|place| WrittenPlace { is_folder: true, ..place });
        let path = path.trim_end_matches('/').to_owned();
        found.or_else(|| {
            (is_outside && !is_machine(&path)).then_some(WrittenPlace { path, is_folder: true, place: evidence })
        })
    }

    /// Folders of the files that a function opens to write: those of uploads have names that only a request knows.
    fn opened_to_write(&self, source: &Source, function: &Function, found: &mut Vec<WrittenPlace>) {
        let mut local: Vec<(&str, &Expr)> = Vec::new();
        for stmt in walk::scope(&function.body) {
            if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind {
                local.extend(targets.iter().filter_map(|target| Some((target.as_name()?, value))));
            }
        }
        for (line, call) in walk::calls(&function.body) {
            let mode = call.argument(1, "mode").and_then(Expr::as_str).unwrap_or_default();
            let Some(path) = call.argument(0, "file").filter(|_| call.callee() == "open") else { continue };
            if !mode.contains(['w', 'a', 'x', '+']) {
                continue;
            }
            let mut named = local.iter().filter(|(name, _)| Some(*name) == path.as_name()).map(|(_, value)| *value);
            let path = match (named.next(), named.next()) {
                (None, _) => path,
                (Some(value), None) => value,
                _ => continue,
            };
            let folder = self.folder_of(source, path).filter(|folder| !folder.is_empty());
            found.extend(folder.and_then(|folder| self.folder(&folder, source.evidence(line))));
        }
    }

    /// The folder of a path of which only the beginning may be known.
    fn folder_of(&self, source: &Source, path: &Expr) -> Option<String> {
        let known = |parts: &[Expr]| parts.iter().map_while(|part| self.text(source, part)).collect::<Vec<_>>();
        let start = match (&path.kind, self.text(source, path)) {
            (_, Some(whole)) => whole,
            (ExprKind::Format(parts), None) => known(parts).concat(),
            (ExprKind::Add(left, _), None) => self.text(source, left)?,
            (ExprKind::Divide(left, _), None) => self.text(source, left)? + "/",
            (ExprKind::Call(call), None) if matches!(call.callee(), "join" | "Path") => {
                known(&call.arguments).into_iter().reduce(|folder, name| joined(&folder, &name))? + "/"
            }
            _ => return None,
        };
        start.rsplit_once('/').map(|(folder, _)| folder.to_owned())
    }

    fn file(&self, source: &Source, expr: &Expr, evidence: Evidence) -> Option<WrittenPlace> {
        Self::place(&self.text(source, expr)?, &self.working_folder(), evidence)
    }

    /// A place in the repository; nothing for one outside of it, or for the repository as such.
    pub(super) fn place(path: &str, folder: &str, evidence: Evidence) -> Option<WrittenPlace> {
        let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
        let below = whole.strip_prefix(ROOT).filter(|rest| rest.starts_with('/'))?;
        let path = crate::detect::tree::join("", below.trim_start_matches('/'))?;
        (is_plain(&path) && !path.is_empty()).then_some(WrittenPlace { path, is_folder: false, place: evidence })
    }

    /// What an expression stands for, `__file__` and what is made of it included.
    pub(super) fn text(&self, source: &Source, expr: &Expr) -> Option<String> {
        self.text_hops(source, expr, MAX_HOPS)
    }

    fn text_hops(&self, source: &Source, expr: &Expr, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        self.context.code.tree.budget.spend(1)?;
        let text = |expr: &Expr| self.text_hops(source, expr, hops);
        let found = match &expr.kind {
            ExprKind::Str(text) => Some(text.clone()),
            ExprKind::Name(name) if name == "__file__" => Some(in_root(&source.path)),
            ExprKind::Attr(value, name) if name == "parent" => Some(above(&text(value)?)),
            ExprKind::Attr(_, name) if name == "instance_path" => Some(self.instance_folder()),
            ExprKind::Attr(_, name) if name == "root_path" => {
                Some(in_root(self.context.entry.map_or("", Source::folder)))
            }
            ExprKind::Index(value, index) => match (&value.kind, &index.kind) {
                (ExprKind::Attr(path, name), ExprKind::Int(steps)) if name == "parents" => {
                    let steps = usize::try_from(*steps).ok().filter(|steps| *steps < MAX_HOPS)?;
                    Some((0..=steps).fold(text(path)?, |path, _| above(&path)))
                }
                _ => None,
            },
            ExprKind::Name(_) | ExprKind::Attr(..) => match self.context.code.resolve(source, expr) {
                Some(Definition::Value(place, _, value)) => self.text_hops(place, value, hops),
                Some(_) => None,
                None => self.context.code.text(source, expr),
            },
            ExprKind::Add(left, right) => Some(text(left)? + &text(right)?),
            ExprKind::Divide(left, right) => Some(joined(&text(left)?, &text(right)?)),
            ExprKind::Format(parts) => parts.iter().map(text).collect(),
            ExprKind::Percent(pattern, value) => {
                let pattern = text(pattern)?;
                (pattern.matches('%').count() == 1).then_some(pattern.replacen("%s", &text(value)?, 1))
            }
            ExprKind::Or(parts) => text(parts.last()?),
            ExprKind::Call(call) => self.text_of_call(source, call, hops),
            _ => None,
        };
        found.filter(|text| text.len() <= MAX_TEXT)
    }

    fn text_of_call(&self, source: &Source, call: &Call, hops: usize) -> Option<String> {
        let text = |expr: &Expr| self.text_hops(source, expr, hops);
        let object = match &call.function.kind {
            ExprKind::Attr(object, _) => Some(&**object),
            _ => None,
        };
        let all =
            |first: String, rest: &[Expr]| rest.iter().try_fold(first, |path, part| Some(joined(&path, &text(part)?)));
        let first = call.arguments.first();
        match call.callee() {
            "Path" | "PurePath" if first.is_none() => Some(self.working_folder()),
            "Path" | "PurePath" | "join" if object.is_none_or(|object| object.as_str().is_none()) => {
                all(text(first?)?, call.arguments.get(1..).unwrap_or_default())
            }
            "joinpath" => all(text(object?)?, &call.arguments),
            "resolve" | "absolute" | "expanduser" | "as_posix" if first.is_none() => text(object?),
            "str" if object.is_none() => text(first?),
            "abspath" | "realpath" | "normpath" | "fspath" => text(first?),
            "dirname" => Some(above(&text(first?)?)),
            "getcwd" | "cwd" => Some(self.working_folder()),
            "format" => {
                let pattern = text(object?)?;
                (pattern.matches('{').count() == 1).then_some(pattern.replacen("{}", &text(first?)?, 1))
            }
            // A variable that nobody sets: the default is where it goes.
            "get" | "getenv" | "config" | "env" | "str" => text(call.argument(1, "default")?),
            _ => None,
        }
    }
}

/// Whether a path means itself to a shell, and is not an option: it becomes part of a build step.
pub(super) fn is_plain(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && !path.starts_with('-')
}

/// Whether a module may open a file to write: so few do that they are parsed for it.
fn may_write(text: &str) -> bool {
    text.contains("open(") && ["'w", "\"w", "'a", "\"a\"", "\"ab\"", "\"x", "'x"].iter().any(|mode| text.contains(mode))
}

/// A program that a person runs and the server does not.
fn is_command(path: &str) -> bool {
    path.contains("/management/commands/")
        || path.split('/').any(|part| matches!(part, "scripts" | "bin" | "tools" | "setup.py"))
}

pub(super) fn in_root(path: &str) -> String {
    if path.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{path}") }
}

/// The folder of a path; `/` above the repository, which no place in it begins with.
fn above(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder }).to_owned()
}

/// As `os.path.join` and `Path` join: an absolute second part stands alone.
fn joined(folder: &str, name: &str) -> String {
    if name.starts_with('/') || folder.is_empty() {
        name.to_owned()
    } else {
        format!("{}/{name}", folder.trim_end_matches('/'))
    }
}
