package compressed

import (
	"bufio"
	"fmt"
	"io"
)

const (
	xzHeaderLen = 12
	lzma2Filter = 0x21
)

// checkXZ refuses a stream whose first block asks for a dictionary beyond maxWindow: the decoder would allocate it.
func checkXZ(br *bufio.Reader) error {
	head, _ := br.Peek(xzHeaderLen + 1024)
	if len(head) <= xzHeaderLen || head[xzHeaderLen] == 0 { // no block
		return nil
	}
	block := head[xzHeaderLen:]
	block = block[:min(len(block), 4*(int(block[0])+1))]
	if len(block) < 2 || block[1]&3 != 0 {
		return nil // several filters, which the decoder refuses
	}
	flags := block[1]
	block = block[2:]
	for _, present := range []bool{flags&0x40 != 0, flags&0x80 != 0} { // the two sizes
		for present && len(block) > 0 {
			present = block[0]&0x80 != 0
			block = block[1:]
		}
	}
	if len(block) < 3 || block[0] != lzma2Filter {
		return nil
	}
	if size := dictionary(block[2]); size > maxWindow {
		return fmt.Errorf("%w: its dictionary of %d octets is beyond %d", ErrTooLarge, size, maxWindow)
	}
	return nil
}

// dictionary gives the size in octets that an LZMA2 filter's property stands for (.xz format 1.2.1 section 5.3.1).
func dictionary(property byte) uint64 {
	return uint64(2|property&1) << (property/2 + 11)
}

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
