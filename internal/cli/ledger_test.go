package cli_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pahra/internal/cli"
	"pahra/internal/ledger"
)

// fillLedger is the program "fillledger DIR N", which adds N leaves to the ledger in a folder.
func fillLedger(dir, count string) int {
	l, err := ledger.Open(dir, ledger.Options{Origin: "nadia-atlantica/cert-nadia-cert-atlantica"})
	if err != nil {
		return 3
	}
	n, err := strconv.Atoi(count)
	for i := 0; i < n && err == nil; i++ {
		err = addLeaf(l)
	}
	if err != nil || l.Close() != nil {
		return 3
	}
	return 0
}

func addLeaf(l *ledger.Log) error {
	leaf := ledger.Leaf{Kind: ledger.KindResponse, Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Partner: "cert-atlantica", Objects: 1}
	text, err := leaf.Encode()
	if err == nil {
		_, err = l.Append(context.Background(), text)
	}
	return err
}

// TestLedgerAt verifies a ledger at an address, over TLS and with a password, as a partner does from time to time.
func TestLedgerAt(t *testing.T) {
	l, err := ledger.Open(t.TempDir(), ledger.Options{Origin: "a/b-c"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := httptest.NewTLSServer(http.StripPrefix("/ledger/1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, word, _ := r.BasicAuth(); user != "atlantica" || word != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		l.ServeHTTP(w, r)
	})))
	defer server.Close()
	dir := t.TempDir()
	ca, state := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "state.json")
	writePEM(t, ca, server.Certificate())
	verify := func(password string) (int, string, string) {
		var out, talk bytes.Buffer
		code := cli.Main([]string{"ledger", "verify", "--url", server.URL + "/ledger/1", "--user", "atlantica", "--password-stdin", "--ca", ca, "--state", state, "--json"}, strings.NewReader(password+"\n"), &out, &talk)
		return code, out.String(), talk.String()
	}
	for size := range 3 {
		if err := addLeaf(l); err != nil {
			t.Fatal(err)
		}
		code, out, talk := verify("secret")
		var said []struct {
			Size, Entries, Before int64
			Faults                []any
		}
		if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || len(said) != 1 || said[0].Size != int64(size)+1 || said[0].Entries != 1 || said[0].Before != int64(size) {
			t.Fatalf("%d: %s %s %v", code, out, talk, err)
		}
	}
	if code, _, talk := verify("wrong"); code != 3 || !strings.Contains(talk, "401") {
		t.Errorf("with a wrong password: %d, %s", code, talk)
	}
	l.Close()
	if l, err = ledger.Open(t.TempDir(), ledger.Options{Origin: "a/b-c"}); err != nil { // another log in its place
		t.Fatal(err)
	}
	defer l.Close()
	if code, out, _ := verify("secret"); code != 1 || !strings.Contains(out, "the checkpoint: ") {
		t.Errorf("of another log: %d, %s", code, out)
	}
}

func writePEM(t *testing.T, path string, cert *x509.Certificate) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}
