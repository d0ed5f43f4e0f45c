package duty

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"pahra/wire/intelmq"
)

// Secrets takes out what is never stored: fields known to hold passwords and tokens, what stands for a user in a URL, parameters
// of URLs. Safe for concurrent use.
type Secrets struct {
	key    []byte
	fields map[string]string // the last part of a field's name, and what becomes of it
	params []string
	text   *regexp.Regexp
}

// hashed begins what stands for a secret.
const hashed = "hmac-sha256:"

// Taken stands where a secret was.
const Taken = "[taken-out]"

// NewSecrets reads the list that is built in. With a key a field's value becomes a keyed hash, by which the same secret can be told
// again by who has the key; without one it goes.
func NewSecrets(key []byte) (*Secrets, error) {
	f, err := data.Open("data/secrets.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = 4
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the list of secrets: %w", err)
	}
	s := &Secrets{key: key, fields: map[string]string{}}
	var names []string
	for _, row := range rows[1:] {
		if row[0] == "field" {
			s.fields[row[1]] = row[2]
		} else {
			s.params = append(s.params, row[1])
		}
		if names = append(names, regexp.QuoteMeta(row[1])); strings.Contains(row[1], "_") {
			names = append(names, regexp.QuoteMeta(strings.ReplaceAll(row[1], "_", "-")))
		}
	}
	slices.Sort(names)
	// name=value, "name": "value", name: value, in any text; and user:password@ of URLs.
	s.text, err = regexp.Compile(`(?i)((?:^|[^a-z0-9])(?:` + strings.Join(slices.Compact(names), "|") + `)"?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|[^\s,;&"']+)|(://)[^/\s"'@]+(@)`)
	return s, err
}

// Clean takes the secrets out of an event and says how many there were.
func (s *Secrets) Clean(e *intelmq.Event) (n int) {
	for at := 0; at < len(e.Fields()); at++ {
		f := e.Fields()[at]
		act := ""
		if strings.HasPrefix(f.Key, "extra.") {
			act = s.fields[last(f.Key)]
		}
		if done := strings.HasPrefix(f.Value.Text, hashed) && len(f.Value.Text) == len(hashed)+32; act != "" && !done {
			n++
			if act == "hash" && len(s.key) > 0 {
				e.Set(f.Key, intelmq.Value{Text: s.hash(f.Value.Text)})
			} else {
				e.Delete(f.Key)
				at--
			}
		} else if clean, found := s.value(f.Key, f.Value.Text); found {
			e.Set(f.Key, intelmq.Value{Text: clean})
			n++
		}
	}
	return n
}

// last gives the last part of a field's name as the list writes it.
func last(name string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	for i := range len(name) {
		if c := name[i]; c == '-' || 'A' <= c && c <= 'Z' {
			return strings.ToLower(strings.ReplaceAll(name, "-", "_"))
		}
	}
	return name
}

// value cleans a text of an event: URLs by their parts, other texts by what stands beside a secret's name. Most have none, and
// are told by a glance.
func (s *Secrets) value(name, text string) (clean string, found bool) {
	if strings.HasSuffix(name, "url") {
		if !strings.ContainsAny(text, "@?") {
			return text, false
		}
		return s.URL(text)
	}
	free := strings.HasPrefix(name, "extra.") || strings.HasPrefix(name, "event_description.") || name == "comment"
	if !free || !strings.Contains(text, "=") && !strings.Contains(text, ": ") && !strings.Contains(text, `":`) && (!strings.Contains(text, "@") || !strings.Contains(text, "://")) {
		return text, false
	}
	clean = string(s.Text([]byte(text)))
	return clean, clean != text
}

// URL takes the user and the parameters that are secrets out of a URL.
func (s *Secrets) URL(text string) (clean string, found bool) {
	u, err := url.Parse(text)
	if err != nil {
		clean = string(s.Text([]byte(text)))
		return clean, clean != text
	}
	if u.User != nil {
		u.User, found = nil, true
	}
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if value != "" && slices.Contains(s.params, strings.ToLower(strings.ReplaceAll(name, "-", "_"))) {
			parts[i], found = name+"=", true
		}
	}
	if !found {
		return text, false
	}
	u.RawQuery = strings.Join(parts, "&")
	return u.String(), true
}

// Text takes out of any text what stands beside the name of a secret. It is for what could not be read: it finds less than Clean.
func (s *Secrets) Text(text []byte) []byte {
	return s.text.ReplaceAll(text, []byte("${1}${3}"+Taken+"${4}"))
}

func (s *Secrets) hash(value string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(value))
	return hashed + hex.EncodeToString(h.Sum(nil)[:16])
}
