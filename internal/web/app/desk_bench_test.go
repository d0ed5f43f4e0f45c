package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

// BenchmarkDeskInbox asks for the inbox of a desk with 100,000 cases, as an analyst's browser does. It reports the time that half
// of the answers took at most.
func BenchmarkDeskInbox(b *testing.B) {
	c := newCaseOffice(b, nil)
	made := storetest.Cases(1, 100_000, store.National)
	c.ok(storetest.CommitCases(b.Context(), c.db, made))
	c.now = made[0].Opened.AddDate(0, 3, 0)
	v, _ := c.person("ina", account.Analyst)
	for name, path := range map[string]string{"inbox": "/desk", "group": "/desk?todo=new", "class": "/desk?class=fraud", "text": "/desk?text=kind-17", "outbreak": "/desk/outbreak?days=91"} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				v.is(v.get(path), http.StatusOK)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
		})
	}
}
