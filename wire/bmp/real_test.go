package bmp_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/bgp"
	"pahra/wire/bmp"
	"pahra/wire/values"
)

// TestCaptures holds what is read of each capture against what another collector made of it: each session that came up
// or went down, each figure, each unicast route, each End-of-RIB of a unicast table.
func TestCaptures(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "bmp")
	for folder, expected := range map[string]string{
		"200-BMP-HUAWEI-locrib_instance":                       "output-bmp-00.json",
		"201-BMP-CISCO-rd_instance":                            "output-bmp-00.json",
		"202-BMP-CISCO-HUAWEI-multiple-sources":                "output-bmp-00.json",
		"203-BMP-HUAWEI-dump":                                  "output-bmp-00.json",
		"204-BMP-CISCO-peer_down":                              "output-bmp-00.json",
		"205-BMP-6wind-FRR-peer_down":                          "output-bmp-00.json",
		"206-BMP-high-availability":                            "output-bmp-01.json",
		"207-BMP-CISCO-HUAWEI-multiple-sources-dump-spreading": "output-bmp-00.json",
	} {
		t.Run(folder[:3], func(t *testing.T) {
			var got []string
			files, err := filepath.Glob(filepath.Join(root, folder, "*.pcap"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no capture: %v", err)
			}
			for _, f := range files {
				for _, flow := range testdata.Flows(t, f) {
					got = append(got, facts(flow.Octets)...)
				}
			}
			want := readExpected(t, filepath.Join(root, folder, expected))
			slices.Sort(got)
			slices.Sort(want)
			if len(want) < 10 {
				t.Fatalf("only %d facts are expected", len(want))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// facts says what a stream tells, a line each. As the other collector does, it leaves out withdrawals of what was not
// announced before, and takes a route without a next hop for a route: FRR tells such ones after policy.
func facts(stream []byte) (out []string) {
	stand := map[string]bool{}
	_ = bmp.Scan(bytes.NewReader(stream), nil, func(m *bmp.Message) error {
		who := fmt.Sprintf("%s AS%d %s", m.Peer.IP, m.Peer.ASN, m.Peer.ID)
		switch m.Type {
		case bmp.Initiation:
			out = append(out, "init "+m.Info(bmp.InfoSysName))
		case bmp.PeerUpNotification:
			out = append(out, fmt.Sprintf("up %s type %d at %d.%06d, %s ports %d %d, AS%d", who, m.Peer.Type, m.Peer.Sec, m.Peer.Micro,
				m.Up.LocalIP, m.Up.LocalPort, m.Up.RemotePort, m.Up.Sent.ASN))
		case bmp.PeerDownNotification:
			out = append(out, fmt.Sprintf("down %s for %d", who, m.Down.Reason))
		case bmp.StatisticsReport:
			for _, s := range m.Stats {
				out = append(out, fmt.Sprintf("stat %s %d is %d of %d/%d", who, s.Type, s.Value, s.Family.AFI, s.Family.SAFI))
			}
		case bmp.RouteMonitoring:
			out = append(out, routes(m, stand)...)
		}
		return nil
	})
	return out
}

// routes tells the neighbour of a route by its address alone: the other collector takes its AS from the Peer Up, which FRR
// gives another one than the routes of its Loc-RIB, and which that collector did not always hear.
func routes(m *bmp.Message, stand map[string]bool) (out []string) {
	_, body, _, _ := bgp.Message(m.Update)
	if f, ok := bgp.EndOfRIB(body); ok && f.SAFI == 1 {
		return []string{fmt.Sprintf("end %s of %d", m.Peer.IP, f.AFI)}
	}
	var attrs bgp.Attrs
	_, _ = bgp.WalkUpdate(body, bgp.UpdateOptions{AS4: !m.Peer.LegacyASPath()}, func(r *bgp.Route) error {
		if r.SAFI != 1 {
			return nil
		}
		key := fmt.Sprint(m.Peer.View(), m.Peer.Distinguisher, m.Peer.IP, r.Prefix)
		if r.Announced || r.TreatAsWithdraw {
			bgp.DecodeAttrs(&attrs, r.Attrs, !m.Peer.LegacyASPath(), false)
			out = append(out, fmt.Sprintf("update %s from %s by %s", r.Prefix, m.Peer.IP, attrs.PathString()))
			stand[key] = true
		} else if stand[key] {
			out = append(out, fmt.Sprintf("withdraw %s from %s", r.Prefix, m.Peer.IP))
			delete(stand, key)
		}
		return nil
	})
	return out
}

// line is one line of the other collector's log, as far as it is compared.
type line struct {
	Event   string          `json:"event_type"`
	Message string          `json:"bmp_msg_type"`
	Log     string          `json:"log_type"`
	Stamp   string          `json:"timestamp"`
	SysName string          `json:"bmp_init_info_sysname"`
	IP      string          `json:"peer_ip"`
	ASN     values.ASN      `json:"peer_asn"`
	ID      string          `json:"bgp_id"`
	Type    int             `json:"peer_type"`
	LocalAS values.ASN      `json:"local_as"`
	LocalIP string          `json:"local_ip"`
	Local   int             `json:"local_port"`
	Remote  int             `json:"remote_port"`
	Reason  int             `json:"reason_type"`
	Counter int             `json:"counter_type"`
	Value   uint64          `json:"counter_value"`
	AFI     int             `json:"afi"`
	SAFI    int             `json:"safi"`
	Prefix  string          `json:"ip_prefix"`
	Path    json.RawMessage `json:"as_path"` // text, or a list of text
}

func readExpected(t *testing.T, name string) (out []string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if fact := l.fact(); l.Event == "log" && fact != "" {
			out = append(out, fact)
		}
	}
	return out
}

func (l *line) fact() string {
	who := fmt.Sprintf("%s AS%d %s", l.IP, l.ASN, l.ID)
	switch l.Message {
	case "init":
		return "init " + l.SysName
	case "peer_up":
		return fmt.Sprintf("up %s type %d at %s, %s ports %d %d, AS%d", who, l.Type, l.Stamp, l.LocalIP, l.Local, l.Remote, l.LocalAS)
	case "peer_down":
		return fmt.Sprintf("down %s for %d", who, l.Reason)
	case "stats":
		return fmt.Sprintf("stat %s %d is %d of %d/%d", who, l.Counter, l.Value, l.AFI, l.SAFI)
	case "route_monitor":
		if l.SAFI != 1 {
			return ""
		}
		switch l.Log {
		case "end-of-rib":
			return fmt.Sprintf("end %s of %d", l.IP, l.AFI)
		case "withdraw":
			return fmt.Sprintf("withdraw %s from %s", l.Prefix, l.IP)
		}
		return fmt.Sprintf("update %s from %s by %s", l.Prefix, l.IP, l.path())
	}
	return ""
}

func (l *line) path() string {
	var list []string
	if json.Unmarshal(l.Path, &list) == nil {
		return strings.Join(list, " ")
	}
	var text string
	_ = json.Unmarshal(l.Path, &text)
	return text
}

// TestCaptureOfManyRouters counts what tshark counts in the large capture: one route monitoring message a packet.
func TestCaptureOfManyRouters(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "bmp", "208")
	for name, want := range map[string]map[bmp.Type]int{
		"bmp-multi-sources-init.pcap":             {bmp.Initiation: 15},
		"bmp-multi-sources-peer-up.pcap":          {bmp.PeerUpNotification: 289},
		"bmp-multi-sources-route-monitoring.pcap": {bmp.RouteMonitoring: 6955},
	} {
		got := map[bmp.Type]int{}
		for _, flow := range testdata.Flows(t, filepath.Join(root, name)) {
			err := bmp.Scan(bytes.NewReader(flow.Octets), nil, func(m *bmp.Message) error {
				got[m.Type]++
				return nil
			})
			if err != nil {
				t.Errorf("%s from %s: %v", name, flow.From, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
