package exchange

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
)

// told gives every form of a value that must not be found, made in the plainest way: it judges Search and the redaction.
func told(value string) map[string]string {
	forms := map[string]string{"raw": value, "capitals": strings.ToUpper(value), "hex": hex.EncodeToString([]byte(value)), "hex capitals": strings.ToUpper(hex.EncodeToString([]byte(value))),
		"base32": strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(value)), "="), "defanged": strings.ReplaceAll(value, ".", "[.]"), "defanged last": defangLast(value)}
	percent := ""
	for _, c := range []byte(value) {
		percent += fmt.Sprintf("%%%02X", c)
	}
	forms["percent"], forms["percent dots"], forms["percent twice"] = percent, strings.ReplaceAll(value, ".", "%2e"), strings.ReplaceAll(percent, "%", "%25")
	if strings.Contains(value, "://") {
		forms["defanged scheme"] = strings.Replace(value, "http", "hxxp", 1)
	}
	for offset := range 3 {
		b := base64.StdEncoding.EncodeToString([]byte("xyz"[:offset] + value + "tail"))
		forms[fmt.Sprint("base64 ", offset)] = b
	}
	for offset := range 5 {
		forms[fmt.Sprint("base32 ", offset)] = strings.TrimRight(base32.StdEncoding.EncodeToString([]byte("xyzxyz"[:offset]+value+"tail")), "=")
	}
	b := []byte(value)
	m, s1, s2, s5 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
	forms["MD5"], forms["SHA-1"], forms["SHA-256"], forms["SHA-512"] = hex.EncodeToString(m[:]), hex.EncodeToString(s1[:]), hex.EncodeToString(s2[:]), hex.EncodeToString(s5[:])
	typ := "domain-name"
	if a, err := netip.ParseAddr(value); err == nil && a.Is4() {
		q := a.As4()
		forms["integer"] = fmt.Sprint(uint32(q[0])<<24 | uint32(q[1])<<16 | uint32(q[2])<<8 | uint32(q[3]))
		forms["in-addr.arpa"] = fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", q[3], q[2], q[1], q[0])
		typ = "ipv4-addr"
	}
	uuid := sha1.Sum(append([]byte("\x00\xab\xed\xb4\xaa\x42\x46\x6c\x9c\x01\xfe\xd2\x33\x15\xa9\xb7"), fmt.Sprintf(`{"value":%q}`, value)...))
	uuid[6], uuid[8] = uuid[6]&0x0f|0x50, uuid[8]&0x3f|0x80
	forms["STIX id"] = fmt.Sprintf("%s--%x-%x-%x-%x-%x", typ, uuid[:4], uuid[4:6], uuid[6:8], uuid[8:10], uuid[10:16])
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("seen: " + value + "\n")) // into memory
	_ = w.Close()
	forms["gzip in base64"], forms["gzip in hex"] = base64.StdEncoding.EncodeToString(z.Bytes()), hex.EncodeToString(z.Bytes())
	return forms
}

// defangLast takes the last dot of a value apart.
func defangLast(value string) string {
	at := strings.LastIndex(value, ".")
	if at < 0 {
		return value
	}
	return value[:at] + "{dot}" + value[at+1:]
}

// TestForms: Search finds every form of a value, alone and inside other text, and nothing in what holds none.
func TestForms(t *testing.T) {
	for _, v := range []struct {
		kind agreement.Kind
		text string
	}{{agreement.Address, "198.51.100.237"}, {agreement.Domain, "login.bank-of-nadia.example"}, {agreement.URL, "http://login.bank.example/a?b=c"}, {agreement.Mail, "eve@bank.example"},
		{agreement.Address, "2001:db8::4f:1"}, {agreement.Time, "2026-03-24T12:34:56+00:00"}} {
		var s Search
		s.Add(v.kind, v.text)
		for name, form := range told(v.text) {
			for _, around := range []string{"%s", "seen %s twice", "q%s", "a=%s,b", "x\n%s\n", `{"note":"%s"}`} {
				if text := fmt.Sprintf(strings.ReplaceAll(around, "%s", "%[1]s"), form); !s.In(agreement.Text, text) {
					t.Errorf("%s: %s is not found in %q", v.text, name, text)
				}
			}
		}
		for _, clean := range []string{"", "nothing of it", "198.51.100.236", "the bank of nadia was told on Tuesday", strings.Repeat("c0ffee", 20), "H4sIAAAAAAAA/w=="} {
			if s.In(agreement.Text, clean) {
				t.Errorf("%s is found in %q", v.text, clean)
			}
		}
	}
	var s Search
	s.Add(agreement.Domain, "xn--bcher-kva.example")
	for _, text := range []string{"see bücher.example!", "BÜCHER.example", "http://bücher.example/x", "b%C3%BCcher.example"} {
		if !s.In(agreement.Text, text) {
			t.Errorf("the name in letters is not found in %q", text)
		}
	}
	s = Search{}
	s.Add(agreement.ASN, "701")
	for text, want := range map[string]bool{"from AS701": true, "from 701.": true, "port 7010": false, "1701": false} {
		if s.In(agreement.Text, text) != want {
			t.Errorf("AS701 in %q: want %v", text, want)
		}
	}
}

func TestIPv6Forms(t *testing.T) {
	var s Search
	s.Add(agreement.Address, "2001:db8::4f:1")
	for _, text := range []string{"2001:0db8:0000:0000:0000:0000:004f:0001", "2001:DB8::4F:1", "20010db800000000000000000004f0001"[:32] + "x", "2001-db8--4f-1",
		"1.0.0.0.f.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "42540766411282592856903984951659003905"} {
		if want := !strings.HasSuffix(text, "x"); s.In(agreement.Text, text) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
}

// TestRewrite: words that tell are taken out, the others and the space between them stay.
func TestRewrite(t *testing.T) {
	var s Search
	s.Add(agreement.Address, "192.0.2.7")
	for text, want := range map[string]string{
		"from 192.0.2.7 to\n port 22": "from [withheld] to\n port 22", "src=192.0.2[.]7,dst=a": "[withheld]", "nothing": "nothing", " a  b ": " a  b ",
		"host 3221225991 and c0000207": "host [withheld] and [withheld]",
	} {
		if got, clean := s.Rewrite(text); got != want || !clean {
			t.Errorf("%q becomes %q (%v), want %q", text, got, clean, want)
		}
	}
	if _, clean := s.Rewrite("192 dot 0 dot 2 dot 7"); clean {
		t.Error("what is spread over words is clean")
	}
}

// TestNothingLeaks: whatever withheld values are hidden in texts, in whatever form, the copy does not tell them.
func TestNothingLeaks(t *testing.T) {
	red, table := exampleRedactor(t)
	rewritten, kept := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEvent(rt)
		secret := e.Text(rapid.SampledFrom([]string{"source.ip", "source.fqdn", "source.url", "extra.session"}).Draw(rt, "secret"))
		forms := told(secret)
		names := make([]string, 0, len(forms))
		for name := range forms {
			names = append(names, name)
		}
		form := forms[rapid.SampledFrom(sorted(names)).Draw(rt, "form")]
		carrier := rapid.SampledFrom([]string{"event_description.text", "comment", "extra.note", "extra.json", "destination.url", "malware.name", "extra." + strings.ToLower(strings.Map(plainSign, secret))}).Draw(rt, "carrier")
		put := intelmq.Value{Text: fmt.Sprintf(rapid.SampledFrom([]string{"%s", "bot at %s, port 80", "a=%s;b"}).Draw(rt, "around"), form)}
		if carrier == "extra.json" {
			put = intelmq.Value{Kind: intelmq.Raw, Text: fmt.Sprintf(`{"a":[%q]}`, put.Text)}
		}
		e.Set(carrier, put)
		d := table.Decide(EventFacts(e, kinds(t)), signedRequest())
		out, lines := red.Event(e, &d)
		if out == nil {
			rt.Fatalf("nothing leaves: %s", &d)
		}
		text := out.AppendJSON(nil)
		for name, f := range forms {
			if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(f))) {
				rt.Fatalf("%s of %q (%s, in %s) is in %s", name, secret, form, carrier, text)
			}
		}
		for _, l := range lines {
			switch {
			case l.Field != carrier:
			case l.Action == "rewrite":
				rewritten++
			case l.Clause == FloorLeak:
				kept++
			}
		}
	})
	if rewritten == 0 || kept == 0 {
		t.Errorf("%d texts were rewritten, %d replaced or dropped", rewritten, kept)
	}
}

// TestNamesOfFields: a field whose name tells what is withheld is dropped, whatever becomes of its value; what a partner's copy had
// is not passed on.
func TestNamesOfFields(t *testing.T) {
	red, _ := redactor(t, strings.Replace(exampleText(t), "action: release, fields: [extra.*]", "action: replace, fields: [extra.*]", 1), 7)
	e := parse(t, phishing)
	e.Set("extra.login.bank.example", intelmq.Value{Text: "seen"})
	e.Set("extra.shared.source.ip", intelmq.Value{Text: "203.0.113.0/24"})
	_, lines, d := red.Simulate(e, EventFacts(e, kinds(t)), signedRequest())
	for _, l := range lines {
		switch {
		case l.Field == "extra.login.bank.example" && (l.After != nil || l.Clause != FloorLeak), l.Field == "extra.shared.source.ip" && (l.After != nil || l.Clause != agreement.FloorInternal):
			t.Errorf("%s: %+v", Cited(&d, l), l)
		}
	}
}

// plainSign keeps the signs of a field's name.
func plainSign(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' {
		return r
	}
	return -1
}

// TestBomb: what unpacks without end is not looked through, and does not leave.
func TestBomb(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(make([]byte, 64<<20)) // into memory
	_ = w.Close()
	nested := strings.Repeat("nothing to see here, ", 2000)
	for range 4 {
		nested = base64.StdEncoding.EncodeToString([]byte(nested))
	}
	var s Search
	s.Add(agreement.Address, "192.0.2.7")
	for _, bomb := range []string{base64.StdEncoding.EncodeToString(z.Bytes()), strings.Repeat(base64.StdEncoding.EncodeToString(z.Bytes()[:2000])+" ", 100), nested + strings.Repeat("A", mostUnpacked+1)} {
		if !s.In(agreement.Text, bomb) {
			t.Errorf("%d octets that cannot be looked through pass", len(bomb))
		}
	}
	if s.In(agreement.Text, "192.0.2.6") {
		t.Error("what was spent is not given back")
	}
}

// TestEffort: an object that is made to be slow to search is not let through, and takes a bounded time.
func TestEffort(t *testing.T) {
	var s Search
	for i := range 2000 {
		s.Add(agreement.Domain, fmt.Sprintf("host-%d.example", i))
	}
	long := strings.Repeat("c29tZSB0ZXh0IGFuZCBub3RoaW5nIGVsc2Uu", 20000)
	kept := 0
	for range 200 {
		if s.In(agreement.Text, long) {
			kept++
		}
	}
	if kept == 0 || !s.In(agreement.Text, "a") {
		t.Errorf("%d of 200 long texts are kept", kept)
	}
}

// FuzzSearch: what is put into a text is found, whatever is around it.
func FuzzSearch(f *testing.F) {
	f.Add("seen ", 0, " twice")
	f.Add("H4sIAAAA", 7, "==")
	f.Add("%25", 12, "[")
	f.Fuzz(func(t *testing.T, before string, which int, after string) {
		const secret = "198.51.100.237"
		var s Search
		s.Add(agreement.Address, secret)
		forms := told(secret)
		names := make([]string, 0, len(forms))
		for name := range forms {
			names = append(names, name)
		}
		name := sorted(names)[uint(which)%uint(len(names))]
		if !s.In(agreement.Text, before+" "+forms[name]+" "+after) {
			t.Errorf("%s is not found behind %q and before %q", name, before, after)
		}
		s.In(agreement.Text, before+after)
		if rest, clean := s.Rewrite(before + " " + secret + after); clean && strings.Contains(rest, secret) {
			t.Errorf("%q is clean", rest)
		}
	})
}
