//! Hostile text through the keys that take any text: it comes out as the same string for two readers of YAML, for the shell,
//! for JSON and for the kubelet, or the key is refused by name. That no key lets anything else through is for
//! `tests/hostile_text.rs`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::Command;

use proptest::prelude::*;
use saphyr::LoadableYamlNode as _;

/// `app.toml` up to the part that a case adds.
const HEAD: &str = "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n";

/// Pieces that some reader of some output takes for more than text.
const PIECES: [&str; 44] = [
    "y",
    "no",
    "on",
    "null",
    "~",
    "true",
    "1e3",
    "0x1f",
    "0o17",
    "012",
    "12:30:45",
    "2026-01-01",
    ".inf",
    "<<",
    "=",
    "1_000",
    "${{ secrets.X }}",
    "${{",
    "$(X)",
    "$$(X)",
    "$",
    "`id`",
    "\"",
    "'",
    "\\",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "{{ x }}",
    "{% raw %}",
    "{# c #}",
    "# c",
    ": ",
    "- ",
    "&a *a",
    "!!python/object",
    "é",
    "😀",
];

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..4).prop_map(|pieces| pieces.concat());
    prop_oneof![3 => pieces, 1 => "\\PC{0,12}", 1 => prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter)]
}

/// The files for `addition`, or the messages that refuse it.
fn render(addition: &str) -> Result<pykube::file_set::FileSet, String> {
    let (config, document) =
        pykube::config::parse("app.toml".into(), format!("{HEAD}{addition}")).map_err(|fault| fault.to_string())?;
    let app = pykube::app::resolve(&config, &document, &pykube::app::Options::default())
        .map_err(|fault| fault.to_string())?;
    Ok(pykube::render::render(&app).expect("what resolves is rendered"))
}

fn toml(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// The string at `path` of a document, as both readers see it; asserts that they agree.
fn read(text: &str, path: &[&str]) -> String {
    let mut one = &serde_yaml::from_str::<serde_yaml::Value>(text).expect("YAML for the first reader");
    let documents = saphyr::Yaml::load_from_str(text).expect("YAML for the second reader");
    let mut other = &documents[0];
    for part in path {
        match part.parse::<usize>() {
            Ok(index) => (one, other) = (&one[index], &other[index]),
            Err(_) => (one, other) = (&one[*part], &other[*part]),
        }
    }
    let one = one.as_str().expect("a string for the first reader");
    assert_eq!(Some(one), other.as_str(), "the readers differ on {text}");
    one.to_owned()
}

/// A refusal must name the key.
fn refused(message: &str, key: &str) {
    assert!(message.contains(&format!("`{key}`")), "refused without naming `{key}`: {message}");
}

/// What the kubelet makes of an argument in a container without variables.
fn kubelet(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if after.starts_with('(') && after.contains(')') {
            panic!("the kubelet would expand {text:?}");
        } else {
            out.push('$');
            rest = after;
        }
    }
    out + rest
}

/// The value of `NAME` that a shell has after the exports of the Dockerfile's build step.
fn shell_value(dockerfile: &str, name: &str) -> String {
    let line = dockerfile.lines().find(|line| line.starts_with("RUN export ")).expect("the exports");
    let script = format!("{}; printf %s \"${name}\"", line["RUN ".len()..].trim_end_matches(" \\"));
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh");
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn configuration(text in hostile()) {
        match render(&format!("[config]\nX = {}\n", toml(&text))) {
            Ok(files) => prop_assert_eq!(read(files.get("k8s/configmap.yaml").unwrap(), &["data", "X"]), text),
            Err(message) => refused(&message, "config.X"),
        }
    }

    #[test]
    fn annotations(text in hostile()) {
        match render(&format!("[expose]\nhost = \"a.example\"\nannotations = {{ \"x.io/a\" = {} }}\n", toml(&text))) {
            Ok(files) => prop_assert_eq!(read(files.get("k8s/ingress.yaml").unwrap(), &["metadata", "annotations", "x.io/a"]), text),
            Err(message) => refused(&message, "expose.annotations.x.io/a"),
        }
    }

    #[test]
    fn variables_of_the_workflow(text in hostile()) {
        match render(&format!("[ci.env]\nX = {}\n", toml(&text))) {
            Ok(files) => {
                let workflow = files.get(".github/workflows/deploy.yml").unwrap();
                prop_assert!(!text.contains("${{"));
                prop_assert_eq!(read(workflow, &["jobs", "test", "env", "X"]), text);
            }
            Err(message) => refused(&message, "ci.env.X"),
        }
    }

    #[test]
    fn commands(text in hostile()) {
        // In quotes: most cases are one argument and not a script of the shell.
        let command = format!("run '{}'", text.replace('\'', ""));
        match render(&format!("[migrations]\ncommand = {}\n", toml(&command))) {
            Ok(files) => {
                let job = files.get("k8s/migrate-job.yaml").unwrap();
                let at = ["spec", "template", "spec", "containers", "0", "command"];
                prop_assert_eq!(kubelet(&read(job, &[&at[..], &["1"]].concat())), text.replace('\'', ""));
            }
            Err(message) => refused(&message, "migrations.command"),
        }
    }

    #[test]
    fn scripts(text in hostile()) {
        let command = format!("run && {text}");
        match render(&format!("[migrations]\ncommand = {}\n", toml(&command))) {
            Ok(files) => {
                let job = files.get("k8s/migrate-job.yaml").unwrap();
                let at = ["spec", "template", "spec", "containers", "0", "command", "2"];
                prop_assert_eq!(kubelet(&read(job, &at)), command);
            }
            Err(message) => refused(&message, "migrations.command"),
        }
    }

    #[test]
    fn the_servers_command(text in hostile()) {
        let command = format!("run '{}'", text.replace('\'', ""));
        match render(&format!("[server]\ncommand = {}\n", toml(&command))) {
            Ok(files) => {
                let dockerfile = files.get("Dockerfile").unwrap();
                let lines: Vec<&str> = dockerfile.split('\n').collect();
                let form = lines.iter().find_map(|line| line.strip_prefix("CMD ")).unwrap();
                let words: Vec<String> = serde_json::from_str(form).unwrap();
                prop_assert_eq!(words, vec!["run".to_owned(), text.replace('\'', "")]);
                prop_assert_eq!(lines.iter().filter(|line| line.starts_with("CMD ")).count(), 1);
            }
            Err(message) => refused(&message, "server.command"),
        }
    }

    #[test]
    fn variables_of_the_build(text in hostile()) {
        match render(&format!("[build]\nsteps = [\"true\"]\n[build.env]\nX = {}\n", toml(&text))) {
            Ok(files) => prop_assert_eq!(shell_value(files.get("Dockerfile").unwrap(), "X"), text),
            Err(message) => refused(&message, "build.env.X"),
        }
    }

    #[test]
    fn build_steps(text in hostile()) {
        let step = format!("run {text}");
        match render(&format!("[build]\nsteps = [{}]\n", toml(&step))) {
            Ok(files) => {
                let dockerfile = files.get("Dockerfile").unwrap();
                let start = dockerfile.find("COPY . .\n").unwrap() + "COPY . .\n".len();
                let end = start + dockerfile[start..].find("\n\nFROM ").unwrap();
                // The code is compiled after the steps.
                let (line, _) = dockerfile[start..end].split_once("\n# Compiled").unwrap();
                prop_assert!(!line.contains('\n'), "{line:?} is more than one line");
                prop_assert!(line.contains(step.trim().trim_end_matches(';')), "{line:?} lacks {step:?}");
            }
            Err(message) => refused(&message, "build.steps"),
        }
    }
}
