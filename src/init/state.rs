//! What the application keeps: its database file, the folders that it writes, and the migrations of its schema.

use std::path::Path;

use serde::Serialize;

use super::build::ImageBuild;
use super::command::{manage_py, where_manage_py_is};
use super::written;
use crate::detect::{Database, Migrations, Project, SqliteChoice};

/// The keys of `[volumes]`, `[security]` and `[migrations]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    replicas: Option<u32>,
    /// Whether only the pod itself can migrate its database.
    migrate_in_pod: bool,
    writable: Vec<String>,
    data: Option<Data>,
    migrate: Option<String>,
}

/// The claim that the SQLite file is on.
#[derive(Clone, Debug, Serialize)]
struct Data {
    mount: String,
    /// The file as the project has it.
    file: String,
    /// The workloads that share it, where workers need the same file.
    on: Vec<String>,
}

impl State {
    /// Chooses the keys for `project`; `build` gets steps that prepare the image, `advice` what a person should look at.
    pub(super) fn of(
        root: &Path,
        project: &Project,
        workers: &[&str],
        build: &mut ImageBuild,
        advice: &mut Vec<String>,
    ) -> Self {
        let is_sqlite = project.databases.first() == Some(&Database::Sqlite) && project.database_variable.is_none();
        let has_file = is_sqlite || project.sqlite_file.is_some();
        if let Some(choice) = project.sqlite_choice.as_ref().filter(|_| has_file) {
            advice.push(which_database(choice));
        }
        let mut data = None;
        if has_file {
            let layout = written::sqlite(root, project);
            advice.push(match &layout {
                Some(layout) => format!(
                    "the database is the SQLite file {}: it is on a volume, and only one pod can use it",
                    layout.file
                ),
                None => "the database is SQLite inside the container: it is lost with the pod, and two pods have two of them".into(),
            });
            advice.extend(other_database(project));
            if let Some(layout) = layout {
                build.steps.extend(layout.step);
                let others = workers.iter().map(|name| format!("worker-{name}"));
                let on = if workers.is_empty() {
                    Vec::new()
                } else {
                    std::iter::once("web".to_owned()).chain(others).collect()
                };
                if !on.is_empty() {
                    advice.push(format!(
                        "{} works on the same SQLite file: [volumes.data] is shared, for which its StorageClass must offer ReadWriteMany with file locks; a database server is safer",
                        workers.join(", ")
                    ));
                }
                data = Some(Data { mount: layout.mount, file: layout.file, on });
            }
        }
        if !has_file {
            advice.extend(without_driver(project));
        }
        let others = written::others(root, project, data.as_ref().map(|data| data.mount.as_str()));
        build.steps.extend(others.steps);
        Self {
            replicas: has_file.then_some(1),
            migrate_in_pod: has_file,
            writable: others.folders,
            data,
            migrate: migrate(project),
        }
    }
}

/// What decides between SQLite and another database, and what it takes to have that one.
fn which_database(choice: &SqliteChoice) -> String {
    let (variable, place) = (&choice.variable, format!("{}:{}", choice.place.file, choice.place.line));
    let set = if choice.when_set { "set" } else { "not set" };
    let other = match &choice.other {
        Some(other) => format!("the one at {}:{}", other.file, other.line),
        None => "the one that it names".to_owned(),
    };
    format!(
        "which database? With {variable} {set}, as app.toml has it, it is SQLite ({place}); otherwise {other}. For that one, set {variable} and its address, and remove [volumes.data], [rollout] and replicas = 1"
    )
}

/// What it takes to have another database than the SQLite file that the code falls back to.
fn other_database(project: &Project) -> Option<String> {
    let variable = project.database_variable.as_ref().filter(|_| project.sqlite_choice.is_none())?;
    let change = format!("put {variable} into [secrets.env], and remove [volumes.data], [rollout] and replicas = 1");
    let server = project.databases.iter().find(|database| **database != Database::Sqlite);
    Some(match server {
        Some(server) => format!(
            "which database? Without {variable}, as app.toml has it, it is SQLite; for {}, {change}",
            server.as_str()
        ),
        None => format!(
            "no driver of a database server is among the dependencies, and {variable} has SQLite for its default: for PostgreSQL, add psycopg (asyncpg for an async engine), {change}"
        ),
    })
}

/// An address is asked for that only a driver can follow.
fn without_driver(project: &Project) -> Option<String> {
    let variable = project.database_variable.as_ref()?;
    let is_sqlite = project.databases.first() == Some(&Database::Sqlite) && !project.dependency_files.is_empty();
    is_sqlite.then(|| {
        format!("{variable}: no driver of a database server is among the dependencies, so it can name a SQLite file alone; add one, such as psycopg")
    })
}

/// The command that migrates the database, in the folder of the code.
fn migrate(project: &Project) -> Option<String> {
    let command = project.migrate_command.clone().or(project.migrations.map(|migrations| match migrations {
        Migrations::Django => format!("python {} migrate --noinput", manage_py(project)),
        Migrations::Alembic => "alembic upgrade head".into(),
        Migrations::FlaskMigrate => "flask db upgrade".into(),
    }))?;
    let command = where_manage_py_is(&command, project);
    // Without `--app`, Flask looks for `app.py` and `wsgi.py` only.
    if command == "flask db upgrade" {
        let entry_point = project.entrypoint.as_deref().unwrap_or_default().trim_end_matches("()");
        return Some(format!("flask --app {entry_point} db upgrade"));
    }
    Some(command)
}
