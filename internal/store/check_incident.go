package store

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// columnRow is a row of incident: its id, its columns from id to prefix as [columns] gives them, its version.
type columnRow struct {
	id      string
	columns []any
	version int
}

func scanColumns(row scanner) (c columnRow, err error) {
	var kind, status, attribution, prefix string
	var asn, started int64
	var victim, ended *int64
	var confidence float64
	var prefixes int
	err = row.Scan(&c.id, &kind, &asn, &victim, &started, &ended, &status, &confidence, &attribution, &prefixes, &prefix, &c.version)
	c.columns = []any{c.id, kind, asn, victim, started, ended, status, confidence, attribution, prefixes, prefix}
	return c, err
}

// versionRow is a row of incident_version.
type versionRow struct {
	version                    int
	digest, previous, encoding string
	body                       []byte
}

func scanVersionRow(row scanner) (v versionRow, err error) {
	err = row.Scan(&v.version, &v.digest, &v.previous, &v.encoding, &v.body)
	return v, err
}

// checkIncident wants versions 1, 2, … that each name the one before, bodies that can be read, and the newest to be what
// the columns, parties and prefixes say.
func (s *Store) checkIncident(ctx context.Context, t *tx, r *Report, row columnRow) error {
	versions, err := list(ctx, t, "check_versions", scanVersionRow, row.id)
	if err != nil {
		return err
	}
	where := "incident " + row.id
	var newest watch.Incident
	readable, previous := false, ""
	for n, v := range versions {
		if v.version != n+1 {
			r.add(where, "version %d stands where %d should", v.version, n+1)
		}
		if v.previous != previous {
			r.add(where, "version %d does not follow the one before it", v.version)
		}
		previous = v.digest
		newest, err = s.bodies.decode(v.encoding, v.body, v.digest)
		if readable = err == nil; !readable {
			r.add(where, "version %d cannot be read: %v", v.version, err)
		} else if newest.ID != row.id {
			r.add(where, "version %d is of incident %s", v.version, newest.ID)
		}
	}
	if len(versions) != row.version {
		r.add(where, "it has %d versions and says %d", len(versions), row.version)
	}
	if !readable {
		return nil
	}
	if !reflect.DeepEqual(columns(newest), row.columns) {
		r.add(where, "its columns are not what its body says")
	}
	return checkBeside(ctx, t, r, where, newest)
}

// checkBeside compares parties and prefixes with the body.
func checkBeside(ctx context.Context, t *tx, r *Report, where string, i watch.Incident) error {
	have, err := list(ctx, t, "incident_parties", scanParty, i.ID)
	if err != nil {
		return err
	}
	want := parties(i)
	if len(have) != len(want) || slices.ContainsFunc(have, func(p involved) bool { return !want[p] }) {
		r.add(where, "its parties are not what its body says")
	}
	keys, err := list(ctx, t, "incident_prefixes", scanned[[]byte], i.ID)
	if err != nil {
		return err
	}
	prefixes := prefixSet(i)
	if len(keys) != len(prefixes) || slices.ContainsFunc(keys, func(k []byte) bool { return !prefixes[string(k)] }) {
		r.add(where, "its prefixes are not what its body says")
	}
	return nil
}

// checkMonths wants measures that can be read and are of the month and network that they stand under.
func checkMonths(ctx context.Context, t *tx, r *Report) error {
	months, err := list(ctx, t, "month_list", scanned[string])
	if err != nil {
		return err
	}
	network := func(row scanner) (none struct{}, err error) {
		var month string
		var asn int64
		var text []byte
		if err := row.Scan(&month, &asn, &text); err != nil {
			return none, err
		}
		var m NetworkMonth
		if err := json.Unmarshal(text, &m); err != nil || m.ASN != values.ASN(asn) || m.Month.String() != month {
			r.add("network_month", "AS%d in %s: its body is of AS%d in %s: %v", asn, month, m.ASN, m.Month, err)
		}
		return none, nil
	}
	for _, m := range months { // one at a time, so that no more than a month is held
		if _, err := list(ctx, t, "check_network_months", network, m); err != nil {
			return err
		}
	}
	if _, err := list(ctx, t, "check_past_months", network); err != nil {
		return err
	}
	_, err = list(ctx, t, "check_neighbourhood_months", func(row scanner) (none struct{}, err error) {
		var month, id string
		var text []byte
		if err := row.Scan(&month, &id, &text); err != nil {
			return none, err
		}
		var m NeighbourhoodMonth
		if err := json.Unmarshal(text, &m); err != nil || m.Neighbourhood != id || m.Month.String() != month {
			r.add("neighbourhood_month", "%s in %s: its body is of %s in %s: %v", id, month, m.Neighbourhood, m.Month, err)
		}
		return none, nil
	})
	return err
}
