#!/usr/bin/env bash
# What the detectors find in made-up worlds whose truth is known: recall, precision and false incidents by kind, and what
# each exclusion is worth. Prints Markdown. Exit 1: a floor was missed.
#
#   tools/bench/worlds.sh [grade] [crowd] [ablation]    all of them without arguments
#
# SEEDS ("1 2 3 4 5")  one world each      NETWORKS (2000)  PREFIXES (8000)  PEERS (30)  DAYS (1)   of each world
# OUT (.bench)         worlds and results  ABLATION ("1 2 3 4 5")  seeds for the ablation
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=$(realpath -m "${OUT:-.bench}")/worlds
SEEDS=${SEEDS:-1 2 3 4 5}
ABLATION=${ABLATION:-$SEEDS}
NETWORKS=${NETWORKS:-2000} PREFIXES=${PREFIXES:-8000} PEERS=${PEERS:-30} DAYS=${DAYS:-1}
FROM=2026-02-10T00:00:00Z
missed=0
asked=("$@")
part() { [ ${#asked[@]} -eq 0 ] || [[ " ${asked[*]} " == *" $1 "* ]]; }
command -v jq >/dev/null || { echo "worlds: jq is not installed" >&2; exit 3; }
mkdir -p "$OUT"
go build -buildvcs=auto -trimpath -o "$OUT/pahra" ./cmd/pahra
TO=$(date -u -d "$FROM + $(awk "BEGIN{printf \"%d\", $DAYS*86400}") seconds" +%Y-%m-%dT%H:%M:%SZ)

# world makes the world of a seed with a ratio of benign to malicious events.
world() {
  rm -rf "$OUT/data-$2-$1" "$OUT/truth-$2-$1.json"
  "$OUT/pahra" world -o "$OUT/data-$2-$1" --truth "$OUT/truth-$2-$1.json" --start "$FROM" --seed "$1" --networks "$NETWORKS" \
    --prefixes "$PREFIXES" --peers "$PEERS" --days "$DAYS" --benign-ratio "$2" 2>/dev/null
}

# grade observes the worlds of seeds $2 with ratio $1 and further flags, and grades them as JSON.
grade() {
  local ratio=$1 seeds=$2 truths=() results=() n
  shift 2
  for n in $seeds; do
    rm -rf "$OUT/result-$n"
    "$OUT/pahra" observe --data "$OUT/data-$ratio-$n" --from "$FROM" --to "$TO" -o "$OUT/result-$n" "$@" >/dev/null 2>&1
    truths+=(--truth "$OUT/truth-$ratio-$n.json")
    results+=("$OUT/result-$n")
  done
  "$OUT/pahra" grade --json "${truths[@]}" "${results[@]}"
}

table() {
  jq -r '"| kind | events | found | recall (95 %) |\n| --- | --- | --- | --- |",
    (.events[] | "| \(.kind) | \(.events) | \(.found) | \(.recall.share*1000|round/1000) (\(.recall.low*1000|round/1000)–\(.recall.high*1000|round/1000)) |"),
    "", "\(.runs) worlds, \(.network_days) network-days: precision \(.total.precision.share*1000|round/1000) by incident, \(.precision_by_deviation.share*1000|round/1000) with each deviation once; \(.false_per_1000_network_days*100|round/100) false incidents for each 1,000 network-days; \(.framing_events) framing attacks, of which \(.framing_named) got somebody named."' <<<"$1"
}

# floor says what was missed: recall below 0.95, more than one false incident, precision below 0.95, anybody framed.
floor() {
  local bad
  bad=$(jq -r '[(.events[] | select(.recall.share < 0.95) | "recall of \(.kind) \(.recall.share)"),
    (select(.false_per_1000_network_days > 1) | "false incidents \(.false_per_1000_network_days)"), (select(.precision_by_deviation.share < 0.95) | "precision \(.precision_by_deviation.share)"),
    (select(.framing_named > 0) | "somebody framed is named")] | join("; ")' <<<"$1")
  if [ -n "$bad" ]; then echo "MISSED: $bad"; missed=1; fi
}

for n in $SEEDS; do world "$n" 10; done
whole=$(grade 10 "$SEEDS")
if part grade; then
  echo "## Ten benign events for each deviation"; echo
  table "$whole"
  floor "$whole"
fi
if part crowd; then
  for n in $SEEDS; do world "$n" 50; done
  echo; echo "## Fifty benign events for each deviation (reported)"; echo
  table "$(grade 50 "$SEEDS")"
fi
if part ablation; then
  echo; echo "## Ablation: each exclusion off in turn, worlds $ABLATION"; echo
  echo "| exclusion off | it explains, when on | false incidents | false for each 1,000 network-days | precision, each deviation once | found |"
  echo "| --- | --- | --- | --- | --- | --- |"
  row() { jq -r --arg name "$1" --arg used "$2" '"| \($name) | \($used) | \(.total.false) + \([.incidents[] | select(.informs) | .false] | add // 0) that inform | \(.false_per_1000_network_days*100|round/100) | \(.precision_by_deviation.share*1000|round/1000) | \([.events[].found] | add) |"'; }
  grade 10 "$ABLATION" >"$OUT/all.json"
  row "none" "" <"$OUT/all.json"
  jq -s '[.[].explained | to_entries[]] | group_by(.key) | map({key: .[0].key, value: (map(.value) | add)}) | from_entries' \
    $(for n in $ABLATION; do echo "$OUT/result-$n/snapshot.json"; done) >"$OUT/explained.json"
  for name in $("$OUT/pahra" observe --data x --from "$FROM" --to "$TO" -o x --without-exclusion '?' 2>&1 | sed 's/.*is none of //; s/,//g'); do
    grade 10 "$ABLATION" --without-exclusion "$name" | row "\`$name\`" "$(jq -r --arg n "$name" '.[$n] // 0' "$OUT/explained.json")"
  done
fi
exit $missed
