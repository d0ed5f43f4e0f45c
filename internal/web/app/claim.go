package app

import (
	"net/http"

	"pahra/internal/account"
	"pahra/internal/web"
	"pahra/wire/values"
)

func (a *Accounts) claimsPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.claims(w, r, v, http.StatusOK, web.ClaimsForm{Said: web.Said{Done: done(r.FormValue("done"))}, ASN: r.FormValue("asn")})
}

func (a *Accounts) claims(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, f web.ClaimsForm) (err error) {
	if f.Claims, err = a.config.Service.Store.ClaimsOf(r.Context(), v.Account); err != nil {
		return err
	}
	return a.page(w, r, status, "Your networks", "claims", f)
}

func (a *Accounts) openClaim(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	entered := r.PostFormValue("asn")
	asn, err := values.ParseASN(entered)
	if err != nil {
		return a.claims(w, r, v, http.StatusUnprocessableEntity, web.ClaimsForm{Said: web.Said{Wrong: err.Error()}, ASN: entered})
	}
	c, err := a.config.Service.OpenClaim(r.Context(), v, asn)
	if says, status, ok := inWords(err); ok {
		return a.claims(w, r, v, status, web.ClaimsForm{Said: web.Said{Wrong: says}, ASN: entered})
	}
	if err != nil {
		return err
	}
	return after(w, r, "/claim/"+c.ID, "claimed")
}

func (a *Accounts) claimPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.claim(w, r, v, http.StatusOK, web.Said{Done: done(r.FormValue("done"))})
}

func (a *Accounts) claim(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, said web.Said) error {
	s, id := a.config.Service, r.PathValue("id")
	c, err := s.Store.Claim(r.Context(), id)
	if err != nil {
		return err
	}
	if c.Account != v.Account {
		return account.ErrNotFound
	}
	f := web.ClaimForm{Said: said, Claim: c, Code: r.FormValue("code"), Needed: account.NeededProofs}
	if !c.State.Ended() {
		if f.Choices, err = s.Choices(r.Context(), v, id); err != nil { // a registry that is down must not hide the claim
			a.config.Log.Warn("asking a registry for contacts", "asn", c.ASN, "error", err)
			f.Why = "The registries could not be asked just now"
		}
	}
	return a.page(w, r, status, "AS"+c.ASN.String()+": your claim", "claim", f)
}

// actOnClaim does what one of the buttons of a claim's page says.
func (a *Accounts) actOnClaim(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	s, ctx, id := a.config.Service, r.Context(), r.PathValue("id")
	word := "proved"
	var c account.Claim
	var err error
	switch r.PathValue("act") {
	case "challenge":
		word, err = "mailed", s.Challenge(ctx, v, id, r.PostFormValue("contact"))
	case "code":
		c, err = s.AnswerChallenge(ctx, v, id, r.PostFormValue("code"))
	case "aut-num":
		c, err = s.CheckAutNum(ctx, v, id)
	case "revoke":
		found, missing := s.Store.Claim(ctx, id)
		if missing != nil || found.Account != v.Account {
			return account.ErrNotFound
		}
		word, err = "given-up", s.Revoke(ctx, v, id, "given up by who held it")
	default:
		return account.ErrNotFound
	}
	if says, status, ok := inWords(err); ok {
		return a.claim(w, r, v, status, web.Said{Wrong: says})
	}
	if err != nil {
		return err
	}
	if c.State == account.Held {
		word = "held"
	}
	return after(w, r, "/claim/"+id, word)
}
