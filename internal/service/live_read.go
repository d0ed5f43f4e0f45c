package service

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/journal"
	"pahra/internal/source/folder"
)

// rescan looks at the data folder again.
func (l *Live) rescan() error {
	dir, err := folder.Scan(l.run.opt.Data)
	if err != nil {
		return &unreadableFolder{err}
	}
	l.run.dir = dir
	l.run.book.refresh(dir)
	maps.DeleteFunc(l.parts, func(name string, _ journal.Part) bool { // what retention removed
		_, there := dir.File(path.Join(mrtDir, name))
		return !there
	})
	if l.clock.began {
		l.clock.look(time.Unix(l.clock.now, 0).UTC())
	}
	return nil
}

// advance asks the journal how far everything is there, and remembers what it tells of its files.
func (l *Live) advance() (time.Time, []journal.Part, error) {
	mark, parts, err := l.journal.Advance()
	for _, p := range parts {
		l.parts[p.Path] = p
	}
	return mark, parts, err
}

// known gives all parts that the journal told of, in order.
func (l *Live) known() []journal.Part {
	return slices.SortedFunc(maps.Values(l.parts), func(a, b journal.Part) int { return strings.Compare(a.Path, b.Path) })
}

// follow reads sections and remembers how far.
func (l *Live) follow(ctx context.Context, sections []section) error {
	if len(sections) == 0 {
		return nil
	}
	l.reading = sections
	first := !l.clock.began
	if err := l.run.follow(ctx, l.clock, sections, math.MaxInt64); err != nil {
		return err
	}
	l.reading = nil
	if first && l.clock.began && l.live { // the service began with nothing: its first page is not to wait for the month's end
		l.clock.due = l.clock.now + 1
	}
	for _, s := range sections {
		l.at[s.file.Path] = place{s.end(), s.peersAfter}
	}
	return nil
}

// sections gives what of the parts is not read yet.
func (l *Live) sections(parts []journal.Part) ([]section, error) {
	var list []section
	for _, p := range parts {
		name := path.Join(mrtDir, p.Path)
		from, known := l.at[name]
		if !known {
			from.Peers = -1
		}
		if p.Bytes <= from.Bytes {
			continue
		}
		file, ok := l.run.dir.File(name)
		if !ok {
			if err := l.rescan(); err != nil {
				return nil, err
			}
			if file, ok = l.run.dir.File(name); !ok {
				return nil, fmt.Errorf("the journal's file %s is gone", name)
			}
		}
		list = append(list, section{file: file, from: from.Bytes, to: p.Bytes, peers: from.Peers, peersAfter: p.Peers})
	}
	return list, nil
}

// unread gives the files of archives in the data folder that were not read.
func (l *Live) unread() []folder.File {
	return slices.DeleteFunc(l.run.dir.Of(folder.MRT), func(f folder.File) bool {
		_, read := l.at[f.Path]
		return read || isLive(f.Path)
	})
}

// isLive says whether a file of the data folder is the journal's.
func isLive(name string) bool { return path.Base(path.Dir(name)) == journal.LiveDir }
