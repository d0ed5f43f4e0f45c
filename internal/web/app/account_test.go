package app_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
)

func (o *office) log() *slog.Logger { return slog.New(slog.DiscardHandler) }

var codePath = regexp.MustCompile(`https://pahra\.example(/claim/\S+)`)

// TestClaimPages goes from a claim to a network that is held, through the forms.
func TestClaimPages(t *testing.T) {
	o := newOffice(t, nil)
	b, a := o.person("ann", account.Member)
	b.is(b.post("/claim", "asn", "hello"), http.StatusUnprocessableEntity, "is not an AS number")
	to := b.is(b.post("/claim", "asn", "AS64500"), http.StatusSeeOther).header.Get("Location")
	path, _, _ := strings.Cut(to, "?")
	page := b.is(b.get(to), http.StatusOK, "The network is claimed", "n•••@example.net", "pahra-claim=")
	if strings.Contains(page.body, "noc@example.net") {
		t.Error("the page tells a contact's address")
	}
	_, rest, _ := strings.Cut(page.body, `name="contact" value="`)
	key, _, _ := strings.Cut(rest, `"`)
	o.mails = nil
	b.is(b.post(path+"/challenge", "contact", key), http.StatusSeeOther)
	link := codePath.FindStringSubmatch(o.mails[0])[1]
	page = b.is(b.get(link), http.StatusOK)
	_, code, _ := strings.Cut(link, "code=")
	if !strings.Contains(page.body, `value="`+code+`"`) {
		t.Error("the code of the mailed address is not in the form")
	}
	other, _ := o.person("bob", account.Member)
	other.is(other.get(path), http.StatusNotFound)
	other.is(other.post(path+"/code", "code", code), http.StatusNotFound)
	other.is(other.post(path+"/revoke"), http.StatusNotFound)
	b.is(b.post(path+"/code", "code", "wrong"), http.StatusUnprocessableEntity, "the code is not right")
	b.is(b.post(path+"/code", "code", code), http.StatusSeeOther)
	b.is(b.post(path+"/aut-num"), http.StatusUnprocessableEntity, "does not stand in the aut-num object")
	claims, err := o.db.ClaimsOf(t.Context(), a.ID)
	o.ok(err)
	o.remarks = []account.Remark{{Source: "TEST", Text: claims[0].Word}}
	done := b.is(b.post(path+"/aut-num"), http.StatusSeeOther).header.Get("Location")
	b.is(b.get(done), http.StatusOK, "You hold the network now")
	b.is(b.get("/account"), http.StatusOK, "You hold AS64500")
	b.is(b.get("/claim"), http.StatusOK, "AS64500 held")
	b.is(b.get("/contacts/AS64500"), http.StatusOK, "noc@example.net")
	other.is(other.get("/contacts/AS64500"), http.StatusForbidden, "That is not for you")
	analyst, _ := o.person("eve", account.Analyst)
	analyst.is(analyst.get("/contacts/AS64500"), http.StatusOK, "noc@example.net")
	analyst.is(analyst.get("/contacts/x"), http.StatusNotFound)
	nobody := o.visitor()
	nobody.is(nobody.get("/contacts/AS64500"), http.StatusSeeOther)
	b.is(b.post(path+"/other"), http.StatusNotFound)
	b.is(b.post(path+"/revoke"), http.StatusSeeOther)
	b.is(b.get("/account"), http.StatusOK, "You hold no network")
	b.is(b.get(path), http.StatusOK, "given up by who held it")
}

// TestDisputePages: the holder disputes, an analyst upholds; the decision lies signed where runs read it.
func TestDisputePages(t *testing.T) {
	o := newOffice(t, nil)
	inc := o.incident
	path := "/record/" + inc.ID + "/AS" + inc.ASN.String()
	holder, a := o.person("ann", account.Member)
	o.hold(a, inc.ASN)
	analyst, _ := o.person("ina", account.Analyst)
	stranger, _ := o.person("sid", account.Member)
	stranger.is(stranger.get(path), http.StatusForbidden, "claim the network among your networks first")
	stranger.is(stranger.post(path, "action", "dispute", "reason", "x"), http.StatusForbidden)
	holder.is(holder.get("/records"), http.StatusForbidden)
	holder.is(holder.get(path), http.StatusOK, "Nothing was said to it yet", "Dispute it", "its holder was not told yet")
	holder.is(holder.post(path, "action", "dispute", "reason", " "), http.StatusUnprocessableEntity, "a reason is needed")
	holder.is(holder.post(path, "action", "uphold", "reason", "mine"), http.StatusConflict, "cannot be done")
	holder.is(holder.post(path, "action", "explode", "reason", "mine"), http.StatusConflict)
	holder.is(holder.post(path, "action", "dispute", "reason", "we own\r\nthat <b>prefix</b>", "evidence", "a contract"), http.StatusSeeOther)
	analyst.is(analyst.get("/records"), http.StatusOK, "AS"+inc.ASN.String())
	page := analyst.is(analyst.get(path), http.StatusOK, "a contract", "Uphold the dispute", "disputes it")
	if strings.Contains(page.body, "<b>prefix") {
		t.Error("what somebody wrote is taken as HTML")
	}
	analyst.is(analyst.post(path, "action", "uphold", "reason", "the contract says so"), http.StatusSeeOther)
	analyst.is(analyst.post(path, "action", "uphold", "reason", "again"), http.StatusConflict, "while it is upheld")
	holder.is(holder.get(path+"?done=recorded"), http.StatusOK, "It is on record", "upheld the dispute: the contract says so")
	if _, err := os.Stat(filepath.Join(o.data, "overrides", inc.ID+"-AS"+inc.ASN.String()+".json")); err != nil {
		t.Error(err)
	}
	analyst.is(analyst.get("/records?state=upheld"), http.StatusOK, "AS"+inc.ASN.String(), "Mis-origination 1 0 1 0 0 0")
	listed, err := os.ReadFile(filepath.Join(o.data, "overrides", "keys.txt"))
	key := strings.Split(strings.TrimSpace(o.visitor().get("/keys.txt").body), "\n")
	if err != nil || len(key) != 2 || !strings.Contains(string(listed), key[1]) {
		t.Errorf("the key is published as %q, %v", key, err)
	}
	entries, err := o.db.AuditEntries(t.Context(), 0, 1)
	if err != nil || entries[0].Act != "publication.uphold" {
		t.Errorf("%+v, %v", entries, err)
	}
}

// TestOwnCase: an analyst who holds the network is its holder, and cannot decide.
func TestOwnCase(t *testing.T) {
	o := newOffice(t, nil)
	path := "/record/" + o.incident.ID + "/AS" + o.incident.ASN.String()
	b, a := o.person("ina", account.Analyst)
	o.hold(a, o.incident.ASN)
	b.is(b.post(path, "action", "dispute", "reason", "x"), http.StatusSeeOther)
	b.is(b.post(path, "action", "uphold", "reason", "x"), http.StatusConflict, "cannot be done")
	for _, none := range []string{"/record/none/AS1", "/record/" + o.incident.ID + "/AS4199999999", "/record/" + o.incident.ID + "/x"} {
		b.is(b.get(none), http.StatusNotFound)
	}
}

func TestAdministrationPages(t *testing.T) {
	o := newOffice(t, nil)
	root, rootAccount := o.person("root", account.Administrator)
	ann, annAccount := o.person("ann", account.Member)
	for _, path := range []string{"/admin", "/admin/claims", "/admin/log"} {
		ann.is(ann.get(path), http.StatusForbidden)
		nobody := o.visitor()
		nobody.is(nobody.get(path), http.StatusSeeOther)
	}
	ann.is(ann.post("/admin/account/"+annAccount.ID+"/role", "role", "administrator"), http.StatusForbidden)
	ann.is(ann.post("/admin/claim/x/approve"), http.StatusForbidden)
	root.is(root.post("/admin/account", "name", "bob", "role", "king", "password", goodPassword), http.StatusUnprocessableEntity, "a member, an analyst or an administrator")
	root.is(root.post("/admin/account", "name", "bob", "role", "analyst", "password", "short"), http.StatusUnprocessableEntity, "15 are the least")
	root.is(root.post("/admin/account", "name", "bob", "role", "analyst", "password", goodPassword), http.StatusSeeOther)
	root.is(root.get("/admin?done=added"), http.StatusOK, "The account is there", "bob analyst")
	root.is(root.post("/admin/account/"+rootAccount.ID+"/disable"), http.StatusUnprocessableEntity, "the only administrator left")
	root.is(root.post("/admin/account/"+annAccount.ID+"/disable"), http.StatusSeeOther)
	ann.is(ann.get("/account"), http.StatusSeeOther)
	root.is(root.post("/admin/account/"+annAccount.ID+"/enable"), http.StatusSeeOther)
	root.is(root.post("/admin/account/"+annAccount.ID+"/role", "role", "analyst"), http.StatusSeeOther)
	root.is(root.post("/admin/account/"+annAccount.ID+"/explode"), http.StatusNotFound)
	root.is(root.post("/admin/account/none/disable"), http.StatusNotFound)
	o.ok(o.db.AddClaim(t.Context(), account.Claim{ID: "c1", Account: annAccount.ID, ASN: 64500, State: account.Pending, Opened: o.now}))
	root.is(root.get("/admin/claims"), http.StatusOK, "AS64500 ann to be proved none")
	root.is(root.post("/admin/claim/c1/approve"), http.StatusSeeOther)
	root.is(root.post("/admin/claim/c1/revoke", "why", "no answer"), http.StatusSeeOther)
	root.is(root.post("/admin/claim/c1/approve"), http.StatusUnprocessableEntity, "has ended")
	root.is(root.get("/admin/log?check=1"), http.StatusOK, "follow one another", "claim.revoked", "root", "ann")
	root.is(root.get("/admin/log?before=3"), http.StatusOK, "account.add")
}

func TestPasswordPage(t *testing.T) {
	o := newOffice(t, nil)
	b, _ := o.person("ann", account.Member)
	b.is(b.post("/account/password", "old", "wrong", "new", "another good password"), http.StatusUnprocessableEntity, "old password is not right")
	b.is(b.post("/account/password", "old", goodPassword, "new", "another good password"), http.StatusSeeOther)
	b.is(b.get("/account?done=password"), http.StatusOK, "Your password is changed")
	b.is(b.post("/account/token", "name", "x", "days", "1"), http.StatusUnprocessableEntity, "say what the token may do")
	b.is(b.post("/account/token", "name", "x", "scope", "read", "days", "99999999"), http.StatusUnprocessableEntity, "366 days")
	b.is(b.post("/account/token", "name", "x", "scope", "administer", "days", "1"), http.StatusUnprocessableEntity, "for the role administrator")
	b.is(b.post("/account/token", "name", strings.Repeat("x", 70_000), "scope", "read", "days", "1"), http.StatusBadRequest, "cannot be read")
	o.now = o.now.Add(13 * time.Hour)
	b.is(b.get("/account"), http.StatusSeeOther)
}

// TestFormPolicy: every page of forms has no script of its own, sends forms home alone, and is kept by nobody.
func TestFormPolicy(t *testing.T) {
	o := newOffice(t, nil)
	b, a := o.person("root", account.Administrator)
	o.hold(a, o.incident.ASN)
	for _, path := range []string{"/login", "/account", "/claim", "/claim/" + a.ID + o.incident.ASN.String(), "/admin", "/admin/claims", "/admin/log", "/records",
		"/record/" + o.incident.ID + "/AS" + o.incident.ASN.String()} {
		p := b.is(b.get(path), http.StatusOK)
		csp := p.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "form-action 'self'") || !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if !strings.Contains(p.header.Get("Cache-Control"), "no-store") || p.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, p.header)
		}
		if strings.Contains(p.body, "<script>") || strings.Contains(p.body, " style=") || strings.Contains(p.body, "ZgotmplZ") {
			t.Errorf("%s has a script or a style of its own", path)
		}
		for _, id := range labelled.FindAllStringSubmatch(p.body, -1) {
			if !strings.Contains(p.body, `for="`+id[1]+`"`) {
				t.Errorf("%s: the field %s has no label", path, id[1])
			}
		}
	}
}

var labelled = regexp.MustCompile(`<(?:input|select|textarea) id="([^"]+)"`)
