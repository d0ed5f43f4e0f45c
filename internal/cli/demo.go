package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/internal/world"
)

const demoLong = `Make the data of a small synthetic Internet in which a few things go wrong, observe them as "pahra observe" does, and
print what was found, where the files lie and what to look at next. Every run makes the same bytes.

DIR/demo-data gets the data, DIR/demo-truth.json what was made to happen in them, DIR/demo the results, and DIR/demo-pages
the same as pages. All are replaced if an earlier demo made them.

--serve serves the pages on this machine alone, says where, and goes on until it is interrupted (SIGINT or SIGTERM).
--listen sets the address; port 0 takes a free one.

Exit status: 0 done, 2 wrong use, 3 could not finish.`

func newDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Observe a synthetic Internet, to see what Pahra does",
		Long:    demoLong,
		Example: "  pahra demo\n  pahra demo -o /tmp\n  pahra demo --serve --listen 127.0.0.1:8080",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, f) },
	}
	cmd.Flags().StringVarP(&f.dir, "output", "o", "out", "the folder for all of it")
	cmd.Flags().BoolVar(&f.serve, "serve", false, "serve the pages until interrupted")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "where to serve them")
	return cmd
}

// demoFlags are the flags of "pahra demo".
type demoFlags struct {
	dir, listen string
	serve       bool
}

func runDemo(cmd *cobra.Command, f demoFlags) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	data, out, site := filepath.Join(f.dir, "demo-data"), filepath.Join(f.dir, "demo"), filepath.Join(f.dir, "demo-pages")
	for folder, mark := range map[string]string{data: "sources.yaml", out: "incidents.jsonl"} {
		if err := removeOwn(folder, mark); err != nil {
			return err
		}
	}
	p := world.Defaults(1)
	if err := makeWorld(cmd.ErrOrStderr(), data, filepath.Join(f.dir, "demo-truth.json"), p); err != nil {
		return err
	}
	talk := cmd.ErrOrStderr()
	sum, err := service.Observe(ctx, service.Options{
		Data: data, Out: out, From: p.Start, To: p.Start.Add(p.Window),
		Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
		Say: sayOn(talk),
	})
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	printSummary(w, sum, out)
	fmt.Fprintf(w, "\nnext:\n  pahra neighbourhood lantern-coast --from-run %s\n  pahra check AS144547 --from-run %s\n  pahra verify %s\n",
		out, out, out)
	run, err := service.OpenRun(out)
	if err != nil {
		return err
	}
	made, err := writePages(run, site, (*service.Pages).Synthetic)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\npages: %s\n", made)
	if !f.serve {
		return nil
	}
	return serveFolder(ctx, w, site, f.listen)
}

// removeOwn removes a folder that an earlier demo made, which mark tells; any other that is in the way is left.
func removeOwn(dir, mark string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("making room for the demo: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, mark)); err != nil {
		return fmt.Errorf("%s is in the way: no earlier demo made it", dir)
	}
	return os.RemoveAll(dir)
}
