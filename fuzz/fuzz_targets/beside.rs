//! An application with one file beside it that the fuzzer writes: the answer may be anything, a panic is a fault.

use pykube::detect::{detect_files, json, text};

/// Reads a repository in which `paths` all hold `data`.
pub(crate) fn read(paths: &[&str], data: &[u8]) {
    let app = b"from flask import Flask\nimport os\nfrom pkg import *\napp = Flask(__name__)\n".to_vec();
    let mut files = vec![("app.py".to_owned(), app), ("requirements.txt".to_owned(), b"flask\n".to_vec())];
    files.extend(paths.iter().map(|path| ((*path).to_owned(), data.to_vec())));
    let found = detect_files(files);
    let _ = json(&found);
    let _ = text(&found, true);
}
