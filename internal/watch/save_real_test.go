package watch_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/wire/mrt"
)

// TestRestoredOnRealData: an engine that hears an hour of 2008-02-22 after an hour of learning, is saved, restored and hears
// another hour comes to what one comes to that never stopped.
func TestRestoredOnRealData(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing")
	if testing.Short() {
		t.Skip("it reads three hours of updates")
	}
	b := registry.NewBuilder()
	readReal(t, filepath.Join(dir, "relations", "20080101.as-rel.txt.gz"), func(r io.Reader) error {
		return b.AddASRel(registry.Source{Name: "relations"}, r, nil)
	})
	facts := watch.Facts{Bogons: authority.NewBogons(authority.SpecialPrefixes(), authority.SpecialASNs()), Registry: b.Build()}
	set := watch.Defaults()
	set.WarmUp, set.EstablishAfter, set.MinVisibility = time.Hour, 30*time.Minute, 3
	never := watch.New(set, routes.NewTable(routes.NewInterner()))
	never.SetFacts(facts)
	files, err := filepath.Glob(filepath.Join(dir, "mrt", "rv-oregon-20080222", "updates.20080222.0[012]*.bz2"))
	if err != nil || len(files) != 12 {
		t.Fatal(files, err)
	}
	for _, file := range files[:8] {
		feedReal(t, never, file)
	}
	var saved bytes.Buffer
	if err := never.Save(&saved); err != nil {
		t.Fatal(err)
	}
	size := saved.Len()
	restored, err := watch.Restore(&saved, set, facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files[8:] {
		feedReal(t, never, file)
		feedReal(t, restored, file)
	}
	end := time.Date(2008, 2, 22, 3, 10, 0, 0, time.UTC).Unix()
	a, b2 := said(t, never, end), said(t, restored, end)
	if a != b2 {
		t.Errorf("%d and %d octets of results differ", len(a), len(b2))
	}
	t.Logf("%d octets saved, %d prefixes, %d lines of results, %+v", size, never.Table().Len(), strings.Count(a, "\n"), never.NaiveLeaks())
	if strings.Count(a, "\n") < 1000 || !strings.Contains(a, `"kind":"leak"`) || !strings.Contains(a, `"status":"open"`) {
		t.Error("too little happens for this to say anything")
	}
}

func feedReal(t *testing.T, e *watch.Engine, file string) {
	t.Helper()
	table := e.Table()
	readReal(t, file, func(r io.Reader) error {
		return mrt.Scan(r, nil, func(el *mrt.Elem, rec *mrt.Record) error {
			peer, _ := table.Peers.ID(routes.PeerKey{Collector: "route-views2", ASN: el.PeerAS, IP: el.PeerIP})
			ev := watch.Event{Sec: int64(el.Sec), Micro: el.Micro, Kind: el.Kind, Peer: peer, Prefix: el.Prefix, PathID: el.PathID, State: el.NewState, File: file, Offset: el.Offset}
			if el.Kind == mrt.Announce {
				ev.Attr = table.Interner().ID(el.RawAttrs, el.AS4, el.RIB)
			}
			e.Feed(&ev)
			return nil
		})
	})
}

// said gives all results of an engine as text.
func said(t *testing.T, e *watch.Engine, end int64) string {
	t.Helper()
	var b strings.Builder
	for _, i := range e.Finish(end) {
		line, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	for id, u := range e.Proofs() {
		fmt.Fprintln(&b, id, u)
	}
	for a := range e.Announced(0) {
		fmt.Fprintln(&b, a)
	}
	for _, x := range e.Log() {
		fmt.Fprintln(&b, x)
	}
	fmt.Fprintf(&b, "%+v\n", e.NaiveLeaks())
	return b.String()
}
