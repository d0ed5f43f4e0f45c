package folder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tree makes a folder of the given files; a value "-> target" makes a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(content, "-> "); link {
			err = os.Symlink(target, p)
		} else {
			err = os.WriteFile(p, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func scan(t *testing.T, dir string) *Folder {
	t.Helper()
	d, err := Scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bare leaves out what most tests do not look at.
var bare = cmpopts.IgnoreFields(File{}, "Size", "SHA256")

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

// One file of every place that the command defines, and what must be told of it.
func TestPlaces(t *testing.T) {
	want := []File{
		{Path: "bogons/bogon-list.txt", Kind: Bogons},
		{Path: "bogons/fullbogons-ipv4.txt.gz", Kind: Bogons, Format: "fullbogons"},
		{Path: "irr/RADB.db.gz", Kind: IRR, Source: "RADB", Format: "db"},
		{Path: "irr/ripe/ripe.db.route6.gz", Kind: IRR, Source: "RIPE", Format: "db"},
		{Path: "irr/tc.20220501.db", Kind: IRR, Source: "TC", Format: "db", Time: at("2022-05-01 00:00")},
		{Path: "mrt/rrc00/2021.01/updates.20210102.0505.gz", Kind: MRT, Collector: "rrc00", Format: "updates", Time: at("2021-01-02 05:05")},
		{Path: "mrt/rrc00/bview.20210102.0000", Kind: MRT, Collector: "rrc00", Format: "rib", Time: at("2021-01-02 00:00")},
		{Path: "mrt/rv2/rib.20080222.1800.bz2", Kind: MRT, Collector: "rv2", Format: "rib", Time: at("2008-02-22 18:00")},
		{Path: "mrt/rv2/updates.20080222.1815.zst", Kind: MRT, Collector: "rv2", Format: "updates", Time: at("2008-02-22 18:15")},
		{Path: "neighbourhoods/members.csv", Kind: Neighbourhoods, Format: "csv"},
		{Path: "neighbourhoods/members.yaml", Kind: Neighbourhoods, Format: "yaml"},
		{Path: "peeringdb/net-20220501.json", Kind: PeeringDB, Format: "net", Time: at("2022-05-01 00:00")},
		{Path: "peeringdb/netixlan.json.gz", Kind: PeeringDB, Format: "netixlan"},
		{Path: "registry/asnames.json", Kind: Registry, Format: "asnames"},
		{Path: "registry/asns.csv", Kind: Registry, Format: "asnames"},
		{Path: "registry/delegated-ripencc-extended-20220501.gz", Kind: Registry, Format: "delegated", Source: "ripencc", Time: at("2022-05-01 00:00")},
		{Path: "registry/members.csv", Kind: Registry, Format: "csv"},
		{Path: "relations/20080101.as-rel.txt.gz", Kind: Relations, Format: "as-rel", Time: at("2008-01-01 00:00")},
		{Path: "relations/20220501.as-org2info.jsonl.gz", Kind: Organisations, Format: "jsonl", Time: at("2022-05-01 00:00")},
		{Path: "relations/20220501.as-rel2.txt.bz2", Kind: Relations, Format: "as-rel2", Time: at("2022-05-01 00:00")},
		{Path: "spoofer/sessions-2022-05-01.csv", Kind: Spoofer, Format: "csv", Time: at("2022-05-01 00:00")},
		{Path: "vrp/20220501T0630Z.json.bz2", Kind: VRP, Format: "json", Time: at("2022-05-01 06:30")},
		{Path: "vrp/20220501T063015Z.csv", Kind: VRP, Format: "csv", Time: at("2022-05-01 06:30").Add(15 * time.Second)},
		{Path: "vrp/20221301T0000Z.json", Kind: VRP, Format: "json"},
		{Path: "vrp/latest.json.gz", Kind: VRP, Format: "json"},
		{Path: "accepted.json", Kind: Accepted},
		{Path: "pulled.json", Kind: Pulled},
	}
	files := map[string]string{".cache/x": "", "mrt/rrc00/.hidden": ""}
	for _, f := range want {
		files[f.Path] = f.Path
	}
	strange := []string{
		"README", "irr/notes.txt", "mrt/rrc00/table.mrt", "mrt/updates.20210102.0505", "registry/notes.txt",
		"relations/20160101.ppdc-ases.txt", "relations/as-rel.txt", "rrc00/updates.20210102.0505", "vrp/latest.txt",
		"neighbourhoods/deep.json", "mrt/rrc00/updates.20211302.0505",
	}
	for _, s := range strange {
		files[s] = ""
	}
	d := scan(t, tree(t, files))
	slices.SortFunc(want, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(strange)
	if diff := cmp.Diff(want, d.Files, bare); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(strange, d.Unrecognised); diff != "" {
		t.Errorf("unrecognised (-want +got):\n%s", diff)
	}
	if len(d.Of(IRR)) != 3 {
		t.Errorf("Of(IRR) gives %d files, want 3", len(d.Of(IRR)))
	}
}

func TestOpenAndHash(t *testing.T) {
	files := map[string]string{}
	for i := range 48 {
		files[fmt.Sprintf("vrp/20220501T%02d%02dZ.json", i/2, i%2)] = strings.Repeat("x", i*1000)
	}
	d := scan(t, tree(t, files))
	for _, workers := range []int{0, 1, 7} {
		for i := range d.Files {
			d.Files[i].SHA256 = ""
		}
		if err := d.Hash(context.Background(), workers); err != nil {
			t.Fatal(err)
		}
		for _, f := range d.Files {
			r, err := d.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			r.Close()
			sum := sha256.Sum256(text)
			if err != nil || string(text) != files[f.Path] || f.SHA256 != hex.EncodeToString(sum[:]) || f.Size != int64(len(text)) {
				t.Fatalf("%s: %d bytes, hash %s, %v", f.Path, len(text), f.SHA256, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Hash(ctx, 2); err == nil {
		t.Error("a cancelled Hash gives no error")
	}
	if _, err := d.Open(File{Path: "../x"}); err == nil {
		t.Error("Open takes a path that Scan did not give")
	}
}

func TestHashSeesChange(t *testing.T) {
	dir := tree(t, map[string]string{"bogons/a.txt": "192.0.2.0/24\n"})
	d := scan(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "bogons/a.txt"), []byte("longer than it was before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Hash(context.Background(), 1); err == nil || !strings.Contains(err.Error(), "bogons/a.txt") {
		t.Errorf("a file that grew gives %v", err)
	}
}

func TestLinks(t *testing.T) {
	outside := filepath.Join(tree(t, map[string]string{"secret.txt": "s"}), "secret.txt")
	dir := tree(t, map[string]string{
		"bogons/real.txt":    "r",
		"bogons/inside.txt":  "-> real.txt",
		"bogons/abs.txt":     "-> " + outside,
		"bogons/up.txt":      "-> ../../../../../../../etc/hostname",
		"bogons/dangle.txt":  "-> nothing",
		"irr/RADB":           "-> ../bogons",
		"mrt/loop":           "-> ../mrt",
		"bogons/selfref.txt": "-> selfref.txt",
	})
	d := scan(t, dir)
	if diff := cmp.Diff([]string{"bogons/inside.txt", "bogons/real.txt"}, paths(d.Files)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	var refused []string
	for _, r := range d.Refused {
		refused = append(refused, r.Path)
		if r.Reason == "" || strings.Contains(r.Reason, dir) {
			t.Errorf("%s is refused with the reason %q", r.Path, r.Reason)
		}
	}
	want := []string{"bogons/abs.txt", "bogons/dangle.txt", "bogons/selfref.txt", "bogons/up.txt", "irr/RADB", "mrt/loop"}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// A link that is put in a file's place after the scan must not be followed either.
func TestLinkAfterScan(t *testing.T) {
	outside := filepath.Join(tree(t, map[string]string{"secret.txt": "s"}), "secret.txt")
	dir := tree(t, map[string]string{"bogons/a.txt": "s"})
	d := scan(t, dir)
	name := filepath.Join(dir, "bogons/a.txt")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, name); err != nil {
		t.Fatal(err)
	}
	if r, err := d.Open(d.Files[0]); err == nil {
		r.Close()
		t.Error("Open follows a link out of the folder")
	}
}

func TestEmptyAndMissing(t *testing.T) {
	if d := scan(t, t.TempDir()); len(d.Files)+len(d.Unrecognised)+len(d.Refused) != 0 {
		t.Errorf("an empty folder holds %+v", d)
	}
	if _, err := Scan(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing folder gives %v", err)
	}
	deep := strings.Repeat("d/", 40) + "x.txt"
	if d := scan(t, tree(t, map[string]string{deep: ""})); len(d.Refused) != 1 {
		t.Errorf("a folder %d deep is not refused: %+v", 40, d)
	}
}

func paths(files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}
