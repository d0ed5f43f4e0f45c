package stix

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"pahra/wire/jsontree"
)

// textChecks tell whether a text is of a kind.
var textChecks = map[string]func(string) bool{"hex": validHex, "bin": validBinary, "lang": validLanguage, "url": validURL, "mime": validMediaType}

var textNames = map[string]string{"hex": "hexadecimal number of whole octets", "bin": "base64", "lang": "language tag of RFC 5646", "url": "URL", "mime": "media type"}

const hexDigits = "0123456789abcdefABCDEF"

func validHex(s string) bool { return s != "" && len(s)%2 == 0 && strings.Trim(s, hexDigits) == "" }

func validBinary(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil && s != "" && !strings.ContainsAny(s, "\r\n")
}

// validLanguage tells whether s has the form of a language tag (RFC 5646 section 2.1).
func validLanguage(s string) bool {
	first := true
	for part := range strings.SplitSeq(s, "-") {
		if part == "" || len(part) > 8 || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
		if first && (len(part) < 2 || strings.ContainsAny(part, "0123456789")) && !strings.EqualFold(part, "i") && !strings.EqualFold(part, "x") {
			return false
		}
		first = false
	}
	return true
}

// validURL tells whether s is a URL of RFC 3986.
func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && !strings.ContainsAny(s, " <>\"{}|\\^`") && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

// mediaTypes are the registered trees of media types.
var mediaTypes = []string{"application", "audio", "example", "font", "image", "message", "model", "multipart", "text", "video"}

func validMediaType(s string) bool {
	tree, subtype, _ := strings.Cut(s, "/")
	return slices.Contains(mediaTypes, tree) && subtype != "" && !strings.ContainsAny(subtype, "/ ")
}

// hashLengths is how many hexadecimal digits a hash of the standard's names has (section 10.7).
var hashLengths = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}

func validHash(algorithm, s string) bool {
	switch n, known := hashLengths[algorithm]; {
	case known:
		return len(s) == n && strings.Trim(s, hexDigits) == ""
	case algorithm == "SSDEEP":
		return s != "" && len(s) <= 150 && strings.Count(s, ":") <= 2 && !strings.ContainsAny(s, " \t\r\n")
	case algorithm == "TLSH":
		t := strings.TrimPrefix(s, "T1")
		return len(t) == 70 && strings.Trim(t, hexDigits) == ""
	}
	return s != ""
}

// validKey tells whether s can be a key of a dictionary (section 2.3): at most 250 of a–z, A–Z, 0–9, hyphen and underscore.
func validKey(s string) bool {
	if s == "" || len(s) > 250 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// dict checks a dictionary: any, one of texts, hashes, extensions, or the objects of observed-data of STIX 2.0.
func (c *checker) dict(v *jsontree.Value, kind, at string) {
	if len(v.Members) == 0 {
		c.fault(at, "it is empty")
	}
	if kind == "objects" {
		c.among = v
		defer func() { c.among = nil }()
	}
	for i := range v.Members {
		m := &v.Members[i]
		path := join(at, m.Name)
		switch {
		case kind == "extensions":
			c.extension(m, path)
			continue
		case kind == "objects":
			c.inner(&m.Value, path)
			continue
		case !validKey(m.Name) || kind == "hashes" && len(m.Name) < 3:
			c.fault(path, "this is no key of a dictionary")
		case m.Value.Kind == jsontree.Null:
			c.fault(path, "it is null")
		case m.Value.Kind == jsontree.Array && len(m.Value.Items) == 0:
			c.fault(path, "the list is empty")
		}
		switch kind {
		case "hashes":
			if c.is(&m.Value, jsontree.String, path) && !validHash(m.Name, m.Value.Text) {
				c.fault(path, "%.60q is no hash of that kind", m.Value.Text)
			}
		case "texts":
			if m.Value.Kind != jsontree.Array {
				c.is(&m.Value, jsontree.String, path)
			}
		case "scalars":
			if _, whole := m.Value.Int(); !whole {
				c.is(&m.Value, jsontree.String, path)
			}
		}
	}
}

// inner checks an object inside observed-data.
func (c *checker) inner(v *jsontree.Value, at string) {
	if !c.is(v, jsontree.Object, at) {
		return
	}
	t, known := tables.types[v.Get("type").Str()]
	switch {
	case known && t.Class == Observable:
		c.members(v, t, at)
	case known || !validTypeName(v.Get("type").Str()):
		c.fault(join(at, "type"), "%.60q is no type of an observable", v.Get("type").Str())
	}
}

// extension checks one extension of an object (section 7.3): a predefined one, one with a definition, or an older custom one.
func (c *checker) extension(m *jsontree.Member, at string) {
	if !c.is(&m.Value, jsontree.Object, at) {
		return
	}
	if len(m.Value.Members) == 0 {
		c.fault(at, "it is empty")
	}
	if t := c.extensionType(m.Name); t != nil {
		c.members(&m.Value, t, at)
		return
	}
	switch typ, _, err := SplitID(m.Name); {
	case err == nil && typ == "extension-definition":
		if kind := m.Value.Get("extension_type"); kind != nil {
			c.value(kind, tables.types["extension-definition"].Property("extension_types"), join(at, "extension_type"))
		} else if !c.old {
			c.fault(join(at, "extension_type"), "it is missing")
		}
	case !strings.HasSuffix(m.Name, "-ext") || !validTypeName(m.Name):
		c.fault(at, "this is no name of an extension")
	}
}

// extensionType gives the predefined extension of that name of the object's type; inside observed-data, of any type.
func (c *checker) extensionType(name string) *Type {
	for typ, list := range tables.extensions {
		if t := list[name]; t != nil && (c.among != nil || typ == c.object.Type()) {
			return t
		}
	}
	return nil
}

// validAddress tells whether s is an address or a network of a family.
func validAddress(s string, is func(netip.Addr) bool) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return is(a) && a.Zone() == ""
	}
	p, err := netip.ParsePrefix(s)
	return err == nil && is(p.Addr())
}
