//! From a container of the manifests to how it runs: names looked up, defaults put in.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_yaml::Value;

use crate::collection::Manifests;
use crate::manifests::{self, PodSpec};
use crate::plan::{Container, Probe, Probes, Variable, Volume};

/// How one container runs.
pub(crate) fn resolve(container: &manifests::Container, pod: &PodSpec, manifests: &Manifests) -> Result<Container> {
    let context = container.security_context;
    Ok(Container {
        name: container.name.clone(),
        command: container.command.clone(),
        args: container.args.clone(),
        workdir: container.working_dir.clone(),
        env: variables(container, manifests)?,
        user: context.run_as_user.or(pod.security_context.run_as_user),
        group: context.run_as_group.or(pod.security_context.run_as_group),
        read_only: context.read_only_root_filesystem.unwrap_or(false),
        volumes: volumes(container, pod, manifests)?,
        hosts: manifests.services.clone(),
        probes: Probes {
            startup: probe(container.startup_probe.as_ref(), container)?,
            liveness: probe(container.liveness_probe.as_ref(), container)?,
            readiness: probe(container.readiness_probe.as_ref(), container)?,
        },
    })
}

/// `envFrom` first: `env` wins over it.
fn variables(container: &manifests::Container, manifests: &Manifests) -> Result<Vec<Variable>> {
    let config_map =
        |name: &str| manifests.config_maps.get(name).with_context(|| format!("there is no ConfigMap `{name}`"));
    let mut found = Vec::new();
    for source in &container.env_from {
        let reference = source.config_map_ref.as_ref().context("`envFrom` of a Secret names no variables")?;
        let prefix = source.prefix.as_deref().unwrap_or_default();
        for (key, value) in config_map(&reference.name)? {
            found.push(Variable { name: format!("{prefix}{key}"), value: Some(value.clone()) });
        }
    }
    for variable in &container.env {
        let value = match &variable.value_from {
            None => Some(variable.value.clone().unwrap_or_default()),
            Some(from) => match (&from.secret, &from.config_map, &from.field) {
                (Some(_), None, None) => None,
                (None, Some(reference), None) => {
                    let value = config_map(&reference.name)?.get(&reference.key);
                    Some(
                        value
                            .with_context(|| format!("ConfigMap `{}` has no `{}`", reference.name, reference.key))?
                            .clone(),
                    )
                }
                (None, None, Some(field)) => Some(field.field_path.clone()),
                _ => bail!("variable `{}`: a source that the test does not know", variable.name),
            },
        };
        found.push(Variable { name: variable.name.clone(), value });
    }
    Ok(found)
}

fn volumes(container: &manifests::Container, pod: &PodSpec, manifests: &Manifests) -> Result<Vec<Volume>> {
    let mut found = Vec::new();
    for mount in &container.volume_mounts {
        let volume = pod.volumes.iter().find(|volume| volume.name == mount.name);
        let volume = volume.with_context(|| format!("no volume `{}`", mount.name))?;
        let files = if let Some(reference) = &volume.config_map {
            manifests
                .config_maps
                .get(&reference.name)
                .with_context(|| format!("no ConfigMap `{}`", reference.name))?
                .clone()
        } else if let Some(secret) = &volume.secret {
            secret.items.iter().map(|item| (item.path.clone(), format!("dummy of {}", item.path))).collect()
        } else if volume.empty_dir.is_some() || volume.persistent_volume_claim.is_some() {
            BTreeMap::new()
        } else {
            bail!("volume `{}`: a kind that the test does not know", volume.name)
        };
        let writable = !mount.read_only && volume.config_map.is_none() && volume.secret.is_none();
        found.push(Volume { path: mount.mount_path.clone(), writable, files });
    }
    Ok(found)
}

fn probe(probe: Option<&manifests::Probe>, container: &manifests::Container) -> Result<Option<Probe>> {
    let Some(probe) = probe else { return Ok(None) };
    let (path, port, headers) = if let Some(get) = &probe.http_get {
        let headers = get.http_headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
        (Some(get.path.clone()), Some(port(&get.port, container)?), headers)
    } else if let Some(socket) = &probe.tcp_socket {
        (None, Some(port(&socket.port, container)?), BTreeMap::new())
    } else {
        (None, None, BTreeMap::new())
    };
    Ok(Some(Probe {
        exec: probe.exec.as_ref().map(|exec| exec.command.clone()),
        path,
        port,
        headers,
        timeout: probe.timeout_seconds.unwrap_or(1),
        period: probe.period_seconds.unwrap_or(10),
        failures: probe.failure_threshold.unwrap_or(3),
    }))
}

/// A port is given by number or by name.
fn port(port: &Value, container: &manifests::Container) -> Result<u16> {
    if let Some(number) = port.as_u64() {
        return Ok(u16::try_from(number)?);
    }
    let name = port.as_str().context("a port is a number or a name")?;
    let found = container.ports.iter().find(|port| port.name.as_deref() == Some(name));
    Ok(found.with_context(|| format!("container `{}` has no port `{name}`", container.name))?.container_port)
}
