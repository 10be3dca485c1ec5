//! `[ci] services` and the variables that lead the tests there.

use super::environment::dummy;
use crate::credential;
use crate::data::{TEST_SERVERS, TestServer};
use crate::detect::{Database, Project};
use crate::file_set::file_name;
use crate::kube::grammar::image_reference::ImageReference;

/// The servers beside the tests, and the variables of the tests.
pub(super) struct TestServices {
    pub(super) services: Vec<String>,
    pub(super) env: Vec<(String, String)>,
}

impl TestServices {
    /// Those of the project's own workflow; else the database that its settings cannot do without.
    pub(super) fn of(project: &Project) -> Self {
        let tag = |known: &TestServer| {
            let image = project.test_services.iter().find(|image| is_image(known, image))?;
            let tag = ImageReference::split(image).tag?;
            // Redis runs as Valkey here, which counts its versions otherwise.
            let digits = tag.split('-').next().unwrap_or_default();
            let is_version = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            (is_version && known.name != "redis").then(|| digits.to_owned())
        };
        let is_required = |known: &TestServer| {
            let environment = &project.environment;
            environment
                .config
                .iter()
                .chain(&environment.secret)
                .any(|variable| variable.required && belongs(known, &variable.name))
        };
        let main = project.databases.first().copied();
        let is_main = |known: &TestServer| match known.name.as_str() {
            "postgresql" => main == Some(Database::Postgresql),
            "mysql" => main == Some(Database::Mysql),
            "mongodb" => main == Some(Database::Mongodb),
            _ => false,
        };
        let started = |known: &TestServer| project.test_services.iter().position(|image| is_image(known, image));
        let mut used: Vec<&TestServer> = TEST_SERVERS
            .iter()
            .filter(|known| started(known).is_some() || is_main(known) && is_required(known))
            .collect();
        // Workflows that try MySQL and MariaDB in turn: beside one job there is one server a port.
        let all = used.clone();
        used.retain(|known| {
            let rank = |known: &TestServer| (!is_main(known), started(known));
            !all.iter().any(|other| other.port == known.port && rank(other) < rank(known))
        });
        let services = used.iter().map(|known| match tag(known) {
            Some(tag) => format!("{}:{tag}", known.name),
            None => known.name.clone(),
        });
        Self { services: services.collect(), env: variables(project, &used) }
    }
}

fn is_image(known: &TestServer, image: &str) -> bool {
    let name = file_name(ImageReference::split(image).repository);
    known.images.iter().any(|image| image == name)
}

/// The variables that lead to the servers, and dummies for others that the settings insist on.
fn variables(project: &Project, used: &[&TestServer]) -> Vec<(String, String)> {
    let environment = &project.environment;
    let read = environment.config.iter().chain(&environment.secret).map(|variable| variable.name.as_str());
    let mut found: Vec<(String, String)> = Vec::new();
    for name in read.chain(project.build_environment.iter().map(String::as_str)) {
        if found.iter().any(|(known, _)| known == name) {
            continue;
        }
        // `REDIS_CACHE_DB` is about Redis, whatever `DB` is otherwise: the first word says whose a variable is.
        let about = |known: &TestServer| if sets(known, name) { Some(0) } else { word_of(known, name) };
        let server = used.iter().filter_map(|known| Some((about(known)?, known))).min_by_key(|(at, _)| *at);
        let value = match server {
            // The workflow sets it on its own.
            Some((_, known)) if sets(known, name) => continue,
            Some((_, known)) => part(known, name),
            None => None,
        };
        let insisted = || project.build_environment.iter().any(|wanted| wanted == name).then(|| dummy(project, name));
        found.extend(value.or_else(insisted).map(|value| (name.to_owned(), value)));
    }
    found.sort();
    found
}

/// Whether the workflow sets a variable to the server's URL on its own.
fn sets(known: &TestServer, variable: &str) -> bool {
    known.variables.iter().any(|name| name == variable)
}

/// Whether a variable is about the server, by its name.
fn belongs(known: &TestServer, variable: &str) -> bool {
    word_of(known, variable).is_some()
}

/// The first word of a variable that is about the server.
fn word_of(known: &TestServer, variable: &str) -> Option<usize> {
    variable.split('_').position(|word| known.words.iter().any(|wanted| wanted == word))
}

/// The part of the server's address that a variable holds; nothing for one that is about something else.
fn part(known: &TestServer, variable: &str) -> Option<String> {
    let last = variable.rsplit('_').next()?;
    let value = match last {
        "HOST" | "HOSTNAME" | "SERVER" | "PGHOST" | "ADDR" => known.host(),
        "PORT" => return Some(known.port.to_string()),
        "USER" | "USERNAME" | "PGUSER" => known.user()?,
        // The servers of tests ask for none.
        "PASSWORD" | "PASS" | "PWD" | "PGPASSWORD" if known.name == "postgresql" => credential::DUMMY,
        "NAME" | "DB" | "DATABASE" | "PGDATABASE" if known.name != "redis" => "test",
        "URL" | "URI" | "DSN" | "BACKEND" | "BROKER" => &known.url,
        _ => return None,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{TEST_SERVERS, is_image};

    #[test]
    fn a_server_is_known_by_the_last_part_of_its_images_name() {
        let postgres = TEST_SERVERS.iter().find(|known| known.name == "postgresql").unwrap();
        for (image, expected) in [
            ("postgres", true),
            ("docker.io/library/postgres:16", true),
            ("localhost:5000/mirror/postgres:16-alpine", true),
            ("postgres@sha256:0123", true),
            ("postgres/tools:16", false),
            ("localhost:5000", false),
        ] {
            assert_eq!(is_image(postgres, image), expected, "{image}");
        }
    }
}
