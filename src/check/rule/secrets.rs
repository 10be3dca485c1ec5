//! A Secret that the set itself makes has the keys that pods read; one that it does not make may come from elsewhere.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::object::Object;
use crate::kube::path::at;
use crate::kube::value::{entries, items};
use crate::kube::workload::{SECRET, data_keys};

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for workload in bundle.workloads() {
        for volume in items(&workload.pod()["volumes"]) {
            let class = at(volume, "csi.volumeAttributes.secretProviderClass").as_str();
            if let Some(class) = class
                && bundle.find("SecretProviderClass", class).is_none()
            {
                report.fault(workload.object, format!("mounts SecretProviderClass `{class}`, which is not in the set"));
            }
        }
        for reference in workload.references(&SECRET) {
            let name = reference.name;
            // Several objects may write one Secret.
            let sources: Vec<_> = bundle.objects.iter().filter_map(|object| written(object, name)).collect();
            if reference.is_optional || sources.is_empty() {
                continue;
            }
            let has = |key: &&str| {
                sources.iter().any(|source| match source {
                    Keys::Named(names) => names.contains(key),
                    Keys::Unknown => true,
                })
            };
            for key in reference.keys.iter().filter(|key| !has(key)) {
                report.fault(workload.object, format!("reads key `{key}` of Secret `{name}`, which gets no such key"));
            }
        }
    }
}

/// The keys that an object puts into a Secret.
enum Keys<'o> {
    Named(Vec<&'o str>),
    /// Those that the store holds when it is read.
    Unknown,
}

/// The keys that `object` puts into the Secret called `secret`, when it writes that Secret.
///
/// Source: ExternalSecret v1 (`target.name`, `data`, `dataFrom`, `target.template`), SealedSecret v1alpha1
/// (`spec.encryptedData`), SecretProviderClass v1 (`secretObjects`).
fn written<'o>(object: &'o Object, secret: &str) -> Option<Keys<'o>> {
    let keys_of = |path| entries(object.at(path)).map(|(key, _)| key);
    let named_at = |path| object.at(path).as_str().unwrap_or(&object.identity.name);
    match object.identity.kind.as_str() {
        "Secret" if object.identity.name == secret => Some(Keys::Named(data_keys(object))),
        "SealedSecret" if named_at("spec.template.metadata.name") == secret => {
            Some(Keys::Named(keys_of("spec.encryptedData").chain(keys_of("spec.template.data")).collect()))
        }
        "ExternalSecret" if named_at("spec.target.name") == secret => {
            let open = ["spec.dataFrom", "spec.target.template.templateFrom"];
            if open.into_iter().any(|path| items(object.at(path)).next().is_some()) {
                return Some(Keys::Unknown);
            }
            let fetched = items(object.at("spec.data")).filter_map(|entry| entry["secretKey"].as_str());
            Some(Keys::Named(fetched.chain(keys_of("spec.target.template.data")).collect()))
        }
        "SecretProviderClass" => {
            let mut objects = items(object.at("spec.secretObjects"));
            let made = objects.find(|made| made["secretName"].as_str() == Some(secret))?;
            Some(Keys::Named(items(&made["data"]).filter_map(|entry| entry["key"].as_str()).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "secrets";
    const SECRET: &str = "k8s/external-secret.yaml";

    #[test]
    fn a_secret_of_the_set_has_the_keys_that_are_read() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(SECRET, "secretKey: DATABASE_URL", "secretKey: DB").assert_finds(
            RULE,
            Fault,
            "key `DATABASE_URL` of Secret `shop-secrets`",
        );
        Sample::good()
            .edit(SECRET, "  data:\n", "  dataFrom:\n    - extract:\n        key: shop\n  data:\n")
            .edit(SECRET, "secretKey: DATABASE_URL", "secretKey: DB")
            .assert_silent(RULE);
    }

    #[test]
    fn a_secret_from_elsewhere_is_not_judged() {
        Sample::good().without(SECRET).assert_silent(RULE);
    }

    #[test]
    fn sealed_and_mounted_secrets_are_known() {
        let sealed = |key| {
            format!(
                "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: shop-secrets\n  namespace: shop\nspec:\n  encryptedData:\n    {key}: AgBx\n"
            )
        };
        Sample::good().put(SECRET, &sealed("DATABASE_URL")).assert_silent(RULE);
        Sample::good().put(SECRET, &sealed("OTHER")).assert_finds(RULE, Fault, "gets no such key");
        let class = |key| {
            format!(
                "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  provider: aws\n  secretObjects:\n    - secretName: shop-secrets\n      type: Opaque\n      data:\n        - objectName: url\n          key: {key}\n"
            )
        };
        Sample::good().put(SECRET, &class("DATABASE_URL")).assert_silent(RULE);
        let volume = "          csi:\n            driver: secrets-store.csi.k8s.io\n            volumeAttributes:\n              secretProviderClass: shop\n";
        let mounted = Sample::good().edit("k8s/worker.yaml", "          emptyDir: {}\n", volume);
        mounted.clone().put(SECRET, &class("DATABASE_URL")).assert_silent(RULE);
        mounted.assert_finds(RULE, Fault, "SecretProviderClass `shop`");
        Sample::good().put(SECRET, &class("OTHER")).assert_finds(RULE, Fault, "gets no such key");
    }
}
