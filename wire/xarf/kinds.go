package xarf

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// kind compiles a type.
func (r rules) kind(text string) check {
	if strings.HasPrefix(text, "match ") {
		return matching(text[len("match "):])
	}
	word, rest, _ := strings.Cut(text, " ")
	if one, other, found := strings.Cut(text, " or "); found && word != "list" { // a list's elements may be of several types
		return either(r.kind(one), r.kind(other))
	}
	switch word {
	case "any":
		return func(any) *fault { return nil }
	case "one":
		words := strings.Fields(rest)
		return texted(func(s string) string {
			if slices.Contains(words, s) {
				return ""
			}
			return "is none of " + strings.Join(words, ", ")
		})
	case "text":
		return long(span(rest, true))
	case "int", "number":
		return numbered(word == "int", rest)
	case "port":
		return numbered(true, "1 65535")
	case "bool":
		return func(v any) *fault {
			if _, ok := v.(bool); ok {
				return nil
			}
			return &fault{reason: "it is neither true nor false"}
		}
	case "list":
		return r.list(rest)
	case "object":
		return r.object(rest)
	}
	if f, known := formats[word]; known {
		return texted(f)
	}
	panic("no such type: " + text)
}

// either takes what one of two types takes, and else says what the first finds wrong.
func either(one, other check) check {
	return func(v any) *fault {
		bad := one(v)
		if bad == nil || other(v) == nil {
			return nil
		}
		return bad
	}
}

// object takes an object, held against a section if one is named. The section may stand further down.
func (r rules) object(name string) check {
	return func(v any) *fault {
		m, ok := v.(map[string]any)
		switch {
		case !ok:
			return &fault{reason: "it is no object"}
		case name != "":
			return r[name].check(m)
		}
		return nil
	}
}

func (r rules) list(text string) check {
	least, most := 0, math.MaxInt
	if word, rest, _ := strings.Cut(text, " "); strings.Contains(word, "..") {
		least, most = span(word, false)
		text = rest
	}
	element := r.kind(text)
	return func(v any) *fault {
		l, ok := v.([]any)
		switch {
		case !ok:
			return &fault{reason: "it is no list"}
		case len(l) < least || len(l) > most:
			return &fault{reason: fmt.Sprintf("it has %d elements", len(l))}
		}
		for i, e := range l {
			if bad := element(e); bad != nil {
				return bad.within("[" + strconv.Itoa(i+1) + "]")
			}
		}
		return nil
	}
}

// span reads LEAST..MOST, either of which may lack; and MOST alone if bare.
func span(text string, bare bool) (least, most int) {
	most = math.MaxInt
	from, to, found := strings.Cut(text, "..")
	if !found && bare {
		from, to = "", text
	}
	for _, p := range []struct {
		text string
		to   *int
	}{{from, &least}, {to, &most}} {
		if p.text != "" {
			n, err := strconv.Atoi(p.text)
			if err != nil {
				panic(err)
			}
			*p.to = n
		}
	}
	return least, most
}

// texted takes a text of which f says what is wrong with it.
func texted(f func(s string) string) check {
	return func(v any) *fault {
		s, ok := v.(string)
		if !ok {
			return &fault{reason: "it is no text"}
		}
		if wrong := f(s); wrong != "" {
			return &fault{reason: strconv.Quote(clip(s)) + " " + wrong}
		}
		return nil
	}
}

func matching(expression string) check {
	re := regexp.MustCompile(expression)
	return texted(func(s string) string {
		if re.MatchString(s) {
			return ""
		}
		return "is not of the form " + clip(expression)
	})
}

func long(least, most int) check {
	return texted(func(s string) string {
		if n := utf8.RuneCountInString(s); n < least || n > most {
			return fmt.Sprintf("has %d characters", n)
		}
		return ""
	})
}

// numbered takes a number, whole ones only if so said, in bounds: LEAST and MOST, or LEAST.
func numbered(whole bool, bounds string) check {
	limits := [2]float64{math.Inf(-1), math.Inf(1)}
	for i, word := range strings.Fields(bounds) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			panic(err)
		}
		limits[i] = n
	}
	return func(v any) *fault {
		n, ok := v.(json.Number)
		if !ok {
			return &fault{reason: "it is no number"}
		}
		f, err := n.Float64()
		switch {
		case err != nil || whole && f != math.Trunc(f):
			return &fault{reason: clip(string(n)) + " is no number that it may be"}
		case f < limits[0] || f > limits[1]:
			return &fault{reason: clip(string(n)) + " is not from " + strings.ReplaceAll(bounds, " ", " to ")}
		}
		return nil
	}
}

// formats are the texts with a form of their own. Each says what is wrong with one.
var formats = map[string]func(s string) string{
	"time": func(s string) string {
		_, err := time.Parse(time.RFC3339, strings.ToUpper(s))
		return told(err == nil, "a time as of RFC 3339")
	},
	"date":  func(s string) string { _, err := time.Parse(time.DateOnly, s); return told(err == nil, "a date") },
	"uuid":  func(s string) string { return told(isUUID(s), "a UUID") },
	"email": func(s string) string { return told(isEmail(s), "an address of mail") },
	"noemail": func(s string) string {
		if isEmail(s) {
			return "is an address of mail"
		}
		return ""
	},
	"host": func(s string) string { return told(isHost(s), "a name of a host") },
	"url":  func(s string) string { return told(isURL(s), "a URL") },
	"ip":   func(s string) string { return told(isIP(s, 0), "an IP address") },
	"ipv4": func(s string) string { return told(isIP(s, 4), "an IPv4 address") },
	"ipv6": func(s string) string { return told(isIP(s, 16), "an IPv6 address") },
	"base64": func(s string) string {
		_, err := base64.StdEncoding.DecodeString(s)
		return told(err == nil, "base64")
	},
}

func told(good bool, what string) string {
	if good {
		return ""
	}
	return "is not " + what
}

func isIP(s string, size int) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && (size == 0 || a.BitLen() == size*8)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " \t\r\n<>")
}

func isHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

// clip keeps foreign text that is quoted in a reason short.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "..."
	}
	return s
}
