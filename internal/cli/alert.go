package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/alert"
	"pahra/internal/config"
	"pahra/internal/deliver/webhook"
	"pahra/internal/service"
	"pahra/internal/store"
)

const alertLong = `See how the service's messages travel, and try the ways they go. What is told to whom is in docs/alerts.md; people say
what they want to hear of on the page of their account.`

func newAlert() *cobra.Command {
	return family(&cobra.Command{
		Use:   "alert",
		Short: "Look at the outbox of alerts, send a test",
		Long:  alertLong,
	}, newAlertOutbox(), newAlertTest())
}

const outboxLong = `List the deliveries of the store, the newest first, while the service runs or not: what waits, what went out, and what
was given up after ten tries or four days (the dead letters).`

// outboxReport is "pahra alert outbox --json".
type outboxReport struct {
	Waiting    int              `json:"waiting"`
	Sent       int              `json:"sent"`
	Dead       int              `json:"dead"`
	Unplanned  int              `json:"unplanned"`
	HeldBack   int              `json:"held_back"`
	Deliveries []store.Delivery `json:"deliveries"`
}

func newAlertOutbox() *cobra.Command {
	var place storePlace
	var asJSON, dead bool
	var limit int
	cmd := &cobra.Command{
		Use:     "outbox",
		Short:   "List messages that wait, went out or were given up",
		Long:    outboxLong,
		Example: "  pahra alert outbox --state /var/lib/pahra\n  pahra alert outbox --state /var/lib/pahra --dead --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			url, err := place.address()
			if err != nil {
				return err
			}
			if limit < 1 || limit > 10_000 {
				return usageError(fmt.Errorf("--limit is from 1 to 10000, not %d", limit))
			}
			f := store.DeliveryFilter{Limit: limit}
			if dead {
				f.State = store.DeliveryDead
			}
			r, err := readOutbox(ctx, url, f)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			return printOutbox(cmd, r)
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&dead, "dead", false, "list the dead letters alone")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many to list")
	return cmd
}

func readOutbox(ctx context.Context, url string, f store.DeliveryFilter) (r outboxReport, err error) {
	db, err := store.Open(ctx, url, store.ReadOnly())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	n, err := db.Outbox(ctx, time.Now())
	if err != nil {
		return r, err
	}
	list, err := db.Deliveries(ctx, f)
	return outboxReport{Waiting: n.Waiting, Sent: n.Sent, Dead: n.Dead, Unplanned: n.Unplanned, HeldBack: n.Held, Deliveries: append([]store.Delivery{}, list...)}, err
}

func printOutbox(cmd *cobra.Command, r outboxReport) error {
	out := cmd.OutOrStdout()
	_, err := fmt.Fprintf(out, "%d waiting, %d sent, %d given up; %d alerts without a message yet, %d of them held back\n", r.Waiting, r.Sent, r.Dead, r.Unplanned, r.HeldBack)
	for _, d := range r.Deliveries {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s  %-7s  %s  %s %s: %s\n", d.Queued.Format("2006-01-02 15:04:05"), d.State, d.ID, d.Kind, harmless(d.Name), harmless(d.Subject))
		if err == nil && d.Error != "" {
			_, err = fmt.Fprintf(out, "    after %d tries: %s\n", d.Attempts, harmless(d.Error))
		}
	}
	return err
}

const alertTestLong = `Send one message now, by the settings of the service, and say how that went. KIND is mail, webhook, chat or syslog;
TARGET an address, a URL, or the name of a syslog server in the settings. A webhook is signed with the secret of the
environment's PAHRA_TEST_SECRET, or with a new one, which is printed.

Exit status: 0 it was handed over, 2 wrong use, 3 it was not.`

func newAlertTest() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "test KIND TARGET",
		Short:   "Send a message now, to see that it arrives",
		Long:    alertTestLong,
		Example: "  pahra alert test mail noc@example.net --config /etc/pahra/pahra.yaml\n  pahra alert test syslog soc --config /etc/pahra/pahra.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError(errors.New("say by what and where to: KIND TARGET"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return sendTest(ctx, cmd, path, alert.Channel{ID: "test", Name: "test", Kind: alert.ChannelKind(args[0]), Target: args[1]})
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "the YAML file of settings")
	return cmd
}

const testSecret = "PAHRA_TEST_SECRET"

func sendTest(ctx context.Context, cmd *cobra.Command, path string, c alert.Channel) error {
	set, err := config.Load(path, withoutVariable(os.Environ(), testSecret))
	if err != nil {
		return usageError(err)
	}
	delivery, err := service.NewDelivery(service.DeliverConfig(set.Alerts), time.Now)
	if err != nil {
		return err
	}
	if c.Kind == alert.Webhook {
		secret := os.Getenv(testSecret)
		if secret == "" {
			secret = webhook.NewSecret()
			fmt.Fprintln(cmd.ErrOrStderr(), "signed with", secret)
		}
		c.Secrets = []string{secret}
	}
	if err := delivery.CheckChannel(c); err != nil {
		return usageError(err)
	}
	now := time.Now().UTC()
	m := alert.Message{ID: "test-" + now.Format("20060102150405"), At: now, Severity: alert.Info, Subject: "[info] This is a test", Alerts: []alert.Alert{}, Omitted: map[alert.Kind]int{},
		Text: "Somebody asked for a test. Alerts will come this way.\n"}
	if err := delivery.Deliver(ctx, c, alert.DeliveryID(m.ID, c.ID), m); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "handed over to %s %s\n", c.Kind, harmless(c.Target))
	return nil
}

// withoutVariable gives an environment without one of its variables.
func withoutVariable(environ []string, name string) (list []string) {
	for _, e := range environ {
		if len(e) <= len(name) || e[:len(name)+1] != name+"=" {
			list = append(list, e)
		}
	}
	return list
}
