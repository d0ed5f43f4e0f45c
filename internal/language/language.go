// Package language holds what is said to people in their own language: notices and the pages that a notice leads to.
//
// [Load] reads the catalogue, [Catalogue.In] gives a language, [Language.Say] a sentence of it with its values put in. A
// language is one file, data/TAG.txt; a new one needs no other change. Every file has the same keys, and each sentence the
// same values, as the English one: Load refuses anything else.
//
// Labels of TLP are never translated (first.org/tlp): no sentence holds one, they come in as values.
package language

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed data/*.txt
var files embed.FS

// First is the tag of the language that stands in for those that are not there.
const First = "en"

// Catalogue is every language that there is. Safe for concurrent use.
type Catalogue struct {
	languages map[string]Language
}

// Language is one of them. The zero value says only the keys.
type Language struct {
	tag       string
	sentences map[string]string
}

// Load reads the catalogue.
func Load() (*Catalogue, error) { return load(files) }

func load(from fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(from, "data/*.txt")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{languages: map[string]Language{}}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		tag := strings.TrimSuffix(path.Base(name), ".txt")
		sentences, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", tag, err)
		}
		c.languages[tag] = Language{tag, sentences}
	}
	for _, tag := range c.Tags() {
		if err := c.languages[tag].like(c.languages[First]); err != nil {
			return nil, fmt.Errorf("language %s: %w", tag, err)
		}
	}
	return c, nil
}

// parse reads a file: "key = sentence" a line; lines that begin with a tab go on with the sentence above; # begins a comment.
func parse(text string) (map[string]string, error) {
	sentences, last, n := map[string]string{}, "", 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if more, ok := strings.CutPrefix(line, "\t"); ok && last != "" {
			sentences[last] += "\n" + more
			continue
		}
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		key, sentence, ok := strings.Cut(line, " = ")
		if _, twice := sentences[key]; !ok || twice {
			return nil, fmt.Errorf("line %d: %q is no line such as \"key = sentence\", or its key is there twice", n, line)
		}
		sentences[key], last = sentence, key
	}
	return sentences, nil
}

// like makes sure that a language says all that another does, with the same values.
func (l Language) like(other Language) error {
	for _, key := range slices.Sorted(maps.Keys(other.sentences)) {
		sentence, ok := l.sentences[key]
		switch {
		case !ok:
			return fmt.Errorf("%s is missing", key)
		case strings.Contains(sentence, "TLP:"):
			return fmt.Errorf("%s: a label of TLP is a value, never part of a sentence", key)
		case !slices.Equal(places(sentence), places(other.sentences[key])):
			return fmt.Errorf("%s: its values are %v, in %s they are %v", key, places(sentence), other.tag, places(other.sentences[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(l.sentences)) {
		if _, ok := other.sentences[key]; !ok {
			return fmt.Errorf("%s is not in %s", key, other.tag)
		}
	}
	return nil
}

// places gives the names of the values of a sentence, each once, sorted.
func places(sentence string) (names []string) {
	for {
		_, rest, ok := strings.Cut(sentence, "{")
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		names, sentence = append(names, name), after
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Tags gives the languages' tags (RFC 5646), sorted.
func (c *Catalogue) Tags() []string { return slices.Sorted(maps.Keys(c.languages)) }

// In gives the language of a tag such as "hi" or "hi-IN"; English where it is not there.
func (c *Catalogue) In(tag string) Language {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if l, ok := c.languages[primary]; ok {
		return l
	}
	return c.languages[First]
}

// Accepted gives the language that a browser asks for first (Accept-Language) among those that there are.
func (c *Catalogue) Accepted(header string) Language {
	if len(header) > 1000 {
		header = ""
	}
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l, ok := c.languages[primary]; ok {
			return l
		}
	}
	return c.languages[First]
}

// Tag gives the language's tag, for the attribute lang of a page.
func (l Language) Tag() string { return l.tag }

// Has says whether there is a sentence under a key.
func (l Language) Has(key string) bool { return l.sentences[key] != "" }

// Say gives a sentence. Names and values of what is put in alternate: Say("notice.case", "case", 12). A key without a
// sentence is given back as it is.
func (l Language) Say(key string, put ...any) string {
	sentence, ok := l.sentences[key]
	if !ok {
		return key
	}
	pairs := make([]string, 0, len(put))
	for i := 0; i+1 < len(put); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(put[i])+"}", fmt.Sprint(put[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}
