package world

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// files are all files but the routes, in the order in which they are written.
func (w *world) files() []file {
	var list []file
	add := func(path string, write func(*bufio.Writer)) { list = append(list, file{path, buffered(write)}) }
	vrps := w.vrps()
	for i, n := range w.signers() {
		if w.forgets(n, i) {
			w.truth.Facts.StaleASPA++
		}
	}
	for _, at := range w.vrpTimes() {
		add("vrp/"+at.Format("20060102T1504Z")+".json", func(out *bufio.Writer) { w.writeVRPs(out, vrps, at) })
	}
	for _, source := range irrSources() {
		add("irr/"+source+".db", func(out *bufio.Writer) { w.writeIRR(out, source) })
	}
	for _, rir := range rirs() {
		add(fmt.Sprintf("registry/delegated-%s-extended-%s", rir, w.day()), func(out *bufio.Writer) { w.writeDelegated(out, rir) })
	}
	add("relations/"+w.relationsDay()+".as-rel.txt", w.writeRelations)
	add("relations/"+w.relationsDay()+".as-org2info.jsonl", w.writeOrganisations)
	add("bogons/fullbogons-ipv4.txt", func(out *bufio.Writer) { w.writeBogons(out, bogons4()) })
	add("bogons/fullbogons-ipv6.txt", func(out *bufio.Writer) { w.writeBogons(out, bogons6()) })
	add("peeringdb/net.json", w.writePeeringNets)
	add("peeringdb/poc.json", w.writePeeringContacts)
	add("peeringdb/ix.json", w.writePeeringExchanges)
	add("peeringdb/netixlan.json", w.writePeeringPorts)
	add("spoofer/sessions.json", w.writeSpoofer)
	add("neighbourhoods/lantern-coast.yaml", w.writeNeighbourhood)
	add("sources.yaml", w.writeSources)
	return list
}

// buffered turns a writer that cannot fail into one that tells the first failure.
func buffered(write func(*bufio.Writer)) func(io.Writer) error {
	return func(out io.Writer) error {
		b := bufio.NewWriter(out)
		write(b)
		return b.Flush()
	}
}

// line writes one formatted line; a failure shows when the bufio.Writer is flushed.
func line(out *bufio.Writer, format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...)
}

func compact(out *bufio.Writer, v any)  { encode(out, v, "") }
func indented(out *bufio.Writer, v any) { encode(out, v, "  ") }

// encode writes JSON; what this package makes can always be encoded.
func encode(out *bufio.Writer, v any, indent string) {
	e := json.NewEncoder(out)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	var unsupported *json.UnsupportedTypeError
	if err := e.Encode(v); errors.As(err, &unsupported) {
		panic(err)
	}
}

// day is the date of the registries' files, the day before the start.
func (w *world) day() string { return w.p.Start.AddDate(0, 0, -1).Format("20060102") }

// relationsDay is the first of the month, which the relations are of.
func (w *world) relationsDay() string {
	return w.p.Start.AddDate(0, 0, 1-w.p.Start.Day()).Format("20060102")
}

// writeSources says of when the files are whose names do not tell.
func (w *world) writeSources(out *bufio.Writer) {
	evening := w.p.Start.AddDate(0, 0, -1).Truncate(24 * time.Hour).Add(20 * time.Hour).Format(time.RFC3339)
	for _, l := range []string{
		"When the files are of whose names do not tell.",
		"The world is made up: no network, holder, exchange or contact in this folder exists, though their AS numbers and",
		"prefixes are out of the ranges that registries hand out. The facts are as incomplete and as wrong as real ones:",
		"one relation in ten is missing and one in twenty is wrong, one sibling in five is unknown, some objects are stale.",
		"What was made to happen is in the truth file, which is kept elsewhere.",
	} {
		line(out, "# %s", l)
	}
	for _, path := range []string{"irr/*.db", "bogons/*.txt", "peeringdb/*.json", "spoofer/*.json", "neighbourhoods/*.yaml"} {
		line(out, "- path: %q\n  time: %s", path, evening)
	}
}

// writeOrganisations writes CAIDA's AS-to-organisation form: the holders, then the networks.
func (w *world) writeOrganisations(out *bufio.Writer) {
	type organization struct {
		Changed string `json:"changed"`
		Country string `json:"country"`
		Name    string `json:"name"`
		ID      string `json:"organizationId"`
		Source  string `json:"source"`
		Type    string `json:"type"`
	}
	type asn struct {
		ASN     string `json:"asn"`
		Changed string `json:"changed"`
		Name    string `json:"name"`
		Opaque  string `json:"opaqueId"`
		ID      string `json:"organizationId"`
		Source  string `json:"source"`
		Type    string `json:"type"`
	}
	for _, o := range w.orgs {
		compact(out, organization{o.changed(), o.country.code, o.name, o.handle(), irrSource(o.country.rir), "Organization"})
	}
	for _, x := range w.exchanges {
		compact(out, asn{x.asn.String(), x.org.changed(), handle(x.name), "", x.org.handle(), irrSource(x.country.rir), "ASN"})
	}
	for _, n := range w.networks {
		compact(out, asn{n.asn.String(), n.org.changed(), n.handle, "", n.org.handle(), irrSource(n.org.country.rir), "ASN"})
	}
}

func (o *org) changed() string { return o.registered.Format("20060102") }

// handle is the holder's identifier as its registry spells it: "ORG-0012-RIPE".
func (o *org) handle() string { return o.id + "-" + irrSource(o.country.rir) }
