package compressed

import (
	"fmt"
	"io"
)

// xzEnd takes the end of a stream for genuine only behind its footer: the decoder takes a cut block header for the end.
type xzEnd struct {
	io.Reader
	in *input
}

func (x *xzEnd) Read(p []byte) (int, error) {
	n, err := x.Reader.Read(p)
	if err == io.EOF && x.in.last != [2]byte{'Y', 'Z'} {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// xzGuard passes a stream on to the decoder and follows its structure (.xz format 1.2.1), to fail before a block header
// that asks for a dictionary beyond maxWindow gets through: the decoder would allocate up to 4 GiB at its word.
type xzGuard struct {
	r     io.Reader
	state func(*xzGuard) // takes head, once it is whole, and says what comes next
	head  []byte         // what is collected of the next piece
	need  int            // how long the piece is
	skip  int            // octets to pass over before it
	check int            // length of the check behind a block
	count int            // octets since the block's or index's begin, for its padding
	left  uint64         // numbers still to come in the index
	err   error
}

func newXZGuard(r io.Reader) *xzGuard {
	return &xzGuard{r: r, state: (*xzGuard).streamHeader, need: 12}
}

func (g *xzGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	for b := p[:n]; len(b) > 0 && g.state != nil; {
		if k := min(g.skip, len(b)); k > 0 {
			g.skip, b = g.skip-k, b[k:]
			continue
		}
		k := min(g.need-len(g.head), len(b))
		g.head, b = append(g.head, b[:k]...), b[k:]
		if len(g.head) == g.need {
			g.state(g)
		}
		if g.err != nil {
			return 0, g.err
		}
	}
	return n, err
}

// expect sets what comes behind skip octets: a piece of need octets, of which head may hold some already.
func (g *xzGuard) expect(skip, need int, state func(*xzGuard), head []byte) {
	g.skip, g.need, g.state, g.head = skip, need, state, append(g.head[:0], head...)
}

func (g *xzGuard) streamHeader() {
	g.check = [...]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[g.head[7]&15]
	g.expect(0, 1, (*xzGuard).blockOrIndex, nil)
}

func (g *xzGuard) blockOrIndex() {
	size := g.head[0]
	if g.count = 1; size == 0 {
		g.left = 0
		g.expect(0, 1, (*xzGuard).indexCount, nil)
		return
	}
	g.expect(0, 4*(int(size)+1), (*xzGuard).blockHeader, g.head)
}

func (g *xzGuard) blockHeader() {
	if size := dictionary(g.head); size > maxWindow {
		g.err = fmt.Errorf("%w: its dictionary of %d octets is beyond %d", ErrTooLarge, size, maxWindow)
	}
	g.count = 0
	g.expect(0, 1, (*xzGuard).chunk, nil)
}

// dictionary gives the size in octets that a block header asks for, or 0 where it has not only the LZMA2 filter: the
// decoder refuses it then.
func dictionary(header []byte) uint64 {
	const filter, filters = 0x21, 3
	flags, b := header[1], header[2:]
	if flags&filters != 0 {
		return 0
	}
	for _, present := range []bool{flags&0x40 != 0, flags&0x80 != 0} { // the two sizes
		for present && len(b) > 0 {
			present = b[0]&0x80 != 0
			b = b[1:]
		}
	}
	if len(b) < 3 || b[0] != filter {
		return 0
	}
	return uint64(2|b[2]&1) << (b[2]&63/2 + 11)
}

// chunk begins an LZMA2 chunk, or ends the block.
func (g *xzGuard) chunk() {
	switch c := g.head[0]; {
	case c == 0:
		g.count++
		g.expect(padding(g.count)+g.check, 1, (*xzGuard).blockOrIndex, nil)
	case c <= 2:
		g.expect(0, 3, (*xzGuard).chunkData, g.head)
	case c >= 0x80:
		g.expect(0, 5, (*xzGuard).chunkData, g.head)
	default:
		g.state = nil // broken: the decoder stops here too
	}
}

func (g *xzGuard) chunkData() {
	size := int(g.head[len(g.head)-2])<<8 + int(g.head[len(g.head)-1]) + 1
	if g.head[0] >= 0xc0 {
		size++ // new properties
	}
	g.count = (g.count + len(g.head) + size) & 3 // all that its padding depends on
	g.expect(size, 1, (*xzGuard).chunk, nil)
}

// indexCount collects the number of records that the index has; each is two numbers of one or more octets.
func (g *xzGuard) indexCount() {
	b := g.head[len(g.head)-1]
	if g.count++; b&0x80 != 0 && len(g.head) < 9 {
		g.need++
		return
	}
	for i, o := range g.head {
		g.left |= uint64(o&0x7f) << (7 * i)
	}
	g.left *= 2
	g.index()
}

func (g *xzGuard) index() {
	if g.left == 0 {
		const checkAndFooter = 4 + 12
		g.expect(padding(g.count)+checkAndFooter, 4, (*xzGuard).between, nil)
		return
	}
	g.expect(0, 1, (*xzGuard).indexNumber, nil)
}

func (g *xzGuard) indexNumber() {
	if g.count++; g.head[0]&0x80 == 0 {
		g.left--
	}
	g.index()
}

// between tells the padding between streams from the next stream.
func (g *xzGuard) between() {
	if [4]byte(g.head) == [4]byte{} {
		g.expect(0, 4, (*xzGuard).between, nil)
		return
	}
	g.expect(0, 12, (*xzGuard).streamHeader, g.head)
}

// padding gives the octets from n to the next multiple of four.
func padding(n int) int { return -n & 3 }
