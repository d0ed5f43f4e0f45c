package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"pahra/internal/routes/parallel"
	"pahra/internal/routes/query"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

const routesLong = `Print the routes of MRT files (RFC 6396): tables and updates of route collectors and routers.

Each FILE is read in turn; "-", or no FILE at all, is standard input. Compression (gzip, bzip2, zstd, xz) is
recognised by content. What is malformed is named on standard error and reading goes on.

All conditions given must hold; of several values in one condition (with commas, or the flag again) one must. A
withdrawal has no path, origin or community and so meets no condition on them; a state change has no prefix.

Formats:
  bgpdump   the lines of "bgpdump -m" 1.6.2, byte for byte; docs/bgpdump-compat.md tells where it errs
  json      one object a line, with the keys of bgpkit-parser's elements; communities hold extended and large ones too
  parquet   a Parquet file with the columns of json (needs -o)

Routes announced with malformed attributes count as withdrawn (RFC 7606), except in the format bgpdump, which has
them announced.

Exit status: 0 done, 2 wrong use, 3 a file could not be opened or read to its end (the others are still printed).`

const routesExample = `  pahra routes rib.20080224.1800.bz2
  pahra routes --prefix 208.65.152.0/22 --match more updates.*.bz2
  pahra routes --type A,W --peer 3333 --from 2008-02-24T18:00:00Z --to 2008-02-24T20:00:00Z updates.gz
  pahra routes --path '_17557_' --format json updates.gz | jq -r .prefix
  pahra routes --origin 17557 --count rib.bz2
  pahra routes --community blackhole --community '*:666' updates.gz
  curl -s https://example.net/bview.gz | pahra routes --format parquet -o routes.parquet`

// routesFlags are the flags as typed.
type routesFlags struct {
	format, output, match, path, from, to        string
	prefixes, origins, peers, kinds, communities []string
	count                                        bool
}

func newRoutes() *cobra.Command {
	var flags routesFlags
	cmd := &cobra.Command{
		Use:                   "routes [FILE...]",
		Short:                 "Print the routes of MRT files",
		Long:                  routesLong,
		Example:               routesExample,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, files []string) error {
			return runRoutes(cmd, &flags, files)
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *routesFlags) register(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&f.format, "format", "bgpdump", "bgpdump, json or parquet")
	set.StringVarP(&f.output, "output", "o", "", "write to this `file` instead of standard output")
	set.StringSliceVar(&f.prefixes, "prefix", nil, "`prefix` in CIDR form; see --match")
	set.StringVar(&f.match, "match", "exact", "how routes match --prefix: exact, more (it or more specific), less (it or less specific)")
	set.StringSliceVar(&f.origins, "origin", nil, "`AS` number that originates the route")
	set.StringVar(&f.path, "path", "", "RE2 `expression` for the AS path; _ is what it is for Cisco: start, end or between numbers")
	set.StringSliceVar(&f.peers, "peer", nil, "AS number or address of the collector's `peer`")
	set.StringSliceVar(&f.kinds, "type", nil, "`kinds` of element: A announced, W withdrawn, R in a table, S state change")
	set.StringVar(&f.from, "from", "", "not before this `time`: RFC 3339 or seconds since 1970")
	set.StringVar(&f.to, "to", "", "before this `time`")
	set.StringSliceVar(&f.communities, "community", nil, "a:b, large a:b:c (each part may be *) or a `name`: no-export, blackhole, ...")
	set.BoolVar(&f.count, "count", false, "print only how many there are")
}

// runRoutes prints what the flags ask for.
func runRoutes(cmd *cobra.Command, flags *routesFlags, files []string) error {
	q, err := flags.query()
	if err == nil && len(q.Prefixes) == 0 && cmd.Flags().Changed("match") {
		err = errors.New("--match says how routes match --prefix, which is not given")
	}
	if err != nil {
		return usageError(err)
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	if err := notAnInput(flags.output, files, cmd.InOrStdin()); err != nil {
		return err
	}
	out, err := flags.open(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	job := routesJob{query: q, out: out, stdin: cmd.InOrStdin(), talk: cmd.ErrOrStderr()}
	failed, err := job.files(files)
	if err != nil {
		out.abandon()
		return &exitError{exitFail, err}
	}
	if job.opened == 0 { // an older output stays
		out.abandon()
	} else if err := out.close(); err != nil {
		return &exitError{exitFail, err}
	}
	if job.problems > 0 {
		fmt.Fprintf(job.talk, "pahra: malformed places: %d, in %d of %d files\n", job.problems, job.damaged, len(files))
	}
	if failed > 0 {
		return &exitError{exitFail, fmt.Errorf("files that could not be read to their end: %d of %d", failed, len(files))}
	}
	return nil
}

// routesJob reads files into an output.
type routesJob struct {
	query    *query.Query
	out      routesOutput
	stdin    io.Reader
	talk     io.Writer
	problems int // malformed places in all files
	damaged  int // files that have any
	opened   int // files that could be read at all
}

// files reads one file after another and counts those that failed. err says that the output failed, which ends it all.
func (j *routesJob) files(names []string) (failed int, err error) {
	for _, name := range names {
		before := j.problems
		err := j.file(name)
		if j.problems > before {
			j.damaged++
		}
		var outErr *outputError
		switch {
		case errors.As(err, &outErr):
			return failed, outErr.err
		case err != nil:
			failed++
			fmt.Fprintln(j.talk, harmless(fmt.Sprintf("%s: %v", name, err)))
		}
	}
	return failed, nil
}

// file reads one file.
func (j *routesJob) file(name string) error {
	source := j.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return errors.Unwrap(err)
		}
		defer file.Close()
		source = file
	}
	plain, _, err := compressed.NewReader(source, compressed.Options{})
	if err != nil {
		return err
	}
	defer plain.Close()
	j.opened++
	return j.out.read(plain, j.query, parallel.Options{
		Workers: runtime.GOMAXPROCS(0),
		Report: func(p values.Problem) {
			j.problems++
			fmt.Fprintln(j.talk, harmless(fmt.Sprintf("%s: %v", name, p)))
		},
	})
}

// outputError tells a failed output from a failed input.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }

// query reads the conditions.
func (f *routesFlags) query() (*query.Query, error) {
	q := &query.Query{}
	var errs [8]error
	q.Prefixes, errs[0] = parseAll(f.prefixes, values.ParsePrefix)
	q.Origins, errs[1] = parseAll(f.origins, values.ParseASN)
	q.Peers, errs[2] = parseAll(f.peers, query.ParsePeer)
	q.Kinds, errs[3] = parseAll(f.kinds, query.ParseKind)
	q.Communities, errs[4] = parseAll(f.communities, query.ParseCommunity)
	q.Relation, errs[5] = query.ParseRelation(f.match)
	if f.path != "" {
		q.Path, errs[6] = query.ParsePath(f.path)
	}
	errs[7] = f.window(q)
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (f *routesFlags) window(q *query.Query) (err error) {
	if f.from != "" {
		if q.From, err = query.ParseTime(f.from); err != nil {
			return err
		}
	}
	if f.to != "" {
		if q.To, err = query.ParseTime(f.to); err != nil {
			return err
		}
	}
	if f.from != "" && f.to != "" && !q.From.Before(q.To) {
		return fmt.Errorf("--from %s is not before --to %s", f.from, f.to)
	}
	return nil
}

// parseAll parses each value.
func parseAll[T any](texts []string, parse func(string) (T, error)) (out []T, err error) {
	for _, text := range texts {
		v, err := parse(text)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// open checks the flags about output against each other and opens it.
func (f *routesFlags) open(stdout io.Writer) (routesOutput, error) {
	switch {
	case f.format != "bgpdump" && f.format != "json" && f.format != "parquet":
		return nil, usageError(fmt.Errorf("%q is not a format: want bgpdump, json or parquet", f.format))
	case f.count:
		return openCount(f.output, stdout, f.format == "bgpdump")
	case f.format == "parquet" && f.output == "":
		return nil, usageError(errors.New("--format parquet needs -o FILE"))
	case f.format == "parquet":
		return openParquet(f.output)
	}
	return openText(f.output, stdout, f.format)
}

// routesOutput is where elements go.
type routesOutput interface {
	// read decodes one stream and takes the elements that q wants. An *outputError says that the output failed.
	read(plain io.Reader, q *query.Query, opt parallel.Options) error
	// close finishes the output; abandon gives it up.
	close() error
	abandon()
}

// decode is parallel.Decode with an output whose errors are told from the input's.
func decode[T any](plain io.Reader, opt parallel.Options, sink parallel.Sink[T]) error {
	emit := sink.Emit
	sink.Emit = func(result *T) error {
		if err := emit(result); err != nil {
			return &outputError{err}
		}
		return nil
	}
	return parallel.Decode(plain, opt, sink)
}

// matching passes on the elements that q wants.
func matching[T any](q *query.Query, add func(*T, *mrt.Elem)) func(*T, *mrt.Elem) {
	matcher := query.NewMatcher(q)
	return func(result *T, e *mrt.Elem) {
		if matcher.Match(e) {
			add(result, e)
		}
	}
}
