package storetest

import (
	"context"
	"errors"
	"time"

	"pahra/internal/source"
	"pahra/internal/store"
)

// Fill stores something of every subject: incidents with several verdicts, a gap, a source, months with a correction,
// a neighbourhood, and the value "filled".
func Fill(s *store.Store) error {
	ctx, list := context.Background(), Incidents(20, 300)
	_, first := s.SaveIncidents(ctx, noon(), list)
	for n := range list[:50] {
		list[n].Confidence = 0.99
	}
	_, second := s.SaveIncidents(ctx, noon().Add(time.Minute), list)
	rows := NetworkMonths("2026-10", 20)
	corrected := networkMonth(rows[0].ASN, rows[0].Month, 99)
	return errors.Join(first, second, fillAlerts(s), fillExchange(s),
		s.AddGap(ctx, noon(), source.Gap{Source: "ris", Collector: "rrc00", From: noon(), To: noon().Add(time.Minute), Reason: "test"}),
		s.SaveSources(ctx, noon(), []source.Status{{Name: "ris", Kind: "rislive"}}),
		s.SaveMonth(ctx, noon(), rows, ""),
		s.SaveMonth(ctx, noon(), []store.NetworkMonth{corrected}, "override-1"),
		s.SaveNeighbourhoods(ctx, noon(), []store.NeighbourhoodMonth{{Neighbourhood: "IN", Month: rows[0].Month, Networks: 20}}),
		s.Put(ctx, noon(), "filled", []byte("yes")))
}
