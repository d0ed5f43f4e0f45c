// Package syslog sends messages to syslog servers in the form of RFC 5424: over TLS (RFC 5425), TCP with octet counting or
// newlines (RFC 6587), or UDP (RFC 5426).
//
// [New] takes a [Config] with the servers by name; [Sender.Send] sends one message, a line for each alert in it, with the
// facts as structured data and a sentence as text.
//
// Syslog has no answer: over UDP nothing tells whether a line arrived, and over TCP and TLS only that this machine could
// hand it over. Lines that are longer than receivers must take lose the end of their text.
package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"pahra/internal/alert"
)

// What receivers should take, in bytes: RFC 5426 section 3.2 and RFC 5425 section 4.3.1.
const (
	maxDatagram = 2048
	maxLine     = 8192
)

// Sender sends to the servers of a configuration. Safe for concurrent use.
type Sender struct {
	servers map[string]Server
	tls     map[string]*tls.Config
	host    string
}

// New gives a sender. It reads the files that the configuration names and connects to nothing.
func New(c Config) (*Sender, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("syslog: %w", err)
	}
	s := &Sender{servers: map[string]Server{}, tls: map[string]*tls.Config{}, host: c.Hostname}
	if s.host == "" {
		var err error
		if s.host, err = os.Hostname(); err != nil {
			s.host = "" // then it is left open, as RFC 5424 section 6.2.4 has it
		}
	}
	for name, server := range c.Servers {
		server = server.filled()
		s.servers[name] = server
		if server.Network != overTLS {
			continue
		}
		var err error
		if s.tls[name], err = server.tlsConfig(); err != nil {
			return nil, fmt.Errorf("syslog: server %s: %w", name, err)
		}
	}
	return s, nil
}

// CheckTarget says what is wrong with the name of a server.
func (s *Sender) CheckTarget(name string) error {
	if _, known := s.servers[name]; !known {
		return fmt.Errorf("syslog server %.80q is not in the configuration, which has %s", name, strings.Join(slices.Sorted(maps.Keys(s.servers)), ", "))
	}
	return nil
}

// Send sends a message to a server of the configuration.
func (s *Sender) Send(ctx context.Context, name string, m alert.Message) error {
	if err := s.CheckTarget(name); err != nil {
		return &alert.Failure{Err: err, Permanent: true}
	}
	server := s.servers[name]
	ctx, cancel := context.WithTimeout(ctx, server.Timeout)
	defer cancel()
	most := maxLine
	if server.Network == overUDP {
		most = maxDatagram
	}
	if err := s.write(ctx, name, server, lines(m, *server.Facility, s.host, most)); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(err, ctx.Err())
		}
		return fmt.Errorf("sending to syslog server %s: %w", name, err)
	}
	return nil
}

func (s *Sender) write(ctx context.Context, name string, server Server, list [][]byte) (err error) {
	conn, err := s.dial(ctx, name, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for _, l := range list {
		switch {
		case server.Network == overUDP:
		case server.Framing == newline:
			l = append(l, '\n')
		default:
			l = append(fmt.Appendf(nil, "%d ", len(l)), l...)
		}
		if _, err := conn.Write(l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) dial(ctx context.Context, name string, server Server) (net.Conn, error) {
	network := overTCP
	if server.Network == overUDP {
		network = overUDP
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, server.Address)
	if err != nil || server.Network != overTLS {
		return conn, err
	}
	secure := tls.Client(conn, s.tls[name].Clone())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}
