package app_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/deliver/mail"
	"pahra/internal/service"
	"pahra/internal/web/app"
)

// postRoom delivers nothing: it keeps what it is given. Channels are checked as the true one does.
type postRoom struct {
	*service.Delivery
	mails *[]string
	sent  *int
}

func (p postRoom) Deliver(context.Context, alert.Channel, string, alert.Message) error {
	*p.sent++
	return nil
}

func (p postRoom) Mail(_ context.Context, _, _, text string) error {
	*p.mails = append(*p.mails, text)
	return nil
}

// alertOffice is an office whose people can have alerts.
func alertOffice(t *testing.T) (o *office, mails *[]string, sent *int) {
	t.Helper()
	mails, sent = new([]string), new(int)
	o = newOffice(t, func(c *app.AccountsConfig) {
		d, err := service.NewDelivery(service.DeliverConfig{Mail: &mail.Config{Host: "mail.example", From: "watch@example.net"}}, c.Now)
		if err != nil {
			t.Fatal(err)
		}
		c.Alerts = &desk{AlertDesk: service.AlertDesk{Delivery: postRoom{d, mails, sent}, Changed: func() {}, Site: c.Site, Now: c.Now}, office: &o}
	})
	return o, mails, sent
}

// desk takes the office's store once there is one.
type desk struct {
	service.AlertDesk
	office **office
}

func (d *desk) Overview(ctx context.Context, v account.Viewer) (service.AlertOverview, error) {
	d.Store = (*d.office).db
	return d.AlertDesk.Overview(ctx, v)
}

func TestAlertPages(t *testing.T) {
	o, mails, sent := alertOffice(t)
	b, a := o.person("ann", account.Member)
	o.hold(a, 64500)
	b.is(b.get("/account"), http.StatusOK, "Alerts")
	b.is(b.get("/account/alerts"), http.StatusOK, "What do you want to hear of?", "There are none yet. Add one first.")

	// A webhook comes with its secret; what is inside is refused.
	p := b.is(b.post("/account/alerts/channel", "name", "hook", "kind", "webhook", "target", "https://hooks.example/T/B/SECRET"), http.StatusCreated, "It is not shown again", "whsec_")
	if strings.Contains(p.body, "SECRET") {
		t.Error("the page shows an address that is a secret")
	}
	b.is(b.post("/account/alerts/channel", "name", "x", "kind", "webhook", "target", "https://127.0.0.1/"), http.StatusUnprocessableEntity, "not of the public Internet")
	b.is(b.post("/account/alerts/channel", "name", "x", "kind", "syslog", "target", "soc"), http.StatusForbidden)

	// Another's address of mail is asked, and says yes with a form: a program that opens the link confirms nothing.
	b.is(b.post("/account/alerts/channel", "name", "noc", "kind", "mail", "target", "noc@example.org"), http.StatusSeeOther)
	link := regexp.MustCompile(`(/account/alerts/confirm/\w+)\?code=(\w+)`).FindStringSubmatch((*mails)[0])
	stranger := o.visitor()
	stranger.is(stranger.get(link[0]), http.StatusOK, "Do you want alerts?")
	b.is(b.get("/account/alerts"), http.StatusOK, "unconfirmed")
	stranger.is(stranger.post(link[1], "code", "guess"), http.StatusNotFound)
	stranger.is(stranger.post(link[1], "code", link[2]), http.StatusOK, "Alerts will come")

	channel := regexp.MustCompile(`/channel/(\w+)/rotate`).FindStringSubmatch(p.body)[1]
	b.is(b.post("/account/alerts/channel/"+channel+"/test"), http.StatusSeeOther)
	if *sent != 1 {
		t.Errorf("%d tests were sent", *sent)
	}
	subscribe := func(fields ...string) *http.Request {
		return form("/account/alerts/subscription", append([]string{"name", "ours", "channels", channel}, fields...)...)
	}
	for field, wrong := range map[string][2]string{
		"networks": {"ASx", "not an AS number"}, "prefixes": {"192.0.2.1/24", "bits set"}, "quiet_from": {"25:00", "is not a time"},
		"zone": {"Mars/Olympus", "not known"}, "kinds": {"x", "kind"}, "min_confidence": {"2", "from 0 to 1"}, "per_hour": {"many", "whole number"},
	} {
		b.is(b.send(subscribe(field, wrong[0])), http.StatusUnprocessableEntity, wrong[1])
	}
	b.is(b.send(subscribe("networks", "AS64500, 64501", "prefixes", "192.0.2.0/24 inside\n2001:db8::/32", "neighbourhoods", "country:IN", "kinds", "hijack",
		"roles", "victim", "quiet_from", "22:00", "quiet_to", "06:00", "zone", "Asia/Kolkata", "min_severity", "low")), http.StatusSeeOther)
	page := b.is(b.get("/account/alerts"), http.StatusOK, "AS64500, AS64501, 192.0.2.0/24 inside, 2001:db8::/32 touching, country:IN", "at once, at most 20 messages an hour")
	id := regexp.MustCompile(`/subscription/(\w+)/pause`).FindStringSubmatch(page.body)[1]
	s, err := o.db.Subscription(t.Context(), id)
	o.ok(err)
	if s.Owner != a.ID || *s.Quiet != (alert.Quiet{From: 1320, To: 360}) || s.MinSeverity != alert.Low {
		t.Errorf("subscribed %+v", s)
	}

	// Nobody turns another's.
	eve, _ := o.person("eve", account.Administrator)
	eve.is(eve.get("/account/alerts"), http.StatusOK, "There are none yet")
	eve.is(eve.post("/account/alerts/subscription/"+id+"/remove"), http.StatusNotFound)
	eve.is(eve.post("/account/alerts/channel/"+channel+"/remove"), http.StatusNotFound)
	stranger.is(stranger.get("/account/alerts"), http.StatusSeeOther)
	for _, act := range []string{"pause", "resume", "remove"} {
		b.is(b.post("/account/alerts/subscription/"+id+"/"+act), http.StatusSeeOther)
	}
	b.is(b.post("/account/alerts/channel/"+channel+"/rotate"), http.StatusOK, "whsec_")
	b.is(b.post("/account/alerts/channel/"+channel+"/remove"), http.StatusSeeOther)
}
