package service

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/archive"
	"pahra/internal/watch"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// roll is an archive in the making: its journal, and what is done to it.
type roll struct {
	t    *testing.T
	root string
	now  time.Time
}

func newRoll(t *testing.T) *roll {
	return &roll{t, t.TempDir(), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

func (r *roll) roller(change func(*RollOptions)) *Roller {
	opt := RollOptions{Journal: filepath.Join(r.root, "journal"), Archive: filepath.Join(r.root, "archive"), Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&opt)
	}
	return NewRoller(opt)
}

// hear writes n announcements of a collector into the journal file of an hour, behind what is there.
func (r *roll) hear(collector string, hour time.Time, n int) {
	r.t.Helper()
	path := filepath.Join(r.root, "journal", collector, "live", hour.Format(journalLayout))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		r.t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		r.t.Fatal(err)
	}
	defer file.Close()
	w := mrt.NewWriter(file)
	session := mrt.Session{PeerAS: 64500, LocalAS: 64501, PeerIP: netip.MustParseAddr("192.0.2.1"), LocalIP: netip.MustParseAddr("192.0.2.2")}
	for i := range n {
		attrs := &bgp.Attrs{HasOrigin: true, HasPath: true, NextHop: session.PeerIP,
			Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500, values.ASN(64510 + i%7)}}}}
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(hour.Hour()), byte(i), 0}), 24)
		if err := w.Announce(uint32(hour.Unix())+uint32(i), session, attrs, []netip.Prefix{prefix}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// at is an hour of a day before or after the 22nd of November.
func at(day, hour int) time.Time { return time.Date(2026, 11, 22+day, hour, 0, 0, 0, time.UTC) }

func (r *roll) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// rows gives the times of all rows of the archive that its manifests name, by day and source.
func (r *roll) rows() map[string][]int64 {
	r.t.Helper()
	out := make(map[string][]int64)
	root := filepath.Join(r.root, "archive", observationsDir)
	days, err := archive.Days(root)
	r.must(err)
	for _, day := range days {
		dir := filepath.Join(root, archive.DayName(day))
		m, err := archive.ReadManifest(dir)
		r.must(err)
		for _, s := range m.Segments {
			key := archive.DayName(day) + "/" + filepath.Dir(s.Name)
			for row, err := range archive.ReadSegment[archive.Observation](dir, s) {
				r.must(err)
				out[key] = append(out[key], row.Timestamp/1e6-day.Unix())
			}
		}
	}
	return out
}

// files gives all files below a folder with their content; the log's lines, which tell of attempts too, are left out.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "log.jsonl" {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		out[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func names(files map[string]string) (list []string) {
	for name := range files {
		list = append(list, name)
	}
	return list
}

func sec(hour, n int) (list []int64) {
	for i := range n {
		list = append(list, int64(hour*3600+i))
	}
	return list
}

func TestRollTakesWhatIsFinished(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	r.hear("rrc00", at(0, 9), 3)
	r.hear("rrc00", at(0, 11), 2) // the last, an hour over at 12:00: it may still grow
	r.hear("router 1/x?"[:8], at(-1, 23), 4)
	r.must(r.roller(nil).Roll(ctx, r.now))
	want := map[string][]int64{"day=2026-11-22/source=rrc00": sec(9, 3), "day=2026-11-21/source=router%201": sec(23, 4)}
	if diff := cmp.Diff(want, r.rows()); diff != "" {
		t.Error(diff)
	}
	before := files(t, r.root)
	r.must(r.roller(nil).Roll(ctx, r.now))
	if diff := cmp.Diff(before, files(t, r.root)); diff != "" {
		t.Errorf("rolling again changed something: %s", diff)
	}
	r.must(r.roller(nil).Roll(ctx, r.now.Add(time.Hour)))
	if got := r.rows()["day=2026-11-22/source=rrc00"]; !cmp.Equal(got, append(sec(9, 3), sec(11, 2)...)) {
		t.Errorf("an hour later: %v", got)
	}
}

func TestRollTakesWhatGrewAfterAll(t *testing.T) {
	for _, compacted := range []bool{false, true} {
		t.Run(fmt.Sprint("compacted ", compacted), func(t *testing.T) {
			r, ctx := newRoll(t), context.Background()
			r.hear("rrc01", at(0, 11), 1) // the days before are over
			r.hear("rrc00", at(-2, 8), 2)
			r.hear("rrc00", at(-2, 9), 3)
			r.must(r.roller(nil).Roll(ctx, r.now))
			if compacted {
				r.must(r.roller(nil).Compact(ctx, r.now))
			}
			r.hear("rrc00", at(-2, 9), 2) // says 0 and 1 again
			r.must(r.roller(nil).Roll(ctx, r.now))
			want := append(append(sec(8, 2), sec(9, 3)...), sec(9, 2)...)
			if got := r.rows()["day=2026-11-20/source=rrc00"]; !cmp.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			r.must(r.roller(nil).Compact(ctx, r.now))
			if got := r.rows()["day=2026-11-20/source=rrc00"]; !cmp.Equal(got, want) {
				t.Errorf("compacted: %v, want %v", got, want)
			}
		})
	}
}

func TestCompactMakesOneOfMany(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	for hour := range 24 {
		r.hear("rrc00", at(-1, hour), 5)
		r.hear("rrc01", at(-1, hour), hour%3)
	}
	r.hear("rrc00", at(0, 0), 1)
	r.hear("rrc00", at(0, 1), 1)
	r.must(r.roller(nil).Roll(ctx, r.now))
	before := r.rows()
	r.must(r.roller(nil).Compact(ctx, at(0, 1))) // too early
	if n := len(files(t, filepath.Join(r.root, "archive"))); n < 24 {
		t.Errorf("the day was compacted before all of it was there: %d files", n)
	}
	r.must(r.roller(nil).Compact(ctx, r.now))
	if diff := cmp.Diff(before, r.rows()); diff != "" {
		t.Errorf("compacting changed the rows: %s", diff)
	}
	list := names(files(t, filepath.Join(r.root, "archive", observationsDir, "day=2026-11-21")))
	if len(list) != 3 {
		t.Errorf("files of the day: %v; want the manifest and one of each source", list)
	}
	after := files(t, r.root)
	r.must(r.roller(nil).Compact(ctx, r.now))
	if diff := cmp.Diff(after, files(t, r.root)); diff != "" {
		t.Errorf("compacting again changed something: %s", diff)
	}
}

func TestRetention(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	for _, day := range []int{-40, -31, -30, -8, -7, -1} {
		r.hear("rrc00", at(day, 5), 2)
	}
	r.hear("rrc01", at(0, 11), 1) // tells how late it is, and is not finished
	i, proof := keepable(1, at(-40, 3))
	policy := func(o *RollOptions) { o.ObservationDays, o.JournalDays = 30, 7 }
	all := r.roller(nil)
	r.must(all.Roll(ctx, r.now))
	r.must(all.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
	r.must(r.roller(policy).Retain(ctx, r.now, r.now))
	var days []string
	for day := range r.rows() {
		days = append(days, day[4:14])
	}
	sortStrings(days)
	if diff := cmp.Diff([]string{"2026-10-23", "2026-11-14", "2026-11-15", "2026-11-21"}, days); diff != "" {
		t.Errorf("days left: %s", diff)
	}
	left := files(t, filepath.Join(r.root, "journal"))
	if len(left) != 3 { // of the 15th, the 21st and the 22nd
		t.Errorf("journal files left: %v", names(left))
	}
	if len(files(t, filepath.Join(r.root, "archive", incidentsDir))) != 3 {
		t.Error("incidents did not outlive the observations")
	}
	text, err := os.ReadFile(filepath.Join(r.root, "archive", "log.jsonl"))
	r.must(err)
	for _, want := range []string{`"did":"removed","what":"observations/day=2026-10-13","rows":2`, `"removed","what":"journal/rrc00/live/updates.20261114.0500"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	before := files(t, r.root)
	again := r.roller(policy)
	r.must(again.Roll(ctx, r.now))
	r.must(again.Retain(ctx, r.now, r.now))
	if diff := cmp.Diff(before, files(t, r.root)); diff != "" {
		t.Errorf("again: %s", diff)
	}
}

func TestRetentionKeepsWhatIsNeeded(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	for _, day := range []int{-20, -15, -10} {
		r.hear("rrc00", at(day, 5), 2)
		r.hear("rrc01", at(day, 5), 2)
	}
	r.hear("rrc02", at(0, 11), 1)
	policy := func(o *RollOptions) { o.JournalDays = 7 }
	r.must(r.roller(policy).Retain(ctx, r.now, r.now))
	if n := len(files(t, filepath.Join(r.root, "journal"))); n != 7 {
		t.Errorf("%d journal files left of 7 that are not in the archive", n)
	}
	r.must(r.roller(nil).Roll(ctx, r.now))
	r.must(r.roller(policy).Retain(ctx, r.now, at(-16, 0)))
	if n := len(files(t, filepath.Join(r.root, "journal"))); n != 5 {
		t.Errorf("%d journal files left; want those of the days that are needed", n)
	}
	r.must(r.roller(policy).Retain(ctx, r.now, r.now))
	if n := len(files(t, filepath.Join(r.root, "journal"))); n != 3 {
		t.Errorf("%d journal files left; want the newest of each collector, which the journal goes on from", n)
	}
}

// TestClockJumps sets the clock a year ahead: nothing young is removed, no day that goes on is taken for over.
func TestClockJumps(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	for hour := range 3 {
		r.hear("rrc00", at(-1, hour), 2)
		r.hear("rrc00", at(0, hour), 2)
	}
	policy := func(o *RollOptions) { o.ObservationDays, o.JournalDays = 30, 7 }
	later := r.now.AddDate(1, 0, 0)
	roller := r.roller(policy)
	r.must(roller.Roll(ctx, later))
	before := files(t, filepath.Join(r.root, "journal"))
	rows := r.rows()
	r.must(roller.Compact(ctx, later))
	r.must(roller.Retain(ctx, later, later))
	if diff := cmp.Diff(before, files(t, filepath.Join(r.root, "journal"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(rows, r.rows()); diff != "" || len(rows) != 2 {
		t.Error(diff, len(rows))
	}
	if list := names(files(t, filepath.Join(r.root, "archive", observationsDir, "day=2026-11-22"))); len(list) != 4 {
		t.Errorf("the day that goes on was made one: %v", list)
	}
}
