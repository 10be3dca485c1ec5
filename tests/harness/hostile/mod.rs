//! Repositories that somebody wrote to make a reader hang, crash, eat memory or look elsewhere. Made here, kept nowhere.

mod deployment;
mod folder;
mod manifest;
mod names;
mod python;

use std::fs;
use std::path::Path;

/// One hostile repository.
pub(crate) struct Form {
    /// What is in it, as a file name.
    pub(crate) name: &'static str,
    make: Box<dyn Fn(&Path) + Sync + Send>,
}

impl Form {
    fn new(name: &'static str, make: impl Fn(&Path) + Sync + Send + 'static) -> Self {
        Self { name, make: Box::new(make) }
    }

    /// A form that is one file beside an ordinary application.
    fn file(name: &'static str, path: &'static str, text: impl Fn() -> String + Sync + Send + 'static) -> Self {
        Self::new(name, move |root| write(root, path, text()))
    }

    /// Writes the repository: an ordinary application, then what is odd about this one.
    pub(crate) fn write(&self, root: &Path) {
        write(root, "app.py", "import os\nfrom flask import Flask\napp = Flask(__name__)\nX = os.environ['SEEN']\n");
        write(root, "requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n");
        (self.make)(root);
    }
}

/// Every form.
pub(crate) fn forms() -> Vec<Form> {
    [python::forms(), names::forms(), manifest::forms(), deployment::forms(), folder::forms()]
        .into_iter()
        .flatten()
        .collect()
}

/// A number of things: fewer where the program is not optimised.
fn many(count: usize) -> usize {
    if cfg!(debug_assertions) { count / 5 } else { count }
}

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// `part` of every number below `count`, one after the other.
fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}
