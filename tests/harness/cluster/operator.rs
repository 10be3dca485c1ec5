//! An operator that follows the repository, and the application that it releases.

use std::process::Child;

use super::observed::State;

/// What ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The `app.toml` of an application with what the order of a release matters for; `deploy` names the operator.
pub(crate) fn shop(deploy: &str, tag: &str, more: &str) -> String {
    format!(
        r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"

[image]
repository = "ghcr.io/acme/shop"
tag = "{tag}"

[migrations]
command = "python manage.py migrate --noinput"

[scaling]
replicas = 4

[ci]
deploy = "{deploy}"
repository = "https://github.com/acme/shop"

{more}"#
    )
}

/// The images that pods of a workload run, one for each pod.
pub(crate) fn images(state: &State, workload: &str) -> Vec<String> {
    let mut images: Vec<String> =
        state.pods.get(workload).into_iter().flatten().map(|(_, image)| image.clone()).collect();
    images.sort();
    images
}

/// The UID of the migration's Job and the image that it ran.
pub(crate) fn migration(state: &State) -> (String, String) {
    let job = &state.all["Job/shop-migrate"];
    let image = &job["spec"]["template"]["spec"]["containers"][0]["image"];
    (job["metadata"]["uid"].to_string(), image.as_str().unwrap().to_owned())
}
