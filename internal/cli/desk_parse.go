package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/intake"
	"pahra/internal/service/reports"
	"pahra/wire/compressed"
	"pahra/wire/intelmq"
)

const deskParseLong = `Show the events that reports would give, and store nothing.

Each FILE is read in turn; "-", or no FILE at all, is standard input. Compression (gzip, bzip2, zstd, xz) is recognised
by content. With --json an event is one object a line, with the keys of IntelMQ's harmonised fields; without it the
events of each file are counted by class. What cannot be read goes to standard error: with --json one object a line,
with file, place and reason. Reading goes on behind it.

Formats:
  %s

shadowserver needs the schema that Shadowserver publishes (intelmq.json): --schema, else $PAHRA_SCHEMA, else what
"pahra data pull --data DIR shadowserver-schema" fetched into --data. The type of a report is told by its file name,
such as 2026-03-24-scan_dns-example.csv or scan_dns.csv; --name gives one to standard input.

csv needs a mapping of its columns (--map). To try one before it is kept, let --first 10 show what becomes of the first
events.

Exit status: 0 all was read, 1 something was not and would go to quarantine, 2 wrong use, 3 a file could not be read.`

const deskParseExample = `  pahra desk parse --format shadowserver --schema intelmq.json --json 2026-03-24-scan_dns-example.csv.gz
  pahra desk parse --format csv --map honeypot.yaml --first 10 --json honeypot.csv
  pahra desk parse --format stix --json bundle.json | jq -r '."source.ip"'
  curl -s https://example.net/feed.json | pahra desk parse --format intelmq`

// deskParse are the flags as typed, and what is at work.
type deskParse struct {
	format, schema, mapping, data, name, observed string
	first                                         int
	json, noRaw                                   bool

	opt       intake.Options
	out       *bufio.Writer
	talk      io.Writer
	line      []byte
	bad, lost int // quarantined; files that could not be read
}

func newDeskParse() *cobra.Command {
	p := new(deskParse)
	cmd := &cobra.Command{
		Use:                   "parse --format FORMAT [FILE...]",
		Short:                 "Show the events that reports would give",
		Long:                  fmt.Sprintf(deskParseLong, strings.Join(intake.Formats(), ", ")),
		Example:               deskParseExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, files []string) error { return p.run(cmd, files) },
	}
	set := cmd.Flags()
	set.StringVar(&p.format, "format", "", "`format` of the reports")
	set.StringVar(&p.schema, "schema", "", "`file` with Shadowserver's schema")
	set.StringVar(&p.mapping, "map", "", "`file` with the mapping of a CSV's columns")
	set.StringVar(&p.data, "data", "", "data `folder` with a pulled schema")
	set.StringVar(&p.name, "name", "", "`name` of the report that standard input is")
	set.StringVar(&p.observed, "observed", "", "time.observation of the events, RFC 3339; default now")
	set.IntVar(&p.first, "first", 0, "stop after so many events of each file")
	set.BoolVar(&p.noRaw, "no-raw", false, "leave out the field raw, what an event came from in base64")
	set.BoolVar(&p.json, "json", false, "write the events, one JSON object a line")
	return cmd
}

func (p *deskParse) run(cmd *cobra.Command, files []string) error {
	if err := p.options(); err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	p.out, p.talk = bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16), cmd.ErrOrStderr()
	for _, file := range files {
		if err := p.file(file, cmd.InOrStdin()); err != nil {
			return err
		}
	}
	if err := p.out.Flush(); err != nil {
		return err
	}
	switch {
	case p.lost > 0:
		return &exitError{code: exitFail}
	case p.bad > 0:
		return found()
	}
	return nil
}

// options reads what the flags name.
func (p *deskParse) options() (err error) {
	known := strings.Join(intake.Formats(), ", ")
	if !intake.Known(p.format) {
		return usageError(fmt.Errorf("--format %q: one of %s is needed", p.format, known))
	}
	if p.first < 0 {
		return usageError(errors.New("--first counts events"))
	}
	p.opt = intake.Options{Observed: time.Now(), Raw: !p.noRaw}
	if p.observed != "" {
		if p.opt.Observed, err = time.Parse(time.RFC3339, p.observed); err != nil {
			return usageError(fmt.Errorf("--observed %q is not a time like 2026-02-09T00:00:00Z", p.observed))
		}
	}
	if p.mapping != "" {
		if p.opt.Mapping, err = readMapping(p.mapping); err != nil {
			return err
		}
	}
	if p.format == "csv" && p.mapping == "" {
		return usageError(errors.New("a CSV is read with a mapping of its columns: give it with --map"))
	}
	if p.format == "shadowserver" {
		return p.readSchema()
	}
	return nil
}

// readSchema reads the schema from where it is: a flag, the environment, a data folder.
func (p *deskParse) readSchema() (err error) {
	name := schemaFile(p.schema, p.data)
	if name == "" {
		return noSchema()
	}
	p.opt.Schema, err = reports.ReadSchema(name)
	return err
}

// schemaFile tells where Shadowserver's schema is: what a flag says, else the environment, else the first folder of data
// into which it was pulled. It is empty where there is none.
func schemaFile(flag string, data ...string) string {
	if flag != "" {
		return flag
	}
	if name := os.Getenv("PAHRA_SCHEMA"); name != "" {
		return name
	}
	for _, dir := range data {
		if dir == "" {
			continue
		}
		if name := reports.PulledSchema(dir); name != "" {
			return name
		}
	}
	return ""
}

func noSchema() error {
	return usageError(errors.New("reports of Shadowserver are read with its schema: give it with --schema or $PAHRA_SCHEMA, or " +
		"fetch it with \"pahra data pull --data DIR shadowserver-schema\" and give --data DIR"))
}

// errEnough ends the reading of a file of which enough is shown.
var errEnough = errors.New("enough is shown")

// file shows one file. The error is that of an output that failed.
func (p *deskParse) file(name string, stdin io.Reader) error {
	opt := p.opt
	opt.Name = name
	if name == "-" && p.name != "" {
		opt.Name = p.name
	}
	count := &parsedFile{parse: p, name: name, classes: map[string]int{}}
	err := p.read(name, stdin, opt, count)
	var output *outputError
	switch {
	case errors.As(err, &output):
		return output.err
	case errors.Is(err, errEnough):
	case err != nil:
		p.lost++
		if err := p.complain(name, "", err); err != nil {
			return err
		}
	}
	if p.json {
		return nil
	}
	return count.print()
}

func (p *deskParse) read(name string, stdin io.Reader, opt intake.Options, count *parsedFile) error {
	source := stdin
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
	return intake.Read(p.format, plain, opt, intake.Out{Event: count.event, Bad: count.quarantine})
}

// complaint is what is said of what could not be read.
type complaint struct {
	File   string `json:"file"`
	Place  string `json:"place,omitempty"` // "" for the file as a whole
	Reason string `json:"reason"`
}

func (p *deskParse) complain(file, place string, reason error) error {
	c := complaint{file, place, reason.Error()}
	if p.json {
		enc := json.NewEncoder(p.talk)
		enc.SetEscapeHTML(false)
		return enc.Encode(c)
	}
	text := c.File + ": " + c.Reason
	if place != "" {
		text = c.File + ": " + c.Place + ": " + c.Reason
	}
	_, err := fmt.Fprintln(p.talk, harmless(text))
	return err
}

// parsedFile takes what a file gives.
type parsedFile struct {
	parse   *deskParse
	name    string
	events  int
	bad     int
	classes map[string]int
}

func (f *parsedFile) event(e *intelmq.Event, _ []byte) error {
	p := f.parse
	f.events++
	if p.json {
		p.line = append(e.AppendJSON(p.line[:0]), '\n')
		if _, err := p.out.Write(p.line); err != nil {
			return &outputError{err}
		}
	} else {
		f.classes[e.Text("classification.taxonomy")+"\t"+e.Text("classification.type")]++
	}
	if f.events == p.first {
		return errEnough
	}
	return nil
}

func (f *parsedFile) quarantine(place string, reason error, _ []byte) error {
	f.bad++
	f.parse.bad++
	if err := f.parse.complain(f.name, place, reason); err != nil {
		return &outputError{err}
	}
	return nil
}
