package nrtm

import (
	"crypto/ed25519"
	"encoding/base64"
	"reflect"
	"testing"
	"time"
)

// FuzzNotification holds that a payload that is read is written and read alike, and that no bytes pass as signed.
func FuzzNotification(f *testing.F) {
	n := &Notification{Timestamp: time.Unix(0, 0).UTC(), Source: "A", Session: "ca128382-78d9-41d1-8927-1ecef15275be", Version: 2,
		Snapshot: Reference{1, "a/b", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"},
		Deltas:   []Reference{{2, "c", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}}}
	payload, err := n.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add([]byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + ".AAAA"))
	key := Key{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public(), "EdDSA"}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := verify(string(data), key); err == nil {
			t.Error("passed as signed")
		}
		n, err := readNotification(data)
		if err != nil {
			return
		}
		payload, err := n.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := readNotification(payload); err != nil || !reflect.DeepEqual(n, again) {
			t.Errorf("%+v and %+v, %v", n, again, err)
		}
	})
}
