package programme

import (
	"net/netip"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestIncidentFindings tells incidents of each kind from each side: what is said, which kind of finding it is, and what
// mends it.
func TestIncidentFindings(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile}
	start := time.Date(2026, 2, 10, 1, 0, 0, 0, time.UTC)
	end := start.Add(45 * time.Minute)
	victim, bogon := values.ASN(64500), values.ASN(65551)
	provider, peer := watch.KnownRelation{Relation: "provider"}, watch.KnownRelation{Relation: "peer"}
	yes := true
	base := watch.Incident{
		ID: "x", ASN: 64501, Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Start: start, End: &end,
		Attribution: watch.Supported, Accomplices: []watch.Accomplice{{ASN: 64510, CustomerEdge: &yes, Weight: 1}},
	}
	with := func(kind watch.Kind, change func(*watch.Incident)) watch.Incident {
		i := base
		i.Kind = kind
		change(&i)
		return i
	}
	none := func(*watch.Incident) {}
	leaked := func(i *watch.Incident) {
		i.Evidence.Leak = &watch.LeakEvidence{From: 64511, Leaker: 64501, To: 64510, FromRelation: provider, ToRelation: peer}
	}
	linked := func(i *watch.Incident) {
		i.Victim, i.Evidence.NewLink, i.Accomplices = &victim, &watch.NewLink{Near: 64501, Far: 64500}, nil
	}
	const ended = ", 2026-02-10T01:00:00Z to 2026-02-10T01:45:00Z (45m)"
	for name, c := range map[string]struct {
		inc        watch.Incident
		asn        values.ASN
		kind       FindingKind
		says, mend string
	}{
		"hijack, by it": {with(watch.Hijack, func(i *watch.Incident) { i.Victim = &victim }), 64501, Announced,
			"it announced 203.0.113.0/24, which AS64500 holds" + ended,
			"it is withdrawn; let every session announce only your own prefixes and those learned from customers"},
		"hijack, passed on": {with(watch.Hijack, none), 64510, PassedOn,
			"AS64501 announced 203.0.113.0/24, which others hold" + ended,
			"accept from customer AS64501 only what its ROAs and route objects allow; 203.0.113.0/24 is not among it"},
		"not named": {with(watch.Hijack, func(i *watch.Incident) { i.Attribution = watch.SinglePath }), 64501, Announced,
			"it (announcing network, not named as the culprit: single-path) announced 203.0.113.0/24, which others hold" + ended,
			"look whether your routers announced 203.0.113.0/24; if not, it was somebody else: somebody between may have forged the path"},
		"invalid": {with(watch.RPKIInvalid, none), 64510, PassedOn,
			"AS64501 announced 203.0.113.0/24, which RPKI finds invalid" + ended,
			"reject RPKI-invalid routes such as 203.0.113.0/24 from customer AS64501"},
		"bogon prefix": {with(watch.BogonPrefix, none), 64501, Announced,
			"it announced 203.0.113.0/24, a bogon" + ended, "it is withdrawn; filter bogons outbound at every session"},
		"bogon ASN": {with(watch.BogonASN, func(i *watch.Incident) { i.Evidence.BogonASN = &bogon }), 64510, PassedOn,
			"AS64501 announced 203.0.113.0/24 with AS65551, a bogon, in the path" + ended, "reject paths with AS65551 from customer AS64501"},
		"leak, ended": {with(watch.Leak, leaked), 64501, Announced,
			"it passed routes of its provider AS64511 on to its peer AS64510: 203.0.113.0/24" + ended,
			"it has ended; tag routes where they enter, let sessions to providers and peers out only with your own and your customers', and set roles on them (RFC 9234)"},
		"leak, open": {with(watch.Leak, func(i *watch.Incident) { leaked(i); i.End = nil }), 64501, Announced,
			"it passed routes of its provider AS64511 on to its peer AS64510: 203.0.113.0/24, since 2026-02-10T01:00:00Z, still open",
			"stop passing routes of provider AS64511 on to peer AS64510; tag routes where they enter, let sessions to providers and peers out only with your own and your customers', and set roles on them (RFC 9234)"},
		"leak, not named": {with(watch.Leak, func(i *watch.Incident) { leaked(i); i.Attribution = watch.PossiblyForged }), 64501, Announced,
			"it (announcing network, not named as the culprit: possibly-forged) passed routes of its provider AS64511 on to its peer AS64510: 203.0.113.0/24" + ended,
			"look whether your routers passed routes of provider AS64511 on to peer AS64510; if not, it was somebody else: somebody between may have forged the path"},
		"leak, taken": {with(watch.Leak, leaked), 64510, PassedOn,
			"AS64501 passed routes of its provider AS64511 on to its peer AS64510: 203.0.113.0/24" + ended,
			"accept from customer AS64501 only routes of itself and its customers (its as-set, by prefix and by path), set a prefix limit and the session's role (RFC 9234); 203.0.113.0/24 is not among them"},
		"new link, near": {with(watch.PathAnomaly, linked), 64501, NewNeighbour,
			"it stood next to AS64500, the established origin of 203.0.113.0/24, as never before" + ended,
			"nothing, if you are a neighbour of AS64500: an ASPA of AS64500 that names its providers would say so; if not, look where you have the path from"},
		"new link, taken": {with(watch.PathAnomaly, func(i *watch.Incident) { linked(i); i.Accomplices = base.Accomplices }), 64510, NewNeighbour,
			"AS64501 stood next to AS64500, the established origin of 203.0.113.0/24, as never before" + ended,
			"nothing, if AS64501 may carry routes of AS64500; if not, reject them from it"},
		"new link, far": {with(watch.PathAnomaly, linked), 64500, NewNeighbour,
			"AS64501 stood next to AS64500, the established origin of 203.0.113.0/24, as never before" + ended,
			"see whether AS64501 is a neighbour of yours: if so, nothing is wrong; publish an ASPA that names your providers, so that who verifies paths drops others"},
	} {
		s, ok := by.See(c.inc, c.asn, nil, "no penalty")
		if !ok {
			t.Errorf("%s: AS%d has no part in it", name, c.asn)
			continue
		}
		f := by.incidentFinding(s, c.asn, nil, end)
		if n := ToMend([]Finding{f}); (n == 0) != (c.inc.Kind == watch.PathAnomaly) {
			t.Errorf("%s: %d findings are to be mended", name, n)
		}
		if f.Kind != c.kind || f.Says != c.says || f.Mend != c.mend {
			t.Errorf("%s: %s\n%s\n%s\nwant %s\n%s\n%s", name, f.Kind, f.Says, f.Mend, c.kind, c.says, c.mend)
		}
	}
}

// TestLeakAlarm names the one that took the leak first, and then the leaker.
func TestLeakAlarm(t *testing.T) {
	i := watch.Incident{
		Kind: watch.Leak, ASN: 64501, Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Start: testTime, Attribution: watch.Supported,
		Accomplices: []watch.Accomplice{{ASN: 64510, Weight: 1}},
		Evidence:    watch.Evidence{Leak: &watch.LeakEvidence{From: 64511, Leaker: 64501, To: 64510}, Victims: []values.ASN{64500}},
	}
	parties := map[values.ASN]Network{64501: {ASN: 64501, Holder: "Leaky", Contacts: []ContactPresent{{Role: "noc", Source: "peeringdb"}}}}
	a := Tell(i, parties)
	want := []string{
		"call AS64510 to reject 203.0.113.0/24 from AS64501: no contact of it is known; try its upstreams",
		"ask AS64501 Leaky to stop passing on 203.0.113.0/24: noc in peeringdb",
	}
	if len(a.First) != 2 || a.First[0] != want[0] || a.First[1] != want[1] || a.LetPass[0].Edge != "neighbour" {
		t.Errorf("%+v, want %q", a, want)
	}
}

// TestStepForAnnounced: nobody who is not named is told to end anything, and nothing that has ended is to be ended.
func TestStepForAnnounced(t *testing.T) {
	end := testTime
	open := IncidentSeen{Incident: watch.Incident{ID: "open"}, Named: true}
	ended := IncidentSeen{Incident: watch.Incident{ID: "ended", End: &end}, Named: true}
	unnamed := IncidentSeen{Incident: watch.Incident{ID: "unnamed"}}
	by := &Adviser{}
	for name, c := range map[string]struct {
		list []IncidentSeen
		want string
	}{
		"open":       {[]IncidentSeen{unnamed, ended, open}, Kinds()[1].Step},
		"ended":      {[]IncidentSeen{unnamed, ended}, findWhy},
		"none named": {[]IncidentSeen{unnamed}, lookAtIt},
	} {
		var findings []Finding
		for _, i := range c.list {
			findings = append(findings, Finding{Kind: Announced, Incident: i.ID})
		}
		if steps := by.Steps(Subject{Incidents: c.list}, findings); len(steps) != 1 || steps[0].Step != c.want {
			t.Errorf("%s: %+v, want %q", name, steps, c.want)
		}
	}
	for _, c := range [][3]string{{lookAtIt, findWhy, findWhy}, {findWhy, lookAtIt, findWhy}, {findWhy, "end", "end"}, {"end", lookAtIt, "end"}} {
		if got := JointStep(c[0], c[1]); got != c[2] {
			t.Errorf("%q with %q: %q", c[0], c[1], got)
		}
	}
}
