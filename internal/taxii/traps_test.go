package taxii_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// codes are requests and the status that each must get.
func (r *rig) codes(list map[string]int, change ...one) {
	r.t.Helper()
	for what, want := range list {
		method, path, _ := strings.Cut(what, " ")
		if a := r.ask(method, path, "", change...); a.code != want {
			r.t.Errorf("%s gives %d, want %d: %s", what, a.code, want, a.body)
		}
	}
}

// TestTraps has a test for each row of what servers of TAXII 2.1 get wrong.
func TestTraps(t *testing.T) {
	for name, test := range map[string]func(*rig){
		"discovery: root of the server, paths end with a slash":   trapDiscovery,
		"media: unversioned Accept is the latest, others 406":     trapAccept,
		"media: POST with another Content-Type is 415":            trapContentType,
		"timestamps: six digits, versions verbatim":               trapTimes,
		"endpoints: collections sorted by id, alias in the URL":   trapCollections,
		"paging: limit 0, -1, abc":                                trapLimit,
		"paging: more and next, to the end":                       trapPaging,
		"paging: next= empty is absent":                           trapEmptyNext,
		"headers: date added first and last":                      trapHeaders,
		"order: ascending, from the oldest":                       trapOrder,
		"added_after: strictly greater":                           trapAddedAfterStrict,
		"added_after: once, well formed":                          trapAddedAfterForm,
		"match: id, type, version, spec_version":                  trapMatch,
		"match: version=all stands alone":                         trapAllAlone,
		"match: a field twice is 400":                             trapMatchTwice,
		"match: an unknown type gives {}":                         trapUnknownType,
		"match: spec_version, the latest by default":              trapSpecVersion,
		"empty: {} for envelope, collections, manifest, versions": trapEmpty,
		"version: modified, created, date_added":                  trapVersionOf,
		"POST: 202 and a status":                                  trapPost,
		"POST: exact duplicates do not fail":                      trapDuplicates,
		"POST: 413 is for bytes, 422 for meaning":                 trapTooMuch,
		"status: kept for a day, for who posted":                  trapStatusKept,
		"DELETE: by read and write":                               trapDeleteMatrix,
		"DELETE: versions, then 404":                              trapDelete,
		"errors: of every kind, in the form of TAXII":             trapErrors,
		"auth: 401 with WWW-Authenticate":                         trapAuth,
		"auth: who may not read gets 403 or 404":                  trapRights,
		"custom: x_ properties are taken and given back":          trapCustom,
	} {
		t.Run(name, func(t *testing.T) { test(newRig(t)) })
	}
}

func trapDiscovery(r *rig) {
	a := r.get("/taxii2/")
	if want := `{"title":"Test","default":"/taxii2/pahra/","api_roots":["/taxii2/pahra/"]}`; a.body != want {
		r.t.Errorf("discovery is %s", a.body)
	}
	if a := r.get(""); !strings.Contains(a.body, `"versions":["application/taxii+json;version=2.1"]`) || !strings.Contains(a.body, `"max_content_length":10485760`) {
		r.t.Errorf("the root is %s", a.body)
	}
	r.codes(map[string]int{"GET /taxii2": 200, "GET collections": 200, "GET /": 404, "GET /taxii2/other/": 404, "GET nothing/": 404, "GET collections/" + commons + "/nothing/": 404,
		"GET collections/" + commons + "/objects/x/versions/y/": 404, "GET status/": 404, "GET //taxii2/": 404})
}

func trapAccept(r *rig) {
	for accept, want := range map[string]int{
		"application/taxii+json": 200, "application/taxii+json;version=2.1": 200, "": 200, "*/*": 200, "text/html;q=0.9, application/taxii+json; version=2.1": 200,
		"application/taxii+json;version=2.0": 406, "application/json": 406, "application/vnd.oasis.taxii+json;version=2.0": 406, "application/taxii+json;version=2.1;q=0": 406,
	} {
		r.codes(map[string]int{"GET /taxii2/": want, "GET collections/" + commons + "/objects/": want}, header("Accept", accept))
	}
}

func trapContentType(r *rig) {
	for media, want := range map[string]int{
		"application/taxii+json;version=2.1": 202, "application/taxii+json": 202, "application/taxii+json; version=2.1; charset=utf-8": 202,
		"application/json": 415, "application/taxii+json;version=2.0": 415, "application/stix+json;version=2.1": 415, "": 415,
	} {
		if a := r.ask("POST", "collections/commons/objects/", envelope(address(1)), header("Content-Type", media)); a.code != want {
			r.t.Errorf("Content-Type %q gives %d, want %d", media, a.code, want)
		}
	}
}

func trapTimes(r *rig) {
	written := []string{"2016-01-01T01:01:01.000Z", "2016-01-02T01:01:01.5Z", "2016-01-03T01:01:01.123456789Z", "2016-01-04T01:01:01Z"}
	for _, v := range written {
		r.post(commons, indicator(1, v))
	}
	p, _ := r.page(r.get("collections/commons/objects/" + indicatorID(1) + "/versions/"))
	if !slices.Equal(p.Versions, written) {
		r.t.Errorf("versions are %v, posted were %v", p.Versions, written)
	}
	m := r.get("collections/commons/manifest/?match[version]=all")
	for n, v := range written {
		if !strings.Contains(m.body, `"version":"`+v+`"`) || !strings.Contains(m.body, fmt.Sprintf(`"date_added":"2026-03-04T05:06:07.%06dZ"`, n)) {
			r.t.Errorf("%s is not as it was written in %s", v, m.body)
		}
	}
}

func trapCollections(r *rig) {
	var list struct {
		Collections []struct {
			ID       string
			CanRead  bool     `json:"can_read"`
			CanWrite bool     `json:"can_write"`
			Media    []string `json:"media_types"`
		}
	}
	if err := json.Unmarshal([]byte(r.get("collections/").body), &list); err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, c := range list.Collections {
		got = append(got, fmt.Sprint(c.ID, " ", c.CanRead, c.CanWrite, len(c.Media)))
	}
	if want := []string{readable + " true false 2", fillable + " false true 2", commons + " true true 2"}; !slices.Equal(got, want) {
		r.t.Errorf("the collections are %v, want %v", got, want)
	}
	if a, b := r.get("collections/commons/"), r.get("collections/"+commons+"/"); a.body != b.body {
		r.t.Errorf("by its alias the collection is %s, by its id %s", a.body, b.body)
	}
	if a := r.get("collections/", as("ncsc")); strings.Contains(a.body, fillable) || !strings.Contains(a.body, inbox) {
		r.t.Errorf("a partner sees %s", a.body)
	}
}

func trapLimit(r *rig) {
	r.post(commons, address(1), address(2))
	for _, below := range []string{"objects/", "manifest/", "objects/" + addressID(1) + "/", "objects/" + addressID(1) + "/versions/"} {
		for limit, want := range map[string]int{"0": 400, "-1": 400, "abc": 400, "": 400, "1.5": 400, "1": 200, "1000000": 200, "99999999999999999999": 200} {
			r.codes(map[string]int{"GET collections/commons/" + below + "?limit=" + limit: want})
		}
		r.codes(map[string]int{"GET collections/commons/" + below + "?limit=1&limit=2": 400})
	}
}

func trapPaging(r *rig) {
	for n := range 10 {
		r.post(commons, indicator(n, "2016-01-01T01:01:01.000Z"), address(n))
	}
	for path, total := range map[string]int{"objects/?": 20, "manifest/?": 20, "objects/?match[type]=indicator&": 10, "objects/?match[type]=ipv4-addr,indicator&": 20,
		"objects/?match[version]=all&": 20, "manifest/?added_after=2026-03-04T05:06:07.000009Z&": 10} {
		seen, next, pages := map[string]bool{}, "", 0
		for {
			a := r.get("collections/commons/" + path + "limit=3&next=" + next)
			p, ids := r.page(a)
			for _, id := range ids {
				if seen[id] {
					r.t.Errorf("%s: %s comes twice", path, id)
				}
				seen[id] = true
			}
			pages++
			if p.More != (p.Next != "") || p.More && len(ids) != 3 {
				r.t.Errorf("%s: more is %v, next %q, with %d objects", path, p.More, p.Next, len(ids))
			}
			if next = p.Next; !p.More {
				break
			}
		}
		if len(seen) != total || pages != (total+2)/3 {
			r.t.Errorf("%s: %d of %d objects in %d pages", path, len(seen), total, pages)
		}
	}
	// Versions page as well, and so does a client that knows added_after alone.
	for n := range 5 {
		r.post(commons, indicator(50, fmt.Sprintf("2016-01-0%dT00:00:00.000Z", n+1)))
	}
	var all []string
	for next := ""; ; {
		p, _ := r.page(r.get("collections/commons/objects/" + indicatorID(50) + "/versions/?limit=2&next=" + next))
		all = append(all, p.Versions...)
		if next = p.Next; !p.More {
			break
		}
	}
	after, count := "", 0
	for {
		a := r.get("collections/commons/objects/?limit=4" + after)
		p, ids := r.page(a)
		count += len(ids)
		after = "&added_after=" + a.header.Get("X-TAXII-Date-Added-Last")
		if !p.More {
			break
		}
	}
	if len(all) != 5 || count != 21 {
		r.t.Errorf("%v versions; %d objects by added_after, want 21", all, count)
	}
}

func trapEmptyNext(r *rig) {
	r.post(commons, address(1))
	if a, b := r.get("collections/commons/objects/?next="), r.get("collections/commons/objects/"); a.body != b.body || a.body == "{}" {
		r.t.Errorf("next= gives %s, nothing %s", a.body, b.body)
	}
}

func trapHeaders(r *rig) {
	r.post(commons, indicator(1, "2016-01-01T01:01:01.000Z"))
	r.wait(time.Second)
	r.post(commons, address(1), indicator(1, "2016-01-02T01:01:01.000Z"))
	one := "objects/" + indicatorID(1) + "/"
	for path, want := range map[string]string{
		"objects/": "08.000000 08.000001", "manifest/": "08.000000 08.000001", one: "08.000001 08.000001", one + "versions/": "07.000000 08.000001",
		"objects/?match[version]=all": "07.000000 08.000001", "objects/?limit=1": "08.000000 08.000000", "objects/?match[type]=tool": " ",
	} {
		h := r.get("collections/commons/" + path).header
		cut := func(name string) string {
			return strings.TrimSuffix(strings.TrimPrefix(h.Get("X-TAXII-Date-Added-"+name), "2026-03-04T05:06:"), "Z")
		}
		if got := cut("First") + " " + cut("Last"); got != want {
			r.t.Errorf("%s: the dates are %q, want %q", path, got, want)
		}
	}
}

func trapOrder(r *rig) {
	r.post(commons, indicator(2, "2016-03-01T00:00:00.000Z"), indicator(1, "2016-01-01T00:00:00.000Z"), indicator(3, "2016-02-01T00:00:00.000Z"))
	_, got := r.page(r.get("collections/commons/manifest/"))
	if want := []string{indicatorID(2) + "@2016-03-01T00:00:00.000Z", indicatorID(1) + "@2016-01-01T00:00:00.000Z", indicatorID(3) + "@2016-02-01T00:00:00.000Z"}; !slices.Equal(got, want) {
		r.t.Errorf("the order is %v", got)
	}
}

func trapAddedAfterStrict(r *rig) {
	r.post(commons, address(1), address(2), address(3))
	for after, want := range map[string]int{
		"2026-03-04T05:06:06Z": 3, "2026-03-04T05:06:06.999999Z": 3, "2026-03-04T05:06:07.000000Z": 2, "2026-03-04T05:06:07Z": 2, "2026-03-04T05:06:07.000000999Z": 2,
		"2026-03-04T05:06:07.000001Z": 1, "2026-03-04T05:06:07.000002Z": 0, "9999-12-31T23:59:59Z": 0, "0001-01-01T00:00:00Z": 3,
	} {
		for _, path := range []string{"objects/", "manifest/"} {
			if _, got := r.page(r.get("collections/commons/" + path + "?added_after=" + after)); len(got) != want {
				r.t.Errorf("%s after %s: %d, want %d", path, after, len(got), want)
			}
		}
	}
}

func trapAddedAfterForm(r *rig) {
	r.post(commons, address(1))
	for _, query := range []string{"added_after=2026-01-01T00:00:00Z&added_after=2026-01-01T00:00:00Z", "added_after=2026-01-01T00:00:00Z,2026-01-02T00:00:00Z", "added_after=",
		"added_after=now", "added_after=2026-01-01", "added_after=2026-02-30T00:00:00Z", "added_after=2026-01-01T00:00:00%2B05:30", "added_after=1700000000"} {
		for _, path := range []string{"objects/", "manifest/", "objects/" + addressID(1) + "/", "objects/" + addressID(1) + "/versions/"} {
			r.codes(map[string]int{"GET collections/commons/" + path + "?" + query: 400})
		}
	}
}

func trapMatch(r *rig) {
	old, mid, last := "2016-01-01T00:00:00.000Z", "2016-01-02T00:00:00.000Z", "2016-01-03T00:00:00.000Z"
	r.post(commons, indicator(1, mid), indicator(1, old), indicator(1, last), indicator(2, old), address(3))
	one, two, three := indicatorID(1), indicatorID(2), addressID(3)
	at := "2026-03-04T05:06:07.000004Z"
	for query, want := range map[string][]string{
		"":                                                          {one + "@" + last, two + "@" + old, three + "@" + at},
		"match[version]=last":                                       {one + "@" + last, two + "@" + old, three + "@" + at},
		"match[version]=first":                                      {one + "@" + old, two + "@" + old, three + "@" + at},
		"match[version]=all":                                        {one + "@" + mid, one + "@" + old, one + "@" + last, two + "@" + old, three + "@" + at},
		"match[version]=first,last":                                 {one + "@" + old, one + "@" + last, two + "@" + old, three + "@" + at},
		"match[version]=" + old:                                     {one + "@" + old, two + "@" + old},
		"match[version]=" + mid + "," + at:                          {one + "@" + mid, three + "@" + at},
		"match[version]=2016-01-02T00:00:00Z":                       {one + "@" + mid},
		"match[version]=2016-01-02T00:00:00.000000Z":                {one + "@" + mid},
		"match[id]=" + two + "," + three:                            {two + "@" + old, three + "@" + at},
		"match[type]=ipv4-addr":                                     {three + "@" + at},
		"match[type]=ipv4-addr,indicator":                           {one + "@" + last, two + "@" + old, three + "@" + at},
		"match[type]=indicator&match[id]=" + three + "," + two:      {two + "@" + old},
		"match[type]=indicator&match[version]=all&match[id]=" + one: {one + "@" + mid, one + "@" + old, one + "@" + last},
		"match%5Btype%5D=indicator&added_after=2026-03-04T05:06:07.000002Z": {two + "@" + old},
		"match[spec_version]=2.1&match[version]=first":                      {one + "@" + old, two + "@" + old, three + "@" + at},
	} {
		if _, got := r.page(r.get("collections/commons/manifest/?" + query)); !slices.Equal(got, want) {
			r.t.Errorf("%s: %v\nwant %v", query, got, want)
		}
		if _, got := r.page(r.get("collections/commons/objects/?" + query)); len(got) != len(want) {
			r.t.Errorf("%s: %v in objects, want %v", query, got, want)
		}
	}
}

func trapAllAlone(r *rig) {
	r.post(commons, address(1))
	for _, path := range []string{"objects/", "manifest/", "objects/" + addressID(1) + "/"} {
		r.codes(map[string]int{"GET collections/commons/" + path + "?match[version]=all,last": 400, "GET collections/commons/" + path + "?match[version]=2016-01-01T00:00:00Z,all": 400,
			"GET collections/commons/" + path + "?match[version]=newest": 400, "GET collections/commons/" + path + "?match[version]=all": 200})
	}
	r.codes(map[string]int{"DELETE collections/commons/objects/" + addressID(1) + "/?match[version]=all,last": 400})
}

func trapMatchTwice(r *rig) {
	for _, field := range []string{"type", "id", "version", "spec_version"} {
		r.codes(map[string]int{"GET collections/commons/objects/?match[" + field + "]=2016-01-01T00:00:00Z&match[" + field + "]=last": 400})
	}
}

func trapUnknownType(r *rig) {
	r.post(commons, address(1))
	for _, query := range []string{"match[type]=no-such-type", "match[type]=Ünbekannt", "match[id]=indicator--x", "match[spec_version]=9.9", "match[version]=1999-01-01T00:00:00Z"} {
		for _, path := range []string{"objects/", "manifest/"} {
			if a := r.get("collections/commons/" + path + "?" + strings.ReplaceAll(query, "Ü", "%C3%9C")); a.body != "{}" {
				r.t.Errorf("%s %s gives %s", path, query, a.body)
			}
		}
	}
}

func trapSpecVersion(r *rig) {
	newer := indicator(1, "2016-01-01T00:00:00.000Z")
	older := strings.Replace(indicator(1, "2017-01-01T00:00:00.000Z"), `"spec_version":"2.1",`, "", 1)
	alone := strings.Replace(indicator(2, "2017-01-01T00:00:00.000Z"), `"spec_version":"2.1",`, "", 1)
	r.post(commons, newer, older, alone)
	for query, want := range map[string][]string{
		"":                        {indicatorID(1) + "@2016-01-01T00:00:00.000Z", indicatorID(2) + "@2017-01-01T00:00:00.000Z"},
		"match[spec_version]=2.0": {indicatorID(1) + "@2017-01-01T00:00:00.000Z", indicatorID(2) + "@2017-01-01T00:00:00.000Z"},
		"match[spec_version]=2.1": {indicatorID(1) + "@2016-01-01T00:00:00.000Z"},
		"match[spec_version]=2.0,2.1&match[id]=" + indicatorID(1): {indicatorID(1) + "@2016-01-01T00:00:00.000Z", indicatorID(1) + "@2017-01-01T00:00:00.000Z"},
	} {
		if _, got := r.page(r.get("collections/commons/objects/?" + query)); !slices.Equal(got, want) {
			r.t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if a := r.get("collections/commons/manifest/?match[spec_version]=2.0"); strings.Count(a.body, `"media_type":"application/stix+json;version=2.0"`) != 2 {
		r.t.Errorf("the manifest of 2.0 is %s", a.body)
	}
}

func trapEmpty(r *rig) {
	r.post(commons, address(1))
	r.user("nobody", nil, nil)
	for path, user := range map[string]string{
		"collections/" + readable + "/objects/": "ann", "collections/" + readable + "/manifest/": "ann", "collections/": "nobody",
		"collections/commons/objects/" + addressID(1) + "/?added_after=2030-01-01T00:00:00Z":          "ann",
		"collections/commons/objects/" + addressID(1) + "/versions/?added_after=2030-01-01T00:00:00Z": "ann",
	} {
		if a := r.get(path, as(user)); a.body != "{}" {
			r.t.Errorf("%s gives %s", path, a.body)
		}
	}
}

func trapVersionOf(r *rig) {
	marking := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--00000000-0000-4000-8000-000000000009","created":"2017-01-20T00:00:00.000Z","definition_type":"statement","definition":{"statement":"x"}}`
	r.post(commons, indicator(1, "2018-01-01T00:00:00.00Z"), marking, address(1))
	r.wait(time.Hour)
	r.post(commons, address(1)) // what has no version keeps the one it was given
	_, got := r.page(r.get("collections/commons/manifest/"))
	want := []string{indicatorID(1) + "@2018-01-01T00:00:00.00Z", "marking-definition--00000000-0000-4000-8000-000000000009@2017-01-20T00:00:00.000Z", addressID(1) + "@2026-03-04T05:06:07.000002Z"}
	if !slices.Equal(got, want) {
		r.t.Errorf("the versions are %v, want %v", got, want)
	}
}

func trapErrors(r *rig) {
	r.codes(map[string]int{
		"PUT collections/commons/objects/": 405, "POST /taxii2/": 405, "DELETE collections/commons/": 405, "PATCH collections/commons/objects/x/": 405,
		"GET collections/commons/objects/?%zz": 400, "GET collections/commons/objects/?next=x": 400, "GET status/x/": 404, "GET collections/none/": 404,
		"GET collections/commons/objects/nothing/": 404, "GET collections/commons/objects/" + addressID(9) + "/versions/": 404,
	})
	if a := r.ask("PUT", "collections/commons/objects/", ""); a.header.Get("Allow") != "GET, POST" {
		r.t.Errorf("allowed is %q", a.header.Get("Allow"))
	}
	if a := r.ask("HEAD", "collections/commons/objects/", ""); a.code != http.StatusOK {
		r.t.Errorf("HEAD gives %d", a.code)
	}
}

func trapCustom(r *rig) {
	object := `{"type":"x-our-thing","spec_version":"2.1","id":"x-our-thing--00000000-0000-4000-8000-000000000001","created":"2016-01-01T00:00:00.000Z","modified":"2016-01-01T00:00:00.000Z","x_colour":"red","x_deep":{"a":[1,2.50]}}`
	a := r.ask("POST", "collections/commons/objects/", `{"x_ours":{"objects":[1]},"objects":[`+object+`],"more":false}`)
	if a.code != 202 || !strings.Contains(a.body, `"success_count":1`) {
		r.t.Fatalf("an envelope with a custom property gives %d: %s", a.code, a.body)
	}
	if got := r.get("collections/commons/objects/?x_ours=1&match[x_ours]=2"); got.body != envelope(object) {
		r.t.Errorf("got %s, want it as it was posted: %s", got.body, object)
	}
}
