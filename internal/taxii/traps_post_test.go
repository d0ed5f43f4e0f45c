package taxii_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	wire "pahra/wire/taxii"
)

func (r *rig) status(a answer) (s wire.Status) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		r.t.Fatal(err)
	}
	if s.SuccessCount != len(s.Successes) || s.FailureCount != len(s.Failures) || s.TotalCount != s.SuccessCount+s.FailureCount+s.PendingCount {
		r.t.Errorf("the counts of %s do not agree", a.body)
	}
	return s
}

func trapPost(r *rig) {
	bad := strings.Replace(indicator(2, "2016-01-01T00:00:00.000Z"), `"modified":"2016-01-01T00:00:00.000Z"`, `"modified":"then"`, 1)
	red := strings.Replace(address(4), `"value"`, `"object_marking_refs":["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"],"value"`, 1)
	ours := `{"type":"marking-definition","id":"marking-definition--00000000-0000-4000-8000-000000000007","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"red"}}`
	late := strings.Replace(address(5), `"value"`, `"object_marking_refs":["marking-definition--00000000-0000-4000-8000-000000000007"],"value"`, 1)
	deep := `{"type":"x-deep","id":"x-deep--00000000-0000-4000-8000-000000000001","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"
	a := r.ask("POST", "collections/commons/objects/", envelope(indicator(1, "2016-01-01T00:00:00.000Z"), bad, "7", red, address(3), late, ours, deep, strings.Replace(address(3), "192", "193", 1)))
	if a.code != 202 {
		r.t.Fatalf("posting gives %d: %s", a.code, a.body)
	}
	s := r.status(a)
	if s.Status != "complete" || len(s.ID) != 36 || s.ID[14] != '4' || s.RequestTimestamp != "2026-03-04T05:06:07.000000Z" || s.TotalCount != 9 || s.SuccessCount != 3 {
		r.t.Errorf("the status is %s", a.body)
	}
	if s.Successes[1].ID != addressID(3) || s.Successes[1].Version != "2026-03-04T05:06:07.000001Z" {
		r.t.Errorf("the second that was taken is %+v", s.Successes[1])
	}
	for _, f := range s.Failures {
		if f.ID == "" || f.Version == "" || f.Message == "" {
			r.t.Errorf("a failure is %+v", f)
		}
	}
	for id, word := range map[string]string{indicatorID(2): "modified", "object 3": "", addressID(4): "TLP:RED", addressID(5): "TLP:RED", addressID(3): "twice", "object 8": "deep"} {
		found := false
		for _, f := range s.Failures {
			found = found || f.ID == id && strings.Contains(f.Message, word)
		}
		if !found {
			r.t.Errorf("%s is not refused with %q: %+v", id, word, s.Failures)
		}
	}
	if again := r.get("status/" + s.ID + "/"); again.body != a.body {
		r.t.Errorf("asked for, the status is %s, was %s", again.body, a.body)
	}
	r.codes(map[string]int{"POST collections/" + readable + "/objects/": 403, "POST collections/" + hidden + "/objects/": 404}, header("Content-Type", wire.MediaType))
}

func trapDuplicates(r *rig) {
	one := indicator(1, "2016-01-01T00:00:00.000Z")
	r.post(commons, one, one, address(1), address(1))
	r.post(commons, one, strings.Replace(address(1), ",", " , ", 1)) // the same, in other words
	changed := strings.Replace(one, "192.0.2.1", "192.0.2.9", 1)
	s := r.status(r.ask("POST", "collections/commons/objects/", envelope(changed, indicator(1, "2016-01-02T00:00:00.000Z"))))
	if s.FailureCount != 1 || s.SuccessCount != 1 || !strings.Contains(s.Failures[0].Message, "other content") {
		r.t.Errorf("the same version with other content gives %+v", s)
	}
	if _, ids := r.page(r.get("collections/commons/objects/?match[version]=all")); len(ids) != 3 {
		r.t.Errorf("the collection has %v", ids)
	}
}

func trapTooMuch(r *rig) {
	path := "collections/commons/objects/"
	long := envelope(strings.Replace(address(1), `"value"`, `"x_long":"`+strings.Repeat("x", 11<<20)+`","value"`, 1))
	many := envelope(strings.Repeat("{},", 10_000) + "{}")
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"too many bytes": {long, 413}, "too many objects": {many, 422}, "no JSON": {"<xml/>", 422}, "no envelope": {"[]", 422}, "cut off": {`{"objects":[` + address(1), 422},
		"no objects": {"{}", 422}, "an empty list": {envelope(), 422}, "objects twice": {`{"objects":[],"objects":[]}`, 422}, "deep": {strings.Repeat("[", 1<<20), 422},
		"deep inside": {`{"objects":[` + strings.Repeat("[", 1<<20) + `]}`, 422},
	} {
		if a := r.ask("POST", path, test.body); a.code != test.want {
			r.t.Errorf("%s: %d, want %d: %.200s", name, a.code, test.want, a.body)
		}
	}
	if got := r.get(path); got.body != "{}" {
		r.t.Errorf("of what was refused the collection has %.200s", got.body)
	}
}

// A body that never ends is cut off, whether or not it says how long it is.
func TestEndlessPost(t *testing.T) {
	r := newRig(t)
	a := r.ask("POST", "collections/commons/objects/", "x", endless)
	if a.code != 413 {
		t.Errorf("a body without an end gives %d: %s", a.code, a.body)
	}
}

type zeros struct{ begun bool }

func (z *zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	if !z.begun {
		z.begun = true
		return copy(p, `{"objects":[`), nil
	}
	return len(p), nil
}

func (z *zeros) Close() error { return nil }

func trapStatusKept(r *rig) {
	s := r.status(r.ask("POST", "collections/commons/objects/", envelope(address(1))))
	r.codes(map[string]int{"GET status/" + s.ID + "/": 404}, as("bob"))
	r.wait(24 * time.Hour)
	r.post(commons, address(2))
	r.codes(map[string]int{"GET status/" + s.ID + "/": 200, "GET status/" + indicatorID(1) + "/": 404, "GET status/00000000-0000-4000-8000-000000000000/": 404})
	r.wait(25 * time.Hour)
	r.codes(map[string]int{"GET status/" + s.ID + "/": 404})
}

func trapDeleteMatrix(r *rig) {
	r.post(commons, address(1))
	for collection, want := range map[string]int{commons: 200, readable: 403, fillable: 403, hidden: 404} {
		r.codes(map[string]int{"DELETE collections/" + collection + "/objects/" + addressID(1) + "/": want})
	}
}

func trapDelete(r *rig) {
	path := "collections/commons/objects/" + indicatorID(1) + "/"
	r.post(commons, indicator(1, "2016-01-01T00:00:00.000Z"), indicator(1, "2016-01-02T00:00:00.000Z"), indicator(1, "2016-01-03T00:00:00.000Z"))
	r.codes(map[string]int{"DELETE " + path + "?match[type]=indicator": 400, "DELETE " + path + "?added_after=2016-01-01T00:00:00Z": 400, "DELETE " + path + "?match[version]=1999-01-01T00:00:00Z": 404})
	r.codes(map[string]int{"DELETE " + path + "?match[version]=last": 200})
	if p, _ := r.page(r.get(path + "versions/")); fmt.Sprint(p.Versions) != "[2016-01-01T00:00:00.000Z 2016-01-02T00:00:00.000Z]" {
		r.t.Errorf("left are %v", p.Versions)
	}
	if _, ids := r.page(r.get(path)); len(ids) != 1 || !strings.HasSuffix(ids[0], "@2016-01-02T00:00:00.000Z") {
		r.t.Errorf("the last is %v", ids)
	}
	r.codes(map[string]int{"DELETE " + path: 200})
	r.codes(map[string]int{"DELETE " + path: 404, "GET " + path: 404, "GET " + path + "versions/": 404})
	r.post(commons, indicator(1, "2016-01-01T00:00:00.000Z")) // it may come back
}

func trapAuth(r *rig) {
	basic := func(s string) one {
		return header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s)))
	}
	for name, change := range map[string]one{
		"none": header("Authorization", ""), "no such scheme": header("Authorization", "Digest x"), "not base64": header("Authorization", "Basic !!"), "no colon": basic("ann"),
		"another password": basic("ann:wrong"), "nobody": basic("zoe:password of ann"), "no password": basic("ann:"), "a token that is none": header("Authorization", "Bearer x"),
	} {
		a := r.ask("GET", "/taxii2/", "", change)
		if ways := a.header.Values("WWW-Authenticate"); a.code != 401 || len(ways) != 2 || !strings.HasPrefix(ways[0], "Basic realm=") {
			r.t.Errorf("%s: %d with %v", name, a.code, ways)
		}
	}
	for n := range 30 {
		r.ask("GET", "/taxii2/", "", basic(fmt.Sprintf("ann:guess %d", n)))
	}
	if a := r.ask("GET", "/taxii2/", "", basic("ann:yet another")); a.code != 429 || a.header.Get("Retry-After") == "" {
		r.t.Errorf("the 31st guess gives %d", a.code)
	}
}

func trapRights(r *rig) {
	r.post(commons, address(1))
	for _, below := range []string{"objects/", "manifest/", "objects/" + addressID(1) + "/", "objects/" + addressID(1) + "/versions/"} {
		r.codes(map[string]int{"GET collections/" + fillable + "/" + below: 403, "GET collections/" + hidden + "/" + below: 404, "GET collections/hidden/" + below: 404, "GET collections/" + inbox + "/" + below: 404})
	}
	r.codes(map[string]int{"GET collections/" + fillable + "/": 200, "GET collections/" + hidden + "/": 404, "GET collections/" + inbox + "/": 404})
}

func endless(r *http.Request) {
	r.Body, r.ContentLength = new(zeros), -1
}

// slow makes the body one that says when it is read and waits before it goes on.
func slow(begun, end chan struct{}) one {
	return func(r *http.Request) { r.Body, r.ContentLength = &waits{begun, end, false}, -1 }
}

type waits struct {
	begun, end chan struct{}
	told       bool
}

func (w *waits) Read(p []byte) (int, error) {
	if w.told {
		return 0, io.EOF
	}
	w.told = true
	w.begun <- struct{}{}
	<-w.end
	return copy(p, envelope(address(8))), nil
}

func (w *waits) Close() error { return nil }
