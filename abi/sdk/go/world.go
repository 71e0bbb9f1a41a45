package berth

import (
	"berth/msgpack"
	"berth/raw"
)

// Item is an entry of the storage.
type Item struct {
	Key, Tag string
	Value    []byte
	// Binary says whether the value was written as binary data.
	Binary bool
}

func (i *Item) member(key string, reader *msgpack.Reader) {
	switch key {
	case "key":
		i.Key = reader.Text()
	case "tag":
		i.Tag = reader.Text()
	case "value":
		i.Binary = reader.NextIsBinary()
		i.Value = clone(reader.Data())
	default:
		reader.Skip()
	}
}

// StorageGet reads an entry; nil when there is none.
func StorageGet(key string) (*Item, error) {
	item := &Item{Key: key}
	found := false
	err := call(raw.StorageGet(key), func(name string, reader *msgpack.Reader) {
		if name == "found" {
			found = reader.Boolean()
		} else {
			item.member(name, reader)
		}
	})
	if err != nil || !found {
		return nil, err
	}
	return item, nil
}

// StorageSet writes text; durable when it returns.
func StorageSet(key, value string) error {
	return done(raw.StorageSet(key, msgpack.Value{Data: []byte(value)}, "", 0))
}

// StorageSetBinary writes binary data with a tag ("" for none), to be gone after ttlMs (0: kept).
func StorageSetBinary(key string, value []byte, tag string, ttlMs int64) error {
	return done(raw.StorageSet(key, msgpack.Value{Data: value, Binary: true}, tag, ttlMs))
}

// StorageOptions says how to write; the zero value writes text that is kept.
type StorageOptions struct {
	Tag string
	// TTLMs is the time in milliseconds after which the entry is gone; 0 keeps it.
	TTLMs  int64
	Binary bool
}

// StorageSetWith writes a value with options; durable when it returns.
func StorageSetWith(key string, value []byte, options StorageOptions) error {
	data := msgpack.Value{Data: value, Binary: options.Binary}
	return done(raw.StorageSet(key, data, options.Tag, options.TTLMs))
}

// StorageBatch is several writes and removals, all or nothing: add to it, then Commit.
type StorageBatch struct {
	steps *msgpack.Writer
	count int
}

func (b *StorageBatch) step(kind, key string, members int) *msgpack.Writer {
	if b.steps == nil {
		b.steps = msgpack.NewWriter()
	}
	b.count++
	b.steps.Map(members)
	b.steps.Text("kind")
	b.steps.Text(kind)
	b.steps.Text("key")
	b.steps.Text(key)
	return b.steps
}

// Set adds a write.
func (b *StorageBatch) Set(key string, value []byte, options StorageOptions) {
	step := b.step("set", key, 5)
	step.Text("value")
	step.Value(msgpack.Value{Data: value, Binary: options.Binary})
	step.Text("tag")
	step.Text(options.Tag)
	step.Text("ttlMs")
	step.Integer(options.TTLMs)
}

// Remove adds a removal.
func (b *StorageBatch) Remove(key string) { b.step("remove", key, 2) }

// Commit carries all steps out, or none.
func (b *StorageBatch) Commit() error {
	if b.count == 0 {
		return nil
	}
	list := msgpack.NewWriter()
	list.List(b.count)
	list.Raw(b.steps.Bytes())
	return done(raw.StorageBatch(list.Bytes()))
}

func flag(message *msgpack.Writer) (value bool, err error) {
	err = call(message, func(_ string, reader *msgpack.Reader) { value = reader.Boolean() })
	return value, err
}

// StorageRemove removes an entry and says whether there was one.
func StorageRemove(key string) (bool, error) { return flag(raw.StorageRemove(key)) }

// StorageCompareAndSet writes only when the present value is expected (nil: when there is no entry).
func StorageCompareAndSet(key string, expected *string, value string) (bool, error) {
	var before *msgpack.Value
	if expected != nil {
		before = &msgpack.Value{Data: []byte(*expected)}
	}
	return flag(raw.StorageCompareAndSet(key, before, msgpack.Value{Data: []byte(value)}, "", 0))
}

// StorageList gives a page of entries in key order, by prefix and tag ("" for all), after a key.
func StorageList(prefix, tag, after string, limit int64) (items []Item, err error) {
	err = call(raw.StorageList(prefix, tag, after, limit), func(_ string, reader *msgpack.Reader) {
		for left := reader.List(); left > 0 && !reader.Failed; left-- {
			var item Item
			reader.Members(func(key string) { item.member(key, reader) })
			items = append(items, item)
		}
	})
	return items, err
}

// Outbound is an outbound request; only URL must be given.
type Outbound struct {
	URL, Method string
	Headers     []Header
	Body        []byte
	TimeoutMs   int64
}

// Inbound is the answer to one. A status of 400 or more is no error.
type Inbound struct {
	Status  int
	Headers []Header
	Body    []byte
	stream  int64
}

// Header gives the first header with this name, whatever its case; "" when there is none.
func (i *Inbound) Header(name string) string { return headerOf(i.Headers, name) }

func (i *Inbound) member(key string, reader *msgpack.Reader) {
	switch key {
	case "status":
		i.Status = int(reader.Integer())
	case "body":
		i.Body = clone(reader.Data())
	case "stream":
		i.stream = reader.Integer()
	case "headers":
		for left := reader.List(); left > 0 && !reader.Failed; left-- {
			reader.List()
			name := reader.Text()
			i.Headers = append(i.Headers, Header{Name: name, Value: reader.Text()})
		}
	default:
		reader.Skip()
	}
}

func send(outbound Outbound, stream bool) (*Inbound, error) {
	inbound := &Inbound{}
	message := raw.HttpFetch(outbound.URL, outbound.Method, outbound.Headers, outbound.Body, outbound.TimeoutMs, "follow", stream)
	err := call(message, inbound.member)
	return inbound, err
}

// Fetch sends a request and waits for the whole answer.
func Fetch(outbound Outbound) (*Inbound, error) { return send(outbound, false) }

// FetchStream sends a request and waits for the head of its answer; Read then gives the body.
func FetchStream(outbound Outbound) (*Inbound, error) { return send(outbound, true) }

// Read gives the next piece of a streamed answer; nil at its end.
func (i *Inbound) Read(max int64) ([]byte, error) {
	if i.stream == 0 {
		return nil, nil
	}
	var data []byte
	ended := true
	err := call(raw.HttpRead(i.stream, max), func(key string, reader *msgpack.Reader) {
		switch key {
		case "data":
			data = clone(reader.Data())
		case "ended":
			ended = reader.Boolean()
		default:
			reader.Skip()
		}
	})
	if ended {
		i.stream = 0
	}
	return data, err
}

// Close gives up a streamed answer.
func (i *Inbound) Close() {
	if i.stream != 0 {
		_ = done(raw.HttpClose(i.stream))
		i.stream = 0
	}
}

// CallService calls another service of the device; path begins with a slash below its base path.
func CallService(service, path, method string, body []byte) (*Inbound, error) {
	inbound := &Inbound{}
	err := call(raw.ServiceCall(service, path, method, nil, body, 0), inbound.member)
	return inbound, err
}

// FormPart is a part of a form.
type FormPart struct {
	// File says that it is a file, whose content is read or stored; else Value holds it.
	File bool
	Name string
	// Filename is as the client gave it: never a path to trust.
	Filename, ContentType string
	Value                 []byte
}

// FormNext gives the next part of the request's form; nil after the last.
func FormNext() (*FormPart, error) {
	part := &FormPart{}
	end := false
	err := call(raw.FormNext(), func(key string, reader *msgpack.Reader) {
		switch key {
		case "kind":
			kind := reader.Text()
			end, part.File = kind == "end", kind == "file"
		case "name":
			part.Name = reader.Text()
		case "filename":
			part.Filename = reader.Text()
		case "contentType":
			part.ContentType = reader.Text()
		case "value":
			part.Value = clone(reader.Data())
		default:
			reader.Skip()
		}
	})
	if err != nil || end {
		return nil, err
	}
	return part, nil
}

// FormRead gives the next piece of the file; an empty one at its end.
func FormRead(max int64) (piece []byte, err error) {
	err = call(raw.FormRead(max), func(key string, reader *msgpack.Reader) {
		if key == "data" {
			piece = clone(reader.Data())
		} else {
			reader.Skip()
		}
	})
	return piece, err
}

// FormStore stores the rest of the file in a mount (the files capability) and gives its size.
func FormStore(path string) (size int64, err error) {
	err = call(raw.FormStore(path), func(_ string, reader *msgpack.Reader) { size = reader.Integer() })
	return size, err
}

// Log writes a line of a level (debug, info, warn, error) with named values: name, value, name, value …
func Log(level, message string, fields ...string) {
	named := msgpack.NewWriter()
	named.Map(len(fields) / 2)
	for index := 0; index+1 < len(fields); index += 2 {
		named.Text(fields[index])
		named.Text(fields[index+1])
	}
	raw.Post(raw.LogWrite(level, message, named.Bytes()))
}

func lookUp(message *msgpack.Writer) (value string, found bool, err error) {
	err = call(message, func(key string, reader *msgpack.Reader) {
		switch key {
		case "found":
			found = reader.Boolean()
		case "value":
			value = reader.Text()
		default:
			reader.Skip()
		}
	})
	return value, found, err
}

// Config gives a value of the deployment's configuration (the env capability), and whether there is one.
func Config(key string) (string, bool, error) { return lookUp(raw.ConfigGet(key)) }

// Secret gives a secret of the deployment (the env capability), and whether there is one.
func Secret(key string) (string, bool, error) { return lookUp(raw.SecretGet(key)) }
