// Package window holds what a codec has read of a stream and not taken yet.
//
// [New] begins, [Window.Have] reads until enough is at hand, [Window.Unread] shows it and [Window.Take] takes it. Memory
// grows only with what has arrived, so that a length field which lies costs nothing; a codec bounds what it asks for.
package window

import "io"

// Window is the part of a stream that is at hand. Not safe for concurrent use.
type Window struct {
	src      io.Reader
	buf      []byte
	from, to int   // what is unread lies in buf[from:to]
	base     int64 // offset of buf[0] in the stream
	err      error // of src, io.EOF included; sticky
}

// New gives a window on src with room for size octets at first.
func New(src io.Reader, size int) Window { return Window{src: src, buf: make([]byte, size)} }

// Have tells whether n octets are at hand or can be read; if not, Err says why.
func (w *Window) Have(n int) bool { return w.to-w.from >= n || w.read(n) }

// Unread gives what is at hand. It holds until the next Have.
func (w *Window) Unread() []byte { return w.buf[w.from:w.to] }

// Len is how much is at hand.
func (w *Window) Len() int { return w.to - w.from }

// Take gives the next n octets, which must be at hand, and passes over them. They hold until the next Have.
func (w *Window) Take(n int) []byte {
	w.from += n
	return w.buf[w.from-n : w.from : w.from]
}

// Offset is where in the stream the unread part begins.
func (w *Window) Offset() int64 { return w.base + int64(w.from) }

// Read is how much was read of the stream.
func (w *Window) Read() int64 { return w.base + int64(w.to) }

// Err is why no more can be read: io.EOF at the stream's end, else what the stream gave; nil before.
func (w *Window) Err() error { return w.err }

// read reads until n octets are at hand. The buffer grows only when it is full of what arrived.
func (w *Window) read(n int) bool {
	for tries := 0; w.to-w.from < n; {
		if w.err != nil {
			return false
		}
		if w.from > 0 && w.from+n > len(w.buf) {
			copy(w.buf, w.buf[w.from:w.to])
			w.base += int64(w.from)
			w.from, w.to = 0, w.to-w.from
		}
		if w.to == len(w.buf) {
			w.buf = append(w.buf, make([]byte, len(w.buf))...)
		}
		var got int
		got, w.err = w.src.Read(w.buf[w.to:])
		w.to += got
		if got > 0 {
			tries = 0
		} else if tries++; tries == 100 && w.err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return true
}
