//! The process is stopped at every call that changes the disk, in turn.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, RealDisk};
use super::{Plan, Status, Target};
use crate::file_set::{FileSet, RelativePath};

/// What goes wrong at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    /// The process is killed before the call: neither it nor any later one happens.
    KilledBefore,
    /// The process is killed in the middle of the call: a text is half written, anything else has happened.
    KilledWithin,
    /// The call fails, as on a full disk, and the process continues.
    Fails,
}

/// A disk on which the call with the number `at` (from 0) goes wrong.
struct FaultyDisk<'a> {
    disk: RealDisk<'a>,
    mishap: Mishap,
    at: u32,
    calls: Cell<u32>,
}

impl<'a> FaultyDisk<'a> {
    fn new(root: &'a Path, mishap: Mishap, at: u32) -> Self {
        Self { disk: RealDisk::below(root), mishap, at, calls: Cell::new(0) }
    }

    fn call(&self, act: impl Fn() -> io::Result<()>, half: impl Fn()) -> io::Result<()> {
        let number = self.calls.get();
        self.calls.set(number + 1);
        let dead = || io::Error::other("killed");
        match (self.mishap, number.cmp(&self.at)) {
            (_, std::cmp::Ordering::Less) | (Mishap::Fails, std::cmp::Ordering::Greater) => act(),
            (Mishap::Fails, std::cmp::Ordering::Equal) => Err(io::ErrorKind::StorageFull.into()),
            (Mishap::KilledWithin, std::cmp::Ordering::Equal) => {
                half();
                Err(dead())
            }
            _ => Err(dead()),
        }
    }

    fn whole(&self, act: impl Fn() -> io::Result<()>) -> io::Result<()> {
        self.call(&act, || drop(act()))
    }
}

impl Disk for FaultyDisk<'_> {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.whole(|| self.disk.create_folder(path))
    }
    fn write_new(&self, path: &Path, text: &str, like: Option<&Path>) -> io::Result<()> {
        let half = || drop(self.disk.write_new(path, &text[..text.len() / 2], like));
        self.call(|| self.disk.write_new(path, text, like), half)
    }
    fn keep(&self, path: &Path, second: &Path) -> io::Result<()> {
        self.whole(|| self.disk.keep(path, second))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.whole(|| self.disk.rename(from, to))
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.whole(|| self.disk.remove_file(path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.whole(|| self.disk.remove_folder(path))
    }
    fn sync(&self, paths: &[PathBuf]) -> io::Result<()> {
        self.whole(|| self.disk.sync(paths))
    }
}

const OLD_APP: &str = "live = \"blue\"\n";
const NEW_APP: &str = "live = \"green\"\n";

fn files(texts: &[(&str, &str)]) -> FileSet {
    let mut files = FileSet::new();
    for (path, text) in texts {
        files.add(RelativePath::new(*path).unwrap(), (*text).to_owned()).unwrap();
    }
    files
}

fn before() -> FileSet {
    files(&[
        ("Dockerfile", "FROM a\n"),
        ("k8s/cron-a.yaml", "a: 1\n"),
        ("k8s/cron-b.yaml", "b: 1\n"),
        ("old/cron-c.yaml", "c: 1\n"),
    ])
}

fn after() -> FileSet {
    files(&[
        ("Dockerfile", "FROM b\n"),
        ("k8s/cron-a.yaml", "a: 2\n"),
        ("k8s/cron-b.yaml", "b: 1\n"),
        ("new/deep/cron-c.yaml", "c: 1\n"),
    ])
}

/// Every file below `root` but the stage, with its text.
fn tree(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, all: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, all);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                all.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(root, root, &mut all);
    all
}

/// Completes the second render, as the user does who runs the command again.
fn render_second(root: &Path) {
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&after(), None).unwrap();
    let there = target.app_toml_bytes().unwrap();
    let plan = target.with_app_toml(plan, there.as_deref(), NEW_APP.to_owned()).unwrap();
    target.apply(&plan, false).unwrap();
}

fn render(root: &Path, files: &FileSet) -> anyhow::Result<Plan> {
    let target = Target::open_for_writing(root)?;
    let plan = target.plan(files, None)?;
    target.apply(&plan, false)?;
    Ok(plan)
}

/// A target rendered once, with a file of the user's in it; and the trees before and after the second render.
fn scene() -> (tempfile::TempDir, BTreeMap<String, String>, BTreeMap<String, String>) {
    let scene = |second: bool| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.py"), "print()\n").unwrap();
        fs::write(folder.path().join("app.toml"), OLD_APP).unwrap();
        render(folder.path(), &before()).unwrap();
        if second {
            render_second(folder.path());
        }
        let tree = tree(folder.path());
        (folder, tree)
    };
    let (_other, new) = scene(true);
    let (folder, old) = scene(false);
    (folder, old, new)
}

/// Applies the second render, with another app.toml as `promote` and `add` write it, on a disk with a mishap; says how
/// many calls were made and whether it succeeded.
fn apply_with(root: &Path, mishap: Mishap, at: u32) -> (u32, bool) {
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&after(), None).unwrap();
    let plan = target.with_app_toml(plan, Some(OLD_APP.as_bytes()), NEW_APP.to_owned()).unwrap();
    let disk = FaultyDisk::new(root, mishap, at);
    let done = target.apply_on(&disk, &plan, false).is_ok();
    (disk.calls.get(), done)
}

#[test]
fn killed_at_any_call_each_file_is_old_or_new_and_the_next_run_puts_the_tree_right() {
    let mut kills = 0;
    for mishap in [Mishap::KilledBefore, Mishap::KilledWithin] {
        for at in 0.. {
            let (folder, old, new) = scene();
            let root = folder.path();
            let (calls, _) = apply_with(root, mishap, at);
            if at >= calls {
                break;
            }
            kills += 1;
            for (path, text) in tree(root).iter().filter(|(path, _)| !path.starts_with(".pykube/stage/")) {
                assert!(old.get(path) == Some(text) || new.get(path) == Some(text), "{mishap:?} {at}: {path}: {text}");
            }
            for path in old.keys().filter(|path| new.contains_key(*path)) {
                assert!(root.join(path).exists(), "{mishap:?} {at}: {path} is gone");
            }
            drop(Target::open_for_writing(root).unwrap());
            let recovered = tree(root);
            assert!(recovered == old || recovered == new, "{mishap:?} {at}: {recovered:?}");
            render_second(root);
            assert_eq!(tree(root), new, "{mishap:?} {at}");
        }
    }
    assert!(kills > 40, "{kills} kills only");
}

#[test]
fn folders_that_held_nothing_but_leftovers_go_with_them() {
    let (folder, _, _) = scene();
    render(folder.path(), &after()).unwrap();
    assert!(!folder.path().join("old").exists());
}

#[test]
fn a_call_that_fails_leaves_all_old_or_all_new() {
    for at in 0.. {
        let (folder, old, new) = scene();
        let (calls, done) = apply_with(folder.path(), Mishap::Fails, at);
        if at >= calls {
            assert!(at > 20, "{at} calls only");
            break;
        }
        drop(Target::open_for_writing(folder.path()).unwrap());
        assert_eq!(tree(folder.path()), if done { new } else { old }, "{at}");
    }
}

#[test]
fn an_edit_made_after_the_kill_survives_the_repair() {
    for at in 0.. {
        let (folder, _, _) = scene();
        let root = folder.path();
        let (calls, _) = apply_with(root, Mishap::KilledBefore, at);
        if at >= calls {
            break;
        }
        fs::write(root.join("k8s/cron-a.yaml"), "a: mine\n").unwrap();
        let target = Target::open_for_writing(root).unwrap();
        assert_eq!(fs::read_to_string(root.join("k8s/cron-a.yaml")).unwrap(), "a: mine\n", "{at}");
        let plan = target.plan(&after(), None).unwrap();
        let status = plan.changes.iter().find(|change| change.path.as_str() == "k8s/cron-a.yaml").unwrap().status;
        assert_eq!(status, Status::Edited, "{at}");
    }
}

#[test]
fn a_file_saved_while_the_render_runs_is_not_overwritten() {
    let (folder, _, _) = scene();
    let root = folder.path();
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&after(), None).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), "a: mine\n").unwrap();
    let saved = tree(root);
    let error = format!("{:#}", target.apply(&plan, false).unwrap_err());
    assert!(error.contains("`k8s/cron-a.yaml` was changed by somebody else just now"), "{error}");
    assert_eq!(tree(root), saved);
}

#[test]
fn app_toml_saved_while_a_command_runs_is_not_overwritten() {
    let (folder, _, _) = scene();
    let root = folder.path();
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&after(), None).unwrap();
    let plan = target.with_app_toml(plan, Some(OLD_APP.as_bytes()), NEW_APP.to_owned()).unwrap();
    fs::write(root.join("app.toml"), "live = \"blue\" # mine\n").unwrap();
    let saved = tree(root);
    assert!(target.apply(&plan, false).is_err());
    assert_eq!(tree(root), saved);
    let plan = target.plan(&after(), None).unwrap();
    let late = target.with_app_toml(plan, Some(OLD_APP.as_bytes()), NEW_APP.to_owned()).unwrap_err();
    assert!(late.render(false).contains("changed by somebody else"), "{late}");
}

#[test]
fn a_stage_that_was_copied_is_not_obeyed_and_one_that_was_killed_is() {
    let (folder, old, _) = scene();
    let root = folder.path();
    // Somewhere in the middle: the journal is there.
    let at = (0..100).find(|at| {
        drop(Target::open_for_writing(root).unwrap());
        apply_with(root, Mishap::KilledBefore, *at);
        super::journal::is_there(root) && !root.join("old/cron-c.yaml").exists()
    });
    assert!(at.is_some());
    let stage = root.join(".pykube/stage");
    let copy = root.join(".pykube/copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&stage).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    fs::rename(&stage, root.join(".pykube/real")).unwrap();
    fs::rename(&copy, &stage).unwrap();
    let torn = tree(root);
    let error = Target::open_for_writing(root).unwrap_err().to_string();
    assert!(error.contains("the journal of a run that was not interrupted here"), "{error}");
    assert!(error.contains("help: rm -r"), "{error}");
    assert_eq!(tree(root), torn, "nothing is touched");
    fs::remove_dir_all(&stage).unwrap();
    fs::rename(root.join(".pykube/real"), &stage).unwrap();
    assert!(Target::open_for_writing(root).unwrap().was_interrupted());
    assert_eq!(tree(root), old);
}

#[test]
fn what_is_not_of_pykube_in_the_stage_is_left_and_has_a_way_out() {
    let (folder, _, _) = scene();
    let root = folder.path();
    fs::create_dir_all(root.join(".pykube/stage/mine")).unwrap();
    let error = format!("{:#}", Target::open_for_writing(root).unwrap_err());
    assert!(error.contains("does not belong to pykube; move it away: rm -r "), "{error}");
    fs::remove_dir(root.join(".pykube/stage/mine")).unwrap();
    Target::open_for_writing(root).unwrap();
    assert!(!root.join(".pykube/stage").exists());
}
