//! Which room may enter which: the table in `docs/architecture.md` is the whole list, and nothing runs in a circle.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harness::modules::{Module, modules};

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The rooms that each room enters, as its sources say.
fn between_rooms(modules: &[Module]) -> Arrows {
    let mut arrows = Arrows::new();
    let rooms: BTreeSet<String> = modules.iter().map(Module::room).collect();
    for module in modules {
        let room = module.room();
        let entered = module.uses.iter().filter_map(|used| used.first().cloned());
        let entered = entered.filter(|entered| *entered != room && rooms.contains(entered));
        arrows.entry(room.clone()).or_default().extend(entered);
    }
    arrows
}

/// The files of one room that each of them uses.
fn between_files(modules: &[Module], room: &str) -> Arrows {
    let inside: Vec<&Module> = modules.iter().filter(|module| module.room() == room).collect();
    let mut arrows = Arrows::new();
    for module in &inside {
        let of_room = module.uses.iter().filter(|used| used.first().is_some_and(|first| first == room));
        // What a path names is in the deepest module that the path goes through.
        let files = of_room.filter_map(|used| {
            let through = inside.iter().filter(|other| used.starts_with(&other.path));
            through.max_by_key(|other| other.path.len()).map(|other| other.file.clone())
        });
        arrows.insert(module.file.clone(), files.filter(|file| *file != module.file).collect());
    }
    arrows
}

/// The table of the documentation: a room and those that it may enter.
fn allowed() -> Arrows {
    let text = std::fs::read_to_string("docs/architecture.md").unwrap();
    let names = |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        (names(cells[0]).into_iter().next().unwrap(), names(cells[1]))
    })
    .collect()
}

/// A way from a place back to itself, when there is one.
fn circle(arrows: &Arrows) -> Option<String> {
    fn walk<'a>(at: &'a str, arrows: &'a Arrows, way: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) -> bool {
        if way.contains(&at) {
            way.push(at);
            return true;
        }
        if !done.insert(at) {
            return false;
        }
        way.push(at);
        let found = arrows.get(at).is_some_and(|next| next.iter().any(|next| walk(next, arrows, way, done)));
        if !found {
            way.pop();
        }
        found
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|start| {
        let mut way = Vec::new();
        walk(start, arrows, &mut way, &mut done).then(|| {
            let first = way.iter().position(|place| Some(place) == way.last()).unwrap_or_default();
            way[first..].join(" → ")
        })
    })
}

#[test]
fn every_arrow_between_rooms_is_in_the_table() {
    let (found, allowed) = (between_rooms(&modules(Path::new("src"))), allowed());
    let pairs = |arrows: &Arrows| -> BTreeSet<String> {
        arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| format!("{from} → {to}"))).collect()
    };
    let (found_pairs, allowed_pairs) = (pairs(&found), pairs(&allowed));
    let new: Vec<_> = found_pairs.difference(&allowed_pairs).collect();
    assert!(new.is_empty(), "docs/architecture.md does not allow {new:#?}");
    let unused: Vec<_> = allowed_pairs.difference(&found_pairs).collect();
    assert!(unused.is_empty(), "docs/architecture.md allows what nothing does any more: {unused:#?}");
    let without_row: Vec<_> = found.keys().filter(|room| !allowed.contains_key(*room)).collect();
    assert!(without_row.is_empty(), "docs/architecture.md has no row for {without_row:?}");
}

#[test]
fn no_rooms_enter_each_other() {
    assert_eq!(circle(&between_rooms(&modules(Path::new("src")))), None);
}

#[test]
fn no_files_of_a_room_use_each_other() {
    let modules = modules(Path::new("src"));
    let rooms: BTreeSet<String> = modules.iter().map(Module::room).collect();
    let circles: Vec<String> = rooms.iter().filter_map(|room| circle(&between_files(&modules, room))).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn arrows_and_circles_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\n");
    write("a/mod.rs", "mod one;\nmod two;\nuse crate::{b::{self, Thing}};\n");
    write(
        "a/one.rs",
        "use super::two::Two;\n// use crate::c::Nothing;\n#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}\n",
    );
    write("a/two.rs", "fn f() { super::one::g() }\n");
    write("b.rs", "fn f() -> &'static str { \"crate::c\"; super::a::two::f() }\n");
    let modules = modules(folder.path());
    let rooms = between_rooms(&modules);
    let entered = |room: &str| rooms[room].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((entered("a"), entered("b")), (vec!["b"], vec!["a"]));
    assert_eq!(circle(&rooms).as_deref(), Some("a → b → a"));
    assert_eq!(circle(&between_files(&modules, "a")).as_deref(), Some("a/one.rs → a/two.rs → a/one.rs"));
    assert_eq!(circle(&between_files(&modules, "b")), None);
}

/// Lines of a file that nobody reads in one piece any more; a longer one says why it is one in its head: `//! Long: …`.
const MOST_LINES: usize = 400;

#[test]
fn no_file_is_long_without_a_reason_in_its_head() {
    let mut long = Vec::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = waiting.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let has_reason =
                text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains("Long: "));
            if text.lines().count() > MOST_LINES && !has_reason {
                long.push(format!("{}: {} lines", path.display(), text.lines().count()));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}
