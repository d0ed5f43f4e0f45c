package window

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestWindow takes a stream in pieces of all sizes, however it arrives.
func TestWindow(t *testing.T) {
	stream := make([]byte, 5000)
	for i := range stream {
		stream[i] = byte(i ^ i>>8)
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "octet by octet": iotest.OneByteReader, "halves": iotest.HalfReader, "with the end": iotest.DataErrReader,
	} {
		w := New(wrap(bytes.NewReader(stream)), 16)
		at := 0
		for n := 1; w.Have(n); n++ {
			if got := w.Unread(); len(got) != w.Len() || len(got) < n || !bytes.Equal(got[:n], stream[at:at+n]) || w.Offset() != int64(at) {
				t.Fatalf("%s: %d octets at %d", name, len(got), w.Offset())
			}
			if got := w.Take(n); !bytes.Equal(got, stream[at:at+n]) || cap(got) != n {
				t.Fatalf("%s: took %d octets at %d", name, len(got), at)
			}
			at += n
		}
		if w.Err() != io.EOF || w.Read() != int64(len(stream)) || !bytes.Equal(w.Unread(), stream[at:]) {
			t.Errorf("%s: %v after %d octets, %d of them unread", name, w.Err(), w.Read(), w.Len())
		}
	}
}

// silent gives nothing and no error.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// TestFailures: errors stick, and a stream that gives nothing does not hold anyone for ever.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	for want, src := range map[error]io.Reader{broken: iotest.ErrReader(broken), io.ErrNoProgress: silent{}} {
		w := New(io.MultiReader(bytes.NewReader([]byte("abc")), src), 2)
		if !w.Have(3) || w.Have(4) || w.Have(4) || w.Err() != want || string(w.Unread()) != "abc" {
			t.Errorf("%v: %v, %q", want, w.Err(), w.Unread())
		}
	}
}

// TestMemory: what is asked for and does not come takes no memory.
func TestMemory(t *testing.T) {
	w := New(bytes.NewReader(make([]byte, 1000)), 16)
	if w.Have(1<<30) || len(w.buf) > 2000 {
		t.Errorf("%d octets of memory for 1000", len(w.buf))
	}
}
