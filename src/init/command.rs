//! Commands of the project, as they run in the folder of the code.

use crate::detect::Project;

/// `file` as seen from `folder`, below the same root.
pub(super) fn below(file: &str, folder: &str) -> String {
    if folder == "." {
        return file.to_owned();
    }
    file.strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'))
        .map_or_else(|| format!("{}{file}", "../".repeat(folder.split('/').count())), str::to_owned)
}

/// Celery and dramatiq start a process for each core of the node unless the command says a number.
pub(super) fn with_a_count(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let says = |options: &[&str]| words.iter().any(|word| options.iter().any(|option| word.starts_with(option)));
    if words.contains(&"celery")
        && words.contains(&"worker")
        && !says(&["-c", "--concurrency", "--autoscale", "-P", "--pool"])
    {
        format!("{command} --concurrency 2")
    } else if words.iter().any(|word| matches!(*word, "dramatiq" | "rundramatiq")) && !says(&["-p", "--processes"]) {
        format!("{command} --processes 2")
    } else {
        command.to_owned()
    }
}

/// A command that names `manage.py` as if it lay in the folder of the code.
pub(super) fn where_manage_py_is(command: &str, project: &Project) -> String {
    match command.strip_prefix("python manage.py ") {
        Some(rest) => format!("python {} {rest}", manage_py(project)),
        None => command.to_owned(),
    }
}

/// `manage.py` as seen from the folder of the code, where commands run.
pub(super) fn manage_py(project: &Project) -> String {
    project.manage_py.as_deref().map_or("manage.py".into(), |path| below(path, &project.backend_dir))
}
