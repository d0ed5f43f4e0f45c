package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"pahra/internal/watch"
)

const (
	plainJSON = "json"
	zstdJSON  = "zstd"
	// compressFrom is the size from which a body is compressed; below it little is gained.
	compressFrom = 1 << 10
	// maxBody bounds what a body may grow to when it is decompressed.
	maxBody = 64 << 20
)

// body is an incident as it is stored.
type body struct {
	encoding string
	bytes    []byte
	digest   string // of the plain JSON
	verdict  string
}

// codec compresses and decompresses bodies. Safe for concurrent use.
type codec struct {
	in  *zstd.Encoder
	out *zstd.Decoder
}

func newCodec() (*codec, error) {
	in, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBody))
	if err != nil {
		return nil, err
	}
	return &codec{in, out}, nil
}

// encode writes an incident down.
func (c *codec) encode(i watch.Incident) (body, error) {
	plain, err := json.Marshal(i)
	if err != nil {
		return body{}, fmt.Errorf("writing incident %s down: %w", i.ID, err)
	}
	verdict, err := verdictOf(i)
	if err != nil {
		return body{}, fmt.Errorf("writing incident %s down: %w", i.ID, err)
	}
	b := body{plainJSON, plain, hash(plain), verdict}
	if len(plain) >= compressFrom {
		b.encoding, b.bytes = zstdJSON, c.in.EncodeAll(plain, nil)
	}
	return b, nil
}

// decode reads a body back and holds it against its digest.
func (c *codec) decode(encoding string, stored []byte, digest string) (watch.Incident, error) {
	plain, err := c.plain(encoding, stored)
	if err != nil {
		return watch.Incident{}, err
	}
	if got := hash(plain); got != digest {
		return watch.Incident{}, fmt.Errorf("its digest is %s, the store says %s", got, digest)
	}
	var i watch.Incident
	if err := json.Unmarshal(plain, &i); err != nil {
		return watch.Incident{}, err
	}
	return i, nil
}

func (c *codec) plain(encoding string, stored []byte) ([]byte, error) {
	switch encoding {
	case plainJSON:
		return stored, nil
	case zstdJSON:
		return c.out.DecodeAll(stored, nil)
	}
	return nil, fmt.Errorf("its encoding %q is unknown", encoding)
}

// verdictOf is the hash of what was judged: who, what, how sure, on which authority and against which explanations. What
// only grows while an incident lasts (its updates, peers, prefixes, the counts within) is not part of it.
func verdictOf(i watch.Incident) (string, error) {
	i.Prefixes, i.Peers, i.Reasons = nil, nil, nil
	e := &i.Evidence
	e.Updates, e.UpdatesTotal, e.Forwarders, e.Baseline = nil, 0, nil, nil
	tried := make([]watch.Tried, len(e.Exclusions))
	for n, t := range e.Exclusions {
		tried[n] = watch.Tried{Name: t.Name, Result: t.Result}
	}
	e.Exclusions = tried
	if e.Leak != nil {
		leak := *e.Leak
		leak.Prefixes, leak.Origins, leak.Peers = 0, 0, 0
		e.Leak = &leak
	}
	text, err := json.Marshal(i)
	return hash(text), err
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
