package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/store"
	"pahra/internal/web"
)

// The bounds of the pages of the directory.
const (
	constituentsPage = 50
	directoryChanges = 10
	mostDocument     = 4 << 20 // octets of a table or document that is sent
	movedShown       = 50
)

// replaySpans are over how many days a table can be replayed.
func replaySpans() []int { return []int{7, 30, 90} }

// constituents is whom the desk serves: searched, and written as the CSV that can be read in again.
func (p *deskPage) constituents(w http.ResponseWriter, r *http.Request) error {
	if extension(r) == asCSV {
		return p.exportConstituents(w, r)
	}
	v, err := p.directory(r)
	if err != nil {
		return err
	}
	v.Done = map[string]string{"apply": "The table is in place: the desk goes by it within a minute.", "confirm": "Confirmed today."}[r.URL.Query().Get("did")]
	return p.showDirectory(w, r, http.StatusOK, v)
}

func (p *deskPage) showDirectory(w http.ResponseWriter, r *http.Request, status int, v *web.DeskConstituents) error {
	if err := p.looked(r.Context(), "constituent.view", "constituents "+p.sight.Tenant); err != nil {
		return err
	}
	return p.show(w, r, status, "Whom do we serve?", "desk_constituents", v)
}

// directory is the list, kept to what is asked for.
func (p *deskPage) directory(r *http.Request) (*web.DeskConstituents, error) {
	ctx, q, now := r.Context(), r.URL.Query(), p.desk.Now().UTC()
	all, err := p.desk.Service.Store.Constituents(ctx, p.sight.Tenant)
	if err != nil {
		return nil, err
	}
	v := &web.DeskConstituents{Now: now, Query: strings.TrimSpace(q.Get("q")), Due: q.Get("due") != "", All: len(all), Spans: replaySpans(), Here: r.URL.RequestURI(),
		List: []web.DeskConstituent{}, Changes: []web.DeskPartyChange{}}
	stale := map[string]int{}
	for _, s := range party.Due(all, now, party.Yearly) {
		stale[s.Constituent]++
	}
	v.ToDo = len(stale)
	from, _ := strconv.Atoi(q.Get("from")) // none: from the first on
	for _, c := range all {
		if v.Due && stale[c.ID] == 0 || !mentions(&c, v.Query) {
			continue
		}
		if v.Found++; v.Found > from && len(v.List) < constituentsPage {
			v.List = append(v.List, web.DeskConstituent{Constituent: c, Stale: stale[c.ID]})
		}
	}
	if shown := max(from, 0) + len(v.List); shown < v.Found {
		q.Set("from", strconv.Itoa(shown))
		v.Next = "/desk/constituents?" + q.Encode()
	}
	changes, err := p.desk.Service.Store.PartyChanges(ctx, p.sight.Tenant, directoryChanges)
	if err != nil {
		return nil, err
	}
	names, err := p.accounts(ctx)
	for _, c := range changes {
		if names[c.By] != "" {
			c.By = names[c.By]
		}
		v.Changes = append(v.Changes, web.DeskPartyChange(c))
	}
	return v, err
}

// mentions says whether a constituent has a text in its id, name, sector, selectors or contacts.
func mentions(c *party.Constituent, text string) bool {
	text = strings.ToLower(text)
	in := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
	}
	return in(c.ID, c.Name, c.Sector) ||
		slices.ContainsFunc(c.Selectors, func(s party.Selector) bool { return in(s.Value) }) ||
		slices.ContainsFunc(c.Contacts, func(k party.Contact) bool { return in(k.Name, k.Address) })
}

func (p *deskPage) exportConstituents(w http.ResponseWriter, r *http.Request) error {
	all, err := p.desk.Service.Store.Constituents(r.Context(), p.sight.Tenant)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := party.WriteConstituents(&b, all); err != nil {
		return err
	}
	if err := p.looked(r.Context(), "constituent.export", "constituents "+p.sight.Tenant); err != nil {
		return err
	}
	send(w, r, &answer{kind: "text/csv; charset=utf-8; header=present", name: "constituents.csv", plain: b.Bytes(), status: http.StatusOK}, false)
	return nil
}

// given reads what was sent: a file or a field of a form, or a body of its own, of which the query says the rest.
func given(r *http.Request, field string) (text []byte, get func(string) string, err error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch kind {
	case "text/csv", "application/yaml":
		text, err = io.ReadAll(r.Body)
		return text, r.URL.Query().Get, wrongBody(err)
	case "multipart/form-data":
		if err := r.ParseMultipartForm(mostDocument); err != nil {
			return nil, nil, wrongBody(err)
		}
		defer func() { _ = r.MultipartForm.RemoveAll() }() // what is left goes with the folder of temporary files
	}
	text = []byte(strings.ReplaceAll(r.PostFormValue(field), "\r\n", "\n"))
	f, _, err := r.FormFile("file")
	if err != nil { // none was chosen
		return text, r.PostFormValue, nil
	}
	defer f.Close()
	if sent, err := io.ReadAll(f); err != nil || len(sent) > 0 {
		return sent, r.PostFormValue, wrongBody(err)
	}
	return text, r.PostFormValue, nil
}

func wrongBody(err error) error {
	if err != nil {
		err = wrong("it cannot be read, or is larger than %d MiB", mostDocument>>20)
	}
	return err
}

// changeConstituents previews a table, puts in place one that was previewed, or confirms what was chosen.
func (p *deskPage) changeConstituents(w http.ResponseWriter, r *http.Request) error {
	text, get, err := given(r, "table")
	if err != nil {
		return err
	}
	if get("act") == "confirm" {
		return p.confirm(w, r)
	}
	table, err := party.ReadConstituents(bytes.NewReader(text))
	if err == nil && len(table) == 0 {
		err = errors.New("no table was given: choose a file, or paste one")
	}
	if err != nil {
		return p.directoryWrong(w, r, err.Error(), string(text))
	}
	ctx, days := r.Context(), replaySpans()[0]
	if n, err := strconv.Atoi(get("days")); err == nil && slices.Contains(replaySpans(), n) {
		days = n
	}
	whole, files := get("whole") != "", p.desk.Files
	if get("act") == "apply" {
		files = nil // what it does to the past was seen
	}
	pre, err := p.desk.Parties.Preview(ctx, files, p.sight.Tenant, table, whole, p.desk.Now().AddDate(0, 0, -days))
	if err != nil {
		return err
	}
	plan := planView(pre, whole, days, string(text))
	switch {
	case get("act") != "apply":
		plan.Unread = p.desk.Files == nil
		v, err := p.directory(r)
		if err != nil {
			return err
		}
		v.Preview = plan
		return p.showDirectory(w, r, http.StatusOK, v)
	case plan.Blocked:
		return p.directoryWrong(w, r, "two constituents have the same selector", string(text))
	case get("seen") != plan.Seen:
		return p.directoryWrong(w, r, "this table was not previewed as things stand now: look at the preview, then apply it", string(text))
	}
	if err := p.desk.Parties.Apply(ctx, p.sight.Tenant, pre, p.viewer.Account, parties.Words("a table", pre.Plan), p.desk.Now()); err != nil {
		if errors.Is(err, store.ErrConflict) {
			return p.directoryWrong(w, r, "somebody changed the directory meanwhile: look at the preview again", string(text))
		}
		return err
	}
	return p.did(w, r, "/desk/constituents", "apply")
}

// planView makes a view of a preview; what was seen is told by its hash.
func planView(pre *parties.Preview, whole bool, days int, text string) *web.DeskDirectoryPlan {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %t\n%s", pre.Version, whole, text))
	v := &web.DeskDirectoryPlan{Seen: hex.EncodeToString(sum[:]), Whole: whole, Added: pre.Plan.Added, Changed: pre.Plan.Changed, Dropped: pre.Plan.Dropped, Same: pre.Plan.Same,
		Overlaps: pre.Overlaps, Blocked: len(pre.Equal()) > 0, Days: days, Replayed: pre.Replayed, Moved: pre.Moved, Table: text}
	for _, m := range v.Moved {
		v.Away += m.Events
	}
	v.Moved = v.Moved[:min(len(v.Moved), movedShown)]
	return v
}

// directoryWrong says what is wrong with a table; it stays in its field.
func (p *deskPage) directoryWrong(w http.ResponseWriter, r *http.Request, says, text string) error {
	v, err := p.directory(r)
	if err != nil {
		return err
	}
	v.Wrong, v.Preview = says, nil
	if extension(r) == asJSON {
		return wrong("%s", says)
	}
	v.Entered = text
	return p.showDirectory(w, r, http.StatusUnprocessableEntity, v)
}

// confirm says of constituents that they were confirmed today.
func (p *deskPage) confirm(w http.ResponseWriter, r *http.Request) error {
	ids := r.PostForm["constituent"]
	if r.MultipartForm != nil {
		ids = r.MultipartForm.Value["constituent"]
	}
	if len(ids) == 0 {
		return p.bulkWrong(w, r, "no constituent was chosen: tick some first")
	}
	_, err := p.desk.Parties.Confirm(r.Context(), p.sight.Tenant, ids, p.viewer.Account, p.desk.Now())
	if errors.Is(err, store.ErrConflict) {
		return p.bulkWrong(w, r, "somebody changed the directory meanwhile: try it again")
	}
	if err != nil {
		return err
	}
	return p.did(w, r, "/desk/constituents?due=1", "confirm")
}

// did answers for what was done: a browser goes on to a page, a program is told.
func (p *deskPage) did(w http.ResponseWriter, r *http.Request, to, did string) error {
	if extension(r) == asJSON {
		send(w, r, &answer{kind: "application/json", plain: fmt.Appendf(nil, "{%q:true}\n", did), status: http.StatusOK}, false)
		return nil
	}
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("did", did)
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
	return nil
}
