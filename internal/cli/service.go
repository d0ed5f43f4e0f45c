package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pahra/internal/config"
	"pahra/internal/serve"
)

const serveLong = `Watch day and night: hear live sources, judge what they say within seconds, keep the history, and serve the pages.

--config names a YAML file; every key of it but the lists can be set by the environment as well, so a small service needs
no file. docs/operations.md has all keys, "pahra config check" says what is wrong with a file. DIR holds everything that
is kept: one process at a time may have it.

SIGINT or SIGTERM stops the sources, lets requests that are under way end, saves the detectors' state, and exits within
ten seconds; whatever was heard is in the journal and is judged when the service starts again. Prometheus metrics,
/healthz, /readyz and profiles are on a listener of their own, for this machine alone.

Exit status: 0 stopped when asked to, 2 wrong use, 3 could not go on.`

// serveFlags are the flags of "pahra serve".
type serveFlags struct {
	config, state, listen string
	roles                 []string
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Watch live sources and serve the pages, day and night",
		Long:    serveLong,
		Example: "  pahra serve --state /var/lib/pahra\n  pahra serve --config /etc/pahra/pahra.yaml --state /var/lib/pahra\n  pahra serve --config pahra.yaml --roles web",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runServe(cmd, f) },
	}
	cmd.Flags().StringVar(&f.config, "config", "", "the YAML file of settings")
	cmd.Flags().StringVar(&f.state, "state", "", "the folder of everything that is kept, in place of the file's")
	cmd.Flags().StringVar(&f.listen, "listen", "", "where the pages are served, in place of the file's")
	cmd.Flags().StringSliceVar(&f.roles, "roles", nil, "what this process does: web, watch, worker, desk, exchange; all unless given")
	return cmd
}

func runServe(cmd *cobra.Command, f serveFlags) error {
	c, err := serviceSettings(f.config, map[string]string{"PAHRA_STATE": f.state, "PAHRA_LISTEN": f.listen})
	if err != nil {
		return err
	}
	if len(f.roles) > 0 {
		if c.Roles = f.roles; c.Check() != nil {
			return usageError(c.Check())
		}
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	return serveService(ctx, c, serve.Options{Log: newLog(c.Log, cmd), Now: time.Now}, func(address string) {
		if address != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "serving on http://%s/\n", address)
		}
	})
}

// serviceSettings reads the settings of a service: a file, the environment over it, and over both what flags set, by the
// names that the environment would have for it.
func serviceSettings(path string, flags map[string]string) (*config.Config, error) {
	environ := os.Environ()
	for name, value := range flags {
		if value != "" {
			environ = append([]string{name + "=" + value}, environ...)
		}
	}
	c, err := config.Load(path, environ)
	if err != nil {
		return nil, usageError(err)
	}
	return c, nil
}

// newLog writes to standard error as the settings ask.
func newLog(c config.Log, cmd *cobra.Command) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // it was checked
	opt := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), opt))
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), opt))
}

// serveService runs a service until ctx ends, and calls ready with the pages' address once they can be asked for.
func serveService(ctx context.Context, c *config.Config, opt serve.Options, ready func(address string)) (err error) {
	server, err := serve.Open(ctx, c, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	doors, err := openDoors(ctx, server, opt.Log)
	if err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(running) })
	group.Go(func() error { return doors.run(running) })
	group.Go(func() error { return notifySystemd(running, server) })
	ready(doors.address())
	err = group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}
