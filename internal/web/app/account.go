package app

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/oidc"
	"pahra/internal/publication"
	"pahra/internal/watch"
	"pahra/internal/web"
	"pahra/wire/values"
)

// Provider is an OpenID provider to log in at.
type Provider interface {
	Name() string
	Begin(ctx context.Context) (address string, keep oidc.Pending, err error)
	Finish(ctx context.Context, keep oidc.Pending, answer url.Values) (account.Identity, error)
}

// Records gives what the pages of disputes show. *store.Store is one.
type Records interface {
	PublicationRecord(ctx context.Context, incident string, asn values.ASN) (publication.Record, int, error)
	PublicationRecordsIn(ctx context.Context, state publication.State, limit int) ([]publication.Record, error)
	PublicationCounts(ctx context.Context) ([]publication.Count, error)
	IncidentByID(ctx context.Context, id string) (watch.Incident, error)
}

// AccountsConfig is what [Accounts] are made of. Service, Site and Log are needed.
type AccountsConfig struct {
	Service *account.Service
	Site    string // the service's own address: https, or http on this machine
	Log     *slog.Logger
	// Provider is where people log in besides; nil for nowhere. Local: accounts with passwords log in too.
	Provider Provider
	Local    bool
	// Proxies are those in front of us whose word on a client's address counts.
	Proxies []netip.Prefix
	// Desk, Records and Policy are for disputes; without a desk there are none.
	Desk    *publication.Desk
	Records Records
	Policy  *publication.Policy
	// Alerts is where people say what they want to be told; nil for nowhere.
	Alerts Alerts
	// Cases is what analysts work on; nil where there is no desk.
	Cases *Cases
	Now   func() time.Time
}

// Accounts are the pages that take something: to log in, one's account, claims of networks, disputes, administration.
// Each is a form that works without a script; none is kept by anybody. Safe for concurrent use.
type Accounts struct {
	config AccountsConfig
	forms  *web.Forms
	origin *http.CrossOriginProtection
	secure bool // cookies go over TLS alone
	show   func(http.ResponseWriter, *http.Request, int, *web.PlainPage)
}

// NewAccounts checks the configuration.
func NewAccounts(c AccountsConfig) (*Accounts, error) {
	if c.Service == nil || c.Log == nil {
		return nil, errors.New("the pages of accounts need a service and a log")
	}
	if c.Desk != nil && (c.Records == nil || c.Policy == nil) {
		return nil, errors.New("the pages of disputes need records and a policy")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	u, err := url.Parse(c.Site)
	switch {
	case err != nil || u.Host == "" || u.Path != "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the site %q is no address such as https://pahra.example", c.Site)
	case u.Scheme == "http" && !values.IsLoopback(u.Hostname()):
		return nil, fmt.Errorf("the site %s is not on this machine: passwords and sessions need https", c.Site)
	}
	a := &Accounts{config: c, origin: http.NewCrossOriginProtection(), secure: u.Scheme == "https"}
	if err := a.origin.AddTrustedOrigin(c.Site); err != nil {
		return nil, fmt.Errorf("the site %s: %w", c.Site, err)
	}
	a.forms, err = web.NewForms()
	return a, err
}

// Join puts the pages of accounts beside the others.
func (a *App) Join(accounts *Accounts) {
	accounts.show = func(w http.ResponseWriter, r *http.Request, status int, page *web.PlainPage) {
		text, err := a.site.HTML(page, a.around(r, accounts.Viewer(r)))
		if err != nil {
			a.fail(w, r, err)
			return
		}
		send(w, r, &answer{kind: "text/html; charset=utf-8", plain: text, status: status}, false)
	}
	if accounts.config.Cases != nil {
		a.desk, a.cases = true, accounts.openCases
	}
	accounts.Routes(a.mux)
}

// Plain writes a page of the site around a body that another door has made by a template.
func (a *App) Plain(w http.ResponseWriter, r *http.Request, title string, body template.HTML) {
	headers(w.Header())
	viewer := a.config.Viewer(r)
	text, err := a.site.HTML(&web.PlainPage{Title: title, Place: "api", Body: body}, a.around(r, viewer))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	made := &answer{kind: "text/html; charset=utf-8", plain: text, status: http.StatusOK}
	made.seal(viewer.Account == "")
	send(w, r, made, viewer.Account == "")
}

// Routes says which form stands behind which path.
func (a *Accounts) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /login", a.wrap(a.loginPage))
	if a.config.Local {
		mux.HandleFunc("POST /login", a.wrap(a.logIn))
	}
	if a.config.Provider != nil {
		mux.HandleFunc("GET /login/oidc", a.wrap(a.beginOIDC))
		mux.HandleFunc("GET /login/oidc/done", a.wrap(a.finishOIDC))
	}
	mux.HandleFunc("POST /logout", a.wrap(a.logOut))
	mux.HandleFunc("GET /account", a.member(a.accountPage))
	mux.HandleFunc("POST /account/token", a.member(a.newToken))
	mux.HandleFunc("POST /account/token/{id}/revoke", a.member(a.revokeToken))
	mux.HandleFunc("POST /account/password", a.member(a.changePassword))
	mux.HandleFunc("GET /claim", a.member(a.claimsPage))
	mux.HandleFunc("POST /claim", a.member(a.openClaim))
	mux.HandleFunc("GET /claim/{id}", a.member(a.claimPage))
	mux.HandleFunc("POST /claim/{id}/{act}", a.member(a.actOnClaim))
	mux.HandleFunc("GET /contacts/{asn}", a.member(a.contactsPage))
	mux.HandleFunc("GET /admin", a.member(a.accountsPage))
	mux.HandleFunc("POST /admin/account", a.member(a.addAccount))
	mux.HandleFunc("POST /admin/account/{id}/{act}", a.member(a.actOnAccount))
	mux.HandleFunc("GET /admin/claims", a.member(a.officeClaims))
	mux.HandleFunc("POST /admin/claim/{id}/{act}", a.member(a.officeActs))
	mux.HandleFunc("GET /admin/log", a.member(a.auditLog))
	if a.config.Alerts != nil {
		a.alertRoutes(mux)
	}
	if a.config.Cases != nil {
		a.deskRoutes(mux)
	}
	if a.config.Desk != nil {
		mux.HandleFunc("GET /record/{incident}/{asn}", a.member(a.recordPage))
		mux.HandleFunc("POST /record/{incident}/{asn}", a.member(a.actOnRecord))
		mux.HandleFunc("GET /records", a.member(a.recordsPage))
		mux.HandleFunc("GET /keys.txt", a.publicKey)
	}
}

// handler is a page of forms; an error that it gives is answered for it.
type handler func(w http.ResponseWriter, r *http.Request) error

// maxForm bounds what a form sends, in bytes.
const maxForm = 64 << 10

// wrap refuses what another site has a browser send, bounds what comes, and answers errors.
func (a *Accounts) wrap(h handler) http.HandlerFunc { return a.wrapUpTo(maxForm, h) }

// wrapUpTo is wrap for forms of so many bytes, of which what is no file has at most maxForm.
func (a *Accounts) wrapUpTo(most int64, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if err := a.origin.Check(r); err != nil {
			a.refuse(w, r, http.StatusForbidden, "That came from elsewhere", "Your browser says that another site sent this form. Nothing was done.")
			return
		}
		bound := int64(maxForm)
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		if slices.Contains([]string{"multipart/form-data", "text/csv", "application/yaml"}, kind) {
			bound = most
		}
		r.Body = http.MaxBytesReader(w, r.Body, bound)
		if err := r.ParseForm(); err != nil {
			a.refuse(w, r, http.StatusBadRequest, "That form cannot be read", "It is too long, or damaged. Nothing was done.")
			return
		}
		if err := h(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
}

// member lets only those in who have a session.
func (a *Accounts) member(h func(http.ResponseWriter, *http.Request, account.Viewer) error) http.HandlerFunc {
	return a.wrap(func(w http.ResponseWriter, r *http.Request) error {
		v, err := a.config.Service.Viewer(r.Context(), a.cookie(r, sessionCookie))
		if err != nil {
			return err
		}
		if v.Account == "" {
			to := "/login"
			if r.Method == http.MethodGet {
				to += "?next=" + url.QueryEscape(r.URL.RequestURI())
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
			return nil
		}
		return h(w, r, v)
	})
}

// fail answers an error.
func (a *Accounts) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *publication.Refusal
	var other *notHolder
	switch {
	case errors.As(err, &other):
		a.refuse(w, r, http.StatusForbidden, "That is for its holder", fmt.Sprintf("Who holds AS%d replies to what is said of it, and disputes it. If that is you, claim the network among your networks first.", other.asn))
	case errors.Is(err, account.ErrForbidden):
		a.refuse(w, r, http.StatusForbidden, "That is not for you", "Your account may not do this. Nothing was done.")
	case errors.Is(err, account.ErrNotFound):
		a.refuse(w, r, http.StatusNotFound, "There is no such thing", "It may have ended, or it is not yours.")
	case errors.Is(err, publication.ErrConflict):
		a.refuse(w, r, http.StatusConflict, "Somebody was faster", "It was changed in the meantime. Look at it again.")
	case errors.As(err, &refused):
		a.refuse(w, r, http.StatusConflict, "That cannot be done now", refused.Error()+".")
	case errors.Is(err, context.Canceled):
	case a.failDesk(w, r, err):
	default:
		a.config.Log.Error("answering a form", "path", r.URL.Path, "error", err)
		a.refuse(w, r, http.StatusInternalServerError, "Something went wrong here", "It is in the log. Look whether it was done before you try again.")
	}
}

func (a *Accounts) refuse(w http.ResponseWriter, r *http.Request, status int, title, says string) {
	body, err := a.forms.Body("refused", [2]string{title, says})
	if err != nil {
		a.config.Log.Error("rendering an error", "error", err)
		http.Error(w, title, status)
		return
	}
	a.show(w, r, status, &web.PlainPage{Title: title, Body: body})
}

// page answers with a form.
func (a *Accounts) page(w http.ResponseWriter, r *http.Request, status int, title, name string, view any) error {
	body, err := a.forms.Body(name, view)
	if err != nil {
		return err
	}
	a.show(w, r, status, &web.PlainPage{Title: title, Body: body})
	return nil
}

// inWords gives what to tell the person about an error that is theirs to mend, and the status to tell it with; ok is
// false for one that is not.
func inWords(err error) (says string, status int, ok bool) {
	var wrong *account.WrongError
	var many *account.TooManyError
	switch {
	case errors.As(err, &wrong):
		return wrong.Says, http.StatusUnprocessableEntity, true
	case errors.As(err, &many):
		return many.Error(), http.StatusTooManyRequests, true
	case errors.Is(err, account.ErrRefused):
		return account.ErrRefused.Error(), http.StatusUnauthorized, true
	}
	return "", 0, false
}

// Viewer says who asks: by the session's cookie, or by a token. Whoever cannot be told is the public.
func (a *Accounts) Viewer(r *http.Request) account.Viewer {
	v, err := a.Who(r)
	if err != nil && !errors.Is(err, account.ErrRefused) && !errors.Is(err, context.Canceled) {
		a.config.Log.Error("finding out who asks", "error", err)
	}
	return v
}

// Who is Viewer with its error: account.ErrRefused for a token that does not stand.
func (a *Accounts) Who(r *http.Request) (account.Viewer, error) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		v, err := a.config.Service.ViewerByToken(r.Context(), strings.TrimSpace(token))
		if err != nil {
			return account.Viewer{}, err
		}
		return v, nil
	}
	v, err := a.config.Service.Viewer(r.Context(), a.cookie(r, sessionCookie))
	if err != nil {
		return account.Viewer{}, err
	}
	return v, nil
}

// client gives the address that a request comes from.
func (a *Accounts) client(r *http.Request) netip.Addr { return ClientAddress(r, a.config.Proxies) }

// ClientAddress gives the address that a request comes from: that of the connection, or what the last proxy that is not
// ours was seen as by one that is.
func ClientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap()
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && trusted(addr, proxies); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr
}

func trusted(addr netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
