//! What the `RUN` instructions of a Dockerfile install: Debian packages, requirements files, Python packages by name.

use super::command::{program, split};

/// The installs of one instruction, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Installs {
    /// Names of Debian packages, without versions.
    pub(crate) debian: Vec<String>,
    /// Names of Alpine packages.
    pub(crate) alpine: Vec<String>,
    /// Paths after `-r`, as written.
    pub(crate) requirements: Vec<String>,
    /// Python packages as written, `gunicorn==23.0.0`.
    pub(crate) packages: Vec<String>,
}

/// Options of pip that take a value.
/// Source: <https://pip.pypa.io/en/stable/cli/pip_install/#options>
const PIP_VALUES: [&str; 18] = [
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--no-binary",
    "--only-binary",
    "--python",
    "--cache-dir",
];

/// Reads the shell line of a `RUN`.
pub(crate) fn read(line: &str) -> Installs {
    let mut found = Installs::default();
    let words = split(&without_comments(line));
    let is_operator = |word: &String| matches!(word.as_str(), "&&" | "||" | ";" | "|" | "&" | "then" | "do" | "else");
    for segment in words.split(is_operator) {
        let at = |names: &[&str]| segment.iter().position(|word| names.contains(&program(word)));
        if let Some(start) = at(&["apt-get", "apt", "aptitude"]) {
            found.debian.extend(named(&segment[start + 1..], "install", &["-t", "-o", "-c", "--target-release"]));
        } else if let Some(start) = at(&["apk"]) {
            found.alpine.extend(named(&segment[start + 1..], "add", &["-t", "--virtual", "-X", "--repository"]));
        } else if let Some(start) = at(&["pip", "pip3"]) {
            pip(&segment[start + 1..], &mut found);
        } else if let Some(start) = at(&["pip-sync"]) {
            let files = segment[start + 1..].iter().filter(|word| !word.starts_with('-'));
            found.requirements.extend(files.cloned());
        }
    }
    found
}

/// The line without the comments that people write between its words, `` `# for Pillow` `` and `$(: for Pillow)`: the shell runs
/// them, and they print nothing.
fn without_comments(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    let starts = [("`#", '`'), ("`:", '`'), ("$(#", ')'), ("$(:", ')')];
    while let Some((at, open, close)) =
        starts.iter().filter_map(|(open, close)| Some((rest.find(open)?, *open, *close))).min_by_key(|(at, ..)| *at)
    {
        kept.push_str(&rest[..at]);
        rest = &rest[at + open.len()..];
        rest = rest.split_once(close).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// The packages after the word that installs.
fn named(words: &[String], verb: &str, with_value: &[&str]) -> Vec<String> {
    let Some(start) = words.iter().position(|word| word == verb) else { return Vec::new() };
    let mut found = Vec::new();
    let mut is_value = false;
    // Options may be before the word, too.
    for word in &words[start + 1..] {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if word.starts_with('-') {
            is_value = with_value.contains(&word.as_str());
            continue;
        }
        let name = word.split(['=', ':', '~', '<', '>', '/']).next().unwrap_or_default();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-._".contains(c);
        if !name.is_empty() && name.chars().all(fits) {
            found.push(name.to_owned());
        }
    }
    found
}

fn pip(words: &[String], found: &mut Installs) {
    let Some(start) = words.iter().position(|word| word == "install" || word == "sync") else { return };
    let is_sync = words[start] == "sync";
    let mut words = words[start + 1..].iter();
    while let Some(word) = words.next() {
        if let Some(file) = word.strip_prefix("--requirement=").or_else(|| word.strip_prefix("--requirements=")) {
            found.requirements.push(file.to_owned());
        } else if matches!(word.as_str(), "-r" | "--requirement" | "--requirements") {
            found.requirements.extend(words.next().cloned());
        } else if let Some(file) = word.strip_prefix("-r").filter(|file| !file.is_empty()) {
            found.requirements.push(file.to_owned());
        } else if PIP_VALUES.contains(&word.as_str()) || matches!(word.as_str(), "-e" | "--editable") {
            words.next();
        } else if is_sync {
            found.requirements.push(word.clone());
        } else if word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.contains(['/', '$']) {
            found.packages.push(word.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_every_installer_are_told_from_options() {
        let found = read(
            "apt-get update && apt-get install -y --no-install-recommends libmagic1 ffmpeg=7:5.1 && rm -rf /var/lib/apt/lists/*",
        );
        assert_eq!(found.debian, ["libmagic1", "ffmpeg"]);
        let found = read(
            "apt-get install -y libxslt1-dev `# lxml is built with it (really)` libcurl4 $(: of pycurl) media-types && true",
        );
        assert_eq!(found.debian, ["libxslt1-dev", "libcurl4", "media-types"]);
        assert_eq!(
            read("--mount=type=cache,target=/x apk add --no-cache --virtual .build gcc libffi-dev").alpine,
            ["gcc", "libffi-dev"]
        );
        let found = read(
            "pip install --no-cache-dir --upgrade pip && pip3 install -r a.txt --requirement=b/c.txt gunicorn==23.0.0 -i https://x -e . 'uvicorn[standard]>=0.3'",
        );
        assert_eq!(found.requirements, ["a.txt", "b/c.txt"]);
        assert_eq!(found.packages, ["pip", "gunicorn==23.0.0", "uvicorn[standard]>=0.3"]);
        assert_eq!(read("uv pip install --system -r requirements/prod.txt").requirements, ["requirements/prod.txt"]);
        assert_eq!(read("python -m pip install -rprod.txt").requirements, ["prod.txt"]);
        assert_eq!(read("npm install express && poetry install"), Installs::default());
    }
}
