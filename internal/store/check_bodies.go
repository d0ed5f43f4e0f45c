package store

import (
	"context"
	"encoding/json"

	"pahra/internal/alert"
	"pahra/internal/source"
)

// checkBodies wants the bodies of tables that have no rule beyond that to be readable as what they are.
func checkBodies(ctx context.Context, t *tx, r *Report) error {
	for _, kind := range []struct {
		table string
		read  func([]byte) error
	}{
		{"source_state", reads[source.Status]},
		{"alert_channel", reads[alert.Channel]},
		{"alert_subscription", reads[alert.Subscription]},
		{"alert", reads[alert.Alert]},
		{"alert_told", reads[alert.Told]},
		{"alert_message", reads[alert.Message]},
		{"alert_memory", reads[any]}, // of two kinds
	} {
		rows, err := t.tx.QueryContext(ctx, "SELECT body FROM "+kind.table)
		if err != nil {
			return err
		}
		bad := 0
		var first error
		_, err = collect(rows, func(row scanner) (none struct{}, err error) {
			text, err := scanned[[]byte](row)
			if err != nil {
				return none, err
			}
			if wrong := kind.read(text); wrong != nil {
				if bad++; first == nil {
					first = wrong
				}
			}
			return none, nil
		})
		if err != nil {
			return err
		}
		if bad > 0 {
			r.add(kind.table, "%d bodies cannot be read, the first: %v", bad, first)
		}
	}
	return nil
}

// reads says whether a body is a T.
func reads[T any](text []byte) error {
	var v T
	return json.Unmarshal(text, &v)
}
