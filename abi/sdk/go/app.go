package berth

import (
	"strings"

	"berth/raw"
)

// Handler answers a request.
type Handler func(*Request, *Response)

type route struct {
	method  string
	pattern []string
	handler Handler
}

var routes []route

func parts(path string) []string {
	return strings.FieldsFunc(path, func(letter rune) bool { return letter == '/' })
}

// On adds a route; the first that fits is taken. The pattern is made of parts: plain text, :name for one part, * at
// the end for the rest (param *). An empty method stands for any. Call it from an init function.
func On(method, pattern string, handler Handler) {
	routes = append(routes, route{method, parts(pattern), handler})
}

func Get(pattern string, handler Handler)    { On("GET", pattern, handler) }
func Post(pattern string, handler Handler)   { On("POST", pattern, handler) }
func Put(pattern string, handler Handler)    { On("PUT", pattern, handler) }
func Patch(pattern string, handler Handler)  { On("PATCH", pattern, handler) }
func Delete(pattern string, handler Handler) { On("DELETE", pattern, handler) }
func All(pattern string, handler Handler)    { On("", pattern, handler) }

// socket stands for the method of an event of a WebSocket; no client's method can be this.
const socket = "(websocket)"

// WebSocket adds a route for the events of WebSocket connections at a path: Event says which. To refuse one that opens
// answer with a status of 300 or more; other answers may be left out.
func WebSocket(pattern string, handler Handler) { On(socket, pattern, handler) }

func handle(event []byte) {
	request := parseRequest(event)
	response := &Response{status: 200}
	path := parts(request.Path)
	otherMethod := false
	asked := request.Method
	if request.IsSocket() {
		asked = socket
	}
	for _, one := range routes {
		request.params = fits(one.pattern, path)
		if request.params == nil {
			continue
		}
		if one.method == "" && asked != socket || one.method == asked || asked == "HEAD" && one.method == "GET" {
			one.handler(request, response)
			return
		}
		otherMethod = true
	}
	if otherMethod {
		response.Error(405, "method not allowed")
	} else {
		response.Error(404, "not found")
	}
}

// fits gives the parameters of a path that fits; nil when it does not.
func fits(pattern, path []string) map[string]string {
	params := map[string]string{}
	for index, wanted := range pattern {
		switch {
		case wanted == "*":
			params["*"] = strings.Join(path[index:], "/")
			return params
		case index >= len(path):
			return nil
		case wanted[0] == ':':
			params[wanted[1:]] = path[index]
		case wanted != path[index]:
			return nil
		}
	}
	if len(pattern) != len(path) {
		return nil
	}
	return params
}

//go:wasmexport berth_abi_1
func berthAbi1() {}

//go:wasmexport mk_module_on_event
func onEvent(reference int64, length uint32) { handle(raw.Event(reference, length)) }
