"""Process 1 of a container before it becomes the application: mounts, user, exec.

Called by `pod.py` in fresh mount and process namespaces with one JSON argument.
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

# include/uapi/linux/prctl.h and include/uapi/linux/capability.h (CAP_LAST_CAP is below 64).
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAPABILITIES = range(64)

DEVICES = ["null", "zero", "full", "random", "urandom"]
SHARED_MEMORY = "size=64m,mode=1777"  # what container runtimes give


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def place(root: Path, path: str, *, folder: bool) -> str:
    """Make a mount point, as a container runtime does before the root becomes read-only."""
    point = root / path.lstrip("/")
    if folder:
        point.mkdir(parents=True, exist_ok=True)
    else:
        point.parent.mkdir(parents=True, exist_ok=True)
        point.touch()
    return str(point)


def assemble(specification: dict) -> Path:
    """Lay a thin layer over the image, mount what a container has, return the new root."""
    upper, work, root = (Path(specification["layer"], name) for name in ("upper", "work", "root"))
    for folder in (upper, work, root):
        folder.mkdir()
    lower = specification["image"]
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", str(root))

    points = {path: place(root, path, folder=True) for path in ("/proc", "/dev", "/sys")}
    hosts = place(root, "/etc/hosts", folder=False)
    Path(hosts).write_text("".join(f"127.0.0.1 {name}\n" for name in ["localhost", *specification["hosts"]]))
    volumes = [(volume, place(root, volume["path"], folder=True)) for volume in specification["volumes"]]
    if specification["read_only"]:
        mount("-o", "remount,bind,ro", str(root))

    mount("-t", "proc", "proc", points["/proc"])
    mount("-t", "tmpfs", "-o", "mode=755,size=1m", "tmpfs", points["/dev"])
    for device in DEVICES:
        mount("--bind", f"/dev/{device}", place(root, f"/dev/{device}", folder=False))
    mount("-t", "tmpfs", "-o", SHARED_MEMORY, "tmpfs", place(root, "/dev/shm", folder=True))
    for volume, point in volumes:
        fill(volume, point, specification)
    return root


def fill(volume: dict, point: str, specification: dict) -> None:
    """Mount a volume: memory instead of a node's disk, with the files of a ConfigMap if any."""
    mode = "2777" if volume["writable"] else "2755"
    mount("-t", "tmpfs", "-o", f"mode={mode},gid={specification['group']}", "tmpfs", point)
    for name, text in volume["files"].items():
        target = Path(point, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    if not volume["writable"]:
        mount("-o", "remount,bind,ro", point)


def become(specification: dict) -> None:
    """Drop every privilege, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in CAPABILITIES:
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([specification["group"]])
    os.setgid(specification["group"])
    os.setuid(specification["user"])
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")


def main(specification: dict) -> None:
    os.chroot(assemble(specification))
    os.chdir(specification["workdir"])
    become(specification)
    os.umask(0o022)
    command, env = specification["command"], specification["env"]
    os.environ["PATH"] = env.get("PATH", os.defpath)
    try:
        os.execvpe(command[0], command, env)
    except OSError as error:
        sys.exit(f"cannot run `{command[0]}`: {error.strerror}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
