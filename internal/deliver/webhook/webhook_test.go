package webhook

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// The vector of the specification's own libraries.
func TestSignVector(t *testing.T) {
	got, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	for _, bad := range []string{"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsec_c2hvcnQ="} {
		if CheckSecret(bad) == nil {
			t.Errorf("secret %q was taken", bad)
		}
	}
	if a, b := NewSecret(), NewSecret(); a == b || CheckSecret(a) != nil {
		t.Errorf("new secrets are %s and %s", a, b)
	}
}

// receiver is a server over TLS, and a poster that may reach it.
func receiver(t *testing.T, handle http.HandlerFunc, change func(*Config)) (*Poster, alert.Channel) {
	t.Helper()
	s := httptest.NewTLSServer(handle)
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, CAFile: ca, Timeout: 5 * time.Second}
	if change != nil {
		change(&c)
	}
	p, err := New(c, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return p, alert.Channel{Kind: alert.Webhook, Target: s.URL + "/hook", Secrets: []string{NewSecret(), NewSecret()}}
}

func message() alert.Message {
	return alert.Message{ID: "m1", Subject: "[high] Leak <!channel> @all `x`", Text: "text ``` <@U1> & more\n", At: noon, Alerts: []alert.Alert{}}
}

// A receiver checks a post as the specification says, and can tell a second try from a second message.
func TestSend(t *testing.T) {
	var ids []string
	var channel alert.Channel
	p, channel := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got a %s with %v", r.Method, r.Header)
		}
		given := strings.Fields(r.Header.Get("webhook-signature"))
		for n, secret := range channel.Secrets {
			want, _ := Sign(secret, r.Header.Get("webhook-id"), time.Unix(at, 0), body)
			if len(given) != 2 || given[n] != want {
				t.Errorf("signature %d of %v is not %s", n, given, want)
			}
		}
		var e event
		if err := json.Unmarshal(body, &e); err != nil || e.Type != "pahra.alerts" || e.Data.ID != "m1" {
			t.Errorf("the body is %s: %v", body, err)
		}
		ids = append(ids, r.Header.Get("webhook-id"))
	}, nil)
	for range 2 {
		if err := p.Send(t.Context(), channel, "d1", message()); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 2 || ids[0] != "msg_d1" || ids[1] != ids[0] {
		t.Errorf("the ids were %v", ids)
	}
}

func TestChat(t *testing.T) {
	p, c := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body) != 1 {
			t.Errorf("got %v, %v", body, err)
		}
		text := body["text"]
		if strings.ContainsAny(text, "<>&@") || strings.Count(text, "```") != 2 || strings.Count(text, "`") != 6 {
			t.Errorf("markup got through: %q", text)
		}
		if r.Header.Get("webhook-signature") != "" {
			t.Error("a chat was sent a signature")
		}
	}, nil)
	c.Kind, c.Secrets = alert.Chat, nil
	long := message()
	long.Text += strings.Repeat("é", 20_000)
	if err := errors.Join(p.Send(t.Context(), c, "d1", message()), p.Send(t.Context(), c, "d2", long)); err != nil {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	followed := false
	for _, c := range []struct {
		status int
		header string
		want   alert.Failure
	}{
		{http.StatusFound, "", alert.Failure{}},
		{http.StatusInternalServerError, "", alert.Failure{}},
		{http.StatusNotFound, "", alert.Failure{}},
		{http.StatusGone, "", alert.Failure{Gone: true}},
		{http.StatusTooManyRequests, "90", alert.Failure{RetryAfter: 90 * time.Second}},
		{http.StatusServiceUnavailable, noon.Add(time.Hour).Format(http.TimeFormat), alert.Failure{RetryAfter: time.Hour}},
		{http.StatusServiceUnavailable, "99999999", alert.Failure{RetryAfter: alert.LongestWait}},
	} {
		p, channel := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			followed = followed || r.URL.Path != "/hook"
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Retry-After", c.header)
			w.WriteHeader(c.status)
			io.WriteString(w, strings.Repeat("x", 1<<20))
		}, nil)
		var got *alert.Failure
		if err := p.Send(t.Context(), channel, "d1", message()); !errors.As(err, &got) || got.Gone != c.want.Gone || got.Permanent || got.RetryAfter != c.want.RetryAfter {
			t.Errorf("%d: got %+v", c.status, got)
		}
	}
	if followed {
		t.Error("a redirect was followed")
	}
}

// What is not of the public Internet is refused, by its number and behind a name.
func TestGuard(t *testing.T) {
	reached := false
	p, channel := receiver(t, func(http.ResponseWriter, *http.Request) { reached = true }, func(c *Config) { c.AllowNetworks = nil })
	port := channel.Target[strings.LastIndex(channel.Target, ":"):]
	for _, target := range []string{channel.Target, "https://localhost" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port, "https://[64:ff9b::7f00:1]" + port} {
		channel.Target = target
		var f *alert.Failure
		if err := p.Send(t.Context(), channel, "d1", message()); !errors.As(err, &f) || !f.Permanent || !errors.Is(err, errNotPublic) {
			t.Errorf("%s: got %v", target, err)
		}
	}
	if reached {
		t.Error("a post reached this machine")
	}
	for _, ip := range []string{"169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1",
		"::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "64:ff9b::a00:1", "::ffff:10.0.0.1", "2001::1", "fe80::1%eth0", "4000::1"} {
		if p.allowed(netip.MustParseAddr(ip)) == nil {
			t.Errorf("%s was allowed", ip)
		}
	}
	for _, ip := range []string{"8.8.8.8", "193.0.6.139", "2001:67c:2e8::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"} {
		if err := p.allowed(netip.MustParseAddr(ip)); err != nil {
			t.Errorf("%s: %v", ip, err)
		}
	}
	for _, target := range []string{"http://example.net/", "ftp://example.net/", "https://user:pass@example.net/", "https:///x", "https://192.168.0.1/", "https://[fe80::1%25eth0]/", "::", "https://e/#f"} {
		if p.CheckTarget(target) == nil {
			t.Errorf("target %q was taken", target)
		}
	}
}

// A receiver that takes the post and says nothing costs its timeout, and an error does not tell the address's secret.
func TestReceiverHangs(t *testing.T) {
	stop := make(chan struct{})
	p, channel := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}, func(c *Config) { c.Timeout = 100 * time.Millisecond })
	defer close(stop)
	channel.Target += "/T00/B00/SECRET"
	var f *alert.Failure
	if err := p.Send(t.Context(), channel, "d1", message()); err == nil || errors.As(err, &f) || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Send(ctx, channel, "d1", message()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A receiver that is not there is tried again.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := "https://" + l.Addr().String()
	l.Close()
	p, channel := receiver(t, nil, nil)
	channel.Target = target
	var f *alert.Failure
	if err := p.Send(t.Context(), channel, "d1", message()); err == nil || errors.As(err, &f) {
		t.Errorf("got %v", err)
	}
}
