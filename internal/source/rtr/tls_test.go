package rtr

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/source/sourcetest"
	"pahra/wire/rtr"
)

// A cache behind TLS is heard where its certificate is trusted, and else not.
func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: server.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c := &cache{t, conn, rtr.NewReader(conn), 2}
			if _, _, err := c.in.Next(); err == nil {
				c.send(rtr.CacheResponse{Session: 1}, v4("192.0.2.0/24", 24, 1), end(1, 1))
				c.wait()
			}
			conn.Close()
		}
	}()
	for _, trusted := range []bool{true, false} {
		config := Config{Address: listener.Addr().String(), TLS: &TLS{ServerName: "example.com"}}
		if trusted {
			config.TLS.CA = ca
		}
		s := &sourcetest.Shelf{Told: make(chan struct{}, 1)}
		c, err := New("rtr", config, s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if !trusted {
			if err := c.connect(t.Context()); err == nil {
				t.Error("an unknown certificate was trusted")
			}
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		select {
		case <-s.Told:
		case <-ctx.Done():
			t.Errorf("nothing was stored: %+v", c.Status())
		}
		cancel()
		<-done
	}
	listener.Close()
	<-served
	for _, bad := range []TLS{{CA: ca + ".missing"}, {CA: "tls_test.go"}, {Certificate: ca, Key: ca}} {
		if _, err := New("rtr", Config{Address: "127.0.0.1:1", TLS: &bad}, &sourcetest.Shelf{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
