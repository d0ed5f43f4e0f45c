package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSettingsAreDocumented: the file of all settings in docs/operations.md says the defaults, names every key there is,
// and with what is commented out is a file that is well.
func TestSettingsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n# pahra.yaml\n(.*?)```").FindSubmatch(doc)
	if m == nil {
		t.Fatal("docs/operations.md has no pahra.yaml")
	}
	text := string(m[1])
	got, err := Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	if d := cmp.Diff(&want, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable()); d != "" {
		t.Errorf("its defaults (-program +file):\n%s", d)
	}
	keys := make(map[string]bool)
	collectKeys(reflect.TypeFor[Config](), "", keys)
	for key := range keys {
		if name := key[strings.LastIndexByte(key, '.')+1:]; !regexp.MustCompile(`(?m)[\s{,#]` + name + `:|^` + name + `:`).MatchString(text) {
			t.Errorf("it does not have %s", key)
		}
	}
	whole := regexp.MustCompile(`(?m)^(alerts: \{\}|sources: \[\]|  sources: \{\}.*)\n`).ReplaceAllString(text, "")
	whole = regexp.MustCompile(`(?m)^#`).ReplaceAllString(whole, "")
	whole = strings.ReplaceAll(whole, "/etc/pahra/ripe.pem", publicKey(t))
	if c, err := Parse([]byte(whole), nil); err != nil {
		t.Errorf("with what is commented out: %v", err)
	} else if len(c.Sources) < 9 || c.Alerts.Mail == nil || c.Accounts.OIDC == nil {
		t.Errorf("what is commented out is not read: %+v", c)
	}
}

// publicKey makes a file of a key that a registry might sign with.
func publicKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ripe.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// collectKeys gives the paths of all keys of a type.
func collectKeys(of reflect.Type, path string, into map[string]bool) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collectKeys(of.Elem(), path, into)
	case reflect.Struct:
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
			if key == "" {
				continue
			}
			into[path+key] = true
			collectKeys(of.Field(i).Type, path+key+".", into)
		}
	}
}
