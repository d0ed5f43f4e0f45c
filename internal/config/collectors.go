package config

import (
	"errors"
	"fmt"
	"regexp"
)

// ofRIS are the names of RIS's collectors.
var ofRIS = regexp.MustCompile(`^rrc[0-9]+$`)

// collectors gives the collectors that a source speaks for, as far as the settings name them; all says that it speaks for
// every one of RIS. An archive that only fills gaps speaks for none.
func (s *Source) collectors() (names []string, all bool) {
	switch {
	case s.RISLive != nil:
		return s.RISLive.Collectors, len(s.RISLive.Collectors) == 0
	case s.MRT != nil:
		return s.MRT.Collectors, false
	case s.BMP != nil:
		for _, r := range s.BMP.Routers {
			if r.Collector != "" {
				names = append(names, r.Collector)
			}
		}
	}
	return names, false
}

// checkCollectors refuses two sources that speak for one collector: what both say would be mixed up, and each session
// would have its routes from either.
func checkCollectors(list []Source) error {
	var errs []error
	by, allBy := make(map[string]string), ""
	twice := func(what, one, other string) {
		if one == other {
			errs = append(errs, fmt.Errorf("%s: %s is there twice", one, what))
			return
		}
		errs = append(errs, fmt.Errorf("%s and %s both speak for %s: name the collectors of each, so that one alone does", one, other, what))
	}
	for i := range list {
		names, all := list[i].collectors()
		if all && allBy != "" {
			twice("all collectors of RIS", allBy, list[i].Name)
		} else if all {
			allBy = list[i].Name
		}
		for _, name := range names {
			if by[name] != "" {
				twice("collector "+name, by[name], list[i].Name)
				continue
			}
			by[name] = list[i].Name
		}
	}
	if allBy == "" {
		return errors.Join(errs...)
	}
	for i := range list {
		names, _ := list[i].collectors()
		for _, name := range names {
			if ofRIS.MatchString(name) && by[name] == list[i].Name {
				twice("collector "+name, allBy, list[i].Name)
			}
		}
	}
	return errors.Join(errs...)
}
