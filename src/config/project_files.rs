//! Reads the files of the repository that `app.toml` names, for manifests to take over.

use std::io::Read as _;
use std::path::Path;

use crate::app::project_files::{LARGEST_FILE, ProjectFiles};
use crate::config::Config;
use crate::file_set::RelativePath;

/// Reads every file below `directory` that `config` names; what cannot be read is noted and told where it is used.
#[must_use]
pub fn read_project_files(directory: &Path, config: &Config) -> ProjectFiles {
    let mut files = ProjectFiles::default();
    for path in config.project_files() {
        let text = read(directory, &path);
        files.insert(path, text);
    }
    files
}

/// The text of the file at `path`; an error is a clause that can follow the path.
fn read(directory: &Path, path: &str) -> Result<String, String> {
    let relative = RelativePath::new(path.strip_prefix("./").unwrap_or(path)).map_err(str::to_owned)?;
    let root = directory.canonicalize().map_err(|error| format!("cannot be read: {error}"))?;
    let file = match root.join(relative.as_str()).canonicalize() {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err("does not exist".into()),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    if !file.starts_with(&root) {
        return Err("is a symbolic link that leads out of the folder of app.toml".into());
    }
    if !file.is_file() {
        return Err("is no file".into());
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&file).map_err(|error| format!("cannot be read: {error}"))?;
    opened.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("is larger than {} KiB, which no ConfigMap should hold", LARGEST_FILE >> 10));
    }
    // A checkout on Windows has other line ends; the manifests are the same everywhere.
    String::from_utf8(bytes).map(|text| text.replace("\r\n", "\n")).map_err(|_| "is no UTF-8 text".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_below_the_folder_are_read() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("deploy")).unwrap();
        std::fs::write(root.join("deploy/a.yaml"), "a: 1\r\n").unwrap();
        std::fs::write(root.join("binary"), [0xff, 0xfe]).unwrap();
        std::fs::write(root.join("large"), vec![b'x'; usize::try_from(LARGEST_FILE).unwrap() + 1]).unwrap();
        assert_eq!(read(root, "deploy/a.yaml").as_deref(), Ok("a: 1\n"));
        assert_eq!(read(root, "./deploy/a.yaml").as_deref(), Ok("a: 1\n"));
        for (path, clause) in [
            ("none", "does not exist"),
            ("deploy", "is no file"),
            ("../x", "leaves"),
            ("/etc/passwd", "absolute"),
            ("binary", "UTF-8"),
            ("large", "larger than 512 KiB"),
        ] {
            assert!(read(root, path).unwrap_err().contains(clause), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path().join("secret"), root.join("link")).unwrap();
            assert!(read(root, "link").unwrap_err().contains("leads out"));
            std::os::unix::fs::symlink("deploy/a.yaml", root.join("inner")).unwrap();
            assert!(read(root, "inner").is_ok());
        }
    }
}
