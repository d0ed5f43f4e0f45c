package publication

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// memory is all that a desk needs, in memory.
type memory struct {
	records   map[string]Record
	revisions map[string]int
	made      []Override
	put       []Override
	entries   []account.Entry
	broken    error // what Put gives
}

func (m *memory) key(incident string, asn values.ASN) string { return incident + asn.String() }

func (m *memory) PublicationRecord(_ context.Context, incident string, asn values.ASN) (Record, int, error) {
	return m.records[m.key(incident, asn)], m.revisions[m.key(incident, asn)], nil
}

func (m *memory) SavePublicationRecord(_ context.Context, r Record, was int, made *Override) error {
	k := m.key(r.Incident, r.ASN)
	if m.revisions[k] != was {
		return ErrConflict
	}
	m.records[k], m.revisions[k] = r, was+1
	if made != nil {
		m.made = append(m.made, *made)
	}
	return nil
}

func (m *memory) PublicationOverrides(context.Context) ([]Override, error) { return m.made, nil }

func (m *memory) IncidentByID(_ context.Context, id string) (watch.Incident, error) {
	if inc := sureIncident(); inc.ID == id {
		return inc, nil
	}
	return watch.Incident{}, errors.New("no such incident")
}

func (m *memory) Put(_ context.Context, o Override) error {
	if m.broken == nil {
		m.put = append(m.put, o)
	}
	return m.broken
}

func (m *memory) Audit(_ context.Context, e account.Entry) error {
	m.entries = append(m.entries, e)
	return nil
}

func testKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func newDesk() (*Desk, *memory) {
	m := &memory{records: map[string]Record{}, revisions: map[string]int{}}
	return &Desk{m, m, m, m, testKey(1), func() time.Time { return day }}, m
}

var (
	theHolder  = account.Viewer{Account: "h", Role: account.Member, Networks: []values.ASN{64500}, Scopes: account.AllScopes()}
	theAnalyst = account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
)

// TestDispute goes from a notice to an upheld dispute, with its override and its place in the log.
func TestDispute(t *testing.T) {
	d, m := newDesk()
	ctx, id := t.Context(), sureIncident().ID
	act := func(v account.Viewer, a Action) (Record, error) {
		return d.Do(ctx, v, Act{Incident: id, ASN: 64500, Action: a, Reason: "because of " + string(a), Evidence: "a letter"})
	}
	if _, err := d.Notified(ctx, id, 64500, "mail"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []account.Viewer{{}, theAnalyst, {Role: account.Member, Networks: []values.ASN{64501}, Scopes: account.AllScopes()},
		{Role: account.Member, Networks: []values.ASN{64500}, Scopes: account.Scopes{account.ScopeRead}}} {
		if _, err := act(v, Dispute); !errors.As(err, new(*Refusal)) {
			t.Errorf("%+v disputes with %v", v, err)
		}
	}
	if _, err := act(theHolder, Dispute); err != nil {
		t.Fatal(err)
	}
	both := theAnalyst
	both.Networks = []values.ASN{64500}
	for _, v := range []account.Viewer{theHolder, both} {
		if _, err := act(v, Uphold); !errors.As(err, new(*Refusal)) {
			t.Errorf("whoever holds the network decides on it: %v", err)
		}
	}
	r, err := act(theAnalyst, Uphold)
	if err != nil || r.State != Upheld || len(m.put) != 1 || len(m.made) != 1 {
		t.Fatalf("%+v, %v: %d overrides", r, err, len(m.put))
	}
	if hash, _ := m.put[0].Hash(); hash != r.Override {
		t.Errorf("the record names %s, the override is %s", r.Override, hash)
	}
	if len(m.entries) != 1 || m.entries[0].Act != "publication.uphold" || m.entries[0].Actor != "a" {
		t.Errorf("the log has %+v", m.entries)
	}
	if got := r.Decision(); got == nil || got.Reason != "because of uphold" || r.Dispute() == nil || r.Reply() != nil {
		t.Errorf("decision %+v", got)
	}
}

func TestDeskRefuses(t *testing.T) {
	d, m := newDesk()
	id := sureIncident().ID
	for name, a := range map[string]Act{
		"incident":  {Incident: "none", ASN: 64500, Action: Reply, Reason: "x"},
		"network":   {Incident: id, ASN: 64510, Action: Reply, Reason: "x"},
		"no reason": {Incident: id, ASN: 64500, Action: Reply, Reason: " "},
		"too long":  {Incident: id, ASN: 64500, Action: Reply, Reason: strings.Repeat("x", MaxReason+1)},
		"no text":   {Incident: id, ASN: 64500, Action: Reply, Reason: "a\u202eb"},
	} {
		v := theHolder
		v.Networks = []values.ASN{64500, 64510}
		if _, err := d.Do(t.Context(), v, a); err == nil || len(m.records) != 0 {
			t.Errorf("%s: %v, %d records", name, err, len(m.records))
		}
	}
}

// TestOverrideSurvives: what was decided right before a failure is put at the next start.
func TestOverrideSurvives(t *testing.T) {
	d, m := newDesk()
	m.broken = errors.New("disk full")
	act := Act{Incident: sureIncident().ID, ASN: 64501, Action: Withdraw, Reason: "a lab's test"}
	if _, err := d.Do(t.Context(), theAnalyst, act); !errors.Is(err, m.broken) {
		t.Fatal(err)
	}
	m.broken = nil
	if err := d.Republish(t.Context()); err != nil || len(m.put) != 1 || m.put[0].ASN != 64501 {
		t.Errorf("%v: %+v", err, m.put)
	}
}

func TestOverride(t *testing.T) {
	o, err := Override{ASN: 64500, Decided: day, Ground: Upheld, Incident: sureIncident().ID, Kind: watch.Hijack, Reason: "a <lab>’s \"test\""}.Sign(testKey(1))
	if err != nil {
		t.Fatal(err)
	}
	text, err := o.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"asn":64500,"decided":"2026-03-01T12:00:00Z","ground":"upheld","incident":"00112233445566778899aabbccddeeff","key":"` +
		base64.StdEncoding.EncodeToString(testKey(1).Public().(ed25519.PublicKey)) + `","kind":"hijack","reason":"a <lab>’s \"test\"","signature":"` + o.Signature + `","version":1}` + "\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	trusted := func(key string) bool { return key == o.Key }
	again, err := ReadOverride(bytes.NewReader(text), trusted)
	if err != nil || again != o {
		t.Errorf("%+v, %v", again, err)
	}
	other, _ := o.Sign(testKey(2))
	foreign, _ := other.Canonical()
	for name, wrong := range map[string]string{
		"changed":      strings.Replace(string(text), "64500", "64501", 1),
		"ground":       strings.Replace(string(text), "upheld", "open", 1),
		"spaced":       strings.Replace(string(text), ",", ", ", 1),
		"unknown key":  strings.Replace(string(text), "{", `{"x":1,`, 1),
		"two":          string(text) + string(text),
		"other's key":  string(foreign),
		"not a string": "[]",
		"long":         strings.Repeat(" ", MaxOverride+1),
	} {
		if _, err := ReadOverride(strings.NewReader(wrong), trusted); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

func FuzzReadOverride(f *testing.F) {
	o, err := Override{ASN: 1, Decided: day, Ground: Withdrawn, Incident: sureIncident().ID, Kind: watch.Leak, Reason: "r"}.Sign(testKey(1))
	if err != nil {
		f.Fatal(err)
	}
	text, _ := o.Canonical()
	f.Add(text)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadOverride(bytes.NewReader(text), func(key string) bool { return key == o.Key })
		if err == nil && got != o {
			t.Fatalf("a forged override is taken: %s", text)
		}
	})
}

func TestTallies(t *testing.T) {
	got := Tallies([]Count{{watch.Leak, Notify, 9}, {watch.Leak, Dispute, 5}, {watch.Leak, Uphold, 1}, {watch.Leak, Reject, 2}, {watch.Leak, Retract, 1},
		{watch.Hijack, Withdraw, 3}, {watch.BogonASN, Notify, 2}})
	want := []Tally{{Kind: watch.Hijack, Withdrawn: 3}, {Kind: watch.Leak, Disputed: 5, Undecided: 1, Upheld: 1, Rejected: 2, Retracted: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
