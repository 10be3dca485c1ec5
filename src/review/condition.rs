//! What must hold around a change, for the rules that a field alone does not decide.

use serde_json::Value;

use super::delivery::Delivery;
use super::pods::{Pods, autoscaler, drops_to_one};
use super::reach::Reach;
use super::rule::Case;
use super::trees::{self, name, neighbours, workloads};
use crate::kube::grammar::image_reference::ImageReference;
use crate::kube::grammar::quantity::Quantity;
use crate::kube::labels;
use crate::kube::object::{Object, stem};
use crate::kube::operator;
use crate::kube::path::{Segment, at};
use crate::kube::value::{items, scalar};
use crate::kube::workload::{CONFIG_MAP, SECRET, Workload};

/// A Service brings callers to the pods.
pub(crate) fn serves(case: &Case<'_>) -> bool {
    case.sides.trees.serves(case.object())
}

/// The release brings up other pods for the same Services before these go.
pub(crate) fn others_take_over(case: &Case<'_>) -> bool {
    let (trees, gone) = (case.sides.trees, case.object());
    let labels = trees::pod_labels(gone);
    let mut callers = neighbours(&trees.before, &["Service"], gone).filter(|service| trees::selects(service, &labels));
    trees.delivery == Delivery::Release
        && callers.all(|service| {
            let now = trees::Trees::twin(&trees.after, service);
            now.is_some_and(|now| workloads(&trees.after, gone).any(|other| is_selected(&now.value, other)))
        })
}

/// Whoever applies the object from Git deletes it first.
pub(crate) fn is_replaced(case: &Case<'_>) -> bool {
    operator::is_replaced(case.sides.after)
}

/// The rollout that the change starts leaves no pod ready for a while.
pub(crate) fn leaves_none(case: &Case<'_>) -> bool {
    let pods = Pods::of(case.sides.before, case.sides.after, case.sides.trees);
    pods.before.is_some_and(|count| count > 0) && pods.fewest_ready == 0
}

/// An autoscaler counts the pods from now on, and did not before.
pub(crate) fn autoscaler_comes(case: &Case<'_>) -> bool {
    let trees = case.sides.trees;
    autoscaler(&trees.after, case.sides.after).is_some() && autoscaler(&trees.before, case.sides.before).is_none()
}

/// The pods fall to one until the autoscaler acts.
pub(crate) fn falls_to_one(case: &Case<'_>) -> bool {
    drops_to_one(case.sides.before, case.sides.after, case.sides.trees)
}

/// What the autoscaler counts is there already.
pub(crate) fn target_runs(case: &Case<'_>) -> bool {
    let target = at(case.object(), "spec.scaleTargetRef.name");
    let before = &case.sides.trees.before;
    workloads(before, case.object()).any(|workload| target == workload.object.identity.name.as_str())
}

/// What the autoscaler counted is still asked for.
pub(crate) fn target_stays(case: &Case<'_>) -> bool {
    let target = at(case.object(), "spec.scaleTargetRef.name");
    let after = &case.sides.trees.after;
    workloads(after, case.object()).any(|workload| target == workload.object.identity.name.as_str())
}

/// Pods that the budget protected are still asked for.
pub(crate) fn selected_stay(case: &Case<'_>) -> bool {
    let selector = at(case.object(), "spec.selector");
    workloads(&case.sides.trees.after, case.object()).any(|workload| labels::matches(selector, &workload.labels()))
}

/// Pods run in the namespace before.
pub(crate) fn pods_run(case: &Case<'_>) -> bool {
    workloads(&case.sides.trees.before, case.object()).any(Workload::is_long_running)
}

/// Pods with the labels of the new selector are there before and after.
pub(crate) fn selected_run(case: &Case<'_>) -> bool {
    let trees = case.sides.trees;
    workloads(&trees.before, case.sides.after).filter(|workload| workload.is_long_running()).any(|old| {
        let new = trees::Trees::twin(&trees.after, old.object).and_then(Workload::of);
        new.is_some_and(|new| is_selected(case.sides.after, old) && is_selected(case.sides.after, new))
    })
}

/// Pods with the labels of the new selector are brought up before traffic turns to them.
pub(crate) fn selected_come_first(case: &Case<'_>) -> bool {
    let trees = case.sides.trees;
    trees.delivery == Delivery::Release
        && workloads(&trees.after, case.sides.after).any(|workload| is_selected(case.sides.after, workload))
}

fn is_selected(service: &Value, workload: Workload<'_>) -> bool {
    let selector = labels::plain(at(service, "spec.selector"));
    workload.is_long_running() && !selector.is_empty() && labels::is_subset(&selector, &workload.labels())
}

fn reach(case: &Case<'_>) -> Reach {
    let section = match case.path.0.get(1) {
        Some(Segment::Key(section)) => section.as_str(),
        _ => "",
    };
    Reach::of([case.sides.before, case.sides.after], case.sides.trees, section)
}

/// Something no longer gets through to running pods, or from them.
pub(crate) fn narrows(case: &Case<'_>) -> bool {
    let reach = reach(case);
    reach.narrows && reach.is_running
}

/// Something no longer gets through, but only for runs that start later.
pub(crate) fn narrows_later(case: &Case<'_>) -> bool {
    let reach = reach(case);
    reach.narrows && !reach.is_running
}

/// Something more gets through.
pub(crate) fn widens(case: &Case<'_>) -> bool {
    reach(case).widens
}

/// Nothing deletes the object.
pub(crate) fn stays(case: &Case<'_>) -> bool {
    let delivery = case.sides.trees.delivery;
    let is_marked = delivery == Delivery::GitOps && operator::is_kept(case.object());
    is_marked || !delivery.deletes(case.sides.kind) || is_of_another_application(case)
}

/// The release knows what it may delete by the name of the application, and that is another by now.
pub(crate) fn is_of_another_application(case: &Case<'_>) -> bool {
    let application = |object: &Value| at(object, "metadata.labels[\"app.kubernetes.io/name\"]").clone();
    let (trees, own) = (case.sides.trees, application(case.object()));
    trees.delivery == Delivery::Release
        && !own.is_null()
        && !trees.after.is_empty()
        && !trees.after.iter().any(|object| application(&object.value) == own)
}

/// The entry of the kustomization leads to manifests of the user's own: no rendered object is there.
pub(crate) fn is_own_resource(case: &Case<'_>) -> bool {
    let entry = case.after.or(case.before).and_then(Value::as_str).unwrap_or_default();
    let trees = case.sides.trees;
    !trees.before.iter().chain(&trees.after).any(|object| object.path.ends_with(&format!("/{entry}")))
}

/// Argo CD or Flux deletes what the repository no longer holds.
pub(crate) fn operator_prunes(case: &Case<'_>) -> bool {
    case.sides.trees.delivery == Delivery::GitOps
}

/// The release leaves a ConfigMap that is called after its content to the revisions that name it.
pub(crate) fn is_kept_for_revisions(case: &Case<'_>) -> bool {
    case.sides.kind == "ConfigMap"
        && case.sides.trees.delivery == Delivery::Release
        && stem(case.sides.kind, name(case.object())) != name(case.object())
}

/// Pods that are asked for need the object.
pub(crate) fn is_needed(case: &Case<'_>) -> bool {
    let (object, kind) = (case.object(), case.sides.kind);
    workloads(&case.sides.trees.after, object).any(|workload| {
        if kind == "ServiceAccount" {
            return workload.pod()["serviceAccountName"] == name(object);
        }
        let spelling = if kind == "ConfigMap" { &CONFIG_MAP } else { &SECRET };
        let named = workload.references(spelling).iter().any(|reference| reference.name == name(object));
        named
            || items(&workload.pod()["volumes"])
                .any(|volume| at(volume, "csi.volumeAttributes.secretProviderClass") == name(object))
    })
}

/// The hosts of an Ingress or a route.
fn hosts(object: &Value) -> Vec<&str> {
    let listed = items(at(object, "spec.hostnames")).chain(items(at(object, "spec.hosts"))).filter_map(Value::as_str);
    items(at(object, "spec.rules")).filter_map(|rule| rule["host"].as_str()).chain(listed).collect()
}

const DOORS: &[&str] = &["Ingress", "HTTPRoute", "VirtualService"];

fn is_served_by(tree: &[Object], case: &Case<'_>) -> bool {
    let own = hosts(case.object());
    neighbours(tree, DOORS, case.object())
        .filter(|other| name(&other.value) != name(case.object()))
        .any(|other| hosts(&other.value).iter().any(|host| own.contains(host)))
}

/// Another Ingress or route serves one of its hosts already.
pub(crate) fn host_was_served(case: &Case<'_>) -> bool {
    is_served_by(&case.sides.trees.before, case)
}

/// Another Ingress or route serves one of its hosts from now on.
pub(crate) fn host_is_served(case: &Case<'_>) -> bool {
    is_served_by(&case.sides.trees.after, case)
}

/// A host is served without TLS that had it.
pub(crate) fn is_unencrypted(case: &Case<'_>) -> bool {
    let covered: Vec<&Value> =
        items(at(case.sides.after, "spec.tls")).flat_map(|entry| items(&entry["hosts"])).collect();
    let had = |tls: &Value| items(tls).flat_map(|entry| items(&entry["hosts"])).cloned().collect::<Vec<_>>();
    let served = hosts(case.sides.after);
    let bare = |host: &Value| host.as_str().is_some_and(|host| served.contains(&host)) && !covered.contains(&host);
    items(at(case.sides.after, "spec.tls")).next().is_none() || had(at(case.sides.before, "spec.tls")).iter().any(bare)
}

/// Repository of an image, and the numbers of its tag.
fn version(image: Option<&Value>) -> Option<(String, Vec<u64>)> {
    let image = ImageReference::split(image?.as_str()?);
    let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u64>().ok();
    let version: Vec<u64> = image.tag?.trim_start_matches('v').split(['.', '-']).map_while(number).collect();
    Some((image.repository.to_owned(), version)).filter(|(_, version)| !version.is_empty())
}

/// The image is an older version of the same.
pub(crate) fn is_older_image(case: &Case<'_>) -> bool {
    match (version(case.before), version(case.after)) {
        (Some((old, before)), Some((new, after))) => old == new && after < before,
        _ => false,
    }
}

/// PostgreSQL of another major version, which does not read the data that is there.
pub(crate) fn is_other_postgresql(case: &Case<'_>) -> bool {
    let major = |value| version(value).filter(|(repository, _)| repository.rsplit('/').next() == Some("postgres"));
    match (major(case.before), major(case.after)) {
        (Some((_, before)), Some((_, after))) => before.first() != after.first(),
        _ => false,
    }
}

/// The word behind `flag` in a command line.
fn argument<'a>(command: Option<&'a Value>, flag: &str) -> Option<&'a str> {
    let words: Vec<&str> = items(command?).filter_map(Value::as_str).collect();
    words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1])
}

const POLICY: &str = "--maxmemory-policy";

/// A server of data starts to drop keys when its memory is full (Redis and Valkey, whose default drops none).
pub(crate) fn starts_to_evict(case: &Case<'_>) -> bool {
    let keeps = |command| argument(command, POLICY).unwrap_or("noeviction") == "noeviction";
    argument(case.after, POLICY).is_some() && keeps(case.before) && !keeps(case.after)
}

/// It drops other keys than before.
pub(crate) fn evicts_otherwise(case: &Case<'_>) -> bool {
    let (old, new) = (argument(case.before, POLICY), argument(case.after, POLICY));
    old.is_some() && new.is_some() && old != new && ![old, new].contains(&Some("noeviction"))
}

/// It refuses writes when its memory is full, and made room before.
pub(crate) fn stops_to_evict(case: &Case<'_>) -> bool {
    argument(case.before, POLICY).is_some_and(|policy| policy != "noeviction")
        && argument(case.after, POLICY).unwrap_or("noeviction") == "noeviction"
}

/// It may hold less than before, and drops keys when it is full.
pub(crate) fn evicts_sooner(case: &Case<'_>) -> bool {
    holds_less(case) && argument(case.after, POLICY).is_some_and(|policy| policy != "noeviction")
}

/// It may hold less than before.
pub(crate) fn holds_less(case: &Case<'_>) -> bool {
    let room = |command| argument(command, "--maxmemory").and_then(Quantity::parse).filter(|room| !room.is_zero());
    match (room(case.before), room(case.after)) {
        (Some(old), Some(new)) => new < old,
        (old, new) => old.is_none() && new.is_some(),
    }
}

/// The secret is one by which others call these pods: a server of an image of its own, whose secret their pods know.
pub(crate) fn callers_share_the_secret(case: &Case<'_>) -> bool {
    let Some(own) = case.sides.trees.before.iter().find(|object| object.value == *case.sides.before) else {
        return false;
    };
    let Some(own) = Workload::of(own) else { return false };
    let images = |workload: Workload<'_>| {
        workload.containers().filter_map(|one| one.value["image"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let secrets =
        |workload: Workload<'_>| workload.references(&SECRET).iter().map(|one| one.name.to_owned()).collect::<Vec<_>>();
    let others = || {
        workloads(&case.sides.trees.before, case.sides.before)
            .filter(|other| other.object.identity != own.object.identity)
    };
    let (image, secret) = (images(own), secrets(own));
    others().all(|other| images(other).iter().all(|known| !image.contains(known)))
        && others().any(|other| secrets(other).iter().any(|known| secret.contains(known)))
}

/// The variable is the one that says whose word about the caller is believed, and it is everybody's now.
pub(crate) fn believes_everybody(case: &Case<'_>) -> bool {
    let is_named =
        case.path.0.iter().any(
            |segment| matches!(segment, Segment::Item(name) | Segment::Key(name) if name == "FORWARDED_ALLOW_IPS"),
        );
    is_named && case.after.and_then(scalar).as_deref() == Some("*")
}

/// Pods that are asked for have the rights that a role or its binding gives.
pub(crate) fn rights_are_used(case: &Case<'_>) -> bool {
    let (before, object) = (&case.sides.trees.before, case.object());
    let is_of_role = |binding: &&Object| binding.at("roleRef.name") == name(object);
    let bindings: Vec<&Value> = if case.sides.kind.ends_with("Binding") {
        vec![object]
    } else {
        before.iter().filter(is_of_role).map(|binding| &binding.value).collect()
    };
    let accounts: Vec<&Value> =
        bindings.iter().flat_map(|binding| items(&binding["subjects"])).map(|subject| &subject["name"]).collect();
    workloads(&case.sides.trees.after, object).any(|workload| accounts.contains(&&workload.pod()["serviceAccountName"]))
}

/// The migration is what the object is, or what its pod needs.
pub(crate) fn is_for_migration(case: &Case<'_>) -> bool {
    let is_migration = |labels: &labels::Labels<'_>| labels.get("app.kubernetes.io/component") == Some(&"migrate");
    let (object, kind) = (case.object(), case.sides.kind);
    let jobs = || {
        let all = workloads(&case.sides.trees.after, object);
        all.filter(|job| job.object.identity.kind == "Job" && is_migration(&labels::of(&job.object.value["metadata"])))
    };
    match kind {
        "Job" => is_migration(&labels::of(&object["metadata"])),
        "NetworkPolicy" => jobs().any(|job| labels::matches(at(object, "spec.podSelector"), &job.labels())),
        "ConfigMap" => jobs().any(|job| job.references(&CONFIG_MAP).iter().any(|one| one.name == name(object))),
        "ServiceAccount" => jobs().any(|job| job.pod()["serviceAccountName"] == name(object)),
        _ => false,
    }
}
