package xarf

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// texts are the rules of the format's versions; rules/v4.txt says how they are written.
//
//go:embed rules/*.txt
var texts embed.FS

// versions3 are the versions of version 3 in their order.
const versions3 = "alpha 1 2 3 development"

// rules4 and rules3 give the rules, compiled once: of version 4, and of version 3 by its version.
var (
	rules4 = sync.OnceValue(func() rules { return compile("rules/v4.txt", "", "") })
	rules3 = sync.OnceValue(func() map[string]rules {
		m := map[string]rules{}
		for _, v := range strings.Fields(versions3) {
			m[v] = compile("rules/v3.txt", v, versions3)
		}
		return m
	})
)

// rules are sections by name.
type rules map[string]*section

// section says what an object may hold.
type section struct {
	fields     []field
	strict     bool
	filled     bool
	some, none [][]string
	others     check // of the fields that have no rule
	conditions []condition
}

// field is the rule of one field.
type field struct {
	name string
	must bool
	check
}

// condition is a rule that holds depending on another field.
type condition struct {
	name   string
	is     check
	negate bool
	then   field
}

// check says what is wrong with a value of JSON; nil if nothing is.
type check func(v any) *fault

// fault is what is wrong with a report, and where in it.
type fault struct{ path, reason string }

func (f *fault) Error() string {
	if f.path == "" {
		return f.reason
	}
	return f.path + ": " + f.reason
}

// within puts a name before a fault's path.
func (f *fault) within(name string) *fault {
	if f.path != "" && !strings.HasPrefix(f.path, "[") {
		name += "."
	}
	return &fault{name + f.path, f.reason}
}

// check holds an object against the section.
func (s *section) check(m map[string]any) *fault {
	if s.filled && len(m) == 0 {
		return &fault{reason: "it is empty"}
	}
	for _, f := range s.fields {
		if bad := f.hold(m); bad != nil {
			return bad
		}
	}
	for _, names := range s.some {
		if !slices.ContainsFunc(names, func(n string) bool { return has(m, n) }) {
			return &fault{reason: "it has none of " + strings.Join(names, ", ")}
		}
	}
	for _, names := range s.none {
		if i := slices.IndexFunc(names, func(n string) bool { return has(m, n) }); i >= 0 {
			return &fault{names[i], "it may not be here"}
		}
	}
	for _, c := range s.conditions {
		v, there := m[c.name]
		if holds := there && c.is(v) == nil; holds != c.negate {
			if bad := c.then.hold(m); bad != nil {
				return bad
			}
		}
	}
	return s.checkOthers(m)
}

// checkOthers holds the fields against the section that it has no rule for.
func (s *section) checkOthers(m map[string]any) *fault {
	if !s.strict && s.others == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if slices.ContainsFunc(s.fields, func(f field) bool { return f.name == name }) {
			continue
		}
		if s.strict {
			return &fault{clip(name), "there is no such field"}
		}
		if bad := s.others(m[name]); bad != nil {
			return bad.within(clip(name))
		}
	}
	return nil
}

func (f *field) hold(m map[string]any) *fault {
	v, there := m[f.name]
	switch {
	case there:
		if bad := f.check(v); bad != nil {
			return bad.within(f.name)
		}
	case f.must:
		return &fault{f.name, "it is missing"}
	}
	return nil
}

func has(m map[string]any, name string) bool {
	_, there := m[name]
	return there
}

// compile reads rules. The text is ours: a fault in it is a programmer's, and panics.
func compile(file, version, versions string) rules {
	text, err := texts.ReadFile(file)
	if err != nil {
		panic(err)
	}
	r := rules{}
	var s *section
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		inside := strings.HasPrefix(line, "\t")
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '@' {
			span, rest, _ := strings.Cut(line[1:], " ")
			if line = rest; !within(span, version, strings.Fields(versions)) {
				if !inside {
					s = nil
				}
				continue
			}
		}
		switch {
		case !inside:
			s = r.open(line)
		case s != nil:
			r.line(s, line)
		}
	}
	return r
}

// within says whether a version lies in a span of versions: FROM-TO.
func within(span, version string, versions []string) bool {
	from, to, found := strings.Cut(span, "-")
	if !found {
		panic(fmt.Sprintf("no span of versions: %s", span))
	}
	i := slices.Index(versions, version)
	return i >= slices.Index(versions, from) && i <= slices.Index(versions, to)
}

// open begins a section: NAME, or NAME: PARENT...
func (r rules) open(line string) *section {
	name, parents, _ := strings.Cut(line, ":")
	s := &section{}
	for _, p := range strings.Fields(parents) {
		of := r[p]
		s.fields = append(s.fields, of.fields...)
		s.some = append(s.some, of.some...)
		s.none = append(s.none, of.none...)
		s.conditions = append(s.conditions, of.conditions...)
	}
	r[name] = s
	return s
}

// line takes a line inside a section.
func (r rules) line(s *section, line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "strict":
		s.strict = true
	case "filled":
		s.filled = true
	case "some":
		s.some = append(s.some, strings.Fields(rest))
	case "none":
		s.none = append(s.none, strings.Fields(rest))
	case "*":
		s.others = r.kind(rest)
	case "when", "unless":
		of, then, _ := strings.Cut(rest, " > ")
		name, kind, _ := strings.Cut(of, " ")
		s.conditions = append(s.conditions, condition{name, r.kind(kind), word == "unless", r.field(then)})
	default:
		s.fields = append(s.fields, r.field(line))
	}
}

// field takes NAME TYPE or NAME! TYPE.
func (r rules) field(line string) field {
	name, kind, _ := strings.Cut(line, " ")
	bare, must := strings.CutSuffix(name, "!")
	return field{bare, must, r.kind(kind)}
}
