//! What stands in the folder that is rendered into: the lock file, the journal of an interrupted run, edited files.

use std::fs;
use std::sync::OnceLock;

use pykube::app::Options;
use pykube::file_set::FileSet;
use pykube::review::{Review, annotations, note, to_json, to_markdown, to_text};
use pykube::write::{LOCK_PATH, LockFile, Plan, Refusal, Status, Target, summary, unified};
use pykube::{config, render};

use super::scratch::{folder, has, pykube, write};

const APP: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\npython = \"3.13\"\n\
                   [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"TAG\"\n[server]\nworkers = 2\n\
                   [expose]\nhost = \"shop.example.com\"\n[cron.nightly]\nschedule = \"0 3 * * *\"\n\
                   command = \"flask nightly\"\n";

/// The file of the repository, which no run may change.
const SOURCE: (&str, &str) = ("shop.py", "from flask import Flask\napp = Flask(__name__)\n");

fn files(tag: &str) -> FileSet {
    let (config, document) = config::parse("app.toml".into(), APP.replace("TAG", tag)).expect("an app.toml");
    let app = render::resolved_from(&config, &document, &folder(), &Options::default()).expect("resolved");
    render::render(&app).expect("rendered")
}

/// What the first render asks for, and what the second.
fn first() -> &'static FileSet {
    static FILES: OnceLock<FileSet> = OnceLock::new();
    FILES.get_or_init(|| files("1.0.0"))
}

fn second() -> &'static FileSet {
    static FILES: OnceLock<FileSet> = OnceLock::new();
    FILES.get_or_init(|| files("1.0.1"))
}

/// Makes the folder as the first render leaves it.
fn prepare() {
    if has("shop.py") {
        return;
    }
    write("shop.py", SOURCE.1);
    write("requirements.txt", "flask\ngunicorn\n");
    write("app.toml", APP.replace("TAG", "1.0.0"));
    let target = Target::open_for_writing(&folder()).expect("a folder");
    let plan = target.plan(first(), None).expect("planned");
    target.apply(&plan, true).expect("written");
}

/// The lock file: what is read is written and read again as the same, and no entry takes a source away.
pub(super) fn lock_file(data: &[u8]) {
    prepare();
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(lock) = LockFile::parse(text, LOCK_PATH)
    {
        let written = lock.to_text();
        // It names the pykube that writes, whichever wrote what was read.
        let again = LockFile::parse(&written, LOCK_PATH).expect("our own text");
        assert_eq!(again.to_text(), written);
    }
    write(LOCK_PATH, data);
    if let Ok(target) = Target::open(&folder())
        && let Ok(plan) = target.plan(second(), None)
    {
        shown(&plan.clone().merged());
        let source = plan.changes.iter().find(|change| change.path.as_str() == SOURCE.0);
        let touches =
            |status: Status| matches!(status, Status::New | Status::Changed | Status::Merged | Status::Removed);
        assert!(source.is_none_or(|change| !touches(change.status)), "{source:?}");
    }
}

/// Everything that is said of a plan.
fn shown(plan: &Plan) {
    let review = Review::of(plan);
    let _ = (to_text(&review, true), to_json(&review), to_markdown(&review), annotations(&review));
    let _ = (unified(plan, true), summary(plan, &|change| note(&review, change)));
    let _ = Refusal::of(plan).map(|refusal| refusal.to_string());
}

/// The journal of an interrupted run, bound to this machine by its token: `TOKEN` stands for what binds it.
pub(super) fn journal(data: &[u8]) {
    use std::os::unix::fs::MetadataExt as _;

    prepare();
    let stage = folder().join(".pykube/stage");
    write(".pykube/stage/token", "");
    for text in ["0.old", "0.new", "1.old", "1.new"] {
        write(&format!(".pykube/stage/{text}"), text);
    }
    write(".git/HEAD", "ref: refs/heads/main\n");
    let token = fs::metadata(stage.join("token")).expect("there");
    let identity = format!("{}-{}.{:09}", token.ino(), token.ctime(), token.ctime_nsec());
    let text = String::from_utf8_lossy(data).replace("TOKEN", &identity);
    write(".pykube/stage/journal.toml", text);
    drop(Target::open_for_writing(&folder()));
    assert!(has(".git/HEAD"), "a journal reached .git");
    // It may have moved anything else: the next execution begins anew.
    for entry in fs::read_dir(folder()).expect("a folder").filter_map(Result::ok) {
        let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
    }
}

/// Puts `data` at the place of a rendered file; its first byte says which.
fn edit(data: &[u8], paths: &[String]) -> Option<String> {
    prepare();
    let (number, text) = data.split_first()?;
    let path = &paths[usize::from(*number) % paths.len()];
    write(path, text);
    Some(path.clone())
}

fn paths(is_wanted: fn(&str) -> bool) -> Vec<String> {
    let all = second().iter().map(|(path, _)| path.to_string());
    all.filter(|path| is_wanted(path)).collect()
}

fn restore(path: &str) {
    write(path, first().get(path).expect("a rendered file"));
}

/// A rendered file that somebody edited: looked at, merged with what is asked for now, reviewed in every form.
pub(super) fn manifest(data: &[u8]) {
    static PATHS: OnceLock<Vec<String>> = OnceLock::new();
    let Some(path) = edit(data, PATHS.get_or_init(|| paths(|_| true))) else { return };
    if let Ok(target) = Target::open(&folder())
        && let Ok(plan) = target.plan(second(), None)
    {
        shown(&plan);
        shown(&plan.merged());
    }
    restore(&path);
}

/// A manifest that somebody edited, taken over into `app.toml`; what was taken over is rendered as it was edited.
pub(super) fn adopt(data: &[u8]) {
    static PATHS: OnceLock<Vec<String>> = OnceLock::new();
    let is_manifest = |path: &str| path.starts_with("k8s/") && !path.ends_with("kustomization.yaml");
    let manifests = PATHS.get_or_init(|| paths(is_manifest));
    let Some(path) = edit(data, manifests) else { return };
    pykube(&["-q", "adopt", "--dir", "FOLDER", &format!("FOLDER/{path}")]);
    let text = fs::read_to_string(folder().join("app.toml")).expect("app.toml stays text");
    let before = APP.replace("TAG", "1.0.0");
    if text != before {
        assert!(text.contains("[[patches]]"), "{text}");
        write("app.toml", before);
    }
    restore(&path);
}
