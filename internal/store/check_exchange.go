package store

import (
	"context"
	"slices"
)

// storedVersion is a version as the check reads it.
type storedVersion struct {
	memberVersion
	collection, object string
	hidden             bool
}

// checkExchange wants each object's first, last and current version to be marked as such, and date_added to be counted and unique.
// It sorts versions, where what writes them compares each with the ends alone.
func checkExchange(ctx context.Context, t *tx, r *Report) error {
	p, err := t.stmt(ctx, "check_members")
	if err != nil {
		return err
	}
	rows, err := p.QueryContext(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	var group []storedVersion
	for rows.Next() {
		var v storedVersion
		if err := rows.Scan(&v.collection, &v.object, &v.added, &v.version, &v.spec, &v.first, &v.last, &v.current, &v.hidden); err != nil {
			return err
		}
		if len(group) > 0 && (group[0].object != v.object || group[0].collection != v.collection) {
			checkVersions(r, group)
			group = group[:0]
		}
		group = append(group, v)
	}
	checkVersions(r, group)
	if err := rows.Err(); err != nil {
		return err
	}
	counts, err := one(ctx, t, "check_added", func(row scanner) (n [3]int64, err error) {
		err = row.Scan(&n[0], &n[1], &n[2])
		return n, err
	})
	if err != nil {
		return err
	}
	if counts[0] != counts[1] {
		r.add("exchange_members", "%d members share their date_added with another", counts[0]-counts[1])
	}
	if added, _, err := counted(ctx, t); err != nil {
		return err
	} else if added < counts[2] {
		r.add("exchange_counter", "a member was added later than the counter says")
	}
	return nil
}

// checkVersions looks at all versions of one object in one collection.
func checkVersions(r *Report, group []storedVersion) {
	seen, newest := map[string][]*storedVersion{}, ""
	for i := range group {
		v := &group[i]
		if v.hidden {
			if v.first || v.last || v.current {
				r.add("exchange_members", "%s: a version that nobody sees is marked", v.object)
			}
			continue
		}
		seen[v.spec], newest = append(seen[v.spec], v), max(newest, v.spec)
	}
	for spec, list := range seen {
		slices.SortFunc(list, func(a, b *storedVersion) int {
			switch {
			case a == b:
				return 0
			case a.before(&b.memberVersion):
				return -1
			}
			return 1
		})
		for i, v := range list {
			last := i == len(list)-1
			if v.first != (i == 0) || v.last != last || v.current != (last && spec == newest) {
				r.add("exchange_members", "%s: its versions are not marked as they are", v.object)
				break
			}
		}
	}
}
