package catalogue

import (
	"regexp"
	"strings"
	"time"
)

// Held is a file of the data folder.
type Held struct {
	Path string
	Size int64
	Time time.Time // the moment it stands for; zero where its name does not tell
}

// State tells how much of a source a folder holds.
type State string

// The states.
const (
	Present State = "present"
	Old     State = "old"     // older than the source's refresh interval
	Undated State = "undated" // present, of unknown age
	Absent  State = "missing"
)

// Standing is a source, and what of it a folder holds.
type Standing struct {
	Source   Source
	State    State
	Files    int
	Bytes    int64
	Newest   time.Time // the latest moment that a file stands for, or else was pulled at; zero where unknown
	Accepted bool      // the terms were accepted, as they are stated now
}

// Status holds the sources against a folder's files and books at a time. A file belongs to a source that it was pulled
// from, else to those whose paths it fits.
func Status(sources []Source, held []Held, pulled []Pulled, accepted []Acceptance, now time.Time) []Standing {
	origin := make(map[string]Pulled, len(pulled))
	for _, p := range pulled {
		origin[p.Path] = p
	}
	out := make([]Standing, 0, len(sources))
	for _, s := range sources {
		standing := Standing{Source: s, State: Absent, Accepted: isAccepted(accepted, s)}
		fits := s.fits()
		for _, h := range held {
			from, known := origin[h.Path]
			if known && from.Name != s.Name || !known && !fits(h.Path) {
				continue
			}
			standing.Files++
			standing.Bytes += h.Size
			at := h.Time
			if at.IsZero() && known {
				at = moment(from)
			}
			if at.After(standing.Newest) {
				standing.Newest = at
			}
		}
		switch {
		case standing.Files == 0:
		case standing.Newest.IsZero():
			standing.State = Undated
		case now.Sub(standing.Newest) > time.Duration(s.Refresh):
			standing.State = Old
		default:
			standing.State = Present
		}
		out = append(out, standing)
	}
	return out
}

// fits tells the paths that the source's files can have, whatever compresses them, with their day or time or without.
func (s Source) fits() func(string) bool {
	patterns := make([]*regexp.Regexp, len(s.Files))
	for i, f := range s.Files {
		text := f.Path
		for _, extension := range []string{".gz", ".bz2"} {
			text = strings.TrimSuffix(text, extension)
		}
		text = regexp.QuoteMeta(strings.ReplaceAll(text, "YYYYMMDD", "{day}"))
		const day, stamp = `\d{8}`, `\d{8}T\d{4}(?:\d{2})?Z`
		text = strings.NewReplacer(`\.\{day\}`, `(?:\.`+day+`)?`, `-\{day\}`, `(?:-`+day+`)?`, `\.\{stamp\}`, `(?:\.`+stamp+`)?`,
			`\{yyyy\}`, `\d{4}`, `\{mm\}`, `\d{2}`, `\{dd\}`, `\d{2}`, `\{HH\}`, `\d{2}`, `\{MM\}`, `\d{2}`,
			`\{day\}`, day, `\{stamp\}`, stamp, `\{collector\}`, `[^/]+`).Replace(text)
		patterns[i] = regexp.MustCompile(`^` + text + `(?:\.gz|\.bz2|\.zst|\.xz)?$`)
	}
	return func(path string) bool {
		for _, p := range patterns {
			if p.MatchString(path) {
				return true
			}
		}
		return false
	}
}
