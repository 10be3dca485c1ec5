//! What a file is for, by its path alone.

use crate::detect::tree::{file_name, parent};

/// Whether a path belongs to tests.
pub(crate) fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name.ends_with("_tests.py")
        || matches!(name, "conftest.py" | "tests.py" | "test.py")
        // A pytest plugin runs under pytest only.
        || name.contains("pytest")
        || folders(path).any(|folder| {
            matches!(
                folder,
                "test"
                    | "tests"
                    | "testing"
                    | "unittests"
                    | "e2e"
                    | "integration_tests"
                    | "unit_tests"
                    | "testproject"
                    | "test_project"
            ) || folder.starts_with("test_")
                || folder.starts_with("tests_")
        })
}

/// Whether a path belongs to something beside the service: examples, documentation, tools.
pub(crate) fn is_aside(path: &str) -> bool {
    const ASIDE: [&str; 30] = [
        "example",
        "examples",
        "example_project",
        "project_template",
        "app_template",
        "project_name",
        "sample",
        "samples",
        "demo",
        "demos",
        "doc",
        "docs",
        "docs_src",
        "tutorial",
        "tutorials",
        "benchmark",
        "benchmarks",
        "bench",
        "perf",
        "load_tests",
        "loadtest",
        "loadtests",
        "vendor",
        "vendored",
        "third_party",
        "_vendor",
        "cookbook",
        "playground",
        "sandbox",
        "notebooks",
    ];
    // These are names of ordinary packages further down.
    const ASIDE_AT_ROOT: [&str; 8] = ["contrib", "ci", "hooks", "charm", "charms", "plugins", "tools", "infra"];
    // A folder with a placeholder in its name is a template: nothing in it runs before somebody fills it in.
    path.contains("{{")
        || folders(path).next().is_some_and(|first| ASIDE_AT_ROOT.contains(&first))
        // The folders of a settings package sort its settings: `settings/third_party/celery.py` is about others' code.
        || folders(path).take_while(|folder| *folder != "settings").any(|folder| {
            ASIDE.contains(&folder)
                || ["example_", "example-", "mock", "fake"].iter().any(|start| folder.starts_with(start))
        })
}

/// Whether a path belongs to database migrations.
pub(crate) fn is_migration(path: &str) -> bool {
    folders(path)
        .any(|folder| matches!(folder, "migrations" | "versions" | "revisions" | "alembic" | "south_migrations"))
}

/// Whether a module by its name exists to be served.
pub(crate) fn is_serving_name(path: &str) -> bool {
    const NAMES: [&str; 10] =
        ["wsgi", "asgi", "main", "app", "application", "run", "server", "autoapp", "passenger_wsgi", "serve"];
    file_name(path).strip_suffix(".py").is_some_and(|stem| NAMES.contains(&stem))
}

/// The folders of a path, outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    parent(path).split('/').filter(|folder| !folder.is_empty())
}
