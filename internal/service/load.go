package service

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/source/folder"
	"pahra/wire/bogons"
	"pahra/wire/delegated"
	"pahra/wire/peeringdb"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// maxTold bounds how many problems of one file are said.
const maxTold = 5

// unreadable says that a file is not what its name promises, or is cut short. It counts as not there.
type unreadable struct {
	path string
	err  error
}

func (u *unreadable) Error() string { return fmt.Sprintf("%s cannot be read: %v", u.path, u.err) }
func (u *unreadable) Unwrap() error { return u.err }

// failed tells a bad file from a disk that fails, which stops the run.
func failed(f folder.File, err error) error {
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		return fmt.Errorf("reading %s: %w", f.Path, err)
	}
	return &unreadable{f.Path, err}
}

// read opens a file, hands its content to parse, and says what parse reports. A file that cannot be read to its end is
// an [unreadable]; one with bad places is not.
func (b *book) read(f folder.File, parse func(io.Reader, func(values.Problem)) error) error {
	in, err := open(b.dir, f)
	if err != nil {
		return failed(f, err)
	}
	defer in.Close()
	problems := 0
	err = parse(in, func(p values.Problem) {
		if problems++; problems <= maxTold {
			b.say("%s: %s", f.Path, p)
		}
	})
	if problems > maxTold {
		b.say("%s: %d more bad places", f.Path, problems-maxTold)
	}
	if err != nil {
		return failed(f, err)
	}
	return nil
}

// loadRPKI reads what validators found: VRPs, and the ASPAs that stand beside them. A form that has no place for ASPAs
// gives an empty table of them, as a validator does that found none.
func (b *book) loadRPKI(c *chosen) (*authority.VRPTable, *authority.ASPATable, error) {
	files := c.files
	if len(files) == 0 {
		b.sign(registry.Source{}, nil)
		return nil, nil, nil
	}
	var all []vrp.VRP
	aspas := []vrp.ASPA{}
	for _, f := range files {
		err := b.read(f, func(r io.Reader, report func(values.Problem)) error {
			set, err := vrp.Read(r, report)
			if err == nil {
				all = append(all, set.VRPs...)
				aspas = append(aspas, set.ASPAs...)
			}
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	table := authority.NewVRPTable(all)
	b.sayLeftOut(table.Skipped(), "VRPs", files)
	if c.marked { // relations that rest on them would have to be marked as well
		b.sign(registry.Source{}, nil)
	} else {
		b.sign(sourceOf(files[0]), aspas)
	}
	return table, authority.NewASPATable(aspas), nil
}

// sayLeftOut says how many entries of some files a table had no place for.
func (b *book) sayLeftOut(n int, what string, files []folder.File) {
	if n > 0 {
		b.say("%s: %d %s are malformed and left out", files[0].Path, n, what)
	}
}

// irrFacts are what routing registries say: route objects, and of each network its policy and contacts.
type irrFacts struct {
	routes  *authority.RouteTable
	sources map[string]bool // registries at hand, in upper case
	autnums map[values.ASN]autnum
	plain   []sourced
}

// sourced is an aut-num as the registry takes it, with its file.
type sourced struct {
	file folder.File
	registry.AutNum
}

// autnum is what the norms ask of a network's aut-num objects.
type autnum struct {
	imports, exports int
	contacts         []contact
}

type contact struct{ source, role string }

func (b *book) loadIRR(files []folder.File) (*irrFacts, error) {
	if len(files) == 0 {
		return nil, nil
	}
	facts := &irrFacts{sources: make(map[string]bool), autnums: make(map[values.ASN]autnum)}
	var build authority.RouteBuilder
	for _, f := range files {
		facts.sources[strings.ToUpper(f.Source)] = true
		rd := rpsl.Reader{Source: f.Source, At: f.Time, Classes: []string{"route", "route6", "aut-num"}}
		err := b.read(f, func(r io.Reader, report func(values.Problem)) error {
			err := rd.Read(r, report, func(o *rpsl.Object) error {
				if err := facts.add(&build, f, o); err != nil {
					report(values.Problem{Line: o.Line, Reason: err.Error()})
				}
				return nil
			})
			if err == rpsl.ErrFormat { // a split dump without objects is no error of the run
				report(values.Problem{Reason: err.Error()})
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	facts.routes = build.Build()
	b.sayLeftOut(facts.routes.Skipped(), "route objects", files)
	return facts, nil
}

func (i *irrFacts) add(build *authority.RouteBuilder, f folder.File, o *rpsl.Object) error {
	if o.Is("aut-num") {
		return i.addAutNum(f, o)
	}
	route, err := o.Route()
	if err != nil {
		return err
	}
	return build.AddRPSL(route)
}

func (i *irrFacts) addAutNum(f folder.File, o *rpsl.Object) error {
	a, err := o.AutNum()
	if err != nil {
		return err
	}
	known := i.autnums[a.ASN]
	known.imports += a.Import
	known.exports += a.Export
	plain := registry.AutNum{ASN: a.ASN, Name: a.Name, OrgID: a.Org, Registry: a.Source, Authenticated: a.Authenticated,
		Policies: a.Policies}
	source := strings.ToLower(a.Source)
	for role, has := range map[string]bool{"admin-c": a.HasAdminC, "tech-c": a.HasTechC, "abuse-c": a.HasAbuseC} {
		if has {
			known.contacts = append(known.contacts, contact{source, role})
			plain.Contacts = append(plain.Contacts, registry.Contact{Role: role, Source: source, Updated: a.LastModified})
		}
	}
	i.autnums[a.ASN] = known
	i.plain = append(i.plain, sourced{f, plain})
	return nil
}

// loadBogons joins the lists at hand with what RFCs and IANA set apart, which is always known.
func (b *book) loadBogons(files []folder.File) (*authority.Bogons, error) {
	prefixes := authority.SpecialPrefixes()
	for _, f := range files {
		if f.Format == "asns" {
			b.say("%s: lists of bogon ASNs are not read; IANA's special numbers are built in", f.Path)
			continue
		}
		err := b.read(f, func(r io.Reader, report func(values.Problem)) error {
			list, err := bogons.Read(r, report)
			if err != nil {
				return err
			}
			prefixes = append(prefixes, authority.BogonPrefixes(path.Base(f.Path), list.Entries)...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	table := authority.NewBogons(prefixes, authority.SpecialASNs())
	if len(files) > 0 {
		b.sayLeftOut(table.Skipped(), "bogons", files)
	}
	return table, nil
}

// loadRegistry reads the files about networks, but those other than routing registries' only if they are not those read
// last: routing registries change by the hour, the rest is large and changes by the day.
func (b *book) loadRegistry(byKind map[authority.Kind]*chosen) (*registry.Builder, error) {
	if err := b.loadRest(byKind); err != nil {
		return nil, err
	}
	build := b.rest.Clone()
	if b.irr != nil {
		for _, a := range b.irr.plain {
			if byKind[authority.KindIRR].marked { // relations that rest on them would have to be marked as well
				a.Policies = nil
			}
			build.AddAutNum(sourceOf(a.file), a.AutNum)
		}
	}
	for _, f := range b.lists {
		if err := b.define(build, f); err != nil {
			return nil, err
		}
	}
	return build, nil
}

// loadRest reads what the registry is built of beside routing registries and neighbourhoods.
func (b *book) loadRest(byKind map[authority.Kind]*chosen) error {
	var files []folder.File
	for _, k := range registryKinds()[1:] {
		files = append(files, byKind[k].files...)
	}
	same := func(x, y folder.File) bool { return x.Path == y.Path && x.Size == y.Size && x.Time.Equal(y.Time) }
	if b.rest != nil && slices.EqualFunc(files, b.restOf, same) {
		return nil
	}
	build := registry.NewBuilder()
	for _, f := range files {
		if err := b.register(build, f); err != nil {
			return err
		}
	}
	b.rest, b.restOf = build, files
	return nil
}

func sourceOf(f folder.File) registry.Source {
	return registry.Source{Name: f.Path, Time: f.Time, SHA256: f.SHA256}
}

// register adds one file of facts about networks.
func (b *book) register(build *registry.Builder, f folder.File) error {
	src := sourceOf(f)
	if f.Kind == folder.PeeringDB {
		return b.registerPeeringDB(build, f)
	}
	return b.read(f, func(r io.Reader, report func(values.Problem)) error {
		switch {
		case f.Kind == folder.Relations:
			return build.AddASRel(src, r, report)
		case f.Kind == folder.Organisations:
			return build.AddOrganisations(src, r, report)
		case f.Kind == folder.Registry && f.Format == "delegated":
			return build.AddDelegated(src, r, report)
		case f.Kind == folder.Registry && f.Format == "csv" && strings.HasPrefix(path.Base(f.Path), "tags-"):
			tag, _, _ := strings.Cut(strings.TrimPrefix(path.Base(f.Path), "tags-"), ".")
			return build.AddASTags(src, tag, r, report)
		}
		return build.AddASNames(src, r, report)
	})
}

// registerPeeringDB adds a page or dump of one type of PeeringDB object, or a dump of all types, which is read once for
// each.
func (b *book) registerPeeringDB(build *registry.Builder, f folder.File) error {
	src := sourceOf(f)
	readers := map[string]func(io.Reader, func(values.Problem)) error{
		"net": func(r io.Reader, p func(values.Problem)) error { return build.AddPeeringDBNets(src, r, p) },
		"org": func(r io.Reader, p func(values.Problem)) error { return build.AddPeeringDBOrgs(src, r, p) },
		"poc": func(r io.Reader, p func(values.Problem)) error {
			return build.AddPeeringDBContacts(src, r, peeringdb.Hasher{}, p)
		},
		"ix":       func(r io.Reader, p func(values.Problem)) error { return build.AddPeeringDBIXs(src, r, p) },
		"netixlan": func(r io.Reader, p func(values.Problem)) error { return build.AddPeeringDBMembers(src, r, p) },
	}
	if f.Format != "dump" && f.Format != "peeringdb" {
		if readers[f.Format] == nil {
			b.say("%s: PeeringDB objects of kind %q are not used", f.Path, f.Format)
			return nil
		}
		return b.read(f, readers[f.Format])
	}
	var absent error
	found := false
	for _, format := range []string{"org", "net", "poc", "ix", "netixlan"} {
		switch err := b.read(f, readers[format]); {
		case errors.Is(err, peeringdb.ErrFormat): // a dump need not hold every type
			absent = err
		case err != nil:
			return err
		default:
			found = true
		}
	}
	if !found {
		return absent
	}
	return nil
}

// define adds the named neighbourhoods of a file.
func (b *book) define(build *registry.Builder, f folder.File) error {
	return b.read(f, func(r io.Reader, report func(values.Problem)) error {
		if f.Format == "csv" {
			return build.AddNeighbourhoodsCSV(sourceOf(f), r, report)
		}
		return build.AddNeighbourhoodsYAML(sourceOf(f), r, report)
	})
}

// dateOf looks into a file for the moment that it stands for; zero where it does not tell.
func (b *book) dateOf(f folder.File) (at time.Time) {
	quiet := func(values.Problem) {}
	in, err := open(b.dir, f)
	if err != nil {
		return at
	}
	defer in.Close()
	switch f.Kind {
	case folder.VRP:
		if set, err := vrp.Read(in, quiet); err == nil {
			at = set.BuildTime
		}
	case folder.IRR:
		at = newestObject(in)
	case folder.Registry:
		if f.Format == "delegated" {
			header := func(h delegated.Header) error {
				at = h.End
				return io.EOF
			}
			_ = delegated.ReadAll(in, quiet, header, func(delegated.Record) error { return io.EOF }) // only the header counts
		}
	case folder.Bogons:
		if list, err := bogons.Read(in, quiet); err == nil {
			at = list.Updated
		}
	}
	return at
}

// newestObject gives the latest date that an object of a registry's dump names: the dump is not older than that.
func newestObject(in io.Reader) (at time.Time) {
	rd := rpsl.Reader{Classes: []string{"route", "route6"}}
	_ = rd.Read(in, func(values.Problem) {}, func(o *rpsl.Object) error { // what it cannot read has no date
		if r, err := o.Route(); err == nil {
			for _, t := range []time.Time{r.Created, r.LastModified} {
				if t.After(at) {
					at = t
				}
			}
		}
		return nil
	})
	return at
}
