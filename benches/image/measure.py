"""Measure examples under each Dockerfile; results are lines of JSON, a table is made of their medians."""

import argparse
import json
import os
import statistics
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import builds
import contexts
import serves


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/image.sh", description=__doc__)
    parser.add_argument("what", choices=["build", "serve", "table"])
    parser.add_argument("--example", action="append", choices=list(contexts.COMMANDS))
    parser.add_argument("--file", action="append", choices=list(contexts.FILES))
    parser.add_argument("--seconds", type=int, default=8, help="of load on each route")
    parser.add_argument("--env", action="append", default=[], help="NAME=value for the container")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    work = Path(os.environ["PYKUBE_BENCH"])
    results = work / "results.jsonl"
    if asked.what == "table":
        table([json.loads(line) for line in results.read_text().splitlines()])
        return
    pykube = Path(os.environ["PYKUBE"])
    environment = dict(pair.split("=", 1) for pair in asked.env)
    with serves.node(Path(os.environ["PYKUBE_CLUSTER_TOOLS"])) if asked.what == "serve" else nullcontext():
        for example, file in product(asked.example or contexts.COMMANDS, asked.file or contexts.FILES):
            if asked.what == "build":
                measured = builds.measure(work, pykube, example, file)
            else:
                measured = serves.measure(work, example, file, asked.seconds, environment)
            line = json.dumps({"example": example, "file": file, "env": asked.env, **measured})
            print(line, flush=True)
            with results.open("a") as lines:
                lines.write(line + "\n")


# A row of the table, and how its cells are made of the medians of a Dockerfile.
ROWS = {
    "image, compressed, MB": "{megabytes:.1f}",
    "cold build, s (CPU s)": "{cold:.1f} ({cold CPU s:.1f})",
    "build after one line, s (CPU s)": "{after a line:.1f} ({after a line CPU s:.1f})",
    "build after one dependency, s (CPU s)": "{after a dependency:.1f} ({after a dependency CPU s:.1f})",
    "start to the first 200, s (CPU s)": "{start:.2f} ({start CPU s:.2f})",
    "requests a second, `/nothing`": "{nothing requests a second:,.0f}",
    "p99, `/nothing`, ms": "{nothing p99 ms:.1f}",
    "CPU for a request, `/nothing`, ms": "{nothing CPU ms a request:.2f}",
    "requests a second, `/wait`": "{wait requests a second:,.0f}",
    "p99, `/wait`, ms": "{wait p99 ms:.0f}",
    "CPU for a request, `/wait`, ms": "{wait CPU ms a request:.2f}",
    "requests a second, `/compute`": "{compute requests a second:,.0f}",
    "p99, `/compute`, ms": "{compute p99 ms:.0f}",
    "CPU for a request, `/compute`, ms": "{compute CPU ms a request:.1f}",
    "memory idle, MiB": "{idle MiB:.0f}",
    "memory loaded, MiB": "{loaded MiB:.0f}",
    "failed under load": "{failed:.0f}",
    "failed while a pod stops": "{stop failed:.0f} of {stop sent:.0f}",
}


def table(results: list[dict]) -> None:
    """Print medians, one row a measure, one column a Dockerfile."""
    for example in dict.fromkeys(result["example"] for result in results):
        columns = [medians([one for one in results if (one["example"], one["file"], one["env"]) == (example, file, [])])
                   for file in contexts.FILES]
        print(f"\n| {example} | " + " | ".join(contexts.FILES) + " |")
        print("| --- |" + " ---: |" * len(contexts.FILES))
        for name, cell in ROWS.items():
            print(f"| {name} | " + " | ".join(cell.format(**column) for column in columns) + " |")


def medians(results: list[dict]) -> dict[str, float]:
    """The median of each measure over the rounds; failed requests are added up."""
    names = {name for result in results for name, value in result.items() if isinstance(value, (int, float))}
    found = {name: [result[name] for result in results if name in result] for name in names}
    result = {name: statistics.median(values) for name, values in found.items()}
    added = ("nothing failed", "wait failed", "compute failed", "stop failed", "stop sent")
    result |= {name: sum(found[name]) for name in added}
    return result | {"failed": sum(result[f"{route} failed"] for route in ("nothing", "wait", "compute"))}


if __name__ == "__main__":
    main()
