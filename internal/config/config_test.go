package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	c, err := Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.StoreURL() != "sqlite:/var/lib/pahra/pahra.db" || !c.Has("web") || !c.Has("watch") || c.Watch.PublishEvery != 15*time.Minute {
		t.Errorf("defaults are %+v", c)
	}
}

func TestFileAndEnvironment(t *testing.T) {
	text := `
state: /srv/pahra
listen: "[::]:443"
watch: {publish_every: 30m, min_visibility: 3}
sources:
  - {name: ris, rislive: {collectors: [rrc00, rrc01]}, stale_after: 30s}
  - {name: validator, rtr: {address: "127.0.0.1:323"}}
`
	c, err := Parse([]byte(text), []string{"PAHRA_LISTEN=127.0.0.1:80", "PAHRA_WATCH_MIN_DURATION=2m", "PAHRA_ROLES=web,watch",
		"PAHRA_TRUSTED_PROXIES=10.0.0.0/8", "PAHRA_REALDATA=/x", "PAHRA_ALERTS_SYSLOG_HOSTNAME=pahra", "HOME=/root"})
	if err != nil {
		t.Fatal(err)
	}
	if c.State != "/srv/pahra" || c.Listen != "127.0.0.1:80" || c.Watch.MinVisibility != 3 || c.Watch.MinDuration != 2*time.Minute ||
		!slices.Equal(c.Roles, []string{"web", "watch"}) || len(c.TrustedProxies) != 1 || c.Alerts.Syslog.Hostname != "pahra" {
		t.Errorf("settings are %+v", c)
	}
	if got := c.Sources[0].Stale(); got != 30*time.Second {
		t.Errorf("the first source is stale after %s", got)
	}
	if got := c.Sources[1].Stale(); got != 2*time.Hour {
		t.Errorf("the second source is stale after %s, not its kind's default", got)
	}
}

func TestWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		environ []string
		want    string
	}{
		"unknown key":         {"listne: x", nil, "line 1: field listne not found"},
		"unknown key below":   {"sources: [{name: a, rislive: {urll: x}}]", nil, "urll"},
		"repeated key":        {"state: a\nstate: b", nil, "already defined"},
		"two documents":       {"state: a\n---\nstate: b", nil, "more than one document"},
		"unknown variable":    {"", []string{"PAHRA_LISTNE=x"}, "PAHRA_LISTNE is no setting"},
		"bad variable":        {"", []string{"PAHRA_WATCH_MIN_VISIBILITY=many"}, "PAHRA_WATCH_MIN_VISIBILITY"},
		"metrics for all":     {"metrics: 0.0.0.0:9", nil, "metrics: 0.0.0.0:9 is not an address of this machine alone"},
		"no such role":        {"roles: [cook]", nil, `roles: "cook" is none of`},
		"no role":             {"roles: []", nil, "roles: one at least"},
		"two kinds":           {"sources: [{name: a, rislive: {}, rtr: {address: 'h:1'}}]", nil, "sources: a: one kind of source is needed, not 2"},
		"no kind":             {"sources: [{name: a}]", nil, "not 0"},
		"same name":           {"sources: [{name: a, rislive: {}}, {name: a, rislive: {}}]", nil, "there twice"},
		"the watch's name":    {"sources: [{name: watch, rislive: {}}]", nil, "watch: the name is that of the watch itself"},
		"all of RIS twice":    {"sources: [{name: a, rislive: {}}, {name: b, rislive: {}}]", nil, "sources: a and b both speak for all collectors of RIS"},
		"RIS live and files":  {"sources: [{name: a, rislive: {}}, {name: b, mrt: {archive: ris, accept: [ris-updates, ris-tables], collectors: [rrc00]}}]", nil, "a and b both speak for collector rrc00"},
		"a collector twice":   {"sources: [{name: a, rislive: {collectors: [rrc00, rrc01]}}, {name: b, rislive: {collectors: [rrc01]}}]", nil, "a and b both speak for collector rrc01"},
		"a router as RIS":     {"sources: [{name: a, bmp: {listen: '127.0.0.1:1', routers: [{address: 127.0.0.1, collector: rrc00}]}}, {name: b, rislive: {}}]", nil, "b and a both speak for collector rrc00"},
		"two routers":         {"sources: [{name: a, bmp: {listen: '127.0.0.1:1', routers: [{address: 127.0.0.1, collector: edge1}]}}, {name: b, bmp: {listen: '127.0.0.1:2', routers: [{address: 127.0.0.1, collector: edge1}]}}]", nil, "a and b both speak for collector edge1"},
		"a name twice in one": {"sources: [{name: a, rislive: {collectors: [rrc00, rrc00]}}]", nil, "sources: a: collector rrc00 is there twice"},
		"bad name":            {"sources: [{name: ../a, rislive: {}}]", nil, "number 1"},
		"source's own":        {"sources: [{name: a, rtr: {address: nowhere}}]", nil, "sources: a: rtr: "},
		"publication times":   {"watch: {publish_every: 7m}", nil, "watch: publish_every 7m0s does not divide a day"},
		"journal too short":   {"retention: {journal: 1m}", nil, "retention.journal"},
		"bad address":         {"listen: nowhere", nil, "listen: "},
		"bad public address":  {"public_url: pahra.example", nil, "public_url: "},
		"more than one thing": {"log: {level: loud, format: verse}", nil, "log.format"},
	} {
		_, err := Parse([]byte(c.text), c.environ)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestSourcesThatGoTogether: sources may be of one kind, and an archive may fill what another source missed.
func TestSourcesThatGoTogether(t *testing.T) {
	for _, text := range []string{
		"sources: [{name: a, rislive: {}}, {name: b, fills: [a], mrt: {archive: ris, accept: [ris-updates, ris-tables]}}, {name: c, mrt: {archive: routeviews, collectors: [route-views2]}}]",
		"sources: [{name: a, rislive: {collectors: [rrc00]}}, {name: b, rislive: {collectors: [rrc01]}}, {name: c, mrt: {archive: ris, accept: [ris-updates, ris-tables], collectors: [rrc03]}}]",
		"sources: [{name: a, rislive: {}}, {name: b, bmp: {listen: '127.0.0.1:1', routers: [{address: 127.0.0.1, collector: edge1}, {address: 127.0.0.2}]}}, {name: c, bmp: {listen: '127.0.0.1:2', routers: [{address: 127.0.0.1}]}}]",
	} {
		if _, err := Parse([]byte(text), nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
