package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"
)

// NewClientAs gives a client for a partner's server: it trusts the authorities in the file ca, and shows the certificate in the files
// cert and key; an empty name is the system's, or none. It follows redirects on the same host alone, since a log-in goes with
// requests. Who made it closes its idle connections.
func NewClientAs(ca, cert, key string) (*http.Client, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("reading authorities: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", ca)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate %s: %w", cert, err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{
		Timeout:       2 * time.Minute,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 20 * time.Second},
		CheckRedirect: sameHost,
	}, nil
}

func sameHost(to *http.Request, via []*http.Request) error {
	if len(via) > 5 || to.URL.Host != via[0].URL.Host || to.URL.Scheme != via[0].URL.Scheme {
		return fmt.Errorf("a redirect to %s is not followed", to.URL.Redacted())
	}
	return nil
}
