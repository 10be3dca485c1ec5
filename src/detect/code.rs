//! The project's Python modules: found, parsed when needed, and names followed from one to the other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::project::Evidence;
use super::python::{self, Class, Expr, ExprKind, Function, Import, Module, Stmt, StmtKind, walk};
use super::tree::{Tree, ancestors, extension, file_name, join, parent};

/// Python text that is read at most. It bounds memory and time.
const MAX_TOTAL: u64 = 48 * 1024 * 1024;
/// How many imports are followed for one name.
const MAX_HOPS: usize = 12;
/// Characters of a line that are shown as evidence.
const SHOWN: usize = 120;

/// Words, `|` between, of which a module must hold at least one to be parsed at once; others are parsed when a name leads there.
const WORDS: &str = "os.environ|environ.|environ[|environ(|import environ|from environ|in environ|getenv|env(|env_|Flask|\
    FastAPI|Celery|BaseSettings|decouple|environs|get_wsgi_application|get_asgi_application|\
    starlette.config|dj_database_url|configurations|uvicorn|Settings|add_url_rule|APIRouter|Blueprint|\
    route(|_app(|redis|INSTALLED_APPS|prometheus|sqlite3|everett|envparse|prettyconf|envvar=|env_var=|sqlite:|\
    postgresql:|postgresql+|mysql:|mysql+|mongodb:|SQLALCHEMY_DATABASE|CACHE_TYPE|broker_url|BROKER_URL|connexion";

/// Words without one of which a module reads no variable itself; a name such as `env` may come from another module.
const READING: [&str; 13] = [
    "environ",
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
];

/// One Python file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path below the root.
    pub(crate) path: String,
    text: String,
    /// The parsed text.
    pub(crate) module: Module,
    /// Name to what the module binds it to, the last binding winning except that a function or class wins over all.
    bindings: BTreeMap<String, Bound>,
    /// What functions import for themselves, names that mean two things left out; asked when the module binds no such name.
    inner: BTreeMap<String, Import>,
    /// Modules that are imported with a star.
    stars: Vec<Import>,
    /// Names that stand for something that is called otherwise where it is made.
    pub(crate) renamed: BTreeSet<String>,
    /// Whether the text holds anything that could read an environment variable.
    pub(crate) may_read: bool,
}

/// What a module's own scope binds a name to, by index path into the tree.
#[derive(Clone, Debug)]
enum Bound {
    Import(Import),
    /// The way to the statement: for every level the block and the position in it.
    Stmt(Vec<(u8, u32)>),
}

/// What a name stands for, imports followed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Definition<'a> {
    /// The value last assigned.
    Value(&'a Source, &'a Stmt, &'a Expr),
    /// A class.
    Class(&'a Source, &'a Class),
    /// A function.
    Function(&'a Source, &'a Function),
    /// A module of the project.
    Module(&'a Source),
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let module = python::parse(&text);
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
        Self { path, text, module, bindings, inner, stars, renamed, may_read }
    }

    /// The folder of the file.
    pub(crate) fn folder(&self) -> &str {
        parent(&self.path)
    }

    /// File name without `.py`.
    pub(crate) fn stem(&self) -> &str {
        file_name(&self.path).trim_end_matches(".py")
    }

    /// Whether the text holds `word`.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// A line as evidence.
    pub(crate) fn evidence(&self, line: u32) -> Evidence {
        evidence(&self.path, &self.text, line)
    }

    /// The statement that a way leads to.
    fn bound_stmt(&self, way: &[(u8, u32)]) -> Option<&Stmt> {
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
        if self.imports().any(below) {
            return true;
        }
        let mut found = false;
        if self.mentions(name) {
            walk::statements(&self.module.body, &mut |stmt| {
                if let StmtKind::Import(imports) = &stmt.kind {
                    found = found || imports.iter().any(below);
                }
            });
        }
        found
    }
}

/// A line of a text as evidence.
pub(crate) fn evidence(path: &str, text: &str, line: u32) -> Evidence {
    let shown = match line {
        0 => String::new(),
        line => text.lines().nth(line as usize - 1).unwrap_or_default().trim().chars().take(SHOWN).collect(),
    };
    Evidence { file: path.to_owned(), line, text: shown }
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
    walk::statements(body, &mut |stmt| {
        let StmtKind::Function(function) = &stmt.kind else { return };
        walk::scope(&function.body, &mut |stmt| {
            let StmtKind::Import(imports) = &stmt.kind else { return };
            for import in imports.iter().filter(|import| import.name.as_deref() != Some("*")) {
                let known = found.entry(import.bound.clone()).or_insert_with(|| Some(import.clone()));
                if known.as_ref().is_some_and(|known| known != import) {
                    *known = None;
                }
            }
        });
    });
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

/// All Python files of a tree.
#[derive(Debug)]
pub(crate) struct Code<'t> {
    pub(crate) tree: &'t Tree,
    paths: Vec<&'t str>,
    /// Path to position; asked for far too often, with paths that begin alike, for a sorted map.
    index: HashMap<&'t str, usize>,
    /// What `module_of` found, by folder, level and name.
    known: Mutex<HashMap<(String, u32, String), Option<usize>>>,
    sources: Vec<OnceLock<Option<Box<Source>>>>,
    /// Files that were parsed at once because they hold one of the words.
    pub(crate) marked: Vec<usize>,
}

impl<'t> Code<'t> {
    /// Lists the Python files and reads those outside tests; parses the ones that may matter.
    pub(crate) fn read(tree: &'t Tree) -> Self {
        let paths: Vec<&str> = tree.paths().filter(|path| extension(path) == "py").collect();
        let index = paths.iter().enumerate().map(|(at, path)| (*path, at)).collect();
        let sources = paths.iter().map(|_| OnceLock::new()).collect();
        let known = Mutex::new(HashMap::new());
        let mut code = Self { tree, paths, index, known, sources, marked: Vec::new() };
        code.marked = code.scan();
        code
    }

    /// Number of Python files.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// The files that are no tests; of a tree too large to be one project only those nearest to its root.
    fn affordable(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = (0..self.paths.len()).filter(|at| !is_test(self.paths[*at])).collect();
        wanted.sort_by_key(|at| self.paths[*at].matches('/').count());
        let mut total = 0;
        wanted.retain(|at| {
            total += self.tree.size(self.paths[*at]);
            total <= MAX_TOTAL
        });
        wanted
    }

    /// Whether files were left out because there are too many.
    pub(crate) fn is_partial(&self) -> bool {
        self.paths.iter().filter(|path| !is_test(path)).map(|path| self.tree.size(path)).sum::<u64>() > MAX_TOTAL
    }

    /// Reads every file that is no test on all cores, parses those with one of the words, and names them.
    fn scan(&self) -> Vec<usize> {
        let Ok(words) = aho_corasick::AhoCorasick::new(WORDS.split('|')) else { return Vec::new() };
        let wanted = self.affordable();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut marked = Vec::new();
            while let Some(at) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(text) = self.tree.read(self.paths[*at]) else { continue };
                if is_serving_name(self.paths[*at]) || words.is_match(&text) {
                    let _ = self.sources[*at].set(Some(Box::new(Source::new(self.paths[*at].to_owned(), text))));
                    marked.push(*at);
                }
            }
            marked
        };
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(8));
        let mut marked = if wanted.len() < 16 || threads == 1 {
            work()
        } else {
            std::thread::scope(|scope| {
                let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
            })
        };
        marked.sort_unstable();
        marked
    }

    fn at(&self, at: usize) -> Option<&Source> {
        let load = || {
            let text = self.tree.read(self.paths[at])?;
            Some(Box::new(Source::new(self.paths[at].to_owned(), text)))
        };
        self.sources[at].get_or_init(load).as_deref()
    }

    /// A Python file by its path.
    pub(crate) fn source(&self, path: &str) -> Option<&Source> {
        self.at(*self.index.get(path)?)
    }

    /// The files that were parsed at once, in the order of paths.
    pub(crate) fn marked(&self) -> impl Iterator<Item = &Source> {
        self.marked.iter().filter_map(|at| self.at(*at))
    }

    /// Every Python path.
    pub(crate) fn paths(&self) -> &[&'t str] {
        &self.paths
    }

    /// The file of module `dotted`, looked for in `root`.
    pub(crate) fn module_in(&self, root: &str, dotted: &str) -> Option<&'t str> {
        let relative = dotted.replace('.', "/");
        let base = if root.is_empty() { relative } else { format!("{root}/{relative}") };
        [format!("{base}.py"), format!("{base}/__init__.py")]
            .iter()
            .find_map(|path| self.index.get(path.as_str()).map(|at| self.paths[*at]))
    }

    /// The module that an import statement in `source` names, the imported name left aside.
    pub(crate) fn imported_module(&self, source: &Source, import: &Import) -> Option<&Source> {
        self.module_of(source, import.level, &import.module)
    }

    /// The module `dotted`, as seen from `source`.
    pub(crate) fn module_of(&self, source: &Source, level: u32, dotted: &str) -> Option<&Source> {
        let key = (source.folder().to_owned(), level, dotted.to_owned());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let at = known.unwrap_or_else(|| {
            let found = self.find_module(source.folder(), level, dotted).and_then(|path| self.index.get(path).copied());
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
            found
        });
        at.filter(|at| self.paths[*at] != source.path || level > 0).and_then(|at| self.at(at))
    }

    fn find_module(&self, folder: &str, level: u32, dotted: &str) -> Option<&'t str> {
        if level > 0 {
            let base = ancestors(folder).nth(level as usize - 1)?;
            if dotted.is_empty() {
                return join(base, "__init__.py")
                    .and_then(|path| self.index.get(path.as_str()))
                    .map(|at| self.paths[*at]);
            }
            return self.module_in(base, dotted);
        }
        if dotted.is_empty() {
            return None;
        }
        // A folder without `__init__.py` is where imports start from; one with it only by accident of `sys.path`.
        let (roots, packages): (Vec<&str>, Vec<&str>) = ancestors(folder).partition(|folder| !self.is_package(folder));
        let extra = ["src", "backend", "app"].into_iter().filter(|folder| !self.is_package(folder));
        roots.into_iter().chain(extra).chain(packages).find_map(|root| self.module_in(root, dotted))
    }

    /// Whether a folder is a regular package.
    pub(crate) fn is_package(&self, folder: &str) -> bool {
        join(folder, "__init__.py").is_some_and(|path| self.index.contains_key(path.as_str()))
    }

    /// What `name` stands for in `source`.
    pub(crate) fn lookup<'a>(&'a self, source: &'a Source, name: &str) -> Option<Definition<'a>> {
        self.lookup_hops(source, name, MAX_HOPS)
    }

    fn lookup_hops<'a>(&'a self, source: &'a Source, name: &str, hops: usize) -> Option<Definition<'a>> {
        let hops = hops.checked_sub(1)?;
        match source.bindings.get(name) {
            Some(Bound::Import(import)) => self.follow(source, import, hops),
            Some(Bound::Stmt(index)) => {
                let stmt = source.bound_stmt(index)?;
                match &stmt.kind {
                    StmtKind::Class(class) => Some(Definition::Class(source, class)),
                    StmtKind::Function(function) => Some(Definition::Function(source, function)),
                    StmtKind::Assign { value: Some(value), .. } => Some(Definition::Value(source, stmt, value)),
                    _ => None,
                }
            }
            None => {
                let from_star = source.stars.iter().find_map(|import| {
                    let module = self.imported_module(source, import)?;
                    self.lookup_hops(module, name, hops)
                });
                from_star.or_else(|| self.follow(source, source.inner.get(name)?, hops))
            }
        }
    }

    fn follow<'a>(&'a self, source: &'a Source, import: &Import, hops: usize) -> Option<Definition<'a>> {
        let Some(name) = &import.name else {
            let module = if import.bound == import.module || !import.module.starts_with(&format!("{}.", import.bound)) {
                import.module.as_str()
            } else {
                import.bound.as_str()
            };
            return self.module_of(source, 0, module).map(Definition::Module);
        };
        let module = self.imported_module(source, import);
        if let Some(found) = module.and_then(|module| self.lookup_hops(module, name, hops)) {
            return Some(found);
        }
        let submodule = if import.module.is_empty() { name.clone() } else { format!("{}.{name}", import.module) };
        self.module_of(source, import.level, &submodule).map(Definition::Module)
    }

    /// What a name or chain of attributes stands for: `pkg.module.name` goes through modules.
    pub(crate) fn resolve<'a>(&'a self, source: &'a Source, expr: &Expr) -> Option<Definition<'a>> {
        self.resolve_hops(source, expr, MAX_HOPS)
    }

    fn resolve_hops<'a>(&'a self, source: &'a Source, expr: &Expr, hops: usize) -> Option<Definition<'a>> {
        let hops = hops.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Name(name) => self.lookup(source, name),
            ExprKind::Attr(value, attribute) => {
                if let Some(Definition::Module(module)) = self.resolve_hops(source, value, hops) {
                    self.lookup(module, attribute).or_else(|| {
                        let package = file_name(&module.path) == "__init__.py";
                        let path = package.then(|| self.module_in(module.folder(), attribute)).flatten()?;
                        self.source(path).map(Definition::Module)
                    })
                } else {
                    // `import a.b.c` binds `a`; the whole path may be a module all the same.
                    let dotted = expr.dotted()?;
                    self.module_of(source, 0, &dotted).map(Definition::Module)
                }
            }
            _ => None,
        }
    }

    /// The text that an expression stands for, if it can be known: literals, constants, joins and f-strings of them.
    pub(crate) fn text(&self, source: &Source, expr: &Expr) -> Option<String> {
        self.text_hops(source, expr, MAX_HOPS)
    }

    fn text_hops(&self, source: &Source, expr: &Expr, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Str(text) => Some(text.clone()),
            ExprKind::Add(left, right) => {
                let mut text = self.text_hops(source, left, hops)?;
                text.push_str(&self.text_hops(source, right, hops)?);
                Some(text)
            }
            ExprKind::Format(parts) => parts.iter().map(|part| self.text_hops(source, part, hops)).collect(),
            ExprKind::Name(_) => match self.resolve(source, expr)? {
                Definition::Value(place, _, value) => self.text_hops(place, value, hops),
                _ => None,
            },
            ExprKind::Attr(value, attribute) => match self.resolve(source, expr) {
                Some(Definition::Value(place, _, value)) => self.text_hops(place, value, hops),
                _ => self.attribute_text(source, value, attribute, hops),
            },
            ExprKind::Call(call) => {
                // A variable read from the environment with a literal default: the default is what is known.
                let default = call.argument(1, "default")?;
                matches!(call.callee(), "get" | "getenv" | "config" | "env" | "str").then_some(())?;
                self.text_hops(source, default, hops)
            }
            ExprKind::Or(parts) => self.text_hops(source, parts.last()?, hops),
            _ => None,
        }
    }

    /// `settings.API_PREFIX`, where `settings = Settings()` and the class gives the attribute a literal.
    fn attribute_text(&self, source: &Source, object: &Expr, attribute: &str, hops: usize) -> Option<String> {
        let (place, class) = self.class_of(source, object)?;
        let (place, value) = self.class_attribute(place, class, attribute, hops)?;
        self.text_hops(place, value, hops)
    }

    /// The class that an object is an instance of, or that a name stands for.
    pub(crate) fn class_of<'a>(&'a self, source: &'a Source, object: &Expr) -> Option<(&'a Source, &'a Class)> {
        match self.resolve(source, object)? {
            Definition::Class(place, class) => Some((place, class)),
            Definition::Value(place, _, value) => {
                let call = value.as_call()?;
                match self.resolve(place, &call.function)? {
                    Definition::Class(place, class) => Some((place, class)),
                    Definition::Function(place, function) => self.class_returned(place, function),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The class of what a function returns: by its annotation, else by a `return Class()`.
    pub(crate) fn class_returned<'a>(
        &'a self,
        source: &'a Source,
        function: &'a Function,
    ) -> Option<(&'a Source, &'a Class)> {
        if let Some(Definition::Class(place, class)) =
            function.returns.as_ref().and_then(|returns| self.resolve(source, returns))
        {
            return Some((place, class));
        }
        let mut found = None;
        walk::statements(&function.body, &mut |stmt| {
            if let StmtKind::Return(Some(value)) = &stmt.kind
                && let Some(call) = value.as_call()
                && let Some(Definition::Class(place, class)) = self.resolve(source, &call.function)
            {
                found = Some((place, class));
            }
        });
        found
    }

    fn class_attribute<'a>(
        &'a self,
        source: &'a Source,
        class: &'a Class,
        attribute: &str,
        hops: usize,
    ) -> Option<(&'a Source, &'a Expr)> {
        let hops = hops.checked_sub(1)?;
        let own = class.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), .. }
                if targets.iter().any(|target| target.as_name() == Some(attribute)) =>
            {
                Some(value)
            }
            _ => None,
        });
        if let Some(value) = own {
            let value = match value.as_call() {
                // `Field(default="…")`.
                Some(call) if call.callee() == "Field" => call.argument(0, "default")?,
                _ => value,
            };
            return Some((source, value));
        }
        class.bases.iter().find_map(|base| match self.resolve(source, base)? {
            Definition::Class(place, class) => self.class_attribute(place, class, attribute, hops),
            _ => None,
        })
    }

    /// Whether `class` is, over any number of bases, one whose dotted name `is_wanted` accepts.
    pub(crate) fn inherits(&self, source: &Source, class: &Class, is_wanted: &dyn Fn(&str) -> bool) -> bool {
        self.inherits_hops(source, class, is_wanted, MAX_HOPS)
    }

    fn inherits_hops(&self, source: &Source, class: &Class, is_wanted: &dyn Fn(&str) -> bool, hops: usize) -> bool {
        let Some(hops) = hops.checked_sub(1) else { return false };
        class.bases.iter().any(|base| {
            if source.qualified(base).is_some_and(|name| is_wanted(&name)) {
                return true;
            }
            match self.resolve(source, base) {
                Some(Definition::Class(place, class)) => self.inherits_hops(place, class, is_wanted, hops),
                _ => false,
            }
        })
    }
}

/// Whether a path belongs to tests.
pub(crate) fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name.ends_with("_tests.py")
        || matches!(name, "conftest.py" | "tests.py" | "test.py")
        // A pytest plugin runs under pytest only.
        || name.contains("pytest")
        || folders(path).any(|folder| {
            matches!(
                folder,
                "test"
                    | "tests"
                    | "testing"
                    | "unittests"
                    | "e2e"
                    | "integration_tests"
                    | "unit_tests"
                    | "testproject"
                    | "test_project"
            ) || folder.starts_with("test_")
                || folder.starts_with("tests_")
        })
}

/// Whether a path belongs to something beside the service: examples, documentation, tools.
pub(crate) fn is_aside(path: &str) -> bool {
    const ASIDE: [&str; 30] = [
        "example",
        "examples",
        "example_project",
        "project_template",
        "app_template",
        "project_name",
        "sample",
        "samples",
        "demo",
        "demos",
        "doc",
        "docs",
        "docs_src",
        "tutorial",
        "tutorials",
        "benchmark",
        "benchmarks",
        "bench",
        "perf",
        "load_tests",
        "loadtest",
        "loadtests",
        "vendor",
        "vendored",
        "third_party",
        "_vendor",
        "cookbook",
        "playground",
        "sandbox",
        "notebooks",
    ];
    // These are names of ordinary packages further down.
    const ASIDE_AT_ROOT: [&str; 8] = ["contrib", "ci", "hooks", "charm", "charms", "plugins", "tools", "infra"];
    // A folder with a placeholder in its name is a template: nothing in it runs before somebody fills it in.
    path.contains("{{")
        || folders(path).next().is_some_and(|first| ASIDE_AT_ROOT.contains(&first))
        || folders(path).any(|folder| {
            ASIDE.contains(&folder)
                || ["example_", "example-", "mock", "fake"].iter().any(|start| folder.starts_with(start))
        })
}

/// Whether a path belongs to database migrations.
pub(crate) fn is_migration(path: &str) -> bool {
    folders(path)
        .any(|folder| matches!(folder, "migrations" | "versions" | "revisions" | "alembic" | "south_migrations"))
}

/// Whether a module by its name exists to be served.
pub(crate) fn is_serving_name(path: &str) -> bool {
    const NAMES: [&str; 10] =
        ["wsgi", "asgi", "main", "app", "application", "run", "server", "autoapp", "passenger_wsgi", "serve"];
    file_name(path).strip_suffix(".py").is_some_and(|stem| NAMES.contains(&stem))
}

/// The folders of a path, outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    parent(path).split('/').filter(|folder| !folder.is_empty())
}
