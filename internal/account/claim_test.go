package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/account"
	"pahra/wire/values"
)

// open lets a member claim a network and gives the claim, with the mails about it taken away.
func (r *rig) open(v account.Viewer, asn values.ASN) account.Claim {
	r.t.Helper()
	c, err := r.OpenClaim(r.t.Context(), v, asn)
	r.ok(err)
	return c
}

// mailed has a code mailed and gives it.
func (r *rig) mailed(v account.Viewer, c account.Claim) string {
	r.t.Helper()
	choices, err := r.Choices(r.t.Context(), v, c.ID)
	r.ok(err)
	r.take()
	r.ok(r.Challenge(r.t.Context(), v, c.ID, choices[0].Key))
	list := r.take()
	if len(list) != 1 {
		r.t.Fatalf("%d mails", len(list))
	}
	return codeIn.FindStringSubmatch(list[0].text)[1]
}

func (r *rig) holds(id string) []values.ASN {
	r.t.Helper()
	list, err := r.db.NetworksOf(r.t.Context(), id)
	r.ok(err)
	return list
}

func TestClaim(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	v, _ := r.member("ann", account.Member)
	c := r.open(v, 64500)
	if told := r.take(); len(told) != 2 || !strings.Contains(told[0].subject, "AS64500 is claimed") {
		t.Errorf("told of the claim: %+v", told)
	}
	_, err := r.OpenClaim(ctx, v, 64500)
	r.says(err, "already")
	choices, err := r.Choices(ctx, v, c.ID)
	r.ok(err)
	if len(choices) != 2 || choices[0].Shown != "a•••@example.net" {
		t.Errorf("%+v", choices)
	}
	code := r.mailed(v, c)
	_, err = r.AnswerChallenge(ctx, v, c.ID, "wrong")
	r.says(err, "not right")
	other, _ := r.member("bob", account.Member)
	_, err = r.AnswerChallenge(ctx, other, c.ID, code)
	r.is(err, account.ErrNotFound)
	c, err = r.AnswerChallenge(ctx, v, c.ID, code)
	r.ok(err)
	if c.State != account.Pending || len(r.holds(v.Account)) != 0 {
		t.Errorf("one proof makes it %s", c.State)
	}
	_, err = r.AnswerChallenge(ctx, v, c.ID, code)
	r.says(err, "not right")
	c, err = r.AnswerChallenge(ctx, v, c.ID, r.mailed(v, c)) // the same kind twice is one proof
	r.ok(err)
	if c.State != account.Pending {
		t.Errorf("the same kind of proof twice makes it %s", c.State)
	}
	_, err = r.CheckAutNum(ctx, v, c.ID)
	r.says(err, "does not stand")
	r.remarks = []account.Remark{{Source: "OTHER", Text: "x" + c.Word}, {Source: "TEST", Text: "remarks\n" + c.Word + " end"}}
	c, err = r.CheckAutNum(ctx, v, c.ID)
	r.ok(err)
	if c.State != account.Held || !slices.Equal(r.holds(v.Account), []values.ASN{64500}) {
		t.Errorf("two proofs make it %+v", c)
	}
	if told := r.take(); len(told) != 2 || !strings.Contains(told[0].subject, "is held now") {
		t.Errorf("told that it is held: %+v", told)
	}
}

func TestClaimByOffice(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	admin, _ := r.member("root", account.Administrator)
	v, _ := r.member("ann", account.Member)
	own := r.open(admin, 64501)
	_, err := r.Approve(ctx, admin, own.ID)
	r.says(err, "their own")
	c := r.open(v, 64500)
	_, err = r.Approve(ctx, v, c.ID)
	r.is(err, account.ErrForbidden)
	c, err = r.Approve(ctx, admin, c.ID)
	r.ok(err)
	if c.State != account.Pending {
		t.Errorf("an administrator alone makes it %s", c.State)
	}
	c, err = r.AnswerChallenge(ctx, v, c.ID, r.mailed(v, c))
	r.ok(err)
	if c.State != account.Held {
		t.Errorf("%+v", c)
	}
	r.take()
	r.is(r.Revoke(ctx, account.Viewer{Account: "x", Role: account.Analyst, Scopes: account.AllScopes()}, c.ID, ""), account.ErrNotFound)
	r.ok(r.Revoke(ctx, admin, c.ID, "the company was sold"))
	if told := r.take(); len(told) != 2 || len(r.holds(v.Account)) != 0 {
		t.Errorf("after the end %v are held, told %+v", r.holds(v.Account), told)
	}
	r.says(r.Revoke(ctx, admin, c.ID, "again"), "has ended")
	_, err = r.Approve(ctx, admin, c.ID)
	r.says(err, "has ended")
	again := r.open(v, 64500)
	if again.ID == c.ID {
		t.Error("the ended claim came back")
	}
}

// TestContactsChange: when the registry's contacts change, everything is proved again; when it does not answer,
// nothing changes.
func TestContactsChange(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	v, _ := r.member("ann", account.Member)
	c := r.open(v, 64500)
	_, err := r.AnswerChallenge(ctx, v, c.ID, r.mailed(v, c))
	r.ok(err)
	r.remarks = []account.Remark{{Source: "TEST", Text: c.Word}}
	_, err = r.CheckAutNum(ctx, v, c.ID)
	r.ok(err)
	slices.Reverse(r.contacts)
	r.ok(r.Recheck(ctx))
	r.down = errors.New("registry down")
	r.is(r.Recheck(ctx), r.down)
	if len(r.holds(v.Account)) != 1 {
		t.Fatal("it is lost without a change")
	}
	r.down = nil
	r.contacts = append(r.contacts, account.Contact{Role: "tech", Source: "TEST", Address: "new@example.net"})
	r.take()
	r.ok(r.Recheck(ctx))
	c, err = r.db.Claim(ctx, c.ID)
	r.ok(err)
	if c.State != account.Stale || len(c.Proofs) != 0 || len(r.holds(v.Account)) != 0 || len(r.take()) != 3 {
		t.Errorf("after a new contact: %+v", c)
	}
	_, err = r.CheckAutNum(ctx, v, c.ID)
	r.ok(err)
	c, err = r.AnswerChallenge(ctx, v, c.ID, r.mailed(v, c))
	r.ok(err)
	if c.State != account.Held {
		t.Errorf("proved again: %+v", c)
	}
	n, err := r.CheckLog(ctx)
	if n < 6 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

// TestContactsChangeInBetween: a proof that rests on contacts of before is not added to one that rests on those of now.
func TestContactsChangeInBetween(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	v, _ := r.member("ann", account.Member)
	c := r.open(v, 64500)
	_, err := r.AnswerChallenge(ctx, v, c.ID, r.mailed(v, c))
	r.ok(err)
	r.contacts[0].Address = "other@example.net"
	r.remarks = []account.Remark{{Source: "TEST", Text: c.Word}}
	c, err = r.CheckAutNum(ctx, v, c.ID)
	r.ok(err)
	if c.State != account.Pending || len(c.Proofs) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestClaimLapses(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	v, _ := r.member("ann", account.Member)
	c := r.open(v, 64500)
	code := r.mailed(v, c)
	r.now = r.now.Add(73 * time.Hour)
	_, err := r.AnswerChallenge(ctx, v, c.ID, code)
	r.says(err, "no longer good")
	r.now = r.now.Add(28 * 24 * time.Hour)
	r.ok(r.Sweep(ctx))
	c, err = r.db.Claim(ctx, c.ID)
	if c.State != account.Lapsed || err != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestMailsAreLimited: nobody has Pahra flood a network's contacts.
func TestMailsAreLimited(t *testing.T) {
	r := newRig(t)
	v, _ := r.member("ann", account.Member)
	var many *account.TooManyError
	for asn := range values.ASN(100) {
		if _, err := r.OpenClaim(t.Context(), v, 64000+asn); errors.As(err, &many) {
			break
		}
	}
	if many == nil || len(r.take()) > 20 {
		t.Errorf("%v", many)
	}
}

// TestClaimModel holds random deeds to the rule: a network is held exactly while two kinds of proof stand that were given
// since the contacts last changed, and the claim has not ended.
func TestClaimModel(t *testing.T) {
	r := newRig(t)
	r.Settings.ByClaim.Burst, r.Settings.ByAccount.Burst = 1<<20, 1<<20
	ctx := t.Context()
	admin, _ := r.member("root", account.Administrator)
	v, _ := r.member("ann", account.Member)
	asn := values.ASN(65000)
	rapid.Check(t, func(t *rapid.T) {
		asn++
		c := r.open(v, asn)
		kinds, ended := map[account.ProofKind]bool{}, false
		known := slices.Clone(r.contacts) // when the first proof was given
		for range rapid.IntRange(1, 12).Draw(t, "deeds") {
			var kind account.ProofKind
			switch rapid.SampledFrom([]string{"contact", "aut-num", "office", "change", "recheck", "revoke"}).Draw(t, "deed") {
			case "contact":
				if ended {
					continue
				}
				code := r.mailed(v, c)
				if !slices.Equal(known, r.contacts) {
					clear(kinds)
				}
				_, err := r.AnswerChallenge(ctx, v, c.ID, code)
				r.ok(err)
				kind = account.ByContact
			case "aut-num":
				r.remarks = []account.Remark{{Source: "TEST", Text: c.Word}}
				if _, err := r.CheckAutNum(ctx, v, c.ID); err == nil {
					kind = account.ByAutNum
				}
			case "office":
				if _, err := r.Approve(ctx, admin, c.ID); err == nil {
					kind = account.ByOffice
				}
			case "change":
				r.contacts = []account.Contact{{Role: "noc", Source: "TEST", Address: r.now.Format("20060102150405") + "@example.net"}}
				r.now = r.now.Add(time.Second)
			case "recheck":
				r.ok(r.Recheck(ctx))
				if !slices.Equal(known, r.contacts) {
					clear(kinds)
				}
			case "revoke":
				ended = ended || r.Revoke(ctx, v, c.ID, "") == nil
			}
			if kind != "" {
				if !slices.Equal(known, r.contacts) {
					clear(kinds)
				}
				known = slices.Clone(r.contacts)
				kinds[kind] = true
			}
			want := len(kinds) >= 2 && !ended
			if got := slices.Contains(r.holds(v.Account), asn); got != want {
				t.Fatalf("held is %v, want %v, with %v", got, want, kinds)
			}
		}
		if !ended {
			r.ok(r.Revoke(ctx, v, c.ID, ""))
		}
	})
}
