package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"time"

	"pahra/wire/values"
)

// Config is how mail is handed over.
type Config struct {
	// Host and Port are the submission server; the port is 587, or 465 where TLS is implicit, unless set.
	Host string `yaml:"host"`
	Port int    `yaml:"port"`
	// TLS is "starttls" (required; the default), "implicit", or "none", which only a server on this machine may have.
	TLS      string `yaml:"tls"`
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	// PasswordFile is read when the service starts, in place of Password.
	PasswordFile string `yaml:"password_file"`
	From         string `yaml:"from"`     // such as "Pahra <watch@example.net>"
	ReplyTo      string `yaml:"reply_to"` // where answers go, or empty
	Hello        string `yaml:"hello"`    // what this machine calls itself; empty is its name
	// CAFile holds the certificates (PEM) that the server's must be signed by; empty is those of the system.
	CAFile string `yaml:"ca_file"`
	// Timeout is how long handing over one message may take in all; 30s unless set.
	Timeout time.Duration `yaml:"timeout"`
}

// The ways to encrypt.
const (
	startTLS    = "starttls"
	implicitTLS = "implicit"
	noTLS       = "none"
)

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	var errs []error
	if c.Host == "" {
		errs = append(errs, errors.New("host: a server is needed"))
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("port: %d is not a port", c.Port))
	}
	switch c.TLS {
	case "", startTLS, implicitTLS:
	case noTLS:
		if !values.IsLoopback(c.Host) || c.Username != "" {
			errs = append(errs, errors.New("tls: none is for a server on this machine, without a password"))
		}
	default:
		errs = append(errs, fmt.Errorf("tls: %q is not starttls, implicit or none", c.TLS))
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		errs = append(errs, fmt.Errorf("from: %w", err))
	}
	if c.ReplyTo != "" {
		if _, err := netmail.ParseAddress(c.ReplyTo); err != nil {
			errs = append(errs, fmt.Errorf("reply_to: %w", err))
		}
	}
	if c.Password != "" && c.PasswordFile != "" {
		errs = append(errs, errors.New("password and password_file: one of them is enough"))
	}
	if (c.Password != "" || c.PasswordFile != "") != (c.Username != "") {
		errs = append(errs, errors.New("username and password belong together"))
	}
	if c.Timeout < 0 || c.Timeout > 10*time.Minute {
		errs = append(errs, fmt.Errorf("timeout: %s is not up to 10m", c.Timeout))
	}
	return errors.Join(errs...)
}

// filled gives the configuration with its defaults.
func (c Config) filled() Config {
	if c.TLS == "" {
		c.TLS = startTLS
	}
	if c.Port == 0 {
		c.Port = 587
		if c.TLS == implicitTLS {
			c.Port = 465
		}
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return c
}

// tlsConfig gives what the server's certificate is held against.
func (c Config) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading ca_file: %w", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading ca_file: %s holds no certificate", c.CAFile)
	}
	return t, nil
}
