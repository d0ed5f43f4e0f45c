package catalogue

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// variables are what the URL and path of a file may hold:
//
//	{yyyy} {mm} {dd} {HH} {MM}   of the moment that the file stands for, UTC
//	{day} {stamp}                of the same: 20060102, 20060102T1504Z
//	{collector} {root}           the collector, and its folder in the URL with a slash behind it
//	{after} {before}             the window of a session query, RFC 3339, escaped
type variables struct {
	at            time.Time
	collector     string
	root          string
	after, before time.Time
}

func (v variables) expand(text string) string {
	at := v.at.UTC()
	query := func(t time.Time) string { return url.QueryEscape(t.UTC().Format(time.RFC3339)) }
	return strings.NewReplacer("{yyyy}", at.Format("2006"), "{mm}", at.Format("01"), "{dd}", at.Format("02"),
		"{HH}", at.Format("15"), "{MM}", at.Format("04"), "{day}", at.Format("20060102"), "{stamp}", at.Format("20060102T1504Z"),
		"{collector}", v.collector, "{root}", v.root, "{after}", query(v.after), "{before}", query(v.before)).Replace(text)
}

// forCollector adds a collector, in the URL by the folder that the source gives it.
func (v variables) forCollector(s Source, name string) variables {
	v.collector, v.root = name, name
	if root, ok := s.Collectors[name]; ok {
		v.root = root
	}
	if v.root != "" {
		v.root += "/"
	}
	return v
}

// step is the rhythm of an archive: every so long from midnight UTC, or on the first of each month. The zero value is no
// archive.
type step struct {
	every   time.Duration
	monthly bool
}

func parseStep(text string) (step, error) {
	if text == "" || text == "month" {
		return step{monthly: text != ""}, nil
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < time.Minute || (24*time.Hour)%every != 0 {
		return step{}, fmt.Errorf("step %q is neither month nor a part of a day", text)
	}
	return step{every: every}, nil
}

func (s step) archive() bool { return s.monthly || s.every > 0 }

// floor gives the latest step that is not after t.
func (s step) floor(t time.Time) time.Time {
	t = t.UTC()
	if s.monthly {
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Truncate(s.every)
}

// add goes n steps on, or back.
func (s step) add(t time.Time, n int) time.Time {
	if s.monthly {
		return t.AddDate(0, n, 0)
	}
	return t.Add(time.Duration(n) * s.every)
}

// between gives the steps from ≤ t < to, at most limit of them and then one more.
func (s step) between(from, to time.Time, limit int) []time.Time {
	t := s.floor(from)
	if t.Before(from) {
		t = s.add(t, 1)
	}
	var out []time.Time
	for ; t.Before(to) && len(out) <= limit; t = s.add(t, 1) {
		out = append(out, t)
	}
	return out
}

// ValidCollector tells whether name can be a collector's: it becomes a part of URLs and paths.
func ValidCollector(name string) bool { return validCollector.MatchString(name) }
