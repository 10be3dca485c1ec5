//! The review says what the cluster will do: edits of `app.toml` of which it once said something else.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use harness::changes::{object, review};
use harness::project::render_text;
use pykube::file_set::{FileSet, RelativePath};
use pykube::review::{Effect, Phase, Review, Subject, to_json, to_text};
use pykube::write::Plan;

/// Redis, workers with KEDA, beat, a nightly run, an Ingress with a certificate, a migration, an autoscaler.
const ORDERS: &str = include_str!("../examples/case-study/app.toml");

const SHOP: &str = r#"
[app]
name = "shop"
framework = "flask"
entrypoint = "shop:app"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"

[scaling]
replicas = 4

[probes]
liveness = "/livez"
"#;

/// Who brings the objects to the cluster.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Release,
    Apply,
}

fn files(app: &str, way: Way) -> FileSet {
    let mut files = FileSet::new();
    if app.is_empty() {
        return files;
    }
    for (path, text) in render_text(app).unwrap().iter().filter(|(path, _)| path.name() != "release.py") {
        files.add(path.clone(), text.to_owned()).unwrap();
    }
    if way == Way::Release {
        files.add(RelativePath::new("k8s/release.py").unwrap(), String::new()).unwrap();
    }
    files
}

fn between(before: &str, after: &str, way: Way) -> Review {
    Review::of(&Plan::between(&files(before, way), &files(after, way)))
}

/// The review of `app` with each of the texts replaced by its neighbour.
#[track_caller]
fn edited(app: &str, edits: &[(&str, &str)], way: Way) -> Review {
    let after = edits.iter().fold(app.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "no {old}");
        text.replace(old, new)
    });
    between(app, &after, way)
}

#[track_caller]
fn subject<'a>(review: &'a Review, title: &str) -> &'a Subject {
    let found = review.subjects.iter().find(|subject| subject.identity.to_string() == title);
    found.unwrap_or_else(|| panic!("no {title}:\n{}", to_text(review, false)))
}

#[track_caller]
fn effects(review: &Review, title: &str) -> Vec<Effect> {
    subject(review, title).effects().into_iter().collect()
}

/// Every reason that is given for the object.
#[track_caller]
fn why(review: &Review, title: &str) -> String {
    let subject = subject(review, title);
    let fields = subject.fields.iter().flat_map(|field| &field.found);
    subject.found.iter().chain(fields).map(|found| found.why.as_ref()).collect::<Vec<_>>().join("; ")
}

fn worst(review: &Review) -> Effect {
    review.subjects.iter().map(Subject::worst).min().unwrap()
}

#[test]
fn a_list_of_ports_that_appears_cuts_off_the_others() {
    let closed = format!("{SHOP}\n[security]\negress = [\"db.example.com:5432\"]\n");
    let narrowed = between(SHOP, &closed, Way::Release);
    assert_eq!(effects(&narrowed, "NetworkPolicy shop"), [Effect::Downtime], "{}", to_text(&narrowed, false));
    let opened = between(&closed, SHOP, Way::Release);
    assert_eq!(effects(&opened, "NetworkPolicy shop"), [Effect::WeakerSecurity], "{}", to_text(&opened, false));
}

#[test]
fn callers_that_are_named_cut_off_the_others() {
    let open = format!("{SHOP}\n[expose]\nhost = \"shop.example.com\"\ntls = \"shop-tls\"\n");
    let named = format!("{open}from-namespace = \"traefik\"\n");
    assert_eq!(effects(&between(&open, &named, Way::Release), "NetworkPolicy shop-web"), [Effect::Downtime]);
    assert_eq!(effects(&between(&named, &open, Way::Release), "NetworkPolicy shop-web"), [Effect::WeakerSecurity]);
}

#[test]
fn policies_of_the_same_pods_add_up() {
    let policy = |name: &str, port: u16| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{ports: [{{port: {port}}}]}}]}}\n"
        )
    };
    let pods = object("Deployment", "spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}");
    let (one, both) = (pods.clone() + &policy("a", 80), pods.clone() + &policy("a", 80) + &policy("b", 81));
    assert_eq!(effects(&review(&one, &both), "NetworkPolicy b"), [Effect::WeakerSecurity]);
    assert_eq!(effects(&review(&pods, &one), "NetworkPolicy a"), [Effect::Downtime]);
    let same = pods.clone() + &policy("a", 80) + &policy("b", 80);
    assert_eq!(effects(&review(&one, &same), "NetworkPolicy b"), [Effect::None]);
    let moved = pods.clone() + &policy("a", 81);
    let (narrower, wider) =
        (effects(&review(&both, &one), "NetworkPolicy b"), effects(&review(&one, &moved), "NetworkPolicy a"));
    // Nothing deletes it here.
    assert_eq!(narrower, [Effect::Stays]);
    assert_eq!(wider, [Effect::Downtime, Effect::WeakerSecurity]);
}

#[test]
fn the_first_render_takes_nothing_away() {
    for way in [Way::Release, Way::Apply] {
        let first = between("", ORDERS, way);
        let down = first.subjects.iter().filter(|subject| subject.effects().contains(&Effect::Downtime));
        assert_eq!(down.count(), 0, "{}", to_text(&first, false));
        assert_eq!(effects(&first, "Ingress orders-web"), [Effect::Opens]);
    }
}

#[test]
fn a_policy_of_pods_that_are_new_takes_nothing_away() {
    let more = format!("{ORDERS}\n[workers.mails]\ncommand = \"celery -A config worker --queues mails\"\n");
    let review = between(ORDERS, &more, Way::Release);
    let is_policy = |subject: &&Subject| subject.identity.to_string().starts_with("NetworkPolicy ");
    assert!(review.subjects.iter().filter(is_policy).all(|subject| subject.worst() == Effect::None));
    assert_eq!(effects(&review, "Deployment orders-worker-mails"), [Effect::Scales]);
}

#[test]
fn what_is_copied_into_the_image_is_a_new_image() {
    let review = edited(ORDERS, &[("threads = 4", "threads = 16")], Way::Release);
    assert_eq!(effects(&review, "File gunicorn.conf.py"), [Effect::NewImage]);
    assert!(why(&review, "File gunicorn.conf.py").contains("rolls the pods"));
}

#[test]
fn another_eviction_names_the_option_and_loses_data() {
    let review = edited(ORDERS, &[("size = \"5Gi\"", "size = \"5Gi\"\neviction = \"allkeys-lru\"")], Way::Release);
    assert_eq!(subject(&review, "StatefulSet orders-redis").worst(), Effect::DataLoss);
    let text = to_text(&review, false);
    assert!(text.contains("--maxmemory-policy noeviction → allkeys-lru"), "{text}");
}

#[test]
fn less_memory_of_a_server_of_data_is_said_with_what_it_means() {
    let small = "size = \"5Gi\"\nresources = { memory = \"128Mi\" }";
    let refuses = edited(ORDERS, &[("size = \"5Gi\"", small)], Way::Release);
    assert!(why(&refuses, "StatefulSet orders-redis").contains("writes are refused when it is full"));
    let cache = ORDERS.replace("size = \"5Gi\"", "size = \"5Gi\"\neviction = \"allkeys-lru\"");
    let drops = edited(&cache, &[("size = \"5Gi\"", small)], Way::Release);
    assert_eq!(subject(&drops, "StatefulSet orders-redis").worst(), Effect::DataLoss);
}

#[test]
fn a_class_cannot_be_resized() {
    let class = edited(ORDERS, &[("size = \"5Gi\"", "size = \"5Gi\"\nclass = \"fast\"")], Way::Release);
    let words = why(&class, "StatefulSet orders-redis");
    assert!(words.contains("copy the data") && !words.contains("resize"), "{words}");
    let size = edited(ORDERS, &[("size = \"5Gi\"", "size = \"10Gi\"")], Way::Release);
    assert!(why(&size, "StatefulSet orders-redis").contains("resize"));
}

#[test]
fn another_request_moves_the_point_at_which_pods_are_added() {
    let less = edited(ORDERS, &[("cpu = \"500m\"", "cpu = \"250m\"")], Way::Release);
    let words = why(&less, "Deployment orders-web");
    assert!(words.contains("adds pods sooner, at 175m of cpu a pod instead of 350m"), "{words}");
    assert!(effects(&less, "Deployment orders-web").contains(&Effect::Scales));
    let more = edited(ORDERS, &[("cpu = \"500m\"", "cpu = \"1\"")], Way::Release);
    assert!(why(&more, "Deployment orders-web").contains("later, at 700m of cpu a pod instead of 350m"));
    // The same request under another aim is the autoscaler's own change.
    let aim = edited(ORDERS, &[("cpu = 70", "cpu = 50")], Way::Release);
    assert_eq!(effects(&aim, "HorizontalPodAutoscaler orders-web"), [Effect::Scales]);
}

#[test]
fn the_only_pod_of_a_server_is_away_while_it_is_replaced() {
    let image = |version: &str| format!("size = \"5Gi\"\nimage = \"docker.io/valkey/valkey:{version}\"");
    let newer = edited(ORDERS, &[("size = \"5Gi\"", &image("99.0.0"))], Way::Release);
    assert_eq!(subject(&newer, "StatefulSet orders-redis").worst(), Effect::Downtime);
    assert!(!why(&newer, "StatefulSet orders-redis").contains("older"));
    let older = edited(ORDERS, &[("size = \"5Gi\"", &image("8.1.0"))], Way::Release);
    assert!(
        why(&older, "StatefulSet orders-redis").contains("an older server may not start on the data of a newer one")
    );
    let pods = subject(&older, "StatefulSet orders-redis").pods.unwrap();
    assert_eq!((pods.replaced, pods.fewest_ready), (true, 0));
}

#[test]
fn another_major_version_of_postgresql_does_not_read_the_data() {
    let with = |version: &str| {
        format!("{SHOP}\n[services.db]\nkind = \"postgresql\"\nimage = \"docker.io/library/postgres:{version}\"\n")
    };
    for (before, after, said) in [("17.6", "18.0", true), ("18.0", "17.6", true), ("18.0", "18.6", false)] {
        let review = between(&with(before), &with(after), Way::Release);
        let db = review.subjects.iter().find(|one| one.identity.to_string().ends_with("-db")).unwrap();
        let title = db.identity.to_string();
        assert_eq!(db.worst(), Effect::Downtime, "{}", to_text(&review, false));
        assert_eq!(why(&review, &title).contains("dump it before, restore it after"), said, "{before} to {after}");
    }
}

#[test]
fn a_rollout_that_leaves_none_is_downtime_only_where_somebody_calls() {
    let rolled = edited(ORDERS, &[("LOG_LEVEL = \"INFO\"", "LOG_LEVEL = \"DEBUG\"")], Way::Release);
    assert_eq!(effects(&rolled, "Deployment orders-worker-beat"), [Effect::RollsPods], "no traffic reaches beat");
    assert_eq!(effects(&rolled, "Deployment orders-web"), [Effect::RollsPods]);
    assert_eq!(worst(&rolled), Effect::RollsPods, "{}", to_text(&rolled, false));
    let all_at_once = format!("{SHOP}\n[rollout]\nstrategy = \"recreate\"\n").replace("replicas = 4", "replicas = 1");
    let down = edited(&all_at_once, &[("1.4.2", "1.5.0")], Way::Release);
    assert_eq!(effects(&down, "Deployment shop-web"), [Effect::Downtime]);
}

#[test]
fn another_password_refuses_the_clients_that_have_the_old_one() {
    let review = edited(ORDERS, &[("size = \"5Gi\"", "size = \"5Gi\"\nsecret = \"other/password\"")], Way::Release);
    let words = why(&review, "StatefulSet orders-redis");
    assert!(words.contains("callers are refused until they have the new secret"), "{words}");
    assert!(!why(&review, "Deployment orders-web").contains("refused"));
}

#[test]
fn a_probe_that_no_longer_asks_the_application_is_told() {
    let review = edited(SHOP, &[("liveness = \"/livez\"", "")], Way::Release);
    assert_eq!(subject(&review, "Deployment shop-web").worst(), Effect::LessResilient);
    assert!(why(&review, "Deployment shop-web").contains("a hang is not restarted"));
}

#[test]
fn no_worker_in_quiet_times_is_less_resilient() {
    let review = edited(ORDERS, &[("{ min = 2, max = 10, queue", "{ min = 0, max = 10, queue")], Way::Release);
    assert_eq!(subject(&review, "ScaledObject orders-worker-default").worst(), Effect::LessResilient);
    assert!(why(&review, "ScaledObject orders-worker-default").contains("cooldownPeriod"));
}

#[test]
fn an_autoscaler_takes_over_without_a_pod_less_only_by_the_release() {
    let scaled = [("replicas = 4", "min = 4\nmax = 10")];
    let handed = edited(SHOP, &scaled, Way::Release);
    assert_eq!(effects(&handed, "Deployment shop-web"), [Effect::Scales]);
    assert_eq!(subject(&handed, "Deployment shop-web").pods.unwrap().fewest_ready, 4);
    assert!(subject(&handed, "Deployment shop-web").phases.contains(&Phase::HandOver));
    let dropped = edited(SHOP, &scaled, Way::Apply);
    assert_eq!(subject(&dropped, "Deployment shop-web").worst(), Effect::LessResilient);
    assert!(why(&dropped, "Deployment shop-web").contains("one pod is left until the autoscaler acts"));
    assert_eq!(subject(&dropped, "Deployment shop-web").pods.unwrap().fewest_ready, 1);
}

#[test]
fn what_is_no_longer_asked_for_goes_by_the_release_and_stays_by_hand() {
    let cron = "[cron.clear-sessions]\nschedule = \"17 3 * * *\"\ntimezone = \"Europe/Berlin\"\ncommand = \"python manage.py clearsessions\"\n";
    let gone = edited(ORDERS, &[(cron, "")], Way::Release);
    assert_eq!(effects(&gone, "CronJob orders-cron-clear-sessions"), [Effect::LessResilient]);
    assert!(subject(&gone, "CronJob orders-cron-clear-sessions").phases.contains(&Phase::TakeAway));
    let stays = edited(ORDERS, &[(cron, "")], Way::Apply);
    assert_eq!(effects(&stays, "CronJob orders-cron-clear-sessions"), [Effect::Stays]);
    let words = why(&stays, "CronJob orders-cron-clear-sessions");
    assert!(words.contains("kubectl delete cronjob orders-cron-clear-sessions --namespace orders"), "{words}");
}

#[test]
fn pods_whose_callers_find_others_by_then_are_no_loss() {
    let stateful = format!("{SHOP}\n[stateful]\nvolumes = {{ data = {{ mount = \"/app/data\", size = \"1Gi\" }} }}\n");
    let released = between(SHOP, &stateful, Way::Release);
    assert_eq!(effects(&released, "Deployment shop-web"), [Effect::MovesTraffic], "{}", to_text(&released, false));
    let by_hand = between(SHOP, &stateful, Way::Apply);
    assert_eq!(effects(&by_hand, "Deployment shop-web"), [Effect::Stays]);
    let colours = "[rollout]\nstrategy = \"blue-green\"\n\n[rollout.blue-green]\nlive = \"blue\"\nblue = \"1.4.2\"\ngreen = \"1.4.2\"\n";
    let entered = between(SHOP, &format!("{SHOP}\n{colours}"), Way::Release);
    assert!(worst(&entered) > Effect::Downtime, "{}", to_text(&entered, false));
    let by_hand = between(SHOP, &format!("{SHOP}\n{colours}"), Way::Apply);
    assert_eq!(effects(&by_hand, "Service shop-web"), [Effect::Downtime]);
}

#[test]
fn claims_stay_whatever_deploys_and_the_command_that_deletes_them_is_given() {
    let redis = "[services.redis]\nkind = \"redis\"\nsize = \"5Gi\"\n# The settings put the password into the URL themselves, quoted.\npassword-in-url = false\n";
    let queue = [(", queue = \"redis\", length = 20", ""), (redis, "")];
    let review = edited(ORDERS, &queue, Way::Release);
    assert_eq!(effects(&review, "StatefulSet orders-redis"), [Effect::Downtime]);
    let words = why(&review, "StatefulSet orders-redis");
    let command = "kubectl delete pvc --selector app.kubernetes.io/instance=orders-redis,app.kubernetes.io/name=orders --namespace orders";
    assert!(words.contains(command), "{words}");
    let claim = "kind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {name: files, namespace: shop}\n";
    let gone = self::review(claim, "");
    assert_eq!(effects(&gone, "PersistentVolumeClaim files"), [Effect::Stays]);
    assert!(
        why(&gone, "PersistentVolumeClaim files")
            .contains("kubectl delete persistentvolumeclaim files --namespace shop")
    );
}

#[test]
fn without_a_migration_new_code_meets_the_old_schema() {
    let review =
        edited(ORDERS, &[("[migrations]\ncommand = \"python manage.py migrate --noinput\"\n", "")], Way::Release);
    let job = review.subjects.iter().find(|subject| subject.identity.kind == "Job").unwrap();
    assert_eq!(job.worst(), Effect::LessResilient);
    assert!(job.found[0].why.contains("old schema"));
}

#[test]
fn a_renamed_application_serves_the_same_host_twice() {
    for way in [Way::Release, Way::Apply] {
        let review = edited(ORDERS, &[("name = \"orders\"\nframework", "name = \"sales\"\nframework")], way);
        assert_eq!(effects(&review, "Ingress sales-web"), [Effect::MovesTraffic]);
        assert_eq!(effects(&review, "Ingress orders-web"), [Effect::Stays], "each release takes away its own");
        let command = if way == Way::Release {
            "release.py remove --app orders --namespace orders"
        } else {
            "kubectl delete ingress"
        };
        assert!(why(&review, "Ingress orders-web").contains(command), "{}", why(&review, "Ingress orders-web"));
    }
}

#[test]
fn another_issuer_makes_the_certificate_anew() {
    let review = edited(ORDERS, &[("issuer = \"letsencrypt\"", "issuer = \"internal\"")], Way::Release);
    assert_eq!(effects(&review, "Ingress orders-web"), [Effect::LessResilient]);
    assert!(why(&review, "Ingress orders-web").contains("issued again"));
}

#[test]
fn what_opens_to_the_outside_is_said() {
    let host = format!("{SHOP}\n[expose]\nhost = \"shop.example.com\"\ntls = \"shop-tls\"\n");
    assert_eq!(effects(&between(SHOP, &host, Way::Release), "Ingress shop-web"), [Effect::Opens]);
    let more =
        edited(&host, &[("tls = \"shop-tls\"", "tls = \"shop-tls\"\naliases = [\"www.example.com\"]")], Way::Release);
    assert_eq!(effects(&more, "Ingress shop-web"), [Effect::Opens]);
    let balancer = format!("{SHOP}\n[expose]\nkind = \"load-balancer\"\n");
    assert!(effects(&between(SHOP, &balancer, Way::Release), "Service shop-web").contains(&Effect::Opens));
    assert!(effects(&between("", &balancer, Way::Release), "Service shop-web").contains(&Effect::Opens));
}

#[test]
fn another_name_of_the_certificate_is_no_loss_of_encryption() {
    let named = ORDERS.replace("issuer = \"letsencrypt\"", "issuer = \"letsencrypt\"\ntls = \"other-tls\"");
    let review = between(ORDERS, &named, Way::Release);
    assert!(!effects(&review, "Ingress orders-web").contains(&Effect::WeakerSecurity), "{}", to_text(&review, false));
}

#[test]
fn the_phases_of_the_release_are_told() {
    let review = edited(
        ORDERS,
        &[("tag = \"2.3.0\"", "tag = \"2.4.0\""), ("orders.example.com", "o.example.com")],
        Way::Release,
    );
    let text = to_text(&review, false);
    for line in [
        "  migrate       ConfigMap orders-config-",
        ", Job orders-migrate-",
        "  bring up      Deployment orders-web",
        "  turn          Ingress orders-web",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let json = to_json(&review);
    let changes = json["changes"].as_array().unwrap();
    let web = changes.iter().find(|change| change["kind"] == "Deployment" && change["name"] == "orders-web").unwrap();
    assert_eq!(web["phases"], serde_json::json!(["bring up"]));
    assert_eq!(web["pods"], serde_json::json!({"before": 5, "after": 5, "replaced": true, "fewestReady": 5}));
    assert_eq!(json["delivery"], "release");
    let by_hand = edited(ORDERS, &[("tag = \"2.3.0\"", "tag = \"2.4.0\"")], Way::Apply);
    assert!(!to_text(&by_hand, false).contains("phases of the release"));
}

#[test]
fn a_configmap_that_is_no_longer_asked_for_stays_for_the_revisions_that_name_it() {
    let with = format!("{SHOP}\n[config]\nREGION = \"eu\"\n");
    let review = between(&with, SHOP, Way::Release);
    let gone = review.subjects.iter().find(|subject| subject.identity.kind == "ConfigMap").unwrap();
    assert!(gone.found[0].why.contains("as long as an earlier revision"), "{gone:?}");
    assert!(gone.phases.is_empty(), "no phase takes it away: {gone:?}");
    let renamed = between(&with, &with.replace("eu", "us"), Way::Release);
    assert!(!to_text(&renamed, false).contains("take away"), "{}", to_text(&renamed, false));
}
