//! Secrets made from a local file of variables, for `kubectl apply` or `kubeseal`; they go to standard output only.

mod env_file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::context;
use minijinja::value::Serde;

use crate::app::App;
use crate::app::object::{Kind, ObjectMeta};
use crate::app::pod::{PodTemplate, VolumeSource};
use crate::bug::bug;
use crate::render::Templates;

/// Most that a Secret holds, in bytes.
/// Source: <https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size>
const LARGEST: usize = 1 << 20;

/// Who reads one key of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Readers {
    /// Names of variables.
    variables: Vec<String>,
    /// Paths of files in the containers.
    files: Vec<String>,
}

/// Secret and key, with who reads them.
type Wanted = BTreeMap<(String, String), Readers>;

/// Local values: from the file of variables, and from files given one by one.
#[derive(Debug)]
pub(crate) struct Local {
    /// Path of the file of variables, as messages call it.
    pub path: String,
    pub text: String,
    /// Contents by path in the container.
    pub files: BTreeMap<String, (PathBuf, Vec<u8>)>,
}

/// The manifests, and what was left over.
#[derive(Debug)]
pub(crate) struct Manifests {
    /// YAML documents, one for each Secret.
    pub text: String,
    /// Lines about what was not used.
    pub warnings: Vec<String>,
}

/// Makes a Secret of each that `app` reads.
///
/// # Errors
/// Every line of the file that cannot be read and every value that is missing; never a value.
pub(crate) fn manifests(app: &App, local: &Local) -> anyhow::Result<Manifests> {
    let wanted = wanted(app);
    anyhow::ensure!(!wanted.is_empty(), "app.toml names no secret; [secrets.env] NAME = \"secret/key\" does");
    let values = env_file::parse(&local.text, &local.path).map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    let mut secrets: BTreeMap<&str, BTreeMap<&str, &[u8]>> = BTreeMap::new();
    let mut missing = Vec::new();
    for ((secret, key), readers) in &wanted {
        match value(readers, &values, local) {
            Ok(Some(value)) => {
                secrets.entry(secret).or_default().insert(key, value);
            }
            Ok(None) => missing.push(readers.ask(secret, key, &local.path)),
            Err(fault) => missing.push(format!("`{secret}/{key}` {fault}")),
        }
    }
    anyhow::ensure!(missing.is_empty(), "the Secrets would not be complete\n  {}", missing.join("\n  "));
    for (secret, data) in &secrets {
        let size: usize = data.values().map(|value| value.len()).sum();
        anyhow::ensure!(size <= LARGEST, "the Secret `{secret}` would hold {size} bytes; it can hold {LARGEST}");
    }
    let warnings = left_over(&wanted, &values, local);
    Ok(Manifests { text: rendered(app, &secrets)?, warnings })
}

impl Readers {
    /// How to give the value that is missing.
    fn ask(&self, secret: &str, key: &str, path: &str) -> String {
        match (self.variables.first(), self.files.first()) {
            (Some(variable), _) => format!("`{variable}` is not in `{path}` (`{secret}/{key}`)"),
            (None, Some(file)) => format!("`{file}` needs `--file {file}=LOCAL` (`{secret}/{key}`)"),
            (None, None) => format!("`{secret}/{key}` has no name"),
        }
    }
}

/// The one value that the readers of a key get.
fn value<'a>(readers: &Readers, values: &'a env_file::Values, local: &'a Local) -> Result<Option<&'a [u8]>, String> {
    let variables = readers.variables.iter().filter_map(|name| Some((name, values.get(name)?.as_bytes())));
    let files = readers.files.iter().filter_map(|path| Some((path, local.files.get(path)?.1.as_slice())));
    let mut given = variables.chain(files);
    let Some((first, value)) = given.next() else { return Ok(None) };
    match given.find(|(_, other)| *other != value) {
        Some((other, _)) => Err(format!("has one value for `{first}` and another for `{other}`")),
        None => Ok(Some(value)),
    }
}

fn left_over(wanted: &Wanted, values: &env_file::Values, local: &Local) -> Vec<String> {
    let has_variable = |name: &String| wanted.values().any(|readers| readers.variables.contains(name));
    let has_file = |path: &String| wanted.values().any(|readers| readers.files.contains(path));
    let variables = values.keys().filter(|name| !has_variable(name));
    let variables =
        variables.map(|name| format!("`{name}` of `{}` is in no Secret: [secrets.env] does not name it", local.path));
    let files = local.files.keys().filter(|path| !has_file(path));
    variables.chain(files.map(|path| format!("`{path}` is in no Secret: [secrets.files] does not name it"))).collect()
}

/// Every key of a Secret that a pod reads by name, or KEDA for one.
fn wanted(app: &App) -> Wanted {
    let mut wanted = Wanted::new();
    for template in app.objects.iter().filter_map(|object| object.kind.pod_template()) {
        note_variables(template, &mut wanted);
        note_files(template, &mut wanted);
    }
    for object in &app.objects {
        if let Kind::TriggerAuthentication(read) = &object.kind {
            let readers = wanted.entry((read.secret_name.clone(), read.secret_key.clone())).or_default();
            if readers.variables.is_empty() && readers.files.is_empty() {
                readers.variables.push(variable_for(&read.secret_name, &read.secret_key));
            }
        }
    }
    wanted
}

/// Name in the local file of a key that no variable of a pod holds: `cache/password` is `CACHE_PASSWORD` there.
fn variable_for(secret: &str, key: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{secret}_{key}").chars().map(fits).collect()
}

fn note_variables(template: &PodTemplate, wanted: &mut Wanted) {
    let containers = template.init_containers.iter().chain(&template.containers);
    for variable in containers.flat_map(|container| &container.env) {
        let Some(key) = &variable.secret_key_ref else { continue };
        let readers = wanted.entry((key.name.clone(), key.key.clone())).or_default();
        if !readers.variables.contains(&variable.name) {
            readers.variables.push(variable.name.clone());
        }
    }
}

fn note_files(template: &PodTemplate, wanted: &mut Wanted) {
    for volume in &template.volumes {
        let VolumeSource::Projected { sources } = &volume.source else { continue };
        let mounts = template.containers.iter().flat_map(|container| &container.volume_mounts);
        let Some(mount) = mounts.into_iter().find(|mount| mount.name == volume.name) else { continue };
        for source in sources {
            for item in &source.items {
                let readers = wanted.entry((source.name.clone(), item.key.clone())).or_default();
                let path = format!("{}/{}", mount.mount_path, item.path);
                if !readers.files.contains(&path) {
                    readers.files.push(path);
                }
            }
        }
    }
}

fn rendered(app: &App, secrets: &BTreeMap<&str, BTreeMap<&str, &[u8]>>) -> anyhow::Result<String> {
    let account = app.objects.iter().find(|object| matches!(object.kind, Kind::ServiceAccount(_)));
    let account = account.ok_or_else(|| bug("there is no ServiceAccount"))?;
    let templates = Templates::embedded();
    let mut documents = Vec::new();
    for (secret, data) in secrets {
        let metadata = ObjectMeta { name: (*secret).to_owned(), ..account.metadata.clone() };
        let data: BTreeMap<&str, String> = data.iter().map(|(key, value)| (*key, STANDARD.encode(value))).collect();
        let context = context! { metadata => minijinja::Value::from(Serde(&metadata)), data };
        documents.push(templates.render("kubernetes/secret.yaml", context)?);
    }
    Ok(documents.join("---\n"))
}
