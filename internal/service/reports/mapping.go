package reports

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"pahra/internal/desk/intake"
	"pahra/internal/store"
)

// MappingPrefix begins the kind of a document that is a mapping of a CSV's columns; the mapping's name follows.
const MappingPrefix = "mapping:"

var mappingName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// MappingKind gives the kind of the document that a mapping of a name is kept as.
func MappingKind(name string) (string, error) {
	if !mappingName.MatchString(name) {
		return "", fmt.Errorf("%.80q is no name of a mapping: lower-case letters, digits, -, _ and ., at most 64", name)
	}
	return MappingPrefix + name, nil
}

// Mappings gives the mappings that a tenant has saved, by name.
func Mappings(ctx context.Context, db *store.Store, tenant string) ([]store.DeskDocument, error) {
	list, err := db.Documents(ctx, tenant, MappingPrefix)
	for i := range list {
		list[i].Kind = strings.TrimPrefix(list[i].Kind, MappingPrefix)
	}
	return list, err
}

// mapping gives the mapping of a report's columns: its source's own, else the first of those that are saved that takes its name;
// nil where there is none, and of reports that are no CSV.
func (d *Desk) mapping(ctx context.Context, r store.DeskReport) (*intake.Mapping, error) {
	if m := d.opt.Mapping(r.Source); m != nil || r.Format != "csv" {
		return m, nil
	}
	list, err := Mappings(ctx, d.opt.Store, r.Tenant)
	if err != nil {
		return nil, err
	}
	for _, doc := range list {
		m, err := intake.ReadMapping(doc.Body)
		if err != nil {
			return nil, fmt.Errorf("the mapping %s: %w", doc.Kind, err)
		}
		if m.Takes(r.Name) {
			return m, nil
		}
	}
	return nil, nil //nolint:nilnil // the report is refused with that reason
}
