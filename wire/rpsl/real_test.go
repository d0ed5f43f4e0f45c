package rpsl_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/rpsl"
	"pahra/wire/values"
)

// TestRealRegistries reads every RPSL file at hand and compares the number of objects of each class with a count of
// lines that open a paragraph, and what the views refuse with what is known of the files.
func TestRealRegistries(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "irr")
	var files []string
	for _, pattern := range []string{"dn42/*.db", "samples/*.db", "samples/*.test", "samples/*.test.gz", "samples/ripe-db-*.txt"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(found))
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { readReal(t, plain(t, file)) })
	}
}

// plain gives a file's text, unpacked.
func plain(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil && strings.HasSuffix(file, ".gz") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
			text, err = io.ReadAll(z)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// readReal reads one file and holds it against the slow count.
func readReal(t *testing.T, text []byte) {
	got, refused := map[string]int{}, 0
	problems := 0
	view := func(o *rpsl.Object) error {
		var err error
		switch string(o.Class) {
		case "route", "route6":
			_, err = o.Route()
		case "as-set":
			_, err = o.ASSet()
		case "aut-num":
			_, err = o.AutNum()
		case "route-set":
			_, err = o.RouteSet()
		case "role", "person":
			_, err = o.Contact(nil)
		case "organisation":
			_, err = o.Organisation()
		}
		return err
	}
	err := rpsl.Read(bytes.NewReader(text), func(p values.Problem) { problems++; t.Log(p) }, func(o *rpsl.Object) error {
		got[string(o.Class)]++
		if err := view(o); err != nil {
			refused++
			t.Logf("line %d: %v", o.Line, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, bad := slowCount(text)
	total := 0
	for class, n := range want {
		total += n
		if got[class] != n {
			t.Errorf("%d objects of class %s, the slow count says %d", got[class], class, n)
		}
	}
	if len(got) != len(want) || problems != bad {
		t.Errorf("%d classes and %d problems, the slow count says %d and %d", len(got), problems, len(want), bad)
	}
	t.Logf("%d objects, %d refused by the reader, %d by a view", total, problems, refused)
}

// slowCount splits a text into paragraphs and counts them by class; those with a line that is nothing are bad.
func slowCount(text []byte) (classes map[string]int, bad int) {
	classes = map[string]int{}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	for _, paragraph := range strings.Split(string(text), "\n\n") {
		lines := slices.DeleteFunc(strings.Split(paragraph, "\n"), func(l string) bool {
			return l == "" || l[0] == '#' || l[0] == '%'
		})
		if len(lines) == 0 {
			continue
		}
		wrong := func(l string) bool {
			name, _, ok := strings.Cut(l, ":")
			return !strings.ContainsRune(" \t+", rune(l[0])) && (!ok || strings.ContainsAny(name, " *@/"))
		}
		if slices.ContainsFunc(lines, wrong) {
			bad++
			continue
		}
		class, _, _ := strings.Cut(lines[0], ":")
		classes[strings.ToLower(class)]++
	}
	return classes, bad
}
