//! Every YAML file as two readers see it: PyYAML, which keeps to YAML 1.1, and the reader that pykube itself uses.

use serde_json::Value;

use super::tools::Tools;
use super::trees::{Tree, is_yaml, stage};
use super::validators::no_file_found;

/// Prints one JSON text a line, for each file that is named; what JSON has no form for becomes text that says so.
const SCRIPT: &str = "
import json, sys, yaml

def plain(value):
    if isinstance(value, dict):
        # `on:` is the one key that GitHub wants unquoted and that YAML 1.1 takes for a boolean.
        return {'on' if key is True else key if isinstance(key, str) else repr(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else repr(value)

for path in sys.argv[1:]:
    with open(path, encoding='utf-8', newline='') as file:
        try:
            documents = list(yaml.safe_load_all(file))
        except yaml.YAMLError as error:
            documents = ['unreadable: ' + type(error).__name__]
    print(json.dumps([plain(document) for document in documents]))
";

/// Files that the two readers do not read alike.
pub(crate) fn disagreements(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let root = stage("readers");
    let mut files = Vec::new();
    for tree in trees {
        tree.write(&root.join(&tree.name));
        files.extend(
            tree.files
                .iter()
                .filter(|(path, _)| is_yaml(path))
                .map(|(path, text)| (format!("{}/{path}", tree.name), text)),
        );
    }
    if files.is_empty() {
        return no_file_found("two readers");
    }
    let arguments = ["-c", SCRIPT].into_iter().chain(files.iter().map(|(path, _)| path.as_str()));
    let said = tools.run("python", &root, arguments);
    let lines: Vec<&str> = said.output.lines().collect();
    if lines.len() != files.len() {
        return vec![format!("two readers: {}", said.text)];
    }
    let mut found = Vec::new();
    for ((path, text), line) in files.iter().zip(lines) {
        let theirs: Value = serde_json::from_str(line).unwrap();
        match ours(text) {
            Ok(ours) if ours == theirs => {}
            Ok(_) => found.push(format!("two readers: {path} is read in two ways")),
            Err(error) => found.push(format!("two readers: {path}: {error}")),
        }
    }
    found
}

/// Through pykube's own type first, which refuses a key that is listed twice.
fn ours(text: &str) -> anyhow::Result<Value> {
    use serde::Deserialize as _;
    let documents: Result<Vec<_>, _> =
        serde_yaml::Deserializer::from_str(text).map(serde_yaml::Value::deserialize).collect();
    Ok(serde_json::to_value(documents?)?)
}
