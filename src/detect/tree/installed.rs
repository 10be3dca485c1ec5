//! Packages that an installer put into the tree: `pip install --target .`, a copied `site-packages`.
//!
//! Each has a folder `NAME-VERSION.dist-info` beside it whose `RECORD` lists what came with it.
//! Source: <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::collections::BTreeSet;

use super::{Omission, Tree, join, parent};

/// Takes the files of installed packages off the list.
pub(super) fn leave_out(tree: &mut Tree) {
    let records: Vec<String> =
        tree.files.keys().filter(|path| path.ends_with(".dist-info/RECORD")).map(String::clone).collect();
    let mut installed = BTreeSet::new();
    for record in &records {
        let folder = parent(parent(record));
        installed.insert(parent(record).to_owned());
        // One that is too large to read is left at that: its own name says what most have it for.
        let Some(text) = tree.read(record) else { continue };
        for line in text.lines() {
            let first = line.split([',', '/']).next().unwrap_or_default().trim_matches('"');
            if !first.is_empty() && first != ".." && !first.ends_with(".dist-info") {
                installed.extend(join(folder, first));
            }
        }
    }
    if installed.is_empty() {
        return;
    }
    tree.files.retain(|path, _| !super::ancestors(path).any(|above| installed.contains(above)));
    for record in &records {
        tree.budget.leave_out(Omission::Installed, parent(record));
    }
}
