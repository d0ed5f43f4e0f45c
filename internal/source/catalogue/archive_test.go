package catalogue

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestArchiveFiles fetches single files, keeps no books, and leaves nothing of what is bad.
func TestArchiveFiles(t *testing.T) {
	s := newServer(t)
	s.files["/a/2026.02/x.20260209.0800.gz"] = []byte("\x1f\x8bgood")
	s.files["/a/2026.02/x.20260209.0805.gz"] = []byte("no gzip")
	dir := t.TempDir()
	p := Puller{Dir: dir, Gap: time.Nanosecond, Retries: -1}
	archive, err := p.Archive()
	if err != nil {
		t.Fatal(err)
	}
	source := Source{Name: "x-updates", Step: "5m", MaxBytes: 100, Files: []File{{
		URL: s.URL + "/{root}{yyyy}.{mm}/x.{yyyy}{mm}{dd}.{HH}{MM}.gz", Path: "mrt/{collector}/{yyyy}.{mm}/x.{yyyy}{mm}{dd}.{HH}{MM}.gz"}}}
	at := time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)
	r := archive.Fetch(t.Context(), source, "a", at)
	if r.Outcome != Fetched || r.Path != source.PathAt("a", at) || r.Bytes != 6 {
		t.Errorf("%+v", r)
	}
	for at, want := range map[time.Time]Outcome{at.Add(5 * time.Minute): Failed, at.Add(10 * time.Minute): Missing} {
		if r := archive.Fetch(t.Context(), source, "a", at); r.Outcome != want || r.Err == nil {
			t.Errorf("%v: %+v", at, r)
		}
	}
	if r := archive.Fetch(t.Context(), source, "../b", at); r.Outcome != Failed {
		t.Errorf("%+v", r)
	}
	if source.Every() != 5*time.Minute || (Source{Step: "month"}).Every() != 0 || (Source{Step: "x"}).Every() != 0 {
		t.Error("the rhythm is another")
	}
	if _, err := p.Archive(); err == nil {
		t.Error("two hold the folder")
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	var left []string
	err = filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			left = append(left, name[len(dir)+1:])
		}
		return err
	})
	if want := []string{".pull/lock", "mrt/a/2026.02/x.20260209.0800.gz"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left are %q, %v", left, err)
	}
	if pause, again := Again(retryable{errors.New("busy"), time.Minute}); !again || pause != time.Minute {
		t.Errorf("%v, %v", pause, again)
	}
}
