package refresh

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source"
	"pahra/internal/source/sourcetest"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// far is a server without a network: time in a test passes as fast as everybody waits.
type far struct {
	mu       sync.Mutex
	body     string
	etag     string
	status   int
	header   http.Header
	requests int
}

// now changes what the server does from now on.
func (f *far) now(change func(*far)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *far) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if f.status == -1 {
		return nil, errors.New("nobody is there")
	}
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f.body)), ContentLength: -1}
	if f.header != nil {
		resp.Header = f.header
	}
	if f.status != 0 {
		resp.StatusCode = f.status
	}
	if f.etag != "" {
		resp.Header.Set("ETag", f.etag)
		if r.Header.Get("If-None-Match") == f.etag {
			resp.StatusCode = 304
		}
	}
	return resp, nil
}

// built makes the JSON of a validator with so many VRPs of trust anchors a and b.
func built(at time.Time, a, b int) string {
	var list []string
	for i := range a + b {
		ta := "a"
		if i >= a {
			ta = "b"
		}
		list = append(list, fmt.Sprintf(`{"asn":"AS%d","prefix":"10.%d.%d.0/24","maxLength":24,"ta":%q}`, i+1, i/256, i%256, ta))
	}
	return fmt.Sprintf(`{"metadata":{"buildtime":%q},"roas":[%s]}`, at.UTC().Format(time.RFC3339), strings.Join(list, ","))
}

func TestVRP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := &sourcetest.Shelf{}, &far{body: built(time.Now(), 3, 2), etag: `"1"`}
		v, err := NewVRP("validator", VRPConfig{URL: "http://validator.invalid/json"}, s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		v.getter.Client = &http.Client{Transport: f}
		v.backoff.Rand = func() float64 { return 1 }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		begin := time.Now()
		expect := func(what string, stored, requests int, up bool, alarm, lastError string) {
			t.Helper()
			st := v.Status()
			f.mu.Lock()
			defer f.mu.Unlock()
			if s.Count() != stored || f.requests != requests || st.Up != up || !strings.Contains(st.Alarm, alarm) || (alarm == "") != (st.Alarm == "") || !strings.Contains(st.LastError, lastError) {
				t.Errorf("%s: stored %d times, asked %d times, %+v", what, s.Count(), f.requests, st)
			}
		}
		sourcetest.Pass(time.Second)
		expect("first", 1, 1, true, "", "")
		if diff := cmp.Diff(map[string]int{"VRPs": 5, "trust anchor a": 3, "trust anchor b": 2}, s.Facts[0].Counts); diff != "" {
			t.Error(diff)
		}
		set, err := vrp.Read(strings.NewReader(s.Texts[0]), func(p values.Problem) { t.Error(p) })
		if err != nil || len(set.VRPs) != 5 || set.VRPs[0].TA != "a" || !set.BuildTime.Equal(begin.Truncate(time.Second)) || s.Facts[0].Kind != "vrp" || s.Facts[0].Format != "json" {
			t.Errorf("%+v, %v", set, err)
		}
		sourcetest.Pass(15 * time.Minute)
		expect("unchanged", 1, 2, true, "", "")
		f.now(func(f *far) { f.body, f.etag = built(time.Now(), 3, 2), `"2"` })
		sourcetest.Pass(15 * time.Minute)
		expect("published anew, nothing changed", 1, 3, true, "", "")
		f.now(func(f *far) { f.body, f.etag = built(time.Now(), 4, 2), `"3"` })
		sourcetest.Pass(15 * time.Minute)
		expect("changed", 2, 4, true, "", "")
		f.now(func(f *far) { f.body, f.etag = "<html>", `"4"` })
		sourcetest.Pass(15 * time.Minute)
		expect("garbage", 2, 5, false, "", "neither the JSON nor the CSV")
		f.now(func(f *far) { f.body = `{"roas":[{"asn":1,"prefix":"10.0.0.0/8"},` })
		sourcetest.Pass(20 * time.Second)
		expect("broken off", 2, 6, false, "", "unexpected EOF")
		f.now(func(f *far) { f.body = built(time.Now().Add(-7*time.Hour), 9, 9) })
		sourcetest.Pass(40 * time.Second)
		expect("an old run", 2, 7, false, "", "more than 6h0m0s ago")
		f.now(func(f *far) { f.body = `{"roas":[]}` })
		sourcetest.Pass(80 * time.Second)
		expect("nothing", 2, 8, false, "", "no VRPs at all")
		f.now(func(f *far) { f.status, f.header = 503, http.Header{"Retry-After": {"3600"}} })
		sourcetest.Pass(160 * time.Second)
		expect("busy", 2, 9, false, "", "503")
		sourcetest.Pass(57 * time.Minute)
		expect("asked to wait", 2, 9, false, "", "503")
		f.now(func(f *far) { f.status, f.header, f.body, f.etag = 0, nil, built(time.Now(), 1, 1), `"5"` })
		s.Answer(&source.HeldError{Part: "VRPs", Before: 6, Now: 2}, "vrp held")
		sourcetest.Pass(time.Minute)
		expect("held", 2, 10, true, "held", "held")
		s.Answer(nil, "")
		f.now(func(f *far) { f.status = -1 })
		sourcetest.Pass(6 * time.Hour)
		if st := v.Status(); st.Up || !strings.Contains(st.Alarm, "stale: nothing new since") {
			t.Errorf("gone: %+v", st)
		}
		f.now(func(f *far) { f.status, f.body, f.etag = 0, built(time.Now(), 1, 1), `"6"` })
		sourcetest.Pass(15 * time.Minute)
		if st := v.Status(); !st.Up || st.Alarm != "" || len(s.Facts) != 3 { // confirmed, though it is what was held
			t.Errorf("back: stored %d times, %+v", len(s.Facts), st)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A depot that fails is given the same VRPs again; a file may be compressed; a bad record is said.
func TestVRPAgain(t *testing.T) {
	s, full := &sourcetest.Shelf{}, errors.New("the disk is full")
	s.Answer(full, "")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, strings.Replace(built(time.Now(), 2, 0), `"AS2"`, `"AS-2"`, 1))
	w.Close()
	f := &far{body: packed.String(), etag: `"1"`}
	v, err := NewVRP("validator", VRPConfig{URL: "https://validator.invalid/json.gz"}, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	v.getter.Client = &http.Client{Transport: f}
	if err := v.refresh(t.Context()); err != full {
		t.Errorf("%v", err)
	}
	s.Answer(nil, "")
	if err := v.refresh(t.Context()); err != nil || len(s.Facts) != 1 || s.Facts[0].Counts["VRPs"] != 1 {
		t.Errorf("%v, %+v", err, s.Facts)
	}
	if st := v.Status(); st.Errors != 2 || !strings.Contains(st.LastError, "AS-2") || st.Bytes != 2*int64(packed.Len()) {
		t.Errorf("%+v", st)
	}
}

func TestVRPConfig(t *testing.T) {
	for _, c := range []VRPConfig{{}, {URL: "ftp://a/b"}, {URL: "https://a", Every: -1}, {URL: "https://a", MaxBytes: -1}} {
		if _, err := NewVRP("v", c, &sourcetest.Shelf{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
