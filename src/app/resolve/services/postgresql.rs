//! `kind = "postgresql"`: the official image.
//!
//! Source of its variables and folders: <https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh>

use super::super::super::pod::{Container, EnvVar, ProbeHandler, Volume, VolumeMount, VolumeSource};
use super::super::faults::{Faults, constant};
use super::super::names::Names;
use super::common::{Common, DATA, probe};
use crate::config::section::ServiceSection;

pub(super) const PORT_NAME: &str = "postgresql";

/// The server's port.
pub(super) const PORT: u32 = 5_432;

/// User of the server: not the application's, and above 10000 as that one is. The image's entry point gives it a name by
/// `nss_wrapper`, which images of Alpine do not have.
pub(super) const USER: u32 = 10_003;

/// Where the volume is mounted: the image of 18 refuses one that ends in `data`.
const FOLDER: &str = "/var/lib/postgresql";

/// Folders that the server writes to besides its data.
const WRITABLE: [(&str, &str); 2] = [("socket", "/var/run/postgresql"), ("tmp", "/tmp")];

/// What is special to the server.
#[derive(Clone, Debug)]
pub(super) struct Postgresql {
    /// Name of the database, and of its user.
    database: String,
    driver: Option<String>,
}

impl Postgresql {
    pub(super) fn resolve(names: &Names, name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> Self {
        let place = |key| ["services", name, key];
        if section.image.as_deref().is_some_and(|image| image.contains("alpine")) {
            let clause =
                "must not be an Alpine image: its entry point cannot give a name to the user that the server runs as";
            faults.refuse(&place("image"), clause);
        }
        let is_word = |driver: &String| driver.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if section.driver.as_ref().is_some_and(|driver| driver.is_empty() || !is_word(driver)) {
            faults.refuse(&place("driver"), "must be the name of a driver, such as `psycopg` or `asyncpg`");
        }
        Self { database: names.app.to_string().replace('-', "_"), driver: section.driver.clone() }
    }

    /// The URL for the application; `password` begins with a colon.
    pub(super) fn url(&self, password: &str, address: &str) -> String {
        let driver = self.driver.as_ref().map(|driver| format!("+{driver}")).unwrap_or_default();
        format!("postgresql{driver}://{0}{password}@{address}/{0}", self.database)
    }

    pub(super) fn container(&self, server: &Common, port: u32, container: Container) -> Container {
        let port = port.to_string();
        // A quarter of the memory, as the documentation advises: <https://www.postgresql.org/docs/current/runtime-config-resource.html>
        let mebibytes = server.resources.memory_limit.thousandths() / 1_000.0 / 4.0 / f64::from(1 << 20);
        let buffers = format!("shared_buffers={:.0}MB", mebibytes.max(1.0));
        let args = ["postgres", "-p", &port, "-c", &buffers].map(ToString::to_string).to_vec();
        // By TCP: while the database is made for the first time, the server answers on its socket only.
        let ready = ["pg_isready", "--host=127.0.0.1", "--port", &port, "--username", &self.database, "--quiet"];
        let password = EnvVar::from_secret("POSTGRES_PASSWORD".into(), server.password.clone());
        let comment = Some("Read when the database is created; change it later with ALTER ROLE.");
        Container {
            args,
            env: vec![
                EnvVar { comment, ..password },
                EnvVar::literal("POSTGRES_USER", &self.database, None),
                EnvVar::literal("POSTGRES_DB", &self.database, None),
                EnvVar::literal("PGDATA", &format!("{FOLDER}/pgdata"), Some("A new volume may hold `lost+found`.")),
            ],
            readiness_probe: Some(probe(ProbeHandler::Exec { command: ready.map(ToString::to_string).to_vec() }, 10)),
            volume_mounts: vec![VolumeMount::new(DATA, FOLDER)],
            ..container
        }
    }
}

/// Empty folders under the read-only root.
pub(super) fn folders() -> (Vec<VolumeMount>, Vec<Volume>) {
    let folder = |(name, path): (&str, &str)| {
        let source = VolumeSource::EmptyDir { size_limit: constant("64Mi"), medium: None };
        (VolumeMount::new(name, path), Volume { name: name.to_owned(), source, comment: None })
    };
    WRITABLE.into_iter().map(folder).unzip()
}

#[cfg(test)]
mod tests {
    use crate::app::{Options, resolve};
    use crate::config::parse;

    /// The files of an application with `[services.db] kind = "postgresql"` and `keys`, or what is wrong.
    fn files(keys: &str) -> Result<crate::file_set::FileSet, String> {
        let text = format!(
            "[app]\nname = \"shop-api\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n\
             [image]\nrepository = \"ghcr.io/acme/shop\"\n[services.db]\nkind = \"postgresql\"\n{keys}"
        );
        let (config, document) = parse("app.toml".into(), text).map_err(|faults| faults.render(false))?;
        let app = resolve(&config, &document, &Options::default()).map_err(|faults| faults.render(false))?;
        crate::render::render(&app).map_err(|error| error.to_string())
    }

    #[test]
    fn the_application_gets_a_url_and_the_server_a_quarter_of_its_memory() {
        let files = files("driver = \"psycopg\"\n").unwrap();
        let web = files.get("k8s/deployment.yaml").unwrap();
        let url = "postgresql+psycopg://shop_api:$(DB_PASSWORD)@shop-api-db:5432/shop_api";
        assert!(web.contains("name: DATABASE_URL") && web.contains(url), "{web}");
        let set = files.get("k8s/db-stateful-set.yaml").unwrap();
        for part in
            ["shared_buffers=128MB", "name: shop-api-db\n", "mountPath: /var/lib/postgresql", "runAsUser: 10003"]
        {
            assert!(set.contains(part), "{part}: {set}");
        }
        assert!(files.get("k8s/db-network-policy.yaml").is_some());
    }

    #[test]
    fn what_it_does_not_have_is_refused() {
        for (keys, message) in [
            ("eviction = \"allkeys-lru\"\n", "`services.db.eviction` has no meaning for this kind"),
            ("database = 1\n", "`services.db.database` has no meaning for this kind"),
            ("driver = \"a b\"\n", "must be the name of a driver"),
            ("image = \"postgres:18-alpine\"\n", "must not be an Alpine image"),
            ("env = \"\"\ndriver = \"psycopg\"\n", "no URL is made"),
        ] {
            let faults = files(keys).unwrap_err();
            assert!(faults.contains(message), "{keys}: {faults}");
        }
    }
}
