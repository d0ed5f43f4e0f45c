package rislive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/rislive"
)

func TestRequest(t *testing.T) {
	s := rislive.Subscription{Collector: "rrc00", Kind: "UPDATE", Raw: true, Acknowledge: true}
	const want = `{"type":"ris_subscribe","data":{"host":"rrc00","type":"UPDATE","socketOptions":{"includeRaw":true,"acknowledge":true}}}`
	if got := string(s.AppendRequest(nil)); got != want {
		t.Errorf("got %s", got)
	}
	if got := string((rislive.Subscription{}).AppendRequest(nil)); got != `{"type":"ris_subscribe","data":{"socketOptions":{"includeRaw":false,"acknowledge":false}}}` {
		t.Errorf("for everything: %s", got)
	}
	const ok = `{"type":"ris_subscribe_ok","data":{"subscription":{"host":"rrc00","type":"UPDATE"},"socketOptions":{"includeRaw":true,"acknowledge":true}}}`
	if got := string(s.AppendAcknowledgement(nil)); got != ok {
		t.Errorf("acknowledged with %s", got)
	}
	for data, want := range map[string]rislive.Request{
		want: {Type: rislive.Subscribe, Subscription: s},
		`{"type":"ris_subscribe","data":{"host":"RRC01.ripe.net","prefix":"192.0.2.0/24","path":"^64500","moreSpecific":true}}`: {Type: rislive.Subscribe,
			Subscription: rislive.Subscription{Collector: "rrc01"}, Others: []string{"path", "prefix"}},
		`{"type":"ping"}`: {Type: rislive.Ping}, `{"type":"request_rrc_list","data":null}`: {Type: rislive.ListRRCs}, `{"type":"ris_unsubscribe","data":{}}`: {Type: rislive.Unsubscribe},
	} {
		got, err := rislive.ParseRequest([]byte(data))
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	}
	for _, data := range []string{"", "[]", "{}", `{"type":7}`, `{"type":"ris_subscribe","data":{"host":7}}`, `{"type":"ris_subscribe","data":[]}`, strings.Repeat(" ", rislive.MaxRequest) + "{}"} {
		if r, err := rislive.ParseRequest([]byte(data)); err == nil {
			t.Errorf("%.40q is read as %+v", data, r)
		}
	}
}
