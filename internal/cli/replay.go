package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"pahra/internal/source/replay"
)

const replayLong = `Serve recorded updates as RIPE RIS Live serves those of today: a WebSocket that speaks its protocol, for load tests and
demonstrations. The stream begins when the first client has subscribed; one who comes later hears it from then on.

DIR is a folder as "pahra world" makes it or "pahra observe" reads it, or any folder of MRT files whose names begin with
updates. or end in .mrt, compressed or not; a file's collector is the folder it lies in. Tables are left out.

Without --rate or --speed the updates come as fast as they came then. Each tells the moment at which it is sent as its time,
unless --original-times has it tell its own. A client that is too slow is cut off, as RIPE does; --wait waits for it.

The address is printed once clients can connect. Counts are at /stats, and on standard error at the end.

Exit status: 0 done or interrupted, 2 wrong use, 3 could not finish.`

// replayFlags are the flags of "pahra replay".
type replayFlags struct {
	data, listen string
	pace         replay.Pace
	loop         bool
	options      replay.Options
}

// newReplay serves recorded updates as RIS Live.
func newReplay() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:     "replay --data DIR",
		Short:   "Serve recorded updates as RIS Live serves those of today",
		Long:    replayLong,
		Example: "  pahra replay --data data --listen 127.0.0.1:8400\n  pahra replay --data data --rate 20000 --loop",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return runReplay(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "the folder of MRT files")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "where to serve; port 0 takes a free one")
	flags.Float64Var(&f.pace.Rate, "rate", 0, "messages a second, whatever the times")
	flags.Float64Var(&f.pace.Speed, "speed", 0, "how many times as fast as it was; 1 unless given")
	flags.BoolVar(&f.pace.Original, "original-times", false, "tell the recorded times")
	flags.BoolVar(&f.loop, "loop", false, "begin anew after the end, until interrupted")
	flags.BoolVar(&f.options.Wait, "wait", false, "wait for slow clients in place of cutting them off")
	return cmd
}

func runReplay(ctx context.Context, out, talk io.Writer, f replayFlags) (err error) {
	if f.data == "" {
		return usageError(errors.New("replay needs --data DIR"))
	}
	if err := f.pace.Check(); err != nil {
		return usageError(err)
	}
	log := slog.New(slog.NewTextHandler(talk, nil))
	files, err := replay.OpenFiles(f.data, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	files.Loop = f.loop
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	stream := replay.New(f.options, log)
	server := &http.Server{Handler: stream.Handler(), ReadHeaderTimeout: readLimit, MaxHeaderBytes: maxHeader}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(out, "ws://%s%s\n", listener.Addr(), replay.Path)
	err = stream.Run(ctx, replay.Paced(files, f.pace))
	if ctx.Err() != nil {
		err = nil // interrupted, which is how it is meant to end
	}
	stats := stream.Stats()
	err = errors.Join(err, server.Close(), stream.Close())
	if gone := <-served; !errors.Is(gone, http.ErrServerClosed) {
		err = errors.Join(err, gone)
	}
	fmt.Fprintf(talk, "sent %d messages, %d clients cut off\n", stats.Sent, stats.Cut)
	for _, c := range stats.Connections {
		fmt.Fprintf(talk, "%s: %d messages, %d bytes\n", c.Remote, c.Messages, c.Bytes)
	}
	return err
}
