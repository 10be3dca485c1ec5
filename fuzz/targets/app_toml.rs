//! `app.toml`, its patches, and a file of values for its Secrets.

use std::path::Path;

use pykube::app::Options;
use pykube::check::{Level, check};
use pykube::render;

use super::{repository, scratch};

const HEAD: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\npython = \"3.13\"\n\
                    [image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n[expose]\nhost = \"shop.example.com\"\n";

/// An `app.toml` as a whole.
pub(super) fn tree(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = rendered(text);
    }
}

/// The body of a patch: the first line names the object, the rest is what it is given.
pub(super) fn patches(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (target, patch) = text.split_once('\n').unwrap_or(("Deployment shop", text));
    let (kind, name) = target.split_once(' ').unwrap_or((target, "shop"));
    let quoted = |text: &str| toml::Value::String(text.to_owned());
    let target = format!("target = {{ kind = {}, name = {} }}", quoted(kind), quoted(name));
    let _ = rendered(&format!("{HEAD}[[patches]]\n{target}\npatch = {}\n", quoted(patch)));
}

/// What `app.toml` asks for is refused by a message with its place, or is a tree that the cluster takes; only what
/// `[[patches]]` do is looked at as late as in the tree.
fn rendered(text: &str) -> Option<()> {
    let (config, document) = pykube::config::parse("app.toml".into(), text.to_owned()).ok()?;
    let app = render::resolved_from(&config, &document, Path::new("/nowhere"), &Options::default()).ok()?;
    let files = match render::render(&app) {
        Ok(files) => files,
        Err(error) => {
            let said = format!("{error:#}");
            assert!(!said.contains("this is a bug in pykube"), "{said}");
            return None;
        }
    };
    let late = check(&files).into_iter().find(|finding| finding.level == Level::Fault);
    if let Some(finding) = late {
        assert!(text.contains("patches"), "refused late: {finding}");
    }
    Some(())
}

/// Values for the Secrets of an app, and the same file as detection reads it.
pub(super) fn env_file(data: &[u8]) {
    repository::env_example(data);
    if !scratch::has("app.toml") {
        let secrets = "[secrets]\nprovider = \"existing\"\n[secrets.env]\nAPI_TOKEN = \"shop-api/token\"\n\
                       DATABASE_URL = \"shop-db/url\"\n";
        scratch::write("app.toml", format!("{HEAD}{secrets}"));
    }
    scratch::write("values", data);
    scratch::pykube(&["secrets", "manifest", "FOLDER", "--env-file", "FOLDER/values"]);
}
