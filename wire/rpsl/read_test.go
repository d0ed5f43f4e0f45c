package rpsl

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// readAll writes out what a text reads as: one line an object, then the problems.
func readAll(t testing.TB, rd Reader, text string) (objects, problems []string) {
	t.Helper()
	err := rd.Read(strings.NewReader(text), func(p values.Problem) { problems = append(problems, p.String()) },
		func(o *Object) error {
			line := fmt.Sprintf("%d %s=%s source=%s", o.Line, o.Class, o.Key, o.Source)
			for _, a := range o.Attrs[1:] {
				line += fmt.Sprintf(" %s=%q", a.Name, a.Value)
			}
			objects = append(objects, line)
			return nil
		})
	if err != nil {
		problems = append(problems, "error: "+err.Error())
	}
	return objects, problems
}

func TestReadForms(t *testing.T) {
	tests := []struct {
		name, text        string
		objects, problems []string
	}{
		{"comments and headers", "% head\n#\n# more\n\nroute: 192.0.2.0/24 # why\n% inside\norigin: AS64500\nsource: radb # x\n",
			[]string{`5 route=192.0.2.0/24 source=RADB origin="AS64500" source="radb"`}, nil},
		{"continuations", "as-set: AS-X\nmembers: AS1,\n AS2\n\tAS3\n+AS4\n+\n+ AS5\nsource: T\n",
			[]string{`1 as-set=AS-X source=T members="AS1,\nAS2\nAS3\nAS4\nAS5" source="T"`}, nil},
		{"value begins on the next line", "route:\n 192.0.2.0/24\norigin: AS1\n",
			[]string{`1 route=192.0.2.0/24 source= origin="AS1"`}, nil},
		{"CRLF, LF and no end of line", "\xef\xbb\xbfroute: 192.0.2.0/24\r\norigin: AS1\r\n\r\nroute: 198.51.100.0/24\norigin: AS2",
			[]string{`1 route=192.0.2.0/24 source= origin="AS1"`, `4 route=198.51.100.0/24 source= origin="AS2"`}, nil},
		{"case of names, Latin-1", "Aut-Num: AS1\nDESCR: S\xe3o Paulo\n",
			[]string{`1 aut-num=AS1 source= descr="S\xe3o Paulo"`}, nil},
		{"many blank lines", "\n\n\nrole: X\n\n\n\nrole: Y\n\n", []string{"4 role=X source=", "8 role=Y source="}, nil},
		{"a bad line refuses its object alone", "route: 192.0.2.0/24\nnonsense\norigin: AS1\n\nrole: Y\n",
			[]string{"5 role=Y source="}, []string{"line 2: neither an attribute nor a continuation"}},
		{"withdrawn classes", "*xxroute: 192.0.2.0/24\norigin: AS1\n\nrole: Y\n",
			[]string{"4 role=Y source="}, []string{"line 1: neither an attribute nor a continuation"}},
		{"continuation of nothing", "  lost\n\nrole: Y\n",
			[]string{"3 role=Y source="}, []string{"line 1: continuation line without an attribute before it"}},
		{"not RPSL", "{\"a\": 1}\n{\"b\": 2}\n", nil,
			[]string{"line 1: neither an attribute nor a continuation", "error: not RPSL: no object found"}},
		{"empty", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objects, problems := readAll(t, Reader{}, tt.text)
			if d := cmp.Diff(tt.objects, objects); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.problems, problems); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReaderSettings(t *testing.T) {
	text := "inetnum: 192.0.2.0 - 192.0.2.255\nbad line in a class not wanted\n\nroute: 192.0.2.0/24\norigin: AS1\n\nroute: 192.0.2.0/24\norigin: AS2\nsource: ALTDB\n"
	objects, problems := readAll(t, Reader{Source: "example", Classes: []string{"route", "route6"}}, text)
	want := []string{`4 route=192.0.2.0/24 source=EXAMPLE origin="AS1"`, `7 route=192.0.2.0/24 source=ALTDB origin="AS2" source="ALTDB"`}
	if d := cmp.Diff(want, objects); d != "" || problems != nil {
		t.Error(d, problems)
	}
}

// TestReadBounds reads a line, an object and a list of attributes far past the bounds.
func TestReadBounds(t *testing.T) {
	const size = 16 << 20
	tests := []struct{ name, unit, want string }{
		{"line", strings.Repeat("x", 4096), "line 2: line longer than 1048576 octets"},
		{"object", "descr: " + strings.Repeat("y", 1000) + "\n", "object longer than"},
		{"attributes", strings.Repeat("a:\n", 1000), "object longer than"},
		{"continuations", strings.Repeat(" y\n", 1000), "object longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			endless := io.LimitReader(&repeated{unit: tt.unit}, size)
			input := io.MultiReader(strings.NewReader("role: X\n"), endless, strings.NewReader("\n\nrole: Y\n"))
			var problems []string
			var keys []string
			err := Read(input, func(p values.Problem) { problems = append(problems, p.String()) },
				func(o *Object) error { keys = append(keys, string(o.Key)); return nil })
			if err != nil || len(problems) != 1 || !strings.Contains(problems[0], tt.want) {
				t.Errorf("problems %v, error %v", problems, err)
			}
			if d := cmp.Diff([]string{"Y"}, keys); d != "" {
				t.Error(d)
			}
		})
	}
}

// repeated reads as its unit over and over.
type repeated struct {
	unit string
	at   int
}

func (r *repeated) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		c := copy(b[n:], r.unit[r.at:])
		n, r.at = n+c, (r.at+c)%len(r.unit)
	}
	return n, nil
}

func TestReadErrors(t *testing.T) {
	stop := errors.New("enough")
	err := Read(strings.NewReader("role: X\n\nrole: Y\n"), nil, func(*Object) error { return stop })
	if err != stop {
		t.Errorf("yield's error became %v", err)
	}
	broken := iotest.ErrReader(stop)
	if err := Read(broken, nil, func(*Object) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("the reader's error became %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("% head\nroute: 192.0.2.0/24\norigin: AS64500\nchanged: a@b.example 20010203\nsource: RADB\n")
	f.Add("as-set: AS1:AS-X\r\nmembers: AS2, AS-Y,\r\n+AS3\r\nmbrs-by-ref: ANY\r\n\r\n*xxset: a\r\n")
	f.Add("aut-num: AS1.2\nimport: from AS3 accept ANY\nmp-export: afi any to AS4; announce AS1\n\nperson: A\nnic-hdl: A1\ne-mail: a@b\n")
	f.Add("route6: 2001:db8::/32\norigin: as1\nholes: 2001:db8:1::/48\n\nroute-set: RS-A\nmembers: 10/8^+\n\norganisation: ORG-A\ncountry: in\n")
	f.Fuzz(func(t *testing.T, text string) {
		Read(strings.NewReader(text), func(values.Problem) {}, func(o *Object) error {
			if len(o.Attrs) == 0 || string(o.Class) != string(o.Attrs[0].Name) || o.Line < 1 {
				t.Errorf("half an object: %+v", o)
			}
			if r, err := o.Route(); err == nil && r.Prefix != r.Prefix.Masked() {
				t.Errorf("prefix %s has host bits", r.Prefix)
			}
			o.RouteSet()
			o.ASSet()
			o.AutNum()
			o.Contact([]byte("key"))
			o.Organisation()
			return nil
		})
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "route:          10.%d.%d.0/24\ndescr:          Example network %d\norigin:         AS%d\n"+
			"mnt-by:         MAINT-EXAMPLE-%d\nnotify:         noc@example.net\ncreated:        2002-05-21T15:33:55Z\n"+
			"last-modified:  2009-10-15T09:32:17Z\nsource:         RIPE\nremarks:        see the example\n\n",
			i>>8&255, i&255, i, 64496+i%16, i%300)
	}
	b.SetBytes(int64(text.Len()))
	b.Run("objects", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			Read(strings.NewReader(text.String()), nil, func(*Object) error { return nil })
		}
	})
	b.Run("routes", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			Read(strings.NewReader(text.String()), nil, func(o *Object) error { _, err := o.Route(); return err })
		}
	})
	b.Run("passed over", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			Reader{Classes: []string{"as-set"}}.Read(strings.NewReader(text.String()), nil, func(*Object) error { return nil })
		}
	})
}
