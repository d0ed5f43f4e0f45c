package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
)

const agreementLong = `Agreements between teams, as documents that decide: what leaves, to whom, how much of it, by which clause.

An agreement is a YAML file that both parties sign. docs/agreements.md explains it, docs/examples/agreement.yaml is one, and
docs/schemas/agreement.schema.json has its form. The signature of the file A by the team T lies beside it, in A.T.asc.`

func newAgreement() *cobra.Command {
	return family(&cobra.Command{
		Use:   "agreement",
		Short: "Agreements between teams: check, compare, sign, explain, try them",
		Long:  agreementLong,
	}, newAgreementLint(), newAgreementDiff(), newAgreementSign(), newAgreementVerify(), newAgreementExplain(), newAgreementSimulate())
}

const agreementLintLong = `Say what is wrong with an agreement: faults, with line and column, with which it cannot be used; and warnings, with the clause,
of what may not be meant.

Exit status: 0 nothing found, 1 faults or warnings, 2 wrong use, 3 the file cannot be read.`

// lintResult is what lint says with --json.
type lintResult struct {
	File     string        `json:"file"`
	Usable   bool          `json:"usable"`
	Faults   []lintFault   `json:"faults"`
	Warnings []lintWarning `json:"warnings"`
}

type lintFault struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

type lintWarning struct {
	Clause agreement.Clause `json:"clause"`
	Text   string           `json:"text"`
}

func newAgreementLint() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "lint A",
		Short:   "Say what is wrong with an agreement",
		Long:    agreementLintLong,
		Example: "  pahra agreement lint nadia-atlantica.yaml\n  pahra agreement lint nadia-atlantica.yaml --json | jq '.warnings[].text'",
		Args:    oneArg("the agreement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := lint(args[0])
			if err != nil {
				return err
			}
			if err := r.print(cmd.OutOrStdout(), asJSON); err != nil {
				return err
			}
			if len(r.Faults)+len(r.Warnings) > 0 {
				return found()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func lint(path string) (*lintResult, error) {
	r := &lintResult{File: path, Faults: []lintFault{}, Warnings: []lintWarning{}}
	a, err := agreements.Read(path)
	var faults *agreements.FileFaults
	if errors.As(err, &faults) {
		for _, f := range faults.Faults {
			r.Faults = append(r.Faults, lintFault{f.Line, f.Column, f.Text})
		}
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.Usable = true
	for _, w := range append(agreements.CheckKeys(a), a.Lint()...) {
		r.Warnings = append(r.Warnings, lintWarning{w.Clause, w.Text})
	}
	return r, nil
}

func (r *lintResult) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(out, "%s:%d:%d: %s\n", r.File, f.Line, f.Column, harmless(f.Text))
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(out, "%s: clause %s: %s\n", r.File, w.Clause, harmless(w.Text))
	}
	return nil
}

const agreementDiffLong = `Show what changed from the agreement A to B, clause by clause: each value that is other, new or gone, by its path. Rules of the field
matrix are compared field by field, wherever they stand. "pahra agreement simulate B --old A" shows what it means for events.

Exit status: 0 they say the same, 1 they differ, 2 wrong use, 3 one cannot be read.`

func newAgreementDiff() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Show what changed between two versions of an agreement",
		Long:    agreementDiffLong,
		Example: "  pahra agreement diff v2.yaml v3.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := agreements.Read(args[0])
			if err != nil {
				return err
			}
			b, err := agreements.Read(args[1])
			if err != nil {
				return err
			}
			changes := agreement.Diff(a, b)
			if err := printChanges(cmd.OutOrStdout(), changes, asJSON); err != nil {
				return err
			}
			if len(changes) > 0 {
				return found()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printChanges(out io.Writer, changes []agreement.Change, asJSON bool) error {
	if asJSON {
		return printJSON(out, append([]agreement.Change{}, changes...))
	}
	for _, c := range changes {
		before, after, clause := c.Before, c.After, ""
		if before == "" {
			before = "nothing"
		}
		if after == "" {
			after = "nothing"
		}
		if c.Clause != "" {
			clause = "clause " + string(c.Clause) + ": "
		}
		fmt.Fprintf(out, "%s%s: %s -> %s\n", clause, harmless(c.Path), harmless(before), harmless(after))
	}
	return nil
}

// agreementTime reads the flag --at.
func agreementTime(flag, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usageError(fmt.Errorf("--%s %q is not a time like 2026-03-25T00:00:00Z", flag, text))
	}
	return t.UTC(), nil
}
