package serve

import (
	"context"
	"time"

	"pahra/internal/service/offers"
	"pahra/internal/source"
)

// offersEvery is how often is looked for what there is to share.
const offersEvery = time.Minute

// openOffers opens what shares the desk's cases with partners.
func (s *Server) openOffers(d *Desk) (err error) {
	if d.Exchange, err = OpenExchange(s.Config.State, s.Store, s.now); err != nil {
		return err
	}
	d.Offers = &offers.Offers{Exchange: d.Exchange, Store: s.Store, Files: d.Files, Classes: d.Classes, Tenant: s.Config.Desk.Tenant, Now: s.now}
	return nil
}

// offer has cases become what is shared with partners until ctx ends, and what partners see follow agreements and time.
func (d *Desk) offer(ctx context.Context) {
	source.Repeat(ctx, offersEvery, func(ctx context.Context) error {
		if _, err := d.Offers.Round(ctx); err != nil {
			return err
		}
		_, err := d.Exchange.Settle(ctx)
		return err
	}, func(err error) { d.log.Error("what there is to share cannot be offered", "err", err) })
}
