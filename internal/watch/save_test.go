package watch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/checkpoint"
)

// TestRestoredGoesOn: an engine that is saved and restored at any moments, in the middle of a second too, comes to the
// same as one that never stopped.
func TestRestoredGoesOn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawWithNews(rt)
		f.ahead = rapid.Bool().Draw(rt, "ahead")
		never := f.run(t, 24*hour)
		f.sweeps = rapid.Bool().Draw(rt, "sweeps")
		stops := rapid.SliceOfN(rapid.IntRange(0, len(f.events)), 1, 3).Draw(rt, "stops")
		restored := f.playWithStops(t, stops, 24*hour)
		same(t, rt, never, restored)
		if diff := gocmp.Diff(proofs(never), proofs(restored)); diff != "" {
			rt.Fatal("proofs:", diff)
		}
		if never.NaiveLeaks() != restored.NaiveLeaks() {
			rt.Fatalf("%+v, restored %+v", never.NaiveLeaks(), restored.NaiveLeaks())
		}
		told := restored.Changed()
		slices.SortFunc(never.incidents, func(a, b Incident) int { return strings.Compare(a.ID, b.ID) })
		if diff := gocmp.Diff(outcome{incidents: never.incidents}.lines(t), outcome{incidents: told}.lines(t)); diff != "" {
			rt.Fatal("told after a restart:", diff)
		}
	})
}

// playWithStops plays the feed and saves and restores the engine before the events of these numbers.
func (f *feed) playWithStops(t testing.TB, stops []int, until int64) outcome {
	t.Helper()
	events := f.ordered()
	slices.Sort(stops)
	e, from := newEngine(f), 0
	var facts Facts
	for _, stop := range append(stops, len(events)) {
		f.playOn(e, events[from:stop])
		for _, s := range events[from:stop] {
			if s.facts != nil {
				facts = *s.facts
			}
		}
		e, from = reborn(t, e, facts), stop
	}
	return outcome{e, e.Finish(f.start + until)}
}

// reborn saves an engine and restores it, and demands that the copy is saved as the same octets.
func reborn(t testing.TB, e *Engine, facts Facts) *Engine {
	t.Helper()
	var first, second bytes.Buffer
	if err := e.Save(&first); err != nil {
		t.Fatal(err)
	}
	copied, err := Restore(bytes.NewReader(first.Bytes()), e.set, facts)
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.Save(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatal("the copy is saved otherwise")
	}
	return copied
}

// saved plays a history with a bit of everything and saves the engine.
func saved(t testing.TB) (*feed, []byte) {
	t.Helper()
	f := settled().know(0, linked(nil)).table("10.4.0.0/16", third)
	f.announce(at2, span(0, 6), block, attacker).announce(at2, span(0, 6), part, over, leaker, up, victim)
	f.announce(at2+hour, span(0, 6), block, victim).path(at2+hour, 0, part, 64777, victim)
	e := f.run(t, 4*hour)
	var b bytes.Buffer
	if err := e.Save(&b); err != nil {
		t.Fatal(err)
	}
	return f, b.Bytes()
}

// TestDamagedCheckpoint: a checkpoint that was cut or changed anywhere is an error that says so, and so is one made with
// other settings.
func TestDamagedCheckpoint(t *testing.T) {
	f, b := saved(t)
	if _, err := Restore(bytes.NewReader(b), f.set, linked(nil)); err != nil {
		t.Fatal(err)
	}
	for at := range b {
		if _, err := Restore(bytes.NewReader(b[:at]), f.set, Facts{}); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		changed := slices.Clone(b)
		changed[at] ^= byte(1 + at%255)
		if _, err := Restore(bytes.NewReader(changed), f.set, Facts{}); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Fatalf("changed at %d: %v", at, err)
		}
	}
	if _, err := Restore(bytes.NewReader(append(slices.Clone(b), b...)), f.set, Facts{}); err != nil {
		t.Error("what follows is not looked at:", err)
	}
	other := f.set
	other.HoldDown += time.Second
	if _, err := Restore(bytes.NewReader(b), other, Facts{}); !errors.Is(err, ErrOtherSettings) || !strings.Contains(err.Error(), "hold_down") {
		t.Error(err)
	}
}

// TestSaveFails: an error of the disk is passed on.
func TestSaveFails(t *testing.T) {
	f := settled()
	e := f.run(t, 4*hour)
	full := errors.New("no space left")
	if err := e.Save(failing{full}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzRestore: whatever values a checkpoint holds, reading it gives an engine or an error.
func FuzzRestore(f *testing.F) {
	kit, b := saved(f)
	f.Add([]byte{}, 0)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x7f}, 200)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add([]byte{byte(r.Uint32()), byte(r.Uint32())}, r.IntN(len(b)))
	}
	f.Fuzz(func(t *testing.T, patch []byte, at int) {
		e, err := Restore(bytes.NewReader(forge(b, patch, at)), kit.set, linked(nil))
		if err == nil && e == nil {
			t.Error("neither")
		}
	})
}

// forge changes octets within the blocks of a checkpoint and makes their checksums right again.
func forge(b, patch []byte, at int) []byte {
	const header, magic = 8, 7
	b = slices.Clone(b)
	table := crc32.MakeTable(crc32.Castagnoli)
	var place [8]byte
	for from := magic; from+header <= len(b); {
		n := int(binary.LittleEndian.Uint32(b[from:]))
		payload := b[from+header : from+header+n]
		if at >= 0 && at < n {
			copy(payload[at:], patch)
		}
		at -= n
		sum := crc32.Update(crc32.Checksum(place[:], table), table, b[from:from+4])
		binary.LittleEndian.PutUint32(b[from+4:], crc32.Update(sum, table, payload))
		from += header + n
		binary.LittleEndian.PutUint64(place[:], binary.LittleEndian.Uint64(place[:])+1)
	}
	return b
}

// TestEveryFieldIsDecidedOn: whoever adds a field to what an engine is made of must say here whether Save writes it, and
// write it, or how Restore comes to it.
func TestEveryFieldIsDecidedOn(t *testing.T) {
	decided := map[reflect.Type]string{}
	say := func(of any, saved, derived string) { decided[reflect.TypeOf(of)] = saved + " " + derived }
	say(Engine{}, "set heldFacts table in states paths edges fresh leaks given taken otc naive heldBogons judging past agenda resyncs tracks made groups done "+
		"shares now warm lastEntry touched shaken whole wholeFrom newLinks stirred log",
		"facts:given below:edges,fresh leakAt:leaks leaksBy:leaks sources:leaks recalling:only-within-a-call held:given-again speaker:only-within-a-call atHand:set-by-each-element "+
			"swept:when-to-sweep takers:tracks ended:only-within-a-call off:set protectors:built-in need:a-cache hops:used-again news:all-are")
	say(prefixState{}, "pairs tracks", "touched:Engine.touched")
	say(pair{}, "origin first last now most nets flags", "")
	say(base{}, "prefix pair", "")
	say(pathNote{}, "seen bogon culprit admin naive near newUntil leak left", "")
	say(edge{}, "near far", "")
	say(triple{}, "from leaker to", "")
	say(pastStep{}, "triple last", "")
	say(naive{}, "announcements flagged triples refused refusedLinks forgotten", "")
	say(share{}, "links leaks", "")
	say(leak{}, "triple rule facts fromIs toIs standing held shown tracks settled isShown since most benign tried judged",
		"source:Engine.sources seenBy:counted-again groups:Engine.groups")
	say(held{}, "byPath byMark attested together", "")
	say(leakSource{}, "", "leaks:Engine.leaks touched:Engine.stirred counted:never seenBy:counted-again")
	say(seenBy{}, "live stood", "")
	say(track{}, "kind prefix asn bogon admin leak far oneProof seq phase refuted proven returned first from gone sights total", "group:member.track")
	say(sight{}, "sec micro kind peer attr file offset raw", "")
	say(appointment{}, "due track", "")
	say(groupKey{}, "kind asn bogon admin leak far named", "")
	say(group{}, "groupKey id start members marks final refuted rejudged", "victims:members open:members told:nothing")
	say(member{}, "track victim ended base verdict first refuted old contested carried", "")
	say(verdict{}, "rov objects tried why", "")
	say(Rejudgement{}, "Time Changed Outcome By Detail Prefixes PrefixesTotal Objects Before", "")
	say(Explained{}, "Time Kind ASN Victim Prefix By Detail", "")
	say(Object{}, "Kind ID Says", "")
	say(Tried{}, "Name Result Detail", "")
	say(KnownRelation{}, "Relation Confidence Sources", "")
	for of, text := range decided {
		var known []string
		for _, word := range strings.Fields(text) {
			name, _, _ := strings.Cut(word, ":")
			known = append(known, name)
		}
		for i := range of.NumField() {
			if name := of.Field(i).Name; !slices.Contains(known, name) {
				t.Errorf("%s.%s: decide whether Save writes it", of, name)
			}
		}
		if len(known) != of.NumField() {
			t.Errorf("%s has %d fields, not %d: %v", of, of.NumField(), len(known), known)
		}
	}
	if got := fmt.Sprint(kinds()); got != "[hijack rpki-invalid bogon-prefix bogon-asn leak path-anomaly]" {
		t.Errorf("kinds are numbered by their place, append new ones: %s", got)
	}
}
