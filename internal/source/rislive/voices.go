package rislive

import (
	"slices"
	"strings"
	"time"

	"pahra/internal/source"
)

const (
	claimEvery = 200 * time.Millisecond
	// allowance is what a claim stays behind what is likely.
	allowance = int64(500 * time.Millisecond / time.Microsecond)
	// quiet is how long no message may come before an answered ping stands for one.
	quiet = int64(time.Second / time.Microsecond)
	// forget is the share of time by which the extremes of a lag are forgotten.
	forget = 10
	// unsure is added to the first lag that is seen of a collector, which may be a lucky one. It is forgotten likewise.
	unsure = int64(2 * time.Second / time.Microsecond)
	// maxVoices bounds the collectors that are heard, each of which has files and gaps of its own; RIS has some 25.
	maxVoices = maxCollectors
)

// voice is a collector as it is heard. Times are in microseconds since 1970.
type voice struct {
	name    string
	event   int64 // the latest moment that it has spoken of
	reached int64 // claimed for it
	heardAt int64 // when it last spoke, by this machine
	// lag is how long its last message took to arrive, least and most are the extremes before, not yet forgotten. They
	// have the difference of the two machines' clocks in them, and in a replay of old times that of the times.
	lag, least, most int64
	// missing is set from when a connection was lost until it is known from when on the collector is heard again.
	missing bool
	from    int64 // of the gap
	reason  string
}

// voice gives the collector of that name; nil where a server makes up more names than there can be.
func (l *listener) voice(name string) *voice {
	v := l.voices[name]
	if v == nil {
		if len(l.voices) == maxVoices {
			return nil
		}
		v = &voice{name: name}
		l.voices[name] = v
		l.order = append(l.order, v)
		slices.SortFunc(l.order, func(a, b *voice) int { return strings.Compare(a.name, b.name) })
		names := make([]string, len(l.order))
		for i, v := range l.order {
			names[i] = v.name
		}
		l.meter.Parts(names)
	}
	return v
}

// heard notes that a collector spoke of an event in a message that came at a moment.
func (l *listener) heard(v *voice, at, event int64) {
	if v.lag = at - event; v.heardAt == 0 {
		v.least, v.most, v.heardAt = v.lag, v.lag+unsure, at
	}
	v.least, v.most = v.lags(at)
	v.heardAt = at
	if v.missing {
		l.found(v, min(event, l.since-v.least+allowance))
	}
	v.event = max(v.event, event)
	l.front = max(l.front, event)
}

// lags gives the extremes as they stand at a moment.
func (v *voice) lags(at int64) (least, most int64) {
	faded := max(0, at-v.heardAt) / forget
	return min(v.lag, v.least+faded), max(v.lag, v.most-faded)
}

// claim tells how far the collectors have come that say nothing. A message of another, or an answer to a ping while none
// speaks, shows that the connection works; what a collector had said up to then less what its messages usually take has
// arrived. It is never claimed to be ahead of the foremost collector while any speaks, for in a slowed-down replay time
// passes slower than here.
func (l *listener) claim() {
	if !l.up {
		return
	}
	alive, bound := l.last, l.front
	if answered := l.watch.answers.Load(); answered > l.last+quiet && l.queue.empty() {
		alive, bound = answered, answered+MaxAhead.Microseconds()
	}
	for _, v := range l.order {
		least, most := v.lags(alive)
		at := min(alive-most, bound) - allowance
		if v.missing {
			known := l.since - least + allowance
			if at <= known {
				continue
			}
			l.found(v, known)
		}
		if at > v.event && at > v.reached {
			v.reached = at
			l.sink.Reached(v.name, moment(at))
		}
	}
}

// lose begins a gap for each collector that has none yet.
func (l *listener) lose(why error) {
	l.up = false
	reason := "the connection was lost"
	if why != nil {
		reason += ": " + why.Error()
	}
	if l.cut != "" {
		reason += "; before that the server said " + l.cut
		l.cut = ""
	}
	for _, v := range l.order {
		if !v.missing {
			v.missing, v.from, v.reason = true, max(v.event, v.reached), reason
		}
	}
}

// found ends a collector's gap: from to on it is heard again.
func (l *listener) found(v *voice, to int64) {
	v.missing = false
	if to > v.from {
		l.sink.Gap(source.Gap{Source: l.name, Collector: v.name, From: moment(v.from), To: moment(to), Reason: v.reason})
	}
}
