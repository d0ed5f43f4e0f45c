package compressed

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
)

// Head gives the first n plain octets of r, or all where there are fewer. It starts no goroutine and decodes no more
// than it must: of a bzip2 stream the first blocks, one after another. So it is the way to look into many files, where
// [NewReader] would read far ahead in each. An error comes with what could be decoded before it.
func Head(r io.Reader, n int) ([]byte, error) {
	in := &input{r: r}
	br := bufio.NewReaderSize(in, 16<<10)
	magic, err := br.Peek(magicLen)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading the head of a stream: %w", err)
	}
	kind := Detect(magic)
	d, err := openHead(kind, br, in)
	if err != nil {
		return nil, fmt.Errorf("opening a %v stream: %w", kind, cutAt(in, err))
	}
	defer d.Close()
	head, err := io.ReadAll(io.LimitReader(d, int64(n)))
	if err != nil {
		return head, fmt.Errorf("decompressing %v: %w", kind, cutAt(in, err))
	}
	return head, nil
}

func openHead(kind Kind, br *bufio.Reader, in *input) (decoder, error) {
	if kind == Bzip2 {
		return still{bzip2.NewReader(br)}, nil
	}
	return open(kind, br, in)
}
