//! Which files of a project the Dockerfile copies into the image: another text in one of them is another image.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::kube::dockerfile::{Dockerfile, Instruction};
use crate::write::Plan;

/// What goes into the image, by the Dockerfile and the `.dockerignore` of a plan.
pub(super) struct ImageFiles {
    /// The sources of its `COPY`, `ADD` and bind mounts; none when the Dockerfile is not pykube's.
    sources: Option<Vec<String>>,
    ignored: Gitignore,
}

impl ImageFiles {
    pub(super) fn of(plan: &Plan) -> Self {
        let text = |wanted: fn(&str) -> bool| {
            let change = plan.changes.iter().find(|change| wanted(change.path.as_str()))?;
            change.after.clone().or_else(|| change.before().map(Into::into))
        };
        let dockerfile = text(|path| path == "Dockerfile");
        let mut builder = GitignoreBuilder::new("");
        for line in text(|path| path == ".dockerignore").unwrap_or_default().lines() {
            // Its patterns start at the root of the context, those of Git anywhere
            // (<https://docs.docker.com/build/concepts/context/#dockerignore-files>). A line that is not a pattern
            // hides nothing.
            let (lead, pattern) = line.strip_prefix('!').map_or(("", line), |pattern| ("!", pattern));
            let pattern = pattern.trim().trim_start_matches('/');
            if !pattern.is_empty() && !pattern.starts_with('#') {
                let _ = builder.add_line(None, &format!("{lead}/{pattern}"));
            }
        }
        let sources = dockerfile.map(|text| Dockerfile::new(&text).instructions.iter().flat_map(sources).collect());
        Self { sources, ignored: builder.build().unwrap_or_else(|_| Gitignore::empty()) }
    }

    /// Whether the file at `path` goes into the image, or decides what does.
    pub(super) fn contain(&self, path: &str) -> bool {
        if path == ".dockerignore" {
            return true;
        }
        // A Dockerfile that is not rendered copies what it likes: everything that is not kept from it.
        let is_copied = self.sources.as_ref().is_none_or(|all| all.iter().any(|source| fits(source, path)));
        is_copied && !self.ignored.matched_path_or_any_parents(path, false).is_ignore()
    }
}

/// What an instruction takes from the context.
fn sources(instruction: &Instruction<'_>) -> Vec<String> {
    let words: Vec<&str> = instruction.arguments.split_ascii_whitespace().collect();
    let flags = || words.iter().filter(|word| word.starts_with("--"));
    let of_context = !flags().any(|word| word.starts_with("--from="));
    let plain: Vec<&str> = words.iter().filter(|word| !word.starts_with("--")).copied().collect();
    let found: Vec<&str> = match (instruction.keyword.as_str(), plain.split_last()) {
        ("COPY" | "ADD", Some((_, sources))) if of_context => sources.to_vec(),
        ("RUN", _) => flags()
            .filter_map(|word| word.strip_prefix("--mount=type=bind,"))
            .filter(|mount| !mount.contains("from="))
            .filter_map(|mount| mount.split(',').find_map(|part| part.strip_prefix("source=")))
            .collect(),
        _ => Vec::new(),
    };
    found.into_iter().map(|source| source.trim_start_matches("./").trim_end_matches('/').to_owned()).collect()
}

/// Whether a source of `COPY` takes the file at `path`: itself, its folder, or by a pattern.
fn fits(source: &str, path: &str) -> bool {
    let mut builder = GitignoreBuilder::new("");
    let everything = matches!(source, "" | ".");
    everything
        || (builder.add_line(None, &format!("/{source}")).is_ok()
            && builder.build().is_ok_and(|built| built.matched_path_or_any_parents(path, false).is_ignore()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_set::{FileSet, RelativePath};

    fn copied(dockerfile: &str, ignored: &str, path: &str) -> bool {
        let mut files = FileSet::new();
        files.add(RelativePath::new("Dockerfile").unwrap(), dockerfile.to_owned()).unwrap();
        files.add(RelativePath::new(".dockerignore").unwrap(), ignored.to_owned()).unwrap();
        ImageFiles::of(&Plan::between(&FileSet::new(), &files)).contain(path)
    }

    #[test]
    fn what_is_copied_and_not_ignored_is_in_the_image() {
        for (dockerfile, ignored, path, is_in) in [
            ("FROM a\nCOPY . .\n", "", "gunicorn.conf.py", true),
            ("FROM a\nCOPY . .\n", "k8s\n.github\n", "k8s/a.yaml", false),
            ("FROM a\nCOPY . .\n", "k8s\n!k8s/a.yaml\n", "k8s/a.yaml", true),
            ("FROM a\nCOPY . .\n", "env\n", "app/env", true),
            ("FROM a\nCOPY --from=build /app /app\n", "", "gunicorn.conf.py", false),
            ("FROM a\nCOPY requirements*.txt ./\n", "", "requirements-dev.txt", true),
            ("FROM a\nCOPY src/ /app/\n", "", "src/a/b.py", true),
            ("FROM a\nCOPY src/ /app/\n", "", "b.py", false),
            ("FROM a\nRUN --mount=type=bind,source=uv.lock,target=/uv.lock uv sync\n", "", "uv.lock", true),
            ("FROM a\nCOPY a /a\n", "", ".dockerignore", true),
        ] {
            assert_eq!(copied(dockerfile, ignored, path), is_in, "{dockerfile} {ignored} {path}");
        }
    }
}
