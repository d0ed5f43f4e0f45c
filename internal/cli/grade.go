package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/world"
	"pahra/internal/world/grade"
)

const gradeLong = `Hold what "pahra observe" found in worlds of "pahra world" against their truth: how many events of each kind were found
(recall, with the 95 % interval by Wilson's score), how many incidents of each kind are true (precision), false incidents
for each 1,000 network-days, and whether an attack that frames a network got it named. Several runs are added up: one
--truth for each RESULTS, in the same order.

Of events, "named" counts those found with an incident whose attribution is supported, so that somebody is named; of
incidents, the false ones that name somebody. "framed" counts incidents that come of attacks that make another look guilty:
they are neither true nor false. Kinds that "(informs)" cost nobody anything and stay out of the total.

A truth that is of another time, or of other networks, than the run is refused.

docs/formulas.md says which incident matches which event.

Exit status: 0 done, 2 wrong use, 3 could not finish.`

func newGrade() *cobra.Command {
	var truths []string
	var asJSON bool
	var list int
	cmd := &cobra.Command{
		Use:     "grade --truth FILE RESULTS...",
		Short:   "Hold what a run found against a world's truth",
		Long:    gradeLong,
		Example: "  pahra grade --truth truth.json out\n  pahra grade --truth truth1.json --truth truth2.json out1 out2",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) != len(truths) {
				return usageError(errors.New("grade needs folders of results, and a --truth for each"))
			}
			if list < 0 {
				return usageError(fmt.Errorf("--list is at least 0, not %d", list))
			}
			var g grade.Grader
			for i := range args {
				if err := addRun(&g, truths[i], args[i]); err != nil {
					return err
				}
			}
			r := g.Report()
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			printGrade(cmd.OutOrStdout(), &r, list)
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&truths, "truth", nil, "the truth of the world that the run observed")
	cmd.Flags().IntVar(&list, "list", 10, "how many missed events and false incidents to list")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func addRun(g *grade.Grader, truthFile, results string) error {
	truth, err := readWith(truthFile, grade.ReadTruth)
	if err != nil {
		return err
	}
	incidents, err := readWith(filepath.Join(results, "incidents.jsonl"), grade.ReadIncidents)
	if err != nil {
		return err
	}
	window, err := readWith(filepath.Join(results, "snapshot.json"), grade.ReadWindow)
	if err != nil {
		return err
	}
	scored, err := readWith(filepath.Join(results, "scores.jsonl"), grade.ReadNetworks)
	if err != nil {
		return err
	}
	if err := grade.Fits(truth, window, scored); err != nil {
		return usageError(fmt.Errorf("%s does not belong to %s: %w", truthFile, results, err))
	}
	g.Add(truth, incidents)
	return nil
}

func readWith[T any](name string, read func(io.Reader) (T, error)) (v T, err error) {
	file, err := os.Open(name)
	if err != nil {
		return v, err
	}
	defer file.Close()
	if v, err = read(file); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

func printGrade(w io.Writer, r *grade.Report, list int) {
	fmt.Fprintf(w, "%s, %.0f network-days\n\n%-40s %5s  %5s  %5s  %6s  %9s  95 %% interval\n", count(r.Runs, "run"), r.NetworkDays,
		"EVENTS", "made", "found", "named", "", "recall")
	for _, s := range r.Events {
		fmt.Fprintf(w, "  %-38s %5d  %5d  %5d  %6s  %s\n", s.Kind, s.Events, s.Found, s.Named, "", interval(s.Recall))
	}
	fmt.Fprintf(w, "\n%-40s %5s  %5s  %5s  %6s  %9s  95 %% interval\n", "INCIDENTS", "true", "false", "named", "framed", "precision")
	for _, s := range append(r.Incidents, r.Total) {
		kind := s.Kind
		if s.Informs {
			kind += " (informs)"
		}
		fmt.Fprintf(w, "  %-38s %5d  %5d  %5d  %6d  %s\n", kind, s.True, s.False, s.Named, s.Framed, interval(s.Precision))
	}
	fmt.Fprintf(w, "  %-65s  %s\n", "total, each deviation once", interval(r.ByDeviation))
	fmt.Fprintf(w, "\nfalse incidents for each 1,000 network-days: %.2f\nattacks that frame somebody: %d; that got somebody named: %d\n",
		r.FalsePer1000, r.FramingEvents, r.FramingNamed)
	for i, m := range r.Missed[:min(list, len(r.Missed))] {
		if i == 0 {
			fmt.Fprintf(w, "\nMISSED (%d)\n", len(r.Missed))
		}
		e := m.Event
		fmt.Fprintf(w, "  run %d  %s  %s of AS%d, %d prefixes, %s, seen by %d peers\n", m.Run, e.ID, e.Kind, e.ASN, len(e.Prefixes), span(e), e.Peers)
	}
	for i, m := range r.False[:min(list, len(r.False))] {
		if i == 0 {
			fmt.Fprintf(w, "\nFALSE (%d)\n", len(r.False))
		}
		inc := m.Incident
		fmt.Fprintf(w, "  run %d  %.8s  %s of AS%d, %d prefixes, from %s, %s: %s\n", m.Run, inc.ID, inc.Kind, inc.ASN, len(inc.Prefixes),
			inc.Start.UTC().Format(time.RFC3339), inc.Attribution, m.Because)
	}
}

func span(e *world.Event) string {
	return e.Start.UTC().Format(time.RFC3339) + " to " + e.End.UTC().Format(time.RFC3339)
}

// interval prints a share and its interval.
func interval(v grade.Interval) string {
	if v.Share == nil {
		return "  no data"
	}
	return strings.TrimRight(fmt.Sprintf("%9.3f  %.3f to %.3f", *v.Share, v.Low, v.High), " ")
}
