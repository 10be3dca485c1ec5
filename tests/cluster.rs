//! Releases of `k8s/release.py` on a cluster with simulated nodes: what happens to pods, endpoints and objects, operation by
//! operation. Nothing runs in the pods; admission, controllers, field ownership and rollouts are real.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::path::Path;
use std::process::Command;
use std::thread;

use harness::available;
use harness::cluster::cluster;
use harness::cluster::observed::State;
use harness::cluster::space::{Seen, Space};

const HEAD: &str = r#"[app]
name = "shop"
framework = "flask"
entrypoint = "app:app"

[image]
repository = "ghcr.io/acme/shop"
"#;

/// An `app.toml` with the image `tag`, and whatever `more` asks for.
fn shop(tag: &str, more: &str) -> String {
    format!("{HEAD}tag = \"{tag}\"\n\n{more}")
}

/// Runs `test` in a namespace of its own, where there is a cluster.
fn on_a_cluster(name: &str, test: impl FnOnce(&Space<'_>)) {
    if let Some(cluster) = available("releases on simulated nodes", cluster()) {
        test(&Space::new(cluster, name));
    }
}

const FIXED: &str = "[scaling]\nreplicas = 4\n";
const AUTOSCALED: &str = "[scaling]\nmin = 2\nmax = 6\n";
const MIGRATED: &str = "[migrations]\ncommand = \"python migrate.py\"\n\n[scaling]\nreplicas = 4\n";
const QUICK: [&str; 2] = ["--timeout", "6"];

#[test]
fn a_first_release_brings_everything_and_a_second_one_changes_nothing() {
    on_a_cluster("first", |space| {
        let text = shop("1", MIGRATED);
        let first = space.release(&text, &[]);
        first.is_live().ended_with(0, "live: release 1");
        assert_eq!(first.after.pods["shop-web"].len(), 4);
        let second = space.release(&text, &[]);
        second.is_live().kept("shop-web", 4);
        assert_eq!(second.replaced("shop-web"), 0, "{}", second.text);
    });
}

#[test]
fn what_is_missing_is_said_at_once_and_nothing_is_changed() {
    on_a_cluster("missing", |space| {
        let more = "[secrets.env]\nKEY = \"one/KEY\"\nTOKEN = \"two/TOKEN\"\n";
        let tree = space.render(&shop("1", more));
        let seen = space.see(&tree, &[]);
        seen.ended_with(1, "Secret one is missing in missing: KEY").ended_with(1, "Secret two is missing");
        assert!(seen.after.objects.is_empty(), "{:?}", seen.after.objects);
    });
}

#[test]
fn a_claim_that_somebody_else_makes_is_looked_for() {
    on_a_cluster("claim", |space| {
        let more =
            "[volumes.archive]\nmount = \"/srv/archive\"\nclaim = \"company-archive\"\naccess = \"ReadOnlyMany\"\n";
        let tree = space.render(&shop("1", more));
        space.see(&tree, &QUICK).ended_with(1, "PersistentVolumeClaim company-archive is missing in claim");
        space.apply(&serde_json::json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "company-archive", "namespace": "claim"},
            "spec": {"accessModes": ["ReadOnlyMany"], "resources": {"requests": {"storage": "1Gi"}}},
        }));
        assert_eq!(space.see(&tree, &QUICK).code, 0);
    });
}

#[test]
fn new_code_costs_no_endpoint() {
    on_a_cluster("code", |space| {
        space.release(&shop("1", FIXED), &[]).is_live();
        let seen = space.release(&shop("2", FIXED), &[]);
        seen.is_live().kept("shop-web", 4);
        assert_eq!(seen.replaced("shop-web"), 4);
        assert_eq!(seen.images("shop-web").into_iter().collect::<Vec<_>>(), ["ghcr.io/acme/shop:2"]);
    });
}

#[test]
fn the_image_that_is_given_runs_in_every_container() {
    on_a_cluster("given", |space| {
        let more = "[migrations]\ncommand = \"python migrate.py\"\nrun = \"init-container\"\n\n\
            [workers.mail]\ncommand = \"work\"\n\n[cron.night]\ncommand = \"x\"\nschedule = \"0 3 * * *\"\n";
        let given = "ghcr.io/acme/shop:built@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let seen = space.release(&shop("committed", more), &["--image", given]);
        assert_eq!(seen.code, 0, "{}", seen.text);
        let mut containers = 0;
        for (name, object) in &seen.after.all {
            let pod = match object["kind"].as_str() {
                Some("Deployment") => &object["spec"]["template"]["spec"],
                Some("CronJob") => &object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
                _ => continue,
            };
            for container in ["initContainers", "containers"].iter().filter_map(|list| pod[list].as_array()).flatten() {
                assert_eq!(container["image"], given, "{name}");
                containers += 1;
            }
        }
        assert_eq!(containers, 4, "web with its migration, worker, cron");
    });
}

#[test]
fn a_release_that_never_becomes_ready_is_taken_back_field_by_field() {
    on_a_cluster("unready", |space| {
        let live = "[config]\nOLD = \"1\"\n\n[workers.mail]\ncommand = \"work\"\n\n[scaling]\nreplicas = 4\n";
        space.release(&shop("1", live), &[]).is_live();
        let next = "[workers.post]\ncommand = \"work\"\n\n[cron.night]\ncommand = \"x\"\nschedule = \"0 3 * * *\"\n\n\
            [scaling]\nreplicas = 4\n";
        for tag in ["never-ready", "crash", "absent"] {
            let seen = space.release(&shop(tag, next), &QUICK);
            seen.ended_with(3, "live: release 1").kept("shop-web", 4);
            assert_eq!(seen.before.objects, seen.after.objects, "{}", seen.text);
            assert_eq!(seen.replaced("shop-worker-mail"), 0, "{}", seen.text);
            assert_eq!(seen.images("shop-web").into_iter().collect::<Vec<_>>(), ["ghcr.io/acme/shop:1"]);
            for workload in ["Deployment/shop-web", "Deployment/shop-worker-mail"] {
                let [before, after] = [&seen.before, &seen.after].map(|state| &state.all[workload]["spec"]);
                assert_eq!(before, after, "{workload} after {tag}");
            }
        }
        space.release(&shop("2", next), &[]).is_live().kept("shop-web", 4);
    });
}

#[test]
fn a_migration_that_fails_leaves_all_else_untouched() {
    on_a_cluster("migration", |space| {
        space.release(&shop("1", MIGRATED), &[]).is_live();
        let more = format!("{MIGRATED}\n[services.redis]\nkind = \"redis\"\n\n[config]\nNEW = \"1\"\n");
        let seen = space.release(&shop("fail", &more), &[]);
        seen.ended_with(3, "live: release 1").kept("shop-web", 4);
        assert_eq!(seen.replaced("shop-web"), 0);
        let but_claims = |state: &State| {
            let names = state.objects.iter().filter(|name| !name.starts_with("PersistentVolumeClaim/"));
            names.cloned().collect::<Vec<_>>()
        };
        assert_eq!(but_claims(&seen.before), but_claims(&seen.after), "{}", seen.text);
    });
}

#[test]
fn a_migration_whose_image_is_absent_is_not_waited_for_until_its_deadline() {
    on_a_cluster("absent", |space| {
        space.release(&shop("1", MIGRATED), &[]).is_live();
        let started = std::time::Instant::now();
        let seen = space.release(&shop("absent", MIGRATED), &QUICK);
        seen.ended_with(3, "ImagePullBackOff").kept("shop-web", 4);
        assert!(started.elapsed().as_secs() < 120, "{}", seen.text);
        assert_eq!(seen.before.objects, seen.after.objects, "{}", seen.text);
    });
}

#[test]
fn an_autoscaler_takes_over_and_hands_back_without_a_pod_less() {
    on_a_cluster("autoscaler", |space| {
        space.release(&shop("1", FIXED), &[]).is_live();
        let seen = space.release(&shop("1", AUTOSCALED), &[]);
        seen.is_live().kept("shop-web", 4);
        assert_eq!(seen.replaced("shop-web"), 0, "{}", seen.text);
        let seen = space.release(&shop("1", "[scaling]\nreplicas = 3\n"), &[]);
        seen.is_live().kept("shop-web", 3);
        assert_eq!(seen.after.replicas["shop-web"], 3);
        // A failed release hands over and back again.
        let seen = space.release(&shop("never-ready", AUTOSCALED), &QUICK);
        seen.ended_with(3, "live: release 3").kept("shop-web", 3);
        assert_eq!(seen.after.replicas["shop-web"], 3);
        assert_eq!(seen.before.objects, seen.after.objects);
    });
}

fn two_colours(live: &str, blue: &str, green: &str) -> String {
    let tag = if live == "blue" { blue } else { green };
    let rollout = format!(
        "[rollout]\nstrategy = \"blue-green\"\n\n[rollout.blue-green]\nlive = \"{live}\"\nblue = \"{blue}\"\ngreen = \"{green}\"\n"
    );
    shop(tag, &format!("{rollout}\n[scaling]\nreplicas = 3\n"))
}

#[test]
fn blue_and_green_change_places_without_an_endpoint_less() {
    on_a_cluster("colours", |space| {
        let plain = shop("1", "[scaling]\nreplicas = 3\n");
        space.release(&plain, &[]).is_live();
        // Entered.
        space.release(&two_colours("blue", "1", "1"), &[]).is_live().kept("shop-web", 3);
        // The idle colour, released.
        let seen = space.release(&two_colours("blue", "1", "2"), &[]);
        seen.is_live().kept("shop-web", 3);
        assert_eq!(seen.replaced("shop-web-blue"), 0);
        // Switched, and back.
        for live in ["green", "blue"] {
            let seen = space.release(&two_colours(live, "1", "2"), &[]);
            seen.is_live().kept("shop-web", 3);
            assert_eq!(seen.after.selectors["shop-web"]["colour"], live);
            assert_eq!((seen.replaced("shop-web-blue"), seen.replaced("shop-web-green")), (0, 0));
        }
        // A failure of the idle colour never touches the live one.
        let seen = space.release(&two_colours("blue", "1", "never-ready"), &QUICK);
        seen.ended_with(3, "live: release 5").kept("shop-web", 3);
        assert_eq!((seen.replaced("shop-web-blue"), seen.replaced("shop-web-green")), (0, 0), "{}", seen.text);
        // A switch to one that is not ready does not happen.
        let seen = space.release(&two_colours("green", "1", "crash"), &QUICK);
        seen.ended_with(3, "live: release 5").kept("shop-web", 3);
        assert_eq!(seen.after.selectors["shop-web"]["colour"], "blue");
        // Left.
        space.release(&plain, &[]).is_live().kept("shop-web", 3);
    });
}

#[test]
fn what_is_removed_or_renamed_is_taken_away_and_nothing_else() {
    on_a_cluster("removed", |space| {
        let full = "[workers.mail]\ncommand = \"work\"\n\n[cron.night]\ncommand = \"x\"\nschedule = \"0 3 * * *\"\n\n\
            [services.redis]\nkind = \"redis\"\n\n[expose]\nhost = \"shop.example.com\"\n\n[scaling]\nreplicas = 2\n";
        space.release(&shop("1", full), &[]).is_live();
        let other = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "other", "namespace": space.name, "labels": {"app.kubernetes.io/name": "shop"}},
        });
        space.apply(&other);
        let seen = space.release(&shop("1", "[workers.post]\ncommand = \"work\"\n\n[scaling]\nreplicas = 2\n"), &[]);
        seen.ended_with(0, "live: release 2").kept("shop-web", 2);
        assert_eq!(seen.surplus.iter().collect::<Vec<_>>(), ["ConfigMap/other"], "{}", seen.text);
        assert!(seen.after.objects.iter().any(|name| name.starts_with("PersistentVolumeClaim/")), "the data stays");
        assert!(!seen.after.pods.contains_key("shop-worker-mail"), "{:?}", seen.after.pods);
    });
}

#[test]
fn manifests_of_ones_own_are_applied_and_never_deleted() {
    on_a_cluster("own", |space| {
        let own = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: own\nspec:\n  replicas: 1\n  selector:\n    \
                   matchLabels: {app: own}\n  template:\n    metadata:\n      labels: {app: own, app.kubernetes.io/instance: own}\n    \
                   spec:\n      containers: [{name: own, image: \"example.com/own:1\"}]\n";
        let release = |more: &str, arguments: &[&str]| {
            let tree = space.render_with(&shop("1", &format!("{FIXED}{more}")), &[("k8s/own/own.yaml", own)]);
            space.see(&tree, arguments)
        };
        let listed = "[cluster]\nresources = [\"k8s/own/own.yaml\"]\n";
        let first = release(listed, &["--namespace", &space.name]);
        first.ended_with(0, "live: release 1");
        assert_eq!(first.surplus.iter().collect::<Vec<_>>(), ["Deployment/own"], "it is applied: {}", first.text);
        let second = release("", &[]);
        second.ended_with(0, "live: release 2");
        assert_eq!(second.surplus.iter().collect::<Vec<_>>(), ["Deployment/own"], "and stays: {}", second.text);
        assert_eq!(second.replaced("own"), 0);
    });
}

#[test]
fn the_first_release_under_a_new_name_says_how_the_old_one_goes() {
    on_a_cluster("renamed", |space| {
        space.release(&shop("1", FIXED), &[]).is_live();
        let text = shop("1", FIXED).replace("name = \"shop\"", "name = \"store\"");
        let renamed = space.release(&text, &[]);
        renamed.ended_with(0, "release.py remove --app shop --namespace renamed").kept("shop-web", 4);
        // Not every name holds the application's: what the new one took over stays.
        let taken = ["serviceaccount", "shop", "--namespace=renamed"];
        let label = "app.kubernetes.io/name=store";
        space.cluster.kubectl([&["label"], &taken[..], &["--overwrite", label]].concat());
        let output = space.command(&["remove", "--app", "shop", "--namespace", "renamed"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        space.cluster.kubectl([&["delete"], &taken[..]].concat());
        let again = space.release(&text, &[]);
        again.is_live().kept("store-web", 4);
        assert!(!again.text.contains("remove --app"), "{}", again.text);
    });
}

#[test]
fn remove_leaves_nothing_but_data() {
    on_a_cluster("remove", |space| {
        let more = "[config]\nA = \"1\"\n\n[workers.mail]\ncommand = \"work\"\n\n[services.redis]\nkind = \"redis\"\n";
        space.release(&shop("1", more), &[]).is_live();
        let output = space.command(&["remove"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        let after = State::of(space.cluster, &space.name);
        let is_data = |name: &String| ["PersistentVolumeClaim/", "Secret/"].iter().any(|kind| name.starts_with(kind));
        let (data, others): (Vec<_>, Vec<_>) = after.objects.into_iter().partition(is_data);
        assert!(!data.is_empty() && others.is_empty(), "{others:?}\n{text}");
    });
}

#[test]
fn a_release_that_was_killed_is_ended_by_the_next() {
    let places = ["look", "migrate", "waiting", "bring up", "turn", "take away"];
    let Some(cluster) = available("releases on simulated nodes", cluster()) else { return };
    let kill = move |(at, line): (usize, &str)| {
        let space = Space::new(cluster, &format!("killed-{at}"));
        let old = "[workers.mail]\ncommand = \"work\"\n\n".to_owned() + MIGRATED;
        space.release(&shop("1", &old), &[]).is_live();
        space.render(&shop("2", &MIGRATED.replace("[scaling]\nreplicas = 4\n", AUTOSCALED)));
        space.killed_at(line);
        let seen = space.release(&shop("3", AUTOSCALED), &[]);
        seen.is_live().kept("shop-web", 4);
    };
    // Each waits until the Lease of the release that was killed has run out.
    thread::scope(|scope| {
        for place in places.into_iter().enumerate() {
            scope.spawn(move || kill(place));
        }
    });
}

#[test]
fn after_a_kill_a_failure_goes_back_to_what_was_live_before() {
    on_a_cluster("killed-failed", |space| {
        space.release(&shop("1", FIXED), &[]).is_live();
        space.render(&shop("2", "[workers.mail]\ncommand = \"work\"\n\n[scaling]\nreplicas = 4\n"));
        space.killed_at("bring up");
        let seen = space.release(&shop("never-ready", FIXED), &QUICK);
        seen.ended_with(3, "live: release 1").kept("shop-web", 4);
        assert_eq!(seen.images("shop-web").into_iter().collect::<Vec<_>>(), ["ghcr.io/acme/shop:1"]);
        assert!(!seen.after.objects.contains("Deployment/shop-worker-mail"), "{}", seen.text);
    });
}

#[test]
fn of_two_at_once_the_second_waits() {
    on_a_cluster("two", |space| {
        space.release(&shop("1", FIXED), &[]).is_live();
        space.render(&shop("2", FIXED));
        let run = || String::from_utf8(space.command(&[]).output().unwrap().stdout).unwrap();
        let texts = thread::scope(|scope| [scope.spawn(run), scope.spawn(run)].map(|one| one.join().unwrap()));
        assert_eq!(
            texts.iter().filter(|text| text.contains("waiting: ") && text.contains("releases")).count(),
            1,
            "{texts:#?}"
        );
        for number in [2, 3] {
            assert!(texts.iter().any(|text| text.contains(&format!("live: release {number}"))), "{texts:#?}");
        }
        space.render(&shop("3", FIXED));
        // A release that goes on as long as the test needs: a fast machine would be done before the second one looks.
        space.apply(&serde_json::json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "shop-release", "namespace": "two"},
            "spec": {"holderIdentity": "somebody@elsewhere", "leaseDurationSeconds": 60},
        }));
        let second = space.command(&["--wait", "0"]).output().unwrap();
        let said = String::from_utf8_lossy(&second.stderr) + String::from_utf8_lossy(&second.stdout);
        assert_eq!(second.status.code(), Some(1), "{said}");
        assert!(said.contains("somebody@elsewhere still releases"), "{said}");
        space.cluster.kubectl(["delete", "lease", "shop-release", "--namespace=two"]);
        let first = run();
        assert!(first.contains("live: release 4"), "{first}");
    });
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]).args(arguments).current_dir(folder);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    assert!(git.output().unwrap().status.success(), "git {arguments:?}");
}

#[test]
fn an_older_commit_is_refused_after_a_newer_one() {
    on_a_cluster("order", |space| {
        let commit = |tag: &str| {
            space.render(&shop(tag, FIXED));
            git(space.folder(), &["add", "."]);
            git(space.folder(), &["commit", "--quiet", "--message", tag]);
        };
        git(space.folder(), &["init", "--quiet", "--initial-branch=main"]);
        commit("1");
        commit("2");
        let run = |arguments: &[&str]| {
            let output = space.command(arguments).output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let (code, text) = run(&[]);
        assert_eq!(code, Some(0), "{text}");
        git(space.folder(), &["checkout", "--quiet", "main~1"]);
        let (code, text) = run(&[]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("live and newer"), "{text}");
        let (code, text) = run(&["--force"]);
        assert_eq!(code, Some(0), "{text}");
        git(space.folder(), &["checkout", "--quiet", "main"]);
        let (code, text) = run(&[]);
        assert!(code == Some(0) && text.contains("newer"), "{text}");
    });
}

#[test]
fn one_command_rolls_back_and_status_says_what_is_live() {
    on_a_cluster("rollback", |space| {
        let one = shop("1", "[config]\nA = \"1\"\n\n[cron.night]\ncommand = \"x\"\nschedule = \"0 3 * * *\"\n");
        let first = space.release(&one, &[]);
        let tree = space.render(&one);
        space.release(&shop("2", "[config]\nA = \"2\"\n\n[workers.mail]\ncommand = \"work\"\n"), &[]).is_live();
        let seen = space.see(&tree, &["rollback"]);
        seen.ended_with(0, "rolled back to release 1").kept("shop-web", 2);
        let kept = |name: &&String| !name.starts_with("ConfigMap/");
        let objects = |seen: &Seen| seen.after.objects.iter().filter(kept).cloned().collect::<Vec<_>>();
        assert_eq!(objects(&first), objects(&seen), "{}", seen.text);
        assert_eq!(seen.images("shop-web").into_iter().collect::<Vec<_>>(), ["ghcr.io/acme/shop:1"]);
        let output = space.command(&["status"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("3  deployed") && text.contains("rolled back to release 1"), "{text}");
        let seen = space.see(&tree, &["rollback", "2"]);
        seen.ended_with(0, "live: release 4");
        assert_eq!(seen.images("shop-web").into_iter().collect::<Vec<_>>(), ["ghcr.io/acme/shop:2"]);
    });
}

#[test]
fn twenty_configurations_leave_those_that_a_revision_needs() {
    on_a_cluster("twenty", |space| {
        let release = |value| {
            let more = format!("[config]\nVALUE = \"{value}\"\n\n[scaling]\nreplicas = 1\n");
            space.release(&shop("1", &more), &[])
        };
        let seen = (1..20).fold(release(0), |_, value| release(value));
        seen.is_live();
        let maps = seen.after.objects.iter().filter(|name| name.starts_with("ConfigMap/"));
        // revisionHistoryLimit is 5: the newest is asked for, five are kept for a rollback of the Deployment.
        assert_eq!(maps.count(), 6);
        let records = seen.after.all.keys().filter(|name| name.starts_with("ConfigMap/shop-release-"));
        assert_eq!(records.count(), 10);
    });
}
