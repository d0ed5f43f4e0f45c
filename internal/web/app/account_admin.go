package app

import (
	"net/http"
	"strconv"

	"pahra/internal/account"
	"pahra/internal/web"
)

func (a *Accounts) accountsPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.accounts(w, r, v, http.StatusOK, web.AccountsForm{Said: web.Said{Done: done(r.FormValue("done"))}})
}

func (a *Accounts) accounts(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, f web.AccountsForm) (err error) {
	if f.Accounts, err = a.config.Service.List(r.Context(), v); err != nil {
		return err
	}
	f.Self, f.Roles = v.Account, []account.Role{account.Member, account.Analyst, account.Administrator}
	return a.page(w, r, status, "Accounts", "accounts", f)
}

// accountsWrong shows the page again with what is wrong, or hands the error on.
func (a *Accounts) accountsWrong(w http.ResponseWriter, r *http.Request, v account.Viewer, err error) error {
	says, status, ok := inWords(err)
	if !ok {
		return err
	}
	return a.accounts(w, r, v, status, web.AccountsForm{Said: web.Said{Wrong: says}, Name: r.PostFormValue("name"), Mail: r.PostFormValue("mail")})
}

func (a *Accounts) addAccount(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	role, err := account.ParseRole(r.PostFormValue("role"))
	if err != nil {
		role = account.Public // which the service refuses, in words
	}
	if _, err := a.config.Service.Add(r.Context(), v, r.PostFormValue("name"), r.PostFormValue("mail"), role, r.PostFormValue("password")); err != nil {
		return a.accountsWrong(w, r, v, err)
	}
	return after(w, r, "/admin", "added")
}

// actOnAccount does what one of the buttons beside an account says.
func (a *Accounts) actOnAccount(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	s, ctx, id := a.config.Service, r.Context(), r.PathValue("id")
	var err error
	switch r.PathValue("act") {
	case "role":
		role, _ := account.ParseRole(r.PostFormValue("role")) // the public is refused, in words
		err = s.SetRole(ctx, v, id, role)
	case "disable":
		err = s.SetDisabled(ctx, v, id, true)
	case "enable":
		err = s.SetDisabled(ctx, v, id, false)
	default:
		return account.ErrNotFound
	}
	if err != nil {
		return a.accountsWrong(w, r, v, err)
	}
	return after(w, r, "/admin", "changed")
}

// names gives every account's name by its id.
func (a *Accounts) names(r *http.Request, v account.Viewer) (map[string]string, error) {
	list, err := a.config.Service.List(r.Context(), v)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(list))
	for _, x := range list {
		names[x.ID] = x.Name
	}
	return names, nil
}

func (a *Accounts) officeClaims(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.office(w, r, v, http.StatusOK, web.Said{Done: done(r.FormValue("done"))})
}

func (a *Accounts) office(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, said web.Said) error {
	names, err := a.names(r, v) // for administrators alone
	if err != nil {
		return err
	}
	list, err := a.config.Service.Store.ClaimsIn(r.Context(), account.Pending, account.Stale, account.Held)
	if err != nil {
		return err
	}
	return a.page(w, r, status, "Claims of networks", "office_claims", web.OfficeClaimsForm{Said: said, Claims: list, Names: names, Self: v.Account})
}

// officeActs does what one of the buttons beside a claim says.
func (a *Accounts) officeActs(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	if !v.May(account.Administrator, account.ScopeAdminister) {
		return account.ErrForbidden
	}
	var err error
	word := "approved"
	switch r.PathValue("act") {
	case "approve":
		_, err = a.config.Service.Approve(r.Context(), v, r.PathValue("id"))
	case "revoke":
		word, err = "ended", a.config.Service.Revoke(r.Context(), v, r.PathValue("id"), r.PostFormValue("why"))
	default:
		return account.ErrNotFound
	}
	if says, status, ok := inWords(err); ok {
		return a.office(w, r, v, status, web.Said{Wrong: says})
	}
	if err != nil {
		return err
	}
	return after(w, r, "/admin/claims", word)
}

// logPage is how many entries of the audit log are on a page.
const logPage = 100

func (a *Accounts) auditLog(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	names, err := a.names(r, v)
	if err != nil {
		return err
	}
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil {
		before = 0 // from the newest
	}
	f := web.LogForm{Names: names}
	if f.Entries, err = a.config.Service.Store.AuditEntries(r.Context(), before, logPage); err != nil {
		return err
	}
	if n := len(f.Entries); n == logPage && f.Entries[n-1].Seq > 1 {
		f.Older = f.Entries[n-1].Seq
	}
	if r.FormValue("check") != "" {
		if f.Checked, err = a.config.Service.CheckLog(r.Context()); err != nil {
			a.config.Log.Error("checking the audit log", "error", err)
			f.Wrong = "the chain is broken. " + err.Error()
		}
	}
	return a.page(w, r, http.StatusOK, "Audit log", "log", f)
}
