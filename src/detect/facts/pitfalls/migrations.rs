//! Tables that nothing makes: models without a migration, and migrations that were never made.

use super::fault;
use super::settings::Settings;
use crate::detect::context::Context;
use crate::detect::project::CodeFault;
use crate::detect::python::{Class, Expr, ExprKind, StmtKind};
use crate::detect::tree::{extension, file_name, join, parent};

/// Installed packages of the project with a model and without a migration: `migrate` creates no table for them.
/// Source: <https://docs.djangoproject.com/en/stable/topics/migrations/#adding-migrations-to-apps>
pub(super) fn of_django(context: &Context<'_>, settings: &Settings<'_>, faults: &mut Vec<CodeFault>) {
    if settings.chain.iter().any(|source| source.mentions("MIGRATION_MODULES")) {
        return;
    }
    for (source, text) in settings.listed("INSTALLED_APPS") {
        let Some(app) = text.as_str() else { continue };
        let module = app.split(".apps.").next().unwrap_or(app);
        let Some(init) = context.code.module_in(&context.root, module) else { continue };
        if source.path == init || file_name(init) != "__init__.py" {
            continue;
        }
        let folder = parent(init);
        let is_migration = |path: &str| extension(path) == "py" && file_name(path) != "__init__.py";
        let below = join(folder, "migrations").unwrap_or_default();
        if context.code.tree.in_folder(&below).any(is_migration) {
            continue;
        }
        let Some(models) = join(folder, "models.py").and_then(|path| context.code.source(&path)) else { continue };
        let model = models.module.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Class(class) if is_table(class) => Some((stmt.line, class)),
            _ => None,
        });
        if let Some((line, class)) = model {
            let label = module.rsplit('.').next().unwrap_or(module);
            let message =
                format!("`{label}` has models and no migration: `migrate` creates no table for `{}`", class.name);
            let help = format!("python manage.py makemigrations {label}, and commit what it writes");
            faults.push(fault(models.evidence(line), message, help));
        }
    }
}

/// Whether a class is a model that Django makes a table for.
fn is_table(class: &Class) -> bool {
    let is_model = class.bases.iter().any(|base| base.dotted().is_some_and(|name| name == "models.Model"));
    let meta = class.body.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Class(inner) if inner.name == "Meta" => Some(inner),
        _ => None,
    });
    let is_set = |name: &str, wanted: bool| {
        meta.is_some_and(|meta| {
            meta.body.iter().any(|stmt| match &stmt.kind {
                StmtKind::Assign { targets, value: Some(value), .. } => {
                    targets.iter().any(|target: &Expr| target.as_name() == Some(name))
                        && matches!(value.kind, ExprKind::Bool(set) if set == wanted)
                }
                _ => false,
            })
        })
    };
    is_model && !is_set("abstract", true) && !is_set("managed", false) && !is_set("proxy", true)
}

/// A revision of Alembic in the repository.
/// Source: <https://alembic.sqlalchemy.org/en/latest/tutorial.html#create-a-migration-script>
pub(super) fn revision(context: &Context<'_>) -> Option<String> {
    let tree = context.code.tree;
    let mut scripts = tree
        .paths()
        .filter(|path| extension(path) == "py" && (path.contains("versions/") || path.contains("migrations/")));
    let found = scripts.find(|path| tree.read(path).is_some_and(|text| text.contains("down_revision")));
    found.map(str::to_owned)
}
