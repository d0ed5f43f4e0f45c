package rtr

import (
	"bytes"
	"compress/bzip2"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/source/sourcetest"
	"pahra/internal/testdata"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// until waits until the latest fact that was stored is as wanted.
func until(t *testing.T, s *sourcetest.Shelf, vrps, aspas int) *vrp.Set {
	t.Helper()
	var got *vrp.Set
	for deadline := time.After(4 * time.Minute); ; {
		select {
		case <-s.Told:
			if got = last(t, s); len(got.VRPs) == vrps && len(got.ASPAs) == aspas {
				return got
			}
		case <-deadline:
			n := 0
			if got != nil {
				n = len(got.VRPs)
			}
			t.Fatalf("not stored in time: %d VRPs and %d ASPAs; the latest has %d", vrps, aspas, n)
		}
	}
}

// cacheFile writes the file that StayRTR reads, all at once.
func cacheFile(t *testing.T, path string, vrps int, withASPA bool) {
	t.Helper()
	var list []string
	for i := range vrps {
		list = append(list, fmt.Sprintf(`{"asn":%d,"prefix":"10.%d.%d.0/24","maxLength":24,"ta":"test","expires":%d}`, 64496+i%10, i/256, i%256, time.Now().Unix()+86400),
			fmt.Sprintf(`{"asn":%d,"prefix":"2001:db8:%x::/48","maxLength":64,"ta":"test","expires":%d}`, 64496+i%10, i, time.Now().Unix()+86400))
	}
	text := fmt.Sprintf(`{"metadata":{"buildtime":%q},"roas":[%s]`, time.Now().UTC().Format(time.RFC3339), strings.Join(list, ","))
	if withASPA {
		one := fmt.Sprintf(`{"customer_asid":64496,"providers":[64500,64501],"expires":%d}`, time.Now().Unix()+86400)
		text += `,"provider_authorizations":{"ipv4":[` + one + `],"ipv6":[` + one + `]}`
	}
	if err := os.WriteFile(path+".new", []byte(text+"}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// followStayRTR starts StayRTR and a client of it; stop ends both.
func followStayRTR(t *testing.T, program, address, file string, version uint8) (c *Client, s *sourcetest.Shelf, stop func()) {
	t.Helper()
	server := exec.Command(program, "-bind", address, "-cache", file, "-metrics.addr", freeAddress(t), "-checktime=false", "-refresh", "1",
		"-protocol", fmt.Sprint(version), "-rtr.refresh", "2", "-rtr.retry", "1", "-loglevel", "error")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	s = &sourcetest.Shelf{Told: make(chan struct{}, 100)}
	c, err := New("stayrtr", Config{Address: address, Every: time.Millisecond}, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c.backoff.Min, c.backoff.Max = 10*time.Millisecond, 200*time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return c, s, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		server.Process.Kill()
		server.Wait()
	})
}

// All VRPs of a true day go through StayRTR, which changes none of them.
func TestStayRTRReal(t *testing.T) {
	program := testdata.Tool(t, "stayrtr")
	packed, err := os.Open(filepath.Join(testdata.Real(t), "routing/rpki/rpkiclient_summary_20250720T093135Z.json.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	text, err := io.ReadAll(bzip2.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vrps.json")
	// StayRTR leaves out what has expired, so each gets a year in which it has not.
	text = regexp.MustCompile(`"expires": ?\d+`).ReplaceAll(text, []byte(`"expires":4000000000`))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	want, err := vrp.Read(bytes.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	c, s, stop := followStayRTR(t, program, freeAddress(t), file, 1)
	defer stop()
	got := until(t, s, len(want.VRPs), 0)
	t.Logf("%d VRPs in %.1f s, StayRTR's own time included", len(got.VRPs), time.Since(begin).Seconds())
	stop()
	for i, v := range got.VRPs {
		w := want.VRPs[i]
		if v.Prefix != w.Prefix || v.MaxLength != w.MaxLength || v.ASN != w.ASN {
			t.Fatalf("VRP %d is %+v, and in the file %+v", i, v, w)
		}
	}
	if st := c.Status(); st.Errors > 500 {
		t.Errorf("%+v", st)
	}
}

// The client against the true StayRTR, whose file changes. The version 2 of StayRTR 0.5 is that of an old draft: as soon
// as it sends an ASPA, the client goes down to version 1.
func TestStayRTR(t *testing.T) {
	defer goleak.VerifyNone(t)
	program := testdata.Tool(t, "stayrtr")
	file := filepath.Join(t.TempDir(), "vrps.json")
	cacheFile(t, file, 300, false)
	for _, version := range []uint8{2, 1, 0} {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			cacheFile(t, file, 300, false)
			address := freeAddress(t)
			c, s, stop := followStayRTR(t, program, address, file, version)
			defer stop()
			got := until(t, s, 600, 0)
			want := vrp.VRP{Prefix: netip.MustParsePrefix("10.0.0.0/24"), MaxLength: 24, ASN: values.ASN(64496)}
			if got.VRPs[0] != want {
				t.Errorf("the first is %+v", got.VRPs[0])
			}
			cacheFile(t, file, 350, false) // announcements
			until(t, s, 700, 0)
			cacheFile(t, file, 120, version == 2) // withdrawals
			until(t, s, 240, 0)
			stop()
			if st := c.Status(); st.Messages < 600 || version < 2 && st.Errors > 20 {
				t.Errorf("%+v", st)
			}
			t.Logf("ended in version %d: %+v", c.version, c.Status())
		})
	}
}
