//! The address in `alembic.ini`, where the migrations take it as it stands.
//! Source: <https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file>

use crate::detect::context::Context;
use crate::detect::environment::{hosts_of_address, names_local_host};
use crate::detect::project::{Database, Project};
use crate::detect::tree::{join, parent};

/// What an `env.py` says that takes the address from anywhere else.
const OTHERWISE: [&str; 10] = [
    "set_main_option",
    "set_section_option",
    "\"sqlalchemy.url\"]",
    "'sqlalchemy.url']",
    "\"sqlalchemy.url\":",
    "'sqlalchemy.url':",
    "create_engine(",
    "create_async_engine(",
    "environ",
    "getenv",
];

/// What is said about the database that `alembic.ini` names; nothing where `env.py` puts another address in its place.
pub(super) fn fixed_address(context: &Context<'_>, path: &str, project: &Project) -> Option<String> {
    let text = context.code.tree.read(path)?;
    let value = |key: &str| {
        (1..).zip(text.lines()).find_map(|(number, line)| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key && !value.trim().is_empty()).then(|| (number, value.trim().to_owned()))
        })
    };
    let (line, address): (u32, String) = value("sqlalchemy.url")?;
    let (_, location) = value("script_location")?;
    let location = location.trim_start_matches("%(here)s/");
    let env = [parent(path), context.root.as_str(), ""]
        .into_iter()
        .filter_map(|folder| join(folder, &format!("{location}/env.py")))
        .find_map(|path| Some((context.code.tree.read(&path)?, path)));
    // `%(NAME)s` is put together by Python that runs alembic.
    let (env, env_path) = env.filter(|_| !address.contains("%("))?;
    // `engine_from_config` and `async_engine_from_config` take what the file says.
    if !env.contains("engine_from_config(") || OTHERWISE.iter().any(|word| env.contains(word)) {
        return None;
    }
    let variable = project.database_variable.as_deref().unwrap_or("DATABASE_URL");
    let is_sqlite = address.starts_with("sqlite");
    if is_sqlite && project.databases.first() == Some(&Database::Sqlite) && project.database_variable.is_none() {
        return None;
    }
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let host = hosts_of_address(rest);
    let (what, why) = if is_sqlite {
        (address.as_str(), "a file of the pod that migrates".to_owned())
    } else if names_local_host(rest) {
        (host, "which a pod does not have".to_owned())
    } else {
        (host, format!("whatever {variable} says"))
    };
    Some(format!(
        "{path}:{line} fixes the database of the migrations to {what}, {why}: let {env_path} take the one of the service, \
         `config.set_main_option(\"sqlalchemy.url\", os.environ[\"{variable}\"])`"
    ))
}
