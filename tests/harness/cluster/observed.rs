//! What is in a namespace, and what happens to the endpoints of its Services over time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::Cluster;

/// Kinds that controllers make, or that are not part of what an application asks for.
const MADE_BY_OTHERS: [&str; 6] = ["Event", "Pod", "ReplicaSet", "EndpointSlice", "Endpoints", "ControllerRevision"];

/// A namespace at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Objects as `Kind/name`, without those that controllers make.
    pub(crate) objects: BTreeSet<String>,
    /// Pods of each workload that are not ending, by `app.kubernetes.io/instance`: name of the pod and its first image.
    pub(crate) pods: BTreeMap<String, BTreeMap<String, String>>,
    /// The selector of each Service.
    pub(crate) selectors: BTreeMap<String, Value>,
    /// `spec.replicas` of each Deployment and StatefulSet.
    pub(crate) replicas: BTreeMap<String, u64>,
    /// Whole objects by `Kind/name`.
    pub(crate) all: BTreeMap<String, Value>,
}

impl State {
    pub(crate) fn of(cluster: &Cluster, namespace: &str) -> Self {
        let kinds = cluster.kubectl(["api-resources", "--verbs=list", "--namespaced", "--output=name"]);
        // Events of the core group are those of events.k8s.io once more.
        let kinds: Vec<&str> = kinds.split_whitespace().filter(|kind| !kind.starts_with("events")).collect();
        let text = cluster.kubectl(["get", &kinds.join(","), "--namespace", namespace, "--output=json"]);
        let list: Value = serde_json::from_str(&text).unwrap();
        let mut state = Self::default();
        for object in list["items"].as_array().unwrap() {
            state.add(object);
        }
        state
    }

    /// Whether a revision of a Deployment reads the ConfigMap.
    pub(crate) fn has_revision_with(&self, config_map: &str) -> bool {
        let revisions = self.all.iter().filter(|(name, _)| name.starts_with("ReplicaSet/"));
        revisions.into_iter().any(|(_, set)| set["spec"]["template"].to_string().contains(config_map))
    }

    fn add(&mut self, object: &Value) {
        let kind = object["kind"].as_str().unwrap();
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let label = |name: &str| object["metadata"]["labels"][name].as_str().unwrap_or_default();
        if kind == "Pod" && object["metadata"]["deletionTimestamp"].is_null() {
            let image = object["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
            self.pods.entry(label("app.kubernetes.io/instance").into()).or_default().insert(name.clone(), image);
        }
        if kind == "Service" {
            self.selectors.insert(name.clone(), object["spec"]["selector"].clone());
        }
        if kind == "Deployment" || kind == "StatefulSet" {
            self.replicas.insert(name.clone(), object["spec"]["replicas"].as_u64().unwrap());
        }
        let is_of_the_namespace = name == "kube-root-ca.crt" || (kind == "ServiceAccount" && name == "default");
        if !MADE_BY_OTHERS.contains(&kind) && !is_of_the_namespace && label("app.kubernetes.io/component") != "release"
        {
            self.objects.insert(format!("{kind}/{name}"));
        }
        self.all.insert(format!("{kind}/{name}"), object.clone());
    }
}

/// Watches the endpoints of all Services of a namespace until it is asked for the result.
pub(crate) struct Watch(Child);

impl Watch {
    pub(crate) fn start(cluster: &Cluster, namespace: &str) -> Self {
        let mut command = cluster.command("kubectl");
        command.args(["get", "endpointslices", "--watch", "--output-watch-events", "--output=json", "--namespace"]);
        Self(command.arg(namespace).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// The fewest ready endpoints of each Service, from the first that the watch saw of it.
    pub(crate) fn fewest(mut self) -> BTreeMap<String, usize> {
        self.0.kill().unwrap();
        let mut text = Vec::new();
        self.0.stdout.take().unwrap().read_to_end(&mut text).unwrap();
        self.0.wait().unwrap();
        let mut slices: BTreeMap<String, (String, usize)> = BTreeMap::new();
        let mut fewest: BTreeMap<String, usize> = BTreeMap::new();
        // The last document may be cut where the watch was ended.
        for event in serde_json::Deserializer::from_slice(&text).into_iter::<Value>().map_while(Result::ok) {
            let slice = &event["object"];
            let name = slice["metadata"]["name"].as_str().unwrap().to_owned();
            let service = slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str().unwrap().to_owned();
            let is_gone = event["type"] == "DELETED";
            let endpoints = slice["endpoints"].as_array().map_or(&[][..], Vec::as_slice);
            let ready = endpoints.iter().filter(|end| end["conditions"]["ready"] != false).count();
            slices.insert(name, (service.clone(), if is_gone { 0 } else { ready }));
            let sum = slices.values().filter(|(of, _)| *of == service).map(|(_, ready)| ready).sum();
            fewest.entry(service).and_modify(|least| *least = (*least).min(sum)).or_insert(sum);
        }
        fewest
    }
}
