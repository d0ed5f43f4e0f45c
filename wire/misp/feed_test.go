package misp_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/misp"
	"pahra/wire/values"
)

func TestReadManifest(t *testing.T) {
	const in = `{"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c02":{"Orgc":{"name":"CERT Example","uuid":"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c09"},"Tag":[{"name":"tlp:white"}],
"info":"one","date":"2026-02-14","analysis":2,"threat_level_id":"3","timestamp":"1771061400"},
"nobody":{"info":"x"},"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c03":{"info":7},"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c04":{"info":"x",},"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c01":{"info":"two"}}`
	var bad []string
	list, err := misp.ReadManifest(strings.NewReader(in), func(uuid string, reason error) { bad = append(bad, fmt.Sprintf("%.8s %v", uuid, reason)) })
	if err != nil || len(list) != 2 || len(bad) != 3 {
		t.Fatalf("%v entries, %v, bad %v", list, err, bad)
	}
	e := list[0]
	if e.UUID != "5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c02" || e.Info() != "one" || e.Creator().Name() != "CERT Example" || e.TLP() != values.TLPClear || e.ThreatLevel() != 3 || e.Analysis() != 2 {
		t.Errorf("%s: %s", e.UUID, e.Tree.Append(nil))
	}
	for _, in := range []string{"", "[]", "{", `{"a" 1}`, `{"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c02":{}`} {
		if list, err := misp.ReadManifest(strings.NewReader(in), nil); err == nil {
			t.Errorf("%q is taken as %v", in, list)
		}
	}
}

func TestHashes(t *testing.T) {
	e := event(t, whole)
	list := e.Hashes()
	of := func(s string) misp.Hash {
		sum := md5.Sum([]byte(s))
		return misp.Hash{MD5: hex.EncodeToString(sum[:]), Event: e.UUID()}
	}
	for _, value := range []string{"198.51.100.7", "443", "a|b.exe", "kit.zip", "login.example", "198.51.100.8", "https://blog.example/kit"} {
		if !slices.Contains(list, of(value)) {
			t.Errorf("%s is not among the hashes", value)
		}
	}
	if len(list) != 10 {
		t.Errorf("%d hashes", len(list))
	}
	var text strings.Builder
	for _, h := range list {
		fmt.Fprintf(&text, "%s,%s\r\n", h.MD5, h.Event)
	}
	var got []misp.Hash
	var bad []int
	in := text.String() + "\nx,y\n" + strings.Repeat("a", 300) + "\n" + list[0].MD5 + ",nobody\n"
	err := misp.ReadHashes(strings.NewReader(in), func(h misp.Hash) error { got = append(got, h); return nil }, func(p values.Problem) { bad = append(bad, p.Line) })
	if d := cmp.Diff(list, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if d := cmp.Diff([]int{12, 13, 14}, bad); d != "" {
		t.Error(d)
	}
	stop := errors.New("enough")
	if err := misp.ReadHashes(strings.NewReader(in), func(misp.Hash) error { return stop }, nil); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
