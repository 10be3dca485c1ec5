//! Annotations by which an object tells the operators that apply it from Git, Argo CD and Flux, what to do with it.
//!
//! Sources: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>,
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/>,
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#hook-lifecycle-and-cleanup>,
//! <https://fluxcd.io/flux/components/kustomize/kustomizations/>

use serde_json::Value;

/// An annotation with its value.
pub(crate) type Note = (&'static str, &'static str);

/// Flux deletes what cannot be changed, and makes it again.
pub(crate) const FLUX_REPLACES: Note = ("kustomize.toolkit.fluxcd.io/force", "enabled");
/// Flux leaves it in the cluster when it is no longer in Git.
pub(crate) const FLUX_KEEPS: Note = ("kustomize.toolkit.fluxcd.io/prune", "disabled");
/// When Argo CD runs a hook, such as a Job: in each sync.
pub(crate) const ARGO_HOOK: Note = ("argocd.argoproj.io/hook", "Sync");
/// Argo CD deletes the hook of the sync before; its default, too.
pub(crate) const ARGO_REPLACES: Note = ("argocd.argoproj.io/hook-delete-policy", "BeforeHookCreation");
/// Argo CD leaves it in the cluster when it is no longer in Git.
pub(crate) const ARGO_KEEPS: Note = (ARGO_OPTIONS, "Prune=false");
/// What stays so is not a difference to Argo CD: an application with one would be out of sync, and be synced, over and
/// over.
pub(crate) const ARGO_IGNORES_KEPT: Note = ("argocd.argoproj.io/compare-options", "IgnoreExtraneous");
/// Argo CD deletes it after all else is synced.
pub(crate) const ARGO_PRUNES_LAST: Note = (ARGO_OPTIONS, "PruneLast=true");

const ARGO_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// Whether the operator deletes the object first where it cannot change.
pub(crate) fn is_replaced(object: &Value) -> bool {
    let policy = annotation(object, ARGO_REPLACES.0);
    let is_hook = !annotation(object, ARGO_HOOK.0).is_empty();
    has(object, FLUX_REPLACES)
        || (is_hook && (policy.is_empty() || policy.contains(ARGO_REPLACES.1)))
        || has_option(object, "Force=true")
}

/// Whether the object stays in the cluster when it is no longer in Git.
pub(crate) fn is_kept(object: &Value) -> bool {
    has(object, FLUX_KEEPS) || has_option(object, ARGO_KEEPS.1)
}

/// Whether the object has the annotation with this value.
pub(crate) fn has(object: &Value, (name, value): Note) -> bool {
    annotation(object, name) == value
}

/// The annotation called `name`; empty when it is not there.
fn annotation<'a>(object: &'a Value, name: &str) -> &'a str {
    object["metadata"]["annotations"][name].as_str().unwrap_or_default()
}

fn has_option(object: &Value, option: &str) -> bool {
    annotation(object, ARGO_OPTIONS).split(',').any(|one| one.trim() == option)
}
