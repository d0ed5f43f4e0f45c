package irr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"pahra/wire/nrtm"
)

// maxAnswer bounds an answer of NRTM version 3: weeks of changes of a large registry.
const maxAnswer = 256 << 20

// errGap says that changes are missing which nobody gives any more.
var errGap = errors.New("changes are missing")

// update3 asks for changes by NRTM version 3, and loads the dump where these do not fit.
func (s *Source) update3(ctx context.Context) error {
	if s.copy.exists() {
		err := s.ask3(ctx)
		if err == nil {
			s.failed = 0
			s.calm()
			return nil
		}
		if s.failed++; !errors.Is(err, errGap) && s.failed < 10 {
			return err
		}
		if err := s.mayLoad(err.Error()); err != nil {
			return err
		}
		s.meter.Failed(err)
	}
	serial, err := s.serial(ctx) // before the dump: what is younger in it is told again, which does no harm
	if err != nil {
		return err
	}
	if err := s.loadWhole(ctx, position{Serial: serial}); err != nil {
		return err
	}
	s.failed = 0
	return nil
}

// ask3 asks once and applies the answer.
func (s *Source) ask3(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	from := s.copy.at.Serial + 1
	if err := conn.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, nrtm.Query(s.config.Registry, from, 0)); err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	in := &counter{r: io.LimitReader(&patient{conn}, maxAnswer)}
	var changes []nrtm.Change
	start, err := nrtm.ReadV3(in, func(c nrtm.Change) error {
		if c.Serial >= from {
			changes = append(changes, c)
		}
		return nil
	})
	s.meter.Message(int(in.n.Load()), time.Time{})
	if err != nil {
		return s.refused(err, from)
	}
	if err := s.fits(start, changes, from); err != nil {
		return err
	}
	s.tell(s.copy.apply(changes, position{Serial: start.Last}))
	return nil
}

// refused judges an answer that is none.
func (s *Source) refused(err error, from uint64) error {
	var said *nrtm.ServerError
	switch {
	case errors.Is(err, nrtm.ErrNothingNew):
		return nil
	case !errors.As(err, &said) || said.Code != 401 || said.Last == 0:
		return err
	case said.Last == from-1:
		return nil // up to date: the range that was asked for begins behind its end
	}
	return fmt.Errorf("%w: serial %d is due, the server has %d to %d", errGap, from, said.First, said.Last)
}

// fits makes sure that an answer goes on where the copy ends, without a gap.
func (s *Source) fits(start nrtm.Start, changes []nrtm.Change, from uint64) error {
	switch {
	case start.Source != s.config.Registry:
		return fmt.Errorf("the answer is that of %s", start.Source)
	case start.First > from:
		return fmt.Errorf("%w: serial %d is due, the answer begins at %d", errGap, from, start.First)
	case start.Last < from:
		return fmt.Errorf("the answer ends at %d, before %d", start.Last, from)
	case start.Filtered || s.config.AllowGaps:
		return nil
	}
	for i, c := range changes {
		if want := from + uint64(i); c.Serial != want {
			return fmt.Errorf("%w: serial %d is due, %d came", errGap, want, c.Serial)
		}
	}
	if last := from + uint64(len(changes)) - 1; last != start.Last {
		return fmt.Errorf("%w: the answer ends with serial %d and not %d", errGap, last, start.Last)
	}
	return nil
}

// patient reads from a connection that may be silent for a minute.
type patient struct{ net.Conn }

func (p *patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}
