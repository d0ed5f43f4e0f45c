package bgp

// Route is what an UPDATE says of one prefix.
type Route struct {
	NLRI
	Family
	Announced bool // else withdrawn
	// TreatAsWithdraw marks a prefix that was announced with malformed attributes, so it is given as withdrawn.
	TreatAsWithdraw bool
	MP              bool   // it stood in MP_REACH_NLRI or MP_UNREACH_NLRI
	NextHop         []byte // the next hop octets of its MP_REACH_NLRI; nil else
	Attrs           []byte // the UPDATE's path attributes, for DecodeAttrs
}

// WalkUpdate yields every prefix of the body of an UPDATE (behind the 19 octets of the BGP header): withdrawn ones,
// those of MP_UNREACH_NLRI, announced ones, those of MP_REACH_NLRI. The Route is valid during the call. It gives what
// was wrong with the message; err is only yield's.
func WalkUpdate(body []byte, opt UpdateOptions, yield func(*Route) error) (faults Faults, err error) {
	var u Update
	ParseUpdate(&u, body, opt)
	r := Route{Attrs: u.Attrs}
	bad := u.Faults.Withdraw()
	walk := func(f Family, list []byte, announced bool) {
		r.Family, r.Announced, r.TreatAsWithdraw = f, announced && !bad, announced && bad
		for len(list) > 0 && err == nil {
			var fault error
			if list, fault = NextNLRI(&r.NLRI, list, f.AFI, opt.AddPath); fault != nil {
				u.fault(0, ResetSession, fault.Error())
				return
			}
			err = yield(&r)
		}
	}
	four := Family{AFI4, 1}
	walk(four, u.Withdrawn, false)
	r.MP = true
	for _, m := range u.Unreach {
		walk(m.Family, m.NLRI, false)
	}
	r.MP = false
	walk(four, u.NLRI, true)
	r.MP = true
	for _, m := range u.Reach {
		r.NextHop = m.NextHop
		walk(m.Family, m.NLRI, true)
	}
	return u.Faults, err
}
