package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/world"
)

const worldLong = `Make the data of a synthetic Internet in the layout that "pahra observe" reads, and beside it the truth: what was made
to happen in it, deviation by deviation, with the attacks that make others look guilty and the benign events that merely
look like deviations. "pahra grade" holds what a run found against the truth.

The facts in DIR (relations, organisations, route objects, ROAs) are as incomplete and wrong as real ones. The truth is
kept outside of DIR, so that nothing that reads DIR can know it. The same flags make the same bytes.

Exit status: 0 done, 2 wrong use, 3 could not finish.`

// How many networks a world can have.
const (
	fewestNetworks = 100
	mostNetworks   = 90_000
)

// newWorld makes a data folder with known truth.
func newWorld() *cobra.Command {
	p := world.Defaults(1)
	var seed uint64
	var out, truth, start string
	var days float64
	cmd := &cobra.Command{
		Use:     "world -o DIR --truth FILE",
		Short:   "Make a synthetic Internet of which the truth is known",
		Long:    worldLong,
		Example: "  pahra world -o data --truth truth.json\n  pahra world -o data --truth truth.json --seed 7 --networks 2000 --prefixes 8000 --peers 30 --days 1",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := time.Parse(time.RFC3339, start)
			if err != nil {
				return usageError(fmt.Errorf("--start %q is not a time like 2026-02-10T00:00:00Z", start))
			}
			if !(days*24*60 >= 1 && days <= 366) {
				return usageError(errors.New("--days is between a minute (0.0007) and 366"))
			}
			if p.Networks < fewestNetworks || p.Networks > mostNetworks {
				return usageError(fmt.Errorf("--networks is between %d and %d", fewestNetworks, mostNetworks))
			}
			if p.Peers < 1 || p.Peers > p.Networks/4 {
				return usageError(fmt.Errorf("--peers is between 1 and a quarter of the networks, here %d", p.Networks/4))
			}
			p.Rand, p.Start = world.Defaults(seed).Rand, at
			p.Window = time.Duration(math.Round(days*24*60)) * time.Minute
			if !cmd.Flags().Changed("prefixes") && cmd.Flags().Changed("networks") {
				p.Prefixes = 0
			}
			return makeWorld(cmd.ErrOrStderr(), out, truth, p)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "the folder to make; it must not exist or be empty")
	f.StringVar(&truth, "truth", "", "the file for the truth, outside of that folder")
	f.Uint64Var(&seed, "seed", 1, "the same seed makes the same bytes")
	f.StringVar(&start, "start", p.Start.Format(time.RFC3339), "when the table is taken")
	f.Float64Var(&days, "days", p.Window.Hours()/24, "how long the updates go on")
	f.Lookup("days").DefValue = "0.1667, which is 4h"
	f.IntVar(&p.Networks, "networks", p.Networks, "how many networks there are")
	f.IntVar(&p.Prefixes, "prefixes", p.Prefixes, "about how many prefixes they announce; four each unless given")
	f.IntVar(&p.Peers, "peers", p.Peers, "how many networks feed the collectors")
	f.BoolVar(&p.Quiet, "quiet", false, "make a world in which nothing goes wrong")
	f.Float64Var(&p.Events, "events", 0, "how many deviations of each kind a day; 0: what suits the size")
	f.Float64Var(&p.Churn, "churn", p.Churn, "how many of a thousand networks change how they are reached, each hour")
	f.Float64Var(&p.BenignRatio, "benign-ratio", p.BenignRatio, "how many benign look-alikes for each deviation")
	f.BoolVar(&p.Flawless, "flawless", false, "make the facts complete and right")
	cmd.AddCommand(newWorldStix())
	for _, hidden := range []string{"events", "churn", "benign-ratio", "flawless"} {
		_ = f.MarkHidden(hidden) // fails for a flag that does not exist only
	}
	return cmd
}

// makeWorld writes the folder out and the truth, and says on talk what it did.
func makeWorld(talk io.Writer, out, truthFile string, p world.Params) error {
	if out == "" || truthFile == "" {
		return usageError(errors.New("world needs -o DIR and --truth FILE"))
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return usageError(fmt.Errorf("%s is not empty", out))
	}
	if inside, err := isInside(truthFile, out); err != nil {
		return err
	} else if inside {
		return usageError(fmt.Errorf("the truth would lie in %s, where what is to find it out could read it", out))
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(out)
	if err != nil {
		return err
	}
	defer root.Close()
	truth, err := world.Write(folderSink{root}, p)
	if err != nil {
		return err
	}
	if err := writeTruth(truthFile, truth); err != nil {
		return err
	}
	deviations := 0
	for i := range truth.Events {
		if truth.Events[i].Malicious() {
			deviations++
		}
	}
	fmt.Fprintf(talk, "%s: %d networks, %s to %s, %d events of which %d deviations (%s)\n", out, truth.Networks,
		truth.Start.Format(time.RFC3339), truth.End.Format(time.RFC3339), len(truth.Events), deviations, truthFile)
	return nil
}

// isInside tells whether a file lies, or would lie, in a folder or below, links followed.
func isInside(file, dir string) (bool, error) {
	dir, err := realPath(dir)
	if err != nil {
		return false, err
	}
	if file, err = realPath(file); err != nil {
		return false, err
	}
	rel, err := filepath.Rel(dir, file)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

// realPath follows the links of a path as far as it exists.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil || filepath.Dir(path) == path {
		return real, err
	}
	parent, err := realPath(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}

func writeTruth(name string, truth world.Truth) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("writing the truth: %w", err)
	}
	e := json.NewEncoder(file)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return errors.Join(e.Encode(truth), file.Close())
}

// folderSink puts the files of a world into a folder.
type folderSink struct{ root *os.Root }

// Create makes a file and the folders above it.
func (s folderSink) Create(path string) (io.WriteCloser, error) {
	name := filepath.FromSlash(path)
	if err := s.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	file, err := s.root.Create(name)
	if err != nil {
		return nil, err
	}
	return &bufferedFile{bufio.NewWriter(file), file}, nil
}

type bufferedFile struct {
	*bufio.Writer
	file *os.File
}

func (b *bufferedFile) Close() error { return errors.Join(b.Flush(), b.file.Close()) }
