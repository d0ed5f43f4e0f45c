package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"pahra/internal/source/fetch"
	"pahra/internal/source/taxii"
	"pahra/wire/values"
)

// remote says how a partner's server is reached and who we are there, as typed.
type remote struct {
	url, user     string
	password      bool
	token         bool
	ca, cert, key string
}

func (r *remote) flags(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&r.url, "url", "", "`address` at the partner's server")
	set.StringVar(&r.user, "user", "", "`name` to log in with there")
	set.BoolVar(&r.password, "password-stdin", false, "read the password from standard input")
	set.BoolVar(&r.token, "token-stdin", false, "read a bearer token from standard input, in place of a user's password")
	set.StringVar(&r.ca, "ca", "", "`file` of the authorities that are trusted, PEM; default: those of the system")
	set.StringVar(&r.cert, "cert", "", "`file` of our certificate, PEM")
	set.StringVar(&r.key, "cert-key", "", "`file` of its private key, PEM")
}

// check says what of the flags does not go together.
func (r *remote) check() error {
	u, err := url.Parse(r.url)
	switch {
	case r.url == "":
		return usageError(errors.New("--url names the address"))
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		return usageError(fmt.Errorf("--url %q is no address like https://host/path", r.url))
	case u.Scheme == "http" && !values.IsLoopback(u.Hostname()):
		return usageError(fmt.Errorf("--url %s is not encrypted: https is wanted for all but this machine", r.url))
	case (r.user != "") != r.password || r.password && r.token:
		return usageError(errors.New("--user goes with --password-stdin, and --token-stdin with neither"))
	case (r.cert == "") != (r.key == ""):
		return usageError(errors.New("--cert and --cert-key go together"))
	}
	return nil
}

// client makes the HTTP client and the header that logs in, once what the flags say goes together.
func (r *remote) client(stdin io.Reader) (_ *http.Client, authorization string, err error) {
	if err := r.check(); err != nil {
		return nil, "", err
	}
	if r.password || r.token {
		word, err := readPassword(stdin)
		if err != nil {
			return nil, "", err
		}
		authorization = taxii.Basic(r.user, word)
		if r.token {
			authorization = taxii.Bearer(word)
		}
	}
	client, err := fetch.NewClientAs(r.ca, r.cert, r.key)
	return client, authorization, err
}
