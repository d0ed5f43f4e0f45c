package exchange

import (
	"encoding/hex"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// plainForms gives the ways to write a value that can be read without decoding.
func plainForms(kind agreement.Kind, text string) []string {
	forms := []string{text}
	if a, err := netip.ParseAddr(text); err == nil {
		return append(forms, addressForms(a.WithZone("").Unmap())...)
	}
	switch kind {
	case agreement.URL:
		if _, rest, found := strings.Cut(text, "://"); found {
			forms = append(forms, rest, strings.TrimRight(rest, "/"))
		}
	case agreement.Time:
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			t = t.UTC()
			forms = append(forms, t.Format("2006-01-02T15:04:05"), t.Format(time.DateTime), strconv.FormatInt(t.Unix(), 10))
		}
	case agreement.ASN:
		forms = append(forms, "AS"+text)
	}
	return forms
}

func addressForms(a netip.Addr) []string {
	if a.Is4() {
		b := a.As4()
		d := make([]string, 4)
		for i := range b {
			d[i] = strconv.Itoa(int(b[i]))
		}
		back := []string{d[3], d[2], d[1], d[0]}
		return []string{a.String(), strings.Join(d, "-"), strings.Join(d, "_"), strings.Join(back, "."), strings.Join(back, "-"),
			strconv.FormatUint(uint64(b[0])<<24|uint64(b[1])<<16|uint64(b[2])<<8|uint64(b[3]), 10), hex.EncodeToString(b[:])}
	}
	b := a.As16()
	digits := hex.EncodeToString(b[:])
	nibbles := make([]string, 0, 32)
	for i := len(digits) - 1; i >= 0; i-- {
		nibbles = append(nibbles, digits[i:i+1])
	}
	return []string{a.String(), a.StringExpanded(), strings.ReplaceAll(a.String(), ":", "-"), strings.ReplaceAll(a.StringExpanded(), ":", "-"),
		strings.Join(nibbles, "."), new(big.Int).SetBytes(b[:]).String(), digits}
}

// observableIDs gives the UUIDs that STIX makes of a value, as each observable that it may be.
func observableIDs(v value) (ids []string) {
	for _, l := range asObservables(v.kind) {
		ids = append(ids, observableID(l[0], l[1], jsontree.Str(v.text)))
	}
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil {
		ids = append(ids, observableID("autonomous-system", "number", jsontree.Int(n)))
	}
	return ids
}

func observableID(typ, property string, v jsontree.Value) string {
	o := &stix.Object{Tree: jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str(typ)}, jsontree.Member{Name: property, Value: v})}
	id, err := stix.ObservableID(o)
	if err != nil {
		panic(err) // the types are observables, and the values texts and whole numbers
	}
	_, uuid, _ := strings.Cut(id, "--")
	return strings.ReplaceAll(uuid, "-", "")
}
