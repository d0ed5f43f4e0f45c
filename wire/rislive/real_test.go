package rislive_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
)

// TestRealStream reads messages of the real stream. Its UPDATE must say the same with its raw message and without.
func TestRealStream(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testdata.Real(t), "routing", "ris-live", "ris-live-stream.json"))
	must(t, err)
	var d rislive.Decoder
	kinds := make(map[rislive.Kind]int)
	refused := 0
	for line := range bytes.Lines(data) {
		var m rislive.Message
		if err := d.Decode(&m, line); err != nil {
			t.Logf("%s: %v", line, err)
			refused++
			continue
		}
		if m.Type == rislive.Error {
			if m.Text != "this is a test error message" {
				t.Errorf("error %q", m.Text)
			}
			continue
		}
		kinds[m.Kind]++
		rec, err := m.AppendRecord(nil)
		must(t, err)
		if m.Kind != rislive.Update {
			continue
		}
		with := said(t, rec)
		must(t, d.Decode(&m, bytes.Replace(line, []byte(`"raw"`), []byte(`"no"`), 1)))
		rec, err = m.AppendRecord(nil)
		must(t, err)
		if diff := cmp.Diff(with, said(t, rec)); diff != "" || len(with) != 1 {
			t.Errorf("%s\n(-raw +fields):\n%s", line, diff)
		}
	}
	want := map[rislive.Kind]int{rislive.Update: 1, rislive.PeerState: 1, rislive.Open: 1, rislive.Notification: 1, rislive.Keepalive: 1}
	if refused != 1 { // the last one lacks its last brace
		t.Errorf("%d are refused, want 1", refused)
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRealRecords sends what collectors recorded through the format and back: two-octet sessions of 2010, four-octet ones
// of 2015 and 2021.
func TestRealRecords(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	for _, c := range []struct {
		file    string
		differs int // records that the fields cannot tell whole
	}{
		{"parsers/libbgpstream/ris.rrc06.updates.1427846400.gz", 0},
		{"parsers/libbgpstream/routeviews.route-views.jinx.updates.1427846400.bz2", 0},
		{"parsers/bgpkit-parser/updates.20100227.1610.gz", 0},
		{"parsers/bgpkit-parser/updates.bz2", 0},
	} {
		f, err := os.Open(filepath.Join(root, c.file))
		must(t, err)
		defer f.Close()
		plain, _, err := compressed.NewReader(f, compressed.Options{})
		must(t, err)
		defer plain.Close()
		r := mrt.NewReader(plain, nil)
		records, refused, differs := 0, 0, 0
		for records < 20_000 {
			rec, err := r.Next()
			if err != nil {
				break
			}
			var m rislive.Message
			if _, err := m.SetRecord(rec, "rrc00", nil); err != nil {
				if !errors.Is(err, rislive.ErrAddPath) {
					t.Logf("%s: %v", c.file, err)
				}
				refused++
				continue
			}
			records++
			want := said(t, rec.Raw())
			_, back := there(t, rec, true)
			if diff := cmp.Diff(want, said(t, back)); diff != "" {
				t.Errorf("%s, record %d (-want +got):\n%s", c.file, records, diff)
			}
			if text, back := there(t, rec, false); !cmp.Equal(want, said(t, back)) {
				if differs++; differs <= 3 {
					t.Logf("%s: without raw %s differs:\n%s", c.file, text, cmp.Diff(want, said(t, back)))
				}
			}
		}
		t.Logf("%s: %d records, %d refused, %d differ without raw", c.file, records, refused, differs)
		if records == 0 || refused > 0 || differs != c.differs {
			t.Errorf("%s: %d records, %d refused, %d differ without raw, want %d", c.file, records, refused, differs, c.differs)
		}
	}
}
