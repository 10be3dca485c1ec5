//! The folder `gitops/`: what is applied once, by hand, to the cluster of Argo CD or Flux.

use minijinja::value::Serde;
use minijinja::{Value, context};

use crate::app::gitops::{Followed, Operator};

/// Folder of the objects that make an operator follow the repository.
const FOLDER: &str = "gitops";

/// Path, template and context of each file.
pub(super) fn files(followed: &[Followed]) -> Vec<(String, &'static str, Value)> {
    let mut files: Vec<(String, &str, Value)> = followed.iter().flat_map(objects).collect();
    let resources: Vec<String> = files.iter().map(|(file, ..)| file.clone()).collect();
    if !resources.is_empty() {
        files.push(("kustomization.yaml".into(), "kubernetes/kustomization.yaml", context! { resources }));
    }
    files.into_iter().map(|(file, template, context)| (format!("{FOLDER}/{file}"), template, context)).collect()
}

/// The objects for one folder of manifests. With a migration Flux gets two Kustomizations: it knows no order within one.
fn objects(app: &Followed) -> Vec<(String, &'static str, Value)> {
    let name = &app.name;
    let context = |sync: &str, after: Option<&str>, removed: &Option<String>| {
        let migration = app.migration.as_ref().filter(|_| sync != *name);
        context! { app => Value::from(Serde(app)), name => sync, after, removed, migration }
    };
    if app.operator == Operator::Argocd {
        let context = context(name, None, &None);
        return vec![(format!("{name}-application.yaml"), "gitops/application.yaml", context)];
    }
    let source = context(name, None, &None);
    let mut files = vec![(format!("{name}-git-repository.yaml"), "gitops/git-repository.yaml", source)];
    let migrate = app.after_migration.as_ref().map(|_| format!("{name}-migrate"));
    if let Some(migrate) = &migrate {
        let context = context(migrate, None, &app.after_migration);
        files.push((format!("{migrate}-sync.yaml"), "gitops/sync.yaml", context));
    }
    let context = context(name, migrate.as_deref(), &app.before_migration);
    files.push((format!("{name}-sync.yaml"), "gitops/sync.yaml", context));
    files
}
