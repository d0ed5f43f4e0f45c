package watch

// Whoever makes up paths can make up any number of links and steps. So each peer network may be the first to show so many
// of them and no more: one that tells lies uses its own share up, and what it alone shows beyond is not remembered or
// followed, while others' words are.
const (
	// maxLinksOf bounds how many links one peer network may be the first to show. A whole table shows some 300,000.
	maxLinksOf = 1 << 20
	// maxLeaksOf bounds how many steps against the relations it may be the first to show; on a real day some thousand are.
	maxLeaksOf = 1 << 16
	// maxLeaks bounds how many are followed in all; of these three quarters may be found when facts change, whoever showed them.
	maxLeaks    = 1 << 18
	maxRecalled = maxLeaks / 4 * 3
	// maxNaive bounds how many steps are told apart for NaiveLeaks.
	maxNaive = 1 << 20
	// maxPast bounds how many steps of forgotten paths are remembered: those that are stay, for as long as they count.
	maxPast = 1 << 22
)

// share is what one peer network was the first to show.
type share struct{ links, leaks int }

// mayShowLink says whether a link not seen before is to be remembered, and takes it from the share of who shows it.
func (e *Engine) mayShowLink() bool {
	if e.speaker == 0 { // it was refused when somebody spoke
		return false
	}
	s := e.shares[e.speaker]
	if s.links >= maxLinksOf {
		e.naive.refusedLinks++
		return false
	}
	s.links++
	e.shares[e.speaker] = s
	return true
}

// mayShowLeak is mayShowLink for a step against the relations.
func (e *Engine) mayShowLeak() bool {
	s := e.shares[e.speaker]
	most := maxLeaks
	if e.recalling {
		most = maxRecalled
	}
	if len(e.leaks) >= most || !e.recalling && s.leaks >= maxLeaksOf {
		e.naive.refused++
		return false
	}
	s.leaks++
	e.shares[e.speaker] = s
	return true
}
