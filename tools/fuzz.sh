#!/usr/bin/env bash
# Runs every fuzz target of every package, one after another, FUZZTIME each (60s by default).
# Run it from the repository's folder. It stops at the first target that fails.
set -euo pipefail
time=${FUZZTIME:-60s}
count=0
while read -r dir package; do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //' | sort -u); do
		echo "== $package $target ($time)"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
		count=$((count + 1))
	done
done < <(go list -f '{{.Dir}} {{.ImportPath}}' ./...)
echo "$count fuzz targets, $time each, without a crash"
