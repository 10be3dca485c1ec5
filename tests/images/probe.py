"""Asks a container what the kubelet would ask."""

import http.client
import socket
import time

from buildah import Failure
from pod import Running

# Not the address that a server bound to localhost would answer on: a pod has an address of its own.
POD_ADDRESS = "127.0.0.2"


def ask(probe: dict, container: Running) -> str | None:
    """Ask once; what is wrong, or nothing."""
    timeout = probe["timeout"]
    if probe["exec"]:
        code, output = container.exec(probe["exec"], timeout)
        return None if code == 0 else f"`{' '.join(probe['exec'])}` exited with {code}: {output}"
    try:
        if probe["path"] is None:
            socket.create_connection((POD_ADDRESS, probe["port"]), timeout).close()
            return None
        status = get(probe, timeout)
    except (OSError, http.client.HTTPException) as error:
        return f"port {probe['port']}: {error}"
    # The kubelet takes a redirect for success, but then the view was never asked.
    return None if status == 200 else f"`{probe['path']}` answered {status}"


def get(probe: dict, timeout: float) -> int:
    """Answer's status of a GET with the probe's headers."""
    connection = http.client.HTTPConnection(POD_ADDRESS, probe["port"], timeout=timeout)
    try:
        connection.request("GET", probe["path"], headers=probe["headers"])
        return connection.getresponse().status
    finally:
        connection.close()


def wait_for(name: str, probe: dict, container: Running) -> str:
    """Ask until the answer is right, for as long as the kubelet would; how it went."""
    patience = probe["period"] * probe["failures"]
    started = time.monotonic()
    while True:
        container.pid()
        fault = ask(probe, container)
        waited = time.monotonic() - started
        if fault is None:
            return f"{name} {describe(probe)} ok after {waited:.1f} s"
        if waited > patience:
            raise Failure(f"{name} probe failed for {patience} s: {fault}\n{container.output()}")
        time.sleep(0.2)


def describe(probe: dict) -> str:
    """What is asked, in a word."""
    return probe["path"] or (probe["exec"] or [f"port {probe['port']}"])[0]
