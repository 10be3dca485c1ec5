#!/usr/bin/env bash
# `pykube diff` of 300 objects, half of which a new release changes, whole process, against `pykube render --check` of the same
# release, in the same run. Needs hyperfine and a release build; prints hyperfine's table and the differences. A render with
# nothing to change is shown too: it does not look its output over again, so it is far cheaper than both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --release --locked --quiet
pykube=$PWD/target/release/pykube
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

write_app() { # DIR TAG
    mkdir -p "$1"
    cat > "$1/app.toml" <<TOML
[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
interface = "wsgi"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"
tag = "$2"

[probes]
liveness = "/livez"
readiness = "/readyz"
TOML
    for number in $(seq 1 147); do
        printf '\n[cron.task-%s]\nschedule = "0 3 * * *"\ncommand = "python manage.py task %s"\n' "$number" "$number"
    done >> "$1/app.toml"
}

write_app "$work/old" 1.4.2
write_app "$work/new" 1.5.0
mkdir "$work/tree"
"$pykube" render --quiet --target "$work/tree" "$work/old"
echo "objects: $(cat "$work"/tree/k8s/*.yaml | grep -c '^kind:')"

# A check that finds stale files exits with 1, as it should.
hyperfine --shell=none --ignore-failure --warmup 5 --runs "${RUNS:-30}" --export-json "$work/times.json" \
    --command-name 'render with nothing to change' \
    "$pykube render --quiet --target $work/tree $work/old" \
    --command-name 'diff with nothing to change' \
    "$pykube diff --target $work/tree $work/old" \
    --command-name 'render --check after a new release' \
    "$pykube render --check --quiet --target $work/tree $work/new" \
    --command-name 'diff after a new release' \
    "$pykube diff --exit-zero --target $work/tree $work/new"

python3 - "$work/times.json" <<'PYTHON'
import json, sys

results = {row["command"]: row["median"] * 1000 for row in json.load(open(sys.argv[1]))["results"]}
render = results["render --check after a new release"]
for name, median in results.items():
    print(f"{median:7.1f} ms  {median - render:+7.1f} ms  {name}")
PYTHON
