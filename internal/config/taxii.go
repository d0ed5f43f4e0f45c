package config

import "errors"

// TAXII says where collections are served.
type TAXII struct {
	// Listen is the address; empty serves none.
	Listen string `yaml:"listen"`
	// TLSCert and TLSKey are files, PEM.
	TLSCert string `yaml:"tls_cert"`
	TLSKey  string `yaml:"tls_key"`
	// InsecureLoopback serves without TLS, at an address of this machine alone.
	InsecureLoopback bool `yaml:"insecure_loopback"`
}

func (t *TAXII) check() error {
	secure := t.TLSCert != "" && t.TLSKey != ""
	switch {
	case t.Listen == "":
		return nil
	case (t.TLSCert == "") != (t.TLSKey == ""):
		return errors.New("tls_cert and tls_key go together")
	case secure == t.InsecureLoopback:
		return errors.New("either tls_cert and tls_key are needed, or insecure_loopback for this machine alone")
	case t.InsecureLoopback:
		return loopback(t.Listen)
	}
	return address(t.Listen)
}
