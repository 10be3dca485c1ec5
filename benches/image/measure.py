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


def table(results: list[dict]) -> None:
    """Print medians, one row a measure, one column a Dockerfile."""
    for example in dict.fromkeys(result["example"] for result in results):
        found = [result for result in results if result["example"] == example and not result["env"]]
        names = list(dict.fromkeys(name for result in found for name in result if name not in ("example", "file", "env")))
        print(f"\n| {example} | " + " | ".join(contexts.FILES) + " |")
        print("| --- |" + " ---: |" * len(contexts.FILES))
        for name in names:
            values = [[result[name] for result in found if result["file"] == file and name in result] for file in contexts.FILES]
            cells = [f"{statistics.median(each):,.4g}" if each else "" for each in values]
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
