package service

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/internal/watch"
)

// TestDuckDBReadsTheArchive has DuckDB read the archive as it is: days and sources from the folders' names, times, lists,
// octets.
func TestDuckDBReadsTheArchive(t *testing.T) {
	node := testdata.Tool(t, "node")
	const program = "testdata/duckdb"
	if _, err := os.Stat(filepath.Join(program, "node_modules", "@duckdb", "node-api")); err != nil {
		testdata.Lacking(t, "DuckDB is not installed: npm ci --ignore-scripts --prefix internal/service/"+program)
	}
	r, ctx := newRoll(t), context.Background()
	for hour := range 3 {
		r.hear("rrc00", at(-1, hour), 7)
		r.hear("router 1", at(0, hour), 5)
	}
	i, proof := keepable(1, at(-1, 3))
	roller := r.roller(nil)
	r.must(roller.Roll(ctx, r.now))
	r.must(roller.Compact(ctx, r.now))
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
	cmd := exec.Command(node, filepath.Join(program, "read.mjs"), filepath.Join(r.root, "archive"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	r.must(err)

	var got any
	r.must(json.Unmarshal(out, &got))
	var want any
	r.must(json.Unmarshal([]byte(`{
		"sources": [
			{"day": "2026-11-21", "source": "rrc00", "rows": 21, "seconds": 7206, "prefix": "10.0.0.0/24", "path": "64500 64510"},
			{"day": "2026-11-22", "source": "router 1", "rows": 15, "seconds": 7204, "prefix": "10.0.0.0/24", "path": "64500 64510"}
		],
		"origins": [{"asn": 64510, "rows": 6}, {"asn": 64511, "rows": 6}, {"asn": 64512, "rows": 6}],
		"incidents": [{"id": "incident-1", "kind": "hijack", "prefixes": ["203.0.113.0/24"], "whole": true, "proof": 40, "raw": "00FF"}]
	}`), &want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
