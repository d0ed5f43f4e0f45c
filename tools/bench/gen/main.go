// Command gen makes the inputs of the benchmarks: a table of the whole Internet's size as MRT TABLE_DUMP_V2, VRPs and
// route objects that match it in part. It streams: memory does not grow with the output. The same flags make the same
// bytes.
//
// Shape: a million prefixes fall into groups that share an origin and, at each peer, an attribute set, as networks
// announce several prefixes alike. Every figure is checked against the floors in run.sh.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	f := flag.NewFlagSet("gen", flag.ContinueOnError)
	out := f.String("o", "", "folder for table.mrt, vrps.json and irr.db")
	n := f.Int("prefixes", 1_050_000, "how many prefixes")
	peers := f.Int("peers", 10, "how many peers")
	seed := f.Uint64("seed", 1, "the same seed makes the same bytes")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *out == "" || *n < 100 || *peers < 1 || *peers > 200 {
		return errors.New("use: gen -o DIR [-prefixes N] [-peers N] [-seed N]")
	}
	m := newModel(*seed, *n, *peers)
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{{"vrps.json", m.writeVRPs}, {"irr.db", m.writeIRR}, {"table.mrt", m.writeTable}} {
		if err := writeFile(filepath.Join(*out, part.name), part.write); err != nil {
			return err
		}
	}
	fmt.Printf("prefixes %d peers %d routes %d sets %d mean-path %.2f vrps %d route-objects %d\n",
		m.n, m.peers, m.routes, m.sets(), float64(m.hops)/float64(m.routes), m.vrps, m.objects)
	return nil
}

// writeFile writes to a temporary name and renames.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(file, 1<<20)
	if err := errors.Join(write(b), b.Flush(), file.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(path+".part", path)
}
