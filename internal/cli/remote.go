package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pahra/wire/values"
)

// remote says how a partner's server is reached and who we are there, as typed.
type remote struct {
	url, user     string
	password      bool
	ca, cert, key string
}

func (r *remote) flags(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&r.url, "url", "", "`address` at the partner's server")
	set.StringVar(&r.user, "user", "", "`name` to log in with there")
	set.BoolVar(&r.password, "password-stdin", false, "read the password from standard input")
	set.StringVar(&r.ca, "ca", "", "`file` of the authorities that are trusted, PEM; default: those of the system")
	set.StringVar(&r.cert, "cert", "", "`file` of our certificate, PEM")
	set.StringVar(&r.key, "cert-key", "", "`file` of its private key, PEM")
}

// check says what of the flags does not go together.
func (r *remote) check() error {
	u, err := url.Parse(r.url)
	switch {
	case r.url == "":
		return usageError(errors.New("--url names the address"))
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		return usageError(fmt.Errorf("--url %q is no address like https://host/path", r.url))
	case u.Scheme == "http" && !values.IsLoopback(u.Hostname()):
		return usageError(fmt.Errorf("--url %s is not encrypted: https is wanted for all but this machine", r.url))
	case (r.cert == "") != (r.key == ""):
		return usageError(errors.New("--cert and --cert-key go together"))
	}
	return nil
}

// secret reads the password, if there is one.
func (r *remote) secret(stdin io.Reader) (string, error) {
	if !r.password {
		return "", nil
	}
	return readPassword(stdin)
}

// client makes the HTTP client. It follows redirects on the same host alone.
func (r *remote) client() (*http.Client, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.ca != "" {
		text, err := os.ReadFile(r.ca)
		if err != nil {
			return nil, err
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", r.ca)
		}
	}
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", r.cert, err)
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
