package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/service"
	"pahra/internal/web"
	"pahra/wire/values"
)

// Alerts is where people say what they want to be told. *service.AlertDesk is one.
type Alerts interface {
	Overview(ctx context.Context, v account.Viewer) (service.AlertOverview, error)
	AddChannel(ctx context.Context, v account.Viewer, kind alert.ChannelKind, name, target string) (alert.Channel, error)
	Do(ctx context.Context, v account.Viewer, channel, act string) (alert.Channel, error)
	Confirm(ctx context.Context, channel, code string) error
	Subscribe(ctx context.Context, v account.Viewer, s alert.Subscription) (alert.Subscription, error)
	Turn(ctx context.Context, v account.Viewer, subscription, act string) error
	Retry(ctx context.Context, v account.Viewer, channel, delivery string) error
}

// alertRoutes are the pages of alerts. To confirm takes a form, since programs open the links in mails.
func (a *Accounts) alertRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /account/alerts", a.member(a.alertsPage))
	mux.HandleFunc("POST /account/alerts/channel", a.member(a.addChannel))
	mux.HandleFunc("POST /account/alerts/channel/{id}/{act}", a.member(a.actOnChannel))
	mux.HandleFunc("POST /account/alerts/subscription", a.member(a.subscribe))
	mux.HandleFunc("POST /account/alerts/subscription/{id}/{act}", a.member(a.turnSubscription))
	mux.HandleFunc("POST /account/alerts/retry/{channel}/{id}", a.member(a.retryDelivery))
	mux.HandleFunc("GET /account/alerts/confirm/{id}", a.wrap(a.confirmPage))
	mux.HandleFunc("POST /account/alerts/confirm/{id}", a.wrap(a.confirmChannel))
}

// alertsDone are what the page says after a form went well.
func alertsDone(word string) string {
	return map[string]string{
		"channel": "The channel is there.", "asked": "The channel is there. An address that is not your account’s own was asked first whether it wants alerts.",
		"test": "The test was sent.", "ask": "The address was asked again.", "enable": "The channel is enabled.", "remove": "It is gone.",
		"subscribed": "You are subscribed.", "pause": "The subscription is paused.", "resume": "The subscription is active again.", "retry": "It is tried again.",
	}[word]
}

func (a *Accounts) alertsPage(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	return a.showAlerts(w, r, v, http.StatusOK, web.AlertsForm{Said: web.Said{Done: alertsDone(r.FormValue("done"))}})
}

func (a *Accounts) showAlerts(w http.ResponseWriter, r *http.Request, v account.Viewer, status int, f web.AlertsForm) error {
	o, err := a.config.Alerts.Overview(r.Context(), v)
	if err != nil {
		return err
	}
	for _, c := range o.Channels {
		f.Channels = append(f.Channels, web.ChannelRow{Channel: c.Channel, State: c.State, Reason: c.Reason})
	}
	for _, s := range o.Subscriptions {
		f.Subscriptions = append(f.Subscriptions, web.SubscriptionRow{Subscription: s.Subscription, Paused: s.Paused})
	}
	for _, d := range o.Deliveries {
		f.Deliveries = append(f.Deliveries, web.DeliveryRow{ID: d.ID, Channel: d.Channel, Name: d.Name, Subject: d.Subject, State: string(d.State), Error: d.Error,
			Queued: d.Queued, Attempts: d.Attempts})
	}
	f.Admin = v.Role >= account.Administrator
	f.Kinds, f.Severities = alert.Kinds(), []alert.Severity{alert.Info, alert.Low, alert.Medium, alert.High, alert.Critical}
	f.Roles = []alert.Role{alert.Announcer, alert.Accomplice, alert.Victim, alert.Owner}
	return a.page(w, r, status, "Alerts", "alerts", f)
}

// alertsWrong shows the page again with what is wrong and what was entered, or hands the error on.
func (a *Accounts) alertsWrong(w http.ResponseWriter, r *http.Request, v account.Viewer, err error, entered map[string]string) error {
	says, status, ok := inWords(err)
	if !ok {
		return err
	}
	return a.showAlerts(w, r, v, status, web.AlertsForm{Said: web.Said{Wrong: says}, Entered: entered})
}

func (a *Accounts) addChannel(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	name, target := r.PostFormValue("name"), r.PostFormValue("target")
	c, err := a.config.Alerts.AddChannel(r.Context(), v, alert.ChannelKind(r.PostFormValue("kind")), name, target)
	if err != nil {
		return a.alertsWrong(w, r, v, err, map[string]string{"channel": name, "target": target})
	}
	if len(c.Secrets) > 0 {
		return a.showAlerts(w, r, v, http.StatusCreated, web.AlertsForm{Said: web.Said{Done: alertsDone("channel")}, Secret: c.Secrets[0]})
	}
	if c.Kind == alert.Mail {
		return after(w, r, "/account/alerts", "asked")
	}
	return after(w, r, "/account/alerts", "channel")
}

func (a *Accounts) actOnChannel(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	act := r.PathValue("act")
	c, err := a.config.Alerts.Do(r.Context(), v, r.PathValue("id"), act)
	if err != nil {
		return a.alertsWrong(w, r, v, err, nil)
	}
	if act == "rotate" {
		return a.showAlerts(w, r, v, http.StatusOK, web.AlertsForm{Secret: c.Secrets[0]})
	}
	return after(w, r, "/account/alerts", act)
}

func (a *Accounts) subscribe(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	s, err := readSubscription(r)
	if err == nil {
		_, err = a.config.Alerts.Subscribe(r.Context(), v, s)
	}
	if err != nil {
		entered := map[string]string{}
		for _, field := range []string{"name", "networks", "prefixes", "neighbourhoods", "zone"} {
			entered[field] = r.PostFormValue(field)
		}
		return a.alertsWrong(w, r, v, err, entered)
	}
	return after(w, r, "/account/alerts", "subscribed")
}

func (a *Accounts) turnSubscription(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	act := r.PathValue("act")
	if err := a.config.Alerts.Turn(r.Context(), v, r.PathValue("id"), act); err != nil {
		return a.alertsWrong(w, r, v, err, nil)
	}
	return after(w, r, "/account/alerts", act)
}

func (a *Accounts) retryDelivery(w http.ResponseWriter, r *http.Request, v account.Viewer) error {
	if err := a.config.Alerts.Retry(r.Context(), v, r.PathValue("channel"), r.PathValue("id")); err != nil {
		return err
	}
	return after(w, r, "/account/alerts", "retry")
}

func (a *Accounts) confirmPage(w http.ResponseWriter, r *http.Request) error {
	return a.page(w, r, http.StatusOK, "Do you want alerts?", "confirm", [2]string{r.PathValue("id"), r.FormValue("code")})
}

func (a *Accounts) confirmChannel(w http.ResponseWriter, r *http.Request) error {
	if err := a.config.Alerts.Confirm(r.Context(), r.PathValue("id"), r.PostFormValue("code")); err != nil {
		return err
	}
	a.refuse(w, r, http.StatusOK, "Alerts will come", "The address is confirmed. You can close this page.")
	return nil
}

// formError says what is wrong with what was entered.
func formError(format string, args ...any) error {
	return &account.WrongError{Says: fmt.Sprintf(format, args...)}
}

// readSubscription reads a form.
func readSubscription(r *http.Request) (s alert.Subscription, err error) {
	s.Name, s.Zone = strings.TrimSpace(r.PostFormValue("name")), strings.TrimSpace(r.PostFormValue("zone"))
	s.Channels, s.NoFollowUp = r.PostForm["channels"], r.PostFormValue("no_follow_up") != ""
	s.MinSeverity, s.Digest = alert.Severity(r.PostFormValue("min_severity")), alert.Digest(r.PostFormValue("digest"))
	for _, k := range r.PostForm["kinds"] {
		s.Kinds = append(s.Kinds, alert.Kind(k))
	}
	for _, role := range r.PostForm["roles"] {
		s.Roles = append(s.Roles, alert.Role(role))
	}
	for _, text := range words(r.PostFormValue("networks"), " ,;\n\r\t") {
		asn, err := values.ParseASN(text)
		if err != nil {
			return s, formError("%v", err)
		}
		s.Networks = append(s.Networks, asn)
	}
	s.Neighbourhoods = words(r.PostFormValue("neighbourhoods"), ",;\n\r\t")
	for _, line := range words(r.PostFormValue("prefixes"), ",;\n\r") {
		choice, err := readPrefix(line)
		if err != nil {
			return s, err
		}
		s.Prefixes = append(s.Prefixes, choice)
	}
	for name, into := range map[string]*int{"digest_hour": &s.DigestHour, "per_hour": &s.PerHour} {
		if text := r.PostFormValue(name); text != "" {
			if *into, err = strconv.Atoi(text); err != nil {
				return s, formError("%.20q is not a whole number", text)
			}
		}
	}
	if text := r.PostFormValue("min_confidence"); text != "" {
		if s.MinConfidence, err = strconv.ParseFloat(text, 64); err != nil {
			return s, formError("%.20q is not a number from 0 to 1", text)
		}
	}
	s.Quiet, err = readQuiet(r.PostFormValue("quiet_from"), r.PostFormValue("quiet_to"))
	return s, err
}

// words splits what was entered and leaves out what is empty.
func words(text, at string) (list []string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(at, r) }) {
		if w = strings.TrimSpace(w); w != "" {
			list = append(list, w)
		}
	}
	return list
}

// readPrefix reads "192.0.2.0/24 inside".
func readPrefix(line string) (c alert.PrefixChoice, err error) {
	fields := strings.Fields(line)
	if len(fields) > 2 {
		return c, formError("%.60q is more than a prefix and a word", line)
	}
	c.Match = alert.Touching
	if len(fields) == 2 {
		c.Match = alert.PrefixMatch(fields[1])
	}
	if c.Prefix, err = values.ParsePrefix(fields[0]); err != nil {
		return c, formError("%v", err)
	}
	return c, nil
}

// readQuiet reads two times of the day, "22:00"; both empty is no quiet hours.
func readQuiet(from, to string) (*alert.Quiet, error) {
	if from == "" && to == "" {
		return nil, nil
	}
	var minutes [2]int
	for n, text := range []string{from, to} {
		hour, minute, ok := strings.Cut(text, ":")
		h, errH := strconv.Atoi(hour)
		m, errM := strconv.Atoi(minute)
		if !ok || errH != nil || errM != nil || h < 0 || h > 23 || m < 0 || m > 59 {
			return nil, formError("%.20q is not a time such as 22:00", text)
		}
		minutes[n] = h*60 + m
	}
	return &alert.Quiet{From: minutes[0], To: minutes[1]}, nil
}
