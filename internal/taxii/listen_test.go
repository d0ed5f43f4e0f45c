package taxii_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/taxii"
)

// certificate makes a certificate for this machine, valid for an hour around at, as PEM files.
func certificate(t testing.TB, at time.Time) (certFile, keyFile string, cert tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	err = errors.Join(os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// listen serves a rig by TLS, and gives its address and what trusts its certificate.
func (r *rig) listen() (base string, pool *x509.CertPool, certFile string) {
	r.t.Helper()
	certFile, keyFile, cert := certificate(r.t, time.Now())
	settings, err := taxii.TLS(certFile, keyFile)
	if err != nil {
		r.t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	server, served := taxii.HTTP(r.server), make(chan error, 1)
	server.TLSConfig = settings
	go func() { served <- server.ServeTLS(listener, "", "") }()
	r.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			r.t.Error(err)
		}
		<-served
	})
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		r.t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(leaf)
	return "https://" + listener.Addr().String(), pool, certFile
}

// status asks for the discovery with these settings of TLS and gives the status, 0 where there is no connection.
func discover(t *testing.T, base string, settings *tls.Config) int {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: settings}
	defer transport.CloseIdleConnections()
	q, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/taxii2/", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := (&http.Client{Transport: transport}).Do(q)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	return a.StatusCode
}

// A certificate stands for the user that it is bound to, until that is revoked or the certificate ends; TLS below 1.2 is not spoken.
func TestMutualTLS(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	base, pool, _ := r.listen()
	_, _, mine := certificate(t, r.now())
	_, _, other := certificate(t, r.now())
	with := func(certs ...tls.Certificate) *tls.Config { return &tls.Config{RootCAs: pool, Certificates: certs} }
	if got := discover(t, base, with(mine)); got != 401 {
		t.Errorf("an unknown certificate gives %d", got)
	}
	if err := r.service.BindCertificate(ctx, "bob", mine.Certificate[0]); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings *tls.Config
		want     int
	}{"bound": {with(mine), 200}, "another": {with(other), 401}, "none": {with(), 401}, "TLS 1.1": {&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10, Certificates: []tls.Certificate{mine}}, 0},
		"TLS 1.2": {&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{mine}}, 200}} {
		if got := discover(t, base, test.settings); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	r.wait(2 * time.Hour)
	if got := discover(t, base, with(mine)); got != 401 {
		t.Errorf("a certificate whose time is over gives %d", got)
	}
	r.wait(-2 * time.Hour)
	if err := r.service.RevokeUser(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	if got := discover(t, base, with(mine)); got != 401 {
		t.Errorf("a revoked user's certificate gives %d", got)
	}
}

// Clients that are slow have bounds.
func TestSlowClients(t *testing.T) {
	s := taxii.HTTP(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadHeaderTimeout > 15*time.Second || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes > 1<<17 {
		t.Errorf("the server waits for ever: %+v", s)
	}
}

func TestNoCertificate(t *testing.T) {
	if _, err := taxii.TLS("nothing.pem", "nothing.key"); err == nil {
		t.Error("TLS without a certificate")
	}
}
