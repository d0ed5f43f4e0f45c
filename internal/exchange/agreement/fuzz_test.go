package agreement

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// FuzzRead: what is read can be signed, read again as it is signed, compiled, and decides.
func FuzzRead(f *testing.F) {
	f.Add([]byte(example(f)))
	for _, change := range wrongDocuments() {
		f.Add([]byte(strings.Replace(example(f), change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := Read(text)
		if err != nil {
			return
		}
		signed := a.SignedBytes()
		again, err := Read(signed) // JSON is YAML
		if err != nil || !bytes.Equal(again.SignedBytes(), signed) {
			t.Fatalf("what is signed cannot be read again: %v", err)
		}
		a.Lint()
		if c := Diff(a, again); len(c) > 0 {
			t.Fatalf("the same differs: %+v", c)
		}
		for _, d := range a.Directions {
			table, err := Compile(a, d.From, d.To)
			if err != nil {
				t.Fatal(err)
			}
			ask := Request{At: a.Term.Start.Add(time.Second), Standing: Standing{Signed: []string{d.From, d.To}}}
			made := table.Decide(&Facts{Kind: someCodes()[0], Concerns: []Concern{{ASN: 1}}}, ask)
			_ = made.String() + made.Cited("source.ip", made.Field(Address, "source.ip"), false)
		}
	})
}
