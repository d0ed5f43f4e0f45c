package checkpoint

import (
	"encoding/binary"
	"math"
	"slices"
)

// unsigned and signed are the kinds of number that can be shown.
type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

type signed interface{ ~int | ~int64 }

// Uint writes or reads a number. One that does not fit is an error.
func Uint[T unsigned](c *Coder, v *T) {
	if !c.Reading() {
		c.put(uint64(*v))
		return
	}
	n := c.get()
	if *v = T(n); uint64(*v) != n {
		c.Fail("a number is too large")
		*v = 0
	}
}

// Int writes or reads a number that may be negative.
func Int[T signed](c *Coder, v *T) {
	if !c.Reading() {
		n := int64(*v)
		c.put(uint64(n)<<1 ^ uint64(n>>63))
		return
	}
	n := c.get()
	*v = T(int64(n>>1) ^ -int64(n&1))
}

func (c *Coder) put(v uint64) {
	if len(c.buf) > blockLen-longest {
		c.flush()
	}
	c.buf = binary.AppendUvarint(c.buf, v)
}

func (c *Coder) get() uint64 {
	if len(c.buf) == 0 {
		c.next()
	}
	if len(c.buf) > 0 && c.buf[0] < 0x80 { // most are small
		v := c.buf[0]
		c.buf = c.buf[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(c.buf)
	if n <= 0 {
		c.Fail("block %d ends within a value", c.n)
		c.buf = nil
		return 0
	}
	c.buf = c.buf[n:]
	return v
}

// Row writes or reads four numbers at once, which is faster where there are millions.
func (c *Coder) Row(v *[4]uint64) {
	if !c.Reading() {
		if len(c.buf) > blockLen-4*longest {
			c.flush()
		}
		b := c.buf
		for _, n := range v {
			for n >= 0x80 {
				b = append(b, byte(n)|0x80)
				n >>= 7
			}
			b = append(b, byte(n))
		}
		c.buf = b
		return
	}
	for i := range v {
		v[i] = c.get()
	}
}

// Bool writes or reads a truth.
func (c *Coder) Bool(v *bool) {
	n := uint8(0)
	if *v {
		n = 1
	}
	if Uint(c, &n); c.Reading() {
		*v = n == 1
	}
}

// Float writes or reads a number that need not be whole, to the last bit.
func (c *Coder) Float(v *float64) {
	n := math.Float64bits(*v)
	if Uint(c, &n); c.Reading() {
		*v = math.Float64frombits(n)
	}
}

// Section writes a name, or fails unless it reads the same: what follows is what it should be.
func (c *Coder) Section(name string) {
	is := name
	if c.String(&is, maxKind); is != name && c.err == nil {
		c.Fail("%q stands where %q should", is, name)
	}
}

// Bytes writes or reads octets; more than most are an error to a reader. None are read as nil.
func (c *Coder) Bytes(v *[]byte, most int) {
	n := c.Len(len(*v), most)
	if !c.Reading() {
		for rest := *v; len(rest) > 0; {
			if len(c.buf) == blockLen {
				c.flush()
			}
			part := min(len(rest), blockLen-len(c.buf))
			c.buf = append(c.buf, rest[:part]...)
			rest = rest[part:]
		}
		return
	}
	*v = nil
	for n > 0 {
		if c.next(); len(c.buf) == 0 {
			c.Fail("block %d ends within a value", c.n)
			return
		}
		part := min(n, len(c.buf))
		if *v == nil {
			*v = make([]byte, 0, min(n, blockLen))
		}
		*v = append(*v, c.buf[:part]...)
		c.buf = c.buf[part:]
		n -= part
	}
}

// String writes or reads a string; one of more octets than most is an error to a reader.
func (c *Coder) String(v *string, most int) {
	b := []byte(*v)
	if c.Bytes(&b, most); c.Reading() {
		*v = string(b)
	}
}

// Len writes how many there are of something and gives it back, or reads that. More than most are an error to a reader,
// which then gives 0; so does one that failed before.
func (c *Coder) Len(n, most int) int {
	v := uint64(n)
	Uint(c, &v)
	if !c.Reading() {
		return n
	}
	if v > uint64(most) {
		c.Fail("there are %d where there can be %d", v, most)
	}
	if c.err != nil {
		return 0
	}
	return int(v)
}

// List writes or reads a list, of which each shows one after another; more than most are an error to a reader. An empty
// one is read as nil. What is allocated follows what was read.
func List[T any](c *Coder, list *[]T, most int, each func(*T)) {
	n := c.Len(len(*list), most)
	if c.Reading() {
		*list = nil
		if n > 0 {
			*list = make([]T, 0, min(n, 1024))
		}
	}
	for i := 0; i < n && c.err == nil; i++ {
		if c.Reading() {
			*list = append(*list, *new(T))
		}
		each(&(*list)[i])
	}
}

// Map writes or reads a map, its keys in the order of compare, so that the same map gives the same octets.
func Map[K comparable, V any](c *Coder, m map[K]V, most int, compare func(a, b K) int, each func(*K, *V)) {
	if !c.Reading() {
		keys := make([]K, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, compare)
		c.Len(len(keys), most)
		for _, k := range keys {
			v := m[k]
			each(&k, &v)
		}
		return
	}
	for range c.Len(0, most) {
		var k K
		var v V
		if each(&k, &v); c.err != nil {
			return
		}
		m[k] = v
	}
}
