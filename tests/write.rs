//! The target directory: what is overwritten, kept, removed and refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use pykube::file_set::{FileSet, RelativePath};
use pykube::write::{Plan, Refusal, Status, Target, summary, unified};

fn files(texts: &[(&str, &str)]) -> FileSet {
    let mut files = FileSet::new();
    for (path, text) in texts {
        files.add(RelativePath::new(*path).unwrap(), (*text).to_owned()).unwrap();
    }
    files
}

fn render(root: &Path, texts: &[(&str, &str)]) -> anyhow::Result<Plan> {
    render_as(root, texts, None, false)
}

fn render_as(root: &Path, texts: &[(&str, &str)], owner: Option<&str>, force: bool) -> anyhow::Result<Plan> {
    let target = Target::open_for_writing(root)?;
    let plan = target.plan(&files(texts), owner)?;
    target.apply(&plan, force)?;
    Ok(plan)
}

/// A text whose file goes when it is no longer asked for.
const OWN: &str = "metadata:\n  labels:\n    app.kubernetes.io/managed-by: pykube\n";

fn look(root: &Path, texts: &[(&str, &str)]) -> Plan {
    Target::open(root).unwrap().plan(&files(texts), None).unwrap()
}

fn statuses(plan: &Plan) -> Vec<(String, Status)> {
    plan.changes.iter().map(|change| (change.path.to_string(), change.status)).collect()
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

const ONE: &[(&str, &str)] = &[("Dockerfile", "FROM a\n"), ("k8s/cron-a.yaml", "a: 1\nb: 1\n")];
const TWO: &[(&str, &str)] = &[("Dockerfile", "FROM b\n"), ("k8s/cron-a.yaml", "a: 2\nb: 1\n")];

#[test]
fn a_second_render_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    let time = |path: &str| fs::metadata(root.join(path)).unwrap().modified().unwrap();
    let before = [time("Dockerfile"), time(".pykube/lock.toml")];
    std::thread::sleep(std::time::Duration::from_millis(20));
    let plan = render(root, ONE).unwrap();
    assert!(plan.is_clean());
    assert_eq!(summary(&plan, &|_| None), "2 files, nothing changed\n");
    assert_eq!([time("Dockerfile"), time(".pykube/lock.toml")], before);
    assert_eq!(unified(&plan, false), "");
}

#[test]
fn what_changes_is_said_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, &[ONE[0], ("k8s/cron-a.yaml", OWN)]).unwrap();
    let plan = render(root, &[("Dockerfile", "FROM b\n"), ("k8s/cron-b.yaml", "b: 1\n")]).unwrap();
    assert_eq!(
        summary(&plan, &|_| None),
        "2 files, 3 changed\n  ~ Dockerfile\n  - k8s/cron-a.yaml   no longer asked for\n  + k8s/cron-b.yaml\n"
    );
    assert_eq!(read(root, "Dockerfile"), "FROM b\n");
    assert!(!root.join("k8s/cron-a.yaml").exists());
    assert_eq!(read(root, "k8s/cron-b.yaml"), "b: 1\n");
}

#[test]
fn a_hand_edit_is_refused_and_shown_and_force_drops_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), "a: 1\nb: mine\n").unwrap();
    let error = render(root, TWO).unwrap_err();
    let refusal = error.downcast_ref::<Refusal>().unwrap().to_string();
    assert!(
        refusal.starts_with("k8s/cron-a.yaml was edited since pykube wrote it; nothing was written\n"),
        "{refusal}"
    );
    assert!(refusal.contains("+b: mine"), "{refusal}"); // no kind: lines
    for way in ["pykube adopt k8s/cron-a.yaml", "pykube render --merge", "pykube render --force"] {
        assert!(refusal.contains(way), "{refusal}");
    }
    assert_eq!(read(root, "Dockerfile"), "FROM a\n", "all or nothing");
    assert_eq!(read(root, "k8s/cron-a.yaml"), "a: 1\nb: mine\n");
    render_as(root, TWO, None, true).unwrap();
    assert_eq!(read(root, "k8s/cron-a.yaml"), "a: 2\nb: 1\n");
    assert!(look(root, TWO).is_clean());
}

#[test]
fn a_foreign_file_is_refused_unless_it_is_the_very_same() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("Dockerfile"), "FROM mine\n").unwrap();
    let refusal = render(root, ONE).unwrap_err().to_string();
    assert!(refusal.starts_with("Dockerfile already exists, and pykube did not write it"), "{refusal}");
    assert!(!root.join("k8s").exists());
    assert!(!root.join(".pykube").exists());
    fs::write(root.join("Dockerfile"), "FROM a\n").unwrap();
    render(root, ONE).unwrap();
    let plan = render(root, TWO).unwrap();
    assert_eq!(plan.changes[0].status, Status::Changed, "taken over by the first render");
}

#[test]
fn an_edited_leftover_is_kept_and_the_users_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), "mine: 1\n").unwrap();
    let rest = &ONE[..1];
    let plan = render_as(root, rest, None, true).unwrap();
    assert_eq!(statuses(&plan)[1].1, Status::Kept);
    assert_eq!(read(root, "k8s/cron-a.yaml"), "mine: 1\n");
    assert!(look(root, rest).is_clean());
    assert_eq!(look(root, ONE).changes[1].status, Status::Foreign);
}

#[test]
fn a_leftover_that_cannot_be_read_stays_and_is_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    // More than is read of any file that pykube writes.
    fs::File::create(root.join("k8s/cron-a.yaml")).unwrap().set_len(17 << 20).unwrap();
    let plan = render(root, &ONE[..1]).unwrap();
    assert_eq!(statuses(&plan)[1].1, Status::Unreadable);
    let said = summary(&plan, &|_| None);
    assert!(said.contains("k8s/cron-a.yaml   no longer asked for, but it "), "{said}");
    assert!(said.contains("; it stays until it can be read\n"), "{said}");
    assert!(root.join("k8s/cron-a.yaml").exists() && read(root, ".pykube/lock.toml").contains("cron-a.yaml"));
}

#[test]
fn a_formatter_is_no_drift_but_a_comment_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), "a:   1\nb:   1\n").unwrap();
    let plan = look(root, ONE);
    assert_eq!(plan.changes[1].status, Status::Reflowed);
    assert!(plan.is_clean());
    assert!(summary(&plan, &|_| None).contains("= k8s/cron-a.yaml   formatted differently, same meaning"));
    assert_eq!(look(root, TWO).changes[1].status, Status::Changed, "layout alone is not a hand edit");
    fs::write(root.join("k8s/cron-a.yaml"), "a:   1\nb:   1 # mine\n").unwrap();
    assert_eq!(look(root, TWO).changes[1].status, Status::Edited);
    render(root, ONE).unwrap();
    assert_eq!(read(root, "k8s/cron-a.yaml"), "a:   1\nb:   1 # mine\n");
}

#[test]
fn carriage_returns_of_a_windows_checkout_are_no_edit() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    fs::write(root.join("Dockerfile"), "FROM a\r\n").unwrap();
    assert!(look(root, ONE).is_clean());
    assert_eq!(look(root, TWO).changes[0].status, Status::Changed);
}

#[test]
fn the_render_and_a_module_share_a_target_without_removing_each_others_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, &[ONE[0], ("k8s/cron-a.yaml", OWN)]).unwrap();
    render_as(root, &[("shop/health.py", "x\n")], Some("add health"), false).unwrap();
    assert!(read(root, ".pykube/lock.toml").contains("owner = \"add health\""));
    let plan = render(root, &[("Dockerfile", "FROM a\n"), ("k8s/cron-b.yaml", "b: 1\n")]).unwrap();
    assert!(plan.changes.iter().all(|change| change.path.as_str() != "shop/health.py"));
    assert!(!root.join("k8s/cron-a.yaml").exists());
    render_as(root, &[("web/health.py", "x\n")], Some("add health"), false).unwrap();
    assert!(!root.join("shop").exists(), "the module moved");
    assert!(root.join("Dockerfile").exists(), "the render asks for it still");
}

#[test]
fn a_foreign_file_that_means_the_same_stays_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("k8s")).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), "b: 1\na:   1\n").unwrap();
    let plan = render(root, ONE).unwrap();
    assert_eq!(plan.changes[1].status, Status::Reflowed);
    assert!(!read(root, ".pykube/lock.toml").contains("cron-a.yaml"), "it is not pykube's");
    let refusal = render(root, TWO).unwrap_err().to_string();
    assert!(refusal.starts_with("k8s/cron-a.yaml already exists, and pykube did not write it"), "{refusal}");
    render(root, &ONE[..1]).unwrap();
    assert_eq!(read(root, "k8s/cron-a.yaml"), "b: 1\na:   1\n", "no leftover");
}

#[test]
fn a_leftover_whose_folder_was_renamed_goes_only_when_its_text_is_written_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, &[("Dockerfile", "FROM a\n"), ("k8s/cron-a.yaml", "a: 1\n"), ("k8s/cron-b.yaml", "b: 1\n")]).unwrap();
    let moved = [("Dockerfile", "FROM a\n"), ("deploy/cron-a.yaml", "a: 1\n"), ("deploy/cron-b.yaml", "b: 2\n")];
    let plan = render(root, &moved).unwrap();
    let said = summary(&plan, &|_| None);
    assert!(said.contains("- k8s/cron-a.yaml      no longer asked for\n"), "{said}");
    assert!(
        said.contains("= k8s/cron-b.yaml      no longer asked for, and not where pykube writes: kept, yours"),
        "{said}"
    );
    assert!(!root.join("k8s/cron-a.yaml").exists() && root.join("k8s/cron-b.yaml").exists());
}

#[test]
fn a_lock_file_that_is_missing_is_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    render(folder.path(), ONE).unwrap();
    fs::remove_file(folder.path().join(".pykube/lock.toml")).unwrap();
    let plan = look(folder.path(), ONE);
    assert!(plan.lacks_lock() && !plan.is_clean());
    render(folder.path(), ONE).unwrap();
    assert!(look(folder.path(), ONE).is_clean());
}

#[test]
fn a_lock_file_from_the_future_or_in_conflict_stops_everything() {
    let folder = tempfile::tempdir().unwrap();
    render(folder.path(), ONE).unwrap();
    let lock = folder.path().join(".pykube/lock.toml");
    for (text, said) in [("version = 2\n", "has format 2"), ("<<<<<<< HEAD\n", "merge conflict")] {
        fs::write(&lock, text).unwrap();
        let error = render(folder.path(), TWO).unwrap_err();
        assert!(format!("{error:#}").contains(said), "{error:#}");
        assert_eq!(read(folder.path(), "Dockerfile"), "FROM a\n");
        assert_eq!(fs::read_to_string(&lock).unwrap(), text);
    }
}

#[test]
fn the_unified_form_is_one_that_patch_takes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, &[ONE[0], ("k8s/cron-a.yaml", OWN)]).unwrap();
    let new = &[("Dockerfile", "FROM b\n"), ("k8s/cron-b.yaml", "b: 1\n")];
    let patch = unified(&look(root, new), false);
    assert!(
        patch.contains("--- a/k8s/cron-a.yaml\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-metadata:\n-  labels:\n"),
        "{patch}"
    );
    assert!(patch.contains("--- /dev/null\n+++ b/k8s/cron-b.yaml\n@@ -0,0 +1 @@\n+b: 1\n"), "{patch}");
    assert!(unified(&look(root, new), true).contains("\u{1b}["));
}

#[test]
fn two_renders_at_once_end_as_one_of_them_whole() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let texts = |side: &'static str| (0..40).map(move |n| (format!("k8s/{n}.yaml"), format!("side: {side}\n")));
    let set = |side| {
        let mut set = FileSet::new();
        for (path, text) in texts(side) {
            set.add(RelativePath::new(path).unwrap(), text).unwrap();
        }
        set
    };
    for _ in 0..5 {
        std::thread::scope(|scope| {
            for side in ["left", "right"] {
                scope.spawn(move || {
                    let target = Target::open_for_writing(root).unwrap();
                    let plan = target.plan(&set(side), None).unwrap();
                    target.apply(&plan, false).unwrap();
                });
            }
        });
        let first = read(root, "k8s/0.yaml");
        for number in 0..40 {
            assert_eq!(read(root, &format!("k8s/{number}.yaml")), first);
        }
    }
}

/// A manifest, rendered with one image and a comment.
fn manifest(image: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  # three for reserve\n  replicas: 3\n  template:\n    spec:\n      containers:\n        - name: web\n          image: {image}\n{more}"
    )
}

#[test]
fn a_hand_edit_and_a_new_text_are_merged_and_the_edit_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let one = manifest("a:1", "");
    let two = manifest("a:2", "");
    render(root, &[("Dockerfile", "FROM a\nRUN b\nRUN c\nUSER d\n"), ("k8s/cron-a.yaml", &one)]).unwrap();
    // Somebody adds a comment, a field and a step.
    let edited = manifest("a:1", "      priorityClassName: high # ours\n");
    fs::write(root.join("k8s/cron-a.yaml"), &edited).unwrap();
    fs::write(root.join("Dockerfile"), "FROM a\nRUN b\nRUN mine\nRUN c\nUSER d\n").unwrap();
    let new = [("Dockerfile", "FROM a\nRUN b\nRUN c\nUSER e\n"), ("k8s/cron-a.yaml", two.as_str())];
    let refusal = render(root, &new).unwrap_err().to_string();
    assert!(refusal.contains("2 files were edited since pykube wrote them"), "{refusal}");
    assert!(refusal.contains("spec.template.spec.priorityClassName: high   (yours)"), "{refusal}");
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files(&new), None).unwrap().merged();
    assert!(statuses(&plan).iter().all(|(_, status)| *status == Status::Merged), "{plan:?}");
    target.apply(&plan, false).unwrap();
    drop(target);
    assert_eq!(read(root, "k8s/cron-a.yaml"), manifest("a:2", "      priorityClassName: high # ours\n"));
    assert_eq!(read(root, "Dockerfile"), "FROM a\nRUN b\nRUN mine\nRUN c\nUSER e\n");
    assert!(look(root, &new).is_clean(), "a merged edit is not drift");
    // The next change of the text needs the next merge; nothing is dropped on the way.
    let newer = [("Dockerfile", "FROM z\nRUN b\nRUN c\nUSER e\n"), ("k8s/cron-a.yaml", two.as_str())];
    assert!(render(root, &newer).is_err());
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files(&newer), None).unwrap().merged();
    target.apply(&plan, false).unwrap();
    assert_eq!(read(root, "Dockerfile"), "FROM z\nRUN b\nRUN mine\nRUN c\nUSER e\n");
}

#[test]
fn edits_at_one_place_are_not_merged_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let one = manifest("a:1", "");
    render(root, &[("Dockerfile", "FROM a\n"), ("k8s/cron-a.yaml", &one)]).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), manifest("a:9", "")).unwrap();
    let two = manifest("a:2", "");
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files(&[("Dockerfile", "FROM b\n"), ("k8s/cron-a.yaml", &two)]), None).unwrap().merged();
    let refusal = target.apply(&plan, false).unwrap_err().to_string();
    assert!(
        refusal.starts_with("k8s/cron-a.yaml has conflicts between your edits and the new text; nothing was written"),
        "{refusal}"
    );
    assert!(refusal.contains("spec.template.spec.containers[web].image: a:9 (yours), a:2 (new)"), "{refusal}");
    assert_eq!(read(root, "Dockerfile"), "FROM a\n");
    assert_eq!(read(root, "k8s/cron-a.yaml"), manifest("a:9", ""));
}

#[test]
fn a_comment_of_the_users_survives_a_merge() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (one, two) = (manifest("a:1", ""), manifest("a:2", ""));
    render(root, &[("k8s/cron-a.yaml", &one)]).unwrap();
    fs::write(root.join("k8s/cron-a.yaml"), one.replace("replicas: 3", "replicas: 3 # asked by Ann")).unwrap();
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files(&[("k8s/cron-a.yaml", &two)]), None).unwrap();
    assert_eq!(plan.changes[0].status, Status::Edited);
    target.apply(&plan.merged(), false).unwrap();
    drop(target);
    assert_eq!(read(root, "k8s/cron-a.yaml"), two.replace("replicas: 3", "replicas: 3 # asked by Ann"));
    let lock = read(root, ".pykube/lock.toml");
    render(root, &[("k8s/cron-a.yaml", &two)]).unwrap();
    assert_eq!(read(root, ".pykube/lock.toml"), lock, "the next render changes nothing at all");
}

#[test]
fn a_conflict_of_git_in_a_manifest_is_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (one, two) = (manifest("a:1", ""), manifest("a:2", ""));
    render(root, &[("k8s/cron-a.yaml", &one)]).unwrap();
    let conflicted = format!("<<<<<<< HEAD\n{one}=======\n{two}>>>>>>> other\n");
    fs::write(root.join("k8s/cron-a.yaml"), &conflicted).unwrap();
    let refusal = render(root, &[("k8s/cron-a.yaml", &two)]).unwrap_err().to_string();
    assert!(refusal.contains("markers of a merge conflict: resolve it first"), "{refusal}");
    assert_eq!(read(root, "k8s/cron-a.yaml"), conflicted);
}

#[test]
fn a_file_that_is_no_text_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    render(root, ONE).unwrap();
    fs::write(root.join("Dockerfile"), b"\xff\xfe\x00").unwrap();
    let target = Target::open_for_writing(root).unwrap();
    let plan = target.plan(&files(TWO), None).unwrap().merged();
    let refusal = target.apply(&plan, false).unwrap_err().to_string();
    assert!(refusal.contains("it is not UTF-8 text"), "{refusal}");
    assert_eq!(fs::read(root.join("Dockerfile")).unwrap(), b"\xff\xfe\x00");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn said(root: &Path, texts: &[(&str, &str)]) -> String {
        format!("{:#}", render(root, texts).unwrap_err())
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(outside.path().join("victim"), "FROM x\n").unwrap();
        symlink(outside.path(), root.join("k8s")).unwrap();
        let error = said(root, ONE);
        assert!(error.contains("`k8s/cron-a.yaml` is reached through the symbolic link `k8s`"), "{error}");
        symlink(outside.path().join("victim"), root.join("Dockerfile")).unwrap();
        let error = said(root, ONE);
        assert!(error.contains("`Dockerfile` is reached through") && error.contains("`k8s/cron-a.yaml` is"), "{error}");
        assert_eq!(read(outside.path(), "victim"), "FROM x\n");
        assert!(render_as(root, ONE, None, true).is_err(), "not even by force");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_in_place_of_our_own_folder_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        symlink(outside.path(), folder.path().join(".pykube")).unwrap();
        assert!(render(folder.path(), ONE).is_err());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_or_a_pipe_in_the_way_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("Dockerfile")).unwrap();
        fs::write(root.join("k8s"), "").unwrap();
        let error = said(root, ONE);
        assert!(error.contains("`Dockerfile` is not a regular file"), "{error}");
        assert!(error.contains("`k8s/cron-a.yaml` needs a folder at `k8s`, where a file is"), "{error}");
    }

    #[test]
    fn a_name_that_differs_in_case_only_is_a_clash() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dockerfile"), "FROM mine\n").unwrap();
        let error = said(folder.path(), ONE);
        assert!(error.contains("`Dockerfile` differs only in case from `dockerfile`"), "{error}");
    }

    #[test]
    fn a_leftover_may_return_in_another_case() {
        let folder = tempfile::tempdir().unwrap();
        render(folder.path(), &[("k8s/web.yaml", "a: 1\n")]).unwrap();
        render(folder.path(), &[("k8s/Web.yaml", "a: 1\n")]).unwrap();
        assert!(folder.path().join("k8s/Web.yaml").exists() && !folder.path().join("k8s/web.yaml").exists());
    }

    #[test]
    fn new_files_are_readable_by_all_and_old_ones_keep_their_mode() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
        render(root, ONE).unwrap();
        assert_eq!(mode("Dockerfile"), 0o644);
        assert_eq!(mode(".pykube/lock.toml"), 0o644);
        fs::set_permissions(root.join("Dockerfile"), fs::Permissions::from_mode(0o600)).unwrap();
        render(root, TWO).unwrap();
        assert_eq!(mode("Dockerfile"), 0o600);
    }
}
