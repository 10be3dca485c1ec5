"""Runs the operations on a real node: run.py TOOLS WORK PYKUBE EXAMPLES WHICH APP…

WHICH is `some`, `all`, or names of operations with `; ` between. Prints a row for each operation and app; ends with 1 when a
request failed, a release ended otherwise than it must, or the cluster is not what app.toml asks for.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import images
from app import App
from operations import OPERATIONS, Trial

HERE = Path(__file__).resolve().parent
DATABASE = "203.0.113.20"
# What the name servers of the node call the database; its default is the name that the policy of examples/flask was made for.
DATABASE_NAMES = {"case-study": "orders-db"}


def enter(pid: str) -> None:
    """Moves this process into the network of the node."""
    with open(f"/proc/{pid}/ns/net") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def node(tools: Path, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A node that ends with this process, and a process inside it."""
    words = ["bash", str(HERE / "up.sh"), str(tools), str(folder)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline().split()
    if line[:1] != ["UP"]:
        sys.exit(f"the node did not start; its logs are in {folder}")
    enter(line[1])
    os.environ["KUBECONFIG"] = str(folder / "kubeconfig")
    return process, line[1]


def trial(example: Path, layout: Path, work: Path, pykube: Path, which: str, pid: str) -> list[dict]:
    app = App(example, work / "apps" / example.name, pykube)
    images.push(example.name, layout, "127.0.0.1:5000", app.repository.partition("/")[2])
    host = f"--host={DATABASE}"
    if "redis" in app.toml.text():
        images.push_valkey("127.0.0.1:5000", app.folder / "k8s" / "redis-stateful-set.yaml", layout.parent)
    subprocess.run(["psql", host, "--username=postgres", "--quiet", f"--command=create database {app.name}"], check=True)
    words = {"DATABASE_URL": f"postgresql://postgres@{DATABASE_NAMES.get(example.name, 'db.example.com')}/{app.name}"}
    words |= {name: "a-value-of-the-test-0123456789-0123456789-0123456789" for name in ("SECRET_KEY", "REDIS_PASSWORD")}
    (app.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in words.items()))
    (app.folder / ".gitignore").write_text(".env\n")
    done = Trial(app, pid)
    for name, operation, is_quick in OPERATIONS:
        if which == "all" or (which == "some" and is_quick) or name in which.split("; "):
            done.step(name, operation)
    if done.load:
        done.load.stop()
    return done.rows


def table(rows: dict[str, list[dict]]) -> str:
    """Rows by operation, columns by application: requests failed of those sent, and what the cluster has otherwise."""
    lines = ["| operation | " + " | ".join(rows) + " |", "| --- |" + " --- |" * len(rows)]
    for name, _, _ in OPERATIONS:
        cells = []
        for done in rows.values():
            row = next((row for row in done if row["operation"] == name), None)
            cells.append(cell(row) if row else "")
        if any(cells):
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(row: dict) -> str:
    text = f"{row['failed']} of {row['sent']}"
    return text + ("" if is_right(row) else f", {'; '.join([*row['difference'], row['problem']]).strip('; ')[:160]}")


def is_right(row: dict) -> bool:
    return not (row["failed"] or row["difference"] or row["problem"])


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node and its folder go, too
    tools, work, pykube, examples, which = sys.argv[1:6]
    folders = [Path(examples) / name for name in sys.argv[6:]]
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
    # Before the node is entered, which has no way to package indexes; beside those of tests/images.rs, whose bases they share.
    store = Path(work).parent / "images"
    layouts = [images.built(folder, store) for folder in folders]
    if "case-study" in sys.argv[6:]:
        images.valkey(store)
    rows = {}
    with tempfile.TemporaryDirectory(prefix="pykube-node-") as folder:
        process, pid = node(Path(tools), Path(folder))
        try:
            subprocess.run(["kubectl", "apply", f"--filename={HERE / 'definitions.yaml'}"], check=True, capture_output=True)
            for example, layout in zip(folders, layouts):
                rows[example.name] = trial(example, layout, Path(work), Path(pykube), which, pid)
        finally:
            process.stdin.close()
            process.wait(60)
    for name, done in rows.items():
        (Path(work) / f"{name}.json").write_text(json.dumps(done, indent=1))
    print(table(rows))
    return 0 if all(is_right(row) for done in rows.values() for row in done) else 1


if __name__ == "__main__":
    sys.exit(main())
