package irr

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/sourcetest"
	"pahra/wire/nrtm"
)

// A dump alone: asked for each day, loaded when it changed, and not when it is broken.
func TestDump(t *testing.T) {
	play(t, 0, Config{}, func(b *bench, reg *registry) {
		b.same("first")
		f := b.shelf.Facts[0]
		if f.Kind != "irr" || f.Series != "TEST" || f.Format != "db" || f.Counts["routes"] != 50 {
			t.Errorf("%+v", f)
		}
		sourcetest.Pass(23 * time.Hour)
		if b.shelf.Count() != 1 {
			t.Errorf("stored %d times", b.shelf.Count())
		}
		reg.do(func() { reg.add(route(50, 1)); reg.del(route(3, 64496)) })
		sourcetest.Pass(time.Hour)
		b.same("changed")
		reg.do(func() { reg.objects = map[string]string{"x": "<html>"} })
		sourcetest.Pass(24 * time.Hour)
		if st := b.Status(); st.Up || !strings.Contains(st.LastError, "would be empty") || b.shelf.Count() != 2 {
			t.Errorf("garbage: stored %d times, %+v", b.shelf.Count(), st)
		}
		reg.do(func() { reg.objects = map[string]string{"route 10.0.1.0/24AS1": route(1, 1)} })
		sourcetest.Pass(24 * time.Hour)
		b.same("back")
		reg.do(func() { reg.closed = true })
		sourcetest.Pass(100 * time.Hour)
		if st := b.Status(); st.Up || !strings.Contains(st.Alarm, "stale: nothing from the registry since") {
			t.Errorf("gone: %+v", st)
		}
	})
}

// What does not change is stored again once a day, as long as the registry answers.
func TestConfirm(t *testing.T) {
	play(t, 3, Config{}, func(b *bench, reg *registry) {
		sourcetest.Pass(72*time.Hour + time.Minute)
		if b.shelf.Count() != 4 {
			t.Errorf("stored %d times", b.shelf.Count())
		}
		reg.do(func() { reg.closed = true })
		sourcetest.Pass(72 * time.Hour)
		if b.shelf.Count() != 4 || !strings.Contains(b.Status().Alarm, "stale") {
			t.Errorf("stored %d times, %+v", b.shelf.Count(), b.Status())
		}
	})
}

// Both versions follow what is added, changed and removed, over restarts, and store no more often than they should.
func TestFollow(t *testing.T) {
	for _, mode := range []int{3, 4} {
		play(t, mode, Config{}, func(b *bench, reg *registry) {
			b.same("first")
			set := "as-set: AS-TEST\nmembers: AS1\nsource: TEST\n"
			reg.do(func() {
				reg.publish(reg.add(route(60, 1)), reg.del(route(7, 64496)), reg.add(set))
				reg.publish(reg.add("as-set: as-test\nmembers: AS2\nsource: TEST\n"), reg.add(route(61, 2)), reg.del(route(61, 2)))
			})
			sourcetest.Pass(10 * time.Minute)
			if st := b.Status(); b.shelf.Count() != 1 || !st.Up || st.Errors != 0 || st.Alarm != "" {
				t.Errorf("version %d: stored %d times, %+v", mode, b.shelf.Count(), st)
			}
			b.restart() // what was only in memory is asked for again
			sourcetest.Pass(25 * time.Minute)
			b.same("after a restart")
			if b.shelf.Count() != 2 {
				t.Errorf("version %d: stored %d times", mode, b.shelf.Count())
			}
			reg.do(func() { reg.publish(reg.add(route(62, 3))) })
			sourcetest.Pass(time.Hour)
			b.same("later")
			b.restart()
			sourcetest.Pass(time.Hour)
			if b.shelf.Count() != 3 {
				t.Errorf("version %d: stored %d times: nothing had changed", mode, b.shelf.Count())
			}
			if count(reg, "/dump.gz")+count(reg, "/nrtm/snapshot.1.json.gz") != 1 {
				t.Errorf("version %d: loaded whole more than once: %v", mode, reg.asked)
			}
			reg.do(func() { reg.publish(reg.del(route(9999, 1))) }) // which is not there
			sourcetest.Pass(10 * time.Minute)
			if st := b.Status(); !st.Up || st.Errors != 1 || !strings.Contains(st.LastError, "1 deletions of what was not there") {
				t.Errorf("version %d: %+v", mode, st)
			}
		})
	}
}

func count(reg *registry, path string) (n int) {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	for _, asked := range reg.asked {
		if asked == path {
			n++
		}
	}
	return n
}

// What makes version 3 load the dump again, and what does not.
func TestReload3(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		break3 func(*registry)
		loads  int
	}{
		{"nothing new", Config{}, func(*registry) {}, 1},
		{"the server has no such serials any more", Config{}, func(r *registry) {
			for i := range 5 {
				r.add(route(100+i, 1))
			}
			r.first, r.log = r.first+3, r.log[3:]
		}, 2},
		{"the serials began anew", Config{}, func(r *registry) { r.serial, r.first, r.log = 7, 8, nil; r.add(route(100, 1)) }, 2},
		{"a gap within", Config{}, func(r *registry) {
			a, b := r.add(route(100, 1)), r.add(route(101, 1))
			r.serial = 104
			b.Serial = 104
			r.first, r.log = 105, nil
			r.answer = string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 101, Last: 104}, []nrtm.Change{a, b}))
		}, 2},
		{"a gap at the end", Config{}, func(r *registry) {
			a := r.add(route(100, 1))
			r.serial, r.first, r.log = 104, 105, nil
			r.answer = string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 101, Last: 104}, []nrtm.Change{a}))
		}, 2},
		{"a gap that is allowed", Config{AllowGaps: true}, func(r *registry) {
			r.serial = 103
			a := r.add(route(100, 1))
			r.answer = string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 101, Last: 104}, []nrtm.Change{a}))
			r.first, r.log = 105, nil
		}, 1},
		{"a gap of what the server leaves out", Config{}, func(r *registry) {
			r.serial = 103
			a := r.add(route(100, 1))
			r.answer = string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 101, Last: 104, Filtered: true}, []nrtm.Change{a}))
			r.first, r.log = 105, nil
		}, 1},
		{"refused for an hour", Config{}, func(r *registry) { r.answer = "%ERROR:402: not authorised\n" }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, 3, tt.config, func(b *bench, reg *registry) {
				reg.do(func() { tt.break3(reg) })
				sourcetest.Pass(6 * time.Minute)
				reg.do(func() { reg.answer = "" })
				sourcetest.Pass(time.Hour)
				if loads := count(reg, "/dump.gz"); loads != tt.loads {
					t.Errorf("the dump was loaded %d times, want %d; %+v", loads, tt.loads, b.Status())
				}
				reg.do(func() { reg.add(route(200, 9)) })
				sourcetest.Pass(time.Hour)
				b.same("in the end")
				if st := b.Status(); !st.Up {
					t.Errorf("%+v", st)
				}
			})
		})
	}
}

// Answers that cannot be relied on change nothing, and a server that is always wrong does not have the dump loaded for
// ever.
func TestBadAnswers3(t *testing.T) {
	good := string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 101, Last: 101}, []nrtm.Change{{Serial: 101, Object: []byte(route(100, 1))}}))
	for name, answer := range map[string]string{
		"cut":            good[:len(good)-12],
		"empty":          "\n",
		"garbage":        "HTTP/1.1 400 Bad Request\r\n\r\n",
		"another source": strings.ReplaceAll(good, "TEST", "OTHER"),
		"the past":       string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 1, Last: 100}, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 3, Config{}, func(b *bench, reg *registry) {
				reg.do(func() { reg.answer = answer })
				sourcetest.Pass(48 * time.Hour)
				b.same("unchanged")
				if st := b.Status(); st.Up && name != "the past" || st.Errors == 0 {
					t.Errorf("%+v", st)
				}
				if loads := count(reg, "/dump.gz"); loads > 12 {
					t.Errorf("the dump was loaded %d times in two days", loads)
				}
				reg.do(func() { reg.answer = ""; reg.add(route(100, 1)) })
				sourcetest.Pass(13 * time.Hour)
				b.same("in the end")
			})
		})
	}
}

func TestNotStored(t *testing.T) {
	play(t, 4, Config{}, func(b *bench, reg *registry) {
		for _, err := range []error{errors.New("the disk is full"), &source.HeldError{Part: "routes", Before: 50, Now: 1}} {
			before := b.shelf.Count()
			b.shelf.Answer(err, "")
			reg.do(func() { reg.publish(reg.add(route(100+before, 1))) })
			sourcetest.Pass(time.Hour)
			if st := b.Status(); !st.Up || st.LastError != err.Error() || b.shelf.Count() != before {
				t.Errorf("%+v", st)
			}
			b.shelf.Answer(nil, "")
			reg.do(func() { reg.publish(reg.add(route(200+before, 1))) })
			sourcetest.Pass(time.Hour)
			b.same("in the end")
		}
	})
}

func TestConfig(t *testing.T) {
	good := Config{Registry: "RADB", Dump: []string{"https://a/b"}}
	key := public(t, newKey(t))
	for want, change := range map[string]func(*Config){
		"name of a registry":        func(c *Config) { c.Registry = "a b" },
		"either dump or nrtm4":      func(c *Config) { c.Dump = nil },
		"nrtm4 and key go together": func(c *Config) { c.Dump, c.NRTM4 = nil, "https://a" },
		"nrtm3 and serial":          func(c *Config) { c.NRTM3 = "a:43" },
		"one of nrtm3 and nrtm4": func(c *Config) {
			c.Dump, c.NRTM4, c.Key, c.NRTM3, c.Serial = nil, "https://a", key, "a:43", "https://a"
		},
		"below 0":        func(c *Config) { c.Store = -1 },
		"no class":       func(c *Config) { c.Classes = []string{"Route"} },
		"not host:port":  func(c *Config) { c.NRTM3, c.Serial = "a", "https://a" },
		"not https":      func(c *Config) { c.Dump = []string{"http://a/b"} },
		"key: not a key": func(c *Config) { c.Dump, c.NRTM4, c.Key = nil, "https://a", "x" },
		"key: open":      func(c *Config) { c.Dump, c.NRTM4, c.Key = nil, "https://a", "/missing" },
	} {
		c := good
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(key), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{good, {Registry: "RADB", Dump: []string{"/var/radb.db"}, Serial: "/var/serial", NRTM3: "a:43"}, {Registry: "RIPE", NRTM4: "https://a", Key: file}} {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
}
