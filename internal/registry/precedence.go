package registry

// field is one fact of a network.
type field uint8

const (
	fieldHolder field = iota
	fieldASName
	fieldOrg
	fieldOrgName // counts only with the winner of fieldOrg, which stands before it
	fieldCountry
	fieldRIR
	fieldStatus
	fieldRegistered
	fieldClass
	fieldASSet
	fieldOpaque // the holder's opaque id in the delegation statistics, with the registry
	fieldPDBOrg // PeeringDB's organisation
	fieldRPSLOrg
	fieldNetType // what kind of network it says it is in PeeringDB
	fieldTag     // a network may have many
)

// Ranks of the kinds for each fact: the lower wins, whatever the times. The reasons:
//   - holder: a database that checks who registers knows best; lists of names are made for reading and cover most;
//     PeeringDB's names are written by the networks; an organisation's name comes next, and then an AS name, which says
//     little; a database that checks nothing comes last.
//   - organisation: as-org2info joins the WHOIS of all registries into one naming; aut-num objects know only their own.
//   - country: the delegation statistics are the registries' own; an organisation's country is where it is seated.
const (
	rankBest uint8 = iota
	rankGood
	rankFair
	rankPoor
	rankLast
	rankUnauthenticated // an aut-num of a database that checks nothing
)

// The ranks of each Add method's facts, see above.
const (
	holderAutNum        = rankBest
	holderASNames       = rankGood
	holderPeeringDB     = rankFair
	holderOrganisation  = rankPoor
	holderASName        = rankLast
	asNameAutNum        = rankBest
	asNameOrganisations = rankGood
	orgOrganisations    = rankBest
	orgAutNum           = rankGood
	countryDelegated    = rankBest
	countryOrganisation = rankGood
	countryASNames      = rankFair
	countryPeeringDB    = rankPoor
	countryAutNum       = rankLast
	rirDelegated        = rankBest
	rirOrganisations    = rankGood
	rirAutNum           = rankFair
)
