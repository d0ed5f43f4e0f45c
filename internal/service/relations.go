package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/registry/infer"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// Relations says what a run's relations between networks rest on.
type Relations string

// The choices. One kind of evidence alone shows what it is worth.
const (
	RelationsAll      Relations = "all"      // everything at hand: files, the run's own tables, ASPAs, policies, PeeringDB
	RelationsListed   Relations = "listed"   // files of relations
	RelationsInferred Relations = "inferred" // what the run's own tables show
)

// check fills in the default and refuses what is no choice.
func (r *Relations) check() error {
	switch *r {
	case "":
		*r = RelationsAll
	case RelationsAll, RelationsListed, RelationsInferred:
	default:
		return &WrongUse{fmt.Sprintf("relations %q is none of %s, %s, %s", *r, RelationsAll, RelationsListed, RelationsInferred)}
	}
	return nil
}

const (
	// inferEvery is how long, in time of the data, relations serve before they are inferred again: contracts change
	// slowly, and a day's leak should not soon teach that it is transit.
	inferEvery = 24 * time.Hour
	// inferRepeats is from how many parts of the vantage points they are inferred again, for the confidence.
	inferRepeats = 4
)

// inference is what a run told from its own tables.
type inference struct {
	source registry.Source
	edges  []infer.Edge
	clique []values.ASN
}

// inferRelations tells relations from the routes that stand now, once what stood before is known, and again after a
// while.
func (c *clock) inferRelations(sec int64) error {
	r := c.run
	if sec <= c.seen || sec < c.infer || r.opt.Relations == RelationsListed {
		return nil
	}
	c.seen = sec
	r.engine.Advance(sec)
	if !r.engine.Learned() {
		return nil
	}
	c.infer = sec + int64(inferEvery.Seconds())
	at := time.Unix(sec, 0).UTC()
	paths := infer.NewPaths(r.book.facts.Registry.RouteServers(), 0)
	paths.AddLive(r.engine.Table(), sec)
	r.book.learn(infer.Infer(paths, infer.Options{Repeats: inferRepeats}), at)
	return c.setFacts(sec)
}

// learn takes relations that were inferred at a moment for a source of their own, in place of those before.
func (b *book) learn(got *infer.Result, at time.Time) {
	if len(got.Edges) == 0 {
		return
	}
	name := fmt.Sprintf("inferred from %d paths that stood at %s", got.Stats.Paths, at.Format(time.RFC3339))
	b.inferred = &inference{registry.Source{Name: name, Time: at}, got.Edges, got.Clique}
	b.stale, b.learned = true, true
}

// addTo makes it a source of a registry.
func (i *inference) addTo(build *registry.Builder) {
	edges := make([]registry.Edge, len(i.edges))
	for n, e := range i.edges {
		edges[n] = registry.Edge{A: e.A, B: e.B, Code: e.Code, Confidence: e.Confidence}
	}
	build.SetInferred(i.source, edges, i.clique)
}

// aspas are the networks' signed lists of providers, as of the file named.
type aspas struct {
	source registry.Source
	list   []vrp.ASPA // nil is no data
}

// sign takes the lists of a moment. Validators write every few minutes, and the same for hours: the registry is built
// anew only where the lists differ.
func (b *book) sign(src registry.Source, list []vrp.ASPA) {
	same := func(x, y vrp.ASPA) bool { return x.Customer == y.Customer && slices.Equal(x.Providers, y.Providers) }
	if (list == nil) != (b.aspas.list == nil) || !slices.EqualFunc(list, b.aspas.list, same) {
		b.aspas, b.stale = aspas{src, list}, true
	}
}

// chooseRelations adapts what may be used of files of relations to what the run is to rest on. What PeeringDB hints of
// relations marks them where it is used against its time.
func (b *book) chooseRelations(byKind map[authority.Kind]*chosen) {
	c := byKind[authority.KindRelations]
	if b.relations == RelationsInferred {
		*c = chosen{reason: "files of relations are not asked for"}
	}
	if b.relations != RelationsListed && b.inferred == nil && len(c.files) == 0 {
		c.reason = strings.TrimPrefix(c.reason+"; none are inferred until it is known what stood before", "; ")
	}
	c.marked = c.marked || b.relations == RelationsAll && byKind[authority.KindPeeringDB].marked
}

// useInferred notes that relations of our own are in use from a moment on.
func (b *book) useInferred(t time.Time) {
	if b.inferred != nil {
		b.used = append(b.used, Used{Kind: string(authority.KindRelations), Path: b.inferred.source.Name,
			Time: b.inferred.source.Time, From: t.UTC(), Inferred: true})
	}
}
