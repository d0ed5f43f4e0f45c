package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pahra/internal/desk/intake"
	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/store"
	"pahra/internal/web"
)

// documents is what the desk decides by: the policy and tables of contacts.
func (p *deskPage) documents(w http.ResponseWriter, r *http.Request) error {
	v, err := p.document(r.Context(), r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	v.Done = map[string]string{"apply": "It is in place: the desk goes by it within a minute."}[r.URL.Query().Get("did")]
	return p.showDocument(w, r, http.StatusOK, v)
}

func (p *deskPage) showDocument(w http.ResponseWriter, r *http.Request, status int, v *web.DeskDocuments) error {
	if err := p.looked(r.Context(), "document.view", v.Kind+" "+p.sight.Tenant); err != nil {
		return err
	}
	return p.show(w, r, status, "What do we go by?", "desk_documents", v)
}

func (p *deskPage) document(ctx context.Context, kind string) (*web.DeskDocuments, error) {
	v := &web.DeskDocuments{Kinds: parties.Documents(), Kind: kind}
	if kind == "" {
		v.Kind = parties.Policy
	}
	saved, err := reports.Mappings(ctx, p.desk.Service.Store, p.sight.Tenant)
	if err != nil {
		return nil, err
	}
	for _, m := range saved {
		v.Kinds = append(v.Kinds, reports.MappingPrefix+m.Kind)
	}
	name, isMapping := strings.CutPrefix(v.Kind, reports.MappingPrefix)
	if v.Mapping = isMapping; isMapping {
		if _, err := reports.MappingKind(name); err != nil {
			return nil, wrong("%v", err)
		}
	} else if !slices.Contains(v.Kinds, v.Kind) {
		return nil, store.ErrNotFound
	}
	d, err := p.desk.Service.Store.Document(ctx, p.sight.Tenant, v.Kind)
	if errors.Is(err, store.ErrNotFound) {
		if v.Kind == parties.Policy {
			v.Text = string(party.BuiltIn())
		}
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := p.accounts(ctx)
	v.Version, v.Made, v.By, v.Text = d.Version, d.Made, d.By, string(d.Body)
	if names[d.By] != "" {
		v.By = names[d.By]
	}
	return v, err
}

// changeDocument tries another document on the bench, or has one that was tried count.
func (p *deskPage) changeDocument(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	text, get, err := given(r, "text")
	if err != nil {
		return err
	}
	v, err := p.document(ctx, get("kind"))
	if err != nil {
		return err
	}
	is := v.Text
	v.Text, v.Event, v.Address = string(text), strings.ReplaceAll(strings.TrimSpace(get("event")), "\r\n", "\n"), strings.TrimSpace(get("address"))
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s\n%s", v.Kind, v.Version, is, text))
	v.Preview = &web.DeskDocumentTest{Seen: hex.EncodeToString(sum[:])}
	try := p.try
	if v.Mapping {
		try = tryMapping
	}
	if says := try(ctx, v, get("act") != "apply"); says != "" {
		return p.documentWrong(w, r, v, says)
	}
	if get("act") != "apply" {
		return p.showDocument(w, r, http.StatusOK, v)
	}
	if get("seen") != v.Preview.Seen {
		return p.documentWrong(w, r, v, "this text was not tried as things stand now: try it, then put it in place")
	}
	err = p.desk.Service.Store.AddDocument(ctx, store.DeskDocument{Tenant: p.sight.Tenant, Kind: v.Kind, Made: p.desk.Now(), By: p.viewer.Account, Body: text, Base: &v.Version})
	if errors.Is(err, store.ErrConflict) {
		return p.documentWrong(w, r, v, "somebody changed it meanwhile: try it again as things stand now")
	}
	if err != nil {
		return err
	}
	return p.did(w, r, "/desk/documents?"+url.Values{"kind": {v.Kind}}.Encode(), "apply")
}

// try checks a document, and puts into the view what would happen to its event as things are and with the document.
func (p *deskPage) try(ctx context.Context, v *web.DeskDocuments, _ bool) (says string) {
	after, err := p.desk.Parties.Try(ctx, p.sight.Tenant, v.Kind, []byte(v.Text))
	if err != nil {
		return err.Error()
	}
	if v.Event == "" && v.Address == "" {
		return ""
	}
	e, says := benchEvent(&web.DeskBench{Event: v.Event, Address: v.Address}, p.desk.Now())
	if says != "" {
		return says
	}
	code := p.desk.Classes.Of(e)
	is, then := p.desk.Bench(ctx, p.sight.Tenant, code, e.Clone()), after.Bench(ctx, code, e)
	v.Preview.Is, v.Preview.After = &is, &then
	return ""
}

// sampleShown is how many events and faults of a sample are shown.
const sampleShown = 10

// tryMapping checks a mapping, and puts into the view what it makes of a sample, without which none is previewed.
func tryMapping(_ context.Context, v *web.DeskDocuments, preview bool) (says string) {
	m, err := intake.ReadMapping([]byte(v.Text))
	switch {
	case err != nil:
		return err.Error()
	case !preview:
		return ""
	}
	made, err := m.Try([]byte(v.Event), sampleShown)
	if err != nil {
		return "the sample: " + err.Error()
	}
	if made.Rows == 0 {
		return "the sample has no row: give the header and some lines of the CSV"
	}
	v.Preview.Made = made
	return ""
}

func (p *deskPage) documentWrong(w http.ResponseWriter, r *http.Request, v *web.DeskDocuments, says string) error {
	if extension(r) == asJSON {
		return wrong("%s", says)
	}
	v.Wrong, v.Preview = says, nil
	return p.showDocument(w, r, http.StatusUnprocessableEntity, v)
}
