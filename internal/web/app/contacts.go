package app

import (
	"errors"
	"net/http"

	"pahra/internal/account"
	"pahra/internal/web"
	"pahra/wire/values"
)

// contactsPage shows who answers for a network, to its holder and to analysts.
func (a *Accounts) contactsPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	asn, err := values.ParseASN(r.PathValue("asn"))
	if err != nil {
		return account.ErrNotFound
	}
	f := web.ContactsForm{ASN: asn}
	if a.config.Service.Registry == nil {
		f.Why = "The settings name no registry that could be asked."
	}
	f.Contacts, err = a.config.Service.ContactsOf(r.Context(), v, asn)
	if err != nil && !errors.Is(err, account.ErrForbidden) { // a registry that is down is no fault of the page
		a.config.Log.Warn("asking a registry for contacts", "asn", asn, "error", err)
		f.Why, err = "The registry could not be asked just now.", nil
	}
	if err != nil {
		return err
	}
	return a.page(w, r, http.StatusOK, "AS"+asn.String()+": contacts", "contacts", f)
}
