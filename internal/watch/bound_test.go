package watch

import (
	"testing"

	"pahra/wire/values"
)

// TestManyOrigins: one peer that announces a prefix with every number there is neither makes the engine large nor hides
// what others see afterwards.
func TestManyOrigins(t *testing.T) {
	f := settled().know(0, Facts{Bogons: specialBogons()})
	for i := range 3000 {
		f.path(at2+int64(i), 0, block, values.ASN(100_000+i))
		f.path(at2+int64(i), 1, block, values.ASN(200_000+i), 64777, victim) // a bogon ASN behind each
	}
	f.announce(at2+2*hour, span(2, 8), block, attacker)
	got := f.run(t, 6*hour)
	if i := got.only(t, Hijack); i.ASN != attacker || i.Attribution != Supported {
		t.Errorf("%+v", i)
	}
	for _, s := range got.states {
		if len(s.pairs) > maxOrigins || len(s.tracks) > maxTracks {
			t.Errorf("%d origins, %d tracks", len(s.pairs), len(s.tracks))
		}
	}
	if len(got.Engine.tracks) > 2*maxTracks {
		t.Errorf("%d tracks", len(got.Engine.tracks))
	}
}

// TestManyResets: a session that comes and goes every second costs no memory for each track each time.
func TestManyResets(t *testing.T) {
	f := settled().announce(at2, span(0, 6), block, attacker)
	for i := range int64(2000) {
		f.down(at2+2*minute+2*i, []int{7}).up(at2+2*minute+2*i+1, []int{7})
	}
	got := f.run(t, at2+2*minute+4000)
	got.only(t, Hijack)
	if n := len(got.agenda) + len(got.resyncs); n > 700 {
		t.Errorf("%d appointments", n)
	}
}
