//! Whatever reads a key of a Secret finds it: each provider makes all of them, wherever the reference is.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::collections::BTreeSet;

use base64::Engine as _;
use harness::project::render_text;
use serde_yaml::Value;

/// Every place of `app.toml` that names a key of a Secret.
const READERS: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
namespace = "shop"
[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"
[secrets.files]
"/etc/shop/key.pem" = "files/key"
[services.redis]
kind = "redis"
secret = "server/password"
[workers.rabbit]
command = "celery -A config worker -Q high -c 2"
scaling = { min = 1, max = 4, queue = "rabbitmq", secret = "queue/url" }
[workers.outside]
command = "arq shop.worker.Settings"
scaling = { max = 4, queue = "redis", address = "cache.example.com:6380", secret = "cache/password" }
[sidecars.agent]
image = "example.com/agent:1.2"
secrets = { AGENT_KEY = "agent/key" }
on = ["web", "worker-rabbit"]
[cron.nightly]
schedule = "0 3 * * *"
command = "python manage.py nightly"
"#;

/// The keys that `READERS` names; the files come on their own where a driver mounts them.
const VARIABLES: [(&str, &str); 4] =
    [("server", "password"), ("queue", "url"), ("cache", "password"), ("agent", "key")];

fn manifests(addition: &str) -> Vec<Value> {
    let files = render_text(&format!("{READERS}{addition}")).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(pykube::check::check(&files), Vec::new());
    let manifests = files.iter().filter(|(path, _)| path.as_str().starts_with("k8s/") && path.is_yaml());
    manifests.map(|(_, text)| serde_yaml::from_str(text).unwrap()).collect()
}

type Keys = BTreeSet<(String, String)>;

fn pair(name: &Value, key: &Value) -> (String, String) {
    (name.as_str().unwrap().to_owned(), key.as_str().unwrap().to_owned())
}

/// Every key that anything in `value` reads, found by the fields of the API and not by what the renderer believes.
fn read(value: &Value, keys: &mut Keys) {
    match value {
        Value::Mapping(map) => {
            for (field, value) in map {
                match field.as_str() {
                    Some("secretKeyRef") => drop(keys.insert(pair(&value["name"], &value["key"]))),
                    Some("secretTargetRef") => {
                        keys.extend(value.as_sequence().unwrap().iter().map(|one| pair(&one["name"], &one["key"])));
                    }
                    Some("projected") => {
                        for secret in value["sources"].as_sequence().unwrap().iter().map(|source| &source["secret"]) {
                            let items = secret["items"].as_sequence().into_iter().flatten();
                            keys.extend(items.map(|item| pair(&secret["name"], &item["key"])));
                        }
                    }
                    _ => read(value, keys),
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| read(item, keys)),
        _ => {}
    }
}

/// What the objects of the providers make.
fn made(manifests: &[Value]) -> Keys {
    let mut keys = Keys::new();
    for manifest in manifests {
        let spec = &manifest["spec"];
        match manifest["kind"].as_str().unwrap() {
            "ExternalSecret" => {
                let data = spec["data"].as_sequence().unwrap().iter();
                keys.extend(data.map(|one| pair(&spec["target"]["name"], &one["secretKey"])));
            }
            "SealedSecret" => {
                let data = spec["encryptedData"].as_mapping().unwrap().keys();
                keys.extend(data.map(|key| pair(&spec["template"]["metadata"]["name"], key)));
            }
            "SecretProviderClass" => {
                for secret in spec["secretObjects"].as_sequence().into_iter().flatten() {
                    let data = secret["data"].as_sequence().unwrap().iter();
                    keys.extend(data.map(|one| pair(&secret["secretName"], &one["key"])));
                }
            }
            _ => {}
        }
    }
    keys
}

fn reads(manifests: &[Value]) -> Keys {
    let mut keys = Keys::new();
    for manifest in manifests.iter().filter(|manifest| {
        !["ExternalSecret", "SealedSecret", "SecretProviderClass"].contains(&manifest["kind"].as_str().unwrap())
    }) {
        read(manifest, &mut keys);
    }
    for (name, key) in VARIABLES {
        assert!(keys.contains(&(name.to_owned(), key.to_owned())), "{name}/{key} is read by nothing: {keys:?}");
    }
    keys
}

#[test]
fn the_external_secrets_operator_makes_all_of_them() {
    let manifests = manifests("[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\n");
    assert_eq!(reads(&manifests), made(&manifests));
    assert!(reads(&manifests).contains(&("files".into(), "key".into())));
}

#[test]
fn all_of_them_must_be_sealed() {
    // The form that kubeseal writes: the length of the encrypted session key, the key, the text and its tag.
    let value = base64::engine::general_purpose::STANDARD.encode([&[2, 0][..], &[7; 512], &[9; 24]].concat());
    let names = [("agent", "key"), ("cache", "password"), ("files", "key"), ("queue", "url"), ("server", "password")];
    let all: Vec<String> =
        names.iter().map(|(name, key)| format!("[secrets.sealed.{name}]\n{key} = \"{value}\"\n")).collect();
    let head = "[secrets]\nprovider = \"sealed-secrets\"\n";
    let manifests = manifests(&format!("{head}{}", all.concat()));
    assert_eq!(reads(&manifests), made(&manifests));
    for (left_out, (name, key)) in names.iter().enumerate() {
        let mut some = all.clone();
        some.remove(left_out);
        let fault = render_text(&format!("{READERS}{head}{}", some.concat())).unwrap_err().to_string();
        assert!(fault.contains(&format!("key `{key}` of the Secret `{name}` is read but not sealed")), "{fault}");
        // The place that reads it is shown, wherever that is.
        assert!(fault.contains(&format!(" = \"{name}/{key}\"")), "{fault}");
    }
}

#[test]
fn the_driver_makes_all_variables_while_a_pod_of_the_application_runs() {
    let manifests = manifests(
        "[secrets]\nprovider = \"csi\"\n[secrets.csi]\nprovider = \"aws\"\nparameters = { region = \"eu-central-1\" }\n",
    );
    assert_eq!(reads(&manifests), made(&manifests));
    // No variable of the application itself is secret here, and still a pod must mount the class that makes the others.
    for manifest in manifests.iter().filter(|manifest| manifest["kind"] == "Deployment") {
        let volumes = manifest["spec"]["template"]["spec"]["volumes"].as_sequence().unwrap();
        let classes: Vec<&str> = volumes
            .iter()
            .filter_map(|volume| volume["csi"]["volumeAttributes"]["secretProviderClass"].as_str())
            .collect();
        assert_eq!(classes, ["shop-secrets", "shop-secret-files"], "{:?}", manifest["metadata"]["name"]);
    }
}

#[test]
fn a_secret_that_exists_is_made_by_nothing() {
    assert_eq!(made(&manifests("")), Keys::new());
}
