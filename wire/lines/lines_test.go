package lines

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readAll gives the lines with "!" for one that was too long.
func readAll(t testing.TB, r *Reader) (got []string) {
	for {
		line, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return got
		case errors.Is(err, ErrTooLong):
			got = append(got, "!")
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, string(line))
		}
		if r.Number() != len(got) {
			t.Fatalf("line %d is numbered %d", len(got), r.Number())
		}
	}
}

func TestNext(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"no end", "a", []string{"a"}},
		{"both ends", "a\nb\r\n\nc", []string{"a", "b", "", "c"}},
		{"mark", "\xef\xbb\xbfa\n", []string{"a"}},
		{"at the bound", long + "\nb", []string{long, "b"}},
		{"just over the bound", long + "y\r\nb", []string{"!", "b"}},
		{"over the bound", "a\n" + long + "yyy\nb\n", []string{"a", "!", "b"}},
		{"over the bound at the end", "a\n" + long + long + long, []string{"a", "!"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(t, NewReader(strings.NewReader(tt.in), 100_000))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestNextAgainstSplit holds the reader against strings.Split.
func TestNextAgainstSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 80_000), 1, 4).Draw(t, "lengths") {
			want = append(want, strings.Repeat(string(rune('a'+n%26)), n))
		}
		want = append(want, "end")
		in := strings.Join(want, "\n")
		r := NewReader(strings.NewReader(in), 80_000)
		for i, w := range want {
			got, err := r.Next()
			if err != nil || string(got) != w {
				t.Fatalf("line %d: %d bytes, %v; want %d bytes", i+1, len(got), err, len(w))
			}
		}
	})
}

func TestNextBrokenReader(t *testing.T) {
	broken := errors.New("disk on fire")
	r := NewReader(io.MultiReader(strings.NewReader("a\nb"), errReader{broken}), 10)
	if line, err := r.Next(); string(line) != "a" || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Fatalf("%v, want %v", err, broken)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
