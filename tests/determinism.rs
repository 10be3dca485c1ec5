//! Same input, same bytes: whatever the folder, the locale, the time zone, the umask and the terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Every file below `folder` with its bytes and its mode.
fn tree(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            let mode = path.metadata().expect("metadata").permissions().mode();
            files.insert(name, (std::fs::read(&path).expect("bytes"), mode));
        }
    }
    files
}

fn render(example: &str, folder: &Path, shell_prefix: &str, env: &[(&str, &str)]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example).join("app.toml");
    std::fs::create_dir_all(folder).expect("folder");
    std::fs::copy(source, folder.join("app.toml")).expect("copy");
    let script = format!("{shell_prefix} exec '{}' render --quiet .", env!("CARGO_BIN_EXE_pykube"));
    let status =
        Command::new("sh").args(["-c", &script]).current_dir(folder).envs(env.iter().copied()).status().expect("sh");
    assert!(status.success());
}

#[test]
fn the_same_bytes_everywhere() {
    for example in ["django", "flask", "fastapi"] {
        let root = tempfile::tempdir().expect("folder");
        let first = root.path().join("first");
        let second = root.path().join("a much longer name/of another folder");
        render(example, &first, "umask 022;", &[("LC_ALL", "C"), ("TZ", "UTC"), ("USER", "alice")]);
        let other = [("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Pacific/Kiritimati"), ("USER", "bob"), ("CLICOLOR_FORCE", "1")];
        render(example, &second, "umask 077;", &other);
        let (first, second) = (tree(&first), tree(&second));
        assert!(first.len() > 10);
        for (name, (bytes, mode)) in &first {
            let (other_bytes, other_mode) = &second[name];
            assert_eq!(bytes, other_bytes, "{example}: {name}");
            // `app.toml` is the user's own file.
            assert!(name == "app.toml" || mode == other_mode, "{example}: {name} is {mode:o} and {other_mode:o}");
            assert!(!bytes.contains(&b'\r'), "{example}: {name} has a carriage return");
        }
        assert_eq!(first.len(), second.len());
    }
}
