//! What is left to do between a new `app.toml` and the first release, in order, each with its command.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::config::section::PLACEHOLDER_OWNER;
use crate::detect::is_local_address;

/// One thing to do.
pub(crate) struct Step {
    pub(crate) what: String,
    pub(crate) commands: Vec<String>,
}

/// The steps for `config`, which is the text `app_toml`; `workflow` is the rendered one, if there is one.
pub(crate) fn next_steps(config: &Config, app_toml: &str, workflow: Option<&str>, is_rendered: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |what: String, commands: &[String]| steps.push(Step { what, commands: commands.to_vec() });
    let open = to_fill_in(config, app_toml);
    if !open.is_empty() {
        add(format!("fill in app.toml: {}", open.join(", ")), &[]);
    }
    add("check app.toml against the code".into(), &["pykube check".into()]);
    if !is_rendered {
        add("render".into(), &["pykube render".into()]);
    }
    let namespace = config.app.namespace_name();
    let secrets: Vec<&str> = config.secrets.env.keys().map(String::as_str).collect();
    if !secrets.is_empty() {
        let commands = [
            format!("kubectl create namespace {namespace}"),
            format!("pykube secrets manifest --env-file .env | kubectl apply --namespace {namespace} -f -"),
        ];
        add(format!("put {} into the cluster, from a file .env that is not committed", secrets.join(", ")), &commands);
    }
    let repository = &config.image.repository;
    let registry = repository.split('/').next().unwrap_or_default();
    if workflow.is_some() {
        let what = if registry == "ghcr.io" {
            format!(
                "after the first push: {repository} is private, so make it public or give the cluster a pull secret"
            )
        } else {
            format!("let the cluster pull from {registry}")
        };
        let pull = format!(
            "kubectl create secret docker-registry pull --namespace {namespace} --docker-server={registry} \
             --docker-username=USER --docker-password=TOKEN"
        );
        add(what, &[pull]);
    }
    for environment in workflow.map(environments).unwrap_or_default() {
        let name = &environment.name;
        let mut commands = vec![format!("gh api --method PUT repos/OWNER/NAME/environments/{name}")];
        commands.extend(environment.secrets.iter().map(|secret| format!("gh secret set {secret} --env {name}")));
        commands
            .extend(environment.variables.iter().map(|variable| format!("gh variable set {variable} --env {name}")));
        add(format!("create the GitHub environment `{name}` with what the workflow reads from it"), &commands);
    }
    add(
        "commit and push: the workflow tests, builds and releases".into(),
        &["git add --all && git commit --message \"Deploy by pykube\" && git push".into()],
    );
    steps
}

/// The keys that only a person can fill: the placeholder of the image, and required variables without a value.
fn to_fill_in(config: &Config, app_toml: &str) -> Vec<String> {
    let is_placeholder = config.image.repository.split('/').any(|part| part == PLACEHOLDER_OWNER);
    let repository = is_placeholder.then(|| "[image] repository".to_owned());
    let required = app_toml.lines().filter(|line| line.contains("# required")).filter_map(|line| {
        let name = line.strip_prefix("# ")?.split(' ').next()?;
        Some(format!("[config] {}", name.trim_matches('"')))
    });
    // Copied from the code to be seen; right on the developer's machine only.
    let is_open = |(name, value): &(&String, &String)| !name.ends_with("HOSTS") && is_local_address(name, value);
    let local = config.config.iter().filter(is_open).map(|(name, _)| format!("[config] {name}"));
    repository.into_iter().chain(required).chain(local).collect()
}

/// A GitHub environment, and the names that jobs of the workflow read in it.
struct Environment {
    name: String,
    secrets: BTreeSet<String>,
    variables: BTreeSet<String>,
}

/// The environments that the jobs of a workflow name.
fn environments(workflow: &str) -> Vec<Environment> {
    let document: serde_yaml::Value = serde_yaml::from_str(workflow).unwrap_or_default();
    let mut found: Vec<Environment> = Vec::new();
    for job in document.get("jobs").and_then(|jobs| jobs.as_mapping()).into_iter().flat_map(|jobs| jobs.values()) {
        let environment = job.get("environment");
        let name =
            environment.and_then(|environment| environment.as_str().or_else(|| environment.get("name")?.as_str()));
        let Some(name) = name.filter(|name| !name.contains("${{")) else { continue };
        let text = serde_yaml::to_string(job).unwrap_or_default();
        let (secrets, variables) = (names_after(&text, "secrets."), names_after(&text, "vars."));
        match found.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                known.secrets.extend(secrets);
                known.variables.extend(variables);
            }
            None => found.push(Environment { name: name.to_owned(), secrets, variables }),
        }
    }
    found.retain(|environment| !environment.secrets.is_empty() || !environment.variables.is_empty());
    found
}

/// The names behind `prefix`, except for GitHub's own token.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let names = text.split(prefix).skip(1).map(|rest| {
        rest.chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect::<String>()
    });
    names.filter(|name| !name.is_empty() && name != "GITHUB_TOKEN").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_jobs_of_an_environment() {
        let workflow = "jobs:\n  test:\n    steps: [{run: \"echo ${{ secrets.OTHER }}\"}]\n  build:\n    environment: production\n    \
                        steps: [{with: {token: \"${{ secrets.GITHUB_TOKEN }}\", role: \"${{ vars.AWS_ROLE_ARN }}\"}}]\n  \
                        deploy:\n    environment: {name: production, url: x}\n    steps: [{env: {K: \"${{ secrets.KUBECONFIG }}\"}}]\n";
        let found = environments(workflow);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "production");
        assert_eq!(found[0].secrets.iter().collect::<Vec<_>>(), ["KUBECONFIG"]);
        assert_eq!(found[0].variables.iter().collect::<Vec<_>>(), ["AWS_ROLE_ARN"]);
    }
}
