package service

import (
	"io"
	"net/netip"

	"pahra/internal/norms"
	"pahra/internal/source/folder"
	"pahra/wire/spoofer"
	"pahra/wire/values"
)

// spoofing gives for each network what the tests of the month say.
func (r *run) spoofing(m *monthly) func(values.ASN) norms.Input[norms.Spoofing] {
	files := r.dir.Of(folder.Spoofer)
	if len(files) == 0 {
		return func(values.ASN) norms.Input[norms.Spoofing] {
			return norms.NoData[norms.Spoofing]("no anti-spoofing tests are at hand")
		}
	}
	tests := make(map[values.ASN]int)
	leaked := make(map[values.ASN]map[netip.Prefix]bool)
	for _, f := range files {
		err := r.book.read(f, func(in io.Reader, report func(values.Problem)) error {
			return spoofer.Read(in, report, func(s spoofer.Session) error {
				if values.MonthOf(s.Time) == m.month && !s.Time.After(r.opt.To) {
					countSession(s, tests, leaked)
				}
				return nil
			})
		})
		if err != nil {
			r.opt.Say("%v", err)
		}
	}
	return func(asn values.ASN) norms.Input[norms.Spoofing] {
		return norms.Known(norms.Spoofing{Tests: tests[asn], Leaked: len(leaked[asn])})
	}
}

// countSession adds what a session says to the networks it tested. A side that was not tested, or whose test decided
// nothing, says nothing; a test from behind a NAT that let nothing out does not count as a test, since the NAT and not
// the network may have stopped the packets.
func countSession(s spoofer.Session, tests map[values.ASN]int, leaked map[values.ASN]map[netip.Prefix]bool) {
	for _, side := range []spoofer.Side{s.IPv4, s.IPv6} {
		if !side.Client.IsValid() || side.ASN == 0 {
			continue
		}
		switch {
		case side.Routed == spoofer.Received || side.Private == spoofer.Received:
			tests[side.ASN]++
			if leaked[side.ASN] == nil {
				leaked[side.ASN] = make(map[netip.Prefix]bool)
			}
			leaked[side.ASN][side.Client] = true
		case side.NAT != spoofer.NATYes && (side.Routed == spoofer.Blocked || side.Private == spoofer.Blocked):
			tests[side.ASN]++
		}
	}
}
