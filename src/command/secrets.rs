//! `pykube secrets`: Secrets from local values. Nothing of it ever touches the disk.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Directory;
use super::exit::{Exit, examples};
use crate::app::Options;
use crate::config::section::SecretProvider;
use crate::secret_manifest::{Local, manifests};
use crate::{app, config};

/// Arguments of `pykube secrets`.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretsArguments {
    #[command(subcommand)]
    command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Print the Secrets that app.toml names, with values from a local file.
    #[command(after_long_help = help())]
    Manifest(ManifestArguments),
}

/// Arguments of `pykube secrets manifest`.
#[derive(Debug, clap::Args)]
struct ManifestArguments {
    #[command(flatten)]
    directory: Directory,

    /// File of NAME=value lines; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    env_file: PathBuf,

    /// Local file for a path of [secrets.files].
    #[arg(long = "file", value_name = "PATH=LOCAL")]
    files: Vec<String>,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube secrets manifest --env-file .env | kubectl apply -f -", "to a cluster of your own"),
            ("pykube secrets manifest --env-file - < .env | kubeseal", "sealed, to be committed"),
        ],
        &[],
    )
}

/// Prints the manifests; what is wrong with the values goes to standard error without them.
pub(crate) fn run(arguments: &SecretsArguments) -> anyhow::Result<Exit> {
    let SecretsCommand::Manifest(arguments) = &arguments.command;
    let directory = &arguments.directory.directory;
    let (config, document) = config::load(directory)?;
    if let Some(maker) = maker(config.secrets.provider) {
        anyhow::bail!("{maker} creates the Secrets of this app.toml, and would conflict with one made by hand");
    }
    let options =
        Options { files: config::read_project_files(directory, &config), secrets_exist: true, ..Options::default() };
    let app = app::resolve(&config, &document, &options)?;
    let local = Local {
        path: shown(&arguments.env_file),
        text: text(&arguments.env_file)?,
        files: local_files(&arguments.files)?,
    };
    let manifests = manifests(&app, &local)?;
    for warning in &manifests.warnings {
        writeln!(anstream::stderr(), "warning: {warning}")?;
    }
    write!(anstream::stdout(), "{}", manifests.text)?;
    Ok(Exit::Success)
}

/// Who makes the Secrets, when that is neither a person nor kubeseal.
fn maker(provider: SecretProvider) -> Option<&'static str> {
    match provider {
        SecretProvider::Existing | SecretProvider::SealedSecrets => None,
        SecretProvider::ExternalSecrets => Some("the External Secrets Operator"),
        SecretProvider::Csi => Some("the Secrets Store CSI driver"),
    }
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = read(path)?;
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("`{}` is not UTF-8", shown(path)))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))
}

fn local_files(pairs: &[String]) -> anyhow::Result<BTreeMap<String, (PathBuf, Vec<u8>)>> {
    let mut files = BTreeMap::new();
    for pair in pairs {
        let Some((path, local)) = pair.split_once('=') else {
            anyhow::bail!("`--file {pair}` must be `PATH=LOCAL`, the path in the container and the local file");
        };
        files.insert(path.to_owned(), (PathBuf::from(local), read(Path::new(local))?));
    }
    Ok(files)
}
