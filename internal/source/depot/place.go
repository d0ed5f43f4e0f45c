package depot

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"pahra/internal/source"
)

// stampLayout is how names write the moment, to the second.
const stampLayout = "20060102T150405Z"

// word is what the parts of a name may be made of.
var word = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

// place gives the path of a fact below the data folder, by which package folder knows what it is.
func place(f source.Fact, at time.Time) (string, error) {
	stamp := at.Format(stampLayout)
	if !word.MatchString(f.Format) {
		return "", fmt.Errorf("format %q cannot be part of a name", f.Format)
	}
	if f.Series != "" && !word.MatchString(f.Series) {
		return "", fmt.Errorf("series %q cannot be part of a name", f.Series)
	}
	switch wants := seriesWanted(f.Kind); {
	case wants && f.Series == "":
		return "", fmt.Errorf("a fact of kind %s needs a series", f.Kind)
	case !wants && f.Series != "":
		return "", fmt.Errorf("a fact of kind %s has no series, and not %q", f.Kind, f.Series)
	}
	switch f.Kind {
	case "vrp":
		return "vrp/" + stamp + "." + f.Format + ".gz", nil
	case "irr":
		return "irr/" + f.Series + "/" + stamp + ".db.gz", nil
	case "registry":
		if slices.Contains([]string{"afrinic", "apnic", "arin", "lacnic", "ripencc"}, f.Series) {
			return "registry/delegated-" + f.Series + "-extended." + stamp + ".txt.gz", nil
		}
		return "registry/" + f.Series + "." + stamp + "." + f.Format + ".gz", nil
	case "bogons":
		return "bogons/fullbogons-" + f.Series + "." + stamp + "." + f.Format + ".gz", nil
	case "peeringdb":
		return "peeringdb/" + f.Series + "." + stamp + "." + f.Format + ".gz", nil
	case "relations":
		return "relations/" + stamp + "." + f.Format + ".gz", nil
	case "organisations":
		return "relations/" + stamp + ".as-org2info." + f.Format + ".gz", nil
	case "reports":
		return "reports/shadowserver-schema." + stamp + "." + f.Format + ".gz", nil
	case "spoofer":
		return "spoofer/" + stamp + "." + f.Format + ".gz", nil
	}
	return "", fmt.Errorf("there is no fact of kind %q", f.Kind)
}

// seriesWanted tells the kinds that come in series.
func seriesWanted(kind string) bool {
	return kind == "irr" || kind == "registry" || kind == "bogons" || kind == "peeringdb"
}
