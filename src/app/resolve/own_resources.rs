//! `[cluster] resources`: manifests of the user's own, which the kustomization lists beside the rendered ones.

use std::collections::BTreeSet;

use super::super::OutputPaths;
use super::super::object::Object;
use super::super::value::FilePath;
use super::Options;
use super::faults::Faults;
use crate::config::section::ClusterSection;
use crate::diagnostic::Diagnostic;
use crate::kube::object::objects;

/// The entries, as the kustomization names them.
pub(super) fn resolve(
    section: &ClusterSection,
    options: &Options,
    paths: &OutputPaths,
    rendered: &[Object],
    faults: &mut Faults<'_>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (index, entry) in section.resources.iter().enumerate() {
        let index = index.to_string();
        let place = ["cluster", "resources", index.as_str()];
        if entry.contains(['*', '?', '[']) {
            let fault =
                Diagnostic::error("`cluster.resources` must name files and folders: kustomize takes no patterns");
            let fault = faults.document().at_value(fault, &place, "");
            faults.push(fault.help("name each file, or a folder with a `kustomization.yaml` that lists them"));
            continue;
        }
        let Some(path) = faults.parse::<FilePath>(entry, &place) else { continue };
        let name = if ClusterSection::is_manifest(path.as_ref()) {
            file(&path, &place, options, paths, rendered, faults)
        } else {
            folder(&path, &place, options, paths, faults)
        };
        match name {
            Some(name) if found.contains(&name) => faults.refuse(&place, "is listed twice"),
            Some(name) => found.push(name),
            None => {}
        }
    }
    found
}

/// A file below the folder of the manifests: kustomize reads no other.
/// Source: <https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/loader/loadrestrictions.go>
fn file(
    path: &FilePath,
    place: &[&str],
    options: &Options,
    paths: &OutputPaths,
    rendered: &[Object],
    faults: &mut Faults<'_>,
) -> Option<String> {
    let Some(below) = path.as_ref().strip_prefix(&format!("{}/", paths.manifests)) else {
        let message =
            format!("`cluster.resources` names `{path}`, and kustomize reads files below `{}` only", paths.manifests);
        let help = format!(
            "move it to `{}/own/{}`, or name its folder, with a `kustomization.yaml` that lists it",
            paths.manifests,
            path.file_name()
        );
        let fault = faults.document().at_value(Diagnostic::error(message), place, "");
        faults.push(fault.help(help));
        return None;
    };
    let is_rendered = |object: &Object| format!("{}.yaml", object.file) == below;
    if path.file_name() == "kustomization.yaml" || rendered.iter().any(is_rendered) {
        faults.refuse(
            place,
            &format!("names `{path}`, which is not yours: pykube writes it, or kustomize reads it itself"),
        );
        return None;
    }
    let text = options.text(path.as_ref(), place, faults)?;
    objects_fit(path.as_ref(), text, place, rendered, faults);
    Some(below.to_owned())
}

/// Objects that the API knows by a name, and that are not rendered as well: kustomize refuses a second one.
fn objects_fit(path: &str, text: &str, place: &[&str], rendered: &[Object], faults: &mut Faults<'_>) {
    let own = match objects(path, text) {
        Ok(Some(own)) => own,
        Ok(None) => return faults.refuse(place, &format!("names `{path}`, which holds a document without `kind`")),
        Err(error) => return faults.refuse(place, &format!("names `{path}`, which is not readable YAML: {error}")),
    };
    let taken: BTreeSet<(&str, &str)> =
        rendered.iter().map(|object| (object.kind.name(), object.metadata.name.as_str())).collect();
    for object in own {
        let (kind, name) = (object.identity.kind.as_str(), object.identity.name.as_str());
        if name.is_empty() && object.at("metadata.generateName").is_null() {
            faults.refuse(place, &format!("names `{path}`, which holds a {kind} without a name"));
        } else if taken.contains(&(kind, name)) {
            let message = format!("`{path}` holds {kind} `{name}`, which pykube renders as well");
            let fault = faults.document().at_value(Diagnostic::error(message), place, "");
            faults.push(fault.help("give yours another name, or change the rendered one by `[[patches]]`"));
        }
    }
}

/// A folder with a kustomization of its own, which does not take the rendered one in turn.
fn folder(
    path: &FilePath,
    place: &[&str],
    options: &Options,
    paths: &OutputPaths,
    faults: &mut Faults<'_>,
) -> Option<String> {
    let own: Vec<&str> = paths.manifests.split('/').collect();
    let parts: Vec<&str> = path.as_ref().split('/').collect();
    let shared = own.iter().zip(&parts).take_while(|(one, other)| one == other).count();
    if shared == parts.len() {
        let clause = format!("names `{path}`, which holds `{}`: it would apply itself", paths.manifests);
        faults.refuse(place, &clause);
        return None;
    }
    options.text(&ClusterSection::resource_file(path.as_ref()), place, faults)?;
    let mut steps = vec![".."; own.len() - shared];
    steps.extend(&parts[shared..]);
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use crate::app::{Options, resolve};
    use crate::config::{ProjectFiles, parse};

    /// The entries of the kustomization for `written`, or what is wrong.
    fn entries(written: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\n[cluster]\nmanifests = \"deploy/k8s\"\nresources = [{written}]\n"
        );
        let (config, document) = parse("app.toml".into(), text).map_err(|faults| faults.render(false))?;
        let mut files = ProjectFiles::default();
        let object = |kind: &str, name: &str| format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n");
        for (path, text) in [
            ("deploy/k8s/own/a.yaml", object("ConfigMap", "a")),
            ("deploy/k8s/b.yml", object("ConfigMap", "b")),
            ("deploy/k8s/twin.yaml", object("Service", "shop-web")),
            ("deploy/k8s/nameless.yaml", "kind: ConfigMap\n".into()),
            ("deploy/own/kustomization.yaml", "resources: []\n".into()),
            ("base/kustomization.yaml", "resources: []\n".into()),
            ("deploy/k8s/more/kustomization.yaml", "resources: []\n".into()),
        ] {
            files.insert(path, Ok(text));
        }
        files.insert("deploy/k8s/gone.yaml", Err("does not exist".into()));
        let options = Options { files, ..Options::default() };
        let app = resolve(&config, &document, &options).map_err(|faults| faults.render(false))?;
        Ok(app.own_resources)
    }

    #[test]
    fn files_below_the_manifests_and_folders_anywhere_are_named_as_the_kustomization_sees_them() {
        for (written, named) in [
            ("", vec![]),
            ("\"deploy/k8s/own/a.yaml\", \"./deploy/k8s/b.yml\"", vec!["own/a.yaml", "b.yml"]),
            ("\"deploy/own\", \"base/\"", vec!["../own", "../../base"]),
            ("\"deploy/k8s/more\"", vec!["more"]),
        ] {
            assert_eq!(entries(written).unwrap(), named, "{written}");
        }
    }

    #[test]
    fn what_kustomize_or_pykube_would_trip_over_is_refused() {
        for (written, message) in [
            ("\"deploy/k8s/*.yaml\"", "kustomize takes no patterns"),
            ("\"deploy/a.yaml\"", "move it to `deploy/k8s/own/a.yaml`"),
            ("\"../a.yaml\"", "leaves"),
            ("\"deploy/k8s/service.yaml\"", "is not yours"),
            ("\"deploy/k8s/own/kustomization.yaml\"", "kustomize reads it itself"),
            ("\"deploy/k8s/gone.yaml\"", "does not exist"),
            ("\"deploy/k8s/twin.yaml\"", "which pykube renders as well"),
            ("\"deploy/k8s/nameless.yaml\"", "without a name"),
            ("\"deploy\"", "would apply itself"),
            ("\"deploy/k8s\"", "would apply itself"),
            ("\"elsewhere\"", "was not read"),
            ("\"base\", \"base/\"", "twice"),
        ] {
            let faults = entries(written).unwrap_err();
            assert!(faults.contains(message), "{written}: {faults}");
        }
    }
}
