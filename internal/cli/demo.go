package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pahra/internal/config"
	"pahra/internal/serve"
	"pahra/internal/service"
	"pahra/internal/source/durable"
	"pahra/internal/source/refresh"
	"pahra/internal/source/rislive"
	"pahra/internal/world"
)

const demoLong = `Watch a made-up Internet day and night, to see what Pahra does: a country of some 1,900 networks, an association of 60
of them, exchanges, a year of months in which more and more networks register what they announce, and incidents that go on
happening, one every few minutes; and a response team's desk with thirty days of reports behind it, and new ones every two
minutes.

The first start makes the world's data in DIR/data and judges them, which takes some tens of seconds; a later one goes on
from what was kept, and the time in between is a gap, as it would be in reality. The service is the one that "pahra serve"
runs; a replayer on a loopback port of its own tells it what the world's networks say, by RIPE RIS Live's protocol. Every
page says that the world is made up, and everybody may see everything. Nothing leaves this machine.

SIGINT or SIGTERM stops it. Exit status: 0 stopped when asked to, 2 wrong use, 3 could not go on.`

func newDemo() *cobra.Command {
	opt := demoOptions{now: time.Now, world: world.YearDefaults}
	verbose := false
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Watch a made-up Internet, to see what Pahra does",
		Long:    demoLong,
		Example: "  pahra demo\n  pahra demo --listen 127.0.0.1:8080 --state /tmp/pahra-demo",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			level := slog.LevelError // that sources are not heard yet is no news here
			if verbose {
				level = slog.LevelInfo
			}
			opt.out = cmd.OutOrStdout()
			opt.log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			return runDemo(ctx, opt)
		},
	}
	cmd.Flags().StringVar(&opt.state, "state", "out/demo", "the folder of everything that is kept")
	cmd.Flags().StringVar(&opt.listen, "listen", "127.0.0.1:8480", "where the pages are served; port 0 takes a free one")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "write the service's log")
	return cmd
}

// demoOptions say how the demonstration runs.
type demoOptions struct {
	state, listen string
	world         func(seed uint64, until time.Time) world.YearParams
	now           func() time.Time
	out           io.Writer
	log           *slog.Logger
	tune          func(*config.Config) // unless nil, changes the service's settings
}

func runDemo(ctx context.Context, opt demoOptions) error {
	began := opt.now()
	made, err := openDemo(ctx, opt)
	if err != nil {
		return err
	}
	told, err := startTeller(ctx, opt, made)
	if err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return told.run(running) })
	group.Go(func() error {
		return serveService(running, demoConfig(opt, told.address()), serve.Options{Log: opt.log, Now: opt.now, Synthetic: true}, func(address string) {
			fmt.Fprintf(opt.out, "serving on http://%s/; judging what lies behind\n", address)
			fmt.Fprintf(opt.out, "The desk of the response team works already, at http://%s/desk: log in as %s, password %s.\n", address, demoAnalyst, made.password)
			group.Go(func() error { return suggest(running, opt, "http://"+address, began) })
		})
	})
	err = group.Wait()
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		fmt.Fprintln(opt.out, "stopped")
		err = nil
	}
	return err
}

// demoConfig is the configuration of the demonstration's service.
func demoConfig(opt demoOptions, teller net.Addr) *config.Config {
	c := config.Defaults()
	c.State, c.Listen, c.Metrics = opt.state, opt.listen, ""
	c.Watch.PublishEvery = 5 * time.Minute
	c.Watch.Relations = service.RelationsListed // as good here, and a year of them is not inferred anew day by day
	c.Publication.Policy = filepath.Join(opt.state, demoPolicyFile)
	c.Sources = []config.Source{
		{Name: "replayer", RISLive: &rislive.Config{URL: fmt.Sprintf("ws://%s/v1/ws/", teller), Client: "pahra-demo", Idle: 10 * time.Minute}, StaleAfter: 10 * time.Minute},
		{Name: "validator", VRP: &refresh.VRPConfig{URL: fmt.Sprintf("http://%s/vrps.json", teller), Every: 2 * time.Minute}},
	}
	demoDesk(&c)
	if opt.tune != nil {
		opt.tune(&c)
	}
	return &c
}

// The demonstration's own files in the state folder.
const (
	demoFile       = "demo.json"
	demoPolicyFile = "demo-policy.yaml"
)

// demoPolicy shows everything to everybody: there is nobody to protect.
const demoPolicy = `# All is made up, so everybody may see everything. docs/publication.md has what is proper for networks that exist.
id: demonstration
version: 1
neighbourhoods: {shown: true, at_least: 1}
measures: [M1, M1C, M2, M2C, M3, M3C, M4, M4C, M5, M5C, M6, M7IRR, M7RPKI, M7RPKIN, M8, M9, A1, A2, A3, A4]
incidents: {shown: true, confidence: 0, attribution: any, notified: false, wait: 0s, corrections: true}
members: all
`

// demoState is what is kept of the world: what it is made of, and whether its past was written.
type demoState struct {
	Seed  uint64    `json:"seed"`
	Until time.Time `json:"until"`
	Made  bool      `json:"made"`
	// Password is that of the account with which the desk is looked at, on this machine alone.
	Password string `json:"password"`
}

// madeUp is the world of a state folder: from when on its reports go on, and the password with which its desk is looked at.
type madeUp struct {
	year     *world.Year
	reported time.Time
	password string
}

// openDemo gives the world of a state folder, whose past it writes first where that is new.
func openDemo(ctx context.Context, opt demoOptions) (m madeUp, err error) {
	if err := os.MkdirAll(opt.state, 0o755); err != nil {
		return m, fmt.Errorf("making the demonstration: %w", err)
	}
	root, err := os.OpenRoot(opt.state)
	if err != nil {
		return m, fmt.Errorf("making the demonstration: %w", err)
	}
	defer root.Close()
	state, err := readDemoState(root, opt)
	if err != nil {
		return m, err
	}
	m = madeUp{reported: opt.now().UTC(), password: state.Password}
	if m.year, err = world.NewYear(opt.world(state.Seed, state.Until)); err != nil || state.Made {
		return m, err
	}
	fmt.Fprintln(opt.out, "making a world and a year of its past; this takes a while the first time")
	state.Password = strings.ToLower(rand.Text())
	if err := makePast(ctx, opt, root, m.year, state); err != nil {
		return m, fmt.Errorf("making the demonstration: %w", err)
	}
	state.Made, m.reported, m.password = true, state.Until, state.Password
	return m, writeDemoState(root, state)
}

// makePast writes what lies behind the demonstration: a year of routing, and some weeks of the desk's work.
func makePast(ctx context.Context, opt demoOptions, root *os.Root, year *world.Year, state demoState) error {
	for _, name := range []string{"data", "desk", "pahra.db", "pahra.db-wal", "pahra.db-shm"} { // of an earlier start that was cut short
		if err := root.RemoveAll(name); err != nil {
			return err
		}
	}
	if err := writePast(root, year); err != nil {
		return err
	}
	if err := durable.WriteFile(root, demoPolicyFile, []byte(demoPolicy)); err != nil {
		return err
	}
	return fillDesk(ctx, opt, year, demoConfig(opt, &net.TCPAddr{}), state.Until, state.Password)
}

func writePast(root *os.Root, year *world.Year) error {
	if err := root.MkdirAll("data", 0o755); err != nil {
		return err
	}
	data, err := root.OpenRoot("data")
	if err != nil {
		return err
	}
	defer data.Close()
	return year.WritePast(folderSink{data})
}

// readDemoState gives what an earlier start kept, or begins anew in a folder that is empty.
func readDemoState(root *os.Root, opt demoOptions) (state demoState, err error) {
	text, err := root.ReadFile(demoFile)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &state); err != nil {
			return state, fmt.Errorf("reading %s: %w", filepath.Join(opt.state, demoFile), err)
		}
		return state, nil
	case !errors.Is(err, os.ErrNotExist):
		return state, fmt.Errorf("reading the demonstration's state: %w", err)
	}
	if entries, err := os.ReadDir(opt.state); err != nil {
		return state, fmt.Errorf("reading the demonstration's state: %w", err)
	} else if len(entries) > 0 {
		return state, usageError(fmt.Errorf("%s is in the way: no earlier demonstration made it", opt.state))
	}
	state = demoState{Seed: 1, Until: opt.now().UTC().Truncate(time.Minute)}
	return state, writeDemoState(root, state)
}

func writeDemoState(root *os.Root, state demoState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return durable.WriteFile(root, demoFile, append(text, '\n'))
}
