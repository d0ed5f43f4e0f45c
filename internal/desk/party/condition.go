package party

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"pahra/wire/intelmq"
)

// Condition says which events something is for. An event must meet everything that a condition names; of each list one
// entry is enough. A * at the end of an entry stands for anything, a ! at its begin turns it round.
type Condition struct {
	Class       []string // RSIT, "vulnerable/*"
	Party       []string // "c:bank-*", "as:64500"
	Found       []string // what it was found by: host, domain, prefix, asn, sector, network, country, registrar, nothing
	Criticality []string
	Sector      []string // of the constituent
	Country     []string // of the address's network
	Fields      []FieldTest
}

// FieldTest is what a condition asks of one field of an event.
type FieldTest struct {
	Key      string
	Is       []string       // one of these texts
	In       []netip.Prefix // an address within one of these
	Min, Max *int64         // a number
	Present  *bool
}

// subject is an event and what was found of it.
type subject struct {
	event *intelmq.Event
	*Answer
	criticality, sector string
}

// met says whether an event meets a condition.
func (c *Condition) met(s *subject) bool {
	if !fits(c.Found, string(s.Found)) || !fits(c.Class, s.Class) || !fits(c.Party, s.Party) || !fits(c.Country, s.Country) ||
		!fits(c.Criticality, s.criticality) || !fits(c.Sector, s.sector) {
		return false
	}
	for i := range c.Fields {
		if !c.Fields[i].met(s.event) {
			return false
		}
	}
	return true
}

func (f *FieldTest) met(e *intelmq.Event) bool {
	v, there := e.Get(f.Key)
	if f.Present != nil && there != *f.Present {
		return false
	}
	if len(f.Is) > 0 && !anyOf(f.Is, v.Text) {
		return false
	}
	if len(f.In) > 0 {
		a, err := netip.ParseAddr(v.Text)
		if err != nil || !slices.ContainsFunc(f.In, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) }) {
			return false
		}
	}
	if f.Min != nil || f.Max != nil {
		n, err := strconv.ParseInt(v.Text, 10, 64)
		if err != nil || f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max {
			return false
		}
	}
	return true
}

// fits says whether a list asks for nothing, or for this.
func fits(list []string, text string) bool { return len(list) == 0 || anyOf(list, text) }

// anyOf says whether a text is one of a list. Entries that are turned round are met where none of them is the text.
func anyOf(list []string, text string) bool {
	some, turned := false, false
	for _, entry := range list {
		if not, is := strings.CutPrefix(entry, "!"); is {
			if like(not, text) {
				return false
			}
			turned = true
			continue
		}
		some = some || like(entry, text)
	}
	return some || turned && !slices.ContainsFunc(list, func(e string) bool { return !strings.HasPrefix(e, "!") })
}

func like(entry, text string) bool {
	if begin, open := strings.CutSuffix(entry, "*"); open {
		return len(text) >= len(begin) && strings.EqualFold(text[:len(begin)], begin)
	}
	return strings.EqualFold(entry, text)
}

// decodeCondition reads a condition.
func decodeCondition(n *yaml.Node) (c Condition, err error) {
	err = object(n, keys{
		"class": texts(&c.Class), "party": texts(&c.Party), "found": texts(&c.Found), "criticality": texts(&c.Criticality),
		"sector": texts(&c.Sector), "country": texts(&c.Country),
		"fields": func(n *yaml.Node) error {
			return pairs(n, func(key, value *yaml.Node) error {
				if _, known := intelmq.FormatOf(key.Value); !known && !strings.HasPrefix(key.Value, intelmq.Extra) {
					return fault(key, "there is no field %q", key.Value)
				}
				f, err := decodeTest(value)
				f.Key = key.Value
				c.Fields = append(c.Fields, f)
				return err
			})
		},
	})
	if err != nil {
		return c, err
	}
	return c, checkWords(n, &c)
}

// checkWords makes sure that a condition can be met at all as far as words tell.
func checkWords(n *yaml.Node, c *Condition) error {
	for _, ask := range []struct {
		what  string
		list  []string
		words []string
	}{{"found", c.Found, foundWords()}, {"criticality", c.Criticality, Criticalities()}} {
		for _, entry := range ask.list {
			if word := strings.TrimPrefix(entry, "!"); !strings.HasSuffix(word, "*") && !slices.Contains(ask.words, word) {
				return fault(n, "%s: %q is none of %s", ask.what, word, strings.Join(ask.words, ", "))
			}
		}
	}
	return nil
}

// decodeTest reads what is asked of a field: a text, a list of texts, or in, min, max, present, is.
func decodeTest(n *yaml.Node) (f FieldTest, err error) {
	if n.Kind != yaml.MappingNode {
		return f, texts(&f.Is)(n)
	}
	return f, object(n, keys{
		"is": texts(&f.Is), "min": whole(&f.Min), "max": whole(&f.Max),
		"present": func(n *yaml.Node) error { return plain(n, &f.Present) },
		"in": func(n *yaml.Node) error {
			var list []string
			if err := texts(&list)(n); err != nil {
				return err
			}
			for _, text := range list {
				p, err := parsePrefix(text)
				if err != nil {
					return fault(n, "%s", err)
				}
				f.In = append(f.In, p)
			}
			return nil
		},
	})
}

// keys says how the value of each key of a mapping is read.
type keys map[string]func(*yaml.Node) error

// object reads a mapping with these keys alone.
func object(n *yaml.Node, known keys) error {
	return pairs(n, func(key, value *yaml.Node) error {
		read, there := known[key.Value]
		if !there {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			return fault(key, "there is no key %q here; there are %s", key.Value, strings.Join(names, ", "))
		}
		return read(value)
	})
}

func pairs(n *yaml.Node, each func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fault(n, "keys with values are wanted here")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return fault(key, "the key %q is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := each(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// texts reads a text, or a list of texts.
func texts(into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		list := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			list = n.Content
		}
		for _, n := range list {
			if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
				return fault(n, "a text is wanted here, or a list of texts")
			}
			*into = append(*into, n.Value)
		}
		return nil
	}
}

func whole(into **int64) func(*yaml.Node) error {
	return func(n *yaml.Node) error { return plain(n, into) }
}

// plain reads a single value.
func plain(n *yaml.Node, into any) error {
	if n.Kind != yaml.ScalarNode {
		return fault(n, "a single value is wanted here")
	}
	if err := n.Decode(into); err != nil {
		return fault(n, "%q is not what is wanted here", n.Value)
	}
	return nil
}

// fault says what is wrong at a place.
func fault(n *yaml.Node, format string, args ...any) error {
	return &Fault{n.Line, strconv.Itoa(n.Column), fmt.Sprintf(format, args...)}
}
