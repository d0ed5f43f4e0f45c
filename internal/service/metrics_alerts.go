package service

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics of alerts.
var (
	descQueued     = desc("alerts_queued_total", "Alerts queued for subscriptions since the start.")
	descPlanned    = desc("alert_messages_total", "Messages put into words since the start.")
	descSent       = desc("alert_deliveries_sent_total", "Deliveries that went out since the start.")
	descTries      = desc("alert_deliveries_failed_total", "Tries to deliver that failed since the start.")
	descDead       = desc("alert_deliveries_given_up_total", "Deliveries given up since the start.")
	descAlertError = desc("alert_errors_total", "Errors that made alerts late since the start.")
	descUnplanned  = desc("alerts_waiting", "Alerts that wait for a message, those held back among them.")
	descHeldBack   = desc("alerts_held_back", "Alerts that the publication policy holds back.")
	descOutbox     = desc("alert_outbox", "Deliveries in the outbox.", "state")
	descOldest     = desc("alert_outbox_oldest_seconds", "How long the oldest delivery has waited.")
)

// outboxFor bounds counting the outbox for a scrape.
const outboxFor = 2 * time.Second

// collect gives the metrics of alerts as of now.
func (a *Alerter) collect(out chan<- prometheus.Metric) {
	s := a.Stats()
	for _, c := range []struct {
		desc  *prometheus.Desc
		value int64
	}{
		{descQueued, s.Queued}, {descPlanned, s.Messages}, {descSent, s.Sent}, {descTries, s.Failed}, {descDead, s.Dead}, {descAlertError, s.Errors},
	} {
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.CounterValue, float64(c.value))
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), outboxFor)
	defer cancel()
	now := a.set.Now()
	n, err := a.set.Store.Outbox(ctx, now)
	if err != nil {
		return // the store's own health says so
	}
	gauge(descUnplanned, float64(n.Unplanned))
	gauge(descHeldBack, float64(n.Held))
	gauge(descOutbox, float64(n.Waiting), "waiting")
	gauge(descOutbox, float64(n.Sent), "sent")
	gauge(descOutbox, float64(n.Dead), "dead")
	oldest := 0.0
	if !n.Oldest.IsZero() {
		oldest = now.Sub(n.Oldest).Seconds()
	}
	gauge(descOldest, oldest)
}
