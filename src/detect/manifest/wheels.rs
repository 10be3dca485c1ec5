//! Which locked packages come without a wheel that fits: they are built from source, and that may take a compiler.

use std::collections::{BTreeMap, BTreeSet};

/// One package of a lock file.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is what one kind of line says")]
struct Locked {
    name: String,
    dependencies: Vec<String>,
    /// From a folder, a repository or an address: not from an index.
    is_elsewhere: bool,
    /// The project itself, or a member of its workspace.
    is_own: bool,
    /// Only for development, or for an extra.
    is_aside: bool,
    has_source: bool,
    has_wheel: bool,
}

/// The packages that `uv.lock`, `poetry.lock` or `pdm.lock` has no wheel of for Linux and Python 3.`minor`.
pub(crate) fn built(lock: &str, minor: u32) -> Vec<String> {
    let packages = read(lock, minor);
    let needed = reachable(&packages);
    let is_built = |package: &&Locked| {
        package.has_source && !package.has_wheel && !package.is_elsewhere && !package.is_own && !package.is_aside
    };
    let names = packages.iter().filter(is_built).map(|package| &package.name);
    names.filter(|name| needed.as_ref().is_none_or(|needed| needed.contains(name.as_str()))).cloned().collect()
}

/// Reads line by line, as `lock::pins` does.
fn read(lock: &str, minor: u32) -> Vec<Locked> {
    let mut packages: Vec<Locked> = Vec::new();
    let mut table = "";
    let mut list = "";
    for line in lock.lines() {
        if line.starts_with("[[package]]") {
            packages.push(Locked::default());
            table = "package";
            continue;
        }
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
            list = "";
            continue;
        }
        let Some(package) = packages.last_mut().filter(|_| table.starts_with("package")) else { continue };
        if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '\t'])) {
            list = key;
        }
        match (table, list) {
            ("package", "name") => quoted(line).unwrap_or_default().clone_into(&mut package.name),
            ("package", "optional") => package.is_aside |= line.ends_with("true"),
            ("package", "category") => package.is_aside |= quoted(line) != Some("main"),
            // Poetry says `main`, PDM `default`.
            ("package", "groups") => package.is_aside |= !line.contains("\"main\"") && !line.contains("\"default\""),
            ("package", "source") => {
                package.is_own |= line.contains("editable = ") || line.contains("virtual = ");
                package.is_elsewhere |= !line.contains("registry = ");
            }
            ("package", "dependencies") | ("package.optional-dependencies", _) => {
                package.dependencies.extend(name_in(line).map(str::to_owned));
            }
            ("package.source", _) => package.is_elsewhere |= !line.contains("legacy"),
            _ => {}
        }
        package.has_source |= line.contains(".tar.gz\"") || line.contains(".zip\"");
        if let Some((before, _)) = line.split_once(".whl\"") {
            let file = before.rsplit(['/', '"']).next().unwrap_or(before);
            package.has_wheel |= fits(file, minor);
        }
    }
    packages
}

/// The packages that the project needs in production, where the lock file tells: uv's does.
fn reachable(packages: &[Locked]) -> Option<BTreeSet<&str>> {
    let by_name: BTreeMap<&str, &Locked> = packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let mut ahead: Vec<&str> =
        packages.iter().filter(|package| package.is_own).map(|package| package.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    if ahead.is_empty() {
        return None;
    }
    while let Some(name) = ahead.pop() {
        if seen.insert(name)
            && let Some(package) = by_name.get(name)
        {
            ahead.extend(package.dependencies.iter().map(String::as_str));
        }
    }
    Some(seen)
}

/// Whether a wheel, without its ending, runs on Linux on x86-64 with glibc and `CPython` 3.`minor`.
/// Source: <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>
fn fits(wheel: &str, minor: u32) -> bool {
    let mut parts = wheel.rsplit('-');
    let (Some(platform), Some(abi), Some(python)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_platform =
        |tag: &str| tag == "any" || tag.contains("linux") && tag.ends_with("x86_64") && !tag.contains("musl");
    let older = |digits: &str| digits.is_empty() || digits.parse().is_ok_and(|number: u32| number <= minor);
    let is_python = |tag: &str| match (tag.strip_prefix("py3"), tag.strip_prefix("cp3")) {
        (Some(digits), _) => older(digits),
        (_, Some(digits)) if abi.contains("abi3") => older(digits),
        (_, Some(digits)) => digits.parse() == Ok(minor) && !abi.ends_with('t'),
        _ => false,
    };
    platform.split('.').any(is_platform) && python.split('.').any(is_python)
}

fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// `x` of `{ name = "x" }`.
fn name_in(line: &str) -> Option<&str> {
    line.split_once("{ name = \"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_told_by_their_tags() {
        for yes in [
            "a-1-py3-none-any",
            "a-1-py2.py3-none-any",
            "a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "a-1-cp39-abi3-manylinux_2_28_x86_64",
            "a-1-1-py3-none-manylinux1_x86_64",
        ] {
            assert!(fits(yes, 12), "{yes}");
        }
        for no in [
            "a-1-cp311-cp311-manylinux_2_17_x86_64",
            "a-1-cp312-cp312t-manylinux_2_17_x86_64",
            "a-1-cp312-cp312-musllinux_1_2_x86_64",
            "a-1-cp312-cp312-macosx_11_0_arm64",
            "a-1-cp313-abi3-manylinux_2_28_x86_64",
            "a-1-py2-none-any",
        ] {
            assert!(!fits(no, 12), "{no}");
        }
    }

    #[test]
    fn what_only_development_needs_is_not_counted() {
        let package = |name: &str, rest: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1\"\n{rest}\n");
        let source = |name: &str| format!("sdist = {{ url = \"https://example.org/{name}-1.tar.gz\" }}\n");
        let index = "source = { registry = \"https://example.org/simple\" }\n";
        let own = "source = { virtual = \".\" }\ndependencies = [\n    { name = \"near\" },\n]\n\n\
                   [package.dev-dependencies]\ndev = [\n    { name = \"tool\" },\n]\n";
        let near =
            format!("{index}dependencies = [\n    {{ name = \"far\", marker = \"sys_platform == 'linux'\" }},\n]\n");
        let tool = format!("{index}{}", source("tool"));
        let text = [package("shop", own), package("near", &near), package("tool", &tool)].concat();
        assert!(built(&text, 12).is_empty());
        let far = format!(
            "{index}{}wheels = [\n    {{ url = \"https://example.org/far-1-cp39-cp39-manylinux1_x86_64.whl\" }},\n]\n",
            source("far")
        );
        let text = text + &package("far", &far);
        assert_eq!(built(&text, 12), ["far"]);
        assert!(built(&text, 9).is_empty());
        let poetry = |groups: &str| {
            let files = "files = [\n    {file = \"c-1.tar.gz\", hash = \"sha256:0\"},\n]\n";
            package("c", &format!("optional = false\n{groups}{files}"))
        };
        assert_eq!(built(&poetry("groups = [\"main\", \"dev\"]\n"), 12), ["c"]);
        assert!(built(&poetry("groups = [\"dev\"]\n"), 12).is_empty());
    }
}
