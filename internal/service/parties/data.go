package parties

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/registry/abuse"
	"pahra/internal/routes/origins"
	"pahra/internal/routes/parallel"
	"pahra/internal/service"
	"pahra/internal/source/folder"
	"pahra/wire/bgp"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/peeringdb"
	"pahra/wire/rpsl"
	"pahra/wire/values"
)

// known is what a data folder says of networks.
type known struct {
	files    []folder.File // what it was read from
	day      time.Time     // on which
	tables   map[string]*origins.Table
	space    *origins.Series
	networks map[values.ASN]*party.Network
	contacts *abuse.Book
}

// readData gives what the data folder says: what was given before, where its files are the same.
func (d *Desks) readData(ctx context.Context, is *known) (*known, error) {
	if d.opt.Data == "" {
		return is, nil
	}
	dir, err := folder.Scan(d.opt.Data)
	if err != nil {
		return nil, err
	}
	kinds := []folder.Kind{folder.MRT, folder.Registry, folder.Organisations, folder.PeeringDB, folder.IRR}
	next := &known{day: d.opt.Now().UTC().Truncate(24 * time.Hour), tables: map[string]*origins.Table{}}
	for _, f := range dir.Files {
		if slices.Contains(kinds, f.Kind) && (f.Kind != folder.MRT || f.Format == "rib") {
			next.files = append(next.files, f)
		}
	}
	if is.space != nil && slices.Equal(next.files, is.files) && next.day.Equal(is.day) {
		return is, nil
	}
	if err := d.readTables(ctx, dir, is, next); err != nil {
		return nil, err
	}
	others := func(f folder.File) bool { return f.Kind == folder.MRT }
	if is.networks != nil && next.day.Equal(is.day) &&
		slices.Equal(slices.DeleteFunc(slices.Clone(next.files), others), slices.DeleteFunc(slices.Clone(is.files), others)) {
		next.networks, next.contacts = is.networks, is.contacts
		return next, nil
	}
	registry, err := service.WhoIsWho(dir, d.opt.Now(), d.opt.Later, d.opt.Say)
	if err != nil {
		return nil, err
	}
	next.networks = make(map[values.ASN]*party.Network, registry.Len())
	for _, asn := range registry.ASNs() {
		n, _ := registry.Network(asn)
		name := n.ASName
		if name == "" {
			name = n.Holder
		}
		next.networks[asn] = party.NewNetwork(asn, name, n.Country)
	}
	next.contacts, err = d.readContacts(ctx, dir)
	return next, err
}

// apart is how far the tables of one moment may be apart: collectors write theirs within two hours.
const apart = 2 * time.Hour

// moments gives the tables' files by moment, the newest moments, each with its latest time.
func moments(files []folder.File, most int) (groups [][]folder.File) {
	var tables []folder.File
	for _, f := range files {
		if f.Kind == folder.MRT && f.Format == "rib" {
			tables = append(tables, f)
		}
	}
	slices.SortStableFunc(tables, func(a, b folder.File) int { return b.Time.Compare(a.Time) })
	for _, f := range tables {
		if n := len(groups); n > 0 && groups[n-1][0].Time.Sub(f.Time) < apart {
			groups[n-1] = append(groups[n-1], f)
			continue
		}
		if len(groups) == most {
			break
		}
		groups = append(groups, []folder.File{f})
	}
	return groups
}

// readTables reads the tables of the newest moments. One with less than half of the prefixes of the largest is a part, such
// as an exchange's, and left out: it would hide what the others know.
func (d *Desks) readTables(ctx context.Context, dir *folder.Folder, is, next *known) error {
	most := 0
	var tables []*origins.Table
	for _, group := range moments(dir.Files, d.opt.Tables) {
		name := ""
		for _, f := range group {
			name += fmt.Sprintf("%s %d\n", f.Path, f.Size)
		}
		table := is.tables[name]
		if table == nil {
			var build origins.Builder
			for _, f := range group {
				if err := d.readTable(ctx, dir, f, &build); err != nil {
					return err
				}
			}
			table = build.Build(group[0].Time)
		}
		next.tables[name] = table
		tables = append(tables, table)
		most = max(most, table.Len())
	}
	tables = slices.DeleteFunc(tables, func(t *origins.Table) bool {
		part := t.Len() < most/2
		if part {
			d.opt.Say("the table of %s has %d prefixes, another %d: it is left out", t.Time().UTC().Format(time.RFC3339), t.Len(), most)
		}
		return part
	})
	next.space = origins.NewSeries(d.opt.TableAge, d.opt.Later, tables...)
	return nil
}

// route is a prefix and who announced it.
type route struct {
	prefix netip.Prefix
	origin values.ASN
}

// readTable adds a table dump. One that cannot be read to its end gives what could be read.
func (d *Desks) readTable(ctx context.Context, dir *folder.Folder, f folder.File, build *origins.Builder) error {
	return d.read(dir, f, func(in io.Reader, report func(values.Problem)) error {
		return parallel.Decode(in, parallel.Options{Workers: runtime.GOMAXPROCS(0), Report: report}, parallel.Sink[[]route]{
			New: func() func(*[]route, *mrt.Elem) {
				var attrs bgp.Attrs
				return func(list *[]route, e *mrt.Elem) {
					bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB)
					if origin, known := attrs.OriginAS(); known && e.Safi <= 1 {
						*list = append(*list, route{e.Prefix, origin})
					}
				}
			},
			Emit: func(list *[]route) error {
				for _, r := range *list {
					build.Add(r.prefix, r.origin)
				}
				return ctx.Err()
			},
			Reset: func(list *[]route) { *list = (*list)[:0] },
		})
	})
}

// read opens a file and hands it to parse. What is wrong with a file is said and costs no more than the file.
func (d *Desks) read(dir *folder.Folder, f folder.File, parse func(io.Reader, func(values.Problem)) error) error {
	file, err := dir.Open(f)
	if errors.Is(err, fs.ErrNotExist) { // it has gone since the folder was looked at
		d.opt.Say("%s has gone", f.Path)
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		d.opt.Say("%s cannot be read: %v", f.Path, err)
		return nil
	}
	defer in.Close()
	problems := 0
	err = parse(in, func(p values.Problem) {
		if problems++; problems == 1 {
			d.opt.Say("%s: %s", f.Path, p)
		}
	})
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if err != nil {
		d.opt.Say("%s cannot be read to its end: %v", f.Path, err)
	}
	return nil
}

// readContacts reads whom routing registries and PeeringDB name.
func (d *Desks) readContacts(ctx context.Context, dir *folder.Folder) (*abuse.Book, error) {
	var build abuse.Builder
	for _, f := range dir.Of(folder.IRR) {
		reader := rpsl.Reader{Source: f.Source, At: f.Time, Classes: abuse.Classes()}
		err := d.read(dir, f, func(in io.Reader, report func(values.Problem)) error {
			err := reader.Read(in, report, func(o *rpsl.Object) error {
				if err := build.AddRPSL(o); err != nil {
					if errors.Is(err, abuse.ErrMany) {
						return err
					}
					report(values.Problem{Line: o.Line, Reason: err.Error()})
				}
				return ctx.Err()
			})
			if errors.Is(err, rpsl.ErrFormat) { // a dump of other classes
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if err := d.readPeeringDB(dir, &build); err != nil {
		return nil, err
	}
	return build.Build(), nil
}

// readPeeringDB reads mailboxes of networks: those for abuse before those of the NOC.
func (d *Desks) readPeeringDB(dir *folder.Folder, build *abuse.Builder) error {
	networks, boxes := map[int]values.ASN{}, []peeringdb.Mailbox(nil)
	for _, f := range dir.Of(folder.PeeringDB) {
		whole := f.Format == "dump" || f.Format == "peeringdb"
		if whole || f.Format == "net" {
			err := d.read(dir, f, func(in io.Reader, report func(values.Problem)) error {
				return peeringdb.ReadNets(in, report, func(n peeringdb.Net) error { networks[n.ID] = n.ASN; return nil })
			})
			if err != nil {
				return err
			}
		}
		if whole || f.Format == "poc" {
			err := d.read(dir, f, func(in io.Reader, report func(values.Problem)) error {
				return peeringdb.ReadMailboxes(in, report, func(m peeringdb.Mailbox) error { boxes = append(boxes, m); return nil })
			})
			if err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(boxes, func(a, b peeringdb.Mailbox) int { return strings.Compare(a.Role, b.Role) }) // Abuse before NOC
	for _, m := range boxes {
		if asn := networks[m.NetID]; asn != 0 {
			build.AddPeeringDB(asn, m.Address, m.Role)
		}
	}
	return nil
}
