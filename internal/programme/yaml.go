package programme

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxYAML bounds a document, in bytes.
const maxYAML = 256 << 10

// readYAML reads exactly one document. Unknown and repeated keys, anchors and aliases are errors.
func readYAML(in io.Reader, into any) error {
	text, err := io.ReadAll(io.LimitReader(in, maxYAML+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxYAML:
		return fmt.Errorf("it is longer than %d bytes", maxYAML)
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		return err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return errors.New("it has more than one YAML document")
	}
	if err := plainNodes(&doc); err != nil {
		return err
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	return plainError(strict.Decode(into))
}

// maxKeys is more than any mapping of ours has.
const maxKeys = 64

// plainNodes refuses anchors and aliases, by which a short text can stand for a very long one, and mappings that take
// long to decode: each key is held against each other one, whole.
func plainNodes(node *yaml.Node) error {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		return fmt.Errorf("line %d: anchors and aliases are not taken", node.Line)
	}
	if node.Kind == yaml.MappingNode && len(node.Content) > 2*maxKeys {
		return fmt.Errorf("line %d: a mapping has more than %d keys", node.Line, maxKeys)
	}
	for _, child := range node.Content {
		if err := plainNodes(child); err != nil {
			return err
		}
	}
	return nil
}

// plainError puts the decoder's complaints on one line, without the names of our types.
func plainError(err error) error {
	var mismatch *yaml.TypeError
	if !errors.As(err, &mismatch) {
		return err
	}
	var complaints []string
	for _, text := range mismatch.Errors {
		before, _, _ := strings.Cut(text, " in type ")
		complaints = append(complaints, before)
	}
	return errors.New(strings.Join(complaints, "; "))
}
