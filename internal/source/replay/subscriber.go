package replay

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"pahra/wire/rislive"
)

const (
	// maxOwed is how many octets a subscriber may be behind before he is cut off; waitOwed before he is waited for.
	maxOwed  = 64 << 20
	waitOwed = 8 << 20
	// sendLimit is how long the network may take to accept what is sent.
	sendLimit = 30 * time.Second
)

// subscriber is one connection.
type subscriber struct {
	*Server
	conn   *websocket.Conn
	burst  *burst
	remote string
	client string
	since  time.Time
	ctx    context.Context
	end    context.CancelFunc

	messages, bytes atomic.Int64
	plain           atomic.Int32 // its share of the server's

	mu      sync.Mutex
	want    []rislive.Subscription
	queue   []*chunk
	replies [][]byte
	owed    int           // octets of the queue, and of what is being sent
	ready   chan struct{} // there is something to send
	room    chan struct{} // something was sent
	reason  string        // why he is cut off
}

// connect serves one connection until it ends.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		http.Error(w, "the server is closing", http.StatusServiceUnavailable)
		return
	}
	defer s.wg.Done()
	b := &burst{}
	conn, err := websocket.Accept(&hijack{w, b}, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // anybody may ask, from any page
	if err != nil {
		s.log.Warn("no WebSocket", "remote", r.RemoteAddr, "error", err)
		return
	}
	defer conn.CloseNow()
	sub := &subscriber{Server: s, conn: conn, burst: b, remote: r.RemoteAddr, client: r.URL.Query().Get("client"), since: time.Now(),
		ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	sub.ctx, sub.end = context.WithCancel(s.ctx)
	defer sub.end()
	stop := context.AfterFunc(sub.ctx, func() { _ = conn.CloseNow() })
	defer stop()
	s.enter(sub)
	defer s.leave(sub)
	sent := make(chan struct{})
	go func() { defer close(sent); defer sub.end(); sub.send() }()
	sub.read()
	sub.end()
	<-sent
}

// begin counts a connection; false once the server is closed.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.wg.Add(1)
	return true
}

func (s *Server) enter(sub *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs[sub] = true
}

func (s *Server) leave(sub *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subs, sub)
	s.stats.Connections = append(s.stats.Connections, sub.counts(false))
	if len(s.stats.Connections) > past {
		s.stats.Connections = s.stats.Connections[1:]
	}
	s.plain.Add(-sub.plain.Load())
}

func (sub *subscriber) counts(open bool) Connection {
	return Connection{sub.remote, sub.client, sub.since, open, sub.messages.Load(), sub.bytes.Load()}
}

// read answers the subscriber's requests until the connection ends.
func (sub *subscriber) read() {
	sub.conn.SetReadLimit(rislive.MaxRequest)
	for {
		_, data, err := sub.conn.Read(context.Background()) // ended by closing the connection
		if err != nil {
			return
		}
		sub.answer(data)
	}
}

func (sub *subscriber) answer(data []byte) {
	var e rislive.Encoder
	r, err := rislive.ParseRequest(data)
	switch {
	case err != nil:
		sub.reply(e.Append(nil, &rislive.Message{Type: rislive.Error, Text: err.Error()}, false))
	case r.Type == rislive.Ping:
		sub.reply(e.Append(nil, &rislive.Message{Type: rislive.Pong}, false))
	case r.Type == rislive.ListRRCs:
		sub.Server.mu.Lock()
		list := rislive.Message{Type: rislive.Collectors, Collectors: append([]string(nil), sub.collectors...)}
		sub.Server.mu.Unlock()
		sub.reply(e.Append(nil, &list, false))
	case r.Type == rislive.Subscribe && len(r.Others) > 0:
		sub.reply(e.Append(nil, &rislive.Message{Type: rislive.Error, Text: "this server has no filter " + strings.Join(r.Others, ", ")}, false))
	case r.Type == rislive.Subscribe:
		sub.subscribe(r)
	case r.Type == rislive.Unsubscribe:
		sub.unsubscribe(r.Subscription)
	default:
		sub.reply(e.Append(nil, &rislive.Message{Type: rislive.Error, Text: "unknown request " + r.Type}, false))
	}
}

const maxSubscriptions = 1000

// subscribe adds a subscription. Whoever reads that it is acknowledged misses nothing from then on: both are done at once.
func (sub *subscriber) subscribe(r rislive.Request) {
	sub.mu.Lock()
	if len(sub.want) < maxSubscriptions {
		sub.want = append(sub.want, r.Subscription)
		if !r.Raw {
			sub.plain.Add(1)
			sub.Server.plain.Add(1)
		}
	}
	if r.Acknowledge {
		sub.replies = append(sub.replies, r.AppendAcknowledgement(nil))
	}
	sub.mu.Unlock()
	if r.Acknowledge {
		signal(sub.ready)
	}
	sub.once.Do(func() { close(sub.subscribed) })
}

// unsubscribe takes back the subscriptions for the same messages.
func (sub *subscriber) unsubscribe(s rislive.Subscription) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	var kept []rislive.Subscription // the old ones may be in use
	for _, w := range sub.want {
		if w.Collector != s.Collector || w.Kind != s.Kind {
			kept = append(kept, w)
		} else if !w.Raw {
			sub.plain.Add(-1)
			sub.Server.plain.Add(-1)
		}
	}
	sub.want = kept
}

func (sub *subscriber) reply(message []byte) {
	sub.mu.Lock()
	sub.replies = append(sub.replies, message)
	sub.mu.Unlock()
	signal(sub.ready)
}

// offer queues a chunk. One who is too far behind is waited for or cut off.
func (sub *subscriber) offer(ctx context.Context, c *chunk, wait bool) error {
	for {
		sub.mu.Lock()
		if len(sub.want) == 0 {
			sub.mu.Unlock()
			return nil
		}
		most := maxOwed
		if wait {
			most = waitOwed
		}
		if sub.owed < most {
			sub.queue = append(sub.queue, c)
			sub.owed += len(c.raw.octets)
			sub.mu.Unlock()
			signal(sub.ready)
			return nil
		}
		sub.mu.Unlock()
		if !wait {
			sub.cut("client too slow")
			return nil
		}
		select {
		case <-sub.room:
		case <-sub.ctx.Done():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cut ends the connection, with an error message first if there is a reason.
func (sub *subscriber) cut(reason string) {
	sub.mu.Lock()
	again := sub.reason != ""
	sub.reason = reason
	sub.queue, sub.owed, sub.want = nil, 0, nil
	sub.mu.Unlock()
	if reason == "" {
		sub.end()
		return
	}
	if !again {
		sub.log.Warn("a subscriber is cut off", "remote", sub.remote, "client", sub.client, "reason", reason)
		sub.Server.mu.Lock()
		sub.stats.Cut++
		sub.Server.mu.Unlock()
	}
	signal(sub.ready)
}

// drained waits until everything has been sent or the connection has ended.
func (sub *subscriber) drained(ctx context.Context) error {
	for {
		sub.mu.Lock()
		owed := sub.owed
		sub.mu.Unlock()
		if owed == 0 {
			return nil
		}
		select {
		case <-sub.room:
		case <-sub.ctx.Done():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send sends what is queued until the connection ends.
func (sub *subscriber) send() {
	var chunks []*chunk
	for {
		select {
		case <-sub.ready:
		case <-sub.ctx.Done():
			return
		}
		sub.mu.Lock()
		chunks, sub.queue = sub.queue, chunks[:0]
		replies, want, reason := sub.replies, sub.want, sub.reason
		sub.replies = nil
		sub.mu.Unlock()
		for _, m := range replies {
			if sub.write(m) != nil {
				return
			}
		}
		for i, c := range chunks {
			if sub.chunk(c, want) != nil {
				return
			}
			chunks[i] = nil
			sub.mu.Lock()
			sub.owed = max(0, sub.owed-len(c.raw.octets))
			reason = sub.reason
			sub.mu.Unlock()
			signal(sub.room)
			if reason != "" {
				break
			}
		}
		if reason != "" {
			var e rislive.Encoder
			if sub.write(e.Append(nil, &rislive.Message{Type: rislive.Error, Text: reason}, false)) == nil {
				_ = sub.conn.Close(websocket.StatusPolicyViolation, reason)
			}
			return
		}
	}
}

// chunk sends what is wanted of a chunk in as few packets as it takes.
func (sub *subscriber) chunk(c *chunk, want []rislive.Subscription) error {
	sub.burst.cork()
	start := [2]int{}
	for i, a := range c.about {
		yes, raw := wanted(want, a)
		message := c.raw.octets[start[0]:c.raw.ends[i]]
		start[0] = c.raw.ends[i]
		if c.bare {
			bare := c.without.octets[start[1]:c.without.ends[i]]
			start[1] = c.without.ends[i]
			if !raw {
				message = bare
			}
		}
		if !yes || !raw && !c.bare {
			continue
		}
		if err := sub.write(message); err != nil {
			return err
		}
		sub.messages.Add(1)
	}
	return sub.burst.uncork()
}

// wanted tells whether any subscription covers a message, and whether with its raw form.
func wanted(want []rislive.Subscription, a about) (yes, raw bool) {
	for _, w := range want {
		if (w.Collector == "" || w.Collector == a.collector) && (w.Kind == "" || w.Kind == a.kind.String()) {
			yes, raw = true, raw || w.Raw
		}
	}
	return yes, raw
}

func (sub *subscriber) write(message []byte) error {
	sub.bytes.Add(int64(len(message)))
	return sub.conn.Write(context.Background(), websocket.MessageText, message) // bounded by the burst
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
