package service

import (
	"github.com/prometheus/client_golang/prometheus"

	"pahra/internal/source"
)

// Metrics gives the health of a watch, its sources and its alerts to Prometheus. Each may be nil.
type Metrics struct {
	Live    *Live
	Sources *Sources
	Alerts  *Alerter
}

// The metrics. Times are in seconds.
var (
	descWatermark = desc("watermark_seconds", "The moment, since 1970, up to which everything is judged.")
	descLag       = desc("lag_seconds", "How far the watermark lies behind the clock.")
	descCaughtUp  = desc("caught_up", "1 once what lay in the data folder at the start is judged.")
	descElements  = desc("elements_total", "Routes announced or withdrawn that were judged.")
	descRecords   = desc("journal_records_total", "Records written to the journal since the start.")
	descBytes     = desc("journal_bytes_total", "Bytes written to the journal since the start.")
	descLate      = desc("journal_late_total", "Records that came behind the watermark.")
	descFailed    = desc("journal_failed_total", "Records that could not be written.")
	descDelay     = desc("incident_delay_seconds", "How long incidents took from when they were due, in time of the data, to being stored; at most.")
	descUnsaved   = desc("unsaved_incidents", "Incidents that could not be stored yet.")
	descFailures  = desc("failures", "Kinds of things that do not work.")
	descUp        = desc("source_up", "1 while the source is connected.", "source", "kind")
	descStale     = desc("source_stale", "1 while the source must not be relied on.", "source", "kind")
	descAlarm     = desc("source_alarm", "1 while a person must look at the source, though it may be up.", "source", "kind")
	descMessages  = desc("source_messages_total", "Messages of the source.", "source", "kind")
	descErrors    = desc("source_errors_total", "Errors of the source.", "source", "kind")
	descLast      = desc("source_last_message_seconds", "When the source was heard last, since 1970.", "source", "kind")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pahra_"+name, help, labels, nil)
}

// Describe gives the descriptions of all metrics.
func (m Metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect gives the metrics as of now.
func (m Metrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	if m.Live != nil {
		h := m.Live.Health()
		gauge(descLag, h.Lag.Seconds())
		if !h.Watermark.IsZero() {
			gauge(descWatermark, float64(h.Watermark.UnixMicro())/1e6)
		}
		gauge(descCaughtUp, truth(h.CaughtUp))
		gauge(descUnsaved, float64(h.Unsaved))
		gauge(descFailures, float64(len(h.Failures)))
		count(descElements, h.Elements)
		within := make(map[float64]uint64)
		for i, bound := range DelayBounds() {
			within[bound.Seconds()] = uint64(h.Delays.Within[i])
		}
		out <- prometheus.MustNewConstHistogram(descDelay, uint64(h.Delays.Count), h.Delays.Sum.Seconds(), within)
		count(descRecords, h.Journal.Records)
		count(descBytes, h.Journal.Bytes)
		count(descLate, h.Journal.Late)
		count(descFailed, h.Journal.Failed)
	}
	if m.Alerts != nil {
		m.Alerts.collect(out)
	}
	if m.Sources == nil {
		return
	}
	for _, s := range m.Sources.Status() {
		_, stale := s.Stale(m.Sources.now())
		gauge(descUp, truth(s.Up), s.Name, s.Kind)
		gauge(descStale, truth(stale), s.Name, s.Kind)
		gauge(descAlarm, truth(s.Alarm != ""), s.Name, s.Kind)
		count(descMessages, s.Messages, s.Name, s.Kind)
		count(descErrors, s.Errors, s.Name, s.Kind)
		gauge(descLast, lastSeen(s), s.Name, s.Kind)
	}
}

func lastSeen(s source.Status) float64 {
	if s.LastMessage.IsZero() {
		return 0
	}
	return float64(s.LastMessage.UnixMicro()) / 1e6
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
