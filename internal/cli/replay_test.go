package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"pahra/wire/rislive"
)

// TestReplay replays a small world to a client, to its end.
func TestReplay(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	if code := Main([]string{"world", "-o", filepath.Join(dir, "data"), "--truth", filepath.Join(dir, "truth"), "--networks", "150", "--days", "0.02"}, nil, io.Discard, io.Discard); code != exitDone {
		t.Fatalf("world ends with %d", code)
	}
	out, in := io.Pipe()
	var talk bytes.Buffer
	done := make(chan int, 1)
	go func() {
		defer in.Close()
		done <- Main([]string{"replay", "--data", filepath.Join(dir, "data"), "--rate", "50000"}, nil, in, &talk)
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !regexp.MustCompile(`^ws://127\.0\.0\.1:\d+/v1/ws/\n$`).MatchString(address) {
		t.Fatalf("printed %q, %v", address, err)
	}
	c, _, err := websocket.Dial(t.Context(), strings.TrimSpace(address), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	c.SetReadLimit(rislive.MaxMessage)
	if err := c.Write(t.Context(), websocket.MessageText, rislive.Subscription{Raw: true}.AppendRequest(nil)); err != nil {
		t.Fatal(err)
	}
	collectors, n := map[string]int{}, 0
	for ; ; n++ {
		_, data, err := c.Read(context.Background())
		if err != nil {
			break
		}
		var d rislive.Decoder
		var m rislive.Message
		if err := d.Decode(&m, data); err != nil {
			t.Fatal(errors.Join(err, errors.New(string(data))))
		}
		collectors[m.Collector]++
	}
	if code := <-done; code != exitDone {
		t.Errorf("ends with %d: %s", code, &talk)
	}
	if collectors["lantern"] == 0 || collectors["harbour"] == 0 || !strings.Contains(talk.String(), fmt.Sprintf("sent %d messages, 0 clients cut off", n)) {
		t.Errorf("heard %d messages of %v; it says:\n%s", n, collectors, &talk)
	}
}

// TestReplayInterrupted: nobody has come yet.
func TestReplayInterrupted(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.mrt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var talk bytes.Buffer
	done := make(chan error, 1)
	go func() { done <- runReplay(ctx, in, &talk, replayFlags{data: dir, listen: "127.0.0.1:0", loop: true}) }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil || talk.String() != "sent 0 messages, 0 clients cut off\n" {
		t.Errorf("it ends with %v and says %q", err, &talk)
	}
}
