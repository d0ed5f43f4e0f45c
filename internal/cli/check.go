package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/wire/values"
)

const checkLong = `Say on one screen how a network, or a prefix, stands in a run of "pahra observe": who it is, its score by Action with the
arithmetic behind it, and what there is to mend, each with its evidence, what exactly mends it, and when it ages out. What
others announced of its own comes first: who did, who let it pass, what to do first.

An address stands for the longest prefix with it that was announced. The id of an incident, or its first 6 digits or more,
shows that incident whole; digits that are an AS number are taken for one.

A1 to A4 are the MANRS Actions, M1 to M9 the metrics that make them. "raw/share" is what a percentage is made of: the
penalty for incidents, put through the curve ("raw 1 -> 48.6 %"), or the share of routes or contacts that are in order.
docs/formulas.md has every rule.

A network whose part in an incident rests on paths that one other network could have made up is "the announcing network,
not named as the culprit". What was judged with inputs used against their time is marked, and barred from publication.

A network's answer ends with how it stands in a programme of MANRS (--programme; "pahra programme list" names them), in
three columns that never mix: what was measured, what the network declares (--declarations), what tests proved (--proofs).

--as-of T shows incidents that had begun by T, in the state they had then, and scores with penalties cut off at T.
Registration scores, verdicts and registry facts cannot be rewound: they are as of the run's end.

Exit status: 0 nothing to mend (or no data, which it says, or a finding that only informs), 1 something to mend, 2 wrong use,
3 the run cannot be read or is damaged.`

const checkExample = `  pahra check AS64500 --from-run out
  pahra check 203.0.113.0/24 --from-run out
  pahra check 25a929b7 --from-run out
  pahra check AS64500 --from-run out --as-of 2026-02-10T02:00:00Z
  pahra check AS64500 --from-run out --programme cdn --declarations declarations.yaml
  pahra check AS64500 --from-run out --json | jq -r '.findings[] | [.kind, .subject, .mend] | @tsv'`

// checkFlags are the flags of "pahra check".
type checkFlags struct {
	run, asOf                       string
	programme, declarations, proofs string
	asJSON                          bool
}

func newCheck() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:     "check AS…|PREFIX|ADDRESS|INCIDENT --from-run OUT",
		Short:   "Say what a network or a prefix has to mend, and why",
		Long:    checkLong,
		Example: checkExample,
		Args:    oneArg("a network (AS64500), a prefix or address (203.0.113.0/24), or an incident's id"),
		RunE:    func(cmd *cobra.Command, args []string) error { return f.check(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&f.run, "from-run", "", "folder of a run of pahra observe")
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "the moment to look at (RFC 3339); the run's end where not given")
	cmd.Flags().StringVar(&f.programme, "programme", programme.EmbeddedIDs()[0], "the programme to hold a network against: "+strings.Join(programme.EmbeddedIDs(), ", "))
	cmd.Flags().StringVar(&f.declarations, "declarations", "", "file of what the network declares of itself (YAML)")
	cmd.Flags().StringVar(&f.proofs, "proofs", "", "file of what active tests of the network found (YAML)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print everything as JSON")
	return cmd
}

func (f *checkFlags) check(cmd *cobra.Command, text string) error {
	subject, err := parseSubject(text)
	if err != nil {
		return usageError(err)
	}
	var at time.Time
	if f.asOf != "" {
		if at, err = parseTime("--as-of", f.asOf); err != nil {
			return usageError(err)
		}
	}
	rules, err := f.rules(cmd, subject)
	if err != nil {
		return err
	}
	run, err := openRun(f.run, "check")
	if err != nil {
		return err
	}
	switch {
	case subject.incident != "":
		c, err := run.CheckIncident(subject.incident, at)
		if err != nil {
			return refused(err)
		}
		return f.answer(cmd, c, 1, func(s *screen) { s.incident(c) })
	case subject.addr.IsValid():
		c, err := run.CheckAddress(subject.addr, at)
		if err != nil {
			return refused(err)
		}
		return f.answer(cmd, c, programme.ToMend(c.Findings), func(s *screen) { s.prefix(c) })
	case subject.prefix.IsValid():
		c, err := run.CheckPrefix(subject.prefix, at)
		if err != nil {
			return refused(err)
		}
		return f.answer(cmd, c, programme.ToMend(c.Findings), func(s *screen) { s.prefix(c) })
	}
	c, err := run.Check(subject.asn, at)
	if err != nil {
		return refused(err)
	}
	if err := c.Hold(rules.set, rules.declarations, rules.proofs); err != nil {
		return refused(err)
	}
	return f.answer(cmd, c, programme.ToMend(c.Findings), func(s *screen) { s.network(c) })
}

// heldAgainst is a programme, and what is said of the network.
type heldAgainst struct {
	set                  *programme.RuleSet
	declarations, proofs *programme.Statements
}

// rules reads what a network is to be held against.
func (f *checkFlags) rules(cmd *cobra.Command, of subject) (h heldAgainst, err error) {
	for _, name := range []string{"programme", "declarations", "proofs"} {
		if cmd.Flags().Changed(name) && of.asn == 0 {
			return h, usageError(fmt.Errorf("--%s is for networks: a prefix or an incident takes part in no programme", name))
		}
	}
	if h.set, err = programme.Embedded(f.programme); err != nil {
		return h, usageError(fmt.Errorf("--programme: %w", err))
	}
	if h.declarations, err = readStatements(f.declarations, programme.ReadDeclarations); err != nil {
		return h, err
	}
	h.proofs, err = readStatements(f.proofs, programme.ReadProofs)
	return h, err
}

// answer prints what was found as JSON or text, and gives the exit status.
func (f *checkFlags) answer(cmd *cobra.Command, v any, findings int, draw func(*screen)) error {
	if err := show(cmd.OutOrStdout(), f.asJSON, v, draw); err != nil {
		return err
	}
	if findings > 0 {
		return found()
	}
	return nil
}

// subject is what check is asked for: one of the four.
type subject struct {
	asn      values.ASN
	prefix   netip.Prefix
	addr     netip.Addr
	incident string // the first digits of an incident's id
}

// parseSubject reads what check is asked for. Digits that are an AS number are one.
func parseSubject(text string) (s subject, err error) {
	if strings.Contains(text, "/") {
		s.prefix, err = values.ParsePrefix(text)
		return s, err
	}
	if addr, bad := netip.ParseAddr(text); bad == nil {
		s.addr = addr.Unmap()
		return s, nil
	}
	if s.asn, err = values.ParseASN(text); err == nil && s.asn != 0 {
		return s, nil
	}
	switch {
	case err == nil:
		err = errors.New("AS0 is no network (RFC 7607)")
	case isIncident(text):
		return subject{incident: text}, nil
	}
	return s, fmt.Errorf("%w; check takes a network (AS64500), a prefix or address (203.0.113.0/24), or an incident's id (%d hexadecimal digits or more)",
		err, service.MinIncidentPrefix)
}

// isIncident tells whether a text can be the beginning of an incident's id.
func isIncident(text string) bool {
	return len(text) >= service.MinIncidentPrefix && len(text) <= 32 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == ""
}

// openRun opens the folder that --from-run names.
func openRun(dir, command string) (*service.Run, error) {
	if dir == "" {
		return nil, usageError(fmt.Errorf("%s needs --from-run; pahra %s --help shows its use", command, command))
	}
	return service.OpenRun(dir)
}

// refused tells a question that cannot be asked from a run that cannot answer.
func refused(err error) error {
	var wrong *service.WrongUse
	if errors.As(err, &wrong) {
		return usageError(err)
	}
	return err
}
