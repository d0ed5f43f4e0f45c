package folder

import (
	"path"
	"strings"
)

// match reports whether a slash-separated name fits pattern: path.Match within each part, and ** for any number of
// parts. It is linear in parts × parts, whatever the pattern.
func match(pattern, name string) bool {
	parts := strings.Split(name, "/")
	reach := make([]bool, len(parts)+1) // reach[i]: the pattern so far fits the first i parts
	reach[0] = true
	for _, p := range strings.Split(pattern, "/") {
		next := make([]bool, len(parts)+1)
		for i := range next {
			switch {
			case p == "**":
				next[i] = reach[i] || i > 0 && next[i-1]
			case i > 0 && reach[i-1]:
				ok, err := path.Match(p, parts[i-1])
				next[i] = ok && err == nil
			}
		}
		reach = next
	}
	return reach[len(parts)]
}

// checkPattern reports what path.Match cannot read.
func checkPattern(pattern string) error {
	for _, p := range strings.Split(pattern, "/") {
		if _, err := path.Match(p, ""); err != nil {
			return err
		}
	}
	return nil
}

// fixedPart is the longest leading run of parts without a wildcard: where a search may start.
func fixedPart(pattern string) string {
	var fixed []string
	for _, p := range strings.Split(pattern, "/") {
		if strings.ContainsAny(p, `*?[\`) {
			break
		}
		fixed = append(fixed, p)
	}
	if len(fixed) == 0 {
		return "."
	}
	return path.Join(fixed...)
}
