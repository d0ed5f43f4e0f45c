#!/usr/bin/env bash
# Tries all IPv4 addresses against the ids of copies that a partner gets of made-up objects: none may be found. One core, some minutes.
# Needs bin/pahra (make build) and jq. Arguments go to the search, such as -back -until 268435456 for the last /4 alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=$(realpath -m "${OUT:-.bench}")
mkdir -p "$OUT"
bin/pahra world stix --objects 2000 --seed 6 -o "$OUT/originals.json"
bin/pahra agreement explain docs/examples/agreement.yaml --partner cert-atlantica --object "$OUT/originals.json" --at 2026-04-25T09:00:00Z --as-signed --json |
  jq -c .copy >"$OUT/copies.json"
go run -C tools/bench ./invert -copies "$OUT/copies.json" -originals "$OUT/originals.json" "$@"
