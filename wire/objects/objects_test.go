package objects

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// read gives what Next gives, one line each.
func read(t *testing.T, r io.Reader, max int) []string {
	t.Helper()
	or := NewReader(r, max)
	var got []string
	for {
		object, err := or.Next()
		switch {
		case errors.Is(err, io.EOF):
			return got
		case errors.Is(err, ErrObject):
			reason := strings.TrimPrefix(err.Error(), ErrObject.Error()+": ")
			got = append(got, fmt.Sprintf("%d:%d bad %q: %s", or.Number(), or.Line(), object, reason))
		case err != nil:
			return append(got, err.Error())
		default:
			got = append(got, fmt.Sprintf("%d:%d %s", or.Number(), or.Line(), object))
		}
	}
}

func TestNext(t *testing.T) {
	deep := strings.Repeat("[", 120)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"space", " \n\t", nil},
		{"one", `{"a":1}`, []string{`1:1 {"a":1}`}},
		{"byte order mark", "\xef\xbb\xbf{\"a\":1}", []string{`1:1 {"a":1}`}},
		{"lines", "{\"a\":1}\n\n{\"b\":2}\r\n", []string{`1:1 {"a":1}`, `2:3 {"b":2}`}},
		{"one after the other", `{"a":1}{"b":2}`, []string{`1:1 {"a":1}`, `2:1 {"b":2}`}},
		{"list", "[\n {\"a\":1},\n {\"b\":[{}]}\n]", []string{`1:2 {"a":1}`, `2:3 {"b":[{}]}`}},
		{"lists", `[{"a":1}] [] [{"b":2}]`, []string{`1:1 {"a":1}`, `2:1 {"b":2}`}},
		{"braces in strings", `{"a":"}\"{"}{"b":2}`, []string{`1:1 {"a":"}\"{"}`, `2:1 {"b":2}`}},
		{"no JSON", "<xml/>", []string{ErrFormat.Error()}},
		{"text", `"a"`, []string{ErrFormat.Error()}},
		{"bad line", "{\"a\":1}\nhello\n{\"b\":2}", []string{`1:1 {"a":1}`, `2:2 bad "hello": something else stands here`, `3:3 {"b":2}`}},
		{"bad element", `[1,{"b":2}]`, []string{`1:1 bad "1": something else stands here`, `2:1 {"b":2}`}},
		{"nested list", `[[{"b":2}]]`, []string{`1:1 bad "[": something else stands here`, `2:1 {"b":2}`, `3:1 bad "]": something else stands here`}},
		{"bad inside", "{\"a\":}\n{\"b\":2}", []string{`1:1 bad "{\"a\":}": it is no JSON`, `2:2 {"b":2}`}},
		{"not closed", "{\"a\":1\n{\"b\":2}\n{\"c\":3}", []string{`1:1 bad "{\"a\":1\n{\"b\":2}\n{\"c\":3}": it does not end`, `2:2 {"b":2}`, `3:3 {"c":3}`}},
		{"string not closed", "{\"a\n{\"b\":2}", []string{`1:1 bad "{\"a": a string is not closed`, `2:2 {"b":2}`}},
		{"too deep", `{"a":` + deep + "\n{\"b\":2}", []string{`1:1 bad "{\"a\":` + deep[:99] + `": it is deeper than 100 levels`, `2:2 {"b":2}`}},
		{"too long", `{"a":"` + strings.Repeat("x", 200) + `"}{"b":2}`, []string{`1:1 bad "{\"a\":\"` + strings.Repeat("x", 145) + `": it is longer than 150 octets`, `2:1 {"b":2}`}},
		{"too long, of good ones", "{\"a\":\n{\"b\":2}\n" + strings.Repeat(" ", 200) + "}", []string{"1:1 bad \"{\\\"a\\\":\\n{\\\"b\\\":2}\\n" + strings.Repeat(" ", 137) + `": it is longer than 150 octets`, `2:2 {"b":2}`, `3:3 bad "}": something else stands here`}},
		{"cut", `{"a":1}{"b`, []string{`1:1 {"a":1}`, `2:1 bad "{\"b": it does not end`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := read(t, strings.NewReader(test.in), 150)
			if diff := cmp.Diff(test.want, whole); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReaderFails(t *testing.T) {
	broken := errors.New("broken")
	got := read(t, io.MultiReader(strings.NewReader(`{"a":1}{"b":`), iotest.ErrReader(broken)), 100)
	if diff := cmp.Diff([]string{`1:1 {"a":1}`, "broken"}, got); diff != "" {
		t.Error(diff)
	}
	if got := read(t, stuck{}, 100); len(got) != 1 || got[0] != io.ErrNoProgress.Error() {
		t.Errorf("a reader that gives nothing: %v", got)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// endless gives an object without an end.
type endless struct{ given, size int }

func (e *endless) Read(b []byte) (int, error) {
	if e.given >= e.size {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = 'x'
	}
	if e.given == 0 {
		copy(b, `{"a":"`)
	}
	e.given += len(b)
	return len(b), nil
}

func TestMemoryIsBounded(t *testing.T) {
	r := NewReader(&endless{size: 64 << 20}, 1<<16)
	if _, err := r.Next(); !errors.Is(err, ErrObject) {
		t.Fatalf("got %v", err)
	}
	if cap(r.buf) > 1<<20 {
		t.Errorf("the buffer has %d octets", cap(r.buf))
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("then %v", err)
	}
}

// FuzzNext holds good input against encoding/json, and all input against itself read octet by octet.
func FuzzNext(f *testing.F) {
	for _, s := range []string{`[{"a":1},{"b":[{}]}]`, "{\"a\":1\n{\"b\":2}\n", "{}\n{}", `{"a":"\\\"}"} x {"b":2}`, `[1,[`, "{\"a\n{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got := read(t, bytes.NewReader(in), 1000)
		if diff := cmp.Diff(got, read(t, iotest.OneByteReader(bytes.NewReader(in)), 1000)); diff != "" {
			t.Errorf("octet by octet: %s", diff)
		}
		want := []string{}
		for dec := json.NewDecoder(bytes.NewReader(in)); ; {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				if !errors.Is(err, io.EOF) {
					return
				}
				break
			}
			if raw[0] != '{' || len(raw) > 1000 || strings.Count(string(raw), "{")+strings.Count(string(raw), "[") > deepest {
				return
			}
			want = append(want, string(raw))
		}
		for i, line := range got {
			_, object, _ := strings.Cut(line, " ")
			if i >= len(want) || object != want[i] {
				t.Fatalf("object %d: got %s", i+1, line)
			}
		}
		if len(got) != len(want) {
			t.Errorf("got %d objects of %d", len(got), len(want))
		}
	})
}
