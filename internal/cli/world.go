package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/world"
)

// newWorld is the hidden `pahra world`: it makes a data folder to try the rest on.
func newWorld() *cobra.Command {
	p := world.Defaults(1)
	var seed uint64
	var out, start string
	cmd := &cobra.Command{
		Use:    "world -o DIR",
		Short:  "Make a synthetic Internet's data folder",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := time.Parse(time.RFC3339, start)
			if err != nil {
				return usageError(fmt.Errorf("--start %q is not a time like 2026-02-10T00:00:00Z", start))
			}
			p.Rand, p.Start = world.Defaults(seed).Rand, at
			return makeWorld(cmd.ErrOrStderr(), out, p)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "the folder to make; it must not exist or be empty")
	f.Uint64Var(&seed, "seed", 1, "the same seed makes the same bytes")
	f.StringVar(&start, "start", p.Start.Format(time.RFC3339), "when the table is taken")
	f.DurationVar(&p.Window, "window", p.Window, "how long the updates go on")
	f.IntVar(&p.Stubs, "stubs", p.Stubs, "how many stub networks there are")
	f.IntVar(&p.Transits, "transits", p.Transits, "how many transit networks there are")
	f.IntVar(&p.Peers, "peers", p.Peers, "how many networks feed the collectors")
	f.BoolVar(&p.Quiet, "quiet", false, "let nothing go wrong")
	return cmd
}

// makeWorld writes the folder out and says on talk what it did.
func makeWorld(talk io.Writer, out string, p world.Params) error {
	if out == "" {
		return usageError(errors.New("world needs -o DIR"))
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return usageError(fmt.Errorf("%s is not empty", out))
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
	fmt.Fprintf(talk, "%s: %s to %s, %d events (truth.json)\n", out,
		truth.Start.Format(time.RFC3339), truth.End.Format(time.RFC3339), len(truth.Events))
	return nil
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
