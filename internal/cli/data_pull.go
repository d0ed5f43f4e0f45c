package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/source/catalogue"
)

const dataPullLong = `Fetch public sources into a folder laid out as "pahra observe --data" reads it.

A source with terms is refused (exit 3, with their address) until --accept NAME says that you read and accept them.
That is recorded in DIR/accepted.json, which goes into the snapshot of every observation. What was fetched from where,
with its SHA-256, is in DIR/pulled.json.

A broken download is taken up where it broke, by a later pull too, unless the file has changed on the server. A file is
in place under its name only when it is complete and matches the checksum that its source publishes; what does not is in
DIR/.pull/quarantine with the reason beside it.

Archives (MRT, relations) have one file for each step of time: --from and --to fetch those of a span, without them the
latest is fetched. MRT archives need --collector, several if wanted.

Exit status: 0 done, 2 wrong use, 3 refused or could not finish (the other files are in place).`

// pullFlags are the flags as typed.
type pullFlags struct {
	data, catalogue, from, to string
	accept, collectors        []string
}

func newDataPull() *cobra.Command {
	var flags pullFlags
	cmd := &cobra.Command{
		Use:   "pull --data DIR NAME...",
		Short: "Fetch public sources into a data folder",
		Long:  dataPullLong,
		Example: `  pahra data pull --data ./data rpki-client bogons delegated-apnic
  pahra data pull --data ./data asn-relations --accept asn-relations
  pahra data pull --data ./data routeviews-updates --collector route-views2 --from 2026-02-09T00:00:00Z --to 2026-02-10T00:00:00Z`,
		RunE: func(cmd *cobra.Command, names []string) error { return runDataPull(cmd, flags, names) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.data, "data", "", "`folder` to fetch into; made where missing")
	f.StringVar(&flags.catalogue, "catalogue", "", "read this `file` instead of the built-in catalogue")
	f.StringSliceVar(&flags.accept, "accept", nil, "the terms of the source `NAME` are accepted")
	f.StringSliceVar(&flags.collectors, "collector", nil, "`collector` whose files are wanted: rrc00, route-views2")
	f.StringVar(&flags.from, "from", "", "archives: files not before this `time`, RFC 3339")
	f.StringVar(&flags.to, "to", "", "archives: files before this `time`")
	return cmd
}

func runDataPull(cmd *cobra.Command, flags pullFlags, names []string) error {
	if flags.data == "" {
		return usageError(errors.New("pull needs --data DIR"))
	}
	all, err := readCatalogue(flags.catalogue)
	if err != nil {
		return err
	}
	sources, err := pick(all, names)
	if err != nil {
		return err
	}
	options, err := flags.options(sources)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	puller := catalogue.Puller{
		Dir: flags.data, UserAgent: "pahra (data pull)",
		Done: func(r catalogue.Result) { sayPulled(cmd.ErrOrStderr(), r) },
	}
	return puller.Pull(ctx, sources, options)
}

// options checks the flags against the sources.
func (f pullFlags) options(sources []catalogue.Source) (o catalogue.Options, err error) {
	for _, name := range f.accept {
		if !slices.ContainsFunc(sources, func(s catalogue.Source) bool { return s.Name == name }) {
			return o, usageError(fmt.Errorf("--accept %s: that source is not among those to pull", name))
		}
	}
	for _, name := range f.collectors {
		if !catalogue.ValidCollector(name) {
			return o, usageError(fmt.Errorf("--collector %q is not the name of a collector", name))
		}
	}
	for _, s := range sources {
		if s.Collectors != nil && len(f.collectors) == 0 {
			return o, usageError(fmt.Errorf("%s is kept by collector: name some with --collector", s.Name))
		}
	}
	if (f.from == "") != (f.to == "") {
		return o, usageError(errors.New("--from and --to go together"))
	}
	o = catalogue.Options{Accept: f.accept, Collectors: f.collectors}
	if f.from == "" {
		return o, nil
	}
	if o.From, err = time.Parse(time.RFC3339, f.from); err != nil {
		return o, usageError(fmt.Errorf("--from %q is not a time like 2026-02-09T00:00:00Z", f.from))
	}
	if o.To, err = time.Parse(time.RFC3339, f.to); err != nil {
		return o, usageError(fmt.Errorf("--to %q is not a time like 2026-02-09T00:00:00Z", f.to))
	}
	if !o.From.Before(o.To) {
		return o, usageError(errors.New("--from must be before --to"))
	}
	return o, nil
}

// sayPulled tells what became of one file.
func sayPulled(w io.Writer, r catalogue.Result) {
	switch r.Outcome {
	case catalogue.Fetched:
		resumed := ""
		if r.Resumed > 0 {
			resumed = fmt.Sprintf(", resumed at %d", r.Resumed)
		}
		if r.Checked != "" {
			resumed += ", checksum matches"
		}
		fmt.Fprintf(w, "fetched %s (%d bytes%s)\n", r.Path, r.Bytes, resumed)
	case catalogue.Unchanged:
		fmt.Fprintf(w, "unchanged %s\n", r.Path)
	case catalogue.Missing:
		fmt.Fprintf(w, "missing %s\n", r.URL)
	case catalogue.Failed:
		fmt.Fprintf(w, "failed %s\n", r.URL)
	}
}
