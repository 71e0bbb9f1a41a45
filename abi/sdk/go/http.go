package berth

import (
	"net/url"
	"strings"

	"berth/msgpack"
	"berth/raw"
)

// Request is one request.
type Request struct {
	// Event is what happened: http.request; websocket.open, websocket.message, websocket.close for WebSocket routes.
	Event  string
	Method string
	// URL is path and query as they came; Path is what lies below the service's base path, still escaped.
	URL, Path string
	Headers   []Header
	// Body is the part of the body that has arrived: all of it unless More.
	Body []byte
	More bool
	// Info is what the device tells of itself and the service, Env the deployment's configuration.
	Info, Env map[string]string
	params    map[string]string
	query     url.Values
}

func parseRequest(event []byte) *Request {
	request := &Request{Info: map[string]string{}, Env: map[string]string{}}
	reader := msgpack.NewReader(event)
	reader.Members(func(key string) {
		if key == "method" {
			request.Event = reader.Text()
			return
		}
		if key != "params" {
			reader.Skip()
			return
		}
		reader.Members(func(string) { reader.Members(func(key string) { request.member(key, reader) }) })
	})
	path, query, _ := strings.Cut(request.URL, "?")
	request.query, _ = url.ParseQuery(query)
	if below, found := strings.CutPrefix(path, request.Info["apiRoot"]); found && (below == "" || below[0] == '/') {
		path = below
	}
	if path == "" {
		path = "/"
	}
	request.Path = path
	return request
}

func (r *Request) member(key string, reader *msgpack.Reader) {
	switch key {
	case "url":
		r.URL = reader.Text()
	case "method":
		r.Method = reader.Text()
	case "more":
		r.More = reader.Boolean()
	case "jsonBody":
		r.Body = reader.Data()
	case "headers":
		reader.Members(func(name string) { r.Headers = append(r.Headers, Header{Name: name, Value: reader.Text()}) })
	case "info":
		reader.Members(func(name string) { r.Info[name] = reader.Text() })
	case "env":
		reader.Members(func(name string) { r.Env[name] = reader.Text() })
	default:
		reader.Skip()
	}
}

func headerOf(headers []Header, name string) string {
	for _, header := range headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// IsSocket says whether it happened on a WebSocket connection.
func (r *Request) IsSocket() bool { return strings.HasPrefix(r.Event, "websocket.") }

// Connection gives the connection's name, for WebSocketSend and WebSocketClose; "" for a request of HTTP.
func (r *Request) Connection() string {
	if !r.IsSocket() {
		return ""
	}
	return r.Header("x-berth-connection")
}

// Binary says whether a WebSocket message is binary.
func (r *Request) Binary() bool { return r.IsSocket() && r.Header("x-berth-message") == "binary" }

// Header gives a header by name, whatever its case; "" when absent.
func (r *Request) Header(name string) string { return headerOf(r.Headers, name) }

// Param gives a parameter of the route's path (/users/:id), unescaped; "" when there is none.
func (r *Request) Param(name string) string {
	value, err := url.PathUnescape(r.params[name])
	if err != nil {
		return r.params[name]
	}
	return value
}

// Query gives a parameter of the query, and whether there is one.
func (r *Request) Query(name string) (string, bool) {
	if !r.query.Has(name) {
		return "", false
	}
	return r.query.Get(name), true
}

// Read gives the next piece of a body that had not arrived; nil at its end.
func (r *Request) Read(max int64) []byte {
	if !r.More {
		return nil
	}
	var data []byte
	ended := true
	err := call(raw.RequestRead(max), func(key string, reader *msgpack.Reader) {
		switch key {
		case "data":
			data = clone(reader.Data())
		case "ended":
			ended = reader.Boolean()
		default:
			reader.Skip()
		}
	})
	r.More = err == nil && !ended
	return data
}

// WholeBody gives the whole body, read to its end.
func (r *Request) WholeBody() []byte {
	for r.More {
		r.Body = append(r.Body, r.Read(65536)...)
	}
	return r.Body
}

// Response is the answer. Set the status and headers first, then send once, or start, write and end.
type Response struct {
	status  int64
	headers []Header
}

func (r *Response) Status(status int) *Response {
	r.status = int64(status)
	return r
}

// Header adds a header; a name may be added again (set-cookie).
func (r *Response) Header(name, value string) *Response {
	r.headers = append(r.headers, Header{Name: name, Value: value})
	return r
}

// Send sends a body with its type.
func (r *Response) Send(body []byte, contentType string) {
	raw.Post(raw.ResponseSend(body, r.status, contentType, "", r.headers))
}

func (r *Response) Text(body string) { r.Send([]byte(body), "text/plain;charset=UTF-8") }
func (r *Response) HTML(body string) { r.Send([]byte(body), "text/html; charset=utf-8") }

// JSON sends text that is JSON, as encoding/json makes it.
func (r *Response) JSON(body []byte) { r.Send(body, "application/json") }

// File sends a file of a mount (the files capability).
func (r *Response) File(path, contentType string) error {
	return done(raw.ResponseSend(nil, r.status, contentType, path, r.headers))
}

// Error sends a status and a text as JSON: {"error": …}.
func (r *Response) Error(status int, text string) {
	r.Status(status).JSON([]byte(`{"error":` + quote(text) + `}`))
}

// Start begins an answer in pieces.
func (r *Response) Start(contentType string) error {
	r.Header("content-type", contentType)
	return done(raw.ResponseStart(r.status, r.headers))
}

// Write sends a piece; false when the client has left.
func (r *Response) Write(piece []byte) bool {
	open := false
	err := call(raw.ResponseWrite(piece), func(_ string, reader *msgpack.Reader) { open = reader.Boolean() })
	return err == nil && open
}

func (r *Response) End() error { return done(raw.ResponseEnd()) }

func quote(text string) string {
	const digits = "0123456789abcdef"
	out := []byte{'"'}
	for index := 0; index < len(text); index++ {
		letter := text[index]
		switch {
		case letter == '"' || letter == '\\':
			out = append(out, '\\', letter)
		case letter < 0x20:
			out = append(out, '\\', 'u', '0', '0', digits[letter>>4], digits[letter&15])
		default:
			out = append(out, letter)
		}
	}
	return string(append(out, '"'))
}
