// Package taxii is TAXII 2.1 (OASIS Standard, 10 June 2021) as data: its resources, media types and their negotiation, errors,
// times, and the filters of a URL.
//
// The resources are types of JSON. [ReadEnvelope] takes an envelope apart object by object; [AppendEnvelope] puts one together from
// objects as they lie there. [ParseFilter] reads the query of a URL, or says why it must be refused. [Acceptable] and [Understood]
// are about media types. What a reader does not know it ignores, as the standard wants. The package speaks no HTTP.
package taxii

import (
	"mime"
	"strings"
	"time"
)

// MediaType is that of all resources.
const MediaType = "application/taxii+json;version=2.1"

// The headers that tell the first and last date_added of an answer (section 3.4 … 5.8).
const (
	HeaderAddedFirst = "X-TAXII-Date-Added-First"
	HeaderAddedLast  = "X-TAXII-Date-Added-Last"
)

// mediaName is the media type without its version.
const mediaName = "application/taxii+json"

// Acceptable tells whether an Accept header lets the media type be sent. One without a version stands for the latest
// (section 1.6.8.1), and no header at all for anything.
func Acceptable(accept string) bool {
	if strings.TrimSpace(accept) == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || strings.Trim(params["q"], "0.") == "" && params["q"] != "" {
			continue
		}
		switch name {
		case "*/*", "application/*":
			return true
		case mediaName:
			if v, given := params["version"]; !given || v == "2.1" {
				return true
			}
		}
	}
	return false
}

// Understood tells whether a body with this Content-Type is one of TAXII 2.1.
func Understood(contentType string) bool {
	name, params, err := mime.ParseMediaType(contentType)
	v, given := params["version"]
	return err == nil && name == mediaName && (!given || v == "2.1")
}

// timeForm is how TAXII writes times: UTC, six digits of a second (section 3.2).
const timeForm = "2006-01-02T15:04:05.000000Z"

// FormatTime writes a time down.
func FormatTime(t time.Time) string { return t.UTC().Format(timeForm) }

// Discovery is what a server says of itself.
type Discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`
	APIRoots    []string `json:"api_roots,omitempty"`
}

// APIRoot is what a root of a server says of itself.
type APIRoot struct {
	Title            string   `json:"title"`
	Description      string   `json:"description,omitempty"`
	Versions         []string `json:"versions"`
	MaxContentLength int64    `json:"max_content_length"`
}

// Collection is a collection as one user sees it.
type Collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"`
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types,omitempty"`
}

// Collections is the list of them; without any it is {}.
type Collections struct {
	Collections []Collection `json:"collections,omitempty"`
}

// Manifest tells what versions of objects there are; without any it is {}. Next is in no table of the standard for it, but clients
// use it.
type Manifest struct {
	More    bool             `json:"more,omitempty"`
	Next    string           `json:"next,omitempty"`
	Objects []ManifestRecord `json:"objects,omitempty"`
}

// ManifestRecord is one version of an object.
type ManifestRecord struct {
	ID        string `json:"id"`
	DateAdded string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type,omitempty"`
}

// Versions tells what versions of one object there are; without any it is {}.
type Versions struct {
	More     bool     `json:"more,omitempty"`
	Next     string   `json:"next,omitempty"`
	Versions []string `json:"versions,omitempty"`
}

// Status tells what became of objects that were posted.
type Status struct {
	ID               string         `json:"id"`
	Status           string         `json:"status"` // complete, pending
	RequestTimestamp string         `json:"request_timestamp,omitempty"`
	TotalCount       int            `json:"total_count"`
	SuccessCount     int            `json:"success_count"`
	Successes        []StatusDetail `json:"successes,omitempty"`
	FailureCount     int            `json:"failure_count"`
	Failures         []StatusDetail `json:"failures,omitempty"`
	PendingCount     int            `json:"pending_count"`
	Pendings         []StatusDetail `json:"pendings,omitempty"`
}

// StatusDetail tells what became of one of them.
type StatusDetail struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// Error is what is answered instead of a resource. HTTPStatus is a number as a string.
type Error struct {
	Title           string            `json:"title"`
	Description     string            `json:"description,omitempty"`
	ErrorID         string            `json:"error_id,omitempty"`
	ErrorCode       string            `json:"error_code,omitempty"`
	HTTPStatus      string            `json:"http_status,omitempty"`
	ExternalDetails string            `json:"external_details,omitempty"`
	Details         map[string]string `json:"details,omitempty"`
}
