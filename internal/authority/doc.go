// Package authority answers what was authorised: may this network originate this prefix, is this prefix or number one
// that nobody may announce, which networks does an as-set stand for, and was the object that says so known at the time?
//
// Which entry point:
//   - route origin validation against RPKI (RFC 6811): [NewVRPTable], then [VRPTable.State] for speed or
//     [VRPTable.Validate] for the objects that decided;
//   - AS paths against the networks' lists of providers (ASPA, draft-ietf-sidrops-aspa-verification-28 of August 2026):
//     [NewASPATable], then [ASPATable.Upstream] and [ASPATable.Downstream], [ASPATable.Hop] for one pair and
//     [ASPATable.Object] for what decided;
//   - route objects of the routing registries: [RouteBuilder], then [RouteTable.State] or [RouteTable.Validate];
//   - as-sets: [SetBuilder], then [SetTable.Expand], and [RouteTable.PrefixesOf] for the prefixes of the networks found;
//   - bogons: [NewBogons], with [SpecialPrefixes] and [SpecialASNs], then [Bogons.Prefix] and [Bogons.ASN];
//   - as of: a [Timeline] of dated snapshots gives the one that a judgement at T may use, within [Limits], or says in
//     words why there is none.
//
// Invariants: every table is immutable once built and safe for concurrent readers. Order of input never changes an
// answer. Every verdict carries the objects that decided it, as strings by their ID methods: stable, human readable.
// Each fast structure is judged in the tests by a slow, obvious one.
//
// The package reads no files, knows no clock and blames nobody: it states what the objects say.
package authority
