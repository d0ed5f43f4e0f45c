package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Member is a version of an object in a collection.
type Member struct {
	Added       time.Time // date_added
	Object      string    // the id that readers see
	Type        string
	Version     string // as it was written; of what has none, date_added
	SpecVersion string
	Item        string // what it is a copy of; "" of nothing
	ItemVersion int64
	Digest      []byte // SHA-256 of the object in the canonical form of RFC 8785
	Body        []byte // the object as JSON; nil if the query wants none
}

// MemberVersions says which versions of an object are wanted; the zero value wants the last.
type MemberVersions struct {
	First, Last, All bool
	Exact            []string // as they were written, with any number of digits of a second
}

// MemberQuery says which members of a collection are wanted. The zero value of a filter lets all pass.
type MemberQuery struct {
	Collection   string    // an id
	After        time.Time // added later than that
	IDs, Types   []string
	Versions     MemberVersions
	SpecVersions []string // none: of each object, those of the latest that it has
	Limit        int
	NoBody       bool // the bodies are not wanted
}

// MaxMembers is how many members a query gives at most. Once their bodies have maxMemberBytes it gives no more either.
const (
	MaxMembers     = 10000
	maxMemberBytes = 8 << 20
)

// Members gives the members that are wanted and not hidden, in the order they were added, and whether there are more.
func (s *Store) Members(ctx context.Context, q MemberQuery) (some []Member, more bool, err error) {
	if q.Limit <= 0 || q.Limit > MaxMembers {
		q.Limit = MaxMembers
	}
	b := &builder{queries: s.queries}
	if !q.build(b) {
		return nil, false, nil
	}
	err = s.atOnce(ctx, b.text.String(), b.args, func(rows *sql.Rows) error {
		some, more, err = q.read(rows)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("reading collection %s: %w", q.Collection, err)
	}
	return some, more, nil
}

// read reads rows until there are enough.
func (q *MemberQuery) read(rows *sql.Rows) (some []Member, more bool, err error) {
	some = make([]Member, 0, min(q.Limit, 128))
	for size := 0; rows.Next(); {
		if more = len(some) == q.Limit || size >= maxMemberBytes; more {
			break
		}
		m, err := q.scan(rows)
		if err != nil {
			return nil, false, err
		}
		size += len(m.Body)
		some = append(some, m)
	}
	return some, more, nil
}

func (q *MemberQuery) scan(row scanner) (m Member, err error) {
	var added int64
	into := []any{&added, &m.Object, &m.Type, &m.Version, &m.SpecVersion, &m.Item, &m.ItemVersion, &m.Digest}
	if !q.NoBody {
		into = append(into, &m.Body)
	}
	err = row.Scan(into...)
	m.Added = fromMicros(added)
	return m, err
}

// build puts the query together. It gives false where nothing can match.
//
// Each type is looked for by itself and the results are merged, so that a type of which there is little is found without
// looking through all else. Ids are looked up as they are; they begin with their type.
func (q *MemberQuery) build(b *builder) bool {
	types, ids := plainTexts(q.Types), plainTexts(q.IDs)
	if len(q.IDs) > 0 && len(q.Types) > 0 {
		ids = slices.DeleteFunc(ids, func(id string) bool {
			typ, _, _ := strings.Cut(id, "--")
			return !slices.Contains(types, typ)
		})
	}
	switch {
	case len(q.IDs) > 0:
		if len(ids) > 0 {
			q.where(b)
			b.raw("AND m.object IN ("+places(len(ids))+")", anys(ids)...)
			b.add("member_order", q.Limit+1)
		}
		return len(ids) > 0
	case len(q.Types) > 0:
		for i, typ := range types {
			if i > 0 {
				b.raw("UNION ALL")
			}
			b.add("member_union")
			q.where(b)
			b.add("member_where_type", typ)
			b.add("member_order", q.Limit+1)
			b.raw(") AS t" + strconv.Itoa(i))
		}
		if len(types) > 1 {
			b.add("member_union_order", q.Limit+1)
		}
		return len(types) > 0
	}
	q.where(b)
	b.add("member_order", q.Limit+1)
	return true
}

// where begins a query and adds all but types and ids.
func (q *MemberQuery) where(b *builder) {
	if q.NoBody {
		b.add("member_list_bare")
	} else {
		b.add("member_list")
	}
	after := int64(-1 << 63)
	if !q.After.IsZero() {
		after = micros(q.After)
	}
	b.add("member_where", q.Collection, after)
	v := q.Versions
	last := v.Last || !v.First && !v.All && len(v.Exact) == 0
	if last && !v.First && len(v.Exact) == 0 && len(q.SpecVersions) == 0 {
		b.add("member_where_current")
		return
	}
	if !v.All {
		q.whereVersion(b, last)
	}
	if specs := plainTexts(q.SpecVersions); len(q.SpecVersions) > 0 {
		b.raw("AND m.spec_version IN ("+places(len(specs))+")", anys(specs)...)
	} else {
		b.add("member_where_newest_spec")
	}
}

func (q *MemberQuery) whereVersion(b *builder, last bool) {
	b.raw("AND (1 = 0")
	if q.Versions.First {
		b.raw("OR m.is_first = 1")
	}
	if last {
		b.raw("OR m.is_last = 1")
	}
	var exact []string
	for _, version := range plainTexts(q.Versions.Exact) {
		for _, form := range versionForms(version) {
			exact = append(exact, form)
		}
	}
	if len(exact) > 0 {
		b.raw("OR m.version IN ("+places(len(exact))+")", anys(exact)...)
	}
	b.raw(")")
}

// plainTexts gives the texts that a database can hold, once each: PostgreSQL takes none with a zero byte.
func plainTexts(texts []string) []string {
	kept := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.ContainsRune(s, 0) })
	slices.Sort(kept)
	return slices.Compact(kept)
}

// places are n places for arguments, from $1.
func places(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(i+1)
	}
	if n == 0 {
		return "NULL" // IN (NULL) holds for nothing
	}
	return strings.Join(list, ", ")
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}

// DeleteMembers takes the wanted versions of an object out of a collection, and tells how many these were. Of the query only the
// collection, the single id, versions and versions of STIX count; where none of these are named, all go.
func (s *Store) DeleteMembers(ctx context.Context, q MemberQuery) (gone int, err error) {
	if len(q.IDs) != 1 {
		return 0, fmt.Errorf("taking objects out of collection %s: %d ids are named; it takes one", q.Collection, len(q.IDs))
	}
	if v := q.Versions; !v.First && !v.Last && len(v.Exact) == 0 {
		q.Versions.All = true
	}
	q.Types, q.After, q.Limit, q.NoBody = nil, time.Time{}, 1<<31-2, true
	err = s.update(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		if !q.build(b) {
			return nil
		}
		some, err := run(ctx, t, b, q.scan)
		if gone = len(some); err != nil || gone == 0 {
			return err
		}
		for _, m := range some {
			if _, err := t.exec(ctx, "member_delete", q.Collection, micros(m.Added)); err != nil {
				return err
			}
		}
		return refreshEnds(ctx, t, q.Collection, q.IDs[0])
	})
	if err != nil {
		return 0, fmt.Errorf("taking %s out of collection %s: %w", q.IDs[0], q.Collection, err)
	}
	return gone, nil
}

// refreshEnds finds out anew which versions of an object are the first, the last and the current one, once others are gone.
func refreshEnds(ctx context.Context, t *tx, collection, object string) error {
	left, err := list(ctx, t, "member_versions", scanVersion, collection, object)
	if err != nil {
		return err
	}
	return markEnds(ctx, t, collection, left)
}

// MemberCounts gives how many objects each collection shows, by its id; of an object of several versions the last counts.
func (s *Store) MemberCounts(ctx context.Context) (map[string]int64, error) {
	counts := map[string]int64{}
	err := s.view(ctx, func(t *tx) error {
		_, err := list(ctx, t, "member_counts", func(row scanner) (id string, err error) {
			var n int64
			err = row.Scan(&id, &n)
			counts[id] = n
			return id, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting what collections hold: %w", err)
	}
	return counts, nil
}
