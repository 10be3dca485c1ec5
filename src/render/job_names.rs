//! Names of Jobs: their pod template can never change, so a changed one is another Job, by its name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::environment::Templates;
use super::manifest;
use crate::app::App;
use crate::app::object::{Kind, Object, ObjectMeta};
use crate::kube::object::content_hash;
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
        // Whoever follows the repository is expected to replace a Job; the digest in the kustomization is not seen
        // here.
        if app.workflow.iter().flat_map(|workflow| &workflow.deployments).any(|deployment| deployment.followed) {
            return Ok(Self(names));
        }
        for object in app.objects.iter().filter(|object| matches!(object.kind, Kind::Job(_))) {
            let context = manifest::context(&object.kind, &object.metadata);
            let text = templates.render(&manifest::template(&object.kind), context)?;
            let job = documents(&text).map_err(anyhow::Error::msg)?.into_iter().next().unwrap_or_default();
            let name = &object.metadata.name;
            names.insert(name.clone(), format!("{name}-{}", content_hash("Job", &job)));
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
