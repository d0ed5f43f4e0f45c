package taxii_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/taxii"
)

// next gives the cursor behind the first page of a collection.
func (r *rig) next(path string, change ...one) string {
	r.t.Helper()
	p, _ := r.page(r.get(path, change...))
	if p.Next == "" {
		r.t.Fatalf("%s has no next page", path)
	}
	return p.Next
}

// Every cursor that was not given to this user for this question is refused alike.
func TestCursors(t *testing.T) {
	r := newRig(t)
	for n := range 9 {
		r.post(commons, address(n), indicator(n, "2016-01-01T00:00:00.000Z"))
	}
	const path = "collections/commons/objects/?limit=2"
	mine := r.next(path)
	first := r.get(path + "&next=" + mine)
	if again := r.get(path + "&next=" + mine); again.body != first.body {
		t.Errorf("a cursor used again gives %s, gave %s", again.body, first.body)
	}
	if p, ids := r.page(r.get("collections/" + commons + "/manifest/?limit=100&next=" + mine)); len(ids) != 16 || p.More {
		t.Errorf("a cursor used for the manifest gives %v", ids)
	}
	flipped := []byte(mine)
	flipped[5] ^= 1
	var refusal string
	for name, test := range map[string]struct {
		path string
		as   string
	}{
		"of another user":       {path + "&next=" + r.next(path, as("bob")), "ann"},
		"given to another user": {path + "&next=" + mine, "bob"},
		"of a partner":          {path + "&next=" + mine, "ncsc"},
		"of another filter":     {path + "&match[type]=indicator&next=" + mine, "ann"},
		"of a filter, without":  {path + "&next=" + r.next(path+"&match[type]=indicator"), "ann"},
		"another collection":    {"collections/" + readable + "/objects/?next=" + mine, "ann"},
		"changed":               {path + "&next=" + string(flipped), "ann"},
		"cut":                   {path + "&next=" + mine[:len(mine)-1], "ann"},
		"longer":                {path + "&next=" + mine + "AAAA", "ann"},
		"made up":               {path + "&next=" + strings.Repeat("A", len(mine)), "ann"},
		"a number":              {path + "&next=2", "ann"},
		"huge":                  {path + "&next=" + strings.Repeat("A", 5000), "ann"},
		"no text":               {path + "&next=%00%ff", "ann"},
	} {
		a := r.ask("GET", test.path, "", as(test.as))
		if a.code != 400 {
			t.Errorf("a cursor %s gives %d", name, a.code)
		}
		if refusal == "" {
			refusal = a.body
		}
		if a.body != refusal {
			t.Errorf("a cursor %s is refused with %s, others with %s", name, a.body, refusal)
		}
	}
	r.wait(25 * time.Hour)
	if a := r.ask("GET", path+"&next="+mine, ""); a.code != 400 || a.body != refusal {
		t.Errorf("an old cursor gives %d: %s", a.code, a.body)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(mine); err != nil || strings.Contains(string(raw), "ann") || slices.Contains([]int{8, 16}, len(raw)) {
		t.Errorf("a cursor is %x, %v", raw, err)
	}
}

// A user that is revoked in the middle of paging gets nothing more, whatever it proves itself with.
func TestRevokedWhilePaging(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	for n := range 5 {
		r.post(commons, address(n))
	}
	token, err := r.service.NewToken(ctx, "bob")
	if err != nil {
		t.Fatal(err)
	}
	bearer := header("Authorization", "Bearer "+token)
	const path = "collections/commons/objects/?limit=2"
	byToken, byPassword := r.next(path, bearer), r.next(path, as("bob"))
	if _, ids := r.page(r.get(path+"&next="+byToken, as("bob"))); len(ids) != 2 {
		t.Error("one user's cursor does not do with another proof of the same user")
	}
	again, err := r.service.NewToken(ctx, "bob") // the old one ends
	if err != nil {
		t.Fatal(err)
	}
	r.codes(map[string]int{"GET " + path + "&next=" + byToken: 401}, bearer)
	r.codes(map[string]int{"GET " + path + "&next=" + byToken: 200}, header("Authorization", "token "+again))
	if err := r.service.RevokeUser(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []one{header("Authorization", "Bearer "+again), as("bob")} {
		r.codes(map[string]int{"GET " + path + "&next=" + byPassword: 401, "GET /taxii2/": 401}, change)
	}
	if _, err := r.service.NewToken(ctx, "bob"); err == nil {
		t.Error("a revoked user got a token")
	}
}

// Rights that end in the middle of paging end with the next page: a cursor grants nothing.
func TestRightsEndWhilePaging(t *testing.T) {
	r := newRig(t)
	for n := range 5 {
		r.post(commons, address(n))
	}
	const path = "collections/commons/objects/?limit=2"
	next := r.next(path)
	err := r.store.ChangeExchangeUser(context.Background(), "ann", func(u *store.ExchangeUser) error { u.Read = nil; return nil })
	if err != nil {
		t.Fatal(err)
	}
	r.codes(map[string]int{"GET " + path + "&next=" + next: 403})
}

// A partner's inbox is its own: it reads back what it posted, and nobody else does.
func TestInbox(t *testing.T) {
	r := newRig(t)
	a := r.ask("POST", "collections/"+inbox+"/objects/", envelope(address(1), indicator(1, "2016-01-01T00:00:00.000Z")), as("ncsc"))
	if a.code != 202 {
		t.Fatalf("posting gives %d: %s", a.code, a.body)
	}
	if got := r.get("collections/"+inbox+"/objects/", as("ncsc")); got.body != envelope(address(1), indicator(1, "2016-01-01T00:00:00.000Z")) {
		t.Errorf("read back is %s", got.body)
	}
	r.codes(map[string]int{"DELETE collections/" + inbox + "/objects/" + addressID(1) + "/": 200}, as("ncsc"))
	r.codes(map[string]int{"GET collections/" + inbox + "/objects/": 404})
}

// Eight write and one polls by added_after, as OpenCTI and MISP do: it misses nothing.
func TestPollWhileOthersWrite(t *testing.T) {
	const writers, rounds = 8, 10
	r := newRig(t)
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			var err error
			for n := 0; n < rounds && err == nil; n++ {
				id := w*rounds + n
				_, err = r.store.AppendMembers(context.Background(), r.now(), []store.NewMember{{Collection: commons, Object: addressID(id), Type: "ipv4-addr", SpecVersion: "2.1",
					Digest: []byte{byte(id)}, Body: []byte(address(id))}})
			}
			done <- err
		}()
	}
	seen, after, over := map[string]bool{}, "2000-01-01T00:00:00Z", 0
	for left := true; left; {
		for more := true; more; {
			select {
			case err := <-done:
				if over++; err != nil {
					t.Error(err)
				}
			default:
				more = false
			}
		}
		ended := over == writers
		a := r.get("collections/commons/objects/?limit=7&added_after=" + after)
		p, ids := r.page(a)
		for _, id := range ids {
			seen[id] = true
		}
		if last := a.header.Get("X-TAXII-Date-Added-Last"); last != "" {
			after = last
		}
		left = !ended || p.More || len(ids) > 0
	}
	if len(seen) != writers*rounds {
		t.Errorf("the poller saw %d of %d", len(seen), writers*rounds)
	}
}

// Only so many posts of one user are under way at once.
func TestManyPosts(t *testing.T) {
	r := newRig(t)
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan answer)
	for range 2 {
		go func() { done <- r.ask("POST", "collections/commons/objects/", "x", slow(begun, end)) }()
		<-begun
	}
	if a := r.ask("POST", "collections/commons/objects/", envelope(address(1))); a.code != 503 {
		t.Errorf("a third post gives %d", a.code)
	}
	if a := r.ask("POST", "collections/"+inbox+"/objects/", envelope(address(1)), as("ncsc")); a.code != 202 {
		t.Errorf("another user's post gives %d", a.code)
	}
	close(end)
	for range 2 {
		if a := <-done; a.code != 202 {
			t.Errorf("a slow post gives %d: %s", a.code, a.body)
		}
	}
	r.post(commons, address(1))
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, "127.9.9.9:0": true, ":1": false, "0.0.0.0:1": false, "192.0.2.1:1": false, "[::]:1": false, "x": false} {
		if got := taxii.Loopback(addr); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

// Where the store fails, nobody learns how.
func TestInternal(t *testing.T) {
	r := newRig(t)
	broken, err := store.Open(context.Background(), storetest.SQLite(t))
	if err == nil {
		err = broken.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r.service.Store = broken
	if a := r.ask("GET", "/taxii2/", ""); a.code != 500 || strings.Contains(a.body, "sql") || strings.Contains(a.body, fmt.Sprint(commons)) {
		t.Errorf("a broken store gives %d: %s", a.code, a.body)
	}
}
