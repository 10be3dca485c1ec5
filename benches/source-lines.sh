#!/usr/bin/env bash
# Lines of src without its tests: `benches/source-lines.sh [REVISION]`; the working tree without a revision.
# Left out: files that only a `#[cfg(test)]` module brings in (`*_tests.rs`, `fixture.rs`, `property_cases.rs`), and each
# `#[cfg(test)] mod … { … }` that ends with a brace in the first column.
set -euo pipefail
cd "$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)"

revision=${1:-}
list() { if [ -n "$revision" ]; then git ls-tree -r --name-only "$revision" src; else git ls-files src; fi; }
show() { if [ -n "$revision" ]; then git show "$revision:$1"; else cat "$1"; fi; }

list | grep '\.rs$' | grep -Ev '(_tests|/tests|/fixture|/property_cases)\.rs$' | while read -r file; do
    show "$file" | awk -v file="$file" '
        inside { if (/^}/) inside = 0; next }
        pending && /^(pub(\(.*\))? )?mod .*\{$/ { inside = 1; pending = 0; next }
        pending { lines++; pending = 0 }
        /^#\[cfg\(test\)\]$/ { pending = 1; next }
        { lines++; if ($0 !~ /^[ \t]*(\/\/.*)?$/) code++ }
        END { split(file, part, "/"); print part[2], lines, code }'
done | awk '
    { lines[$1] += $2; code[$1] += $3; all += $2; allcode += $3 }
    END { for (room in lines) printf "%-24s %7d %7d\n", room, lines[room], code[room]; printf "%-24s %7d %7d\n", "~ all (lines, code)", all, allcode }' | sort
