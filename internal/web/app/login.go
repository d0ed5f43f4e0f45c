package app

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/oidc"
	"pahra/internal/web"
)

// The cookies, by their names behind the prefix.
const (
	sessionCookie = "session"
	deviceCookie  = "device"
	loginCookie   = "login" // of a log-in under way at a provider
)

// How long cookies last.
const (
	deviceAge = 365 * 24 * time.Hour
	loginAge  = 10 * time.Minute
)

// cookieName gives a cookie's whole name. With the prefix __Host- browsers take it from this host over TLS alone, so that
// no other host of the domain can plant one; on this machine without TLS that cannot be.
func (a *Accounts) cookieName(name string) string {
	if a.secure {
		return "__Host-pahra-" + name
	}
	return "pahra-" + name
}

func (a *Accounts) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie; an age of 0 takes it away.
func (a *Accounts) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(age.Seconds()), HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode}
	if age <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// localPath gives where to go on to: a path of this site, or its first page. What a browser could take for another host is none.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > 2000 || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/account"
	}
	return next
}

func (a *Accounts) loginForm(next string) web.LoginForm {
	f := web.LoginForm{Next: next, Local: a.config.Local}
	if a.config.Provider != nil {
		f.Provider = a.config.Provider.Name()
	}
	return f
}

func (a *Accounts) loginPage(w http.ResponseWriter, r *http.Request) error {
	return a.page(w, r, http.StatusOK, "Log in", "login", a.loginForm(localPath(r.FormValue("next"))))
}

func (a *Accounts) logIn(w http.ResponseWriter, r *http.Request) error {
	login, err := a.config.Service.LogIn(r.Context(), account.Attempt{
		Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), From: a.client(r),
		Device: a.cookie(r, deviceCookie), Session: a.cookie(r, sessionCookie),
	})
	if says, status, ok := inWords(err); ok {
		f := a.loginForm(localPath(r.PostFormValue("next")))
		f.Wrong, f.Name = says, r.PostFormValue("name")
		return a.page(w, r, status, "Log in", "login", f)
	}
	if err != nil {
		return err
	}
	a.welcome(w, r, login, r.PostFormValue("next"))
	return nil
}

func (a *Accounts) welcome(w http.ResponseWriter, r *http.Request, login account.Login, next string) {
	a.setCookie(w, sessionCookie, login.Session, a.config.Service.Settings.SessionAbsolute)
	a.setCookie(w, deviceCookie, login.Device, deviceAge)
	http.Redirect(w, r, localPath(next), http.StatusSeeOther)
}

func (a *Accounts) logOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.config.Service.EndSession(r.Context(), a.cookie(r, sessionCookie)); err != nil {
		return err
	}
	a.setCookie(w, sessionCookie, "", 0)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// underway is what the browser keeps while it is at the provider. Only its own host can set the cookie, and it is good
// for one answer: the provider takes a code once.
type underway struct {
	oidc.Pending
	Next string `json:"next"`
}

func (a *Accounts) beginOIDC(w http.ResponseWriter, r *http.Request) error {
	address, keep, err := a.config.Provider.Begin(r.Context())
	if err != nil {
		return err
	}
	text, err := json.Marshal(underway{keep, localPath(r.FormValue("next"))})
	if err != nil {
		return err
	}
	a.setCookie(w, loginCookie, base64.RawURLEncoding.EncodeToString(text), loginAge)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (a *Accounts) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	var kept underway
	text, err := base64.RawURLEncoding.DecodeString(a.cookie(r, loginCookie))
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	a.setCookie(w, loginCookie, "", 0)
	if err != nil {
		a.refuse(w, r, http.StatusBadRequest, "That log-in has ended", "It took too long, or was begun in another browser. Begin again.")
		return nil
	}
	id, err := a.config.Provider.Finish(r.Context(), kept.Pending, r.URL.Query())
	if err != nil {
		a.config.Log.Warn("logging in by OpenID", "error", err)
		says := "The provider did not vouch for you in a way that counts. Begin again."
		if errors.Is(err, oidc.ErrOutside) {
			says = "The provider knows you, but not as somebody who may log in here."
		}
		a.refuse(w, r, http.StatusForbidden, "You are not logged in", says)
		return nil
	}
	login, err := a.config.Service.LogInAs(r.Context(), id, a.cookie(r, sessionCookie), a.cookie(r, deviceCookie))
	if errors.Is(err, account.ErrRefused) {
		a.refuse(w, r, http.StatusForbidden, "You are not logged in", "Your account here is disabled.")
		return nil
	}
	if err != nil {
		return err
	}
	a.welcome(w, r, login, kept.Next)
	return nil
}
