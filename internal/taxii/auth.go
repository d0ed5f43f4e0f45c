package taxii

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"pahra/internal/limit"
	"pahra/internal/service/exchange"
)

// caller makes out who asks: by the Authorization header, without one by the certificate of the connection.
func (s *Server) caller(r *http.Request) (exchange.Caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return s.byCertificate(r)
	}
	if name, password, ok := r.BasicAuth(); ok {
		return s.Service.Basic(r.Context(), name, password, from(r))
	}
	scheme, token, _ := strings.Cut(header, " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Token") { // the OASIS client says Token
		return s.Service.Bearer(r.Context(), strings.TrimSpace(token))
	}
	return exchange.Caller{}, exchange.ErrRefused
}

// byCertificate takes a certificate that a user is bound to. Nobody vouches for it: whoever has its key is that user.
func (s *Server) byCertificate(r *http.Request) (exchange.Caller, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return exchange.Caller{}, exchange.ErrRefused
	}
	cert, now := r.TLS.PeerCertificates[0], s.Now()
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return exchange.Caller{}, exchange.ErrRefused
	}
	return s.Service.Certificate(r.Context(), cert.Raw)
}

// from names the address that a request comes from.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return limit.Client("", addr)
}
