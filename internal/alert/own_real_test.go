package alert

import (
	"compress/bzip2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/testdata"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// Every ROA of the Internet ends within 14 days by the output of rpki-client, since it reckons the whole chain: a rule
// that looked at the date alone would alarm everybody always. Ours tells nobody, not even when the validator stands still.
func TestExpiryReal(t *testing.T) {
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing/rpki/rpkiclient_summary_20250720T093135Z.json.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := vrp.Read(bzip2.NewReader(f), nil)
	if err != nil {
		t.Fatal(err)
	}
	table := authority.NewVRPTable(set.VRPs)
	routes := map[values.ASN][]OwnRoute{}
	soon := 0
	for _, v := range set.VRPs {
		if v.Expires < set.BuildTime.Add(ExpiryWindow).Unix() {
			soon++
		}
		if r := routes[v.ASN]; v.ASN != 0 && len(r) < 20 && (len(r) == 0 || r[len(r)-1].Prefix != v.Prefix) {
			routes[v.ASN] = append(r, OwnRoute{Prefix: v.Prefix, Peers: 10})
		}
	}
	told := [2]int{}
	at := [2]time.Time{set.BuildTime, set.BuildTime.Add(12 * time.Hour)} // the second: the validator stands still
	horizon := table.Horizon(set.BuildTime)
	for asn, own := range routes {
		if asn%10 != 0 {
			continue
		}
		var m Memory
		for i := range at {
			var list []Alert
			m, list = Check(m, View{ASN: asn, At: at[i], HasRoutes: true, Routes: own, Up: [2]int{20, 20}, VRPs: table, VRPsAt: set.BuildTime, Horizon: horizon})
			for _, a := range list {
				if a.Kind == ROAExpiry {
					told[i]++
				}
			}
		}
	}
	t.Logf("%d of %d VRPs end within 14 days; of a tenth of %d networks %d are told at first sight, %d when the validator stood still for 12 hours", soon, len(set.VRPs), len(routes), told[0], told[1])
	if soon != len(set.VRPs) || told != [2]int{} {
		t.Errorf("%d of %d VRPs end soon, %v networks were told", soon, len(set.VRPs), told)
	}
}
