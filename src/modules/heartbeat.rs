//! The contract between the heartbeat module in a Celery process and the probe that looks at it.

/// File that `heartbeat.py` touches; `/tmp` is an `emptyDir` of the pod's own.
///
/// The module writes `heartbeat` in Python's temporary folder, which is this one unless `TMPDIR` or
/// [`FILE_VARIABLE`] say something else.
pub const FILE: &str = "/tmp/heartbeat";

/// Environment variable that moves [`FILE`].
pub const FILE_VARIABLE: &str = "HEARTBEAT_FILE";

/// Seconds between two touches.
pub const INTERVAL_SECONDS: u32 = 10;

/// Seconds after which a process whose file was not touched counts as dead: six touches missed.
pub const STALE_SECONDS: u32 = 60;

/// Command of an exec probe: fails when the file is missing or older than [`STALE_SECONDS`].
///
/// `-I -S` keeps site-packages, `PYTHON*` variables and the working folder out, so that the probe never imports the
/// project and costs a bare interpreter's start.
#[must_use]
pub fn probe_command() -> Vec<String> {
    let program = format!("import os, sys, time; sys.exit(time.time() - os.stat({FILE:?}).st_mtime > {STALE_SECONDS})");
    ["python", "-I", "-S", "-c", &program].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_names_the_file_and_its_age() {
        let command = probe_command();
        assert_eq!(command[..4], ["python", "-I", "-S", "-c"]);
        assert_eq!(
            command[4],
            r#"import os, sys, time; sys.exit(time.time() - os.stat("/tmp/heartbeat").st_mtime > 60)"#
        );
    }
}
