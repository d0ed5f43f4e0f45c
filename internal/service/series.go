package service

import (
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/source/folder"
)

// series is one input over time: the VRPs, one registry's route objects, one RIR's statistics. Each snapshot is one or
// more files that stand for one moment.
type series struct {
	kind authority.Kind
	name string
	line *authority.Timeline[[]folder.File]
	// undated are files whose moment neither their name, sources.yaml nor their content tells.
	undated []folder.File
	// unreadable says of each snapshot that was given up why.
	unreadable []string
}

// kindOf gives the kind by which a file is admitted to a judgement; false for files that are not dated facts.
func kindOf(f folder.File) (authority.Kind, bool) {
	switch f.Kind {
	case folder.VRP:
		return authority.KindVRP, true
	case folder.IRR:
		return authority.KindIRR, true
	case folder.Relations:
		return authority.KindRelations, true
	case folder.Organisations:
		return authority.KindOrganisations, true
	case folder.Registry:
		return authority.KindRegistry, true
	case folder.Bogons:
		return authority.KindBogons, true
	case folder.PeeringDB:
		return authority.KindPeeringDB, true
	}
	return "", false
}

// seriesName tells series of one kind apart.
func seriesName(f folder.File) string {
	switch f.Kind {
	case folder.IRR:
		return f.Source
	case folder.Registry, folder.PeeringDB:
		return strings.TrimSuffix(f.Format+"-"+strings.ToLower(f.Source), "-")
	case folder.Bogons:
		if strings.Contains(strings.ToLower(path.Base(f.Path)), "ipv6") { // a date holds a 6 as well
			return "ipv6"
		}
		return "ipv4"
	}
	return ""
}

// seriesOf sorts the files of a folder into series. date tells the moment of a file whose name does not; zero is
// unknown.
func seriesOf(files []folder.File, rule authority.AsOf, date func(folder.File) time.Time) []*series {
	type key struct {
		kind authority.Kind
		name string
	}
	bySeries := make(map[key]map[time.Time][]folder.File)
	var keys []key
	for _, f := range files {
		kind, ok := kindOf(f)
		if !ok {
			continue
		}
		if f.Time.IsZero() {
			f.Time = date(f)
		}
		k := key{kind, seriesName(f)}
		if bySeries[k] == nil {
			bySeries[k] = make(map[time.Time][]folder.File)
			keys = append(keys, k)
		}
		bySeries[k][f.Time] = append(bySeries[k][f.Time], f)
	}
	var list []*series
	for _, k := range keys {
		s := &series{kind: k.kind, name: k.name}
		var dated []authority.Dated[[]folder.File]
		for at, group := range bySeries[k] {
			if at.IsZero() {
				s.undated = append(s.undated, group...)
				continue
			}
			dated = append(dated, authority.Dated[[]folder.File]{Time: at, Value: group, Source: group[0].Path})
		}
		s.line = authority.NewTimeline(k.kind, rule, dated...)
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *series) int {
		if a.kind != b.kind {
			return strings.Compare(string(a.kind), string(b.kind))
		}
		return strings.Compare(a.name, b.name)
	})
	return list
}

// at gives the files of the series that may be used at a moment, or why there are none.
func (s *series) at(t time.Time, rule authority.AsOf) authority.Pick[[]folder.File] {
	p := s.line.At(t)
	if p.Usable || len(s.undated) == 0 {
		return p
	}
	p.Reason = "the date of " + s.undated[0].Path + " is not known; sources.yaml can give it"
	if rule.AllowAnachronism[s.kind] {
		p.Usable, p.Anachronism, p.Value = true, true, s.undated
	}
	return p
}

// drop gives up the snapshot that holds a file, for a reason. It is false where none does.
func (s *series) drop(path, reason string, rule authority.AsOf) bool {
	holds := func(files []folder.File) bool {
		return slices.ContainsFunc(files, func(f folder.File) bool { return f.Path == path })
	}
	kept := slices.DeleteFunc(slices.Clone(s.line.Snapshots()), func(d authority.Dated[[]folder.File]) bool { return holds(d.Value) })
	switch {
	case len(kept) < len(s.line.Snapshots()):
		s.line = authority.NewTimeline(s.kind, rule, kept...)
	case holds(s.undated):
		s.undated = nil
	default:
		return false
	}
	s.unreadable = append(s.unreadable, reason)
	return true
}

// changes gives the moments after which what may be used can differ: where a snapshot begins, and where it grows too
// old.
func (s *series) changes(rule authority.AsOf) []time.Time {
	var list []time.Time
	for _, d := range s.line.Snapshots() {
		list = append(list, d.Time, d.Time.Add(rule.Limits.Of(s.kind)+time.Second))
	}
	return list
}
