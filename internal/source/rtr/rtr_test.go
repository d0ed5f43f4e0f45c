package rtr

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/source/sourcetest"
	"pahra/wire/rtr"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

var compare = cmp.Options{cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(vrp.Set{})}

func set(vrps []vrp.VRP, aspas ...vrp.ASPA) *vrp.Set { return &vrp.Set{VRPs: vrps, ASPAs: aspas} }

func valid(prefix string, maxLength uint8, asn values.ASN) vrp.VRP {
	return vrp.VRP{Prefix: netip.MustParsePrefix(prefix), MaxLength: maxLength, ASN: asn}
}

func same(t *testing.T, s *sourcetest.Shelf, want *vrp.Set) {
	t.Helper()
	got := last(t, s)
	if diff := cmp.Diff(want, got, compare, cmpopts.IgnoreFields(vrp.Set{}, "BuildTime")); diff != "" {
		t.Error(diff)
	}
}

// A session of version 2: everything, then steps after a notice and after the refresh time, stored not too often.
func TestSession(t *testing.T) {
	a, b, six := v4("192.0.2.0/24", 24, 64496), v4("198.51.100.0/24", 26, 64497), v4("2001:db8::/32", 48, 64498)
	play(t, Config{Every: 15 * time.Minute}, []func(*cache){func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 9}, six, a, rtr.RouterKey{Announce: true, ASN: 1, SPKI: []byte{1}},
			rtr.ASPA{Announce: true, Customer: 64496, Providers: []values.ASN{64500, 64501}}, end(9, 1))
		time.Sleep(time.Minute)
		c.send(rtr.SerialNotify{Session: 9, Serial: 2})
		c.expect(rtr.SerialQuery{Session: 9, Serial: 1})
		c.send(rtr.CacheResponse{Session: 9}, gone(a), b, rtr.ASPA{Announce: true, Customer: 64496, Providers: []values.ASN{64502}},
			rtr.ASPA{Announce: true, Customer: 7, Providers: []values.ASN{0}}, end(9, 2))
		c.send(rtr.SerialNotify{Session: 9, Serial: 2})  // nothing new
		c.expect(rtr.SerialQuery{Session: 9, Serial: 2}) // after ten minutes
		c.send(rtr.CacheResponse{Session: 9}, rtr.ASPA{Customer: 7}, end(9, 3))
		for { // it is still so
			if _, _, err := c.in.Next(); err != nil {
				return
			}
			c.send(rtr.CacheResponse{Session: 9}, end(9, 3))
		}
	}}, func(r *rig) {
		sourcetest.Pass(time.Second)
		same(t, r.shelf, set([]vrp.VRP{valid("192.0.2.0/24", 24, 64496), valid("2001:db8::/32", 48, 64498)},
			vrp.ASPA{Customer: 64496, Providers: []values.ASN{64500, 64501}}))
		if s := r.Status(); !s.Up || s.Alarm != "" || s.Messages != 6 || s.Kind != "rtr" {
			t.Errorf("status %+v", s)
		}
		sourcetest.Pass(14 * time.Minute)
		if r.shelf.Count() != 1 {
			t.Errorf("stored %d times before it was time", r.shelf.Count())
		}
		sourcetest.Pass(2 * time.Minute)
		want := set([]vrp.VRP{valid("198.51.100.0/24", 26, 64497), valid("2001:db8::/32", 48, 64498)},
			vrp.ASPA{Customer: 64496, Providers: []values.ASN{64502}})
		same(t, r.shelf, want)
		if n := r.shelf.Facts[1].Counts; !cmp.Equal(n, map[string]int{"VRPs": 2}) || r.shelf.Count() != 2 {
			t.Errorf("counts %v, stored %d times", n, r.shelf.Count())
		}
		sourcetest.Pass(6*time.Hour + time.Minute) // it is still so
		if r.shelf.Count() != 3 || r.Status().Alarm != "" {
			t.Errorf("stored %d times, %q", r.shelf.Count(), r.Status().Alarm)
		}
		same(t, r.shelf, want)
	})
}

// whole answers a Reset Query with one VRP and then keeps silent.
func whole(version uint8) func(*cache) {
	return func(c *cache) {
		c.version = version
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 64496), end(1, 1))
		c.wait()
	}
}

func refuse(version uint8) func(*cache) {
	return func(c *cache) {
		c.in.Next()
		c.version = version
		c.send(rtr.ErrorReport{Code: rtr.UnsupportedVersion, Text: "speak lower"})
		c.wait()
	}
}

func TestNegotiation(t *testing.T) {
	tests := []struct {
		name   string
		caches []func(*cache)
		dials  int
	}{
		{"version 2", []func(*cache){whole(2)}, 1},
		{"refused down to 1", []func(*cache){refuse(1), whole(1)}, 2},
		{"refused step by step", []func(*cache){refuse(1), refuse(0), whole(0)}, 3},
		{"refused down to 0", []func(*cache){refuse(0), whole(0)}, 2},
		{"the cache answers lower by itself", []func(*cache){func(c *cache) {
			c.expect(rtr.ResetQuery{})
			c.version = 0
			c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 64496), end(1, 1))
			c.wait()
		}}, 1},
		{"a notice of another version before the answer", []func(*cache){func(c *cache) {
			sent := make(chan bool)
			go func() {
				defer close(sent)
				(&cache{t, c.conn, nil, 0}).send(rtr.SerialNotify{Session: 5, Serial: 5})
			}()
			c.expect(rtr.ResetQuery{})
			<-sent
			c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 64496), end(1, 1))
			c.wait()
		}}, 1},
		{"ASPAs of an old draft", []func(*cache){func(c *cache) {
			c.expect(rtr.ResetQuery{})
			c.send(rtr.CacheResponse{Session: 1})
			c.conn.Write([]byte{2, 11, 0, 0, 0, 0, 0, 20, 1, 0, 0, 1, 0, 0, 251, 240, 0, 0, 251, 241})
			if code, err := c.report(); code != rtr.ASPAProviderList {
				t.Errorf("reported %v, %v", code, err)
			}
			c.wait()
		}, whole(1)}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, Config{}, tt.caches, func(r *rig) {
				sourcetest.Pass(time.Second) // without waiting as after a failure
				same(t, r.shelf, set([]vrp.VRP{valid("192.0.2.0/24", 24, 64496)}))
				if int(r.dials.Load()) != tt.dials || !r.Status().Up {
					t.Errorf("%d connections, %+v", r.dials.Load(), r.Status())
				}
			})
		})
	}
}

// A cache that offers a version which it refused, or none that we speak, is tried again later and not in a circle.
func TestNoVersion(t *testing.T) {
	play(t, Config{}, []func(*cache){refuse(2), refuse(3), refuse(0), refuse(0)}, func(r *rig) {
		sourcetest.Pass(0)
		if r.dials.Load() != 1 {
			t.Errorf("%d connections at once", r.dials.Load())
		}
		sourcetest.Pass(time.Hour)
		if s := r.Status(); s.Up || s.Errors < 4 || r.shelf.Count() != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

// What a cache does that is no plain answer, and how the client gets back to the truth.
func TestRecovery(t *testing.T) {
	old, now := v4("192.0.2.0/24", 24, 64496), v4("198.51.100.0/24", 24, 64497)
	begin := func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 1}, old, rtr.ASPA{Announce: true, Customer: 1, Providers: []values.ASN{2}}, end(1, 1))
		c.expect(rtr.SerialQuery{Session: 1, Serial: 1})
	}
	anew := func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 2}, now, end(2, 8))
		for {
			if _, _, err := c.in.Next(); err != nil {
				return
			}
			c.send(rtr.CacheResponse{Session: 2}, end(2, 8))
		}
	}
	reported := func(t *testing.T, c *cache, want rtr.Code) {
		if code, err := c.report(); code != want {
			t.Errorf("reported %v, %v; want %v", code, err, want)
		}
	}
	tests := []struct {
		name   string
		caches []func(*cache)
	}{
		{"cache reset", []func(*cache){func(c *cache) { begin(c); c.send(rtr.CacheReset{}); anew(c) }}},
		{"session changed", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 2}, now, end(2, 8))
			reported(t, c, rtr.CorruptData)
		}, anew}},
		{"session refused", []func(*cache){func(c *cache) { begin(c); c.send(rtr.ErrorReport{Code: rtr.CorruptData}) }, anew}},
		{"duplicate in a step", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, old, end(1, 2))
			reported(t, c, rtr.Duplicate)
		}, anew}},
		{"withdrawal of what is not there", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, gone(now), end(1, 2))
			reported(t, c, rtr.UnknownWithdrawal)
		}, anew}},
		{"ASPA withdrawal of what is not there", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, rtr.ASPA{Customer: 3}, end(1, 2))
			reported(t, c, rtr.UnknownWithdrawal)
		}, anew}},
		{"broken off in a step", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, gone(old))
		}, func(c *cache) { // the step was not taken, so it is asked for again
			c.expect(rtr.SerialQuery{Session: 1, Serial: 1})
			c.send(rtr.CacheResponse{Session: 1}, gone(old), now, rtr.ASPA{Customer: 1}, end(1, 2))
			c.wait()
		}}},
		{"broken off in the first answer", []func(*cache){func(c *cache) {
			c.expect(rtr.ResetQuery{})
			c.send(rtr.CacheResponse{Session: 1}, old)
		}, anew}},
		{"other version in the session", []func(*cache){func(c *cache) {
			begin(c)
			c.version = 1
			c.send(rtr.CacheResponse{Session: 1})
			reported(t, c, rtr.UnexpectedVersion)
		}, anew}},
		{"records without an answer", []func(*cache){func(c *cache) { begin(c); c.send(old); reported(t, c, rtr.CorruptData) }, anew}},
		{"records without a query", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, end(1, 1), now)
			reported(t, c, rtr.InvalidRequest)
		}, anew}},
		{"a query from the cache", []func(*cache){func(c *cache) { begin(c); c.send(rtr.ResetQuery{}); reported(t, c, rtr.InvalidRequest) }, anew}},
		{"end of another session", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, end(7, 2))
			reported(t, c, rtr.CorruptData)
		}, anew}},
		{"two beginnings", []func(*cache){func(c *cache) {
			begin(c)
			c.send(rtr.CacheResponse{Session: 1}, rtr.CacheResponse{Session: 1})
			reported(t, c, rtr.CorruptData)
		}, anew}},
		{"cache reset for everything", []func(*cache){func(c *cache) {
			c.expect(rtr.ResetQuery{})
			c.send(rtr.CacheReset{})
			reported(t, c, rtr.CorruptData)
		}, anew}},
		{"no data yet", []func(*cache){func(c *cache) {
			for range 2 {
				c.expect(rtr.ResetQuery{})
				c.send(rtr.ErrorReport{Code: rtr.NoDataAvailable})
			}
			anew(c)
		}}},
		{"garbage", []func(*cache){func(c *cache) { begin(c); io.WriteString(c.conn, "HTTP/1.1 400 Bad Request\r\n\r\n"); c.wait() }, anew}},
		{"garbage at once", []func(*cache){func(c *cache) {
			c.in.Next()
			io.WriteString(c.conn, strings.Repeat("\x02\x04\x00\x00\xff\xff\xff\xff", 99))
			c.wait()
		}, anew}},
		{"broken Error Report", []func(*cache){func(c *cache) {
			begin(c)
			c.conn.Write([]byte{2, 10, 0, 0, 0, 0, 0, 8})
			if _, _, err := c.in.Next(); err == nil {
				t.Error("an Error Report was answered")
			}
		}, anew}},
		{"closed at once", []func(*cache){func(*cache) {}, anew}},
		{"silent at once", []func(*cache){(*cache).wait, anew}},
		{"silent in an answer", []func(*cache){func(c *cache) { begin(c); c.send(rtr.CacheResponse{Session: 1}); c.wait(); c.conn.Close() }, func(c *cache) {
			c.expect(rtr.SerialQuery{Session: 1, Serial: 1})
			c.send(rtr.CacheReset{})
			anew(c)
		}}},
		{"drop by drop", []func(*cache){func(c *cache) {
			c.in.Next()
			c.send(rtr.CacheResponse{Session: 1})
			for range 1000 { // each in time, all together for hours
				time.Sleep(30 * time.Second)
				if _, err := c.conn.Write([]byte{2, 4, 0, 0, 0, 0, 0, 20, 1, 8, 8, 0, 10, 0, 0, 0, 0, 0, 0, 1}); err != nil {
					return
				}
			}
		}, anew}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, Config{Every: time.Minute}, tt.caches, func(r *rig) {
				sourcetest.Pass(20 * time.Minute)
				same(t, r.shelf, set([]vrp.VRP{valid("198.51.100.0/24", 24, 64497)}))
				if s := r.Status(); !s.Up || int(r.dials.Load()) != len(tt.caches) || len(tt.caches) > 1 && s.Errors == 0 {
					t.Errorf("%d connections, %+v", r.dials.Load(), s)
				}
			})
		})
	}
}

// Two VRPs alike in a whole answer are one; it is said, and does no harm.
func TestTwiceInWholeAnswer(t *testing.T) {
	play(t, Config{}, []func(*cache){func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 1), v4("192.0.2.0/24", 24, 1), end(1, 1))
		c.wait()
	}}, func(r *rig) {
		sourcetest.Pass(time.Second)
		same(t, r.shelf, set([]vrp.VRP{valid("192.0.2.0/24", 24, 1)}))
		if s := r.Status(); s.Errors != 1 || !strings.Contains(s.LastError, "twice") {
			t.Errorf("%+v", s)
		}
	})
}

// Behind the expire time the data is dropped and shown as stale; nothing is stored any more.
func TestExpiry(t *testing.T) {
	play(t, Config{Every: time.Minute, Confirm: 30 * time.Minute}, []func(*cache){func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 1), end(1, 1)) // holds for two hours
	}}, func(r *rig) {
		sourcetest.Pass(119 * time.Minute)
		if s := r.Status(); s.Up || s.Alarm != "" || r.shelf.Count() != 4 {
			t.Errorf("before: stored %d times, %+v", r.shelf.Count(), s)
		}
		sourcetest.Pass(24 * time.Hour)
		if s := r.Status(); !strings.HasPrefix(s.Alarm, "stale: ") || r.shelf.Count() != 4 {
			t.Errorf("after: stored %d times, %+v", r.shelf.Count(), s)
		}
		if r.dials.Load() < 24 {
			t.Errorf("tried %d times in a day", r.dials.Load())
		}
	})
}

// A validator that has nothing at all is not believed, and a depot that fails is asked again.
func TestNotStored(t *testing.T) {
	play(t, Config{Every: time.Minute}, []func(*cache){func(c *cache) {
		c.expect(rtr.ResetQuery{})
		c.send(rtr.CacheResponse{Session: 1}, end(1, 1))
		c.expect(rtr.SerialQuery{Session: 1, Serial: 1})
		c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 1), end(1, 2))
		c.wait()
	}}, func(r *rig) {
		sourcetest.Pass(time.Second)
		if s := r.Status(); !strings.Contains(s.Alarm, "no VRPs") || s.Errors != 1 || r.shelf.Count() != 0 {
			t.Errorf("%+v", s)
		}
		r.shelf.Answer(errors.New("the disk is full"), "")
		sourcetest.Pass(10 * time.Minute)
		if s := r.Status(); s.Alarm != "" || s.LastError != "the disk is full" {
			t.Errorf("%+v", s)
		}
		r.shelf.Answer(nil, "")
		sourcetest.Pass(time.Minute)
		if r.shelf.Count() != 1 {
			t.Errorf("stored %d times", r.shelf.Count())
		}
	})
}

func TestConfig(t *testing.T) {
	for text, c := range map[string]Config{
		"host:port":   {Address: "cache"},
		"lacks":       {Address: ":323"},
		"below 0":     {Address: "a:1", Every: -1},
		"go together": {Address: "a:1", TLS: &TLS{Key: "k"}},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
