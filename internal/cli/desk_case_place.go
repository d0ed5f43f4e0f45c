package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

// casePlace is where cases are, and whose.
type casePlace struct {
	storePlace
	tenant, deadlines string
}

func (p *casePlace) flags(cmd *cobra.Command) {
	p.storePlace.flags(cmd)
	cmd.Flags().StringVar(&p.tenant, "tenant", store.National, "`name` of the response team")
	cmd.Flags().StringVar(&p.deadlines, "deadlines", "", "`file` with deadlines of your own")
}

// with opens the store and has do act on its cases: as whoever runs the program on this machine, who sees all of a tenant.
func (p *casePlace) with(cmd *cobra.Command, do func(ctx context.Context, s *cases.Service, v store.Sight) error, opts ...store.Option) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := p.address()
	if err != nil {
		return err
	}
	var own []byte
	if p.deadlines != "" {
		if own, err = os.ReadFile(p.deadlines); err != nil {
			return err
		}
	}
	rules, err := deadline.Read(own)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, url, opts...)
	if err != nil {
		return err
	}
	s := &cases.Service{Store: db, Now: time.Now, Random: rand.Reader, Deadlines: rules, Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))}
	return errors.Join(do(ctx, s, store.MachineSight(p.tenant)), db.Close())
}

// byHand is who acts by a command.
func byHand() cases.By { return cases.By{Actor: desk.Analyst, Name: "command line"} }
