package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/internal/web"
)

// indented gives an object with line breaks.
func indented(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}

func signedDigest(a *agreement.Agreement) string {
	sum := sha256.Sum256(a.SignedBytes())
	return hex.EncodeToString(sum[:])
}

// agreement is one version of an agreement in words.
func (p *deskPage) agreement(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	version := 0
	if text := r.URL.Query().Get("version"); text != "" {
		if version, err = strconv.Atoi(text); err != nil {
			return wrong("version is no number")
		}
	}
	e, err := x.Edition(r.Context(), r.PathValue("id"), version)
	if err != nil {
		return err
	}
	v := &web.ExchangeAgreement{AgreementText: web.NewAgreementText(e.Agreement), Versions: e.Versions, InForce: e.Closed == "", Why: e.Closed,
		Warnings: e.Agreement.Lint(), Digest: signedDigest(e.Agreement)}
	for _, s := range e.Signatures {
		one := web.AgreementSignature{Team: s.Team, Fingerprint: s.Fingerprint, Problem: s.Problem}
		if s.Made != nil {
			one.Made = *s.Made
		}
		v.Signatures = append(v.Signatures, one)
	}
	if e.Before != nil {
		v.Before, v.Changes = e.Before.Version, agreement.Diff(e.Before, e.Agreement)
	}
	return p.show(w, r, http.StatusOK, e.Agreement.Title, "exchange_agreement", v)
}

// newAgreement is the page on which an agreement is tried and taken over.
func (p *deskPage) newAgreement(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.exchange(); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What would this agreement share?", "exchange_new", &web.ExchangeNew{})
}

// tryAgreement says what a document would share, gives what is to be signed, or takes the document over with its signatures.
func (p *deskPage) tryAgreement(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	text, get, err := given(r, "text")
	if err != nil {
		return err
	}
	v := &web.ExchangeNew{Text: string(text), Against: strings.ReplaceAll(get("against"), "\r\n", "\n"), Partner: strings.TrimSpace(get("partner"))}
	a, err := agreement.Read(text)
	if err != nil {
		return p.newWrong(w, r, v, faultsInWords(err))
	}
	if get("act") == "bytes" {
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"%s-%d.json\"", a.ID, a.Version))
		made := &answer{kind: "application/json", plain: a.SignedBytes(), status: http.StatusOK}
		made.seal(false)
		send(w, r, made, false)
		return nil
	}
	if says, err := p.preview(r.Context(), x, a, v); err != nil || says != "" {
		return orWrong(err, func() error { return p.newWrong(w, r, v, says) })
	}
	if get("act") != "adopt" {
		return p.show(w, r, http.StatusOK, "What would this agreement share?", "exchange_new", v)
	}
	if get("seen") != v.Preview.Seen {
		return p.newWrong(w, r, v, "this document was not tried as things stand now: try it, then share by it")
	}
	return p.adopt(w, r, x, a, v, get)
}

// orWrong gives an error of the service, else does what tells the reader.
func orWrong(err error, tell func() error) error {
	if err != nil {
		return err
	}
	return tell()
}

func (p *deskPage) adopt(w http.ResponseWriter, r *http.Request, x *exchange.Exchange, a *agreement.Agreement, v *web.ExchangeNew, get func(string) string) error {
	signatures := map[string]string{}
	for _, party := range a.Parties {
		signatures[party.Team] = strings.TrimSpace(strings.ReplaceAll(get("sign-"+party.Team), "\r\n", "\n"))
	}
	if err := p.noted(r.Context(), "exchange.adopt", fmt.Sprintf("%s version %d", a.ID, a.Version), "SHA-256 "+signedDigest(a)); err != nil {
		return err
	}
	_, err := x.AdoptText(r.Context(), []byte(v.Text), signatures, p.viewer.Account)
	if says, err := adopted(err); err != nil || says != "" {
		return orWrong(err, func() error { return p.newWrong(w, r, v, says) })
	}
	return p.did(w, r, agreementURL(a.ID), "adopt")
}

func (p *deskPage) newWrong(w http.ResponseWriter, r *http.Request, v *web.ExchangeNew, says string) error {
	if extension(r) == asJSON {
		return wrong("%s", says)
	}
	v.Wrong = strings.TrimSuffix(says, ".")
	return p.show(w, r, http.StatusUnprocessableEntity, "What would this agreement share?", "exchange_new", v)
}

// faultsInWords gives the first faults of a document, with their places.
func faultsInWords(err error) string {
	var faults agreement.Faults
	if !errors.As(err, &faults) {
		return err.Error()
	}
	const most = 5
	var list []string
	for i, f := range faults {
		if i == most {
			list = append(list, fmt.Sprintf("and %d more", len(faults)-most))
			break
		}
		list = append(list, fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Text))
	}
	return strings.Join(list, "; ")
}

// The bounds of what an agreement is tried on and what of it is shown.
const (
	triedItems = 500
	triedLines = 200
)

// preview puts into the view what a document would do to what was given or, without that, to what this team holds.
func (p *deskPage) preview(ctx context.Context, x *exchange.Exchange, a *agreement.Agreement, v *web.ExchangeNew) (says string, err error) {
	o, err := x.Overview(ctx)
	if err != nil {
		return "", err
	}
	if v.Partner == "" {
		for _, d := range a.Directions {
			if v.Partner == "" || d.From == o.Own {
				v.Partner = d.To
			}
		}
	}
	secret, err := agreements.Secret("")
	if err != nil {
		return "", err
	}
	trial, err := agreements.NewTrial(a, v.Partner, secret)
	if err != nil {
		return err.Error(), nil
	}
	view := &web.ExchangePreview{AgreementText: web.NewAgreementText(a), Warnings: append(agreements.CheckKeys(a), a.Lint()...), Digest: signedDigest(a)}
	run := agreements.Simulation{New: trial, At: p.desk.Now(), Bad: func(string) {}, Line: func(c agreements.Change) error {
		if len(view.Lines) < triedLines {
			view.Lines = append(view.Lines, c)
		}
		return nil
	}}
	if is, err := x.Edition(ctx, a.ID, 0); err == nil {
		view.Before, view.Changes = is.Agreement.Version, agreement.Diff(is.Agreement, a)
		if run.Old, err = trial.Other(is.Agreement); err != nil {
			return err.Error(), nil
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	var against io.Reader = strings.NewReader(v.Against)
	if strings.TrimSpace(v.Against) == "" {
		if against, err = p.held(ctx, x); err != nil {
			return "", err
		}
	}
	if against != nil {
		if view.Sums, err = run.Run(against); err != nil {
			return "what it is tried on: " + err.Error(), nil
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s\n%s", v.Partner, view.Before, v.Against, v.Text))
	view.Seen = hex.EncodeToString(sum[:])
	v.Preview = view
	return "", nil
}

// held gives a bundle of what this team holds to share, nil where that is nothing.
func (p *deskPage) held(ctx context.Context, x *exchange.Exchange) (io.Reader, error) {
	items, err := x.Store.ExchangeItems(ctx, "", triedItems)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[`)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(bytes.Trim(bytes.TrimSpace(items[i].Body), "[]"))
	}
	b.WriteString("]}")
	return &b, nil
}
