package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// An entry in the file is its length in two octets, its CRC-32C in four, and itself.
const (
	frameHead = 6
	maxEntry  = 1<<16 - 1
)

// errTorn says that what follows is no whole entry.
var errTorn = errors.New("no whole entry")

func checksum(entry []byte) uint32 {
	return crc32.Checksum(entry, crc32.MakeTable(crc32.Castagnoli))
}

func appendFrame(to, entry []byte) []byte {
	to = binary.BigEndian.AppendUint16(to, uint16(len(entry)))
	to = binary.BigEndian.AppendUint32(to, checksum(entry))
	return append(to, entry...)
}

// frames reads entries one after the other.
type frames struct {
	r   *bufio.Reader
	at  int64 // of the next one
	buf []byte
}

func newFrames(r io.Reader) *frames {
	return &frames{r: bufio.NewReaderSize(r, 1<<17), buf: make([]byte, maxEntry)}
}

// next gives an entry, valid until the next call; at the end io.EOF, and errTorn before what is no whole one.
func (f *frames) next() ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return nil, torn(err)
	}
	entry := f.buf[:binary.BigEndian.Uint16(head[:])]
	if len(entry) == 0 {
		return nil, errTorn
	}
	if _, err := io.ReadFull(f.r, entry); err != nil {
		return nil, torn(io.ErrUnexpectedEOF)
	}
	if checksum(entry) != binary.BigEndian.Uint32(head[2:]) {
		return nil, errTorn
	}
	f.at += int64(frameHead + len(entry))
	return entry, nil
}

func torn(err error) error {
	if err == io.ErrUnexpectedEOF {
		return errTorn
	}
	return err
}
