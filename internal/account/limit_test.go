package account

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestLimiter holds the limiter against a bucket that is filled drop by drop.
func TestLimiter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{rapid.IntRange(1, 5).Draw(t, "burst"), time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second}
		var l Limiter
		now := time.Unix(1e9, 0)
		left := map[string]float64{}
		for range 60 {
			pass := time.Duration(rapid.IntRange(0, 12).Draw(t, "pass")) * time.Second
			now = now.Add(pass)
			for k := range left {
				left[k] = min(float64(rate.Burst), left[k]+pass.Seconds()/rate.Every.Seconds())
			}
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			if _, known := left[key]; !known {
				left[key] = float64(rate.Burst)
			}
			want := left[key] >= 1-1e-9
			wait, ok := l.Take(key, rate, now)
			if ok != want {
				t.Fatalf("%v in the bucket, and it is %v", left[key], ok)
			}
			if ok {
				left[key]--
			} else if missing := (1 - left[key]) * rate.Every.Seconds(); wait.Seconds() < missing-1e-6 || wait.Seconds() > missing+1e-6 {
				t.Fatalf("the wait is %s, %v are missing", wait, missing)
			}
			if ok && rapid.Bool().Draw(t, "give back") {
				l.Give(key, rate)
				left[key]++
			}
		}
	})
}

// TestLimiterIsBounded: a flood of keys takes no more than its share of memory.
func TestLimiterIsBounded(t *testing.T) {
	var l Limiter
	rate, now := Rate{1, time.Hour}, time.Unix(1e9, 0)
	for i := range maxBuckets + 10 {
		l.Take(fmt.Sprint(i), rate, now)
	}
	if len(l.full) > maxBuckets {
		t.Errorf("%d keys are remembered", len(l.full))
	}
}

func TestAddressKey(t *testing.T) {
	for a, b := range map[string]string{"2001:db8::1": "2001:db8::ffff:1", "192.0.2.1": "::ffff:192.0.2.1", "fe80::1%eth0": "fe80::1"} {
		if addressKey(netip.MustParseAddr(a)) != addressKey(netip.MustParseAddr(b)) {
			t.Errorf("%s and %s are two", a, b)
		}
	}
	if addressKey(netip.MustParseAddr("192.0.2.1")) == addressKey(netip.MustParseAddr("192.0.2.2")) || addressKey(netip.Addr{}) == "" {
		t.Error("two addresses are one")
	}
}
