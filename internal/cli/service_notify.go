package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"pahra/internal/serve"
)

// notifySystemd tells systemd, where that started the process with Type=notify, that the service is ready, how it is
// (as long as that is well, if a watchdog is set), and that it stops. See sd_notify(3).
func notifySystemd(ctx context.Context, s *serve.Server) error {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil
	}
	if address[0] == '@' { // an abstract socket
		address = "\x00" + address[1:]
	}
	conn, err := net.Dial("unixgram", address)
	if err != nil {
		return fmt.Errorf("telling systemd: %w", err)
	}
	defer conn.Close()
	tell := func(text string) { // nobody can be told that it failed; one who does not listen holds nothing up
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte(text))
	}
	tell("READY=1\nSTATUS=" + status(ctx, s))
	every := 30 * time.Second
	if micros, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && micros > 0 {
		every = time.Duration(micros) * time.Microsecond / 3
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			tell("STOPPING=1")
			return nil
		case <-tick.C:
			text := "STATUS=" + status(ctx, s)
			if s.Store.Ping(ctx) == nil {
				text += "\nWATCHDOG=1"
			}
			tell(text)
		}
	}
}

// status is the service on one line.
func status(ctx context.Context, s *serve.Server) string {
	if err := s.Ready(ctx); err != nil {
		return err.Error()
	}
	if s.Live == nil {
		return "serving pages"
	}
	h := s.Live.Health()
	return fmt.Sprintf("judged up to %s, %.1f s behind, %d records", h.Watermark.Format(time.RFC3339), h.Lag.Seconds(), h.Journal.Records)
}
