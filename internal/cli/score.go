package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/wire/values"
)

// scoreFlags are the flags of "pahra score".
type scoreFlags struct {
	incidents, month, profile string
	json, complete            bool
}

func newScore() *cobra.Command {
	var flags scoreFlags
	cmd := &cobra.Command{
		Use:   "score --incidents FILE --month YYYY-MM",
		Short: "Recompute scores from a list of penalised time spans",
		Long: `Recompute the scores of a month from JSON lines, so that anyone can check a published score by hand.
docs/operations.md shows how to make such lines of a run's incidents.jsonl.

Each line is an object with exactly these keys:
  asn     the network that is penalised, an integer
  metric  M1, M1C, M2, M2C, M3, M3C, M4 or M4C
  start   RFC 3339
  end     RFC 3339, exclusive
  weight  0 or more; 1 is the full penalty

The time spans are clipped to the month; those of one network, metric and weight that overlap or touch count as one.
For each network the metrics that it has a line for are scored, on the understanding that the file lists all their
incidents. With --complete the file is taken to list all incidents of its networks: metrics without a line are then
scored as clean, and Action 1 (filtering) with them.

A bad line is refused with its number and the reason, and the rest is scored.

Exit status: 0 done, 2 wrong use, 3 could not finish, or some lines were refused (after the scores).`,
		Example: `  pahra score --incidents penalties.jsonl --month 2018-04
  pahra score --incidents penalties.jsonl --month 2018-04 --profile manrs-2018 --json
  pahra score --incidents penalties.jsonl --month 2018-04 --profile ./my-profile.yaml --complete
  grep '"asn":64500,' penalties.jsonl | pahra score --incidents - --month 2018-04`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(fmt.Errorf("score takes no %q: the file goes behind --incidents", args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runScore(cmd, flags) },
	}
	cmd.Flags().StringVar(&flags.incidents, "incidents", "", "`file` of JSON lines; - is standard input")
	cmd.Flags().StringVar(&flags.month, "month", "", "the `month` to score, as 2018-04")
	cmd.Flags().StringVar(&flags.profile, "profile", norms.DefaultProfile,
		"`profile` of the norms: "+strings.Join(norms.EmbeddedIDs(), ", ")+", or a YAML file")
	cmd.Flags().BoolVar(&flags.json, "json", false, "write JSON lines, with the merged intervals")
	cmd.Flags().BoolVar(&flags.complete, "complete", false, "the file lists all incidents of its networks")
	return cmd
}

func runScore(cmd *cobra.Command, flags scoreFlags) error {
	if flags.incidents == "" || flags.month == "" {
		return usageError(errors.New("score needs --incidents and --month; pahra score --help shows examples"))
	}
	month, err := values.ParseMonth(flags.month)
	if err != nil {
		return usageError(fmt.Errorf("--month: %w", err))
	}
	profile, err := loadProfile(flags.profile)
	if err != nil {
		return err
	}
	penalties, refused, err := readPenalties(cmd, flags.incidents)
	if err != nil {
		return err
	}
	scores := profile.Recompute(month, penalties, flags.complete)
	write := scoreTable
	if flags.json {
		write = scoreLines
	}
	if err := write(cmd.OutOrStdout(), scores); err != nil {
		return fmt.Errorf("writing scores: %w", err)
	}
	if len(scores) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "pahra: %s holds nothing to score\n", inputName(flags.incidents))
	}
	if refused > 0 {
		return fmt.Errorf("lines of %s refused, which the scores leave out: %d", inputName(flags.incidents), refused)
	}
	return nil
}

// loadProfile gives the embedded profile with that id, or reads the file of that name.
func loadProfile(name string) (*norms.Profile, error) {
	profile, err := norms.Embedded(name)
	if err == nil {
		return profile, nil
	}
	file, openErr := os.Open(name)
	if errors.Is(openErr, os.ErrNotExist) {
		return nil, usageError(fmt.Errorf("--profile: %w; nor is there such a file", err))
	}
	if openErr != nil {
		return nil, fmt.Errorf("opening profile: %w", openErr)
	}
	defer file.Close()
	if profile, err = norms.ReadProfile(file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return profile, nil
}

// incidentHead begins each line of incidents.jsonl, and no penalty.
const incidentHead = `{"id":"`

// readPenalties reads the file or standard input and tells of every refused line.
func readPenalties(cmd *cobra.Command, name string) (penalties []norms.Penalty, refused int, err error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, 0, fmt.Errorf("opening incidents: %w", err)
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewReader(in)
	if head, _ := lines.Peek(len(incidentHead)); string(head) == incidentHead {
		return nil, 0, usageError(fmt.Errorf("%s holds incidents of pahra observe, not penalties; "+
			"docs/operations.md, \"From incidents to a score\", has the command that makes penalties of them", inputName(name)))
	}
	talk := bufio.NewWriter(cmd.ErrOrStderr())
	defer talk.Flush()
	err = norms.ReadPenalties(lines, func(problem values.Problem) {
		refused++
		fmt.Fprintf(talk, "pahra: %s: %s\n", inputName(name), problem)
	}, func(p norms.Penalty) error {
		penalties = append(penalties, p)
		return nil
	})
	if err != nil {
		return nil, refused, fmt.Errorf("%s: %w", inputName(name), err)
	}
	return penalties, refused, nil
}

func inputName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// scoreLines writes one JSON object a line.
func scoreLines(w io.Writer, scores []norms.Score) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, s := range scores {
		if err := enc.Encode(s.Explain()); err != nil {
			return err
		}
	}
	return out.Flush()
}

// scoreTable writes a table for people.
func scoreTable(w io.Writer, scores []norms.Score) error {
	if len(scores) == 0 {
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "NETWORK\tMONTH\tMETRIC\tRAW\tSCORE\tBAND\tHOW")
	for _, s := range scores {
		percent := "no data"
		if s.Percent != nil {
			percent = strconv.FormatFloat(*s.Percent, 'f', 2, 64) + " %"
		}
		raw := "-"
		if s.Raw != nil {
			raw = plainNumber(*s.Raw)
		}
		fmt.Fprintf(out, "AS%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ASN, s.Month, s.Metric, raw, percent, s.Band, scoreSum(s))
	}
	fmt.Fprintf(out, "\nprofile %s; --json shows the merged intervals\n", scores[0].Profile)
	return out.Flush()
}

// scoreSum shows what the raw penalty is the sum of: "29m -> 0.5 + 13h -> 1 + 25h -> 2 = 3.5".
func scoreSum(s norms.Score) string {
	switch {
	case s.Metric.IsAction():
		return "from the metrics above"
	case s.NoDataReason != nil:
		return *s.NoDataReason
	case len(s.Intervals) == 0:
		return "no incident in the month"
	case s.Weight == 0:
		return programme.Addends(s) + " (reported only)"
	}
	return programme.Addends(s)
}

// plainNumber writes a number with as many digits as it takes to read it back.
func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
