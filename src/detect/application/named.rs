//! The application that `app.toml` names: taken as it is written, whatever else the repository holds.

use super::App;
use crate::detect::code::{Code, Definition};
use crate::detect::tree::join;
use crate::vocabulary::{Framework, Interface};

/// What `app.toml` says of the application.
#[derive(Clone, Copy, Debug)]
pub struct NamedApplication<'a> {
    /// Folder that the code is imported from, below the root; `.` for the root.
    pub folder: &'a str,
    /// `module:attribute` or `module:factory()`.
    pub entrypoint: &'a str,
    /// What it is written with.
    pub framework: Framework,
    /// How the server calls it.
    pub interface: Interface,
    /// Django's settings module, where `app.toml` names it.
    pub settings: Option<&'a str>,
}

/// The application of that name; nothing when the repository has no such module.
pub(crate) fn named<'a>(code: &'a Code<'_>, wanted: &NamedApplication<'_>) -> Option<App<'a>> {
    let root = join("", wanted.folder)?;
    let (module, attribute) = wanted.entrypoint.split_once(':')?;
    let source = code.source(code.module_in(&root, module)?)?;
    let name = attribute.trim_end_matches("()");
    let line = match code.lookup(source, name) {
        Some(Definition::Value(place, stmt, _)) if place.path == source.path => stmt.line,
        _ => 0,
    };
    Some(App {
        framework: wanted.framework,
        interface: wanted.interface,
        source,
        attribute: attribute.to_owned(),
        line,
        is_factory: attribute.ends_with("()"),
        is_imported: false,
        root,
        module: module.to_owned(),
        scored: Vec::new(),
        is_named: true,
        named_at: None,
    })
}
