package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
	"pahra/wire/compressed"
	"pahra/wire/intelmq"
)

const agreementExplainLong = `Say what a partner would get of one event, or of objects of STIX 2.1, under an agreement, field by field, and by which clause: "source.ip
masked to /24 by clause 5.2, version 3".

The file ("-": standard input) has one JSON object with IntelMQ's fields; or a bundle, told by its content: objects that refer to each other are decided on
together, and each such story is explained. Signatures count as they lie beside the agreement; --as-signed
explains as if both parties had signed. What stands in for values is made with the agreement's secret (--secret), else with one that is
drawn for this run.

Exit status: 0 done, whether it is released or not, 2 wrong use, 3 a file cannot be read.`

// agreementExplain are the flags as typed.
type agreementExplain struct {
	partner, object, at, secret string
	asSigned, json              bool
}

func newAgreementExplain() *cobra.Command {
	p := new(agreementExplain)
	cmd := &cobra.Command{
		Use:     "explain A --partner P --object F --at TIME",
		Short:   "Say what a partner would get of an event or a bundle, and by which clauses",
		Long:    agreementExplainLong,
		Example: "  pahra agreement explain nadia-atlantica.yaml --partner cert-atlantica --object event.json --at 2026-03-25T09:00:00Z --as-signed",
		Args:    oneArg("the agreement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.InOrStdin(), cmd.OutOrStdout(), args[0])
		},
	}
	set := cmd.Flags()
	set.StringVar(&p.partner, "partner", "", "`team` that would get it")
	set.StringVar(&p.object, "object", "", "`file` with the event or the bundle")
	set.StringVar(&p.at, "at", "", "`time` of the decision, RFC 3339")
	set.StringVar(&p.secret, "secret", "", "`file` with the agreement's secret")
	set.BoolVar(&p.asSigned, "as-signed", false, "as if both parties had signed")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

// explained is what explain says with --json.
type explained struct {
	Agreement string            `json:"agreement"`
	Version   int               `json:"version"`
	From      string            `json:"from"`
	To        string            `json:"to"`
	Object    string            `json:"object"`
	Verdict   agreement.Verdict `json:"verdict"`
	Clause    agreement.Clause  `json:"clause"`
	Text      string            `json:"text"`
	At        time.Time         `json:"at"`
	Until     *time.Time        `json:"until"` // the next instant at which time alone may change it
	Label     string            `json:"tlp"`
	DeleteBy  *time.Time        `json:"delete_by"`
	Fields    []explainedField  `json:"fields"`
}

// explainedEvent is what explain says of an event.
type explainedEvent struct {
	*explained
	Copy *intelmq.Event `json:"copy"` // what the partner would get
}

type explainedField struct {
	exchange.Line
	Text string `json:"text"`
}

func (p *agreementExplain) run(stdin io.Reader, out io.Writer, path string) error {
	if p.partner == "" || p.object == "" || p.at == "" {
		return usageError(errors.New("--partner, --object and --at are needed"))
	}
	at, err := agreementTime("at", p.at)
	if err != nil {
		return err
	}
	trial, err := newTrial(path, p.partner, p.secret)
	if err != nil {
		return err
	}
	ask := agreement.Request{At: at, Standing: agreements.AsSigned(trial.Agreement)}
	if !p.asSigned {
		ask.Standing = agreements.Standing(agreements.Verify(path, trial.Agreement, nil, at), time.Time{})
	}
	e, objects, err := readObject(stdin, p.object)
	if err != nil {
		return err
	}
	if objects != nil {
		return p.stories(out, trial, trial.Objects(objects, ask))
	}
	redacted, lines, d := trial.Event(e, ask)
	x := explain(lines, &d)
	if p.json {
		return printJSON(out, explainedEvent{x, redacted})
	}
	return x.print(out)
}

// newTrial reads an agreement and a secret.
func newTrial(path, partner, secretFile string) (*agreements.Trial, error) {
	a, err := agreements.Read(path)
	if err != nil {
		return nil, err
	}
	if partner == "" {
		partner = a.Directions[0].To
	}
	if _, party := a.Party(partner); !party {
		return nil, usageError(fmt.Errorf("--partner: %q is no party of %s", partner, a.ID))
	}
	secret, err := agreements.Secret(secretFile)
	if err != nil {
		return nil, err
	}
	return agreements.NewTrial(a, partner, secret)
}

func explain(lines []exchange.Line, d *agreement.Decision) *explained {
	x := &explained{Agreement: d.Agreement, Version: d.Version, From: d.From, To: d.To, Verdict: d.Verdict, Clause: d.Clause, Text: d.String(), At: d.At, Fields: []explainedField{}}
	if !d.Until.IsZero() {
		x.Until = &d.Until
	}
	if len(lines) > 0 {
		x.Object = lines[0].Object
	}
	if d.Verdict != agreement.Released {
		return x
	}
	x.Label = d.Label()
	if by := d.DeleteBy(); !by.IsZero() {
		x.DeleteBy = &by
	}
	for _, l := range lines {
		x.Fields = append(x.Fields, explainedField{l, exchange.Cited(d, l)})
	}
	return x
}

func (x *explained) print(out io.Writer) error {
	fmt.Fprintln(out, harmless(x.Text))
	if x.Verdict == agreement.Released {
		fmt.Fprintf(out, "as %s, to be deleted by %s\n", x.Label, x.DeleteBy.Format(time.RFC3339))
	}
	if x.Until != nil {
		fmt.Fprintf(out, "until %s at most\n", x.Until.Format(time.RFC3339))
	}
	for _, f := range x.Fields {
		after := ""
		if f.After != nil {
			after = ": " + *f.After
		}
		fmt.Fprintln(out, harmless(f.Text+after))
	}
	return nil
}

const agreementSimulateLong = `Show what a partner would get of a file of events, or of objects of STIX 2.1, under an agreement, before anyone signs: as if both parties had signed, with all
asked for at once at --at. With --old only what would be other than under that agreement is shown.

EVENTS.jsonl has one event a line, with IntelMQ's fields, or is a bundle, told by its content; plain or compressed ("-": standard input). Of objects of STIX
the fields are TYPE.PROPERTY; they are counted one by one. With --json each field of each event
is a line {object, field, action, clause, version, before_hash, after}, with --old also old; an object of which nothing leaves is one line
with the field "*". after is null where nothing leaves. before_hash is keyed. Without --json the lines are counted.

What stands in for values is made with the agreement's secret (--secret), else with one that is drawn for this run: then names and hashes
are others each time.

Exit status: 0 done, 1 some lines are no events or some objects none, 2 wrong use, 3 a file cannot be read.`

// agreementSimulate are the flags as typed.
type agreementSimulate struct {
	old, against, at, partner, secret string
	json                              bool
}

func newAgreementSimulate() *cobra.Command {
	p := new(agreementSimulate)
	cmd := &cobra.Command{
		Use:   "simulate A [--old B] --against EVENTS.jsonl --at TIME",
		Short: "Show what a partner would get of a file of events or a bundle",
		Long:  agreementSimulateLong,
		Example: `  pahra agreement simulate v3.yaml --against events.jsonl --at 2026-03-25T09:00:00Z
  pahra agreement simulate v3.yaml --old v2.yaml --against events.jsonl --at 2026-03-25T09:00:00Z --json`,
		Args: oneArg("the agreement"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args[0]) },
	}
	set := cmd.Flags()
	set.StringVar(&p.old, "old", "", "`agreement` to compare with")
	set.StringVar(&p.against, "against", "", "`file` of events, one a line, or of a bundle")
	set.StringVar(&p.at, "at", "", "`time` of the decisions, RFC 3339")
	set.StringVar(&p.partner, "partner", "", "`team` that would get them; default the receiver of the first direction")
	set.StringVar(&p.secret, "secret", "", "`file` with the agreement's secret")
	set.BoolVar(&p.json, "json", false, "write one JSON object a line")
	return cmd
}

func (p *agreementSimulate) run(cmd *cobra.Command, path string) error {
	if p.against == "" || p.at == "" {
		return usageError(errors.New("--against and --at are needed"))
	}
	at, err := agreementTime("at", p.at)
	if err != nil {
		return err
	}
	s := agreements.Simulation{At: at}
	if err := p.trials(&s, path); err != nil {
		return err
	}
	in, err := openEvents(p.against, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	out := bufio.NewWriter(cmd.OutOrStdout())
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	s.Line = func(c agreements.Change) error {
		if p.json {
			return enc.Encode(c)
		}
		return nil
	}
	s.Bad = func(what string) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", harmless(p.against), harmless(what))
	}
	sums, err := s.Run(in)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", p.against, err), out.Flush())
	}
	if !p.json {
		printSums(out, &sums, p.old != "")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if sums.Bad > 0 {
		return found()
	}
	return nil
}

// trials reads the agreements. Both are tried with the same secret, so that names do not differ for want of it.
func (p *agreementSimulate) trials(s *agreements.Simulation, path string) (err error) {
	if s.New, err = newTrial(path, p.partner, p.secret); err != nil || p.old == "" {
		return err
	}
	old, err := agreements.Read(p.old)
	if err != nil {
		return err
	}
	s.Old, err = s.New.Other(old)
	return err
}

type eventsFile struct {
	io.Reader
	close func() error
}

func (e *eventsFile) Close() error { return e.close() }

func openEvents(path string, stdin io.Reader) (io.ReadCloser, error) {
	source, shut := stdin, func() error { return nil }
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		source, shut = file, file.Close
	}
	plain, _, err := compressed.NewReader(source, compressed.Options{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), shut())
	}
	return &eventsFile{plain, func() error { return errors.Join(plain.Close(), shut()) }}, nil
}

func printSums(out io.Writer, s *agreements.Sums, compared bool) {
	fmt.Fprintf(out, "%d objects: %d released, %d held for review, %d refused\n", s.Objects, s.Verdicts["release"], s.Verdicts["review"], s.Verdicts["refuse"])
	for _, clause := range slices.Sorted(maps.Keys(s.Kept)) {
		fmt.Fprintf(out, "  kept by %s: %d\n", clause, s.Kept[clause])
	}
	for _, field := range slices.Sorted(maps.Keys(s.Fields)) {
		var parts []string
		for _, action := range slices.Sorted(maps.Keys(s.Fields[field])) {
			parts = append(parts, fmt.Sprintf("%s %d", action, s.Fields[field][action]))
		}
		fmt.Fprintf(out, "%s\t%s\n", harmless(field), strings.Join(parts, ", "))
	}
	if compared {
		fmt.Fprintf(out, "%d fields would be other than under the old agreement\n", s.Changed)
	}
}
