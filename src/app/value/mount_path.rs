//! Folders of a container that a volume may appear at.

use super::{FilePath, checked_text};

/// Folders that hold what the container runs on: a volume there would hide it.
const NEEDED: [&str; 18] = [
    "/app",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/etc/ssl",
    "/home",
    "/lib",
    "/lib64",
    "/opt",
    "/opt/venv",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
];

checked_text!(
    /// An absolute path without `.` and `..`, and none that would hide what the container runs on.
    MountPath,
    |text| {
        let relative = text.strip_prefix('/').ok_or("must be absolute: it must begin with `/`")?;
        let path = format!("/{}", relative.parse::<FilePath>()?);
        let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if NEEDED.contains(&path.as_str()) || ["/proc", "/sys", "/dev", "/usr", "/bin", "/lib"].into_iter().any(below) {
            return Err(format!("must not be `{path}`: a volume there would hide what the container runs on"));
        }
        Ok(path)
    }
);

impl MountPath {
    /// The folder and the name of the file that the path ends with.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_hides_nothing_that_is_needed() {
        for good in ["/app/media", "/data", "/etc/shop", "/mnt/x/y.z", "/srv/media/"] {
            assert!(good.parse::<MountPath>().is_ok(), "{good}");
        }
        for bad in ["media", "/", "/app", "/app/", "/tmp", "/usr/lib/python3", "/a/../b", "/a//b", "/proc/1", ""] {
            assert!(bad.parse::<MountPath>().is_err(), "{bad}");
        }
    }
}
