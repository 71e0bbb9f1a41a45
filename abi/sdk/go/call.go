// Package berth writes services for Berth: routes, storage, outbound requests, files, WebSockets, logs.
//
//	func init() {
//		berth.Get("/hello/:name", func(request *berth.Request, response *berth.Response) {
//			response.Text("hello " + request.Param("name"))
//		})
//	}
//
//	func main() {}
package berth

import (
	"errors"

	"berth/msgpack"
	"berth/raw"
)

// Header is a name and a value; names may repeat.
type Header = msgpack.Header

// Error is a failure of a call. Its codes are the constants of package raw.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// CodeOf gives the code of an error of this package; "" for any other.
func CodeOf(err error) string {
	var failure *Error
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}

// call sends a message, waits for its answer and reads the members of its result.
func call(message *msgpack.Writer, each func(key string, reader *msgpack.Reader)) error {
	reader := msgpack.NewReader(raw.Ask(message))
	var failure *Error
	reader.Members(func(key string) {
		if key != "params" {
			reader.Skip()
			return
		}
		reader.Members(func(key string) {
			switch key {
			case "data":
				reader.Members(func(key string) { each(key, reader) })
			case "error":
				failure = readError(reader)
			default:
				reader.Skip()
			}
		})
	})
	if failure == nil {
		return nil
	}
	return failure
}

func readError(reader *msgpack.Reader) *Error {
	failure := &Error{Code: "other"}
	reader.Members(func(key string) {
		switch key {
		case "code":
			failure.Code = reader.Text()
		case "message":
			failure.Message = reader.Text()
		default:
			reader.Skip()
		}
	})
	return failure
}

// done sends a message whose answer holds nothing.
func done(message *msgpack.Writer) error {
	return call(message, func(_ string, reader *msgpack.Reader) { reader.Skip() })
}

func clone(bytes []byte) []byte { return append([]byte(nil), bytes...) }
