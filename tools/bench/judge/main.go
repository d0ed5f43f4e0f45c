// Command judge times what Pahra does to a table: decompress it, decode and intern it, judge it. It calls the packages
// that the program itself uses and prints one JSON object.
//
//	judge inflate FILE                      decompression alone
//	judge decode FILE                       every entry decoded, attribute sets interned
//	judge full -vrps F -irr F FILE          the table kept, every distinct (prefix, origin) and path judged
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"pahra/internal/routes"
	"pahra/wire/compressed"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(3)
	}
}

// result is what one run came to. Times are in seconds.
type result struct {
	Mode        string  `json:"mode"`
	Bytes       int64   `json:"bytes,omitempty"`
	Routes      int     `json:"routes,omitempty"`
	Sets        int     `json:"sets,omitempty"`
	Paths       int     `json:"paths,omitempty"`
	Used        uint64  `json:"used,omitempty"` // sum of all attribute numbers: each was made
	Prefixes    int     `json:"prefixes,omitempty"`
	Pairs       int     `json:"pairs,omitempty"`
	VRPs        int     `json:"vrps,omitempty"`
	Objects     int     `json:"objects,omitempty"`
	Verdicts    verdict `json:"verdicts,omitzero"`
	LoadVRPs    float64 `json:"load_vrps,omitempty"`
	LoadObjects float64 `json:"load_objects,omitempty"`
	Seconds     float64 `json:"seconds"` // of the pass over the table
	CPU         float64 `json:"cpu"`     // of the same, over all processors
}

func run(args []string) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(routes.HeapGrowth) // as pahra observe does
	}
	f := flag.NewFlagSet("judge", flag.ContinueOnError)
	vrps := f.String("vrps", "", "VRPs as JSON")
	irr := f.String("irr", "", "route objects as RPSL")
	if len(args) == 0 {
		return errors.New("use: judge inflate|decode|full FILE")
	}
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	r := result{Mode: args[0]}
	var pass func(io.Reader, *result) error
	switch args[0] {
	case "inflate":
		pass = inflate
	case "decode":
		pass = decode
	case "full":
		facts, err := load(*vrps, *irr, &r)
		if err != nil {
			return err
		}
		pass = facts.judge
	default:
		return fmt.Errorf("there is no mode %q", args[0])
	}
	if err := timed(f.Arg(0), &r, pass); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func timed(path string, r *result, pass func(io.Reader, *result) error) error {
	begin, used := time.Now(), cpu()
	defer func() { r.Seconds, r.CPU = time.Since(begin).Seconds(), cpu()-used }()
	return reading(path, func(in io.Reader) error { return pass(in, r) })
}

// cpu gives the processor time used so far, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// reading gives the decompressed content of a file.
func reading(path string, use func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		return err
	}
	return errors.Join(use(in), in.Close())
}

func inflate(in io.Reader, r *result) (err error) {
	r.Bytes, err = io.Copy(io.Discard, in)
	return err
}
