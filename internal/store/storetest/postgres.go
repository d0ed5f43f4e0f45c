package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"pahra/internal/testdata"
)

// Postgres starts a PostgreSQL server of its own in a temporary folder, reached by a socket there alone, and gives the
// function that makes an empty database in it and tells its URL. The server ends with the test. Where the programs are
// missing, or no user is there to run them as (they refuse root), the test is skipped with the reason.
func Postgres(t testing.TB) (empty func(testing.TB) string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	initdb, postgres := testdata.Tool(t, "initdb"), testdata.Tool(t, "postgres")
	as := unprivileged(t, dir)

	make := exec.Command(initdb, "-D", filepath.Join(dir, "data"), "-U", "pahra", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	make.SysProcAttr, make.Dir = as, dir
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := exec.Command(postgres, "-D", filepath.Join(dir, "data"), "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	server.SysProcAttr, server.Dir, server.Stdout, server.Stderr = as, dir, log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, server) })
	admin := await(t, address(dir, "postgres"), log.Name())
	t.Cleanup(func() { admin.Close() })
	count := 0
	return func(t testing.TB) string {
		t.Helper()
		count++
		name := "t" + strconv.Itoa(count)
		if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
			t.Fatal(err)
		}
		return address(dir, name)
	}
}

func address(dir, database string) string {
	return fmt.Sprintf("postgres://pahra@/%s?host=%s", database, url.QueryEscape(dir))
}

// unprivileged gives how to run the server: as we are, or, for root, as the user postgres or nobody, who is given dir.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // should the test die, so does the server
	if os.Getuid() != 0 {
		return attr
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			testdata.Lacking(t, fmt.Sprintf("PostgreSQL refuses to run as root, and its folder cannot be given to %s: %v", name, err))
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr
	}
	testdata.Lacking(t, "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
	return nil
}

// await tries until the server answers.
func await(t testing.TB, url, log string) *sql.DB {
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for err = db.PingContext(ctx); err != nil; err = db.PingContext(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			t.Fatalf("PostgreSQL does not answer: %v\n%s", err, text)
		}
	}
	return db
}

// end stops the server in its fast mode.
func end(t testing.TB, server *exec.Cmd) {
	if err := server.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("PostgreSQL ended with %v", err)
	}
}
