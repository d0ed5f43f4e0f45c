package norms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Setting is one value of a profile and where it comes from.
type Setting struct {
	Path   string // dotted: "severity.short_below_seconds"
	Value  string // as in YAML, on one line
	Source string // "published: …", see Kinds of source in docs/formulas.md
}

// Settings lists every setting of the profile, in the order of its file; those of an extended profile come first.
func (p *Profile) Settings() []Setting { return slices.Clone(p.settings) }

// sourceKinds are the words that a source begins with: how sure the value is.
func sourceKinds() []string {
	return []string{"published", "verified", "derived", "recalled", "unknown", "ours"}
}

// document is a profile's YAML before its values are looked at.
type document struct{ root *yaml.Node }

// parseDocument reads exactly one YAML document that is a mapping.
func parseDocument(data []byte) (document, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return document{}, errors.New("it is empty")
		}
		return document{}, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return document{}, errors.New("more than one YAML document")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return document{}, errors.New("not a YAML mapping")
	}
	return document{doc.Content[0]}, plain(doc.Content[0], 0)
}

// The bounds on a profile's YAML.
const (
	maxDepth = 8
	maxKeys  = 200 // of one mapping
)

// plain refuses YAML that the decoder would spend long on: nested deep, with many or repeated keys, with aliases.
func plain(node *yaml.Node, depth int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("line %d: nested too deep", node.Line)
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		return fmt.Errorf("line %d: anchors and aliases are not taken", node.Line)
	case node.Kind == yaml.MappingNode && len(node.Content) > 2*maxKeys:
		return fmt.Errorf("line %d: more than %d keys", node.Line, maxKeys)
	}
	seen := map[string]bool{}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[child.Value] {
				return fmt.Errorf("line %d: key %q comes twice", child.Line, child.Value)
			}
			seen[child.Value] = true
		}
		if err := plain(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// scalar gives the text of a top-level key, or "".
func (d document) scalar(key string) string {
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value == key && d.root.Content[i+1].Kind == yaml.ScalarNode {
			return d.root.Content[i+1].Value
		}
	}
	return ""
}

// settings adds the document's settings to those of the profile it extends, each with its source.
func (d document) settings(base []Setting, sources map[string]string) ([]Setting, error) {
	all := slices.Clone(base)
	used := map[string]bool{}
	err := walk(d.root, "", func(path string, value *yaml.Node) error {
		key, source := sourceOf(path, sources)
		if source == "" {
			return fmt.Errorf("line %d: setting %s has no entry under sources", value.Line, path)
		}
		used[key] = true
		text, err := oneLine(value)
		if err != nil {
			return err
		}
		s := Setting{Path: path, Value: text, Source: source}
		if i := slices.IndexFunc(all, func(s Setting) bool { return s.Path == path }); i >= 0 {
			all[i] = s
		} else {
			all = append(all, s)
		}
		return nil
	})
	return all, errors.Join(err, checkSources(sources, used))
}

// checkSources refuses sources of nothing and sources of no known kind.
func checkSources(sources map[string]string, used map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(sources)) {
		kind, _, found := strings.Cut(sources[key], ": ")
		switch {
		case !found || !slices.Contains(sourceKinds(), kind):
			return fmt.Errorf("sources: %s must begin with one of %q and a colon", key, sourceKinds())
		case !used[key]:
			return fmt.Errorf("sources: %s names no setting of this file, or each has a source of its own", key)
		}
	}
	return nil
}

// sourceOf finds the source of a setting: its own, or that of the closest group it is in.
func sourceOf(path string, sources map[string]string) (key, source string) {
	for key := path; ; {
		if s := sources[key]; s != "" {
			return key, s
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return "", ""
		}
		key = key[:dot]
	}
}

// walk calls visit for every setting: a scalar or a list at any depth that is not about the profile as such.
func walk(node *yaml.Node, prefix string, visit func(path string, value *yaml.Node) error) error {
	about := []string{"id", "version", "effective", "title", "extends", "sources"}
	for i := 0; i+1 < len(node.Content); i += 2 {
		value := node.Content[i+1]
		path := prefix + node.Content[i].Value
		var err error
		switch {
		case slices.Contains(about, path):
		case value.Kind == yaml.MappingNode:
			err = walk(value, path+".", visit)
		default:
			err = visit(path, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// oneLine writes a value as YAML on one line.
func oneLine(node *yaml.Node) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	flow := *node
	flow.Style = yaml.FlowStyle
	flow.HeadComment, flow.LineComment, flow.FootComment = "", "", ""
	text, err := yaml.Marshal(&flow)
	return strings.Join(strings.Fields(string(text)), " "), err
}

// complete refuses rules in which a setting was never given.
func complete(rules any, settings []Setting) error {
	text, err := yaml.Marshal(rules)
	if err != nil {
		return err
	}
	doc, err := parseDocument(text)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, s := range settings {
		given[s.Path] = true
	}
	return walk(doc.root, "", func(path string, _ *yaml.Node) error {
		if !given[path] {
			return fmt.Errorf("setting %s is missing", path)
		}
		return nil
	})
}
