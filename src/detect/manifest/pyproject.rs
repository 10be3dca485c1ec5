//! `pyproject.toml`: PEP 621, PEP 735, Poetry, PDM, Hatch, and what `dynamic` dependencies are read from.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{Dependency, MAX_DEPENDENCIES, Manifest, Section, normalised, requirement};
use crate::detect::budget::{Budget, Omission};
use crate::detect::project::PackageManager;
use crate::detect::text_file::TextFile;
use crate::detect::tree::{Tree, join};

pub(crate) fn read(tree: &Tree, manifest: &mut Manifest) {
    let Some(path) = manifest.path(tree, "pyproject.toml") else { return };
    let Some(text) = tree.read(&path) else { return };
    manifest.classified(&text);
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            manifest
                .warnings
                .push(format!("`{path}` is not TOML at line {line}: {}; it was left out", error.message()));
            return;
        }
    };
    let file = File { file: &text, budget: &tree.budget };
    let before = manifest.dependencies.len();
    if let Some(project) = table.get("project").and_then(Value::as_table) {
        file.project(project, manifest);
        File::dynamic(tree, project, &table, manifest);
    }
    if let Some(groups) = table.get("dependency-groups").and_then(Value::as_table) {
        file.groups(groups, manifest);
    }
    let tool = table.get("tool").and_then(Value::as_table);
    if let Some(tool) = tool {
        manifest.tools = tool.keys().cloned().collect();
        file.poetry(tool, manifest);
        file.other_tools(tool, manifest);
    }
    manifest.is_package |= table.contains_key("build-system") && manifest.name.is_some() && !is_virtual(tool);
    let main = manifest.dependencies[before..].iter().any(|dependency| dependency.section == Section::Main);
    if main {
        manifest.files.insert(0, path.clone());
    } else if manifest.dependencies.len() > before {
        // Nothing but groups: the production one is what an install reads.
        for dependency in &mut manifest.dependencies[before..] {
            if matches!(&dependency.section, Section::Group(name) if matches!(name.as_str(), "main" | "prod" | "production" | "default" | "app" | "runtime"))
            {
                dependency.section = Section::Main;
            }
        }
        if manifest.dependencies[before..].iter().any(|dependency| dependency.section == Section::Main) {
            manifest.files.insert(0, path.clone());
        }
    }
    if let Some((line, entrypoint)) = tool
        .and_then(|tool| tool.get("fastapi")?.get("entrypoint")?.as_str())
        .map(|entrypoint| (text.line_of(entrypoint), entrypoint.to_owned()))
    {
        manifest.fastapi_entrypoint = Some((entrypoint, text.evidence(line)));
    }
}

/// Whether the tool's own table says that the project itself is not installed.
fn is_virtual(tool: Option<&Table>) -> bool {
    let flag = |name: &str, key: &str| tool.and_then(|tool| tool.get(name)?.get(key)?.as_bool());
    flag("uv", "package") == Some(false)
        || flag("poetry", "package-mode") == Some(false)
        || flag("pdm", "distribution") == Some(false)
}

/// The file, whose lines are the evidence.
struct File<'a> {
    file: &'a TextFile,
    budget: &'a Budget,
}

impl File<'_> {
    fn requirement(&self, text: &str, section: &Section) -> Option<Dependency> {
        // The line of the requirement as written; the same text may be in two sections, which hardly matters.
        requirement::parse(
            text,
            self.file.path(),
            self.file.line_of(text.split(['"', '\'']).next().unwrap_or(text)),
            section,
        )
    }

    fn list(&self, value: Option<&Value>, section: &Section, manifest: &mut Manifest) {
        let entries = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for entry in entries {
            if self.is_full(manifest) {
                return;
            }
            manifest.dependencies.extend(self.requirement(entry, section));
        }
    }

    /// Whether there are more dependencies than are read.
    fn is_full(&self, manifest: &Manifest) -> bool {
        let is_full = manifest.dependencies.len() > MAX_DEPENDENCIES;
        if is_full {
            self.budget.leave_out(Omission::TooMany, self.file.path());
        }
        is_full
    }

    fn project(&self, project: &Table, manifest: &mut Manifest) {
        let name = project.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        manifest.name = name.map(str::to_owned);
        if let Some(requires) = project.get("requires-python").and_then(Value::as_str) {
            self.requires_python(requires, "requires-python", manifest);
        }
        self.list(project.get("dependencies"), &Section::Main, manifest);
        for (extra, list) in project.get("optional-dependencies").and_then(Value::as_table).into_iter().flatten() {
            self.list(Some(list), &Section::Extra(normalised(extra)), manifest);
        }
        for table in ["scripts", "entry-points"] {
            for (name, target) in project.get(table).and_then(Value::as_table).into_iter().flatten() {
                if let Some(target) = target.as_str() {
                    manifest.scripts.insert(name.clone(), target.to_owned());
                }
            }
        }
    }

    fn requires_python(&self, requires: &str, key: &str, manifest: &mut Manifest) {
        let line = self.file.line_of(key);
        manifest.requires_python.push((requires.to_owned(), self.file.evidence(line)));
    }

    /// `dynamic = ["dependencies"]`, read by setuptools or a Hatch plug-in from requirements files.
    fn dynamic(tree: &Tree, project: &Table, table: &Table, manifest: &mut Manifest) {
        let listed = |name: &str| {
            project
                .get("dynamic")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .any(|entry| entry.as_str() == Some(name))
        };
        if !listed("dependencies") {
            return;
        }
        let tool = table.get("tool");
        let setuptools = tool.and_then(|tool| tool.get("setuptools")?.get("dynamic")?.get("dependencies")?.get("file"));
        let hatch = tool
            .and_then(|tool| tool.get("hatch")?.get("metadata")?.get("hooks")?.get("requirements_txt")?.get("files"));
        let files = setuptools.into_iter().chain(hatch).flat_map(|value| match value {
            Value::Array(entries) => entries.iter().filter_map(Value::as_str).collect(),
            Value::String(entry) => vec![entry.as_str()],
            _ => Vec::new(),
        });
        for file in files {
            if let Some(path) = join(&manifest.folder, file) {
                let mut read = Vec::new();
                manifest.dependencies.extend(requirement::read_file(tree, &path, &Section::Main, &mut read));
            }
        }
    }

    /// PEP 735, `include-group` followed.
    fn groups(&self, groups: &Table, manifest: &mut Manifest) {
        for (name, list) in groups {
            let section = Section::Group(normalised(name));
            self.list(Some(list), &section, manifest);
            for included in
                list.as_array().into_iter().flatten().filter_map(|entry| entry.get("include-group")?.as_str())
            {
                self.list(groups.get(included), &section, manifest);
            }
        }
    }

    fn poetry(&self, tool: &Table, manifest: &mut Manifest) {
        let Some(poetry) = tool.get("poetry").and_then(Value::as_table) else { return };
        if manifest.name.is_none() {
            manifest.name =
                poetry.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        for (name, target) in poetry.get("scripts").and_then(Value::as_table).into_iter().flatten() {
            if let Some(target) = target.as_str() {
                manifest.scripts.insert(name.clone(), target.to_owned());
            }
        }
        let main = poetry.get("dependencies").and_then(Value::as_table);
        if let Some(python) = main.and_then(|main| main.get("python")?.as_str()) {
            self.requires_python(python, "python = ", manifest);
        }
        let optional = Self::optional(poetry);
        self.poetry_table(main, &Section::Main, &optional, manifest);
        self.poetry_table(
            poetry.get("dev-dependencies").and_then(Value::as_table),
            &Section::Group("dev".to_owned()),
            &optional,
            manifest,
        );
        for (name, group) in poetry.get("group").and_then(Value::as_table).into_iter().flatten() {
            let section = Section::Group(normalised(name));
            self.poetry_table(group.get("dependencies").and_then(Value::as_table), &section, &optional, manifest);
        }
        if main.is_some() || tool.get("poetry").is_some_and(|poetry| poetry.get("packages").is_some()) {
            manifest.manager.get_or_insert(PackageManager::Poetry);
        }
    }

    /// Optional package to the extra that brings it.
    fn optional(poetry: &Table) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (extra, list) in poetry.get("extras").and_then(Value::as_table).into_iter().flatten() {
            for name in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
                found.entry(normalised(name)).or_insert_with(|| normalised(extra));
            }
        }
        found
    }

    fn poetry_table(
        &self,
        table: Option<&Table>,
        section: &Section,
        optional: &BTreeMap<String, String>,
        manifest: &mut Manifest,
    ) {
        for (name, value) in table.into_iter().flatten().filter(|(name, _)| *name != "python") {
            if self.is_full(manifest) {
                return;
            }
            let specifier = value.as_str().or_else(|| value.get("version")?.as_str()).unwrap_or_default();
            let extras = value.get("extras").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let is_optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            let normal = normalised(name);
            let extra = optional.get(&normal).cloned();
            let section = match (is_optional, extra) {
                (true, Some(extra)) => Section::Extra(extra),
                _ => section.clone(),
            };
            manifest.dependencies.push(Dependency {
                name: normal,
                specifier: specifier.to_owned(),
                extras: extras.map(normalised).collect(),
                file: self.file.path().to_owned(),
                line: self.file.line_beginning(name),
                section,
            });
        }
    }

    fn other_tools(&self, tool: &Table, manifest: &mut Manifest) {
        for (name, list) in
            tool.get("pdm").and_then(|pdm| pdm.get("dev-dependencies")?.as_table()).into_iter().flatten()
        {
            self.list(Some(list), &Section::Group(normalised(name)), manifest);
        }
        self.list(
            tool.get("uv").and_then(|uv| uv.get("dev-dependencies")),
            &Section::Group("dev".to_owned()),
            manifest,
        );
        if tool.contains_key("pdm") {
            manifest.manager.get_or_insert(PackageManager::Pdm);
        }
        if tool.get("uv").and_then(Value::as_table).is_some_and(|uv| !uv.keys().all(|key| key == "pip")) {
            manifest.manager.get_or_insert(PackageManager::Uv);
        }
    }
}
