package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/source/rdap"
	"pahra/internal/source/securitytxt"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

const deskWhoLong = `Tell who is responsible for an address, a network, a name or a URL, who else is told, and why.

Constituents, rules and contacts are those of the service's store (--state or --url), or of files (--constituents,
--rules, --contacts, --certs). --data names a data folder: what it knows of prefixes as of --at tells the network, its
name and country; registries' dumps in it tell contacts. With --rdap and --security-txt a registry's server and the site itself are
asked for contacts where they come in the order of priority (docs/desk-parties.md).

Exit status: 0 told, 2 wrong use, 3 something could not be read.`

const deskBenchLong = `Tell what would happen to events: their class, whom they concern and why, who else is told, which rules hold, and
whether a notice would be sent. Nothing is stored.

Each FILE holds events as "pahra desk parse --json" writes them; "-", or no FILE, is standard input. Rules and constituents
are those of the files that are given, else of the service's store, so that a change can be tried before it is made. With
--json there is one object for each event.

Exit status: 0 told, 2 wrong use, 3 something could not be read.`

// deskWho are the flags as typed.
type deskWho struct {
	deskPlace
	at, class string
	json      bool
	tables    *class.Tables
	rdap      string // server to ask for contacts
	sites     bool   // ask sites for their security.txt
}

func newDeskWho() *cobra.Command {
	p := &deskWho{deskPlace: deskPlace{bare: true}}
	cmd := &cobra.Command{
		Use:     "who ADDRESS|ASN|NAME|URL",
		Short:   "Tell who is responsible for an address, a network, a name",
		Long:    deskWhoLong,
		Example: "  pahra desk who --state /var/lib/pahra --data /var/lib/pahra/data 192.0.2.7\n  pahra desk who --constituents c.csv --class fraud/phishing https://www.example.in/login",
		Args:    oneArg("an address, a network, a name or a URL"),
		RunE:    func(cmd *cobra.Command, args []string) error { return p.who(cmd, args[0]) },
	}
	p.flags(cmd)
	p.files(cmd)
	cmd.Flags().StringVar(&p.at, "at", "", "`time` that is asked about, RFC 3339; default now")
	cmd.Flags().StringVar(&p.class, "class", "other/undetermined", "`class` of the event, as in RSIT")
	cmd.Flags().BoolVar(&p.json, "json", false, "write JSON")
	cmd.Flags().StringVar(&p.rdap, "rdap", "", "`URL` of an RDAP server to ask for contacts, such as https://rdap.apnic.net")
	cmd.Flags().BoolVar(&p.sites, "security-txt", false, "ask the site for its security.txt")
	return cmd
}

func newDeskBench() *cobra.Command {
	p := &deskWho{deskPlace: deskPlace{bare: true}}
	cmd := &cobra.Command{
		Use:     "bench [FILE...]",
		Short:   "Tell what would happen to events",
		Long:    deskBenchLong,
		Example: "  pahra desk bench --rules policy.yaml --constituents c.csv event.json\n  pahra desk parse --format xarf --json report.json | pahra desk bench --state /var/lib/pahra",
		RunE:    func(cmd *cobra.Command, files []string) error { return p.bench(cmd, files) },
	}
	p.flags(cmd)
	p.files(cmd)
	cmd.Flags().BoolVar(&p.json, "json", false, "write JSON, one object for each event")
	return cmd
}

func (p *deskWho) who(cmd *cobra.Command, thing string) error {
	at := time.Now()
	if p.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, p.at); err != nil {
			return usageError(fmt.Errorf("--at %q is not a time like 2026-02-09T00:00:00Z", p.at))
		}
	}
	e, err := eventAbout(thing, at)
	if err != nil {
		return usageError(err)
	}
	tables, err := class.Load()
	if err != nil {
		return err
	}
	var code class.Code
	code.Class, code.Type, _ = strings.Cut(p.class, "/")
	if !tables.Valid(code) {
		return usageError(fmt.Errorf("--class %q is no class of RSIT, such as fraud/phishing", p.class))
	}
	askers, done, err := p.askers()
	if err != nil {
		return err
	}
	defer done()
	return p.reading(cmd, func(ctx context.Context, d *parties.Desks, _ *store.Store) error {
		v := d.Desk(p.tenant).Bench(ctx, code, e)
		if len(askers) > 0 {
			d.Desk(p.tenant).Ask(ctx, &v, askers)
		}
		return p.tell(cmd.OutOrStdout(), v)
	})
}

// askers gives who asks over the network, as the flags want it, and what to do when all is asked.
func (p *deskWho) askers() (map[party.Place]party.Asker, func(), error) {
	var registry *rdap.Client
	var sites *securitytxt.Client
	if p.rdap != "" {
		var err error
		if registry, err = rdap.New(rdap.Config{URL: p.rdap}, time.Now); err != nil {
			return nil, nil, usageError(fmt.Errorf("--rdap: %w", err))
		}
	}
	done := func() {}
	if p.sites {
		sites = securitytxt.New(time.Now)
		done = sites.Close
	}
	return parties.Askers(registry, sites), done, nil
}

// eventAbout makes an event about an address, a network, a name or a URL.
func eventAbout(thing string, at time.Time) (*intelmq.Event, error) {
	key := "source.fqdn"
	if _, err := netip.ParseAddr(thing); err == nil {
		key = "source.ip"
	} else if strings.Contains(thing, "://") {
		key = "source.url"
	} else if s, err := party.ParseSelector(party.ByASN, thing); err == nil {
		key, thing = "source.asn", s.Value
	} else if s, err := party.ParseSelector(party.ByDomain, thing); err == nil {
		thing = s.Value
	} else {
		return nil, fmt.Errorf("%q is no address, network, name or URL", thing)
	}
	var e intelmq.Event
	if err := e.Add(key, thing); err != nil {
		return nil, fmt.Errorf("%q is no address, network, name or URL: %w", thing, err)
	}
	e.Set("time.source", intelmq.Value{Text: at.UTC().Format(time.RFC3339)})
	return &e, nil
}

func (p *deskWho) bench(cmd *cobra.Command, files []string) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	var err error
	if p.tables, err = class.Load(); err != nil {
		return err
	}
	return p.reading(cmd, func(ctx context.Context, d *parties.Desks, _ *store.Store) error {
		for _, name := range files {
			if err := p.benchFile(ctx, cmd, d.Desk(p.tenant), name); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostBench is how many octets of a file the bench reads.
const mostBench = 64 << 20

func (p *deskWho) benchFile(ctx context.Context, cmd *cobra.Command, d *party.Desk, name string) error {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	dec := json.NewDecoder(io.LimitReader(in, mostBench))
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: event %d: %w", name, n, err)
		}
		e, err := intelmq.Parse(raw)
		if err != nil {
			return fmt.Errorf("%s: event %d: %w", name, n, err)
		}
		if err := p.tell(cmd.OutOrStdout(), d.Bench(ctx, p.tables.Of(e), e)); err != nil {
			return err
		}
	}
}

// tell writes what would happen to an event.
func (p *deskWho) tell(w io.Writer, v party.Verdict) error {
	if p.json {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			party.Verdict
			Event json.RawMessage `json:"event"`
		}{v, json.RawMessage(v.Event.AppendJSON(nil))})
	}
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s %s\n", what, harmless(text))
		}
	}
	line("class", v.Class)
	line("party", strings.TrimSpace(v.Party+"  "+v.Constituent))
	line("found by", cmp.Or(v.Selector, string(v.Found)))
	for _, t := range v.Also {
		line("also told", t.Party+" ("+t.By+")")
	}
	line("policy", v.Policy)
	line("rules", strings.Join(v.Rules, "; "))
	line("tags", strings.Join(v.Tags, " "))
	line("notice", string(v.Notice))
	if v.Escalate {
		line("escalate", "yes")
	}
	if v.Priority != 0 {
		line("priority", fmt.Sprintf("%+d", v.Priority))
	}
	if v.Contact != "" {
		line("contact", v.Contact+" ("+v.ContactFrom+")")
	}
	for i, why := range v.Why {
		what := ""
		if i == 0 {
			what = "why"
		}
		line(what, why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
