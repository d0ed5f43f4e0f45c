package folder

import (
	"path"
	"regexp"
	"strings"
	"time"
)

// classify gives the file with its kind and all that the first matching entry and its name tell. known is false where
// nothing knows it.
func classify(f File, entries []*entry) (file File, known bool) {
	for _, e := range entries {
		if match(e.Path, f.Path) {
			e.used = true
			return e.apply(f)
		}
	}
	known = byPlace(&f)
	return f, known
}

// byReservedName knows the folder's own files, which no entry of sources.yaml can turn into something else.
func byReservedName(f *File) bool {
	switch f.Path {
	case sourcesName:
		f.Kind = Sources
	case "accepted.json":
		f.Kind = Accepted
	case "pulled.json":
		f.Kind = Pulled
	}
	return f.Kind != ""
}

// byPlace classifies by folder and name.
func byPlace(f *File) bool {
	place, rest, inside := strings.Cut(f.Path, "/")
	if !inside {
		return false
	}
	name := plainName(rest)
	switch place {
	case "mrt":
		return mrtPlace(f, rest, name)
	case "irr":
		return irrPlace(f, rest, name)
	case "vrp":
		return f.as(VRP, name, ".json", ".csv")
	case "registry":
		return f.as(Registry, name) && f.Format != ""
	case "relations":
		return f.as(relationsKind(name), name) && f.Format != "" && !f.Time.IsZero()
	case "bogons":
		return f.as(Bogons, name, ".txt")
	case "peeringdb":
		return f.as(PeeringDB, name, ".json")
	case "spoofer":
		return f.as(Spoofer, name, ".csv", ".json", ".jsonl")
	case "reports":
		return f.as(Reports, name, ".json")
	case "overrides":
		return f.as(Overrides, rest, ".json") || f.as(Overrides, rest) && rest == "keys.txt"
	case "neighbourhoods":
		return f.as(Neighbourhoods, path.Base(rest), ".yaml", ".yml", ".csv")
	}
	return false
}

// as makes f a file of kind, if name has one of the extensions or none is asked for.
func (f *File) as(kind Kind, name string, extensions ...string) bool {
	f.Kind, f.Format, f.Time = kind, formatOf(kind, name), stampIn(name)
	if kind == Registry {
		f.Source = delegatedBy(name)
	}
	for _, e := range extensions {
		if strings.HasSuffix(name, e) {
			return true
		}
	}
	return len(extensions) == 0
}

// mrtName is the name that RIS and RouteViews give their files.
var mrtName = regexp.MustCompile(`^(rib|bview|updates)\.\d{8}\.\d{4}$`)

func mrtPlace(f *File, rest, name string) bool {
	collector, _, below := strings.Cut(rest, "/")
	if !below || !mrtName.MatchString(name) {
		return false
	}
	f.Collector = collector
	return f.as(MRT, name) && !f.Time.IsZero()
}

func irrPlace(f *File, rest, name string) bool {
	source, _, below := strings.Cut(rest, "/")
	if !below {
		source, _, _ = strings.Cut(name, ".")
	}
	f.Source = strings.ToUpper(source)
	return f.as(IRR, name) && source != "" && f.Format == "db"
}

func relationsKind(name string) Kind {
	if strings.Contains(name, "org2info") {
		return Organisations
	}
	return Relations
}

// formatOf tells which form of its kind a name announces:
//
//	mrt             rib, updates
//	vrp             json, csv
//	irr             db
//	registry        delegated, asnames (asnames*, asns*, autnums*), csv
//	relations       as-rel, as-rel2
//	organisations   jsonl, txt
//	bogons          fullbogons, asns
//	peeringdb       net, poc, org, ix, netixlan, ixlan, ixpfx …: the object type before the first . _ or -
//	spoofer         csv, json, jsonl
//	neighbourhoods  yaml, csv
//	overrides       json, keys
func formatOf(kind Kind, name string) string {
	has := func(part string) bool { return strings.Contains(name, part) }
	extension := strings.TrimPrefix(path.Ext(name), ".")
	switch kind {
	case MRT:
		return first(choice{has("updates"), "updates"}, choice{has("rib") || has("bview"), "rib"})
	case VRP, Spoofer, Organisations:
		return extension
	case Overrides:
		return first(choice{name == "keys.txt", "keys"}, choice{extension == "json", "json"})
	case IRR:
		return first(choice{strings.HasSuffix(name, ".db") || has(".db."), "db"})
	case Registry:
		return first(choice{has("delegated-"), "delegated"},
			choice{has("asnames") || has("autnums") || strings.HasPrefix(name, "asns"), "asnames"}, choice{extension == "csv", "csv"})
	case Relations:
		return first(choice{has(".as-rel2."), "as-rel2"}, choice{has(".as-rel."), "as-rel"})
	case Bogons:
		return first(choice{has("fullbogons"), "fullbogons"}, choice{has("asn"), "asns"})
	case PeeringDB:
		if end := strings.IndexAny(name, "._-"); end >= 0 {
			return strings.ToLower(name[:end])
		}
	case Neighbourhoods:
		return first(choice{extension == "yaml" || extension == "yml", "yaml"}, choice{extension == "csv", "csv"})
	}
	return ""
}

// choice is a value and whether it holds.
type choice struct {
	holds bool
	value string
}

// first gives the value of the first choice that holds, else "".
func first(choices ...choice) string {
	for _, c := range choices {
		if c.holds {
			return c.value
		}
	}
	return ""
}

var delegatedName = regexp.MustCompile(`delegated-([a-z]+)`)

// delegatedBy gives the RIR of a delegated statistics file, as its name spells it: "ripencc", "apnic".
func delegatedBy(name string) string {
	if m := delegatedName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// plainName is the last part of a path without the extension of a compressor.
func plainName(p string) string {
	name := path.Base(p)
	switch path.Ext(name) {
	case ".gz", ".bz2", ".zst", ".xz":
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	return name
}

// stamps are the ways in which names write a time, most exact first.
var stamps = []struct {
	pattern *regexp.Regexp
	layout  string
}{
	{regexp.MustCompile(`(?:^|\D)(\d{8}T\d{6}Z)`), "20060102T150405Z"},
	{regexp.MustCompile(`(?:^|\D)(\d{8}T\d{4}Z)`), "20060102T1504Z"},
	{regexp.MustCompile(`(?:^|\D)(\d{8}\.\d{4})(?:\D|$)`), "20060102.1504"},
	{regexp.MustCompile(`(?:^|\D)(\d{4}-\d{2}-\d{2})(?:\D|$)`), "2006-01-02"},
	{regexp.MustCompile(`(?:^|\D)(\d{8})(?:\D|$)`), "20060102"},
}

// stampIn gives the time that a name carries, in UTC, or zero.
func stampIn(name string) time.Time {
	for _, s := range stamps {
		if m := s.pattern.FindStringSubmatch(name); m != nil {
			if t, err := time.Parse(s.layout, m[1]); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}
