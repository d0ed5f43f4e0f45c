package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"time"
)

// Config names the servers that may be sent to. Syslog is for machines of one's own, so that servers stand in the
// configuration and not with the users.
type Config struct {
	// Servers are by the name that channels know them by.
	Servers map[string]Server `yaml:"servers"`
	// Hostname is what this machine calls itself; empty is its name.
	Hostname string `yaml:"hostname"`
}

// Server is one syslog server.
type Server struct {
	// Network is "tls" (RFC 5425; the default), "tcp" (RFC 6587) or "udp" (RFC 5426).
	Network string `yaml:"network"`
	// Address is host:port, as a rule with port 6514 for TLS and 514 for UDP.
	Address string `yaml:"address"`
	// Framing of TCP is "octets" (counting; the default, and all that TLS has) or "newline".
	Framing string `yaml:"framing"`
	// Facility is a number of RFC 5424 section 6.2.1, 0 to 23; 16 (local use 0) unless set.
	Facility *int `yaml:"facility"`
	// CAFile holds the certificates (PEM) that the server's must be signed by; empty is those of the system.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are what this machine shows to a server of TLS that asks; empty is nothing.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// Timeout is how long sending one message may take in all; 10s unless set.
	Timeout time.Duration `yaml:"timeout"`
}

const (
	overTLS = "tls"
	overTCP = "tcp"
	overUDP = "udp"

	octets  = "octets"
	newline = "newline"
)

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Servers)) {
		if err := c.Servers[name].check(); err != nil {
			errs = append(errs, fmt.Errorf("servers: %s: %w", name, err))
		}
	}
	if c.Hostname != "" && printable(c.Hostname, maxHost) != c.Hostname {
		errs = append(errs, fmt.Errorf("hostname: %q has more than printable ASCII", c.Hostname))
	}
	return errors.Join(errs...)
}

func (s Server) check() error {
	var errs []error
	switch s.Network {
	case "", overTLS, overTCP, overUDP:
	default:
		errs = append(errs, fmt.Errorf("network: %q is not tls, tcp or udp", s.Network))
	}
	if _, port, err := net.SplitHostPort(s.Address); err != nil || port == "" {
		errs = append(errs, fmt.Errorf("address: %q is not host:port", s.Address))
	}
	switch {
	case s.Framing != "" && s.Framing != octets && s.Framing != newline:
		errs = append(errs, fmt.Errorf("framing: %q is not octets or newline", s.Framing))
	case s.Framing == newline && s.Network != overTCP:
		errs = append(errs, errors.New("framing: newline is for tcp alone"))
	}
	if s.Facility != nil && (*s.Facility < 0 || *s.Facility > 23) {
		errs = append(errs, fmt.Errorf("facility: %d is not 0 to 23", *s.Facility))
	}
	if (s.CertFile == "") != (s.KeyFile == "") {
		errs = append(errs, errors.New("cert_file and key_file belong together"))
	}
	if s.Timeout < 0 || s.Timeout > 2*time.Minute {
		errs = append(errs, fmt.Errorf("timeout: %s is not up to 2m", s.Timeout))
	}
	return errors.Join(errs...)
}

// filled gives the server with its defaults.
func (s Server) filled() Server {
	if s.Network == "" {
		s.Network = overTLS
	}
	if s.Framing == "" {
		s.Framing = octets
	}
	if s.Facility == nil {
		local := 16
		s.Facility = &local
	}
	if s.Timeout == 0 {
		s.Timeout = 10 * time.Second
	}
	return s
}

// tlsConfig gives what a server's certificate is held against.
func (s Server) tlsConfig() (*tls.Config, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, err
	}
	t := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading ca_file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading ca_file: %s holds no certificate", s.CAFile)
		}
	}
	if s.CertFile != "" {
		own, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading cert_file: %w", err)
		}
		t.Certificates = []tls.Certificate{own}
	}
	return t, nil
}
