package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/statement"
	"pahra/internal/language"
	"pahra/internal/limit"
	"pahra/internal/service/reports"
	"pahra/internal/service/statements"
	"pahra/internal/web"
)

// FormConfig is what the form for everybody is made of. Every field but Site and Synthetic is needed.
type FormConfig struct {
	Statements *statements.Service
	Languages  *language.Catalogue
	Offset     string // of the times that are entered, unless another is chosen: "+05:30"
	Site       string // the service's own address
	Synthetic  bool
	Client     func(*http.Request) netip.Addr
	Log        *slog.Logger
	Now        func() time.Time
}

// Form takes what citizens and organisations report, over pages and as JSON, without an account. Safe for concurrent use.
type Form struct {
	config FormConfig
	pages  *web.Portal
	origin *http.CrossOriginProtection
	sent   *limit.Requests
	app    *App
}

// perHour is how many reports one address may send in an hour, and how often it may ask for a receipt in that time is ten
// times that.
const perHour = 20

// NewForm gives the pages.
func NewForm(c FormConfig) (*Form, error) {
	f := &Form{config: c, origin: http.NewCrossOriginProtection(), sent: limit.NewRequests(time.Hour, c.Now)}
	if c.Site != "" {
		if err := f.origin.AddTrustedOrigin(c.Site); err != nil {
			return nil, err
		}
	}
	var err error
	f.pages, err = web.NewPortal()
	return f, err
}

// JoinForm puts the form beside the other pages.
func (a *App) JoinForm(f *Form) {
	f.app = a
	a.mux.HandleFunc("GET /report", f.page("form", func(*http.Request, *web.FormView) (int, error) { return http.StatusOK, nil }))
	a.mux.HandleFunc("POST /report", f.page("form", f.send))
	a.mux.HandleFunc("GET /report/receipt", f.page("receipt", func(*http.Request, *web.FormView) (int, error) { return http.StatusOK, nil }))
	a.mux.HandleFunc("POST /report/receipt", f.page("receipt", f.receipt))
}

// offsets are the times zones to choose from.
func offsets() []string {
	list := []string{"+00:00"}
	for _, o := range strings.Fields("-12 -11 -10 -09:30 -09 -08 -07 -06 -05 -04 -03:30 -03 -02 -01 +01 +02 +03 +03:30 +04 +04:30 +05 +05:30 +05:45 +06 +06:30 +07 +08 +09 +09:30 +10 +10:30 +11 +12 +12:45 +13 +14") {
		if !strings.Contains(o, ":") {
			o += ":00"
		}
		list = append(list, o)
	}
	return list
}

// page answers a request with a page; do says with which status, or that another page is shown by setting the view's receipt.
func (f *Form) page(name string, do func(*http.Request, *web.FormView) (int, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all := f.config.Languages
		v := &web.FormView{Language: all.Accepted(r.Header.Get("Accept-Language")), Style: "/static/" + f.app.assets.version + "/" + web.StyleName,
			Synthetic: f.config.Synthetic, Here: r.URL.Path, Offset: f.config.Offset, Offsets: offsets(), Who: statement.Reporter{Mode: statement.Anonymous}}
		if tag := r.URL.Query().Get("lang"); tag != "" {
			v.Language = all.In(tag)
			v.Query = "?lang=" + v.Tag()
		}
		for _, tag := range all.Tags() {
			v.Languages = append(v.Languages, all.In(tag))
		}
		v.Title = v.Say(map[string]string{"form": "form.title", "receipt": "form.status.title"}[name])
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if r.Method == http.MethodPost && (f.origin.Check(r) != nil || r.ParseForm() != nil) {
			v.Problem = v.Say("portal.stale")
			f.write(w, r, name, v, http.StatusForbidden)
			return
		}
		status, err := do(r, v)
		if err != nil {
			f.app.fail(w, r, err)
			return
		}
		if name == "form" && v.Receipt.Code != "" {
			name, v.Title, v.Here = "thanks", v.Say("form.thanks"), "/report"
		}
		f.write(w, r, name, v, status)
	}
}

func (f *Form) write(w http.ResponseWriter, r *http.Request, name string, v *web.FormView, status int) {
	text, err := f.pages.Form(name, v)
	if err != nil {
		f.app.fail(w, r, err)
		return
	}
	send(w, r, &answer{kind: "text/html; charset=utf-8", plain: text, status: status}, false)
}

// tooMany counts a request of an address against a bound.
func (f *Form) tooMany(r *http.Request, kind string, most int) bool {
	n, _ := f.sent.Count(kind + " " + limit.Client("", f.config.Client(r)))
	return n > most
}

// send takes what was entered.
func (f *Form) send(r *http.Request, v *web.FormView) (int, error) {
	said, who, wrong := entered(r, v)
	v.Said, v.Who = said, who
	if f.tooMany(r, "report", perHour) {
		v.Problem = v.Say("form.busy")
		return http.StatusTooManyRequests, nil
	}
	var err error
	if len(wrong) == 0 {
		v.Receipt, wrong, err = f.config.Statements.Take(r.Context(), said, who)
	}
	switch {
	case errors.Is(err, reports.ErrBusy):
		v.Problem = v.Say("form.full")
		return http.StatusServiceUnavailable, nil
	case err != nil:
		return 0, err
	case len(wrong) > 0:
		v.Wrong = wrong
		v.Problem = v.Say("form.wrong", "fields", v.Fields())
		return http.StatusUnprocessableEntity, nil
	}
	return http.StatusCreated, nil
}

// entered reads the form's fields. What cannot be read as a number or a time is told as wrong.
func entered(r *http.Request, v *web.FormView) (said statement.Statement, who statement.Reporter, wrong []statement.Wrong) {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	v.Entered = map[string]string{"noticed": get("noticed"), "detected": get("detected"), "port": get("port")}
	if o := get("offset"); o != "" {
		v.Offset = o
	}
	said = statement.Statement{Address: get("address"), Domain: get("domain"), URL: get("url"), Affected: get("affected"), System: get("system"),
		Sector: get("sector"), Critical: get("critical") != "", Description: get("description"), Measures: get("measures")}
	for _, n := range []struct {
		name string
		into *int
	}{{"type", &said.Type}, {"port", &said.Port}} {
		if text := get(n.name); text != "" {
			var err error
			if *n.into, err = strconv.Atoi(text); err != nil {
				wrong = append(wrong, statement.Wrong{Field: n.name, Why: statement.Format})
			}
		}
	}
	for _, at := range []struct {
		name string
		into *time.Time
	}{{"noticed", &said.Noticed}, {"detected", &said.Detected}} {
		if text := get(at.name); text != "" {
			var err error
			if *at.into, err = time.Parse("2006-01-02T15:04Z07:00", text[:min(len(text), 16)]+v.Offset); err != nil {
				wrong = append(wrong, statement.Wrong{Field: at.name, Why: statement.Format})
			}
		}
	}
	who = statement.Reporter{Mode: statement.Mode(get("mode")), Name: get("name"), Organisation: get("organisation"), Mail: get("mail"), Phone: get("phone"), Consent: get("consent") != ""}
	return said, who, wrong
}

// receipt shows how a report stands, or forgets who sent it.
func (f *Form) receipt(r *http.Request, v *web.FormView) (int, error) {
	number, code := r.PostFormValue("receipt"), r.PostFormValue("code")
	v.Receipt.Number = number
	if f.tooMany(r, "receipt", 10*perHour) {
		v.Problem = v.Say("form.busy")
		return http.StatusTooManyRequests, nil
	}
	if r.PostFormValue("act") == "withdraw" {
		if err := f.config.Statements.Withdraw(r.Context(), number, code); err != nil && !errors.Is(err, statements.ErrNoReceipt) {
			return 0, err
		} else if err == nil {
			v.Done = v.Say("form.status.withdrawn")
		}
	}
	out, err := f.config.Statements.Look(r.Context(), number, code)
	if errors.Is(err, statements.ErrNoReceipt) {
		v.Problem = v.Say("form.status.wrong")
		return http.StatusNotFound, nil
	}
	if err != nil {
		return 0, err
	}
	v.Outcome, v.Receipt.Code = &out, code
	return http.StatusOK, nil
}

// Take is the form for programs: a POST of JSON with "incident" and "reporter". It needs no account.
func (f *Form) Take(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // whoever asked went away
	}
	type problem struct {
		Detail string            `json:"detail"`
		Wrong  []statement.Wrong `json:"wrong,omitempty"`
	}
	if f.tooMany(r, "report", perHour) {
		w.Header().Set("Retry-After", "3600")
		answer(http.StatusTooManyRequests, problem{Detail: "too many reports came from this address"})
		return
	}
	var body struct {
		Incident statement.Statement `json:"incident"`
		Reporter statement.Reporter  `json:"reporter"`
	}
	read := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm))
	read.DisallowUnknownFields()
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		answer(http.StatusUnsupportedMediaType, problem{Detail: "send application/json"})
		return
	}
	if err := read.Decode(&body); err != nil {
		answer(http.StatusBadRequest, problem{Detail: err.Error()})
		return
	}
	receipt, wrong, err := f.config.Statements.Take(r.Context(), body.Incident, body.Reporter)
	switch {
	case errors.Is(err, reports.ErrBusy):
		w.Header().Set("Retry-After", "300")
		answer(http.StatusServiceUnavailable, problem{Detail: reports.ErrBusy.Error()})
	case err != nil:
		f.config.Log.Error("taking a statement", "err", err)
		answer(http.StatusInternalServerError, problem{Detail: "it was not taken"})
	case len(wrong) > 0:
		answer(http.StatusUnprocessableEntity, problem{"something is wrong", wrong})
	default:
		answer(http.StatusCreated, receipt)
	}
}
