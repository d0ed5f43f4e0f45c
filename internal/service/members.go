package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pahra/internal/registry"
	"pahra/wire/values"
)

// resolve gives the members of a neighbourhood, ascending, and its title. Named ones, countries, regions and single
// networks come from the run itself; the others need relations or members that only the inputs hold.
func (r *Run) resolve(name string) (members []values.ASN, title string, err error) {
	kind, text, adHoc := strings.Cut(name, ":")
	switch {
	case adHoc && kind == "country":
		return r.where(name, strings.ToUpper(strings.TrimSpace(text)), func(row networkRow) string { return row.Country })
	case adHoc && kind == "rir":
		return r.where(name, strings.ToLower(strings.TrimSpace(text)), func(row networkRow) string { return row.RIR })
	case adHoc && kind == "cone", adHoc && kind == "ix", adHoc && kind == "org":
		members, err = r.fromInputs(name)
		return members, "", err
	case adHoc:
		return nil, "", &WrongUse{fmt.Sprintf("%q is not a kind of neighbourhood (country, rir, ix, cone, org)", kind)}
	}
	return r.named(name)
}

// where gives the networks of which a fact has a value.
func (r *Run) where(name, value string, of func(networkRow) string) (members []values.ASN, _ string, err error) {
	if value == "ripe" {
		value = "ripencc"
	}
	known := false
	var there []string
	err = eachOf(r, networksSegment, func(row networkRow) {
		got := of(row)
		known = known || got != ""
		if got == value && value != "" {
			members = append(members, values.ASN(row.ASN))
		}
		if got != "" && !slices.Contains(there, got) && len(there) < 300 {
			there = append(there, got)
		}
	})
	switch {
	case err != nil:
		return nil, "", err
	case !known:
		return nil, "", fmt.Errorf("neighbourhood %q needs delegation statistics or the like, which this run had none of: %w", name, registry.ErrNoData)
	case members == nil:
		slices.Sort(there)
		return nil, "", &WrongUse{fmt.Sprintf("neighbourhood %q has no network in this run; there are: %s", name, listOf(there, 40))}
	}
	return members, "", nil
}

// listOf joins the first of many words.
func listOf(words []string, most int) string {
	if more := len(words) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), more)
	}
	return strings.Join(words, ", ")
}

// named gives a named neighbourhood, or a single network.
func (r *Run) named(name string) (members []values.ASN, title string, err error) {
	found, reason := false, ""
	var names []string
	err = eachOf(r, neighbourhoodsSegment, func(row neighbourhoodRow) {
		if len(names) == 0 || names[len(names)-1] != row.Name {
			names = append(names, row.Name)
		}
		if row.Name == name {
			found, title, reason = true, row.Title, row.NoData
			if row.ASN != 0 {
				members = append(members, values.ASN(row.ASN))
			}
		}
	})
	if err != nil {
		return nil, "", err
	}
	if found && reason != "" {
		return nil, title, fmt.Errorf("%s: %w", strings.TrimSuffix(reason, ": "+registry.ErrNoData.Error()), registry.ErrNoData)
	}
	if asn, err := values.ParseASN(name); err == nil && !found && len(name) > 2 && strings.EqualFold(name[:2], "as") {
		return []values.ASN{asn}, "", nil
	}
	if !found {
		known := "it names none"
		if names != nil {
			known = "it names " + listOf(names, 20)
		}
		return nil, "", &WrongUse{fmt.Sprintf("the run knows no neighbourhood %q; %s, and country:XX, rir:NAME, cone:ASN, ix:ID and org:ASN always go", name, known)}
	}
	return members, title, nil
}

// fromInputs resolves what takes relations, organisations or exchange members.
func (r *Run) fromInputs(name string) ([]values.ASN, error) {
	reg, err := r.recall()
	if err != nil {
		return nil, fmt.Errorf("neighbourhood %q takes facts that may not be passed on with a run: %w", name, err)
	}
	members, err := reg.Resolve(name)
	if err != nil && !errors.Is(err, registry.ErrNoData) {
		return nil, &WrongUse{err.Error()}
	}
	return members, err
}
