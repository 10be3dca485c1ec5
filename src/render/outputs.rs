//! The table of outputs: which template writes which part of the [`App`] to which path.

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::environment::Templates;
use super::gitops;
use super::job_names::JobNames;
use super::manifest;
use crate::app::App;
use crate::app::workflow::Workflow;
use crate::bug::bug;
use crate::file_set::RelativePath;

/// One file to be written.
pub(super) struct Output {
    pub(super) path: RelativePath,
    pub(super) template: String,
    pub(super) context: Value,
}

/// Every file that `app` asks for.
pub(super) fn outputs(app: &App, templates: &Templates) -> anyhow::Result<Vec<Output>> {
    let names = JobNames::of(app, templates)?;
    let mut outputs = Outputs(Vec::new());
    outputs.add(
        &app.paths.dockerfile,
        "docker/Dockerfile",
        context! { build => Value::from(Serde(&app.image_build)) },
    )?;
    outputs.add(
        &app.paths.dockerignore,
        "docker/dockerignore",
        context! { paths => Value::from(Serde(&app.paths)), ignore => Value::from(Serde(&app.ignore_file)) },
    )?;
    if let Some(config) = &app.server_config {
        outputs.add(&config.path, "server/gunicorn.conf.py", context! { config => Value::from(Serde(config)) })?;
    }
    for object in &app.objects {
        let path = format!("{}/{}.yaml", app.paths.manifests, object.file);
        outputs.add(
            &path,
            &manifest::template(&object.kind),
            manifest::context(&object.kind, &names.metadata(object)),
        )?;
    }
    let rendered = app.objects.iter().map(|object| format!("{}.yaml", object.file));
    let resources: Vec<String> = rendered.chain(app.own_resources.iter().cloned()).collect();
    outputs.add(
        &format!("{}/kustomization.yaml", app.paths.manifests),
        "kubernetes/kustomization.yaml",
        context! { resources },
    )?;
    let is_followed = |workflow: &Workflow| workflow.deployments.iter().all(|one| one.deploy.is_followed());
    if !app.workflow.as_ref().is_some_and(is_followed) {
        outputs.add(&app.paths.release(), "release/release.py", context! {})?;
    }
    if let Some(workflow) = &app.workflow {
        let release = app.paths.release();
        let context =
            context! { workflow => Value::from(Serde(workflow)), paths => Value::from(Serde(&app.paths)), release };
        outputs.add(&app.paths.workflow, "github/deploy.yml", context.clone())?;
        if let Some(path) = &app.paths.dependabot {
            outputs.add(path, "github/dependabot.yml", context)?;
        }
    }
    for (path, template, context) in gitops::files(&app.followed) {
        outputs.add(&path, template, context)?;
    }
    Ok(outputs.0)
}

struct Outputs(Vec<Output>);

impl Outputs {
    fn add(&mut self, path: &str, template: &str, context: Value) -> anyhow::Result<()> {
        let path = RelativePath::new(path).map_err(|fault| bug(format!("the output `{path}` {fault}")))?;
        self.0.push(Output { path, template: template.to_owned(), context });
        Ok(())
    }
}
