package taxii

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"pahra/wire/values"
)

// The times that a client has. A post of MaxContentLength in a minute is 170 kB/s.
const (
	headerTime = 10 * time.Second
	readTime   = time.Minute
	writeTime  = time.Minute
	idleTime   = 2 * time.Minute
	maxHeader  = 64 << 10
)

// HTTP gives the server that answers with a handler: with bounds on how slow a client may be and how much it says before its body.
func HTTP(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0)} // what it says is of clients that hang up or speak no TLS
}

// TLS gives the settings of a listener: version 1.2 at least, which has no early data in crypto/tls, nor has 1.3 there; a
// certificate of the client is asked for and need not be given.
func TLS(certFile, keyFile string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of the TAXII server: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert,
		NextProtos: []string{"h2", "http/1.1"}}, nil
}

// Loopback tells whether an address to listen at is reached from this machine alone.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	return values.IsLoopback(host)
}
