package rows

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pahra/wire/lines"
)

// all gives the rows as "line: field|field" and the bad ones as "line! reason".
func all(t testing.TB, r *Reader) []string {
	var got []string
	for {
		row, err := r.Next()
		var bad *BadRow
		switch {
		case err == io.EOF:
			return got
		case errors.As(err, &bad):
			got = append(got, fmt.Sprintf("%d! %v", bad.Line, bad.Reason))
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Fields, "|")))
		}
	}
}

func TestReader(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":            {"", nil},
		"plain":              {"a,b\n1,2\n", []string{"1: a|b", "2: 1|2"}},
		"no end of line":     {"a,b\r\n1,", []string{"1: a|b", "2: 1|"}},
		"byte order mark":    {"\xef\xbb\xbfa,b\n", []string{"1: a|b"}},
		"quotes":             {`"a ""b""","c,d",e"f` + "\n", []string{`1: a "b"|c,d|e"f`}},
		"quoted and empty":   {`"","",` + "\n", []string{"1: ||"}},
		"behind a quote":     {`"x"y"z",2` + "\n", []string{`1: xy"z"|2`}},
		"several lines":      {"a,b\n\"x\ny\n\nz\",2\n3,4\n", []string{"1: a|b", "2: x\ny\n\nz|2", "6: 3|4"}},
		"blank lines":        {"\n \na\n\nb\n", []string{"3: a", "5: b"}},
		"open quote":         {"a,b\n1,\"2\n3,4\n5,6\n", []string{"1: a|b", "2! a quote is not closed", "3: 3|4", "4: 5|6"}},
		"open at the end":    {"a,b\n1,\"2\nx\n", []string{"1: a|b", "2! a quote is not closed", "3: x"}},
		"open, and quotes":   {"a,b\n1,\"2\n\"3\",\"4\"\n", []string{"1: a|b", "2! a quote is not closed", "3: 3|4"}},
		"doubled at its end": {"a,b\n1,\"2\"\"\n\",3\n", []string{"1: a|b", "2: 1|2\"\n|3"}},
		"NUL and no UTF-8":   {"a\x00b,\xff\n", []string{"1: ab|\ufffd"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := all(t, NewReader(strings.NewReader(test.text), Options{})); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	r := NewReader(strings.NewReader("a;b\n"+strings.Repeat(";", 5)+"\n"+strings.Repeat("x", 30)+"\n\"u;v\";w\n"), Options{Comma: ';', MaxRow: 20, Columns: 5})
	want := []string{"1: a|b", "2! too many columns", "3! line too long", "4: u;v|w"}
	if got := all(t, r); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOpenQuotes: of a file in which every line opens a quote each line is bad, in time that does not grow with their
// square.
func TestOpenQuotes(t *testing.T) {
	got := all(t, NewReader(strings.NewReader("a,b\n"+strings.Repeat("1,\"2\n", 20000)), Options{}))
	for i, l := range got[1:] {
		if want := fmt.Sprintf("%d! %v", i+2, ErrOpen); l != want {
			t.Fatalf("%q, want %q", l, want)
		}
	}
	if len(got) != 20001 {
		t.Errorf("%d rows", len(got))
	}
}

// endless is a very long line.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range n {
		p[i] = '"'
	}
	e.left -= n
	return n, nil
}

func TestLongLine(t *testing.T) {
	r := NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n"), &endless{64 << 20}, strings.NewReader("\n3,4\n")), Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := all(t, r)
	runtime.ReadMemStats(&after)
	if want := []string{"1: a|b", "2: 1|2", "3! " + lines.ErrTooLong.Error(), "4: 3|4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("a line of 64 MiB took %d octets", used)
	}
}

// TestAgainstStandard: what encoding/csv writes is read as it was.
func TestAgainstStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(2, 6).Draw(t, "columns")
		field := rapid.StringOf(rapid.SampledFrom([]rune(`ab ,"` + "\n;é")))
		table := rapid.SliceOfN(rapid.SliceOfN(field, columns, columns), 1, 8).Draw(t, "table")
		table = append([][]string{slices.Repeat([]string{"name"}, columns)}, table...)
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.WriteAll(table); err != nil {
			t.Fatal(err)
		}
		r := NewReader(strings.NewReader(b.String()), Options{})
		for _, want := range table {
			row, err := r.Next()
			if hidden(want, columns) { // a field that holds a whole row of the table by itself
				t.Skip()
			}
			if err != nil || !slices.Equal(row.Fields, want) {
				t.Fatalf("%q: %v, want %q of\n%s", row.Fields, err, want, b.String())
			}
		}
	})
}

// hidden tells whether a line within a row could be a row by itself.
func hidden(row []string, columns int) bool {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(row)
	w.Flush()
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if fields, err := csv.NewReader(strings.NewReader(line)).Read(); i > 0 && err == nil && len(fields) == columns {
			return true
		}
	}
	return false
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a,b\n\"1\",2\n\"x\ny\",3\n1,\"2\n"))
	f.Add([]byte("\"\"\"\n\"\n,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(strings.NewReader(string(data)), Options{MaxRow: 64, Columns: 8})
		last := 0
		for {
			row, err := r.Next()
			var bad *BadRow
			if err == io.EOF {
				return
			}
			line := row.Line
			if errors.As(err, &bad) {
				line = bad.Line
			} else if err != nil || len(row.Fields) == 0 || len(row.Fields) > 8 || len(row.Text) > 3*64 {
				t.Fatalf("%+v: %v", row, err)
			}
			if line <= last {
				t.Fatalf("line %d behind line %d", line, last)
			}
			last = line
		}
	})
}
