package cli_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/archive"
	"pahra/internal/cli"
	"pahra/internal/testdata"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// sample is the stream that the scripts about routes use: a table of two prefixes, a change of state, an announcement
// and a withdrawal.
func sample(t *testing.T) []byte {
	t.Helper()
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	attrs := func(hop string, communities []uint32, path ...values.ASN) *bgp.Attrs {
		return &bgp.Attrs{
			HasOrigin: true, HasPath: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: path}},
			HasNextHop: true, NextHop: addr(hop), MPNextHop: addr(hop), Communities: communities,
		}
	}
	table := func(peer uint16, a *bgp.Attrs) mrt.TableEntry {
		return mrt.TableEntry{Peer: peer, Originated: 1770000000, Attrs: bgp.AppendAttrs(nil, a)}
	}
	session := mrt.Session{PeerAS: 64500, LocalAS: 64496, PeerIP: addr("192.0.2.1"), LocalIP: addr("192.0.2.99")}
	var out bytes.Buffer
	w := mrt.NewWriter(&out)
	err := errors.Join(
		w.PeerIndex(1770681600, addr("192.0.2.99"), "", []mrt.Speaker{
			{ID: addr("192.0.2.1"), IP: addr("192.0.2.1"), ASN: 64500}, {ID: addr("192.0.2.2"), IP: addr("2001:db8::2"), ASN: 4200000001}}),
		w.Table(1770681600, 0, prefix("198.51.100.0/24"), []mrt.TableEntry{
			table(0, attrs("192.0.2.1", []uint32{64500<<16 | 1}, 64500, 64501)), table(1, attrs("192.0.2.2", nil, 4200000001, 64502, 64501))}),
		w.Table(1770681600, 1, prefix("198.51.100.128/25"), []mrt.TableEntry{table(0, attrs("192.0.2.1", []uint32{65535<<16 | 666}, 64500, 64503))}),
		w.StateChange(1770681660, session, 5, 6),
		w.Announce(1770681661, session, attrs("192.0.2.1", []uint32{0xFFFFFF01, 64500<<16 | 666}, 64500, 64502), []netip.Prefix{prefix("203.0.113.0/24")}),
		w.Withdraw(1770681720, session, []netip.Prefix{prefix("198.51.100.128/25")}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSampleInScripts holds the octets in the scripts to what the writer makes.
func TestSampleInScripts(t *testing.T) {
	want := base64.StdEncoding.EncodeToString(sample(t))
	scripts, err := filepath.Glob("testdata/script/routes*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, section, found := strings.Cut(string(text), "-- sample.base64 --\n")
		section, _, _ = strings.Cut(section, "\n-- ")
		if got := strings.ReplaceAll(section, "\n", ""); !found || got != want {
			t.Errorf("%s: its sample.base64 should be\n%s", path, want)
		}
	}
}

// routes runs `pahra routes` and gives what it printed.
func routes(t *testing.T, stdin io.Reader, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, talk bytes.Buffer
	exit = cli.Main(append([]string{"routes"}, args...), stdin, &out, &talk)
	return out.String(), talk.String(), exit
}

// routeRow has some of the columns that a reader of the Parquet file may want.
type routeRow struct {
	Timestamp   int64    `parquet:"timestamp,timestamp(microsecond)"`
	ElemType    string   `parquet:"elem_type"`
	PeerASN     uint32   `parquet:"peer_asn"`
	Prefix      *string  `parquet:"prefix,optional"`
	ASPath      *string  `parquet:"as_path,optional"`
	OriginASNs  []uint32 `parquet:"origin_asns,list"`
	Communities []string `parquet:"communities,list"`
	NewState    *uint32  `parquet:"new_state,optional"`
}

// TestRoutesParquet reads back what the command wrote.
func TestRoutesParquet(t *testing.T) {
	dir := t.TempDir()
	if _, talk, exit := routes(t, bytes.NewReader(sample(t)), "--format", "parquet", "-o", filepath.Join(dir, "r.parquet")); exit != 0 {
		t.Fatal(exit, talk)
	}
	rows, err := archive.ReadFile[routeRow](filepath.Join(dir, "r.parquet"))
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	r := rows[1]
	if r.ElemType != "R" || r.PeerASN != 4200000001 || *r.Prefix != "198.51.100.0/24" || *r.ASPath != "4200000001 64502 64501" ||
		len(r.OriginASNs) != 1 || r.OriginASNs[0] != 64501 || len(r.Communities) != 0 || r.Timestamp != 1770681600e6 {
		t.Errorf("row 1: %+v", r)
	}
	if s := rows[3]; s.ElemType != "S" || s.Prefix != nil || s.NewState == nil || *s.NewState != 6 {
		t.Errorf("row 3: %+v", s)
	}
	if a := rows[4]; strings.Join(a.Communities, " ") != "no-export 64500:666" || a.NewState != nil {
		t.Errorf("row 4: %+v", a)
	}
}

// TestRoutesOfRealFiles holds the whole command against bgpdump on some files, the table of five million routes among
// them with PAHRA_SOAK=1.
func TestRoutesOfRealFiles(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	tool := testdata.Tool(t, "bgpdump")
	names := []string{"bgpdump/updates.20160811.1600.gz", "bgpdump/bview.ipv6_unicast_add_path.gz", "parsers/bgpkit-parser/updates.bz2"}
	if os.Getenv("PAHRA_SOAK") == "1" {
		names = append(names, "generated/replay-20080224T1800.mrt.bz2")
	}
	for _, name := range names {
		path := filepath.Join(root, name)
		want, err := exec.Command(tool, "-q", "-m", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		got, talk, exit := routes(t, nil, path)
		if got != string(want) || exit != 0 {
			t.Errorf("%s: exit %d, %d octets, bgpdump has %d; %s", name, exit, len(got), len(want), talk)
		}
	}
}
