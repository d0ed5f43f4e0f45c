package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
)

func TestLogIn(t *testing.T) {
	r := newRig(t)
	r.member("ann", account.Analyst)
	login, err := r.logIn(" ANN ", goodPassword, "192.0.2.1", "")
	r.ok(err)
	v, err := r.Viewer(t.Context(), login.Session)
	r.ok(err)
	if v.Name != "ann" || v.Role != account.Analyst || !v.May(account.Analyst, account.ScopeAnalyse) || v.May(account.Administrator, account.ScopeAdminister) {
		t.Errorf("%+v", v)
	}
	for name, try := range map[string][2]string{"password": {"ann", goodPassword + "x"}, "name": {"nobody", goodPassword}, "empty": {"", ""},
		"the dummy's": {"nobody", "the password of nobody"}, "long": {"ann", strings.Repeat("x", 1<<20)}} {
		if _, err := r.logIn(try[0], try[1], "192.0.2.1", ""); !errors.Is(err, account.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, secret := range []string{"", "x", login.Device, "ann"} {
		if v, err := r.Viewer(t.Context(), secret); err != nil || v.Account != "" {
			t.Errorf("session %q is %+v, %v", secret, v, err)
		}
	}
}

// TestFixation: a secret that was in the browser before the log-in is worth nothing after it.
func TestFixation(t *testing.T) {
	r := newRig(t)
	_, evil := r.member("mallory", account.Member)
	_, first := r.member("ann", account.Member)
	for _, planted := range []string{evil.Session, first.Session, "planted-by-somebody-else"} {
		login, err := r.LogIn(t.Context(), account.Attempt{Name: "ann", Password: goodPassword, Session: planted})
		r.ok(err)
		if login.Session == planted {
			t.Fatal("the session was taken over")
		}
		if v, _ := r.Viewer(t.Context(), planted); v.Account != "" {
			t.Errorf("%q is a session of %s after the log-in", planted, v.Name)
		}
	}
}

func TestSessionEnds(t *testing.T) {
	r := newRig(t)
	_, login := r.member("ann", account.Member)
	alive := func() bool {
		v, err := r.Viewer(t.Context(), login.Session)
		r.ok(err)
		return v.Account != ""
	}
	start := r.now
	for r.now.Sub(start) < 12*time.Hour-time.Hour { // used all the time, until the absolute end
		r.now = r.now.Add(time.Hour)
		if !alive() {
			t.Fatalf("it ended after %s of use", r.now.Sub(start))
		}
	}
	if r.now = start.Add(12 * time.Hour); alive() {
		t.Error("it lives beyond its absolute end")
	}
	var err error
	login, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.ok(err)
	if r.now = r.now.Add(2 * time.Hour); alive() {
		t.Error("it lives beyond the idle limit")
	}
	login, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.ok(err)
	r.ok(r.EndSession(t.Context(), login.Session))
	if alive() {
		t.Error("it lives after logging out")
	}
	r.ok(r.Sweep(t.Context()))
}

// TestBruteForce: who guesses is slowed down by address and by account, and the owner's own browser is not.
func TestBruteForce(t *testing.T) {
	r := newRig(t)
	_, login := r.member("ann", account.Member)
	var many *account.TooManyError
	tried := 0
	for ; tried < 1000; tried++ {
		_, err := r.logIn("ann", "wrong password 123", fmt.Sprintf("198.51.100.%d", tried%250), "")
		if errors.As(err, &many) {
			break
		}
		r.is(err, account.ErrRefused)
	}
	if tried != 10 || many == nil || many.Wait > time.Minute {
		t.Errorf("%d guesses from many addresses, then %v", tried, many)
	}
	if _, err := r.logIn("ann", goodPassword, "203.0.113.9", "stolen"); !errors.As(err, &many) {
		t.Errorf("a new browser meanwhile gets %v", err)
	}
	if _, err := r.logIn("ann", goodPassword, "198.51.100.7", login.Device); err != nil {
		t.Errorf("the owner's browser meanwhile gets %v", err)
	}
	_, other := r.member("mallory", account.Member)
	if _, err := r.logIn("ann", goodPassword, "203.0.113.9", other.Device); !errors.As(err, &many) {
		t.Errorf("another account's browser gets %v", err)
	}
	r.now = r.now.Add(time.Minute)
	if _, err := r.logIn("ann", goodPassword, "203.0.113.9", ""); err != nil {
		t.Errorf("a minute later a new browser gets %v", err)
	}
	tried = 0
	for ; tried < 1000; tried++ { // one address, many names
		if _, err := r.logIn(fmt.Sprintf("name%d", tried), "wrong password 123", fmt.Sprintf("2001:db8::%d", tried), ""); errors.As(err, &many) {
			break
		}
	}
	if tried != 20 {
		t.Errorf("%d names from one /64", tried)
	}
}

// TestRightPasswordsCostNothing: tries that succeed are not counted, whoever they come from.
func TestRightPasswordsCostNothing(t *testing.T) {
	r := newRig(t)
	r.member("ann", account.Member)
	for range 50 {
		_, err := r.logIn("ann", goodPassword, "192.0.2.1", "")
		r.ok(err)
	}
}

// TestUnknownUserTakesAsLong: whether or not there is such an account, one password is hashed at the same cost. The
// counting is by time, with a cost high enough to stand out.
func TestUnknownUserTakesAsLong(t *testing.T) {
	r := newRig(t)
	hasher, err := account.NewHasher(account.Cost{Memory: 16 << 10, Passes: 2, Threads: 1}, rand.Reader, 1)
	r.ok(err)
	r.Hasher = hasher
	r.member("ann", account.Member)
	fastest := func(name, password string) time.Duration {
		best := time.Hour
		for range 7 {
			begin := time.Now()
			if _, err := r.logIn(name, password, "192.0.2.1", ""); !errors.Is(err, account.ErrRefused) {
				t.Fatal(err)
			}
			best = min(best, time.Since(begin))
			r.now = r.now.Add(time.Hour)
		}
		return best
	}
	known, unknown, long := fastest("ann", "wrong password 123"), fastest("nobody", "wrong password 123"), fastest("ann", strings.Repeat("x", 1000))
	for _, d := range []time.Duration{unknown, long} {
		if ratio := float64(d) / float64(known); ratio < 0.5 || ratio > 2 {
			t.Errorf("a known account takes %s, an unknown one %s, a long password %s", known, unknown, long)
		}
	}
}

func TestPasswords(t *testing.T) {
	for password, want := range map[string]string{
		goodPassword: "", "short": "15 are the least", "ünïcödé wörds çöunt": "", strings.Repeat("ab", 10): "different", "my name is ann-smith": "name",
		strings.Repeat("long enough ", 30): "longer than", "bad\xffutf8 is not a text": "no text", "all lower case is fine": "",
	} {
		err := account.CheckPassword(password, "ann-smith")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
}

// TestUpgrade: a password kept at an older cost is kept anew when it is next used.
func TestUpgrade(t *testing.T) {
	r := newRig(t)
	v, _ := r.member("ann", account.Member)
	before, err := r.db.Account(t.Context(), v.Account)
	r.ok(err)
	dearer, err := account.NewHasher(account.Cost{Memory: 128, Passes: 2, Threads: 1}, rand.Reader, 1)
	r.ok(err)
	r.Hasher = dearer
	_, err = r.logIn("ann", "wrong password 123", "192.0.2.1", "")
	r.is(err, account.ErrRefused)
	same, _ := r.db.Account(t.Context(), v.Account)
	_, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.ok(err)
	after, _ := r.db.Account(t.Context(), v.Account)
	if same.Password != before.Password || !strings.HasPrefix(after.Password, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("%s became %s", before.Password, after.Password)
	}
	_, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.ok(err)
}

// TestHashes: what is stored follows the PHC form, with OWASP's least cost by default, and what is no hash is refused.
func TestHashes(t *testing.T) {
	h, err := account.NewHasher(account.DefaultCost(), rand.Reader, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	encoded, err := h.Hash(ctx, goodPassword)
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(encoded, err)
	}
	if ok, stale, err := h.Check(ctx, encoded, goodPassword); !ok || stale || err != nil {
		t.Error(ok, stale, err)
	}
	for _, bad := range []string{"x", "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAA", strings.Replace(encoded, "m=19456", "m=99999999", 1), encoded + "A",
		strings.Replace(encoded, "t=2", "t=0", 1), strings.Replace(encoded, "v=19", "v=16", 1)} {
		if ok, _, err := h.Check(ctx, bad, goodPassword); ok || err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := account.NewHasher(account.Cost{}, rand.Reader, 1); err == nil {
		t.Error("no cost is a cost")
	}
	_, _ = h.Hash(ended, goodPassword) // may go either way: the turn may be free
}

// TestIdentities: an OpenID identity is known by issuer and subject alone.
func TestIdentities(t *testing.T) {
	r := newRig(t)
	r.member("ann", account.Administrator)
	analyst := account.Analyst
	login, err := r.LogInAs(t.Context(), account.Identity{Issuer: "https://id", Subject: "1", Name: "ann", Mail: "ann@example.net", Role: &analyst}, "", "")
	r.ok(err)
	if login.Account.Name == "ann" || login.Account.Role != account.Analyst {
		t.Errorf("a stranger of the same name is %+v", login.Account)
	}
	again, err := r.LogInAs(t.Context(), account.Identity{Issuer: "https://id", Subject: "1", Name: "renamed"}, login.Session, login.Device)
	r.ok(err)
	if again.Account.ID != login.Account.ID || again.Account.Role != account.Analyst || again.Session == login.Session || again.Device != login.Device {
		t.Errorf("%+v, %+v", login, again)
	}
	if v, _ := r.Viewer(t.Context(), login.Session); v.Account != "" {
		t.Error("the session before lives on")
	}
	member := account.Member
	again, err = r.LogInAs(t.Context(), account.Identity{Issuer: "https://id", Subject: "1", Role: &member}, "", "")
	r.ok(err)
	if again.Account.Role != account.Member {
		t.Errorf("a role taken away at the provider stays: %v", again.Account.Role)
	}
	for _, id := range []account.Identity{{Issuer: "https://id"}, {Subject: "1"}, {}} {
		_, err := r.LogInAs(t.Context(), id, "", "")
		r.is(err, account.ErrRefused)
	}
	odd, err := r.LogInAs(t.Context(), account.Identity{Issuer: "https://id", Subject: "2", Name: "<b>É\x00"}, "", "")
	r.ok(err)
	if odd.Account.Name != "b" && odd.Account.Name != "member" {
		t.Errorf("an odd name became %q", odd.Account.Name)
	}
	_, err = r.logIn(odd.Account.Name, "", "192.0.2.1", "")
	r.is(err, account.ErrRefused)
	r.ok(r.SetDisabled(t.Context(), account.Operator(), odd.Account.ID, true))
	_, err = r.LogInAs(t.Context(), account.Identity{Issuer: "https://id", Subject: "2"}, "", "")
	r.is(err, account.ErrRefused)
}
