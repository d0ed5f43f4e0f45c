package exchange

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// stixRules are added to the example's field matrix: what STIX needs by its own names.
const stixRules = `      - {clause: "5.13", action: release, fields: [url.value, file.name, file.hashes, identity.name]}
      - {clause: "5.14", action: drop, fields: [identity.contact_information, file.size]}
`

// stixText is the example agreement with stixRules, in which addresses are ruled on by their sides alone.
func stixText(t testing.TB) string {
	return strings.Replace(strings.Replace(exampleText(t), ", ipv4-addr.value, ipv6-addr.value]", "]", 1), "      - {clause: \"5.12\"", stixRules+"      - {clause: \"5.12\"", 1)
}

func object(t testing.TB, text string) *stix.Object {
	t.Helper()
	o, err := stix.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return o
}

// observable makes an observable with its deterministic id.
func observable(t testing.TB, typ, rest string) *stix.Object {
	t.Helper()
	o := object(t, fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":"%s--00000000-0000-4000-8000-000000000000",%s}`, typ, typ, rest))
	id, err := stix.ObservableID(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Tree.Set("id", jsontree.Str(id))
	return o
}

func uuid(n int) string { return fmt.Sprintf("%08x-1111-4111-8111-111111111111", n) }

const stamps = `"created":"2026-03-24T12:34:56.789Z","modified":"2026-03-24T12:35:56.789Z"`

// hit is what a set is made of.
type hit struct{ source, target, domain, session, tlp string }

// drawHit draws one.
func drawHit(t *rapid.T) hit {
	return hit{fmt.Sprintf("198.51.%d.%d", rapid.IntRange(100, 255).Draw(t, "third"), rapid.IntRange(100, 254).Draw(t, "host")), "192.0.2.99",
		rapid.StringMatching(`[a-z]{6,9}\.[a-z]{5,8}-x\.example`).Draw(t, "domain"), rapid.StringMatching(`[a-z0-9]{8}\.[a-z0-9]{8}`).Draw(t, "session"), "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"}
}

var exampleHit = hit{"198.51.100.237", "192.0.2.9", "login.bank.example", "hunter22.sesame00", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"}

// objects gives a story: traffic from a masked address to one in scope, a domain whose name is pseudonymised, a file, an indicator of
// each, what ties them, and texts that tell of what is withheld.
func (h hit) objects(t testing.TB) []*stix.Object {
	src, dst := observable(t, "ipv4-addr", fmt.Sprintf(`"value":%q`, h.source)), observable(t, "ipv4-addr", fmt.Sprintf(`"value":%q`, h.target))
	domain := observable(t, "domain-name", fmt.Sprintf(`"value":%q,"resolves_to_refs":[%q]`, h.domain, src.ID()))
	traffic := observable(t, "network-traffic", fmt.Sprintf(`"src_ref":%q,"dst_ref":%q,"dst_port":443,"protocols":["tcp"]`, src.ID(), dst.ID()))
	file := observable(t, "file", fmt.Sprintf(`"hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"},"name":"kit for %s.zip","size":987654`, h.domain))
	mark := fmt.Sprintf(`"object_marking_refs":["marking-definition--%s"]`, h.tlp)
	sdo := func(typ string, n int, rest string) *stix.Object {
		return object(t, fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":"%s--%s",%s,%s,%s}`, typ, typ, uuid(n), stamps, mark, rest))
	}
	data := sdo("observed-data", 1, fmt.Sprintf(`"first_observed":"2026-03-24T12:34:50Z","last_observed":"2026-03-24T12:34:56Z","number_observed":3,"object_refs":[%q,%q,%q,%q,%q]`,
		traffic.ID(), src.ID(), dst.ID(), domain.ID(), file.ID()))
	ind := sdo("indicator", 2, fmt.Sprintf(`"name":"traffic from %s","description":"seen with %s, id %s","labels":["rsit:fraud=\"phishing\""],"pattern":"[ipv4-addr:value = '%s']",
		"pattern_type":"stix","valid_from":"2026-03-24T12:34:56Z","valid_until":"2026-03-24T12:59:56Z","lang":"en","external_references":[{"source_name":"ticket","external_id":%q}]`,
		strings.ReplaceAll(h.source, ".", "[.]"), h.session, data.ID(), h.source, h.session))
	named := sdo("indicator", 3, fmt.Sprintf(`"name":"a name","pattern":"[domain-name:value = '%s']","pattern_type":"stix","valid_from":"2026-03-24T12:34:56Z"`, h.domain))
	victim := sdo("identity", 4, fmt.Sprintf(`"name":"Bank of %s","contact_information":%q,"x_note":%q`, h.domain, h.session, h.session))
	rel := sdo("relationship", 5, fmt.Sprintf(`"relationship_type":"based-on","source_ref":%q,"target_ref":%q`, ind.ID(), data.ID()))
	gone := sdo("relationship", 6, fmt.Sprintf(`"relationship_type":"based-on","source_ref":%q,"target_ref":%q`, named.ID(), data.ID()))
	sight := sdo("sighting", 7, fmt.Sprintf(`"sighting_of_ref":%q,"observed_data_refs":[%q],"where_sighted_refs":[%q]`, ind.ID(), data.ID(), victim.ID()))
	note := sdo("note", 8, fmt.Sprintf(`"content":"it is %x","object_refs":[%q,"malware--%s"],"granular_markings":[{"marking_ref":"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421","selectors":["content"]}]`,
		h.source, ind.ID(), uuid(99)))
	return []*stix.Object{data, src, dst, domain, traffic, file, ind, named, victim, rel, gone, sight, note}
}

func (h hit) withheld() []string { return []string{h.source, h.domain, h.session, "987654"} }

// find gives the copy of a type that has a property with a text in it.
func find(objects []*stix.Object, typ, holds string) *stix.Object {
	i := slices.IndexFunc(objects, func(o *stix.Object) bool {
		return o.Type() == typ && bytes.Contains(o.Append(nil), []byte(holds))
	})
	if i < 0 {
		return nil
	}
	return objects[i]
}

// checkCopies makes sure that copies keep the standard, refer to nothing that is not there, and come from the sender.
func checkCopies(t interface{ Fatalf(string, ...any) }, objects []*stix.Object) {
	ids := map[string]bool{}
	for _, o := range objects {
		if ids[o.ID()] {
			t.Fatalf("%s is there twice", o.ID())
		}
		ids[o.ID()] = true
	}
	for _, o := range objects {
		if faults := o.Check(); len(faults) > 0 {
			t.Fatalf("%s: %v", o.Append(nil), faults)
		}
		for _, id := range append(references(&o.Tree), o.AllMarks()...) {
			if !ids[id] {
				t.Fatalf("%s refers to %s, which is not there", o.Append(nil), id)
			}
		}
		typ, _ := stix.TypeOf(o.Type())
		if by := o.Text("created_by_ref"); (typ.Class == stix.Domain || typ.Class == stix.Relationship) && o.Type() != "identity" && by != objects[0].ID() {
			t.Fatalf("%s is by %q", o.ID(), by)
		}
		if want, err := stix.ObservableID(o); err == nil && want != "" && want != o.ID() {
			t.Fatalf("%s has not the id of its value, %s", o.Append(nil), want)
		}
	}
}

// TestStixCopies: a story under the example agreement, object by object.
func TestStixCopies(t *testing.T) {
	red, _ := redactor(t, stixText(t), 7)
	in := exampleHit.objects(t)
	c := red.Objects(in, kinds(t), signedRequest())
	checkCopies(t, c.Objects)
	if len(c.Stories) != 1 || c.Stories[0].Decision.Verdict != agreement.Released {
		t.Fatalf("%+v", c.Stories)
	}
	var away []string
	for _, l := range c.Stories[0].Lines {
		if l.Action == "withhold" {
			away = append(away, l.Object[:9]+" "+string(l.Clause))
		}
	}
	if want := []string{"domain-na 5.6", "indicator 5.6", "relations floor: reference"}; !slices.Equal(sorted(away), want) {
		t.Errorf("withheld are %q, want %q", away, want)
	}
	masked := observable(t, "ipv4-addr", `"value":"198.51.100.0/24"`).ID()
	strict := stix.TLPMarking(4).ID()
	for _, want := range [][2]string{{"ipv4-addr", `"value":"198.51.100.0/24"`}, {"ipv4-addr", `"value":"192.0.2.9"`}, {"network-traffic", `"src_ref":"` + masked + `"`},
		{"indicator", `"pattern":"[ipv4-addr:value = '198.51.100.0/24']"`}, {"indicator", `"name":"traffic from [withheld]","description":"seen with [withheld] id [withheld]"`},
		{"indicator", `"valid_from":"2026-03-24T12:00:00.000Z"`}, {"observed-data", `"first_observed":"2026-03-24T12:00:00.000Z","last_observed":"2026-03-24T12:00:00.000Z"`},
		{"observed-data", `"` + StixExtension + `":{"extension_type":"property-extension","observed":[{"property":"domain-name.value","stands_in":"p:`}, {"observed-data", `"object_marking_refs":["` + strict},
		{"file", `"name":"kit for [withheld]"`}, {"identity", "CERT-Nadia"}, {"relationship", "based-on"}, {"sighting", "observed_data_refs"}, {"note", `"content":"it is [withheld]"`},
		{"marking-definition", `"tlp_2_0":"amber+strict"`}} {
		if find(c.Objects, want[0], want[1]) == nil {
			t.Errorf("no %s with %s in %s", want[0], want[1], red.Bundle(c.Objects))
		}
	}
	for typ, n := range map[string]int{"indicator": 1, "relationship": 1, "domain-name": 0, "identity": 2, "note": 1} {
		got := 0
		for _, o := range c.Objects {
			if o.Type() == typ {
				got++
			}
		}
		if got != n {
			t.Errorf("%d objects of type %s, want %d", got, typ, n)
		}
	}
	if find(c.Objects, "indicator", "valid_until") != nil || bytes.Contains(red.Bundle(c.Objects), []byte("lang")) || bytes.Contains(red.Bundle(c.Objects), []byte("x_note")) {
		t.Errorf("what must not leave is in %s", red.Bundle(c.Objects))
	}
	r := stix.NewReader(bytes.NewReader(red.Bundle(c.Objects)))
	n := 0
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != len(c.Objects) {
		t.Errorf("%d objects of %d are read from the bundle", n, len(c.Objects))
	}
}

// TestStixRefused: what speaks against a story keeps all of it.
func TestStixRefused(t *testing.T) {
	red, _ := redactor(t, stixText(t), 7)
	change := func(o *stix.Object, name, json string) {
		v, err := jsontree.Parse([]byte(json), jsontree.Limits{Size: 1 << 20, Depth: 9, Values: 99})
		if err != nil {
			t.Fatal(err)
		}
		o.Tree.Set(name, v)
	}
	for want, f := range map[agreement.Clause]func(in []*stix.Object) []*stix.Object{
		agreement.FloorTLP: func(in []*stix.Object) []*stix.Object {
			change(in[6], "object_marking_refs", `["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]`)
			return in
		},
		agreement.FloorUnsound: func(in []*stix.Object) []*stix.Object {
			change(in[6], "object_marking_refs", `["marking-definition--11111111-391a-4eb3-b6be-7d15ca92d5ed"]`)
			return in
		},
		"4.6": func(in []*stix.Object) []*stix.Object {
			change(in[6], "created_by_ref", `"identity--`+uuid(77)+`"`)
			return append(in, object(t, `{"type":"identity","spec_version":"2.1","id":"identity--`+uuid(77)+`",`+stamps+`,"name":"cert-third"}`))
		},
		"4.4": func(in []*stix.Object) []*stix.Object {
			change(in[6], "labels", `["rsit:abusive-content=\"spam\""]`)
			return in
		},
		agreement.FloorDefault: func(in []*stix.Object) []*stix.Object { in[6].Tree.Delete("labels"); return in },
		"4.5": func(in []*stix.Object) []*stix.Object {
			h := exampleHit
			h.target = "203.0.113.1"
			return h.objects(t)
		},
		"": func(in []*stix.Object) []*stix.Object {
			change(in[6], "created_by_ref", `"identity--`+uuid(78)+`"`)
			return append(in, object(t, `{"type":"identity","spec_version":"2.1","id":"identity--`+uuid(78)+`",`+stamps+`,"name":"cert-nadia"}`))
		},
	} {
		c := red.Objects(f(exampleHit.objects(t)), kinds(t), signedRequest())
		if got := c.Stories[0].Decision.Clause; got != want || (c.Objects == nil) != (want != "") {
			t.Errorf("%v: refused by %q", want, got)
		}
	}
	in := exampleHit.objects(t)
	other := in[6].Tree.Clone()
	other.Set("name", jsontree.Str("another"))
	if c := red.Objects(append(in, &stix.Object{Tree: other}), kinds(t), signedRequest()); c.Stories[0].Decision.Clause != agreement.FloorUnsound {
		t.Errorf("two of one id and time: %s", &c.Stories[0].Decision)
	}
	other.Set("modified", jsontree.Str("2026-03-24T12:36:00.000Z"))
	if c := red.Objects(append(in, &stix.Object{Tree: other}), kinds(t), signedRequest()); find(c.Objects, "indicator", `"name":"another"`) == nil {
		t.Error("the later version does not count")
	}
	in = exampleHit.objects(t)
	change(in[12], "granular_markings", `[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["content"]}]`)
	if c := red.Objects(in, kinds(t), signedRequest()); find(c.Objects, "note", "") != nil || find(c.Objects, "indicator", "") == nil {
		t.Error("a note leaves whose content is marked TLP:RED, or nothing else does")
	}
}

// TestStixStandIns: what leaves keeps the standard, is the same each time, tells nothing that is withheld, and shares no id with what
// another partner gets but of observables that both get whole.
func TestStixStandIns(t *testing.T) {
	one, _ := redactor(t, stixText(t), 7)
	two, _ := redactor(t, strings.Replace(stixText(t), "id: nadia-atlantica", "id: nadia-oceania", 1), 7)
	tables := kinds(t)
	fixed := regexp.MustCompile(`^(ipv4-addr|file|network-traffic|marking-definition|extension-definition)--`)
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHit(rt)
		a := one.Objects(h.objects(t), tables, signedRequest())
		b := two.Objects(h.objects(t), tables, signedRequest())
		checkCopies(rt, a.Objects)
		text := one.Bundle(a.Objects)
		if again := one.Objects(h.objects(t), tables, signedRequest()); !bytes.Equal(text, one.Bundle(again.Objects)) {
			rt.Fatal("the same is released in two ways")
		}
		if len(a.Objects) < 10 {
			rt.Fatalf("only %d objects leave", len(a.Objects))
		}
		for _, v := range h.withheld() {
			for name, form := range told(v) {
				if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(form))) {
					rt.Fatalf("%s of %s is in %s", name, v, text)
				}
			}
		}
		for _, o := range h.objects(t) {
			if typ, _ := stix.TypeOf(o.Type()); typ.Class != stix.Observable && bytes.Contains(text, []byte(o.ID()[len(o.Type()):])) {
				rt.Fatalf("the id %s is in %s", o.ID(), text)
			}
		}
		for _, o := range b.Objects {
			if !fixed.MatchString(o.ID()) && bytes.Contains(text, []byte(o.ID())) {
				rt.Fatalf("both partners get %s", o.ID())
			}
		}
	})
}

// TestStixInversion: no id in what leaves is one that trying all addresses of a /16 finds.
func TestStixInversion(t *testing.T) {
	red, _ := redactor(t, stixText(t), 7)
	c := red.Objects(exampleHit.objects(t), kinds(t), signedRequest())
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).FindAllString(string(red.Bundle(c.Objects)), -1) {
		ids[m] = true
	}
	try := func(in map[string]bool) (found string) {
		for a := netip.MustParseAddr("198.51.0.0"); a.Less(netip.MustParseAddr("198.52.0.0")); a = a.Next() {
			id := observableID("ipv4-addr", "value", jsontree.Str(a.String()))
			if in[id[:8]+"-"+id[8:12]+"-"+id[12:16]+"-"+id[16:20]+"-"+id[20:]] {
				found = a.String()
			}
		}
		return found
	}
	if found := try(ids); found != "" {
		t.Errorf("%s is found by its id", found)
	}
	_, own, _ := stix.SplitID(exampleHit.objects(t)[1].ID())
	if found := try(map[string]bool{own: true}); found != exampleHit.source {
		t.Errorf("the search finds %q of the id at home", found)
	}
}

// TestStixLargeStory: a story of very many objects takes a time that grows with it and no faster, also where one object after the other
// falls because the next does.
func TestStixLargeStory(t *testing.T) {
	red, _ := redactor(t, stixText(t), 7)
	const n = 4000
	mark := `"object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]`
	var in []*stix.Object
	for i := range n { // each note needs the one before, and the first an object that does not leave
		to := "note--" + uuid(i-1)
		if i == 0 {
			to = "location--" + uuid(0)
		}
		in = append(in, object(t, fmt.Sprintf(`{"type":"note","spec_version":"2.1","id":"note--%s",%s,%s,"content":"of host-%d.example and 198.51.%d.%d","object_refs":[%q],"labels":["rsit:fraud=\"phishing\""]}`,
			uuid(i), stamps, mark, i, i/250, i%250, to)))
	}
	in = append(in, object(t, fmt.Sprintf(`{"type":"location","spec_version":"2.1","id":"location--%s",%s,%s,"country":"XU","revoked":true}`, uuid(0), stamps, mark)))
	in = append(in, object(t, fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s",%s,%s,"pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-03-24T12:34:56Z"}`,
		uuid(0), stamps, mark)), object(t, fmt.Sprintf(`{"type":"relationship","spec_version":"2.1","id":"relationship--%s",%s,%s,"relationship_type":"related-to","source_ref":"indicator--%s","target_ref":"note--%s"}`,
		uuid(0), stamps, mark, uuid(0), uuid(n/2))))
	slices.Reverse(in)
	start := time.Now()
	c := red.Objects(in, kinds(t), signedRequest())
	if len(c.Stories) != 1 || find(c.Objects, "note", "") != nil || find(c.Objects, "indicator", "") == nil {
		t.Fatalf("%d stories, %d objects leave", len(c.Stories), len(c.Objects))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it takes %s", took)
	}
}
