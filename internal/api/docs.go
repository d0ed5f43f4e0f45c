package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsText string

// docsView is what the page for people shows.
type docsView struct {
	Info   *huma.Info
	Groups []docsGroup
	Types  []docsType
}

type docsGroup struct {
	Tag  *huma.Tag
	List []docsOperation
}

type docsOperation struct {
	*huma.Operation
	Type  string // of the answer
	Forms []string
	Try   string
}

// docsType is an object that answers are made of.
type docsType struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, Type, Says string
	To               string // the type that it is of
}

// docsOf renders the page for people from the OpenAPI document, so that both say the same.
func docsOf(spec *huma.OpenAPI) (template.HTML, error) {
	t, err := template.New("docs").Parse(docsText)
	if err != nil {
		return "", fmt.Errorf("reading the template of the API's page: %w", err)
	}
	view := docsView{Info: spec.Info}
	for _, tag := range spec.Tags {
		view.Groups = append(view.Groups, docsGroup{tag, operationsOf(spec, tag.Name)})
	}
	all := spec.Components.Schemas.Map()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		view.Types = append(view.Types, typeOf(name, all[name]))
	}
	var out bytes.Buffer
	if err := t.Execute(&out, view); err != nil {
		return "", fmt.Errorf("rendering the API's page: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // made by a template of our own
}

func operationsOf(spec *huma.OpenAPI, tag string) (list []docsOperation) {
	var paths []string
	for path := range spec.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		op := spec.Paths[path].Get
		if op == nil || !slices.Contains(op.Tags, tag) {
			continue
		}
		one := docsOperation{Operation: op, Try: strings.NewReplacer("{asn}", "AS64500", "{name}", "all", "{id}", "ID").Replace(path)}
		for form, media := range op.Responses["200"].Content {
			one.Forms = append(one.Forms, form)
			if media.Schema != nil && media.Schema.Ref != "" {
				one.Type = refName(media.Schema.Ref)
			}
		}
		slices.Sort(one.Forms)
		list = append(list, one)
	}
	return list
}

func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

func typeOf(name string, s *huma.Schema) docsType {
	t := docsType{Name: name}
	var fields []string
	for field := range s.Properties {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		p := s.Properties[field]
		one := docsField{Name: field, Says: p.Description, Type: p.Type}
		switch {
		case p.Ref != "":
			one.To, one.Type = refName(p.Ref), ""
		case p.Items != nil && p.Items.Ref != "":
			one.To, one.Type = refName(p.Items.Ref), "list of "
		case p.Items != nil:
			one.Type = "list of " + p.Items.Type
		}
		if p.Nullable {
			one.Type += " or null"
		}
		for n, v := range p.Enum {
			if n == 0 {
				one.Says = strings.TrimSpace(one.Says + " One of:")
			}
			one.Says += fmt.Sprintf(" %v", v)
			if n < len(p.Enum)-1 {
				one.Says += ","
			}
		}
		t.Fields = append(t.Fields, one)
	}
	return t
}
