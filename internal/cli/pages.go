package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pahra/internal/service"
	"pahra/internal/source/durable"
	"pahra/internal/web"
)

const pagesLong = `Write what a run of "pahra observe" found as pages: a first page, one for each neighbourhood, network and incident, lists
of all of them, and the method with worked examples. Beside each lies its JSON twin with the same facts.

The pages are plain files without scripts. They can be opened as they lie, put on a USB stick, or served by any web server;
docs/operations.md has the header for that. The same run gives the same bytes.

DIR is replaced if it holds pages of an earlier run, and must else be empty. Names and relations that may not be passed
on are left out. What was judged with inputs used against their time is marked "barred from publication".

Exit status: 0 done, 2 wrong use, 3 the run cannot be read, or the pages could not be written.`

func newPages() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "pages RUN -o DIR",
		Short:   "Write a run as pages of HTML and JSON",
		Long:    pagesLong,
		Example: "  pahra pages out -o site\n  pahra observe --data data --from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z -o may --html site",
		Args:    oneArg("the folder of a run of pahra observe"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return usageError(errors.New("pages needs -o; pahra pages --help shows its use"))
			}
			if err := roomForPages(dir, args[0]); err != nil {
				return usageError(err)
			}
			run, err := service.OpenRun(args[0])
			if err != nil {
				return err
			}
			made, err := writePages(run, dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", made)
			return nil
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "folder of the pages")
	return cmd
}

// pagesMade says what was written.
type pagesMade struct {
	dir   string
	files int
	bytes int64
}

func (m pagesMade) String() string {
	return fmt.Sprintf("%d files, %.1f MB\n%s", m.files, float64(m.bytes)/1e6, filepath.Join(m.dir, "index.html"))
}

// pageWriters is how many files are on their way to the disk at once: each waits for it.
const pageWriters = 16

// writePages writes all pages of a run beside dir and puts them in its place when they are complete.
func writePages(run *service.Run, dir string) (made pagesMade, err error) {
	dir = filepath.Clean(dir)
	if err := ownPages(dir); err != nil {
		return made, usageError(err)
	}
	pages, err := run.Pages()
	if err != nil {
		return made, err
	}
	if err := durable.MakeFolder(filepath.Dir(dir)); err != nil {
		return made, fmt.Errorf("making room for the pages: %w", err)
	}
	staging, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".*.tmp")
	if err != nil {
		return made, fmt.Errorf("making room for the pages: %w", err)
	}
	defer os.RemoveAll(staging) // gone already where all went well
	for _, sub := range pageFolders() {
		if err := os.Mkdir(filepath.Join(staging, sub), 0o755); err != nil {
			return made, err
		}
	}
	var writers errgroup.Group
	writers.SetLimit(pageWriters)
	made.dir = dir
	err = web.Write(pages, func(name string, text []byte) error {
		made.files, made.bytes = made.files+1, made.bytes+int64(len(text))
		writers.Go(func() error { return writePage(staging, name, text) })
		return nil
	})
	if err := errors.Join(err, writers.Wait(), syncFolders(staging)); err != nil {
		return made, fmt.Errorf("writing the pages: %w", err)
	}
	return made, replaceFolder(staging, dir)
}

// pageFolders are those of the folder of pages.
func pageFolders() []string { return []string{"network", "incident", "neighbourhood"} }

// writePage writes one file of the pages and waits until it is on disk; its folder is no page's yet.
func writePage(dir, name string, text []byte) error {
	f, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolders makes the names of all pages survive a power cut.
func syncFolders(dir string) error {
	err := durable.SyncFolder(dir)
	for _, sub := range pageFolders() {
		err = errors.Join(err, durable.SyncFolder(filepath.Join(dir, sub)))
	}
	return err
}

// roomForPages refuses a folder of pages that holds something else, lies in a folder that is read or written by the run,
// or holds one, which would go when the pages are replaced.
func roomForPages(dir string, others ...string) error {
	for _, other := range others {
		if isWithin(dir, other) || isWithin(other, dir) {
			return fmt.Errorf("the pages in %s would lie in %s, or the other way round; they need a folder of their own", dir, other)
		}
	}
	return ownPages(dir)
}

// isWithin says whether a path is another or lies below it.
func isWithin(path, other string) bool {
	inside, err := filepath.Rel(absolute(other), absolute(path))
	return err == nil && filepath.IsLocal(inside)
}

// absolute gives a path as it stands from the root without links, as far as it exists, or as it is where that cannot be
// told.
func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		return real
	}
	if up := filepath.Dir(full); up != full {
		return filepath.Join(absolute(up), filepath.Base(full))
	}
	return full
}

// ownPages refuses a folder that holds what is no page of ours.
func ownPages(dir string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking into the folder of pages: %w", err)
	}
	for _, e := range entries {
		stranger := e.Name()
		if isPage(e) {
			if stranger, err = strangerIn(dir, e); err != nil {
				return fmt.Errorf("looking into the folder of pages: %w", err)
			}
		}
		if stranger != "" {
			return fmt.Errorf("%s holds %s, which is no page of a run; pages need a folder of their own", dir, stranger)
		}
	}
	return nil
}

// strangerIn gives something in a folder of pages below dir that is none; nothing for a file.
func strangerIn(dir string, sub os.DirEntry) (string, error) {
	if !sub.IsDir() {
		return "", nil
	}
	entries, err := os.ReadDir(filepath.Join(dir, sub.Name()))
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.Type().IsRegular() || ext != ".html" && ext != ".json" {
			return filepath.Join(sub.Name(), e.Name()), nil
		}
	}
	return "", err
}

// isPage tells whether the name is one that the pages have.
func isPage(e os.DirEntry) bool {
	if e.IsDir() {
		return slices.Contains(pageFolders(), e.Name())
	}
	name, ext := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), filepath.Ext(e.Name())
	list, _, _ := strings.Cut(name, "-")
	return e.Name() == web.StyleName ||
		(ext == ".html" || ext == ".json") && (name == "index" || name == "method" || list == "incidents" || list == "networks")
}

// replaceFolder puts one folder in the place of another; what was there goes when the new one is in place.
func replaceFolder(staging, dir string) error {
	if err := os.Chmod(staging, 0o755); err != nil {
		return err
	}
	old := staging + ".old"
	err := durable.Move(dir, old)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replacing the pages: %w", err)
	}
	if err := durable.Move(staging, dir); err != nil {
		return errors.Join(fmt.Errorf("replacing the pages: %w", err), durable.Move(old, dir))
	}
	return os.RemoveAll(old)
}
