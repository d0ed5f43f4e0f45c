package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"
)

// NewMember is a version of an object to put into a collection.
type NewMember struct {
	Collection  string // an id
	Object      string // the id that readers see
	Type        string
	Version     string // RFC 3339 as it was written; "" for what has none, whose version is the time it is added
	SpecVersion string // of STIX, such as "2.1"
	Item        string // what it is a copy of; "" of nothing
	ItemVersion int64  // and of which version of that
	Digest      []byte // SHA-256 of the object in the canonical form of RFC 8785
	Body        []byte // the object as JSON
}

// Outcome is what became of a member that was to be added.
type Outcome uint8

// The outcomes of an append.
const (
	MemberAdded Outcome = iota
	MemberSame          // the collection has it already
	MemberClash         // the collection has this version with other content
)

// Appended is what became of one member, with its date_added if it was added.
type Appended struct {
	Outcome Outcome
	Added   time.Time
}

// AppendMembers puts members into their collections in one transaction, in their order, and tells of each what became of it.
// Each gets a date_added of its own: now, or later where that was given already. They rise in the order in which transactions
// are kept, over the whole store and whatever the clock does, so that who reads on from the last one that was seen misses nothing.
func (s *Store) AppendMembers(ctx context.Context, now time.Time, members []NewMember) (out []Appended, err error) {
	err = s.update(ctx, func(t *tx) error {
		out, err = appendMembers(ctx, t, now, members)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("putting %d objects into collections: %w", len(members), err)
	}
	return out, nil
}

// appendMembers is AppendMembers in a transaction.
func appendMembers(ctx context.Context, t *tx, now time.Time, members []NewMember) ([]Appended, error) {
	added, _, err := counted(ctx, t)
	if err != nil {
		return nil, err
	}
	next := max(micros(now), added+1)
	out := make([]Appended, len(members))
	for i := range members {
		if out[i], err = appendMember(ctx, t, next, &members[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", members[i].Object, err)
		}
		if out[i].Outcome == MemberAdded {
			added, next = next, next+1
		}
	}
	_, err = t.exec(ctx, "exchange_count_added", added)
	return out, err
}

func appendMember(ctx context.Context, t *tx, at int64, m *NewMember) (Appended, error) {
	ends, err := list(ctx, t, "member_ends", scanVersion, m.Collection, m.Object)
	if err != nil {
		return Appended{}, err
	}
	if len(ends) > 0 {
		same, err := sameMember(ctx, t, ends, m)
		if err != nil || same.Outcome != MemberAdded {
			return same, err
		}
	}
	mine := memberVersion{added: at, version: m.Version, spec: m.SpecVersion}
	if mine.version == "" {
		mine.version = fromMicros(at).Format(memberTime)
	}
	all := append(ends, mine)
	if err := markEnds(ctx, t, m.Collection, all); err != nil {
		return Appended{}, err
	}
	mine = all[len(all)-1]
	_, err = t.exec(ctx, "member_add", m.Collection, at, m.Object, m.Type, mine.version, mine.spec, bit(mine.first), bit(mine.last),
		bit(mine.current), m.Item, m.ItemVersion, m.Digest, m.Body)
	return Appended{Added: fromMicros(at)}, err
}

// memberTime is how date_added is written where it is a version: six digits, as TAXII wants.
const memberTime = "2006-01-02T15:04:05.000000Z"

// sameMember tells whether the collection has a member already: of what has versions, this one; of what has none, this content
// as the latest.
func sameMember(ctx context.Context, t *tx, ends []memberVersion, m *NewMember) (Appended, error) {
	if m.Version == "" {
		for _, v := range ends {
			if v.last && v.spec == m.SpecVersion && bytes.Equal(v.digest, m.Digest) {
				return Appended{Outcome: MemberSame, Added: fromMicros(v.added)}, nil
			}
		}
		return Appended{}, nil
	}
	args := []any{m.Collection, m.Object, m.SpecVersion}
	for _, form := range versionForms(m.Version) {
		args = append(args, form)
	}
	digests, err := list(ctx, t, "member_same_version", scanned[[]byte], args...)
	switch {
	case err != nil || len(digests) == 0:
		return Appended{}, err
	case bytes.Equal(digests[0], m.Digest):
		return Appended{Outcome: MemberSame}, nil
	}
	return Appended{Outcome: MemberClash}, nil
}

// versionForms are the ways in which one time is commonly written: as given, and with none, three, six and nine digits of a
// second at least.
func versionForms(version string) [5]string {
	short := strings.TrimSuffix(version, "Z")
	whole, digits, _ := strings.Cut(short, ".")
	digits = strings.TrimRight(digits, "0")
	forms := [5]string{version}
	for i := range 4 {
		padded := digits + strings.Repeat("0", max(0, 3*i-len(digits)))
		forms[i+1] = strings.TrimSuffix(whole+"."+padded, ".") + "Z"
	}
	return forms
}

// memberVersion is where a version stands among those of its object.
type memberVersion struct {
	added                int64
	version, spec        string
	first, last, current bool
	digest               []byte
}

func scanVersion(row scanner) (v memberVersion, err error) {
	err = row.Scan(&v.added, &v.version, &v.spec, &v.first, &v.last, &v.current, &v.digest)
	return v, err
}

// before tells whether a version is earlier than another. Where one is no time, what was added first is earlier.
func (v *memberVersion) before(w *memberVersion) bool {
	a, errA := time.Parse(time.RFC3339Nano, v.version)
	b, errB := time.Parse(time.RFC3339Nano, w.version)
	if errA == nil && errB == nil && !a.Equal(b) {
		return a.Before(b)
	}
	return v.added < w.added
}

// markEnds finds out which of an object's versions are the first, the last and the current one, and writes that of all that
// are stored: all but one without a digest, which is to be stored.
func markEnds(ctx context.Context, t *tx, collection string, all []memberVersion) error {
	first, last, newest := map[string]*memberVersion{}, map[string]*memberVersion{}, ""
	for i := range all {
		v := &all[i]
		newest = max(newest, v.spec)
		if f := first[v.spec]; f == nil || v.before(f) {
			first[v.spec] = v
		}
		if l := last[v.spec]; l == nil || l.before(v) {
			last[v.spec] = v
		}
	}
	for i := range all {
		v := &all[i]
		was := *v
		v.first, v.last = first[v.spec] == v, last[v.spec] == v
		v.current = v.last && v.spec == newest
		if v.digest == nil || v.first == was.first && v.last == was.last && v.current == was.current {
			continue
		}
		if _, err := t.exec(ctx, "member_mark", collection, v.added, bit(v.first), bit(v.last), bit(v.current)); err != nil {
			return err
		}
	}
	return nil
}

// bit is how a truth is stored.
func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
