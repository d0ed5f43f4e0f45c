// Package taxii is a client of TAXII 2.1 (OASIS Standard): it finds collections at a partner's server, polls what is new in them, and
// pushes objects to them.
//
// [Client.Find] leads from an address to a collection. [Poller.Poll] gives what came since a [Resume], page by page; whoever takes a
// page and keeps the Resume that comes with it loses and doubles nothing, whenever it stops. [Push] posts objects and follows each
// answer until the server has dealt with it. [Feed] polls again and again, for the desk.
//
// Servers differ from the standard and from each other. A page that says that there is more without a cursor is gone on from by its
// last date_added, with a microsecond of overlap and without what was seen, since servers give one date_added to many objects; so is a
// poll that was stopped, a cursor that expired, and one whose answer did not arrive, for some servers move it on with each request. A page
// that comes again, or pages that bring nothing, end the poll with an error. Answers are bounded. A server that asks to wait (429, 503) is waited for. The log-in is sent to the host that was named, and to no other.
// What objects say is not looked at.
package taxii

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"pahra/internal/source/fetch"
)

// Config is a collection at a partner's server that is polled.
type Config struct {
	// URL is the address of the server's discovery or of an API root.
	URL string `yaml:"url"`
	// Collection is its id, or its alias.
	Collection string `yaml:"collection"`
	// User and PasswordFile log in by HTTP Basic; TokenFile by a bearer token. The files are read when the service starts.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	TokenFile    string `yaml:"token_file"`
	CAFile       string `yaml:"ca_file"`   // certificates (PEM) to trust; empty: the system's
	CertFile     string `yaml:"cert_file"` // our certificate, and
	KeyFile      string `yaml:"key_file"`  // its key
	// Every is how long between two polls; 0: five minutes.
	Every time.Duration `yaml:"every"`
	// Limit is how many objects a page is asked for; 0: 500.
	Limit int `yaml:"limit"`
}

// Check says what is wrong.
func (c *Config) Check() error {
	errs := []error{fetch.CheckURL(c.URL, false)}
	if c.Collection == "" {
		errs = append(errs, errors.New("collection: an id or an alias is needed"))
	}
	if (c.User == "") != (c.PasswordFile == "") || c.User != "" && c.TokenFile != "" {
		errs = append(errs, errors.New("user goes with password_file, and token_file with neither"))
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		errs = append(errs, errors.New("cert_file and key_file go together"))
	}
	if c.Every < 0 || c.Limit < 0 || c.Limit > mostLimit {
		errs = append(errs, fmt.Errorf("every and limit are no less than 0, limit no more than %d", mostLimit))
	}
	return errors.Join(errs...)
}

// client makes the client that the settings describe.
func (c *Config) client() (*Client, error) {
	auth := ""
	switch {
	case c.User != "":
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("password_file: %w", err)
		}
		auth = Basic(c.User, strings.TrimSpace(string(text)))
	case c.TokenFile != "":
		text, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("token_file: %w", err)
		}
		auth = Bearer(strings.TrimSpace(string(text)))
	}
	as, err := fetch.NewClientAs(c.CAFile, c.CertFile, c.KeyFile)
	if err != nil {
		return nil, err
	}
	return &Client{HTTP: as, Authorization: auth}, nil
}

// Basic gives the header Authorization of HTTP Basic.
func Basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// Bearer gives that of a token.
func Bearer(token string) string { return "Bearer " + token }
