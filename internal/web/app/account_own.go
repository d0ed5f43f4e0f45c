package app

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/web"
)

// done are what pages say after a form went well, by the word in their address.
func done(word string) string {
	return map[string]string{
		"password": "Your password is changed. Sessions elsewhere have ended.", "revoked": "The token is revoked.",
		"claimed": "The network is claimed. Now prove it twice.", "mailed": "The code is on its way.",
		"proved": "That is one proof.", "held": "You hold the network now.", "given-up": "The claim has ended.",
		"added": "The account is there.", "changed": "The account is changed. Its sessions have ended.",
		"approved": "The claim is approved.", "ended": "The claim has ended.", "recorded": "It is on record.",
	}[word]
}

// after sends the browser to a page that says what went well.
func after(w http.ResponseWriter, r *http.Request, path, word string) error {
	http.Redirect(w, r, path+"?done="+word, http.StatusSeeOther)
	return nil
}

func (a *Accounts) accountPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.ownPage(w, r, v, http.StatusOK, web.AccountForm{Said: web.Said{Done: done(r.FormValue("done"))}})
}

func (a *Accounts) ownPage(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, f web.AccountForm) error {
	s := a.config.Service
	var err error
	if f.Account, err = s.Store.Account(r.Context(), v.Account); err != nil {
		return err
	}
	if f.Tokens, err = s.Store.TokensOf(r.Context(), v.Account); err != nil {
		return err
	}
	f.Networks, f.Now, f.MaxDays = v.Networks, a.config.Now(), int(s.Settings.TokenLongest.Hours()/24)
	f.Analyst = v.Role >= account.Analyst && a.config.Desk != nil
	f.Admin = v.Role >= account.Administrator
	f.Alerts = a.config.Alerts != nil
	for _, scope := range account.AllScopes() {
		if v.Role >= account.LeastRole(scope) {
			f.Scopes = append(f.Scopes, scope)
		}
	}
	return a.page(w, r, status, "Your account", "account", f)
}

// say shows the page again with what is wrong, or hands the error on.
func (a *Accounts) ownWrong(w http.ResponseWriter, r *http.Request, v account.Viewer, err error) error {
	says, status, ok := inWords(err)
	if !ok {
		return err
	}
	return a.ownPage(w, r, v, status, web.AccountForm{Said: web.Said{Wrong: says}})
}

func (a *Accounts) newToken(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || days < 1 || days > 10_000 {
		days = 0 // no token lasts that long: the service says what is possible
	}
	scopes, err := account.ParseScopes(strings.Join(r.PostForm["scope"], " "))
	if err != nil {
		return a.ownPage(w, r, v, http.StatusUnprocessableEntity, web.AccountForm{Said: web.Said{Wrong: "say what the token may do"}})
	}
	plain, _, err := a.config.Service.NewToken(r.Context(), v, r.PostFormValue("name"), scopes, time.Duration(days)*24*time.Hour)
	if err != nil {
		return a.ownWrong(w, r, v, err)
	}
	return a.ownPage(w, r, v, http.StatusCreated, web.AccountForm{NewToken: plain})
}

func (a *Accounts) revokeToken(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	if err := a.config.Service.RevokeToken(r.Context(), v, r.PathValue("id")); err != nil {
		return err
	}
	return after(w, r, "/account", "revoked")
}

func (a *Accounts) changePassword(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	err := a.config.Service.SetPassword(r.Context(), v, v.Account, r.PostFormValue("old"), r.PostFormValue("new"), a.cookie(r, sessionCookie))
	if err != nil {
		return a.ownWrong(w, r, v, err)
	}
	return after(w, r, "/account", "password")
}
