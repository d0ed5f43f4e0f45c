// Command reports writes a made-up report of Shadowserver to standard output: columns as its schema has them, values that
// look like those of a sensor. The same flags give the same octets.
//
//	reports -schema intelmq.json -type scan_dns -lines 200000 >scan_dns.csv
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"pahra/internal/testdata"
	"pahra/wire/shadowserver"
)

func main() {
	schema, kind := flag.String("schema", "intelmq.json", "the schema that Shadowserver publishes"), flag.String("type", "scan_dns", "type of report")
	r := testdata.Report{Day: time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC)}
	flag.IntVar(&r.Lines, "lines", 200_000, "lines behind the header")
	flag.Uint64Var(&r.Seed, "seed", 1, "another seed, other values")
	flag.Float64Var(&r.Duplicates, "duplicates", 0, "so many of the lines repeat an earlier one, 0 to 1")
	flag.Float64Var(&r.Bad, "bad", 0, "so many are no good, 0 to 1")
	flag.IntVar(&r.Networks, "networks", 0, "so many networks; 400,000 unless told")
	flag.Parse()
	if err := write(*schema, *kind, r); err != nil {
		fmt.Fprintln(os.Stderr, "reports:", err)
		os.Exit(3)
	}
}

func write(path, kind string, r testdata.Report) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	known, there := schema.Report(kind)
	if !there {
		return fmt.Errorf("%s knows no type %q", path, kind)
	}
	r.Columns = known.Columns()
	_, err = r.Write(os.Stdout)
	return err
}
