//! The project's Python modules: found, parsed when needed, and names followed from one to the other.

mod home;
mod names;
mod outline;
mod reach;
mod role;
mod source;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::budget::Omission;
use super::python::{Import, Module, Parsable};
use super::text_file::TextFile;
use super::tree::{Tree, ancestors, extension, join, parent};
use crate::file_set::in_folder;
use crate::parallel;
pub(crate) use names::Definition;
pub(crate) use outline::{Assignment, Lines};
pub(crate) use reach::reach;
pub(crate) use role::{is_aside, is_migration, is_serving_name, is_test};
pub(crate) use source::Source;

/// Python text that is read at most. It bounds memory and time.
const MAX_TOTAL: u64 = 48 * 1024 * 1024;

/// Nodes of all trees together, about. A node takes some 50 bytes.
const MAX_NODES: usize = 4_000_000;

/// Words, `|` between, of which a module must hold at least one to be parsed at once; others are parsed when a name leads there.
const WORDS: &str = "os.environ|environ.|environ[|environ(|import environ|from environ import|from environs|in environ:|in environ |in environ)|getenv|env(|env_|Flask|\
    FastAPI|Celery|BaseSettings|decouple|environs|get_wsgi_application|get_asgi_application|\
    starlette.config|dj_database_url|import configurations|from configurations|uvicorn|Settings)|Settings,|add_url_rule|APIRouter|Blueprint|\
    env.str(|env.bool(|env.int(|env.list(|env.dict(|env.json(|env.float(|env.url(|config(\"|config('|envs import|AppEnv(|\
    route(|_app(|redis|INSTALLED_APPS|prometheus|sqlite3|everett|envparse|prettyconf|envvar=|env_var=|sqlite:|\
    postgresql:|postgresql+|postgres:|mysql:|mysql+|mongodb:|mongodb+|DATABASES|SQLALCHEMY_DATABASE|FileHandler|makedirs(|.mkdir(|CACHE_TYPE|broker_url|BROKER_URL|connexion|get_response|BEAT_SCHEDULE|CELERYBEAT|beat_schedule|periodic_task|RQ_QUEUES|process_request|register_blueprint|dynamodb|MIDDLEWARE|REST_FRAMEWORK|CHANNEL_LAYERS|Huey|configparser";

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
    /// Nodes of all trees so far, about.
    nodes: AtomicUsize,
    /// Whether a module was left out because those before it were too large together.
    is_cut: AtomicBool,
    /// Folders of packages that are the project itself, whatever they are called.
    homes: BTreeSet<String>,
    /// Files that were parsed at once because they hold one of the words.
    pub(crate) marked: Vec<usize>,
}

/// Whether a file is beside a kustomization: a program there releases the service and is not part of it.
fn is_beside_manifests(tree: &Tree, path: &str) -> bool {
    let folder = parent(path);
    !folder.is_empty() && tree.has(&format!("{folder}/kustomization.yaml"))
}

impl<'t> Code<'t> {
    /// Lists the Python files and reads those outside tests; parses the ones that may matter.
    pub(crate) fn read(tree: &'t Tree) -> Self {
        let is_code = |path: &&str| extension(path) == "py" && !is_beside_manifests(tree, path);
        let paths: Vec<&str> = tree.paths().filter(is_code).collect();
        let index = paths.iter().enumerate().map(|(at, path)| (*path, at)).collect();
        let sources = paths.iter().map(|_| OnceLock::new()).collect();
        let known = Mutex::new(HashMap::new());
        let mut code = Self {
            tree,
            paths,
            index,
            known,
            sources,
            nodes: AtomicUsize::new(0),
            is_cut: AtomicBool::new(false),
            homes: home::read(tree),
            marked: Vec::new(),
        };
        code.marked = code.scan();
        code
    }

    /// Number of Python files.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// The files that are not tests; of a tree too large to be one project only those nearest to its root.
    fn affordable(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = (0..self.paths.len()).filter(|at| !self.is_test(self.paths[*at])).collect();
        wanted.sort_by_key(|at| self.paths[*at].matches('/').count());
        let mut total = 0;
        wanted.retain(|at| {
            total += self.tree.size(self.paths[*at]);
            total <= MAX_TOTAL
        });
        wanted
    }

    /// What was not looked at, a sentence each.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut unseen = self.tree.budget.sentences();
        if self.tree.truncated || self.is_partial() || self.is_cut.load(Ordering::Relaxed) {
            unseen.push(
                "the folder holds more files than are looked at; give the folder of the project alone".to_owned(),
            );
        }
        unseen
    }

    /// Whether files were left out because there are too many.
    fn is_partial(&self) -> bool {
        self.paths.iter().filter(|path| !self.is_test(path)).map(|path| self.tree.size(path)).sum::<u64>() > MAX_TOTAL
    }

    /// Reads every file that is not a test on all cores, parses those with one of the words, and names them. What is
    /// too much for one project is left out before anything is parsed, or it would depend on who was first.
    fn scan(&self) -> Vec<usize> {
        let Ok(words) = aho_corasick::AhoCorasick::new(WORDS.split('|')) else { return Vec::new() };
        let wanted = self.affordable();
        let marked = parallel::map(&wanted, |at| {
            let text = self.tree.read(self.paths[*at])?;
            let is_marked = is_serving_name(self.paths[*at]) || words.is_match(&*text);
            is_marked.then(|| (*at, Parsable::new(&text).map_or(0, |parsable| parsable.size), text))
        });
        let mut size = 0;
        let affordable = marked.into_iter().flatten().filter(|(_, own, _)| {
            size += own;
            size <= MAX_NODES
        });
        let affordable: Vec<(usize, Mutex<Option<TextFile>>)> =
            affordable.map(|(at, _, text)| (at, Mutex::new(Some(text)))).collect();
        parallel::map(&affordable, |(at, text)| {
            let text = text.lock().unwrap_or_else(PoisonError::into_inner).take();
            let _ = self.sources[*at].set(text.map(|text| self.parse(text)));
        });
        let mut marked: Vec<usize> = affordable.iter().map(|(at, _)| *at).collect();
        marked.sort_unstable();
        if size > MAX_NODES {
            self.is_cut.store(true, Ordering::Relaxed);
        }
        marked
    }

    fn at(&self, at: usize) -> Option<&Source> {
        let load = || self.tree.read(self.paths[at]).map(|text| self.parse(text));
        self.sources[at].get_or_init(load).as_deref()
    }

    fn parse(&self, text: TextFile) -> Box<Source> {
        let module = match Parsable::new(&text) {
            Some(parsable) if self.nodes.fetch_add(parsable.size, Ordering::Relaxed) <= MAX_NODES => parsable.parse(),
            Some(_) => {
                self.is_cut.store(true, Ordering::Relaxed);
                Module::default()
            }
            None => {
                self.tree.budget.leave_out(Omission::TooDeep, text.path());
                Module::default()
            }
        };
        let mut source = Source::new(text, module);
        source.is_aside = self.is_aside(&source.path);
        Box::new(source)
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
        let base = in_folder(root, &relative);
        [format!("{base}.py"), format!("{base}/__init__.py")]
            .iter()
            .find_map(|path| self.index.get(path.as_str()).map(|at| self.paths[*at]))
    }

    /// The module that an import statement in `source` names, the imported name left aside.
    pub(crate) fn imported_module(&self, source: &Source, import: &Import) -> Option<&Source> {
        self.module_of(source, import.level, &import.module)
    }

    /// The modules that `source` imports with a star, each once.
    fn star_modules<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = &'a Source> {
        let found = source.star_modules.get_or_init(|| {
            let mut seen = HashSet::new();
            let modules = source.stars.iter().filter_map(|star| self.module_at(source, star.level, &star.module));
            modules.filter(|at| seen.insert(*at)).collect()
        });
        found.iter().filter_map(|at| self.at(*at))
    }

    /// The module `dotted`, as seen from `source`.
    pub(crate) fn module_of(&self, source: &Source, level: u32, dotted: &str) -> Option<&Source> {
        self.at(self.module_at(source, level, dotted)?)
    }

    fn module_at(&self, source: &Source, level: u32, dotted: &str) -> Option<usize> {
        let key = (source.folder().to_owned(), level, dotted.to_owned());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let at = known.unwrap_or_else(|| {
            let found = self.find_module(source.folder(), level, dotted).and_then(|path| self.index.get(path).copied());
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
            found
        });
        at.filter(|at| self.paths[*at] != source.path || level > 0)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_beside_the_manifests_is_no_code_of_the_service() {
        let files = ["app.py", "k8s/kustomization.yaml", "k8s/release.py", "shop/views.py"];
        let tree = Tree::of_files(files.map(|path| (path.to_owned(), Vec::new())));
        assert_eq!(Code::read(&tree).paths(), ["app.py", "shop/views.py"]);
    }
}
