//! One Python file: its text, its tree, and what its own scope binds names to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::detect::project::Evidence;
use crate::detect::python::{Expr, ExprKind, Import, Module, Stmt, StmtKind, walk};
use crate::detect::text_file::TextFile;
use crate::detect::tree::{file_name, parent};

/// Words without one of which a module reads no variable itself; a name such as `env` may come from another module.
const READING: [&str; 17] = [
    "environ",
    "AppEnv",
    "from_env",
    "get_env",
    "getenv",
    "env(",
    "env.",
    "env[",
    "config(",
    "Env(",
    "_url.",
    "from_envvar",
    "ENV",
    "prefixed(",
    "envvar=",
    "env_var=",
    "Config(",
];

/// One Python file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path below the root.
    pub(crate) path: String,
    text: TextFile,
    /// Whether it is beside the service: among examples, documentation, tools.
    pub(crate) is_aside: bool,
    /// The parsed text; empty when it is nested too deeply.
    pub(crate) module: Module,
    /// Name to what the module binds it to, the last binding winning except that a function or class wins over all.
    pub(super) bindings: BTreeMap<String, Bound>,
    /// What functions import for themselves, names that mean two things left out; asked when the module binds no such name.
    pub(super) inner: BTreeMap<String, Import>,
    /// Modules that are imported with a star.
    pub(super) stars: Vec<Import>,
    /// Positions of those modules in the code, once they were asked for.
    pub(super) star_modules: OnceLock<Vec<usize>>,
    /// Names that stand for something that is called otherwise where it is made.
    pub(crate) renamed: BTreeSet<String>,
    /// Whether the text holds anything that could read an environment variable.
    pub(crate) may_read: bool,
}

/// What a module's own scope binds a name to, by index path into the tree.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    Import(Import),
    /// The way to the statement: for every level the block and the position in it.
    Stmt(Vec<(u8, u32)>),
}

impl Source {
    pub(super) fn new(text: TextFile, module: Module) -> Self {
        let mut bindings = BTreeMap::new();
        let mut stars = Vec::new();
        let mut texts = BTreeSet::new();
        bind_all(&module.body, 0, &mut Vec::new(), &mut |stmt, way| {
            bind(stmt, way, &mut bindings, &mut stars, &mut texts);
        });
        let renamed = bindings.iter().filter_map(|(name, bound)| match bound {
            Bound::Import(import) => import.name.as_ref().is_some_and(|taken| taken != name).then(|| name.clone()),
            Bound::Stmt(_) => None,
        });
        let renamed = renamed.collect();
        let may_read = READING.iter().any(|word| text.contains(word));
        let inner = inner_imports(&module.body);
        Self {
            path: text.path().to_owned(),
            text,
            is_aside: false,
            module,
            bindings,
            inner,
            stars,
            star_modules: OnceLock::new(),
            renamed,
            may_read,
        }
    }

    /// The folder of the file.
    pub(crate) fn folder(&self) -> &str {
        parent(&self.path)
    }

    /// File name without `.py`.
    pub(crate) fn stem(&self) -> &str {
        file_name(&self.path).trim_end_matches(".py")
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line `number`, from 1, as it is in the file.
    pub(crate) fn raw_line(&self, number: u32) -> &str {
        self.text.line(number)
    }

    /// Whether the text holds `word`.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// Whether the code uses or binds the variable `name`; a word of a comment or a text does not count.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.mentions(name) && walk::expressions(&self.module.body).any(|expr| expr.as_name() == Some(name))
    }

    pub(crate) fn evidence(&self, line: u32) -> Evidence {
        self.text.evidence(line)
    }

    /// The statement that a way leads to.
    pub(super) fn bound_stmt(&self, way: &[(u8, u32)]) -> Option<&Stmt> {
        let mut found: Option<&Stmt> = None;
        for (block, position) in way {
            let body = match found {
                None => self.module.body.as_slice(),
                Some(stmt) => stmt.blocks().get(usize::from(*block)).copied()?,
            };
            found = body.get(*position as usize);
            found?;
        }
        found
    }

    /// The dotted name that a name or attribute stands for, this module's imports resolved: `F` is `flask.Flask` after
    /// `from flask import Flask as F`. Relative imports keep their dots.
    pub(crate) fn qualified(&self, expr: &Expr) -> Option<String> {
        let dotted = expr.dotted()?;
        let (head, rest) = dotted.split_once('.').map_or((dotted.as_str(), None), |(head, rest)| (head, Some(rest)));
        let import = match self.bindings.get(head) {
            Some(Bound::Import(import)) => import,
            Some(Bound::Stmt(_)) => return Some(dotted),
            None => match self.inner.get(head) {
                Some(import) => import,
                None => return Some(dotted),
            },
        };
        let base = match &import.name {
            Some(name) if import.module.is_empty() => format!("{import}{name}"),
            Some(name) => format!("{import}.{name}"),
            None if import.bound == head && import.module.starts_with(head) => head.to_owned(),
            None => import.module.clone(),
        };
        Some(rest.map_or(base.clone(), |rest| format!("{base}.{rest}")))
    }

    /// Every import of this module's own scope.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &Import> {
        let named = self.bindings.values().filter_map(|bound| match bound {
            Bound::Import(import) => Some(import),
            Bound::Stmt(_) => None,
        });
        named.chain(&self.stars)
    }

    /// Whether anything is imported from the package `name` or below it.
    pub(crate) fn imports_package(&self, name: &str) -> bool {
        let below = |import: &Import| {
            import.level == 0
                && import.module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_inside = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Import(imports) if imports.iter().any(below));
        self.imports().any(below) || self.mentions(name) && walk::statements(&self.module.body).any(is_inside)
    }
}

/// Shows every statement of a module's own scope to `visitor`, with the way to it.
fn bind_all(body: &[Stmt], block: u8, way: &mut Vec<(u8, u32)>, visitor: &mut impl FnMut(&Stmt, &[(u8, u32)])) {
    for (position, stmt) in (0..).zip(body) {
        way.push((block, position));
        visitor(stmt, way);
        if !matches!(stmt.kind, StmtKind::Function(_) | StmtKind::Class(_)) {
            let [first, second] = stmt.blocks();
            bind_all(first, 0, way, visitor);
            bind_all(second, 1, way, visitor);
        }
        way.pop();
    }
}

/// The imports inside functions, by the name that they bind.
fn inner_imports(body: &[Stmt]) -> BTreeMap<String, Import> {
    let mut found: BTreeMap<String, Option<Import>> = BTreeMap::new();
    for stmt in walk::statements(body) {
        let StmtKind::Function(function) = &stmt.kind else { continue };
        for stmt in walk::scope(&function.body) {
            let StmtKind::Import(imports) = &stmt.kind else { continue };
            for import in imports.iter().filter(|import| import.name.as_deref() != Some("*")) {
                let known = found.entry(import.bound.clone()).or_insert_with(|| Some(import.clone()));
                if known.as_ref().is_some_and(|known| known != import) {
                    *known = None;
                }
            }
        }
    }
    found.into_iter().filter_map(|(name, import)| Some((name, import?))).collect()
}

fn bind(
    stmt: &Stmt,
    way: &[(u8, u32)],
    bindings: &mut BTreeMap<String, Bound>,
    stars: &mut Vec<Import>,
    texts: &mut BTreeSet<String>,
) {
    match &stmt.kind {
        StmtKind::Import(imports) => {
            for import in imports {
                if import.name.as_deref() == Some("*") {
                    stars.push(import.clone());
                } else {
                    bindings.entry(import.bound.clone()).or_insert_with(|| Bound::Import(import.clone()));
                }
            }
        }
        StmtKind::Assign { targets, value: Some(value), augmented: false, .. } => {
            for target in targets {
                if let Some(name) = target.as_name() {
                    // `x = None` ahead of a `try` that imports or makes the real one, and `x = ""` that a condition
                    // replaces by something computed: the one that says something is kept.
                    let is_text = matches!(value.kind, ExprKind::Str(_));
                    let keeps_text = !is_text && !matches!(value.kind, ExprKind::Call(_)) && texts.contains(name);
                    let keeps_other = matches!(value.kind, ExprKind::None) && bindings.contains_key(name);
                    if !keeps_text && !keeps_other {
                        bindings.insert(name.to_owned(), Bound::Stmt(way.to_vec()));
                    }
                    if is_text {
                        texts.insert(name.to_owned());
                    }
                }
            }
        }
        StmtKind::Class(class) => {
            bindings.insert(class.name.clone(), Bound::Stmt(way.to_vec()));
        }
        StmtKind::Function(function) => {
            bindings.insert(function.name.clone(), Bound::Stmt(way.to_vec()));
        }
        _ => {}
    }
}
