// Package securitytxt reads security.txt (RFC 9116): whom to tell of a site's vulnerabilities and abuse.
//
// [Parse] is all there is: it gives the fields, or says what is wrong with the file as a whole. A signature (OpenPGP,
// cleartext) is taken off and not checked; the package fetches nothing.
package securitytxt

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// File is what a security.txt says.
type File struct {
	Contact            []string // addresses: mailto:, tel:, https:; the preferred one first
	Expires            time.Time
	Encryption         []string
	Acknowledgments    []string
	PreferredLanguages []string
	Canonical          []string // addresses of the file itself
	Policy             []string
	Hiring             []string
	Signed             bool // it has a signature, which nobody has checked
}

// Most is how many octets a file may have (RFC 9116 section 5.4 names 32 KiB).
const Most = 32 << 10

// What is wrong with a file as a whole.
var (
	ErrLong      = errors.New("it is longer than 32 KiB")
	ErrText      = errors.New("it is not text in UTF-8")
	ErrContact   = errors.New("it has no Contact")
	ErrExpires   = errors.New("it has no Expires, or several")
	ErrLanguages = errors.New("it has several Preferred-Languages")
)

// Parse reads a file. Fields that the RFC does not know are passed over, and so are lines that are no fields.
func Parse(text []byte) (*File, error) {
	if len(text) > Most {
		return nil, ErrLong
	}
	if !utf8.Valid(text) {
		return nil, ErrText
	}
	f := new(File)
	var expires, languages int
	for _, line := range f.lines(string(text)) {
		name, value, found := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !found || strings.HasPrefix(line, "#") || value == "" {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "expires":
			at, err := time.Parse(time.RFC3339, strings.ToUpper(value))
			if err != nil {
				return nil, fmt.Errorf("field Expires is no time: %q", value)
			}
			f.Expires = at.UTC()
			expires++
		case "preferred-languages":
			languages++
			for _, l := range strings.Split(value, ",") {
				if l = strings.TrimSpace(l); l != "" {
					f.PreferredLanguages = append(f.PreferredLanguages, l)
				}
			}
		default:
			if list := f.list(strings.ToLower(strings.TrimSpace(name))); list != nil && address(value) {
				*list = append(*list, value)
			}
		}
	}
	switch {
	case len(f.Contact) == 0:
		return nil, ErrContact
	case expires != 1:
		return nil, ErrExpires
	case languages > 1:
		return nil, ErrLanguages
	}
	return f, nil
}

// list gives the field of a name that may stand several times.
func (f *File) list(name string) *[]string {
	return map[string]*[]string{"contact": &f.Contact, "encryption": &f.Encryption, "acknowledgments": &f.Acknowledgments,
		"canonical": &f.Canonical, "policy": &f.Policy, "hiring": &f.Hiring}[name]
}

// address says whether a text is a URI as the RFC wants it: with a scheme, and the web not in clear.
func address(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && u.Scheme != "http"
}

// lines gives the lines of a file, of one that is signed those that are (RFC 9580 section 7).
func (f *File) lines(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if strings.TrimSpace(strings.TrimPrefix(lines[0], "\ufeff")) != "-----BEGIN PGP SIGNED MESSAGE-----" {
		return lines
	}
	f.Signed = true
	for i, line := range lines { // behind the headers, of which the first blank line is the end
		if strings.TrimSpace(line) == "" {
			lines = lines[i:]
			break
		}
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "-----BEGIN PGP SIGNATURE-----") {
			lines = lines[:i]
			break
		}
		lines[i] = strings.TrimPrefix(line, "- ")
	}
	return lines
}
