package web

import (
	"fmt"

	"pahra/internal/norms"
	"pahra/internal/service"
)

// tile is a network on a map of address space.
type tile struct {
	service.SpaceTile
	X, Y, W, H float64
	Label      string // drawn where there is room for it
	Second     string
	Says       string // the whole of it, for those who do not see it
	Others     int    // networks that the last tile stands for
}

// The size of the map, and what a label needs.
const (
	mapW, mapH     = 1132.0, 400.0
	labelW, labelH = 74.0, 22.0
	secondH        = 40.0
	letterW        = 6.6
	leastShare     = 0.0004 // of the map; what is smaller is drawn with the others
)

// squarify lays networks out as rectangles as large as their address space, as square as they go (Bruls, Huizing and van
// Wijk, Squarified Treemaps, 2000).
func squarify(m *service.SpaceMap) (tiles []tile) {
	others := m.Others
	for _, t := range m.Tiles {
		if float64(t.IPv4) < leastShare*float64(m.IPv4) {
			others.Networks, others.IPv4 = others.Networks+1, others.IPv4+t.IPv4
			continue
		}
		tiles = append(tiles, tile{SpaceTile: t})
	}
	sizes, scale := make([]float64, len(tiles)), mapW*mapH/float64(max(1, m.IPv4))
	for n := range tiles {
		sizes[n] = float64(tiles[n].IPv4) * scale
	}
	rest := float64(others.IPv4) * scale / mapH // what is small stands together, at the right
	for n, r := range layOut(sizes, rectangle{0, 0, mapW - rest, mapH}) {
		tiles[n].X, tiles[n].Y, tiles[n].W, tiles[n].H = r.x, r.y, max(0, r.w), max(0, r.h)
	}
	if others.IPv4 > 0 {
		tiles = append(tiles, tile{SpaceTile: service.SpaceTile{IPv4: others.IPv4, Band: norms.NoBand}, Others: others.Networks, X: mapW - rest, W: rest, H: mapH})
	}
	for n := range tiles {
		tiles[n].label()
	}
	return tiles
}

// label writes what fits into a tile.
func (t *tile) label() {
	who := "AS" + t.ASN.String()
	if t.Others > 0 {
		who = fmt.Sprintf("%s more", grouped(t.Others))
	}
	t.Says = fmt.Sprintf("%s %s: %s, %s", who, t.Holder, bandWord(t.Band, t.Percent), addresses(t.IPv4))
	if t.Others > 0 {
		t.Says = fmt.Sprintf("%s networks with %s", who, addresses(t.IPv4))
	}
	if t.W < labelW || t.H < labelH {
		return
	}
	t.Label = who
	if t.H >= secondH && t.Holder != "" {
		t.Second = clip(int((t.W-14)/letterW), t.Holder)
	}
}

func bandWord(b norms.Band, percent *float64) string {
	if percent == nil {
		return "no data"
	}
	return string(b) + ", " + percent1(*percent)
}

type rectangle struct{ x, y, w, h float64 }

// layOut gives a rectangle for each size, which descend, within one.
func layOut(sizes []float64, in rectangle) []rectangle {
	out := make([]rectangle, 0, len(sizes))
	for len(sizes) > 0 {
		side := min(in.w, in.h)
		n := 1
		for n < len(sizes) && worst(sizes[:n+1], side) <= worst(sizes[:n], side) {
			n++
		}
		sum := 0.0
		for _, s := range sizes[:n] {
			sum += s
		}
		var row []rectangle
		row, in = layRow(sizes[:n], sum, in)
		out, sizes = append(out, row...), sizes[n:]
	}
	return out
}

// layRow lays one row along the shorter side, and gives what is left.
func layRow(sizes []float64, sum float64, in rectangle) (row []rectangle, left rectangle) {
	if in.w <= 0 || in.h <= 0 || sum <= 0 {
		return make([]rectangle, len(sizes)), in
	}
	if in.w >= in.h {
		w, y := sum/in.h, in.y
		for _, s := range sizes {
			row = append(row, rectangle{in.x, y, w, s / w})
			y += s / w
		}
		return row, rectangle{in.x + w, in.y, in.w - w, in.h}
	}
	h, x := sum/in.w, in.x
	for _, s := range sizes {
		row = append(row, rectangle{x, in.y, s / h, h})
		x += s / h
	}
	return row, rectangle{in.x, in.y + h, in.w, in.h - h}
}

// worst is how far from square the worst rectangle of a row would be.
func worst(sizes []float64, side float64) float64 {
	sum := 0.0
	for _, s := range sizes {
		sum += s
	}
	if sum == 0 || side == 0 {
		return 0
	}
	most, least := sizes[0], sizes[len(sizes)-1]
	return max(side*side*most/(sum*sum), sum*sum/(side*side*max(least, 1e-9)))
}

// addresses writes an amount of IPv4 address space.
func addresses(n uint64) string {
	return grouped(n) + " IPv4 addresses"
}
