module pahra/tools/bench

go 1.26.0

require (
	github.com/osrg/gobgp/v3 v3.37.0
	github.com/osrg/gobgp/v4 v4.8.0
	pahra v0.0.0
)

require (
	github.com/cosnicolaou/pbzip2 v1.0.5 // indirect
	github.com/gaissmai/bart v0.30.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/ulikunitz/xz v0.5.17 // indirect
)

replace pahra => ../..
