package checkpoint

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// thing has a field of each kind.
type thing struct {
	A uint8
	B uint32
	C uint64
	D int64
	E int
	F bool
	G float64
	H []byte
	I string
	J []thing
	K map[string]int
}

func (x *thing) code(c *Coder) {
	c.Section("thing")
	Uint(c, &x.A)
	Uint(c, &x.B)
	Uint(c, &x.C)
	Int(c, &x.D)
	Int(c, &x.E)
	c.Bool(&x.F)
	c.Float(&x.G)
	c.Bytes(&x.H, 1<<20)
	c.String(&x.I, 1<<20)
	List(c, &x.J, 100, func(y *thing) { y.code(c) })
	if c.Reading() {
		x.K = map[string]int{}
	}
	Map(c, x.K, 100, cmp.Compare, func(k *string, v *int) { c.String(k, 99); Int(c, v) })
}

func things(depth int) *rapid.Generator[thing] {
	return rapid.Custom(func(t *rapid.T) (x thing) {
		x.A, x.B, x.C = rapid.Uint8().Draw(t, "A"), rapid.Uint32().Draw(t, "B"), rapid.Uint64().Draw(t, "C")
		x.D, x.E, x.F = rapid.Int64().Draw(t, "D"), rapid.Int().Draw(t, "E"), rapid.Bool().Draw(t, "F")
		x.G = rapid.Float64().Draw(t, "G")
		x.H = bytes.Repeat([]byte{7}, rapid.SampledFrom([]int{0, 1, 300, 65_500, 65_529, 300_000}).Draw(t, "H"))
		x.I = rapid.StringN(0, 20, 60).Draw(t, "I")
		if depth > 0 {
			x.J = rapid.SliceOfN(things(depth-1), 0, 3).Draw(t, "J")
		}
		x.K = rapid.MapOfN(rapid.StringN(0, 9, 20), rapid.Int(), 0, 5).Draw(t, "K")
		return x
	})
}

func write(t testing.TB, x *thing) []byte {
	t.Helper()
	var b bytes.Buffer
	c := NewWriter(&b, "test", 3)
	x.code(c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(r io.Reader) (x thing, err error) {
	c, err := NewReader(r, "test", 3)
	if err != nil {
		return x, err
	}
	x.code(c)
	return x, c.Close()
}

// TestReadsWhatWasWritten: whatever is written is read, in pieces of any length, and is written the same again.
func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := things(2).Draw(rt, "thing")
		b := write(t, &want)
		got, err := read(iotest.HalfReader(bytes.NewReader(b)))
		if err != nil {
			rt.Fatal(err)
		}
		if again := write(t, &got); !bytes.Equal(b, again) {
			rt.Fatal("it is written otherwise")
		}
		if got.C != want.C || got.D != want.D || got.E != want.E || got.I != want.I || !bytes.Equal(got.H, want.H) || gocmp.Diff(got.K, want.K) != "" {
			rt.Fatalf("%+v, %+v", got, want)
		}
	})
}

// TestWritingOnlyReads: two write the same thing at the same time, which the race detector sees if one assigns.
func TestWritingOnlyReads(t *testing.T) {
	x := thing{A: 1, F: true, G: 0.5, H: []byte{7}, I: "shared", J: []thing{{I: "within"}}, K: map[string]int{"a": 1}}
	var both [2][]byte
	var group sync.WaitGroup
	for i := range both {
		group.Go(func() { both[i] = write(t, &x) })
	}
	group.Wait()
	if !bytes.Equal(both[0], both[1]) {
		t.Error("two writers wrote otherwise")
	}
}

// TestDamage: wherever a stream is cut or changed, it is found out.
func TestDamage(t *testing.T) {
	x := thing{I: "abc", H: bytes.Repeat([]byte{1, 2, 3}, 50_000), J: []thing{{E: -5}}}
	b := write(t, &x)
	for at := 0; at < len(b); at += 1 + at/50 {
		if _, err := read(bytes.NewReader(b[:at])); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		changed := bytes.Clone(b)
		changed[at] ^= 0x40
		if _, err := read(bytes.NewReader(changed)); !errors.Is(err, ErrDamaged) {
			t.Fatalf("changed at %d: %v", at, err)
		}
	}
	const block = blockLen // the first blocks are of full length
	swapped := bytes.Clone(b)
	first := len(magic)
	copy(swapped[first:], b[first+block:first+2*block])
	copy(swapped[first+block:], b[first:first+block])
	if _, err := read(bytes.NewReader(swapped)); !errors.Is(err, ErrDamaged) {
		t.Error("two blocks exchanged:", err)
	}
}

// TestOthers: a stream of another kind, of another version, or with more in it is refused in words.
func TestOthers(t *testing.T) {
	var b bytes.Buffer
	x := thing{}
	c := NewWriter(&b, "other", 3)
	x.code(c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(&b); err == nil || !strings.Contains(err.Error(), `"other"`) {
		t.Error(err)
	}
	b.Reset()
	if err := NewWriter(&b, "test", 4).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(&b); err == nil || !strings.Contains(err.Error(), "version 4") || errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	b.Reset()
	c = NewWriter(&b, "test", 3)
	x.code(c)
	x.code(c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(&b); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if _, err := read(iotest.ErrReader(io.ErrClosedPipe)); err == nil {
		t.Error("no error")
	}
}

// FuzzRead: whatever is read, it is a value or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(magic))
	f.Add(write(f, &thing{I: "abc", J: []thing{{E: 4}}, K: map[string]int{"a": 1}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := read(bytes.NewReader(b))
		if err != nil {
			return
		}
		if got, err := read(bytes.NewReader(write(t, &x))); err != nil || !bytes.Equal(write(t, &got), write(t, &x)) {
			t.Error(err)
		}
	})
}
