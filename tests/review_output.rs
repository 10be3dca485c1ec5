//! The review: how it is shown, in a terminal, in a pull request, to tools and in a workflow's log.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use harness::changes::{container, object, review, review_files};
use harness::project::Project;
use pykube::review::{Effect, Turn, annotations, to_json, to_markdown, to_text};

#[test]
fn the_riskiest_comes_first_and_the_summary_last() {
    let before = [
        ("k8s/a.yaml", "kind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 10}\n"),
        ("k8s/b.yaml", "kind: Service\nmetadata: {name: b}\nspec: {clusterIP: None}\n"),
        ("k8s/c.yaml", "kind: PersistentVolumeClaim\nmetadata: {name: c}\n"),
        ("Dockerfile", "FROM python:3.13-slim-trixie\n"),
    ];
    let after = [
        ("k8s/a.yaml", "kind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 20}\n"),
        ("k8s/b.yaml", "kind: Service\nmetadata: {name: b}\nspec: {}\n"),
        ("Dockerfile", "FROM python:3.14-slim-trixie\n"),
    ];
    let review = review_files(&before, &after);
    let kinds: Vec<&str> = review.subjects.iter().map(|subject| subject.identity.kind.as_str()).collect();
    assert_eq!(kinds, ["Service", "PersistentVolumeClaim", "HorizontalPodAutoscaler", "Dockerfile"]);
    let text = to_text(&review, false);
    let last = text.trim_end().lines().last().unwrap();
    assert_eq!(last, "3 objects and 1 file change: 1 cannot be applied, 1 stays in the cluster, 1 scales, 1 new image");
    assert!(text.contains("FROM  python:3.13-slim-trixie → python:3.14-slim-trixie"), "{text}");
    assert!(to_text(&review, true).contains("\u{1b}["));
}

#[test]
fn secrets_are_never_shown() {
    let secret = |value: &str| format!("kind: Secret\nmetadata: {{name: s}}\nstringData: {{a: {value}}}\n");
    let review = review(&secret("hunter2"), &secret("hunter3"));
    for text in [to_text(&review, false), to_json(&review).to_string(), to_markdown(&review), annotations(&review)] {
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("hidden"), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_compared_by_lines() {
    let review = review("<<<<<<< HEAD\nkind: A\n=======\nkind: B\n>>>>>>> x\n", "kind: A\n");
    let text = to_text(&review, false);
    assert!(text.starts_with("warning: k8s/a.yaml holds the markers of a merge conflict; compared by lines"), "{text}");
}

#[test]
fn json_has_the_form_that_the_documentation_gives() {
    let review = review(&container("Deployment", "image: a:1"), &container("Deployment", "image: a:2"));
    let json: serde_json::Value = to_json(&review);
    assert_eq!(json["version"], 1);
    assert_eq!(json["summary"]["worst"], "rolls-pods");
    assert_eq!(json["summary"]["effects"]["rolls-pods"], 1);
    let change = &json["changes"][0];
    assert_eq!(
        (&change["kind"], &change["name"], &change["change"]),
        (&"Deployment".into(), &"shop".into(), &"changed".into())
    );
    let field = &change["fields"][0];
    assert_eq!(field["path"], "spec.template.spec.containers[web].image");
    assert_eq!((&field["before"], &field["after"]), (&"a:1".into(), &"a:2".into()));
    assert_eq!(field["effects"][0]["effect"], "rolls-pods");
    assert_eq!(json["files"][0], serde_json::json!({"path": "k8s/a.yaml", "status": "changed"}));
}

#[test]
fn markdown_cannot_be_broken_out_of_and_folds_what_is_harmless() {
    let map = |value: &str| format!("kind: ConfigMap\nmetadata: {{name: s}}\ndata: {{a: \"{value}\"}}\n");
    let review = review(&map("x"), &map("`</details>|@all"));
    let text = to_markdown(&review);
    assert!(text.contains("<details><summary><code>ConfigMap s</code>: no effect on running pods</summary>"), "{text}");
    assert!(text.contains("`x → '</details>\\|@all`"), "{text}");
    let huge: String =
        (0..3000).fold(String::new(), |all, n| all + &format!("---\nkind: Service\nmetadata: {{name: s{n}}}\n"));
    let long = to_markdown(&self::review("", &huge));
    assert!(long.len() < 65_536 && long.contains("more: run `pykube diff`"), "{}", long.len());
}

#[test]
fn annotations_name_the_file_and_stay_on_one_line() {
    let service = |spec: &str| format!("kind: Service\nmetadata: {{name: \"a,b\"}}\nspec: {{{spec}}}\n");
    let text = annotations(&review(&service("clusterIP: None"), &service("")));
    assert!(text.starts_with("::error file=k8s/a.yaml,title=Service a%2Cb%3A IMMUTABLE::"), "{text}");
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn what_bears_less_is_shown_open_and_as_a_warning() {
    let deployment = |replicas: u8| object("Deployment", &format!("spec: {{replicas: {replicas}}}"));
    let review = review(&deployment(2), &deployment(1));
    assert!(to_markdown(&review).contains("#### `Deployment shop`: less resilient"), "{}", to_markdown(&review));
    assert!(annotations(&review).starts_with("::warning file=k8s/a.yaml"), "{}", annotations(&review));
}

#[test]
fn files_of_which_there_is_more_to_say_are_named_in_every_form() {
    let project = Project::new(
        "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n",
    );
    project.run(&["render"]).code(0);
    let edit = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(project.root().join(file)).unwrap();
        assert!(text.contains(from), "{text}");
        project.write(file, &text.replace(from, to));
    };
    assert_eq!(project.run(&["diff"]).code(0).out.trim(), "nothing changes");
    edit("k8s/service.yaml", "port: 80", "port: 8080");
    edit("k8s/service-account.yaml", "name: shop\n", "name: \"shop\"\n");
    let text = project.run(&["diff"]).out;
    assert!(text.contains("\n\nk8s/service"), "a line between objects and files: {text}");
    assert!(text.contains("k8s/service.yaml  CONFLICT: edited since pykube wrote it; render refuses"), "{text}");
    assert!(text.contains("k8s/service-account.yaml  formatted differently"), "{text}");
    let markdown = project.run(&["diff", "--format", "markdown"]).out;
    assert!(markdown.contains("k8s/service.yaml") && markdown.contains("was edited by hand"), "{markdown}");
    let log = project.run(&["diff", "--format", "github"]).out;
    assert!(log.contains("::error file=k8s/service.yaml,title=pykube::edited since pykube wrote it"), "{log}");
    std::fs::remove_file(project.root().join(".pykube/lock.toml")).unwrap();
    let text = project.run(&["diff"]).out;
    assert!(text.contains("k8s/service.yaml  CONFLICT: pykube did not write it; render refuses"), "{text}");
    let markdown = project.run(&["diff", "--format", "markdown"]).out;
    assert!(markdown.contains("was not written by pykube"), "{markdown}");
    let log = project.run(&["diff", "--format", "github"]).out;
    assert!(log.contains("title=pykube::not written by pykube"), "{log}");
}

#[test]
fn a_long_text_is_cut_and_says_how_much_is_left() {
    let lines = |count: usize, word: &str| (0..count).map(|number| format!("{word} {number}\n")).collect::<String>();
    for (count, more) in [(200, true), (3, false)] {
        let text = to_text(&review_files(&[("a.txt", &lines(count, "a"))], &[("a.txt", &lines(count, "b"))]), false);
        assert_eq!(text.contains("more lines: pykube diff --format unified"), more, "{text}");
    }
    let services: String =
        (0..40).fold(String::new(), |all, n| all + &format!("---\nkind: Service\nmetadata: {{name: s{n}}}\n"));
    let gone = "kind: Deployment\nmetadata: {name: d}\n";
    let text =
        to_text(&review_files(&[("k8s/b.yaml", gone)], &[("k8s/a.yaml", &services), ("k8s/release.py", "")]), false);
    let phases = text.split("phases of the release").nth(1).expect("several phases");
    assert!(phases.contains("Service s0, Service s1") && phases.contains(" more\n"), "{phases}");
    let one: String = phases.lines().filter(|line| line.contains("take away")).collect();
    assert!(one.ends_with("Deployment d"), "{phases}");
}

#[test]
fn a_reason_is_told_in_every_form() {
    let role = |verbs: &str| object("Role", &format!("rules: [{{resources: [pods], verbs: [{verbs}]}}]"));
    let review = review(&role("get"), &role("get, list"));
    let markdown = to_markdown(&review);
    assert!(markdown.contains("| weaker security"), "{markdown}");
    let ingress = "kind: Ingress\nmetadata: {name: a}\nspec: {rules: [{host: x}]}\n";
    let gone = self::review(ingress, "");
    assert!(
        to_markdown(&gone).contains("- stays in the cluster: its hosts are still served"),
        "{}",
        to_markdown(&gone)
    );
    assert!(annotations(&gone).contains("its hosts are still served"), "{}", annotations(&gone));
    assert!(to_text(&review_files(&[], &[]), false).contains("nothing changes"));
}

#[test]
fn a_file_that_comes_or_goes_is_named_so() {
    for (path, text, effect) in [
        ("Dockerfile", "FROM a\n", Effect::NewImage),
        (".github/workflows/deploy.yml", "on: push\n", Effect::Pipeline),
        ("notes/a.txt", "a\n", Effect::NewImage),
        ("k8s/a.json", "{}\n", Effect::NewImage),
    ] {
        let files = [(path, text), (".dockerignore", "k8s\n\n# nothing\n")];
        let added = review_files(&files[1..], &files);
        let removed = review_files(&files, &files[1..]);
        assert_eq!((&added.subjects[0].turn, &removed.subjects[0].turn), (&Turn::Added, &Turn::Removed), "{path}");
        let is_copied = path != "k8s/a.json";
        assert_eq!(added.subjects[0].effects().contains(&effect), is_copied, "{path}: {added:?}");
        assert_eq!(removed.subjects[0].effects().contains(&effect), is_copied, "{path}: {removed:?}");
    }
}

#[test]
fn what_has_no_effect_is_a_notice_and_its_reason_is_shown() {
    let job = |schedule: &str| object("CronJob", &format!("spec: {{schedule: {schedule}}}"));
    let later = review(&job("a"), &job("b"));
    assert!(to_markdown(&later).contains("| counts for runs that start later |"), "{}", to_markdown(&later));
    let kept = |count: u8| object("Deployment", &format!("spec: {{revisionHistoryLimit: {count}}}"));
    let quiet = review(&kept(3), &kept(4));
    assert!(to_markdown(&quiet).contains("`3 → 4` |  |"), "{}", to_markdown(&quiet));
    assert!(annotations(&quiet).starts_with("::notice file="), "{}", annotations(&quiet));
    assert!(!to_text(&quiet, false).contains('\u{1b}') && !to_text(&later, false).contains('\u{1b}'));
    let set = |policy: &str| {
        object("StatefulSet", &format!("spec: {{persistentVolumeClaimRetentionPolicy: {{whenDeleted: {policy}}}}}"))
    };
    let lost = review(&set("Retain"), &set("Delete"));
    assert!(to_text(&lost, false).contains("back it up first"), "{}", to_text(&lost, false));
    let named = |hash: &str| format!("kind: ConfigMap\napiVersion: v1\nmetadata: {{name: c-{hash}}}\n");
    let renamed = to_json(&review(&named("0123456789"), &named("abcdefabcd")));
    assert!(renamed.to_string().contains("c-0123456789"), "{renamed}");
}

#[test]
fn a_refusal_shows_each_edited_file_and_cuts_a_long_edit() {
    let project = Project::new(
        "[app]\nname = \"shop\"\nframework = \"django\"\nentrypoint = \"config.wsgi:application\"\n\
         [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n",
    );
    project.run(&["render"]).code(0);
    let refused = |lines: usize, files: &[&str]| {
        for file in ["Dockerfile", ".dockerignore"] {
            let path = project.root().join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("# by hand").next().unwrap();
            let edit: String =
                (0..if files.contains(&file) { lines } else { 0 }).map(|n| format!("# by hand {n}\n")).collect();
            std::fs::write(&path, format!("{text}{edit}")).unwrap();
        }
        project.run(&["render"]).code(2).err
    };
    let ways =
        "help: pykube render --merge   keeps it where the new text allows\nhelp: pykube render --force   drops it";
    let one = refused(2, &["Dockerfile"]);
    assert!(
        one.starts_with("error: Dockerfile was edited since pykube wrote it; nothing was written\n   @@ -"),
        "{one}"
    );
    assert!(one.ends_with(&format!("\n   +# by hand 1\n{ways}\n")), "{one}");
    let two = refused(2, &["Dockerfile", ".dockerignore"]);
    assert!(
        two.starts_with(
            "error: 2 files were edited since pykube wrote them; nothing was written\n  .dockerignore\n     @@ -"
        ),
        "{two}"
    );
    assert!(two.contains("\n     +# by hand 1\n  Dockerfile\n     @@ -"), "{two}");
    // A mark, three lines around, and the edit: twenty lines are shown.
    let whole = refused(16, &["Dockerfile"]);
    assert!(whole.contains("# by hand 15\nhelp: ") && !whole.contains("more lines"), "{whole}");
    let cut = refused(40, &["Dockerfile"]);
    assert!(cut.contains("# by hand 15\n   … 24 more lines: pykube diff --format unified\nhelp: "), "{cut}");
}
