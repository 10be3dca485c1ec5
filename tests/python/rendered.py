"""What the rendered manifests give to the web container, for a service that runs without a cluster."""

from __future__ import annotations

from pathlib import Path

import yaml


def objects_of(folder: Path) -> list[dict]:
    """Read every object that was rendered."""
    files = sorted((folder / "k8s").glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def environment_of_pod(folder: Path, secrets: dict[str, str], folders: dict[str, Path]) -> dict[str, str]:
    """Put the container's variables together as the kubelet does.

    `secrets` stands for the Secrets of the cluster, by variable; `folders` for the pod's volumes, by their path.
    """
    objects = objects_of(folder)
    maps = {object["metadata"]["name"]: object["data"] for object in objects if object["kind"] == "ConfigMap"}
    [container] = [
        container
        for object in objects
        if object["kind"] == "Deployment"
        for container in object["spec"]["template"]["spec"]["containers"]
        if container["name"] == "web"
    ]
    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        variables |= maps[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        name = variable["name"]
        value = secrets[name] if "valueFrom" in variable else variable["value"]
        variables[name] = str(folders.get(value, value))
    return variables
