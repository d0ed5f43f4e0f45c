package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/service/agreements"
)

const exchangeExportLong = `Write what a partner may have of events or of a bundle under an agreement, in a format that it reads: never what it was made of.

The input ("-": standard input) has events, one a line as IntelMQ writes them, or objects of STIX 2.1, told by their content. The agreement must be in
force at the time, with the signatures of both parties beside it; else nothing leaves. What stands in for values is made with the
agreement's secret, the same each time. TLP:RED never leaves by a file.

Formats: stix (a bundle), misp (one file for import), misp-feed (a folder with manifest.json, an event a file and hashes.csv), iodef (XML, version 2),
iodef-json, xarf (version 4, a report a line), csv, intelmq (an event a line). XARF has no place for a masked source and for some
classes; such copies are counted and left out.

Exit status: 0 done, 1 something that cannot be read was left out, 2 wrong use, 3 could not finish, or the agreement is not in force.`

// exchangeExport are the flags as typed.
type exchangeExport struct{ partner, in, out, format, secret, at string }

func newExchangeExport() *cobra.Command {
	p := new(exchangeExport)
	cmd := &cobra.Command{
		Use:   "export A --partner P --format FORMAT --in F --secret F -o F",
		Short: "Write what a partner may have as STIX, MISP, IODEF, XARF or CSV",
		Long:  exchangeExportLong,
		Example: `  pahra exchange export nadia-atlantica.yaml --partner cert-atlantica --format misp-feed --in events.jsonl --secret secret -o feed
  pahra exchange export nadia-atlantica.yaml --partner cert-atlantica --format csv --in - --secret secret -o - < events.jsonl`,
		Args: oneArg("the agreement"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args[0]) },
	}
	set := cmd.Flags()
	set.StringVar(&p.partner, "partner", "", "`team` that gets it")
	set.StringVar(&p.format, "format", "", "the `format`: "+strings.Join(agreements.ExportFormats(), ", "))
	set.StringVar(&p.in, "in", "", "`file` of events, one a line, or of a bundle; - for standard input")
	set.StringVarP(&p.out, "output", "o", "", "`file` to write, a folder for misp-feed; - for standard output")
	set.StringVar(&p.secret, "secret", "", "`file` with the agreement's secret")
	set.StringVar(&p.at, "at", "", "`time` of the decisions, RFC 3339; default now")
	return cmd
}

func (p *exchangeExport) run(cmd *cobra.Command, path string) error {
	if p.partner == "" || p.format == "" || p.in == "" || p.out == "" || p.secret == "" {
		return usageError(errors.New("--partner, --format, --in, --secret and -o are needed"))
	}
	if !slices.Contains(agreements.ExportFormats(), p.format) {
		return usageError(fmt.Errorf("--format: there is no %q; there are %s", p.format, strings.Join(agreements.ExportFormats(), ", ")))
	}
	at := time.Now().UTC().Truncate(time.Second)
	if p.at != "" {
		var err error
		if at, err = agreementTime("at", p.at); err != nil {
			return err
		}
	}
	trial, err := newTrial(path, p.partner, p.secret)
	if err != nil {
		return err
	}
	talk := cmd.ErrOrStderr()
	x := &agreements.Export{Trial: trial, At: at, Format: p.format, Standing: agreements.Standing(agreements.Verify(path, trial.Agreement, nil, at), time.Time{}),
		Bad: func(what string) { fmt.Fprintln(talk, harmless(p.in+": "+what)) },
		File: func(name string, write func(io.Writer) error) error {
			return writeOutput(filepath.Join(p.out, name), write)
		}}
	if decision := trial.InForce(at, x.Standing); decision != "" {
		return fmt.Errorf("nothing leaves: %s", decision)
	}
	in, err := openEvents(p.in, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	sums, err := p.write(x, in, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	fmt.Fprintf(talk, "%d decided on: %d released, %d kept\n", sums.Objects, sums.Released, sums.Objects-sums.Released)
	for _, clause := range slices.Sorted(maps.Keys(sums.Kept)) {
		fmt.Fprintf(talk, "  kept by %s: %d\n", clause, sums.Kept[clause])
	}
	if sums.Unfit > 0 {
		fmt.Fprintf(talk, "%s has no place for %d of them\n", p.format, sums.Unfit)
	}
	if sums.Bad > 0 {
		return found()
	}
	return nil
}

// write writes to where the user wants it.
func (p *exchangeExport) write(x *agreements.Export, in io.Reader, stdout io.Writer) (sums agreements.Exported, err error) {
	switch {
	case p.format == "misp-feed" && p.out == "-":
		return sums, usageError(errors.New("a feed is a folder: -o DIR"))
	case p.format == "misp-feed":
		if err := os.MkdirAll(p.out, 0o755); err != nil {
			return sums, err
		}
		return x.Run(in, io.Discard)
	case p.out == "-":
		return x.Run(in, stdout)
	}
	err = writeOutput(p.out, func(w io.Writer) error {
		sums, err = x.Run(in, w)
		return err
	})
	return sums, err
}
