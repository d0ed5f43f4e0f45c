package mrt_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// beyondBgpdump are the files of which bgpdump 1.6.2 reads another number of elements, and the right one.
var beyondBgpdump = map[string]int{
	"bview.20000111.0032.gz":   452018, // many entries in one record; it reads the first
	"updates.20000325.0345.gz": 5685,   // two damaged headers; it stops at the first
	"openbgpd_rib_table-mp":    31,     // BGP4MP_ENTRY, which it does not know
	"bird6_bgp":                36,     // it reads prefixes longer than an address, from beside the record
}

// elements counts the elements of one file as bgpdump does, and gives the problems.
func elements(t *testing.T, path string, lenient bool) (n int, problems []values.Problem) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, _, err := compressed.NewReader(f, compressed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	report := func(p values.Problem) { problems = append(problems, p) }
	reader, d := mrt.NewReader(r, report), mrt.NewDecoder(report)
	d.Lenient = lenient
	for {
		rec, err := reader.Next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, problems
		} else if err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(rec, func(*mrt.Elem) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// realFiles are the MRT files at hand; with sample only every so many of a long series.
func realFiles(t *testing.T, sample int) (paths []string) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	series := map[string]int{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) == ".rst" {
			return err
		}
		dir := filepath.Base(filepath.Dir(path))
		series[dir]++
		if n := series[dir]; n > 15 && n%sample != 0 || dir == "generated" && sample > 1 {
			return nil
		}
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestRealAgainstBgpdump holds the number of elements of each file against bgpdump's lines. PAHRA_SOAK=1 takes every
// file (some minutes, bgpdump's), else a long series is sampled.
func TestRealAgainstBgpdump(t *testing.T) {
	sample := 25
	if os.Getenv("PAHRA_SOAK") == "1" {
		sample = 1
	}
	files, tool := realFiles(t, sample), testdata.Tool(t, "bgpdump")
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			got, problems := elements(t, path, true)
			want, known := beyondBgpdump[name]
			if !known {
				cmd := exec.Command(tool, "-q", "-m", path)
				var out bytes.Buffer
				cmd.Stdout = &out
				_ = cmd.Run() // it aborts on what it cannot read
				want = bytes.Count(out.Bytes(), []byte("\n"))
			}
			if got != want {
				t.Errorf("%d elements, want %d", got, want)
			}
			for _, p := range problems[:min(3, len(problems))] {
				t.Logf("%v", p)
			}
		})
	}
}

// TestRealCounts holds the files that other parsers stumble over against counts known from several of them.
func TestRealCounts(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	for path, want := range map[string]int{
		"generated/replay-20080224T1800.mrt.bz2":         4_954_001,
		"parsers/rib.20140523.0600_firstMB.bz2":          270005, // cut; bzcat drops the last 3,283 octets and so gives 269,914
		"parsers/rib6.20151101.0600_firstMB.bz2":         149578,
		"parsers/rib.20080501.0644_firstMB.bz2":          139291,
		"namex-ixp/namex-bgpd-rib-inet.mrt":              3426,
		"bgpdump/bview.ipv4_unicast_add_path.gz":         62,
		"bgpdump/bview.ipv6_unicast_add_path.gz":         62,
		"bgpdump/updates.et-header.2015.gz":              577744,
		"bgp-rs-2019/updates.20190101.0000.gz":           162617,
		"parsers/bgpkit-parser/updates.19991214.1621.gz": 55516,
		"parsers/bgpkit-parser/bview.20000111.0032.gz":   452018,
		"parsers/bgpkit-parser/updates.20000325.0345.gz": 5685,
		"parsers/mrtparse/openbgpd_rib_table-mp":         31,
		"parsers/mrtparse/bird_bgp":                      26, // with the path identifiers that bgpdump takes for prefixes
		"parsers/mrtparse/bird6_bgp":                     26,
	} {
		if got, _ := elements(t, filepath.Join(root, path), false); got != want {
			t.Errorf("%s: %d elements, want %d", path, got, want)
		}
	}
}
