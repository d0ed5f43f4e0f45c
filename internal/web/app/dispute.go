package app

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/web"
	"pahra/wire/values"
)

// maxRecords is how many records analysts see at once.
const maxRecords = 200

// notHolder says that somebody else than the holder asks.
type notHolder struct{ asn values.ASN }

func (e *notHolder) Error() string { return fmt.Sprintf("not the holder of AS%d", e.asn) }

// recordOf finds the record that a request names. It is for the holder and for analysts.
func (a *Accounts) recordOf(r *http.Request, v account.Viewer) (f web.RecordForm, err error) {
	asn, err := values.ParseASN(r.PathValue("asn"))
	if err != nil {
		return f, account.ErrNotFound
	}
	f.Actor = publication.ActorOf(v, asn)
	if f.Actor == publication.Anybody {
		return f, &notHolder{asn}
	}
	inc, err := a.config.Records.IncidentByID(r.Context(), r.PathValue("incident"))
	if err != nil {
		return f, errors.Join(account.ErrNotFound, err)
	}
	if !publication.Accused(&inc, asn) {
		return f, account.ErrNotFound
	}
	rec, _, err := a.config.Records.PublicationRecord(r.Context(), inc.ID, asn)
	if err != nil {
		return f, err
	}
	if rec.Incident == "" {
		rec = publication.Record{Incident: inc.ID, ASN: asn, Kind: inc.Kind, State: publication.Open}
	}
	f.Decision = a.config.Policy.Visible(&inc, rec, account.Viewer{}, a.config.Now())
	rec = rec.SeenBy(v)
	f.Record = &rec
	f.Headline = web.RecordHeadline(&inc, asn)
	for _, act := range publication.Actions() {
		if _, err := publication.Next(rec.Standing(), act, f.Actor); err == nil {
			f.Actions = append(f.Actions, act)
		}
	}
	return f, nil
}

func (a *Accounts) recordPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	f, err := a.recordOf(r, v)
	if err != nil {
		return err
	}
	f.Done = done(r.FormValue("done"))
	return a.page(w, r, http.StatusOK, "AS"+f.Record.ASN.String()+" in an incident", "record", f)
}

func (a *Accounts) actOnRecord(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	f, err := a.recordOf(r, v)
	if err != nil {
		return err
	}
	text := func(key string) string { return strings.ReplaceAll(r.PostFormValue(key), "\r\n", "\n") } // as browsers send lines
	act := publication.Act{Incident: f.Record.Incident, ASN: f.Record.ASN, Action: publication.Action(r.PostFormValue("action")),
		Reason: text("reason"), Evidence: text("evidence")}
	_, err = a.config.Desk.Do(r.Context(), v, act)
	var wrong *publication.TextError
	if errors.As(err, &wrong) {
		f.Wrong, f.Reason, f.Evidence = wrong.Error(), act.Reason, act.Evidence
		return a.page(w, r, http.StatusUnprocessableEntity, "AS"+f.Record.ASN.String()+" in an incident", "record", f)
	}
	if err != nil {
		return err
	}
	return after(w, r, r.URL.Path, "recorded")
}

// publicKey gives the key that signs decisions, in the form of the list of keys among a run's inputs.
func (a *Accounts) publicKey(w http.ResponseWriter, _ *http.Request) {
	key, ok := a.config.Desk.Key.Public().(ed25519.PublicKey)
	if !ok {
		http.Error(w, "there is no key", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "# Ed25519: signs what is taken back at %s; for overrides/keys.txt\n%s\n", a.config.Site, base64.StdEncoding.EncodeToString(key))
}

// recordsPage is the analysts' list of what is to decide.
func (a *Accounts) recordsPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	if !v.May(account.Analyst, account.ScopeAnalyse) {
		return account.ErrForbidden
	}
	f := web.RecordsForm{State: publication.Disputed, States: publication.States()[1:]} // of open ones nothing is on record
	if s := publication.State(r.FormValue("state")); slices.Contains(f.States, s) {
		f.State = s
	}
	var err error
	if f.Records, err = a.config.Records.PublicationRecordsIn(r.Context(), f.State, maxRecords); err != nil {
		return err
	}
	counts, err := a.config.Records.PublicationCounts(r.Context())
	if err != nil {
		return err
	}
	f.Tallies = publication.Tallies(counts)
	return a.page(w, r, http.StatusOK, "What is to decide?", "records", f)
}
