package testdata

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// MailServer is a real mail server (Exim) of a test's own. It takes mail for every address at example.org and example.net
// on a port of this machine and puts it into a maildir for each name before the "@" or "+"; of names that begin with "nobody"
// it tells the sender that there is no such user, by a bounce.
type MailServer struct {
	Port int
	Dir  string // with a maildir for each name
}

const eximConfiguration = `
primary_hostname = mx.example.net
spool_directory = DIR/spool
log_file_path = DIR/log/%slog
deliver_drop_privilege = true
host_lookup =
untrusted_set_sender = *
log_selector = +all_parents
rfc1413_query_timeout = 0s
qualify_domain = example.net
tls_advertise_hosts =
keep_environment =
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
begin acl
accept_all:
  accept
begin routers
absent:
  driver = redirect
  domains = example.org : example.net
  local_parts = ^nobody
  allow_fail
  data = :fail: no such user here
here:
  driver = accept
  domains = example.org : example.net
  local_part_suffix = +*
  local_part_suffix_optional
  transport = keep
begin transports
keep:
  driver = appendfile
  maildir_format
  directory = DIR/mail/${lookup{$local_part}lsearch,ret=key{DIR/names}}
  create_directory
  directory_mode = 0777
  mode = 0644
  delivery_date_add
  envelope_to_add
  return_path_add
  user = USER
begin retry
* * F,1h,1m
`

// eximUser is whom Debian's Exim gives what it keeps to, so that only they can run it with a configuration of their own.
const eximUser = "Debian-exim"

// StartMailServer starts one, for the names given; where Exim is not installed, or may not be run, [Lacking].
func StartMailServer(t testing.TB, names ...string) *MailServer {
	t.Helper()
	exim, err := exec.LookPath("exim4")
	if err != nil {
		Lacking(t, "exim4 is not installed")
	}
	who, err := user.Lookup(eximUser)
	if err != nil {
		Lacking(t, "there is no user "+eximUser)
	}
	command := func(dir string) *exec.Cmd {
		return exec.Command("sudo", "-n", "-u", eximUser, exim, "-C", filepath.Join(dir, "conf"), "-bs")
	}
	clean := func(dir string) { _ = exec.Command("sudo", "-n", "rm", "-rf", dir).Run() } // it is in the system's folder for such
	if os.Geteuid() == 0 {
		command = func(dir string) *exec.Cmd {
			cmd := exec.Command(exim, "-C", filepath.Join(dir, "conf"), "-bs")
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: number(t, who.Uid), Gid: number(t, who.Gid)}}
			return cmd
		}
		clean = func(dir string) { os.RemoveAll(dir) }
	} else if err := exec.Command("sudo", "-n", "-u", eximUser, "true").Run(); err != nil {
		Lacking(t, "neither root nor sudo can be had, to run exim4 as "+eximUser)
	}
	dir, err := os.MkdirTemp("", "pahra-exim")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clean(dir) })
	prepareMailServer(t, dir, names)
	return &MailServer{Port: listenForMail(t, func() *exec.Cmd { return command(dir) }), Dir: filepath.Join(dir, "mail")}
}

func number(t testing.TB, text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// listenForMail runs a process for each connection: Exim lets nobody but root run it as a daemon.
func listenForMail(t testing.TB, command func() *exec.Cmd) (port int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	t.Cleanup(func() { listener.Close(); wait.Wait() })
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer conn.Close()
				cmd := command()
				cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = conn, conn, os.Stderr, time.Second
				_ = cmd.Run() // whoever speaks with it sees how it went
			})
		}
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// prepareMailServer writes down what the server works with.
func prepareMailServer(t testing.TB, dir string, names []string) {
	t.Helper()
	conf := strings.NewReplacer("DIR", dir, "USER", eximUser).Replace(eximConfiguration)
	for name, text := range map[string]string{"conf": conf, "names": strings.Join(names, ": x\n") + ": x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // another user reads it
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir, dir + "/spool", dir + "/log", dir + "/mail"} {
		err := os.MkdirAll(d, 0o755) //nolint:gosec // likewise
		if err == nil {
			err = os.Chmod(d, 0o777) //nolint:gosec // another user writes there
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Mails gives the files of a name's new mail, once there are as many.
func (s *MailServer) Mails(t testing.TB, name string, n int) (files []string) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%s has %d mails", name, n), func() bool {
		files, _ = filepath.Glob(filepath.Join(s.Dir, name, "new", "*"))
		return len(files) >= n
	})
	return files
}

// Eventually waits for what another program does, and fails the test where it does not within 20 seconds.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("it did not come to pass that %s", what)
		case <-tick.C:
		}
	}
}
