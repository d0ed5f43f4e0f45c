package intelmq

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiName gives a name in lower case, its labels that are not ASCII in the Punycode of RFC 3492 behind "xn--", or says
// that it cannot be one: a label is empty or longer than 63 octets. Letters are only put in lower case, not composed
// otherwise (nameprep): names in reports come from the DNS.
func asciiName(s string) (string, bool) {
	from, upper := 0, false
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if i == from || i-from > 63 {
				return "", false
			}
			from = i + 1
			continue
		}
		if s[i] < ' ' || s[i] == 0x7f {
			return "", false
		}
		if s[i] >= utf8.RuneSelf {
			return punyName(s)
		}
		upper = upper || s[i] >= 'A' && s[i] <= 'Z'
	}
	if upper {
		s = strings.ToLower(s)
	}
	return s, true
}

func punyName(s string) (string, bool) {
	if len(s) > 1024 || !utf8.ValidString(s) {
		return "", false
	}
	labels := strings.FieldsFunc(strings.ToLower(s), isDot)
	if len(labels) != strings.Count(s, ".")+strings.Count(s, "。")+strings.Count(s, "．")+strings.Count(s, "｡")+1 {
		return "", false // one is empty
	}
	for i, l := range labels {
		if strings.IndexFunc(l, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
			labels[i] = "xn--" + punycode([]rune(l))
		}
		if len(labels[i]) > 63 || strings.ContainsFunc(l, unicode.IsControl) {
			return "", false
		}
	}
	return strings.Join(labels, "."), true
}

// isDot tells the dots of RFC 3490.
func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

// punycode is the encoding of RFC 3492, section 6.3.
func punycode(label []rune) string {
	const first, startBias = 128, 72
	var out strings.Builder
	for _, r := range label {
		if r < first {
			out.WriteRune(r)
		}
	}
	basic := out.Len()
	if basic > 0 {
		out.WriteByte('-')
	}
	n, delta, bias := rune(first), 0, startBias
	for done := basic; done < len(label); {
		next := rune(utf8.MaxRune)
		for _, r := range label {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r == n {
				variable(&out, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return out.String()
}

// The parameters of RFC 3492, section 5.
const (
	base  = 36
	tMin  = 1
	tMax  = 26
	skew  = 38
	dampe = 700
)

// variable writes a number as digits of variable base.
func variable(out *strings.Builder, q, bias int) {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := base; ; k += base {
		t := min(max(k-bias, tMin), tMax)
		if q < t {
			out.WriteByte(digits[q])
			return
		}
		out.WriteByte(digits[t+(q-t)%(base-t)])
		q = (q - t) / (base - t)
	}
}

func adapt(delta, points int, first bool) int {
	if first {
		delta /= dampe
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (base-tMin)*tMax/2; k += base {
		delta /= base - tMin
	}
	return k + (base-tMin+1)*delta/(delta+skew)
}
