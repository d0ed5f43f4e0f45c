package watch

import (
	"fmt"
	"time"
)

// Changed lists the thresholds that differ from [Defaults], each as [Settings.Set] takes it: "warm_up=1h0m0s".
func (s Settings) Changed() []string {
	usual := Defaults()
	list, places := []string{}, usual.places()
	for _, name := range s.names() {
		is, was := valueAt(s.places()[name]), valueAt(places[name])
		if is != was {
			list = append(list, name+"="+is)
		}
	}
	return list
}

func valueAt(place any) string {
	switch at := place.(type) {
	case *time.Duration:
		return at.String()
	case *uint32:
		return fmt.Sprint(*at)
	case *int:
		return fmt.Sprint(*at)
	}
	return ""
}
