package party

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOverlapsBounded: a table in which everybody has the same costs no more than one that a person can look at; what cannot be decided
// is told before what can.
func TestOverlapsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,record,kind,value,name\nwide,constituent,,,Wide\nwide,selector,prefix,10.0.0.0/8,\n")
	for i := range mostSame {
		fmt.Fprintf(&b, "c%d,constituent,,,C\n", i)
		for n := range 4 {
			fmt.Fprintf(&b, "c%d,selector,prefix,10.%d.0.0/16,\n", i, n)
		}
	}
	d, err := NewDirectory(constituents(t, b.String()))
	if err != nil {
		t.Fatal(err)
	}
	all := Overlaps(d)
	if len(all) != mostOverlaps || !all[0].Equal || !all[len(all)-1].Equal {
		t.Errorf("%d overlaps, the first %+v", len(all), all[0])
	}
}

// TestSameBounded: what would be compared with each other, even at times that do not meet, is refused when it is too much.
func TestSameBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,record,kind,value,name,from,to\nx,constituent,,,X,,\n")
	for i := range mostSame + 1 {
		fmt.Fprintf(&b, "x,selector,prefix,10.0.0.0/8,,%d-01-01,%d-01-01\n", 1800+i, 1801+i)
	}
	if _, err := ReadConstituents(strings.NewReader(b.String())); err == nil || !strings.Contains(err.Error(), "are the same") {
		t.Errorf("%v", err)
	}
}

// TestNoFormula: what is exported is text to a spreadsheet, and reads back as it was.
func TestNoFormula(t *testing.T) {
	list := constituents(t, "id,record,kind,value,name\nx,constituent,,,X\nx,contact,abuse,ann@bank.example,Ann\n")
	names := []string{`=HYPERLINK("http://evil.example";"x")`, "+1", "-2+3", "@SUM(A1)", "'=1", "''-1", "'quoted'", "o'neil", "-----BEGIN PGP"}
	for _, name := range names {
		list[0].Name, list[0].Contacts[0].Name = name, name
		var out bytes.Buffer
		if err := WriteConstituents(&out, list); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(list, constituents(t, out.String())); diff != "" {
			t.Error(diff)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, text := range row {
				if text != "" && strings.Contains("=+-@\t\r", text[:1]) {
					t.Errorf("%q is a formula", text)
				}
			}
		}
	}
}

// TestFaultsAreShort: a table of long nonsense is not said back whole.
func TestFaultsAreShort(t *testing.T) {
	long := strings.Repeat("x\x01", 100_000)
	_, err := ReadConstituents(strings.NewReader("id,record,kind,value,name\n" + strings.Repeat("a,contact,abuse,"+long+",\nb,"+long+",,,\n", 30)))
	if err == nil || len(err.Error()) > 100*mostReason {
		t.Errorf("%d octets are said", len(fmt.Sprint(err)))
	}
}

// TestNotUTF8: a table in another encoding is refused with its line, not kept as something that nobody can read.
func TestNotUTF8(t *testing.T) {
	for _, row := range []string{"x,constituent,,,Caf\xe9", "x,contact,abuse,\xff@bank.example,Ann"} {
		if _, err := ReadConstituents(strings.NewReader("id,record,kind,value,name\nx,constituent,,,X\n" + row + "\n")); err == nil || !strings.Contains(err.Error(), "line 3: it is not in UTF-8") {
			t.Errorf("%q: %v", row, err)
		}
	}
}
