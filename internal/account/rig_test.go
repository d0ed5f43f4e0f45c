package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/wire/values"
)

const goodPassword = "correct horse battery staple"

// rig is a service on a real store, with a clock, a post office and a registry of the test's own.
type rig struct {
	*account.Service
	t        *testing.T
	db       *store.Store
	now      time.Time
	mails    []mail
	mu       sync.Mutex
	contacts []account.Contact
	remarks  []account.Remark
	down     error // the registry's answer
}

type mail struct{ to, subject, text string }

// cheap is a cost that tests can afford.
func cheap() account.Cost { return account.Cost{Memory: 64, Passes: 1, Threads: 1} }

func newRig(t *testing.T) *rig {
	t.Helper()
	hasher, err := account.NewHasher(cheap(), rand.Reader, 2)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), db: storetest.Open(t, storetest.SQLite(t)),
		contacts: []account.Contact{{Role: "noc", Source: "TEST", Address: "noc@example.net"}, {Role: "abuse", Source: "TEST", Address: "abuse@example.net"}}}
	r.Service = &account.Service{Store: r.db, Hasher: hasher, Settings: account.DefaultSettings(), Now: func() time.Time { return r.now },
		Random: rand.Reader, Mail: r, Registry: r, Site: "https://pahra.example"}
	return r
}

func (r *rig) Mail(_ context.Context, to, subject, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails = append(r.mails, mail{to, subject, text})
	return nil
}

func (r *rig) Contacts(context.Context, values.ASN) ([]account.Contact, error) {
	return r.contacts, r.down
}

func (r *rig) Remarks(context.Context, values.ASN) ([]account.Remark, error) {
	return r.remarks, r.down
}

// take gives the mails since the last call.
func (r *rig) take() []mail {
	list := r.mails
	r.mails = nil
	return list
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) is(err, want error) {
	r.t.Helper()
	if !errors.Is(err, want) {
		r.t.Errorf("the error is %v, want %v", err, want)
	}
}

// says demands an error in words for the person who asked.
func (r *rig) says(err error, words string) {
	r.t.Helper()
	var wrong *account.WrongError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), words) {
		r.t.Errorf("the error is %v, want %q", err, words)
	}
}

// member makes an account and logs it in.
func (r *rig) member(name string, role account.Role) (account.Viewer, account.Login) {
	r.t.Helper()
	_, err := r.Add(r.t.Context(), account.Operator(), name, name+"@example.net", role, goodPassword)
	r.ok(err)
	login, err := r.logIn(name, goodPassword, "192.0.2.1", "")
	r.ok(err)
	v, err := r.Viewer(r.t.Context(), login.Session)
	r.ok(err)
	return v, login
}

func (r *rig) logIn(name, password, from, device string) (account.Login, error) {
	return r.LogIn(r.t.Context(), account.Attempt{Name: name, Password: password, From: netip.MustParseAddr(from), Device: device})
}

var codeIn = regexp.MustCompile(`code=([A-Za-z0-9_-]{43})`)
