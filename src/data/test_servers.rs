//! Databases, brokers and caches that run beside tests.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::pins::{IMAGES, Image};
use super::read;

const TEXT: &str = include_str!("../../data/test-servers.toml");

/// The servers that `[ci] services` may name.
pub(crate) static TEST_SERVERS: LazyLock<Vec<TestServer>> = LazyLock::new(|| read::<File>(TEXT).server);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Vec<TestServer>,
}

/// A server; the file says what each key is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestServer {
    /// Its name in `app.toml`, in the workflow, and of its host for other containers.
    pub(crate) name: String,
    pub(crate) images: Vec<String>,
    pub(crate) port: u32,
    /// Variables of the container.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) health: String,
    pub(crate) url: String,
    pub(crate) variables: Vec<String>,
    pub(crate) words: Vec<String>,
}

impl TestServer {
    /// The image that runs it.
    pub(crate) fn image(&self) -> Option<&'static Image> {
        IMAGES.named(&self.name)
    }

    /// The user of its URL.
    pub(crate) fn user(&self) -> Option<&str> {
        self.authority().rsplit_once('@').and_then(|(account, _)| account.split(':').next())
    }

    /// The host of its URL.
    pub(crate) fn host(&self) -> &str {
        let address = self.authority().rsplit('@').next().unwrap_or_default();
        address.split(':').next().unwrap_or_default()
    }

    fn authority(&self) -> &str {
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<File>(TEXT).unwrap();
    }

    #[test]
    fn every_server_has_an_image_and_a_url_with_its_port() {
        for server in &*TEST_SERVERS {
            assert!(server.image().is_some(), "{}", server.name);
            assert!(server.authority().ends_with(&format!("{}:{}", server.host(), server.port)), "{}", server.url);
        }
        let user = |name: &str| TEST_SERVERS.iter().find(|server| server.name == name).unwrap().user();
        assert_eq!([user("postgresql"), user("rabbitmq"), user("redis")], [Some("postgres"), Some("guest"), None]);
    }
}
