package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pahra/internal/world"
	"pahra/wire/values"
)

// askEvery is how often is asked whether there is a page yet.
const askEvery = 250 * time.Millisecond

// suggest waits for the first useful page and says what to look at: things of the world as it is, on pages that exist.
func suggest(ctx context.Context, opt demoOptions, site string, began time.Time) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		list, err := suggestions(ctx, site)
		if err == nil {
			fmt.Fprintf(opt.out, "ready after %.1f s: %s/ until interrupted; three things to try:\n", opt.now().Sub(began).Seconds(), site)
			for _, s := range list {
				fmt.Fprintf(opt.out, "  %s\n    %s\n", s.path, s.why)
			}
			fmt.Fprintln(opt.out, "New incidents appear on the first page every few minutes. Ctrl-C stops; the next start goes on from here.")
			return nil
		}
		opt.log.Debug("no page yet", "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// suggestion is a page and why to look at it.
type suggestion struct{ path, why string }

// suggestions asks the service's own pages what there is to see: the association, the member with most to mend, and the
// latest incident.
func suggestions(ctx context.Context, site string) ([]suggestion, error) {
	var home struct {
		Latest []struct {
			ID       string `json:"id"`
			Headline string `json:"headline"`
		} `json:"latest"`
	}
	var place struct {
		Title string `json:"title"`
		Mend  []struct {
			ASN    values.ASN `json:"asn"`
			Holder string     `json:"holder"`
			ToMend int        `json:"to_mend"`
		} `json:"mend"`
	}
	if err := readTwin(ctx, site+"/index.json", &home); err != nil {
		return nil, err
	}
	if err := readTwin(ctx, site+"/neighbourhood/"+world.Association+".json", &place); err != nil {
		return nil, err
	}
	if len(home.Latest) == 0 || len(place.Mend) == 0 {
		return nil, errors.New("the past is not judged yet")
	}
	worst, latest := place.Mend[0], home.Latest[0]
	return []suggestion{
		{site + "/neighbourhood/" + world.Association, place.Title + ": how its members stand, and whether their workshop worked"},
		{fmt.Sprintf("%s/network/AS%d", site, worst.ASN), fmt.Sprintf("%s: %d things to mend, and what each would bring", worst.Holder, worst.ToMend)},
		{site + "/incident/" + latest.ID, latest.Headline},
	}, nil
}

// readTwin reads the JSON twin of a page.
func readTwin(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
