package rislive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"pahra/internal/source"
)

// TestHears: what is subscribed to, and what comes of it.
func TestHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Client: "noc@example.net", Collectors: []string{"rrc00"}}, hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, []byte(`{"type":"ris_subscribe_ok","data":{}}`), withdraw("rrc00", 1, 0), withdraw("rrc01", 2, time.Millisecond), withdraw("rrc00", 3, 2*time.Millisecond),
				[]byte(`{"type":"ris_message","data":{"timestamp":946684800,"peer":"192.0.2.1","peer_asn":"64500","host":"rrc02.ripe.net","type":"KEEPALIVE"}}`))
			wait(ctx, c)
		}))
		r.run()
		synctest.Wait()
		want := []string{"rrc00 10.1.0.0/16 at 0s", "rrc01 10.2.0.0/16 at 1ms", "rrc00 10.3.0.0/16 at 2ms"}
		if diff := cmp.Diff(want, r.sink.heard()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		s := r.src.Status()
		if !s.Up || s.Kind != "rislive" || s.Messages != 4 || s.Errors != 0 || !slices.Equal(s.Parts, []string{"rrc00", "rrc01", "rrc02"}) || !s.LastEvent.Equal(epoch.Add(2*time.Millisecond)) {
			t.Errorf("status is %+v", s)
		}
		if got := r.asked(); len(got) != 1 || got[0] != `client=noc%40example.net {"type":"ris_subscribe","data":{"host":"rrc00","socketOptions":{"includeRaw":true,"acknowledge":true}}}` {
			t.Errorf("asked %q", got)
		}
	})
}

// TestNoStream: where the server has no stream the error says what to look at.
func TestNoStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{URL: "ws://ris.test/elsewhere"})
		r.run()
		synctest.Wait()
		if s := r.src.Status(); s.Up || !strings.Contains(s.LastError, "no stream is at ws://ris.test/elsewhere?client=pahra: RIS Live's path is /v1/ws/") {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestGap: after a lost connection every collector has a gap from what was last known of it to what is first known again;
// the one that stays silent as well as the one that speaks.
func TestGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc00", 1, 0), withdraw("rrc01", 2, 0))
			speak(ctx, c, "rrc00", time.Second, 0, 11) // until 10 s; claims for rrc01 go to 8.5 s
			say(ctx, c, []byte(`{"type":"ris_error","data":{"message":"too slow"}}`))
		}
		second := func(ctx context.Context, c *peer) {
			sleep(ctx, time.Second)
			speak(ctx, c, "rrc00", time.Second, 0, 1000)
		}
		r := newRig(t, Config{}, hearing(first), hearing(second))
		r.src.backoff.Min, r.src.backoff.Rand = 4*time.Second, func() float64 { return 1 }
		r.run()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		// cut at 11 s, back at 15 s; the silent rrc01 is covered from half a second behind that.
		want := []string{"ris rrc00 10s to 15.5s", "ris rrc01 8.5s to 15.5s"}
		got := r.sink.missed()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.sink.set(func(s *sink) {
			for _, g := range s.gaps {
				if !strings.Contains(g.Reason, "lost") || !strings.Contains(g.Reason, `the server says "too slow"`) && !strings.Contains(g.Reason, `the server said "too slow"`) {
					t.Errorf("reason %q", g.Reason)
				}
			}
		})
		if got := r.asked(); len(got) != 2 || got[0] != got[1] {
			t.Errorf("asked %q", got)
		}
	})
}

// TestSilence: a connection that answers no ping is given up, one that answers and says nothing as well, later.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		play     script
		min, max time.Duration
		reason   string
	}{
		"deaf":             {hearing(func(ctx context.Context, c *peer) { c.deaf.Store(true); wait(ctx, c) }), pongLimit, pongLimit + 5*time.Second, "no answer to a ping"},
		"not even reading": {wait, 5 * time.Second, 10 * time.Second, "no answer to a ping"}, // what is sent is not taken
		"quiet":            {hearing(wait), defaultIdle - time.Second, defaultIdle + 5*time.Second, errSilent.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{}, c.play)
				r.run()
				time.Sleep(c.min)
				synctest.Wait()
				if s := r.src.Status(); !s.Up || s.Errors != 0 {
					t.Errorf("after %s the status is %+v", c.min, s)
				}
				time.Sleep(c.max - c.min)
				synctest.Wait()
				if s := r.src.Status(); s.Errors == 0 || !strings.Contains(s.LastError, c.reason) || len(r.asked()) != 2 {
					t.Errorf("after %s the status is %+v, connections %d", c.max, s, len(r.asked()))
				}
			})
		})
	}
}

// TestGarbage: what makes no sense is counted with a sample, and the stream goes on.
func TestGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		huge := bytes.Repeat([]byte("x"), 2<<20)
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			good := withdraw("rrc00", 1, 0)
			_ = c.Write(ctx, websocket.MessageBinary, []byte{0, 1, 2})
			say(ctx, c, good, []byte("rubbish"), huge, good[:len(good)/2], bytes.Replace(good, []byte("rrc00"), []byte("../../x"), 1), good,
				bytes.Replace(good, []byte("raw\":\"ff"), []byte("raw\":\"zz"), 1))
			wait(ctx, c)
		}))
		r.run()
		synctest.Wait()
		if got := r.sink.heard(); len(got) != 2 {
			t.Errorf("heard %q", got)
		}
		s := r.src.Status()
		if !s.Up || s.Errors != 6 || s.Messages != 2 || !strings.Contains(s.LastError, "hexadecimal") || !strings.Contains(s.LastError, "rrc00") {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestEndless: a message without end costs the connection, and no more memory than another.
func TestEndless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			w, err := c.Writer(ctx, websocket.MessageText)
			for part := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(part)
			}
		}), hearing(wait))
		r.run()
		time.Sleep(10 * time.Second)
		if s := r.src.Status(); !s.Up || s.Errors != 1 || !strings.Contains(s.LastError, "a message of more than") {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestMidFrame: the connection ends inside a message.
func TestMidFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc00", 1, 0))
			w, err := c.Writer(ctx, websocket.MessageText)
			if err == nil {
				_, _ = w.Write(withdraw("rrc00", 2, 0)[:100])
			}
		}), hearing(func(ctx context.Context, c *peer) { // the rig's CloseNow cuts it there
			say(ctx, c, withdraw("rrc00", 3, 5*time.Second))
			wait(ctx, c)
		}))
		r.run()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"rrc00 10.1.0.0/16 at 0s", "rrc00 10.3.0.0/16 at 5s"}, r.sink.heard()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(r.sink.missed()) != 1 {
			t.Errorf("gaps %q", r.sink.missed())
		}
	})
}

// TestSlowSink: while the sink is slow the socket is read no further than the queue goes, the connection is not taken for
// dead, and nothing is lost.
func TestSlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			for ; sent < 1000; sent++ {
				say(ctx, c, withdraw("rrc00", sent%256, 0))
			}
			wait(ctx, c)
		}))
		hold := make(chan struct{})
		r.sink.set(func(s *sink) { s.hold = hold })
		r.src.queue.max = 20_000
		r.run()
		time.Sleep(time.Hour)
		synctest.Wait()
		if !r.src.queue.blocked.Load() || sent > 200 || len(r.asked()) != 1 {
			t.Errorf("sent %d messages, blocked %v, %d connections", sent, r.src.queue.blocked.Load(), len(r.asked()))
		}
		if s := r.src.Status(); s.Alarm != "records are taken more slowly than they come" {
			t.Errorf("status is %+v", s)
		}
		close(hold)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := r.sink.heard()
		if len(got) != 1000 {
			t.Fatalf("heard %d of 1000", len(got))
		}
		for i, s := range got {
			if want := fmt.Sprintf("rrc00 10.%d.0.0/16 at 0s", i%256); s != want {
				t.Fatalf("message %d is %q, want %q", i, s, want)
			}
		}
	})
}

// TestSinkFails: a record that the sink does not take is offered again, those behind it wait.
func TestSinkFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			sleep(ctx, time.Second)
			say(ctx, c, withdraw("rrc00", 1, 0), withdraw("rrc00", 2, 0))
			wait(ctx, c)
		}))
		r.run()
		r.sink.set(func(s *sink) { s.fail = errors.New("no space left on device") })
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := r.src.Status(); s.Errors == 0 || s.LastError != "no space left on device" || s.Messages != 0 || s.Alarm != "records are not taken: no space left on device" {
			t.Errorf("status is %+v", s)
		}
		r.sink.set(func(s *sink) { s.fail = nil })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"rrc00 10.1.0.0/16 at 0s", "rrc00 10.2.0.0/16 at 0s"}, r.sink.heard()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if s := r.src.Status(); s.Messages != 2 || s.Alarm != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestNamesMadeUp: a server that makes up collectors gets no more than there can be, and neither stops nor hides others.
func TestNamesMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc00", 1, 0))
			for i := range maxVoices + 9 {
				say(ctx, c, withdraw(fmt.Sprintf("made-up%d", i), 1, 0))
			}
			say(ctx, c, withdraw("rrc00", 2, 0))
			wait(ctx, c)
		}))
		r.run()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got := r.sink.heard()
		if len(got) != maxVoices+1 || got[len(got)-1] != "rrc00 10.2.0.0/16 at 0s" {
			t.Errorf("heard %d records", len(got))
		}
		if s := r.src.Status(); s.Errors != 10 || !strings.Contains(s.LastError, "more than 200 collectors") {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestNeverTaken: a record that will never be taken does not hold up those behind it.
func TestNeverTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc00", 1, 0))
			sleep(ctx, time.Minute)
			say(ctx, c, withdraw("rrc00", 2, 0))
			wait(ctx, c)
		}))
		r.run()
		r.sink.set(func(s *sink) { s.fail = fmt.Errorf("a collector too many: %w", source.ErrRefused) })
		time.Sleep(30 * time.Second)
		synctest.Wait()
		r.sink.set(func(s *sink) { s.fail = nil })
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"rrc00 10.2.0.0/16 at 0s"}, r.sink.heard()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if s := r.src.Status(); s.Errors != 1 || s.Alarm != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestAhead: a message from the future is refused and moves nothing, be it of one collector or of many.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc01", 1, 0), withdraw("rrc00", 2, MaxAhead+time.Second), withdraw("rrc01", 3, 24*time.Hour), withdraw("rrc00", 4, MaxAhead-time.Second))
			speak(ctx, c, "rrc00", time.Second, 0, 60)
		}))
		r.run()
		time.Sleep(30*time.Second + 2*claimEvery)
		synctest.Wait()
		if got := r.sink.heard(); len(got) != 2+31 || got[1] != "rrc00 10.4.0.0/16 at 9m59s" {
			t.Errorf("heard %q", got)
		}
		if s := r.src.Status(); s.Errors != 2 || !strings.Contains(s.LastError, "ahead of this machine") {
			t.Errorf("status is %+v", s)
		}
		if got := r.sink.claimed("rrc01"); got != 29500*time.Millisecond {
			t.Errorf("rrc01 is claimed to have reached %s", got)
		}
	})
}

// TestClock: setting the machine's clock while the source runs makes no good message look bad and raises no alarm;
// where the clock was behind at the start, setting it right ends the refusals.
func TestClock(t *testing.T) {
	passed, set := time.Duration(0), time.Duration(0)
	s, err := New("ris", Config{}, &sink{reached: make(map[string]time.Time)}, discard)
	must(t, err)
	// a monotonic clock knows nothing of the wall's
	s.clock = clock{epoch, func() time.Duration { return passed }, func() time.Time { return epoch.Add(passed + set) }}
	l := newListener(s)
	for i, off := range []time.Duration{0, -time.Hour, 24 * time.Hour, 0} {
		passed, set = time.Duration(i)*time.Hour, off
		at := s.clock.now()
		l.hear(t.Context(), at, withdraw("rrc00", 1, passed))
		l.watch.inHand.Store(at)
		if alarm := s.trouble(); alarm != "" {
			t.Errorf("with the wall clock off by %s: %s", off, alarm)
		}
		l.watch.inHand.Store(0)
	}
	if st := s.Status(); st.Messages != 4 || st.Errors != 0 {
		t.Errorf("status is %+v", st)
	}
	l.hear(t.Context(), s.clock.now(), withdraw("rrc00", 1, passed+3*time.Hour)) // the machine is behind
	set = 3 * time.Hour
	l.hear(t.Context(), s.clock.now(), withdraw("rrc00", 1, passed+3*time.Hour)) // and was set right
	if st := s.Status(); st.Messages != 5 || st.Errors != 1 {
		t.Errorf("status after the clock was set right is %+v", st)
	}
	if now := newClock(); now.start != now.start.Round(0) {
		t.Error("the start carries a reading of the monotonic clock")
	}
}

// TestClaims: what a collector that says nothing is claimed to have reached.
func TestClaims(t *testing.T) {
	for name, c := range map[string]struct {
		play script
		want time.Duration // claimed for rrc01 after 30 s
	}{
		"another speaks": {hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc01", 1, 0))
			speak(ctx, c, "rrc00", 100*time.Millisecond, 0, 1000)
		}), 29500 * time.Millisecond},
		"usually late": {hearing(func(ctx context.Context, c *peer) {
			sleep(ctx, 5*time.Second)
			say(ctx, c, withdraw("rrc01", 1, 0)) // five seconds old
			speak(ctx, c, "rrc00", 100*time.Millisecond, 0, 1000)
		}), 24500 * time.Millisecond},
		"all are late": {hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc01", 1, 0))
			speak(ctx, c, "rrc00", 100*time.Millisecond, 7*time.Second, 1000)
		}), 22500 * time.Millisecond}, // not ahead of the foremost
		"all are silent": {hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc01", 1, 0), withdraw("rrc00", 1, 0))
			wait(ctx, c)
		}), 29500 * time.Millisecond}, // pings are answered
		"the socket stands still": {hearing(func(ctx context.Context, c *peer) {
			say(ctx, c, withdraw("rrc01", 1, 0))
			c.deaf.Store(true)
			speak(ctx, c, "rrc00", 100*time.Millisecond, 0, 101) // until 10.0 s, and then no pong either
			wait(ctx, c)
		}), 8500 * time.Millisecond}, // one second more, for the first lag may have been a lucky one
		"it speaks itself": {hearing(func(ctx context.Context, c *peer) { speak(ctx, c, "rrc01", 100*time.Millisecond, 0, 1000) }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{}, c.play)
				r.run()
				time.Sleep(30*time.Second + 250*time.Millisecond)
				synctest.Wait()
				got := r.sink.claimed("rrc01")
				var claimed bool
				if r.sink.set(func(s *sink) { _, claimed = s.reached["rrc01"] }); c.want == 0 {
					if claimed {
						t.Errorf("claimed %s", got)
					}
				} else if got > c.want+250*time.Millisecond || got < c.want-300*time.Millisecond {
					t.Errorf("claimed %s, want %s", got, c.want)
				}
			})
		})
	}
}

// TestRefused: the server cannot be reached, and later it can. Attempts come less and less often.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, hearing(func(ctx context.Context, c *peer) { speak(ctx, c, "rrc00", time.Second, 0, 1000) }))
		r.listener.refuse.Store(5)
		r.src.backoff.Rand = func() float64 { return 1 }
		r.run()
		time.Sleep(15 * time.Second) // 1 + 2 + 4 + 8 is the fifth attempt
		synctest.Wait()
		if s := r.src.Status(); s.Up || s.Errors != 5 || !strings.Contains(s.LastError, "connecting") {
			t.Errorf("status is %+v", s)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := r.src.Status(); !s.Up || s.Errors != 5 || s.Messages == 0 {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{URL: "https://example.net/v1/ws/"}, {URL: "wss:///v1/ws/"}, {URL: "wss://example.net"}, {URL: "wss://example.net/"}, {URL: ":"}, {Idle: -1}, {Idle: time.Millisecond}, {Collectors: []string{""}}, {Collectors: make([]string, 500)}} {
		if c.Check() == nil {
			t.Errorf("%+v is let through", c)
		}
		if _, err := New("x", c, nil, discard); err == nil {
			t.Errorf("%+v makes a source", c)
		}
	}
	got, err := Config{}.address()
	if err != nil || got != "wss://ris-live.ripe.net/v1/ws/?client=pahra" {
		t.Errorf("the address is %q, %v", got, err)
	}
	if got, _ := (Config{URL: "ws://x/y?z=1", Client: "me"}).address(); got != "ws://x/y?client=me&z=1" {
		t.Errorf("the address is %q", got)
	}
}
