//! Every generated tree of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pykube::file_set::{FileSet, RelativePath};
use pykube::render::Request;
use serde_yaml::Value;

/// One generated tree: the files that belong to it, by path relative to its root.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Name that findings show.
    pub(crate) name: String,
    /// Texts of the Dockerfile, the manifests, the workflows and what belongs to them.
    pub(crate) files: BTreeMap<String, String>,
    /// Manifests of one's own beside them, which the kustomization names.
    pub(crate) beside: BTreeMap<String, String>,
}

/// Folders that hold no generated tree of their own.
const NOT_OURS: &[&str] = &[".git", ".venv", "__pycache__", "node_modules", "target"];

impl Tree {
    /// The tree below `root`, what pykube would have written there only.
    pub(crate) fn read(name: &str, root: &Path) -> Self {
        let mut files = BTreeMap::new();
        for file in ["Dockerfile", ".dockerignore", "gunicorn.conf.py", ".github/dependabot.yml"] {
            if let Ok(text) = fs::read_to_string(root.join(file)) {
                files.insert(file.to_owned(), text);
            }
        }
        for folder in ["k8s", ".github/workflows"] {
            read_folder(&root.join(folder), folder, &mut files);
        }
        Self { name: name.to_owned(), files, beside: BTreeMap::new() }
    }

    /// The tree as the pipeline has it in memory.
    pub(crate) fn file_set(&self) -> FileSet {
        let mut set = FileSet::new();
        for (path, text) in &self.files {
            set.add(RelativePath::new(path.clone()).unwrap(), text.clone()).unwrap();
        }
        if !self.beside.is_empty() {
            let listed: Value = serde_yaml::from_str(&self.files["k8s/kustomization.yaml"]).unwrap();
            let entries = listed["resources"].as_sequence().unwrap().iter().filter_map(Value::as_str);
            entries
                .filter(|entry| !self.files.contains_key(&format!("k8s/{entry}")))
                .for_each(|entry| set.name("k8s", entry));
        }
        set
    }

    /// Writes the tree below `root`.
    pub(crate) fn write(&self, root: &Path) {
        for (path, text) in self.files.iter().chain(&self.beside) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// Paths of the manifests, without the kustomizations.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.yaml("k8s/").filter(|(path, _)| !path.ends_with("/kustomization.yaml"))
    }

    /// Folders with a kustomization.
    pub(crate) fn kustomizations(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_suffix("/kustomization.yaml"))
    }

    /// Paths and texts of the workflows.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.yaml(".github/workflows/")
    }

    /// Paths and texts of the YAML files below a folder.
    pub(crate) fn yaml(&self, below: &str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(move |(path, _)| path.starts_with(below) && is_yaml(path))
    }
}

/// Whether the file at `path` is YAML by its name.
pub(crate) fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = format!("{prefix}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_folder(&entry.path(), &path, files);
        } else {
            files.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// Our own workflows, which have to be as good as those that we write for others; every tree below `examples` and below the
/// folders that the variable `GATE_TREES` names, separated like those of `PATH`; and what each of `tests/apps` renders.
pub(crate) fn all() -> Vec<Tree> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let examples = here.join("examples");
    let mut roots = Vec::new();
    find(&examples, &mut roots);
    if let Some(more) = std::env::var_os("GATE_TREES") {
        std::env::split_paths(&more).for_each(|folder| find(&folder, &mut roots));
    }
    roots.sort();
    let name = |root: &Path| {
        let shown = root.strip_prefix(&examples).unwrap_or(root).to_str().unwrap();
        shown.trim_start_matches('/').replace(['/', '\\'], "-")
    };
    let written = roots.iter().map(|root| Tree::read(&name(root), root));
    std::iter::once(Tree::read("pykube", here)).chain(written).chain(rendered(&here.join("tests/apps"))).collect()
}

/// What the `app.toml` of each folder in `folder` renders to.
fn rendered(folder: &Path) -> Vec<Tree> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut apps: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|app| app.join("app.toml").is_file()).collect();
    apps.sort();
    let render = |app: PathBuf| {
        let request = Request { directory: app.clone(), ..Request::default() };
        let set = pykube::render::files(&request).unwrap_or_else(|error| panic!("{}: {error:#}", app.display()));
        let files = set.iter().map(|(path, text)| (path.to_string(), text.to_owned())).collect();
        let mut beside = BTreeMap::new();
        for folder in ["k8s", "deploy"] {
            read_folder(&app.join(folder), folder, &mut beside);
        }
        Tree { name: app.file_name().unwrap().to_str().unwrap().to_owned(), files, beside }
    };
    apps.into_iter().map(render).collect()
}

/// A folder that holds `k8s` is the root of a tree; services of a monorepo have one each.
fn find(folder: &Path, roots: &mut Vec<PathBuf>) {
    if folder.join("k8s").is_dir() {
        roots.push(folder.to_owned());
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = !NOT_OURS.iter().any(|skipped| name == *skipped) && name != "k8s";
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find(&entry.path(), roots);
        }
    }
}

/// Fills an empty folder below the target directory, one for each `purpose`.
pub(crate) fn stage(purpose: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate").join(purpose);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The documents of a YAML text.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|document| !document.is_null())
        .collect()
}
