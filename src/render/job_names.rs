//! Names of Jobs: their pod template can never change, so a changed one is another Job, by its name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::environment::Templates;
use super::manifest;
use crate::app::App;
use crate::app::object::{Kind, Object, ObjectMeta};
use crate::fingerprint::Fingerprint;
use crate::kube::path::at;
use crate::kube::yaml::document::documents;

/// The names of an application's Jobs, by those that they would have without a hash.
///
/// The hash is of the pod template as the cluster will see it, not of what it was rendered from: comments, the order of
/// keys and the inside of pykube may change from one version to the next, and no Job runs again for that.
#[derive(Debug, Default)]
pub(super) struct JobNames(BTreeMap<String, String>);

impl JobNames {
    pub(super) fn of(app: &App, templates: &Templates) -> anyhow::Result<Self> {
        let mut names = BTreeMap::new();
        // Whoever follows the repository is told to replace a Job; the digest in the kustomization is not seen here.
        if app.workflow.iter().flat_map(|workflow| &workflow.deployments).any(|deployment| deployment.followed) {
            return Ok(Self(names));
        }
        for object in app.objects.iter().filter(|object| matches!(object.kind, Kind::Job(_))) {
            let context = manifest::context(&object.kind, &object.metadata);
            let text = templates.render(&manifest::template(&object.kind), context)?;
            let name = &object.metadata.name;
            names.insert(name.clone(), format!("{name}-{}", Fingerprint::of(pod_template(&text)?).short()));
        }
        Ok(Self(names))
    }

    /// The metadata of `object`, with the name that it gets.
    pub(super) fn metadata<'a>(&self, object: &'a Object) -> Cow<'a, ObjectMeta> {
        match (&object.kind, self.0.get(&object.metadata.name)) {
            (Kind::Job(_), Some(name)) => Cow::Owned(ObjectMeta { name: name.clone(), ..object.metadata.clone() }),
            _ => Cow::Borrowed(&object.metadata),
        }
    }
}

/// The pod template of the Job in `text`, the same for all texts that mean the same.
fn pod_template(text: &str) -> anyhow::Result<String> {
    let mut job = documents(text).map_err(anyhow::Error::msg)?.into_iter().next().unwrap_or_default();
    job.sort_all_objects();
    Ok(at(&job, "spec.template").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "kind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: a\n          args: [\"1\"]\n";

    #[test]
    fn what_means_the_same_has_the_same_name() {
        let one = pod_template(JOB).unwrap();
        let same = JOB.replace(
            "spec:\n      restartPolicy: Never\n      containers:",
            "spec:\n      # new words\n      containers:",
        ) + "      restartPolicy: \"Never\"\n";
        assert_eq!(one, pod_template(&same).unwrap());
        assert_eq!(one, pod_template(&JOB.replace("name: a}", "name: b}")).unwrap(), "its own name is no part of it");
        for other in [JOB.replace("\"1\"", "1"), JOB.replace("\"1\"", "\"2\""), JOB.replace("Never", "OnFailure")] {
            assert_ne!(one, pod_template(&other).unwrap(), "{other}");
        }
    }
}
