package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/watch"
	"pahra/wire/values"
)

//go:embed forms/*.html
var formFiles embed.FS

// Said is what a page of forms tells about what was done before it: that it went well, or what is wrong.
type Said struct {
	Done  string
	Wrong string
}

// LoginForm is the page to log in with.
type LoginForm struct {
	Said
	Name     string // as entered
	Next     string // where to go on to; a path of ours
	Provider string // the name of the OpenID provider; empty where there is none
	Local    bool   // whether accounts with passwords can log in
}

// AccountForm is the page of one's own account.
type AccountForm struct {
	Said
	Account  account.Account
	Networks []values.ASN
	Tokens   []account.Token
	NewToken string // shown this once
	Scopes   account.Scopes
	Now      time.Time
	MaxDays  int
	Analyst  bool
	Admin    bool
	Alerts   bool // may say what they want to be told
}

// ClaimsForm is the page of one's own claims.
type ClaimsForm struct {
	Said
	Claims []account.Claim
	ASN    string // as entered
}

// ClaimForm is the page of one claim.
type ClaimForm struct {
	Said
	Claim   account.Claim
	Choices []account.ContactChoice
	Why     string // why the contacts are not known; empty where they are
	Code    string // from the mailed address
	Needed  int
}

// ContactsForm is the page of who answers for a network.
type ContactsForm struct {
	ASN      values.ASN
	Contacts []account.Contact
	Why      string // why they are not known; empty where they are
}

// RecordForm is the page of a network's part in an incident: what was said and decided, and what the viewer may do.
type RecordForm struct {
	Said
	Record   *publication.Record
	Headline string
	Actor    publication.Actor
	Decision publication.Decision // what the public sees of it
	Actions  []publication.Action // that the viewer may do now, notices aside
	Reason   string               // as entered
	Evidence string
}

// RecordsForm is the page of analysts: what is to decide.
type RecordsForm struct {
	Said
	State   publication.State
	States  []publication.State
	Records []publication.Record
	Tallies []publication.Tally
}

// AccountsForm is the page of all accounts.
type AccountsForm struct {
	Said
	Accounts []account.Account
	Self     string // the id of who looks
	Roles    []account.Role
	Name     string // as entered
	Mail     string
}

// OfficeClaimsForm is the page of claims for administrators.
type OfficeClaimsForm struct {
	Said
	Claims []account.Claim
	Names  map[string]string // of accounts, by id
	Self   string
}

// LogForm is the page of the audit log.
type LogForm struct {
	Said
	Entries []account.Entry
	Names   map[string]string
	Older   int64 // the number before which the next page begins; 0: this is the last
	Checked int64 // entries whose chain was checked; 0: not asked for
}

// Forms renders the bodies of pages that take more than they show, for [PlainPage]. Safe for concurrent use.
type Forms struct{ templates *template.Template }

// Body renders one of the views above: the name is that of its template in forms/ without extension.
func (f *Forms) Body(name string, view any) (template.HTML, error) {
	var out bytes.Buffer
	if err := f.templates.ExecuteTemplate(&out, name+".html", view); err != nil {
		return "", fmt.Errorf("rendering the form %s: %w", name, err)
	}
	return template.HTML(out.String()), nil // a template made it
}

// NewForms reads the templates.
func NewForms() (*Forms, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"minute":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"day":       func(t time.Time) string { return t.UTC().Format("2006-01-02") },
		"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"stateWord": stateWord, "kind": kindWord, "short": shortID, "claimState": claimState, "proof": proofWord, "scope": scopeWord,
		"action": actionWord, "actor": actorWord, "step": stepWord,
	}).Funcs(deskFuncs()).ParseFS(formFiles, "forms/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the forms: %w", err)
	}
	return &Forms{t}, nil
}

// shortID clips an id to what a line has room for.
func shortID(id string) string {
	if utf8.RuneCountInString(id) <= 12 {
		return id
	}
	return string([]rune(id)[:12])
}

func claimState(s account.ClaimState) string {
	switch s {
	case account.Pending:
		return "to be proved"
	case account.Stale:
		return "to be proved again"
	}
	return string(s)
}

func proofWord(k account.ProofKind) string {
	switch k {
	case account.ByContact:
		return "a code mailed to a registry contact"
	case account.ByAutNum:
		return "a word in the aut-num object"
	case account.ByOffice:
		return "an administrator’s approval"
	}
	return string(k)
}

func scopeWord(s account.Scope) string {
	switch s {
	case account.ScopeRead:
		return "see what you see"
	case account.ScopeSubscribe:
		return "keep your alerts"
	case account.ScopeReply:
		return "speak for your networks"
	case account.ScopeAnalyse:
		return "decide disputes"
	case account.ScopeAdminister:
		return "keep accounts and claims"
	}
	return string(s)
}

// actionWord says what a button does.
func actionWord(a publication.Action) string {
	switch a {
	case publication.Notify:
		return "Note that the holder was told"
	case publication.Reply:
		return "Reply"
	case publication.Confirm:
		return "Confirm that it is so"
	case publication.Dispute:
		return "Dispute it"
	case publication.Retract:
		return "Take the dispute back"
	case publication.Uphold:
		return "Uphold the dispute"
	case publication.Reject:
		return "Reject the dispute"
	case publication.Withdraw:
		return "Withdraw the judgement"
	}
	return string(a)
}

// stepWord says what was done.
func stepWord(a publication.Action) string {
	switch a {
	case publication.Notify:
		return "told the holder"
	case publication.Reply:
		return "replied"
	case publication.Confirm:
		return "confirmed it"
	case publication.Dispute:
		return "disputed it"
	case publication.Retract:
		return "took the dispute back"
	case publication.Uphold:
		return "upheld the dispute"
	case publication.Reject:
		return "rejected the dispute"
	case publication.Withdraw:
		return "withdrew the judgement"
	}
	return string(a)
}

func actorWord(a publication.Actor) string {
	switch a {
	case publication.System:
		return "Pahra"
	case publication.Decider:
		return "An analyst"
	case publication.Holder:
		return "The holder"
	}
	return strings.ToUpper(string(a[:1])) + string(a[1:])
}

// RecordHeadline says what an incident is about, as seen from one of its networks.
func RecordHeadline(inc *watch.Incident, asn values.ASN) string {
	part := "announced it"
	if asn != inc.ASN {
		part = "let it pass"
	}
	what := kindWord(inc.Kind)
	if len(inc.Prefixes) > 0 {
		what += " of " + inc.Prefixes[0].String()
		if more := len(inc.Prefixes) - 1; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
	}
	return fmt.Sprintf("%s, from %s. The evidence says that AS%d %s.", what, inc.Start.UTC().Format("2006-01-02 15:04"), asn, part)
}
