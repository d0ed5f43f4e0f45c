#!/usr/bin/env bash
# Pages of a partner's collection over TAXII 2.1 and TLS, under docs/examples/agreement.yaml, with decisions stored and with none,
# from a small and a large collection; and medallion and OpenTAXII beside it, with as many objects as they can bear. The load
# generator runs on the same cores; its processor time is told. Prints a table; each run lies in $OUT/taxii.jsonl.
#
#   tools/bench/taxii.sh
#
# OBJECTS (1000000)  objects loaded     SMALL (10000)  in the small collection     PEER (5000)  at the peers; 0: no peers
# LONG (30s)         each measurement   CONNS (16)     connections                 OUT (.bench)
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=$(realpath -m "${OUT:-.bench}")
OBJECTS=${OBJECTS:-1000000} SMALL=${SMALL:-10000} PEER=${PEER:-5000} LONG=${LONG:-30s} CONNS=${CONNS:-16}
for tool in jq go gpg openssl python3; do command -v "$tool" >/dev/null || { echo "bench: $tool is not installed" >&2; exit 3; }; done
work=$OUT/taxii bin=$OUT/bin
rm -rf "$work" && mkdir -p "$work" "$bin"
: >"$OUT/taxii.jsonl"
go build -trimpath -o "$bin/pahra" ./cmd/pahra
(cd tools/bench && go build -trimpath -o "$bin/taxii" ./taxii)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; server=; }
trap stop EXIT

python3 tools/bench/agreement.py docs/examples/agreement.yaml "$work"
for team in cert-nadia cert-atlantica; do "$bin/pahra" agreement sign "$work/agreement.yaml" --key "$work/$team.key" >/dev/null; done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 30 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null

# fill STATE N: a team's store with N objects that its agreement shares, and a user of the partner.
fill() {
	local state=$work/$1 began=$SECONDS
	"$bin/pahra" agreement verify "$work/agreement.yaml" --json >"$work/verified.json"
	jq -r '.signatures[] | "\(.team) \(.fingerprint)"' "$work/verified.json" | while read -r team key; do
		own=() && [ "$team" = cert-atlantica ] || own=(--own)
		"$bin/pahra" exchange partner add "$team" --fingerprint "$key" "${own[@]}" --state "$state" >/dev/null
	done
	"$bin/pahra" exchange adopt "$work/agreement.yaml" --state "$state" >/dev/null
	"$bin/pahra" world stix --objects "$2" --seed 1 -o "$work/$1.json"
	"$bin/pahra" exchange items load "$work/$1.json" --state "$state" --json >"$work/loaded.json"
	printf 'bench: %s objects of %s bytes on average: %s, in %s s\n' "$2" $(($(stat -c %s "$work/$1.json") / $2)) "$(jq -c . "$work/loaded.json")" $((SECONDS - began)) >&2
}

# serve STATE [FLAG...]: starts the server and finds the partner's collection.
serve() {
	local state=$work/$1
	shift
	rm -f "$work/serve.json"
	"$bin/pahra" taxii serve --listen 127.0.0.1:0 --state "$state" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem" "$@" >"$work/serve.json" 2>"$work/serve.log" &
	server=$!
	for _ in $(seq 600); do [ ! -s "$work/serve.json" ] || break; sleep 0.1; done
	root=$(jq -r .api_root "$work/serve.json")
	collection=$(jq -r '.collections[] | select(.kind == "exchange") | .id' "$work/serve.json")
	[ -e "$state/partner" ] || { echo a-password-of-the-bench | "$bin/pahra" taxii user add partner --password-stdin --read "$collection" --state "$state" >/dev/null; touch "$state/partner"; }
}

# measure NAME: the load, and what it found.
measure() {
	local name=$1 found
	shift
	found=$("$bin/taxii" -for "$LONG" -conns "$CONNS" "$@") || echo "bench: $name: requests failed" >&2
	jq -c --arg name "$name" '{name: $name} + .' <<<"$found" | tee -a "$OUT/taxii.jsonl" |
		jq -r '"\(.name)\t\(.requests_per_second*10|round/10)\t\(.p50_ms)\t\(.p99_ms)\t\(.objects_per_second|round)\t\(.server_cpu_seconds)\t\(.own_cpu_seconds)\t\(.server_peak_mib|round)\t\(.failed)"'
}

ours() { measure "$1" -url "$root" -collection "$collection" -user partner -password a-password-of-the-bench -ca "$work/cert.pem" -pid "$server"; }

printf 'what\trequests/s\tp50 ms\tp99 ms\tobjects/s\tserver CPU s\tload CPU s\tpeak MiB\tfailed\n'
for size in small large; do
	n=$SMALL && [ "$size" = small ] || n=$OBJECTS
	fill "$size" "$n"
	serve "$size" && ours "$n objects, decisions stored" && stop
	serve "$size" --decide-anew && ours "$n objects, none stored" && stop
done
[ "$PEER" -gt 0 ] || exit 0
"$bin/pahra" world stix --objects "$PEER" --seed 1 -o "$work/peer.json"
peer() {
	[ -x "$OUT/$1/bin/python" ] || { python3 -m venv "$OUT/$1" && "$OUT/$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"; }
	mkdir -p "$work/$1"
	"$OUT/$1/bin/python" tools/bench/taxii_peers.py "$1" "$work/peer.json" "$work/$1" "$((5600 + RANDOM % 1000))" >"$work/$1.json" 2>"$work/$1.log" &
	server=$!
	for _ in $(seq 900); do [ ! -s "$work/$1.json" ] || break; sleep 1; done
	conns=8 && [ "$1" = opentaxii ] || conns=1
	CONNS=$conns measure "$1, $PEER objects" -url "$(jq -r .url "$work/$1.json")" -collection "$(jq -r .collection "$work/$1.json")" -user admin -password admin \
		-pid "$(jq -r .pid "$work/$1.json")" -warm 0s
	kill "$(jq -r .pid "$work/$1.json")" && stop
}
peer medallion medallion==3.0.0
peer opentaxii opentaxii==0.10.0b1 gunicorn==27.0.1
