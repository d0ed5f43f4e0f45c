package infer_test

import (
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/registry/infer"
	"pahra/internal/routes"
	"pahra/internal/world"
	"pahra/wire/mrt"
)

// TestAddLive: a table's standing routes give what its dump gives, and those of a session that is down give nothing.
func TestAddLive(t *testing.T) {
	files := memory{}
	if _, err := world.Write(files, world.Defaults(1)); err != nil {
		t.Fatal(err)
	}
	read, table := infer.NewPaths(nil, 0), routes.NewTable(routes.NewInterner())
	reader, without := infer.NewReader(read), infer.NewPaths(nil, 0)
	const sec = 1000
	for name, data := range files {
		if !strings.Contains(name, "/bview.") && !strings.Contains(name, "/rib.") {
			continue
		}
		text := data.String()
		plain, err := gzip.NewReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := reader.Read(plain, noProblem(t)); err != nil {
			t.Fatal(err)
		}
		plain, _ = gzip.NewReader(strings.NewReader(text))
		err = mrt.Scan(plain, noProblem(t), func(e *mrt.Elem, _ *mrt.Record) error {
			peer, _ := table.Peers.ID(routes.PeerKey{Collector: name, ASN: e.PeerAS, IP: e.PeerIP})
			if e.Kind == mrt.RIBEntry {
				table.Load(peer, e.Prefix, e.PathID, table.Interner().ID(e.RawAttrs, e.AS4, e.RIB), sec)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	live := infer.NewPaths(nil, 0)
	live.AddLive(table, sec+1)
	want, got := infer.Infer(read, infer.Options{Repeats: 2}), infer.Infer(live, infer.Options{Repeats: 2})
	if d := cmp.Diff(want, got); d != "" || got.Stats.VPs < 5 {
		t.Errorf("%d vantage points; %s", got.Stats.VPs, d)
	}
	down := table.Peers.Get(0).ASN
	for id := range table.Peers.Len() {
		if table.Peers.Get(routes.PeerID(id)).ASN == down {
			table.SetState(routes.PeerID(id), 1, sec+2)
		}
	}
	without.AddLive(table, sec+3)
	if got := infer.Infer(without, infer.Options{}); got.Stats.VPs != want.Stats.VPs-1 {
		t.Errorf("%d vantage points where one of %d is down", got.Stats.VPs, want.Stats.VPs)
	}
}
