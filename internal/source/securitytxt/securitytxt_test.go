package securitytxt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site gives a client for whom every name leads to one server.
func site(t *testing.T, now func() time.Time, h http.HandlerFunc) *Client {
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true // its certificate is for other names
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	c := newClient(transport, now)
	t.Cleanup(c.Close)
	return c
}

func TestFetch(t *testing.T) {
	now, asked := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 0
	c := site(t, func() time.Time { return now }, func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.Host {
		case "good.example", "www.moved.example":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprint(w, "Contact: mailto:security@good.example\nExpires: 2026-03-02T12:00:00Z\n")
		case "page.example":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "Contact: mailto:security@page.example\nExpires: 2027-03-02T12:00:00Z\n")
		case "moved.example":
			http.Redirect(w, r, "https://www.moved.example"+r.URL.Path, http.StatusFound)
		case "sold.example":
			http.Redirect(w, r, "https://good.example"+r.URL.Path, http.StatusFound)
		case "clear.example":
			http.Redirect(w, r, "http://clear.example"+r.URL.Path, http.StatusFound)
		case "ring.example":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case "bad.example":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "Contact: nobody")
		default:
			http.NotFound(w, r)
		}
	})
	for _, host := range []string{"good.example", "good.example", "moved.example"} {
		f, err := c.Fetch(t.Context(), host)
		if err != nil || f.Contact[0] != "mailto:security@good.example" {
			t.Errorf("%s: %+v, %v", host, f, err)
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	for host, want := range map[string]error{"none.example": ErrNone, "page.example": ErrNone, "sold.example": errMoved, "clear.example": nil, "ring.example": nil, "bad.example": nil, "a b": nil} {
		if f, err := c.Fetch(t.Context(), host); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v", host, f, err)
		}
	}
	now = now.Add(36*time.Hour + time.Minute)
	if _, err := c.Fetch(t.Context(), "good.example"); !errors.Is(err, ErrExpired) {
		t.Errorf("after it expired: %v", err)
	}
}

// TestInside: nothing inside a network is connected to.
func TestInside(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	c := New(time.Now)
	defer c.Close()
	if _, err := c.Fetch(t.Context(), server.Listener.Addr().String()); !errors.Is(err, ErrInside) {
		t.Errorf("this machine: %v", err)
	}
	for _, address := range []string{"10.0.0.1:443", "192.0.2.1:443", "[::1]:443", "[64:ff9b::a00:1]:443", "[2002:a00:1::]:443", "name:443"} {
		if allowed(address) == nil {
			t.Errorf("%s is connected to", address)
		}
	}
	if err := allowed("8.8.8.8:443"); err != nil {
		t.Error(err)
	}
}
