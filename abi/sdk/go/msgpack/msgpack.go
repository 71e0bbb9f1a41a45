// Package msgpack reads and writes MessagePack for services. A reader that meets something unexpected stops, gives
// empty values from then on and says so in Failed.
package msgpack

import (
	"encoding/binary"
	"math"
)

// Header is a name and a value; names may repeat.
type Header struct{ Name, Value string }

// Value is text or binary data, told apart on the way.
type Value struct {
	Data   []byte
	Binary bool
}

// Writer writes MessagePack.
type Writer struct{ out []byte }

// NewWriter makes a writer with room for a small message.
func NewWriter() *Writer { return &Writer{out: make([]byte, 0, 240)} }

// Bytes gives what was written.
func (w *Writer) Bytes() []byte { return w.out }

// Raw adds bytes that are MessagePack already.
func (w *Writer) Raw(bytes []byte) { w.out = append(w.out, bytes...) }

func (w *Writer) sized(first byte, size int) {
	w.out = binary.BigEndian.AppendUint32(append(w.out, first), uint32(size))
}

func (w *Writer) Nil() { w.out = append(w.out, 0xc0) }

func (w *Writer) Boolean(value bool) {
	if value {
		w.out = append(w.out, 0xc3)
	} else {
		w.out = append(w.out, 0xc2)
	}
}

func (w *Writer) Integer(value int64) {
	if value >= 0 && value < 128 {
		w.out = append(w.out, byte(value))
	} else {
		w.out = binary.BigEndian.AppendUint64(append(w.out, 0xd3), uint64(value))
	}
}

func (w *Writer) Text(value string) {
	if len(value) < 32 {
		w.out = append(w.out, 0xa0|byte(len(value)))
	} else {
		w.sized(0xdb, len(value))
	}
	w.out = append(w.out, value...)
}

func (w *Writer) Bin(value []byte) {
	w.sized(0xc6, len(value))
	w.Raw(value)
}

func (w *Writer) container(count int, small, large byte) {
	if count < 16 {
		w.out = append(w.out, small|byte(count))
	} else {
		w.sized(large, count)
	}
}

func (w *Writer) Map(count int)  { w.container(count, 0x80, 0xdf) }
func (w *Writer) List(count int) { w.container(count, 0x90, 0xdd) }

func (w *Writer) Value(value Value) {
	if value.Binary {
		w.Bin(value.Data)
	} else {
		w.Text(string(value.Data))
	}
}

func (w *Writer) ValueOrNil(value *Value) {
	if value == nil {
		w.Nil()
	} else {
		w.Value(*value)
	}
}

func (w *Writer) Headers(headers []Header) {
	w.List(len(headers))
	for _, header := range headers {
		w.List(2)
		w.Text(header.Name)
		w.Text(header.Value)
	}
}

// Encoded adds what another writer wrote; nil when it is empty.
func (w *Writer) Encoded(bytes []byte) {
	if len(bytes) == 0 {
		w.Nil()
	} else {
		w.Raw(bytes)
	}
}

// Reader reads MessagePack in place.
type Reader struct {
	rest   []byte
	Failed bool
}

func NewReader(bytes []byte) *Reader { return &Reader{rest: bytes} }

func (r *Reader) fail() {
	r.Failed = true
	r.rest = nil
}

func (r *Reader) peek() byte {
	if len(r.rest) == 0 {
		return 0xc1
	}
	return r.rest[0]
}

func (r *Reader) take(count uint64) []byte {
	if count > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	taken := r.rest[:count]
	r.rest = r.rest[count:]
	return taken
}

func (r *Reader) unsigned(width uint64) (value uint64) {
	for _, one := range r.take(width) {
		value = value<<8 | uint64(one)
	}
	return value
}

func (r *Reader) byte() byte {
	first := r.peek()
	r.take(1)
	return first
}

func (r *Reader) count(small, large byte) int {
	first := r.byte()
	var count uint64
	switch {
	case first&0xf0 == small:
		count = uint64(first & 0x0f)
	case first == large:
		count = r.unsigned(2)
	case first == large+1:
		count = r.unsigned(4)
	default:
		r.fail()
	}
	if count > uint64(len(r.rest)) { // every item takes a byte at least
		r.fail()
	}
	if r.Failed {
		return 0
	}
	return int(count)
}

func (r *Reader) Map() int           { return r.count(0x80, 0xde) }
func (r *Reader) List() int          { return r.count(0x90, 0xdc) }
func (r *Reader) NextIsBinary() bool { return r.peek() >= 0xc4 && r.peek() <= 0xc6 }
func (r *Reader) Boolean() bool      { return r.byte() == 0xc3 }
func (r *Reader) Text() string       { return string(r.Data()) }

// Data gives text or binary data, as a view of the bytes read.
func (r *Reader) Data() []byte {
	first := r.byte()
	switch {
	case first&0xe0 == 0xa0:
		return r.take(uint64(first & 0x1f))
	case first == 0xd9 || first == 0xc4:
		return r.take(r.unsigned(1))
	case first == 0xda || first == 0xc5:
		return r.take(r.unsigned(2))
	case first == 0xdb || first == 0xc6:
		return r.take(r.unsigned(4))
	}
	r.fail()
	return nil
}

func (r *Reader) Integer() int64 {
	first := r.byte()
	switch {
	case first < 0x80:
		return int64(first)
	case first >= 0xe0:
		return int64(int8(first))
	case first >= 0xcc && first <= 0xcf:
		return int64(r.unsigned(1 << (first - 0xcc)))
	case first >= 0xd0 && first <= 0xd3:
		width := uint64(1) << (first - 0xd0)
		shift := 64 - width*8
		return int64(r.unsigned(width)) << shift >> shift
	case first == 0xcb:
		return int64(math.Float64frombits(r.unsigned(8)))
	}
	r.fail()
	return 0
}

// Skip moves past one item and gives its bytes.
func (r *Reader) Skip() []byte {
	before := r.rest
	r.pass(0)
	if r.Failed {
		return nil
	}
	return before[:len(before)-len(r.rest)]
}

func (r *Reader) pass(depth int) {
	first := r.peek()
	inside := 0
	switch {
	case depth > 32:
		r.fail()
	case first&0xf0 == 0x80 || first == 0xde || first == 0xdf:
		inside = r.Map() * 2
	case first&0xf0 == 0x90 || first == 0xdc || first == 0xdd:
		inside = r.List()
	case first&0xe0 == 0xa0 || first >= 0xd9 && first <= 0xdb || r.NextIsBinary():
		r.Data()
	case first == 0xc0 || first == 0xc2 || first == 0xc3:
		r.take(1)
	default:
		r.Integer()
	}
	for ; inside > 0 && !r.Failed; inside-- {
		r.pass(depth + 1)
	}
}

// Members calls each with every key of the map that begins here; it reads or skips the value.
func (r *Reader) Members(each func(key string)) {
	for left := r.Map(); left > 0 && !r.Failed; left-- {
		each(r.Text())
	}
}
