package irr

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pahra/internal/source/sourcetest"
	"pahra/wire/nrtm"
)

const another = "00000000-0000-4000-8000-000000000001"

// What makes version 4 load the snapshot again, and what is refused; in the end each copy is right.
func TestReload4(t *testing.T) {
	tests := []struct {
		name      string
		change    func(*registry)
		mend      func(*registry)
		snapshots int
		alarm     string // or error, before it is mended
	}{
		{"a new session", func(r *registry) { r.add(route(100, 1)); r.newSession(another) }, nil, 2, ""},
		{"deltas that do not reach back", func(r *registry) {
			r.publish(r.add(route(100, 1)))
			r.publish(r.add(route(101, 1)))
			r.snap()
			r.deltas = nil
		}, nil, 2, ""},
		{"deltas that begin later", func(r *registry) {
			r.publish(r.add(route(100, 1)))
			r.publish(r.add(route(101, 1)))
			r.snap()
			r.publish(r.add(route(102, 1)))
			r.deltas = r.deltas[1:]
		}, nil, 2, ""},
		{"a replay of an old session", func(r *registry) { r.at = time.Now().Add(-time.Hour); r.newSession(another) }, func(r *registry) { r.at = time.Time{} }, 2, "a replay"},
		{"another registry's notification", func(r *registry) { r.edit = func(n *nrtm.Notification) { n.Source = "OTHER" } }, func(r *registry) { r.edit = nil }, 1, "that of OTHER"},
		{"an unknown key", func(r *registry) { r.next, r.key = r.key, newKey(r.t) }, func(r *registry) { r.next, r.key = nil, r.next }, 1, "the signature is not of this key"},
		{"an old notification of the session", func(r *registry) {
			r.edit = func(n *nrtm.Notification) { n.Version = 1; n.Deltas = nil }
			r.publish(r.add(route(100, 1)))
		}, func(r *registry) { r.edit = nil }, 1, ""},
		{"a delta with another hash than before", func(r *registry) {
			r.publish(r.add(route(100, 1)))
			r.publish(r.add(route(101, 1)))
			r.edit = func(n *nrtm.Notification) { n.Snapshot.SHA256 = strings.Repeat("00", 32) }
		}, func(r *registry) { r.edit = nil }, 1, "another hash than before"},
		{"a delta that is not what its hash says", func(r *registry) {
			r.publish(r.add(route(100, 1)))
			r.files["/nrtm/delta.2.json"] = append(bytes.Clone(r.files["/nrtm/delta.2.json"]), ' ')
			r.snap()
		}, nil, 2, ""},
		{"a delta whose last record is broken", func(r *registry) {
			r.add(route(100, 1))
			r.publish(r.del(route(5, 64496)))
			b := append(bytes.Clone(r.files["/nrtm/delta.2.json"]), "\x1e{\"action\":"...)
			r.deltas[0] = r.file("delta.2.json", 2, b)
			r.snap()
		}, nil, 2, ""},
		{"a delta that is missing", func(r *registry) {
			r.publish(r.add(route(100, 1)))
			delete(r.files, "/nrtm/delta.2.json")
			r.snap()
		}, nil, 2, ""},
		{"an old word", func(r *registry) { r.at = time.Now().Add(-25 * time.Hour) }, func(r *registry) { r.at = time.Time{} }, 1, "stale: the registry's latest word"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, 4, Config{}, func(b *bench, reg *registry) {
				snapshots := func() (n int) {
					reg.mu.Lock()
					defer reg.mu.Unlock()
					for _, asked := range reg.asked {
						if strings.Contains(asked, "snapshot") {
							n++
						}
					}
					return n
				}
				reg.do(func() { tt.change(reg) })
				sourcetest.Pass(5 * time.Minute)
				if st := b.Status(); tt.alarm != "" && !strings.Contains(st.Alarm+st.LastError, tt.alarm) {
					t.Errorf("%q is not told: %+v", tt.alarm, st)
				}
				if tt.mend != nil {
					reg.do(func() { tt.mend(reg) })
				}
				sourcetest.Pass(3 * time.Hour)
				reg.do(func() { reg.publish(reg.add(route(200, 9))) })
				sourcetest.Pass(3 * time.Hour)
				b.same("in the end")
				if st := b.Status(); !st.Up || st.Alarm != "" || snapshots() != tt.snapshots {
					t.Errorf("%d snapshots, want %d; %+v", snapshots(), tt.snapshots, st)
				}
			})
		})
	}
}

// The key that was announced takes over as soon as it signs, over a restart too, and the old one never signs again.
func TestKeyRotation(t *testing.T) {
	play(t, 4, Config{}, func(b *bench, reg *registry) {
		old := reg.key
		reg.do(func() { reg.next = newKey(t); reg.publish(reg.add(route(100, 1))) })
		sourcetest.Pass(5 * time.Minute)
		b.restart() // which must not forget the announcement
		reg.do(func() { reg.key, reg.next = reg.next, nil; reg.publish(reg.add(route(101, 1))) })
		sourcetest.Pass(time.Hour)
		b.same("by the new key")
		b.restart()
		reg.do(func() { reg.publish(reg.add(route(102, 1))) })
		sourcetest.Pass(time.Hour)
		b.same("after a restart")
		stored := b.shelf.Count()
		reg.do(func() { reg.key = old; reg.publish(reg.add(route(103, 1))) })
		sourcetest.Pass(time.Hour)
		if st := b.Status(); st.Up || b.shelf.Count() != stored || !strings.Contains(st.LastError, "not of this key") {
			t.Errorf("the old key was taken: %+v", st)
		}
		reg.do(func() { reg.key = newKey(t) })
		b.config.Key = public(t, reg.key) // a person says so
		b.restart()
		sourcetest.Pass(time.Hour)
		b.same("by a key that was configured")
	})
}

// A snapshot that is not what its hash says, or is empty, leaves the copy as it was.
func TestBadSnapshot(t *testing.T) {
	play(t, 4, Config{}, func(b *bench, reg *registry) {
		want := reg.kept()
		for name, change := range map[string]func(){
			"wrong hash": func() { reg.files["/nrtm/snapshot.1.json.gz"] = []byte("x") },
			"cut": func() {
				reg.snapshot = reg.file("snapshot.1.json.gz", 1, reg.files["/nrtm/snapshot.1.json.gz"][:len(reg.files["/nrtm/snapshot.1.json.gz"])-9])
			},
			"empty": func() {
				reg.snapshot = reg.file("snapshot.1.json.gz", 1, pack(nrtm.AppendHeader(nil, "snapshot", nrtm.FileHeader{Source: "TEST", Session: reg.session, Version: 1})))
			},
			"of another session": func() {
				reg.snapshot = reg.file("snapshot.1.json.gz", 1, pack(nrtm.AppendHeader(nil, "snapshot", nrtm.FileHeader{Source: "TEST", Session: another, Version: 1})))
			},
		} {
			reg.do(func() { reg.newSession(strings.Replace(another, "0001", "000"+string(name[0]%10+'0'), 1)); change() })
			sourcetest.Pass(20 * time.Hour)
			if st := b.Status(); st.Up || len(b.copy.present) != len(want) {
				t.Errorf("%s: %d objects, %+v", name, len(b.copy.present), st)
			}
		}
		reg.do(func() { reg.add(route(100, 1)); reg.newSession("00000000-0000-4000-8000-00000000ffff") })
		sourcetest.Pass(20 * time.Hour)
		b.same("in the end")
	})
}
