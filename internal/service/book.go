package service

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/source/folder"
	"pahra/internal/watch"
)

// book gives the facts of any moment, as of then. What did not change from one moment to the next is not read again.
type book struct {
	dir     *folder.Folder
	rule    authority.AsOf
	say     func(string, ...any)
	series  []*series
	lists   []folder.File // of neighbourhoods
	changes []time.Time
	held    map[authority.Kind]string
	irr     *irrFacts
	// What the registry is built of: the files, the ASPAs, and what was inferred. stale marks a change of the last two that
	// is not built in yet, learned a change of the last.
	build          *registry.Builder
	rest           *registry.Builder // without the IRR and the lists
	restOf         []folder.File     // what it was read from
	aspas          aspas
	inferred       *inference
	stale, learned bool
	relations      Relations
	facts          watch.Facts
	used           []Used
	bad            map[string]*unreadable // files that were given up, by path
}

// Used is an input file that took part in judging, and from when on.
type Used struct {
	Kind        string    `json:"kind"`
	Path        string    `json:"path"`
	Time        time.Time `json:"time"` // the moment that its content stands for
	From        time.Time `json:"from"` // in use from then on
	Anachronism bool      `json:"anachronism,omitempty"`
	Inferred    bool      `json:"inferred,omitempty"` // no file: told from the run's own tables
}

func newBook(dir *folder.Folder, opt Options) *book {
	b := &book{
		dir: dir, say: opt.Say,
		rule: authority.AsOf{Limits: opt.Limits, AllowAnachronism: make(map[authority.Kind]bool)},
		held: make(map[authority.Kind]string), relations: opt.Relations,
	}
	for _, k := range opt.Allow {
		b.rule.AllowAnachronism[k] = true
	}
	b.used, b.bad = []Used{}, make(map[string]*unreadable)
	b.refresh(dir)
	return b
}

// refresh takes the files of the folder as they are now. What was found bad stays left out.
func (b *book) refresh(dir *folder.Folder) {
	b.dir, b.lists, b.changes = dir, dir.Of(folder.Neighbourhoods), nil
	b.series = seriesOf(dir.Files, b.rule, b.dateOf)
	for _, name := range slices.Sorted(maps.Keys(b.bad)) {
		b.giveUp(b.bad[name])
	}
	for _, s := range b.series {
		b.changes = append(b.changes, s.changes(b.rule)...)
	}
	slices.SortFunc(b.changes, time.Time.Compare)
}

// next gives the first moment after t at which the facts can differ; zero if there is none.
func (b *book) next(t time.Time) time.Time {
	for _, c := range b.changes {
		if c.After(t) {
			return c
		}
	}
	return time.Time{}
}

// chosen is what may be used of one kind at a moment.
type chosen struct {
	files  []folder.File
	reason string
	marked bool
}

func (b *book) choose(t time.Time) map[authority.Kind]*chosen {
	byKind := make(map[authority.Kind]*chosen)
	for _, k := range authority.Kinds() {
		byKind[k] = &chosen{}
	}
	for _, s := range b.series {
		c := byKind[s.kind]
		p := s.at(t, b.rule)
		if !p.Usable {
			c.reason = strings.Join(append([]string{p.Reason}, s.unreadable...), "; ")
			continue
		}
		c.files = append(c.files, p.Value...)
		c.marked = c.marked || p.Anachronism
	}
	for k, c := range byKind {
		if len(c.files) == 0 && c.reason == "" {
			c.reason = fmt.Sprintf("no input of kind %s is at hand", k)
		}
	}
	b.chooseRelations(byKind)
	return byKind
}

// at gives the facts at a moment, and whether they differ from those given last. A snapshot with a file that turns out
// to be bad is said once and given up: a part of it would say less than it does. The next best one stands in.
func (b *book) at(t time.Time) (watch.Facts, bool, error) {
	for {
		facts, changed, err := b.tryAt(t)
		bad := (*unreadable)(nil)
		if !errors.As(err, &bad) || !b.giveUp(bad) {
			return facts, changed, err
		}
		b.say("%v; it is left out", err)
	}
}

// giveUp takes the snapshot that holds a bad file out of its series, or the file out of the lists; false if there is none.
func (b *book) giveUp(bad *unreadable) bool {
	b.bad[bad.path] = bad
	for _, s := range b.series {
		if s.drop(bad.path, bad.Error(), b.rule) {
			return true
		}
	}
	n := len(b.lists)
	b.lists = slices.DeleteFunc(b.lists, func(f folder.File) bool { return f.Path == bad.path })
	return len(b.lists) < n
}

func (b *book) tryAt(t time.Time) (watch.Facts, bool, error) {
	byKind := b.choose(t)
	facts := b.facts
	facts.NoData = make(map[string]string)
	facts.Anachronism = nil
	changed, keys := make(map[authority.Kind]bool), make(map[authority.Kind]string)
	for _, k := range authority.Kinds() {
		c := byKind[k]
		if len(c.files) == 0 && (k != authority.KindSpoofer || len(b.dir.Of(folder.Spoofer)) == 0) { // sessions have their own times
			facts.NoData[string(k)] = c.reason
		}
		if k == authority.KindRelations && b.inferred != nil {
			delete(facts.NoData, string(k))
		}
		if c.marked {
			facts.Anachronism = append(facts.Anachronism, string(k))
		}
		if keys[k] = c.key(); keys[k] != b.held[k] || b.facts.NoData == nil {
			changed[k] = true
		}
	}
	if b.learned {
		changed[authority.KindRelations] = true
	}
	if len(changed) == 0 {
		return b.facts, false, nil
	}
	if err := b.load(&facts, byKind, changed); err != nil {
		return facts, false, err
	}
	for _, k := range authority.Kinds() {
		if changed[k] {
			b.held[k] = keys[k]
			b.use(k, byKind[k], t)
		}
	}
	b.facts = facts
	return facts, true, nil
}

func (b *book) use(k authority.Kind, c *chosen, t time.Time) {
	for _, f := range c.files {
		b.used = append(b.used, Used{Kind: string(k), Path: f.Path, Time: f.Time.UTC(), From: t.UTC(), Anachronism: c.marked})
	}
	if k == authority.KindRelations {
		b.useInferred(t)
	}
}

// key tells one choice from another: which files, and whether they are used against their time.
func (c *chosen) key() string {
	var key strings.Builder
	if c.marked {
		key.WriteString("anachronism\n")
	}
	for _, f := range c.files {
		key.WriteString(f.Path)
		key.WriteByte('\n')
	}
	return key.String()
}

// load reads what changed into facts.
func (b *book) load(facts *watch.Facts, byKind map[authority.Kind]*chosen, changed map[authority.Kind]bool) (err error) {
	if changed[authority.KindVRP] {
		if facts.VRPs, facts.ASPAs, err = b.loadRPKI(byKind[authority.KindVRP]); err != nil {
			return err
		}
	}
	if changed[authority.KindIRR] {
		if b.irr, err = b.loadIRR(byKind[authority.KindIRR].files); err != nil {
			return err
		}
		facts.IRR = nil
		if b.irr != nil {
			facts.IRR = b.irr.routes
		}
	}
	if changed[authority.KindBogons] {
		if facts.Bogons, err = b.loadBogons(byKind[authority.KindBogons].files); err != nil {
			return err
		}
	}
	if b.build == nil || slices.ContainsFunc(registryKinds(), func(k authority.Kind) bool { return changed[k] && byKind[k].key() != b.held[k] }) {
		if b.build, err = b.loadRegistry(byKind); err != nil {
			b.build = nil
			return err
		}
	} else if !b.stale {
		return nil
	}
	facts.Registry = b.buildRegistry()
	return nil
}

// buildRegistry joins the files of the registry with what comes from elsewhere.
func (b *book) buildRegistry() *registry.Registry {
	b.build.SetASPAs(b.aspas.source, b.aspas.list)
	if b.inferred != nil {
		b.inferred.addTo(b.build)
	}
	if b.relations != RelationsAll {
		b.build.OnlyFrom(string(b.relations))
	}
	b.stale, b.learned = false, false
	return b.build.Build()
}

// registryKinds are the kinds that the registry is built from.
func registryKinds() []authority.Kind {
	return []authority.Kind{authority.KindIRR, authority.KindRelations, authority.KindOrganisations,
		authority.KindRegistry, authority.KindPeeringDB}
}
