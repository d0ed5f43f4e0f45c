package intake

import (
	"net/netip"
	"slices"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
)

// pair is one thing that a report says of an observable: the field that it goes to, and the name that it has among the
// extra ones where it has no field or does not fit it.
type pair struct {
	field string // "" if there is none
	extra string // without "extra."; "" if it need not be kept there
	value intelmq.Value
}

// text makes a pair of a text.
func textPair(field, extra, value string) pair {
	return pair{field, extra, intelmq.Value{Text: strings.ToValidUTF8(value, "\ufffd")}}
}

// jsonPair makes a pair of a value of JSON.
func jsonPair(field, extra string, v *jsontree.Value) pair {
	if v.Kind == jsontree.String {
		return textPair(field, extra, v.Text)
	}
	return pair{field, extra, jsonValue(v)}
}

// jsonValue gives a value of JSON as one of an event.
func jsonValue(v *jsontree.Value) intelmq.Value {
	switch v.Kind {
	case jsontree.String:
		return intelmq.Value{Text: v.Text}
	case jsontree.Null:
		return intelmq.Value{}
	case jsontree.Bool:
		return intelmq.Value{Text: v.Text, Kind: intelmq.Bool}
	case jsontree.Number:
		if n, whole := v.Int(); whole {
			c := jsontree.Int(n)
			return intelmq.Value{Text: c.Text, Kind: intelmq.Int}
		}
		return intelmq.Value{Text: v.Text, Kind: intelmq.Float}
	}
	return intelmq.Value{Text: string(v.Append(nil)), Kind: intelmq.Raw}
}

// fill puts what is said of one observable into an event. What does not fit its field, and what comes second for one, goes
// to the extra ones, as a list if there are several of a name.
func fill(e *intelmq.Event, pairs []pair) {
	rest := map[string][]intelmq.Value{}
	for _, p := range pairs {
		if p.value.Text == "" || p.field != "" && place(e, p) || p.extra == "" {
			continue
		}
		if list := rest[p.extra]; !slices.Contains(list, p.value) {
			rest[p.extra] = append(list, p.value)
		}
	}
	for name, list := range rest {
		if len(list) == 1 {
			addExtra(e, name, list[0])
		} else {
			addExtra(e, name, listOf(list))
		}
	}
}

// place puts a pair into its field, also with what hides an address taken out, unless something else is there.
func place(e *intelmq.Event, p pair) bool {
	was, there := e.Get(p.field)
	text := p.value.Text
	if strings.HasPrefix(p.field, "source.") || strings.HasPrefix(p.field, "destination.") {
		text = fang(text)
	}
	if e.Add(p.field, text) != nil {
		return false
	}
	if is, _ := e.Get(p.field); there && is != was {
		e.Set(p.field, was)
		return false
	}
	_, there = e.Get(p.field)
	return there
}

// fang takes out what is put into addresses so that nobody follows them by mistake.
func fang(s string) string {
	if !strings.ContainsAny(s, "[(") && !strings.Contains(s, "hxxp") {
		return s
	}
	return strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "[:]", ":", "[://]", "://", "[@]", "@", "hxxp", "http").Replace(s)
}

// listOf makes a list of values.
func listOf(list []intelmq.Value) intelmq.Value {
	var e intelmq.Event
	b := []byte{'['}
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		e.Reset()
		e.Set("", v)
		one := e.AppendJSON(nil)
		b = append(b, one[len(`{"":`):len(one)-1]...)
	}
	return intelmq.Value{Text: string(append(b, ']')), Kind: intelmq.Raw}
}

// textsOf makes a list of texts; none is nothing.
func textsOf(list []string) intelmq.Value {
	if len(list) == 0 {
		return intelmq.Value{}
	}
	values := make([]jsontree.Value, len(list))
	for i, s := range list {
		values[i] = jsontree.Str(s)
	}
	v := jsontree.List(values...)
	return jsonValue(&v)
}

// longestExtra is how many octets an extra value may have. A text is cut, all else left out: it stands in the raw report.
const longestExtra = 64 << 10

// addExtra puts a value that is there among the extra ones.
func addExtra(e *intelmq.Event, name string, v intelmq.Value) {
	if len(v.Text) > longestExtra && v.Kind == intelmq.String {
		v.Text = strings.ToValidUTF8(v.Text[:longestExtra], "")
	}
	if v.Text != "" && len(v.Text) <= longestExtra {
		e.Set(intelmq.Extra+name, v)
	}
}

// addressPair gives the pair of an address, or of a network if it is one.
func addressPair(side, extra, value string) pair {
	if p, err := netip.ParsePrefix(value); err == nil {
		if !p.IsSingleIP() {
			return textPair(side+".network", extra, p.Masked().String())
		}
		value = p.Addr().String()
	}
	return textPair(side+".ip", extra, value)
}

// hashFields are the fields of hashes by their names, in capitals without hyphens.
var hashFields = map[string]string{"MD5": "malware.hash.md5", "SHA1": "malware.hash.sha1", "SHA256": "malware.hash.sha256"}

// hashPair gives the pair of a hash.
func hashPair(algorithm, extra, value string) pair {
	return textPair(hashFields[strings.ReplaceAll(strings.ToUpper(algorithm), "-", "")], extra, value)
}
