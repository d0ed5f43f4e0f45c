package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a small SMTP server (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954).
type server struct {
	t         *testing.T
	listener  net.Listener
	tls       *tls.Config
	caFile    string
	implicit  bool
	noTLS     bool   // does not offer STARTTLS
	hang      string // the command after which it says nothing more
	reject    string // RCPT is answered with this
	dropAfter bool   // closes once a letter is taken
	mute      bool   // says nothing more once a letter is taken
	wait      sync.WaitGroup
	mu        sync.Mutex
	letters   []letter
	conns     map[net.Conn]bool
}

// letter is what was handed over.
type letter struct {
	from, to, text string
	encrypted      bool
	user           string
}

func start(t *testing.T, change func(*server)) *server {
	t.Helper()
	s := &server{t: t, conns: map[net.Conn]bool{}}
	s.certify()
	change(s)
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.wait.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			s.wait.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		s.listener.Close()
		s.mu.Lock()
		for c := range s.conns {
			c.Close()
		}
		s.mu.Unlock()
		s.wait.Wait()
	})
	return s
}

// certify makes a certificate for 127.0.0.1 and writes it where a CAFile can name it.
func (s *server) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.caFile = filepath.Join(s.t.TempDir(), "ca.pem")
	if err := os.WriteFile(s.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// config is that of a client.
func (s *server) config() Config {
	addr := s.listener.Addr().(*net.TCPAddr)
	return Config{Host: "127.0.0.1", Port: addr.Port, From: "Pahra <watch@example.net>", CAFile: s.caFile, Timeout: 5 * time.Second}
}

func (s *server) taken() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.letters...)
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	var l letter
	if s.implicit {
		conn, l.encrypted = tls.Server(conn, s.tls), true
	}
	if s.hang == "CONNECT" {
		io.Copy(io.Discard, conn)
		return
	}
	in := bufio.NewReader(conn)
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb := strings.ToUpper(strings.Fields(line + " ")[0])
		if verb == s.hang {
			io.Copy(io.Discard, in)
			return
		}
		switch verb {
		case "EHLO":
			say("250-test")
			if !l.encrypted && !s.noTLS {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			in, l.encrypted = bufio.NewReader(conn), true
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(strings.Fields(line)[2])
			l.user = strings.ReplaceAll(string(plain), "\x00", "|")
			say("235 welcome")
		case "MAIL":
			l.from = line
			say("250 ok")
		case "RCPT":
			l.to = line
			if s.reject != "" {
				say("%s", s.reject)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			l.text = readData(in)
			s.mu.Lock()
			s.letters = append(s.letters, l)
			s.mu.Unlock()
			if s.mute {
				io.Copy(io.Discard, in)
				return
			}
			say("250 taken")
			if s.dropAfter {
				return
			}
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func readData(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}
