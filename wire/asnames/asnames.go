// Package asnames reads lists that name AS numbers, with a class or a country where the list has one.
//
// [Read] tells the forms apart by their beginning: RIPE NCC's text (`64500 EXAMPLE-AS Example Ltd, IN`), the same as
// one JSON object (`{"64500": "EXAMPLE-AS Example Ltd, IN"}`), and CSV with a header that names the columns asn, name,
// class, cc and source in any order, or without a header as `AS64500,name`. The headless form is how lists of one
// class are published: a bare "member of" list, whose subject is in the file's name, which the caller knows.
//
// The names are those of networks as their lists have them; the package keeps nothing between entries.
package asnames

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// Entry is what a list says of one AS. Fields that the list lacks are empty.
type Entry struct {
	ASN     values.ASN
	Name    string // may begin with the AS name, as in "EXAMPLE-AS Example Ltd"
	Country string // ISO 3166 alpha-2, upper case
	Class   string // such as Eyeball
	Source  string // whom the list has the name from
}

const (
	maxLine = 16 << 10
	maxName = 512 // bytes of a name; longer ones are refused
)

// ErrFormat says that the input is not of a known form at all.
var ErrFormat = errors.New("not a list of AS names (JSON object, CSV or RIPE NCC text)")

const byteOrderMark = "\xef\xbb\xbf"

// Read yields each entry of r in file order and reports each malformed one. It returns the error of r or of yield, or
// ErrFormat where no entry is good.
func Read(r io.Reader, report func(values.Problem), yield func(Entry) error) error {
	br := bufio.NewReaderSize(r, 4096)
	head, err := br.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning: %w", err)
	}
	skipped := 0
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		skipped, _ = br.Discard(len(byteOrderMark))
		head = head[skipped:]
	}
	head = bytes.TrimSpace(head)
	if len(head) > 0 && head[0] == '{' {
		return readJSON(br, int64(skipped), report, yield)
	}
	var form csvForm
	return lines.Each(br, maxLine, ErrFormat, report, func(line []byte, _ int) (bad, fatal error) {
		if line[0] == '#' {
			return lines.ErrSkip, nil
		}
		text := strings.ToValidUTF8(string(line), "\ufffd")
		if form.columns == nil && !form.bare && text[0] >= '0' && text[0] <= '9' {
			return yieldGood(parseText(text))(yield)
		}
		return form.read(text, yield)
	})
}

// yieldGood hands on an entry, or what is wrong with it.
func yieldGood(e Entry, bad error) func(func(Entry) error) (bad, fatal error) {
	return func(yield func(Entry) error) (error, error) {
		if bad == nil && len(e.Name) > maxName {
			bad = fmt.Errorf("name of AS%d has %d bytes, more than %d", e.ASN, len(e.Name), maxName)
		}
		if bad != nil {
			return bad, nil
		}
		return nil, yield(e)
	}
}

// parseText reads `64500 EXAMPLE-AS Example Ltd, IN`.
func parseText(s string) (Entry, error) {
	number, name, _ := strings.Cut(s, " ")
	asn, err := values.ParseASN(number)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{ASN: asn}
	e.Name, e.Country = splitCountry(name)
	return e, nil
}

// splitCountry cuts ", IN" off the end of a name.
func splitCountry(s string) (name, country string) {
	s = strings.TrimSpace(s)
	if i := len(s) - 4; i >= 0 && s[i] == ',' && s[i+1] == ' ' && isCountry(s[i+2:]) {
		return strings.TrimSpace(s[:i]), strings.ToUpper(s[i+2:])
	}
	return s, ""
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' && s[1]|0x20 >= 'a' && s[1]|0x20 <= 'z'
}
