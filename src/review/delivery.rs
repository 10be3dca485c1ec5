//! The way of deployment: who brings the rendered objects to the cluster, read from the files of the plan.

use crate::kube::object::Object;
use crate::write::Plan;

/// Who applies the manifests, and so what becomes of an object that is no longer rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The rendered release, phase by phase; of what pykube renders it deletes what is no longer asked for.
    Release,
    /// A rendered Application (Argo CD) or Kustomization (Flux) that prunes.
    GitOps,
    /// `kubectl apply`, by hand or by a controller that this project does not configure: everything at once, nothing deleted.
    #[default]
    Apply,
}

/// The file name of the rendered release.
const SCRIPT: &str = "release.py";

impl Delivery {
    /// As the files of `plan` have it after the render; `objects` are those of its manifests.
    pub(super) fn of(plan: &Plan, objects: &[Object]) -> Self {
        let prunes = |object: &Object| match (object.identity.kind.as_str(), object.identity.group.as_str()) {
            ("Application", "argoproj.io") => object.at("spec.syncPolicy.automated.prune").as_bool(),
            ("Kustomization", "kustomize.toolkit.fluxcd.io") => object.at("spec.prune").as_bool(),
            _ => None,
        };
        let mut rendered = plan.changes.iter().filter(|change| change.after.is_some());
        if objects.iter().any(|object| prunes(object) == Some(true)) {
            Self::GitOps
        } else if rendered.any(|change| change.path.name() == SCRIPT) {
            Self::Release
        } else {
            Self::Apply
        }
    }

    /// The word by which JSON knows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::GitOps => "gitops",
            Self::Apply => "apply",
        }
    }

    /// Whether an object of `kind` that is no longer rendered is deleted. Claims, Secrets and namespaces never are.
    pub(crate) fn deletes(self, kind: &str) -> bool {
        self != Self::Apply && !["PersistentVolumeClaim", "Secret", "Namespace"].contains(&kind)
    }
}

/// A phase of the rendered release, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The migration, and what its pods need.
    Migrate,
    /// The number of pods goes to an autoscaler, or back.
    HandOver,
    BringUp,
    Turn,
    TakeAway,
}

impl Phase {
    /// The word by which JSON and the release itself know it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::HandOver => "hand over",
            Self::BringUp => "bring up",
            Self::Turn => "turn",
            Self::TakeAway => "take away",
        }
    }
}
