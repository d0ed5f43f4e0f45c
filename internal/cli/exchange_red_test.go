package cli_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// submission takes mail over SMTP and keeps it.
type submission struct {
	mu    sync.Mutex
	mails []string
}

func (s *submission) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		s.speak(conn)
		conn.Close()
	}
}

func (s *submission) speak(conn net.Conn) {
	in, mail, inMail := bufio.NewScanner(conn), "", false
	in.Buffer(nil, 1<<20)
	fmt.Fprint(conn, "220 here\r\n")
	for in.Scan() {
		line := in.Text()
		switch {
		case inMail && line == ".":
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			inMail = false
			fmt.Fprint(conn, "250 taken\r\n")
		case inMail:
			mail += line + "\n"
		case line == "DATA":
			inMail = true
			fmt.Fprint(conn, "354 go on\r\n")
		case line == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			mail += line + "\n"
			fmt.Fprint(conn, "250 good\r\n")
		}
	}
}

// TestExchangeRed: one person proposes, another releases, each by their own password, and only the one it is for can read the mail.
func TestExchangeRed(t *testing.T) {
	s := newSharing(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &submission{}
	var running sync.WaitGroup
	running.Go(func() { box.serve(listener) })
	t.Cleanup(func() { listener.Close(); running.Wait() })
	key, err := crypto.PGP().KeyGeneration().AddUserId("Eve", "eve@cert-atlantica.example").New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"eve.asc": public, "source.txt": "the source is in the ministry\n",
		"pahra.yaml": fmt.Sprintf("state: %s\nalerts:\n  mail: {host: 127.0.0.1, port: %d, tls: none, from: desk@cert-nadia.example}\n", filepath.Join(s.dir, "state"), listener.Addr().(*net.TCPAddr).Port),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, role := range map[string]string{"ann": "analyst", "bob": "analyst", "cat": "member"} {
		s.does("the password of "+name, "account", "add", name, "--role", role, "--state", "state")
	}
	propose := []string{"exchange", "red", "propose", "source.txt", "--partner", "cert-atlantica", "--to", "Eve <eve@cert-atlantica.example>=eve.asc", "--why", "they asked", "--state", "state", "--as"}
	release := []string{"exchange", "red", "release", "1", "--config", "pahra.yaml", "--state", "state", "--as"}
	for _, c := range []struct {
		word string
		args []string
		code int
		says string
	}{
		{"the password of bob", append(propose, "ann"), 3, "ann: "},
		{"the password of cat", append(propose, "cat"), 3, "cat: "},
		{"the password of ann", append(propose, "ann"), 0, "proposal 1 waits"},
		{"the password of ann", append(release, "ann"), 3, "a second person decides"},
		{"", append(release, "bob"), 2, "the password is read"},
		{"the password of bob", append(release, "bob"), 0, "proposal 1: sent, entry 0"},
		{"the password of bob", append(release, "bob"), 3, "it was decided on"},
		{"the password of bob", []string{"exchange", "red", "refuse", "1", "--why", "late", "--as", "bob", "--state", "state"}, 3, "it was decided on"},
		{"the password of bob", []string{"exchange", "red", "refuse", "1", "--as", "bob", "--state", "state"}, 2, "--why"},
		{"", []string{"exchange", "red", "propose", "source.txt", "--state", "state"}, 2, "--partner"},
		{"", append(propose[:6:6], "--to", "eve.asc", "--why", "x", "--state", "state", "--as", "ann"), 2, "is not 'NAME <ADDRESS>=KEYFILE'"},
		{"", []string{"exchange", "red", "list", "--state", "state"}, 0, "Eve <eve@cert-atlantica.example>, key "},
		{"", []string{"exchange", "red", "list", "--json", "--state", "state"}, 0, `"state": "sent"`},
		{"", []string{"ledger", "verify", "state/ledger"}, 0, " has 1 entries"},
	} {
		if said, code := s.run(c.word, c.args...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%v: %d: %s", c.args, code, said)
		}
	}
	if said, code := s.run("", "exchange", "recall", "tell", "--config", "pahra.yaml", "--state", "state"); code != 0 || !strings.Contains(said, "0 mails") {
		t.Errorf("%d: %s", code, said)
	}
	if said, code := s.run("", "exchange", "recall", "tell", "--state", "state"); code != 2 {
		t.Errorf("%d: %s", code, said)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.mails) != 1 || strings.Contains(box.mails[0], "ministry") {
		t.Fatalf("%d mails: %v", len(box.mails), box.mails)
	}
	_, armoured, _ := strings.Cut(box.mails[0], "-----BEGIN PGP MESSAGE-----")
	armoured, _, _ = strings.Cut("-----BEGIN PGP MESSAGE-----"+armoured, "-----END PGP MESSAGE-----")
	decrypt, err := crypto.PGP().Decryption().DecryptionKey(key).New()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := decrypt.Decrypt([]byte(armoured+"-----END PGP MESSAGE-----\n"), crypto.Armor)
	if err != nil || !strings.Contains(plain.String(), "For Eve alone") {
		t.Errorf("%v: %s", err, plain)
	}
}
