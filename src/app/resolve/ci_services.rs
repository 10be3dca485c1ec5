//! `[ci] services`: databases and brokers beside the tests.

use std::collections::BTreeMap;

use super::super::value::Tag;
use super::super::workflow::ServiceContainer;
use super::environment::Environment;
use super::faults::Faults;
use crate::data::{TEST_SERVERS, TestServer};

/// The containers beside the tests, and the variables that lead there, as far as `test_env` has them not.
pub(super) fn resolve(
    written: &[String],
    environment: &Environment,
    test_env: &mut BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Vec<ServiceContainer> {
    let mut containers: Vec<ServiceContainer> = Vec::new();
    for (index, text) in written.iter().enumerate() {
        let position = index.to_string();
        let path = ["ci", "services", position.as_str()];
        let (name, tag) = text.split_once(':').map_or((text.as_str(), None), |(name, tag)| (name, Some(tag)));
        let known = TEST_SERVERS.iter().find(|known| known.name == name);
        let Some((known, image)) = known.and_then(|known| Some((known, known.image()?))) else {
            let all: Vec<String> = TEST_SERVERS.iter().map(|known| format!("`{}`", known.name)).collect();
            let all = all.join(", ");
            faults.refuse(&path, &format!("must be one of {all}, with `:TAG` for another version"));
            continue;
        };
        let tag: Tag = faults.parse_or(tag, &image.tag, &path);
        if containers.iter().any(|other| other.port_mapping == format!("{0}:{0}", known.port)) {
            faults.refuse(&path, "uses a port that another service has");
            continue;
        }
        for variable in variables_of(known, environment) {
            test_env.entry(variable.to_owned()).or_insert_with(|| known.url.clone());
        }
        containers.push(ServiceContainer {
            name: &known.name,
            image: format!("{}:{tag}", image.image),
            env: known.env.clone(),
            port_mapping: format!("{0}:{0}", known.port),
            options: format!(
                "--health-cmd \"{}\" --health-interval 5s --health-timeout 5s --health-retries 30",
                known.health
            ),
        });
    }
    containers
}

/// Those of the server's variables that `app.toml` names, or the usual one.
fn variables_of<'k>(known: &'k TestServer, environment: &Environment) -> Vec<&'k str> {
    let usual = known.variables.iter().map(String::as_str);
    let read: Vec<&str> = usual.clone().filter(|name| environment.sets(name)).collect();
    if read.is_empty() { usual.take(1).collect() } else { read }
}
