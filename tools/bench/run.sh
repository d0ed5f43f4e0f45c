#!/usr/bin/env bash
# Whole-process benchmarks, paired: what is compared runs in turn (A B A B ...) in one go, after one warm-up each.
# Prints tables; writes every run to $OUT/results.json. Exit 1: a floor was missed.
#
#   tools/bench/run.sh [text] [decode] [judge] [observe] [watch] [desk]    all of them without arguments
#
# RUNS (5)   measured runs of each        PREFIXES (1050000)   size of the generated table
# OUT (.bench)  inputs, programs, results  PAHRA_REALDATA       folder of real-world data (../shared/data)
# CALM (0)      before each run, wait up to so many seconds for other programs to leave the processors idle
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=$(realpath -m "${OUT:-.bench}")
RUNS=${RUNS:-5}
CALM=${CALM:-0}
PREFIXES=${PREFIXES:-1050000}
REAL=${PAHRA_REALDATA:-../shared/data}
BIN=$OUT/bin DATA=$OUT/data-$PREFIXES
RESULTS=$OUT/results.jsonl
missed=0
mkdir -p "$BIN" "$DATA"
: >"$RESULTS"

need() { command -v "$1" >/dev/null || { echo "bench: $1 is not installed$2" >&2; exit 3; }; }
need jq "" && need go "" && need bzip2 "" && need gzip ""
[ -x /usr/bin/time ] || { echo "bench: /usr/bin/time is not installed (Debian: apt-get install time)" >&2; exit 3; }

# part says whether a part was asked for.
asked=("$@")
part() { [ ${#asked[@]} -eq 0 ] || [[ " ${asked[*]} " == *" $1 "* ]]; }

machine() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
  printf '%s, %s cores, %s MiB, %s, Linux %s, load %s' "${cpu:-unknown processor}" "$(nproc)" \
    "$(awk '/MemTotal/ {print int($2/1024)}' /proc/meminfo)" "$(go version | cut -d' ' -f3)" "$(uname -r)" "$(cut -d' ' -f1 /proc/loadavg)"
}

build() {
  go build -trimpath -o "$BIN/pahra" ./cmd/pahra
  for c in gen judge gobgp3 gobgp4 reports; do (cd tools/bench && go build -trimpath -o "$BIN/$c" "./$c"); done
  part decode || return 0
  need cargo ""
  (cd tools/bench/bgpkit && CARGO_TARGET_DIR="$OUT/cargo" cargo build --quiet --release --locked)
  cp "$OUT/cargo/release/bgpkit-bench" "$BIN/"
}

# generate makes the inputs once for each generator; their compressed forms as archives publish them.
generate() {
  local mark=$DATA/made-by
  if [ "$(cat "$mark" 2>/dev/null)" != "$(cksum <"$BIN/gen")" ]; then
    rm -f "$DATA"/table.* "$mark"
    "$BIN/gen" -o "$DATA" -prefixes "$PREFIXES" >"$DATA/shape"
    cksum <"$BIN/gen" >"$mark"
  fi
  [ -s "$DATA/table.mrt.gz" ] || { gzip -6 -c "$DATA/table.mrt" >"$DATA/part" && mv "$DATA/part" "$DATA/table.mrt.gz"; }
  [ -s "$DATA/table.mrt.bz2" ] || { bzip2 -9 -c "$DATA/table.mrt" >"$DATA/part" && mv "$DATA/part" "$DATA/table.mrt.bz2"; }
  cat "$DATA/shape"
}

# busy gives the clock ticks that all programs have used so far.
busy() { awk '/^cpu / {print $2+$3+$4}' /proc/stat; }

# stolen gives the clock ticks that the machine's host gave to others so far, and all ticks.
stolen() { awk '/^cpu / {print $9, $2+$3+$4+$5+$6+$7+$8+$9}' /proc/stat; }

# calm waits until the processors are idle but for a tenth, for a second, or until CALM seconds have gone.
calm() {
  local end=$((SECONDS + CALM)) before
  while [ "$SECONDS" -lt "$end" ]; do
    before=$(busy)
    sleep 1
    [ $(($(busy) - before)) -gt $(($(nproc) * 10)) ] || return 0
  done
}

# once PART NAME COMMAND...: runs a shell command and notes wall seconds, processor seconds, peak RSS in KiB and the share of
# the machine's time that its host gave to others meanwhile. The peak is that of its largest process.
once() {
  local part=$1 name=$2 out said lost ticks lost2 ticks2
  shift 2
  out=$(mktemp)
  calm
  read -r lost ticks < <(stolen)
  if ! /usr/bin/time -o "$out.t" -f '%e %U %S %M' bash -c "$*" >"$out" 2>"$out.e"; then
    echo "bench: $name failed: $(tail -3 "$out.e")" >&2
    exit 3
  fi
  read -r lost2 ticks2 < <(stolen)
  read -r wall user sys rss < <(tail -1 "$out.t")
  said=$(tail -1 "$out" | jq -c . 2>/dev/null) || said=
  jq -nc --arg part "$part" --arg name "$name" --argjson wall "$wall" --argjson cpu "$(jq -n "$user+$sys")" \
    --argjson rss "$rss" --argjson stolen "$(jq -n "($lost2-$lost)/([1,$ticks2-$ticks]|max)")" --argjson said "${said:-null}" \
    '{$part,$name,$wall,$cpu,$rss,$stolen,$said}'
  rm -f "$out" "$out.t" "$out.e"
}

# pair PART NAME=COMMAND...: the rounds and their summary.
pair() {
  rounds "$@"
  summary "$1"
}

# rounds PART NAME=COMMAND...: one warm-up of each, then RUNS rounds of all in turn.
rounds() {
  local part=$1 round item
  shift
  for ((round = 0; round <= RUNS; round++)); do
    for item in "$@"; do
      if [ -t 2 ]; then printf '\r\033[K%s: round %d of %d, %s' "$part" "$round" "$RUNS" "${item%%=*}" >&2; fi
      if [ "$round" -eq 0 ]; then once "$part" "${item%%=*}" "${item#*=}" >/dev/null; else once "$part" "${item%%=*}" "${item#*=}" >>"$RESULTS"; fi
    done
  done
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

# summary PART: medians, and how many times the first one's wall time each takes.
summary() {
  printf '\n%-26s %9s %9s %9s %10s %8s\n' "$1" "wall s" "min s" "cpu s" "peak MiB" "x first"
  jq -rs --arg part "$1" '
    def median: sort | if length%2==1 then .[length/2|floor] else (.[length/2-1]+.[length/2])/2 end;
    map(select(.part==$part)) | ([.[].name]|to_entries|unique_by(.value)|sort_by(.key)|map(.value)) as $names
    | . as $rows | ([$rows[]|select(.name==$names[0])|.wall]|median) as $first
    | $names[] as $x | [$rows[]|select(.name==$x)] | [$x, ([.[].wall]|median), ([.[].wall]|min), ([.[].cpu]|median), (([.[].rss]|max)/1024)]
    | . + [ .[1]/$first ] | @tsv' "$RESULTS" |
    while IFS=$'\t' read -r name wall min cpu rss ratio; do
      LC_ALL=C printf '%-26s %9.2f %9.2f %9.2f %10.0f %8.2f\n' "$name" "$wall" "$min" "$cpu" "$rss" "$ratio"
    done
}

# value PART NAME: the median wall time; peak PART NAME: the highest peak RSS in KiB.
value() { jq -rs --arg p "$1" --arg n "$2" 'map(select(.part==$p and .name==$n).wall)|sort|.[length/2|floor]' "$RESULTS"; }
peak() { jq -rs --arg p "$1" --arg n "$2" 'map(select(.part==$p and .name==$n).rss)|max' "$RESULTS"; }

# floor TEXT GOT OP WANT: says whether a floor is met.
floor() {
  local verdict=met
  jq -en "$2 $3 $4" >/dev/null || { verdict=MISSED; missed=1; }
  LC_ALL=C printf '  %-64s %8.2f  (%s %s) %s\n' "$1" "$2" "$3" "$4" "$verdict"
  jq -nc --arg floor "$1" --argjson got "$2" --arg op "$3" --argjson want "$4" --arg verdict "$verdict" \
    '{$floor,$got,$op,$want,$verdict}' >>"$OUT/floors.jsonl"
}
ratio() { jq -n "$1 / $2"; }

# text: the real replay table, uncompressed, from a pipe, against bgpdump.
text() {
  local packed=$REAL/routing/mrt/generated/replay-20080224T1800.mrt.bz2 plain=$OUT/replay.mrt
  if ! command -v bgpdump >/dev/null || [ ! -e "$packed" ]; then
    printf '\ntext: left out; it needs bgpdump and %s\n' "$packed"
    return
  fi
  [ -s "$plain" ] || { bzip2 -dc "$packed" >"$plain.part" && mv "$plain.part" "$plain"; }
  if [ "${SKIP_SAME:-}" != 1 ]; then
    cmp <("$BIN/pahra" routes --format bgpdump - <"$plain") <(bgpdump -m - <"$plain" 2>/dev/null) && echo "text: outputs are the same bytes"
  fi
  pair text "pahra=cat $plain | $BIN/pahra routes --format bgpdump - >/dev/null" "bgpdump=cat $plain | bgpdump -m - >/dev/null"
  floor "text output: times as fast as bgpdump (target 10)" "$(ratio "$(value text bgpdump)" "$(value text pahra)")" ">=" 5
}

# decode: every entry of the generated table, decoded and interned.
decode() {
  local t=$DATA/table.mrt
  pair decode "pahra=$BIN/judge decode $t" "bgpkit routes=$BIN/bgpkit-bench $t" "gobgp v4=$BIN/gobgp4 $t" "gobgp v3=$BIN/gobgp3 $t"
  floor "decode + intern: times as fast as bgpkit-parser's routes" "$(ratio "$(value decode "bgpkit routes")" "$(value decode pahra)")" ">=" 2
  floor "decode + intern: times as fast as GoBGP v4" "$(ratio "$(value decode "gobgp v4")" "$(value decode pahra)")" ">=" 5
}

# judge: the whole judgement against decompression alone, for bzip2 and gzip apart.
judge() {
  local facts="-vrps $DATA/vrps.json -irr $DATA/irr.db" form
  for form in gz bz2; do
    pair "judge $form" "inflate=$BIN/judge inflate $DATA/table.mrt.$form" "judge=$BIN/judge full $facts $DATA/table.mrt.$form"
    jq -rs --arg p "judge $form" 'def median: sort|.[length/2|floor]; map(select(.part==$p and .name=="judge").said)
      | "  loading: VRPs \([.[].load_vrps]|median*100|round/100) s (\(.[0].vrps)), route objects \([.[].load_objects]|median*100|round/100) s (\(.[0].objects)); verdicts \(.[0].verdicts|tostring)"' "$RESULTS"
    floor "judgement ($form): times decompression" "$(pass "judge $form")" "<=" 1.5
    floor "judgement ($form): peak memory, MiB" "$(ratio "$(peak "judge $form" judge)" 1024)" "<=" 1024
  done
}

# pass PART: the median pass over the table, loading apart, by the median decompression.
pass() {
  jq -rs --arg p "$1" 'def median: sort|.[length/2|floor]; map(select(.part==$p)) | (map(select(.name=="judge").said.seconds)|median)
    / (map(select(.name=="inflate").said.seconds)|median)' "$RESULTS"
}

# observe: the program itself on the same table, as a data folder; for the record.
observe() {
  local folder=$OUT/folder-$PREFIXES
  mkdir -p "$folder/mrt/bench" "$folder/vrp" "$folder/irr"
  ln -f "$DATA/table.mrt.gz" "$folder/mrt/bench/rib.20260210.0000.gz"
  ln -f "$DATA/vrps.json" "$folder/vrp/20260209T2330Z.json"
  ln -f "$DATA/irr.db" "$folder/irr/BENCH.db"
  printf -- '- path: irr/BENCH.db\n  time: 2026-02-09T20:00:00Z\n' >"$folder/sources.yaml"
  pair observe "observe=rm -rf $OUT/observed && $BIN/pahra observe --data $folder --from 2026-02-10T00:00:00Z --to 2026-02-10T00:15:00Z -o $OUT/observed"
  floor "pahra observe: peak memory, MiB" "$(ratio "$(peak observe observe)" 1024)" "<=" 1024
}

# watch: the judgement alone on live-like updates, in processor time, and the heap over a simulated day. One calm run of
# each: a Go benchmark, which says itself what it takes.
watch() {
  local said=$OUT/watch.txt
  calm
  go test -run '^$' -bench '^Benchmark(Rate|Day)$' -benchtime 1x ./internal/watch >"$said" || { cat "$said" >&2; exit 3; }
  printf '\nwatch\n' && grep -A6 -E '^Benchmark' "$said"
  floor "live-like updates: announcements a second, table and judgement" "$(metric Rate announcements/s)" ">=" 50000
  floor "judgement at 50,000 announcements/s: % of a core" "$(metric Rate core-%@50k)" "<=" 10
  floor "table and judgement over a simulated day: growth, MiB an hour" "$(metric Day growth-MiB/h)" "<=" 0.5
}

# desk: reading Shadowserver's reports, type by type beside IntelMQ's own parser, and taking a mix of them in durably, up to
# the cases of 2,000 networks. The times of IntelMQ's parser are without its start; ours are those of the whole process.
desk() {
  local schema=$REAL/cti/shadowserver/schema/intelmq.json root=$OUT/intelmq-$INTELMQ at=$OUT/desk type items=()
  if [ ! -e "$schema" ] || ! intelmq "$root" "$schema"; then
    printf '\ndesk: left out; it needs %s and IntelMQ %s from PyPI\n' "$schema" "$INTELMQ"
    return
  fi
  mkdir -p "$at"/{short,long,mix}
  for type in "${TYPES[@]}"; do
    "$BIN/reports" -schema "$schema" -type "$type" -lines 20000 >"$at/short/$type.csv"
    "$BIN/reports" -schema "$schema" -type "$type" -lines 200000 >"$at/long/$type.csv"
    "$BIN/reports" -schema "$schema" -type "$type" -lines "$([ "$type" = scan_dns ] && echo 120000 || echo 90000)" \
      -seed 2 -duplicates 0.05 -bad 0.01 -networks 2000 >"$at/mix/$type.csv"
    items+=("intelmq $type=INTELMQ_ROOT_DIR=$root $root/bin/python tools/bench/shadowserver.py $at/short/$type.csv"
      "pahra $type=$BIN/pahra desk parse --format shadowserver --schema $schema --json $at/long/$type.csv >/dev/null && echo '{\"events\":200000}'")
  done
  # Exit status 1: the bad lines are in quarantine, as they should be.
  rounds desk "${items[@]}" "pahra intake=rm -rf $at/state; $BIN/pahra desk intake --state $at/state --source bench --format shadowserver \
    --schema $schema $at/mix/*.csv; [ \$? -eq 1 ] && echo '{\"events\":300000}'"
  rates
  for type in "${TYPES[@]}"; do
    floor "parse $type: times as fast as IntelMQ $INTELMQ" "$(ratio "$(rate "pahra $type")" "$(rate "intelmq $type")")" ">=" 20
  done
  LC_ALL=C printf '  durable intake to case: %.1f times the 480 events/s that IntelMQ did elsewhere end to end, through Redis, on 2 cores (wanted: 30)\n' \
    "$(ratio "$(rate "pahra intake")" 480)"
}
TYPES=(scan_dns event4_sinkhole_http scan_ssl)
INTELMQ=3.5.0

# intelmq FOLDER SCHEMA: IntelMQ in a folder of its own, with the schema where it looks for it. Fails if it cannot be had.
intelmq() {
  command -v python3 >/dev/null || return 1
  "$1/bin/python" -c 'import intelmq' 2>/dev/null ||
    { python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check "intelmq==$INTELMQ"; } || return 1
  mkdir -p "$1/var/lib/bots" && cp "$2" "$1/var/lib/bots/shadowserver-schema.json"
}

# rates: the desk's medians. rate NAME: one of them, events a second.
RATE='def median: sort|if length%2==1 then .[length/2|floor] else (.[length/2-1]+.[length/2])/2 end;
  def rate: .said.events/(.said.seconds // .wall); map(select(.part=="desk"))|'
rate() { jq -rs --arg n "$1" "$RATE"'map(select(.name==$n)|rate)|median' "$RESULTS"; }
rates() {
  printf '\n%-30s %10s %10s %10s %10s %9s\n' desk events/s min max "cpu us" "stolen %"
  jq -rs "$RATE"'group_by(.name)[]|[.[0].name,(map(rate)|median,min,max),(map((.said.cpu // .cpu)*1e6/.said.events)|median),(map(.stolen*100)|median)]|@tsv' "$RESULTS" |
    while IFS=$'\t' read -r name median min max cpu lost; do
      LC_ALL=C printf '%-30s %10.0f %10.0f %10.0f %10.1f %9.1f\n' "$name" "$median" "$min" "$max" "$cpu" "$lost"
    done
}

# metric NAME UNIT: what a benchmark of watch reported.
metric() { awk -v name="Benchmark$1" -v unit="$2" 'index($1, name) == 1 {for (i = 2; i <= NF; i++) if ($i == unit) print $(i-1)}' "$OUT/watch.txt"; }

: >"$OUT/floors.jsonl"
machine && echo
build
if part decode || part judge || part observe; then generate; fi
part text && text
part decode && decode
part judge && judge
part observe && observe
part watch && watch
part desk && desk
jq -n --arg machine "$(machine)" --argjson prefixes "$PREFIXES" --slurpfile runs "$RESULTS" --slurpfile floors "$OUT/floors.jsonl" \
  '{$machine,$prefixes,$floors,$runs}' >"$OUT/results.json"
printf '\n%s\n' "results: $OUT/results.json"
exit "$missed"
