// Generated from abi/serverless/table by `deno task generate`. Do not edit.

// Package raw holds the imports, the error codes, and one function for each message.
package raw

import (
	"unsafe"

	"berth/msgpack"
)

//go:wasmimport env mk_module_api_request
func apiRequest(session int32, message unsafe.Pointer, length uint32)

//go:wasmimport env mk_module_get_buffer
func getBuffer(target unsafe.Pointer, reference int64, length uint32)

//go:wasmimport berth call
func call(message unsafe.Pointer, length uint32) uint32

//go:wasmimport berth take
func take(target unsafe.Pointer)

// Post sends a message that nobody answers.
func Post(message *msgpack.Writer) {
	bytes := message.Bytes()
	apiRequest(0, unsafe.Pointer(unsafe.SliceData(bytes)), uint32(len(bytes)))
}

// Ask sends a message and waits for its answer.
func Ask(message *msgpack.Writer) []byte {
	bytes := message.Bytes()
	answer := make([]byte, call(unsafe.Pointer(unsafe.SliceData(bytes)), uint32(len(bytes))))
	take(unsafe.Pointer(unsafe.SliceData(answer)))
	return answer
}

// Event fetches the event that the host announced.
func Event(reference int64, length uint32) []byte {
	bytes := make([]byte, length)
	getBuffer(unsafe.Pointer(unsafe.SliceData(bytes)), reference, length)
	return bytes
}

// The codes that an error may have.
const (
	CodeAborted       = "aborted"
	CodeBusy          = "busy"
	CodeClosed        = "closed"
	CodeDenied        = "denied"
	CodeInvalid       = "invalid"
	CodeIo            = "io"
	CodeLoop          = "loop"
	CodeNoent         = "noent"
	CodeNospc         = "nospc"
	CodeQuota         = "quota"
	CodeRofs          = "rofs"
	CodeTimeout       = "timeout"
	CodeTooLarge      = "too-large"
	CodeUnknownMethod = "unknown-method"
	CodeUnreachable   = "unreachable"
)

var prefix = []byte{0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64}

func begin(method string) *msgpack.Writer {
	writer := msgpack.NewWriter()
	writer.Raw(prefix)
	writer.Text(method)
	writer.Text("params")
	return writer
}

// ResponseSend: Sends the whole answer to the request. Errors: closed, denied, noent.
func ResponseSend(data []byte, statusCode int64, fileMimeType string, filePath string, headers []msgpack.Header) *msgpack.Writer {
	writer := begin("response.send")
	writer.List(2)
	writer.Bin(data)
	writer.Map(4)
	writer.Text("statusCode")
	writer.Integer(statusCode)
	writer.Text("fileMimeType")
	writer.Text(fileMimeType)
	writer.Text("filePath")
	writer.Text(filePath)
	writer.Text("headers")
	writer.Headers(headers)
	return writer
}

// RequestRead: Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed.
func RequestRead(max int64) *msgpack.Writer {
	writer := begin("request.read")
	writer.Map(1)
	writer.Text("max")
	writer.Integer(max)
	return writer
}

// ResponseStart: Begins an answer whose body follows in pieces. Errors: closed.
func ResponseStart(status int64, headers []msgpack.Header) *msgpack.Writer {
	writer := begin("response.start")
	writer.Map(2)
	writer.Text("status")
	writer.Integer(status)
	writer.Text("headers")
	writer.Headers(headers)
	return writer
}

// ResponseWrite: Sends a piece of the body; waits while the client is slower than the guest. Errors: closed.
func ResponseWrite(data []byte) *msgpack.Writer {
	writer := begin("response.write")
	writer.Map(1)
	writer.Text("data")
	writer.Bin(data)
	return writer
}

// ResponseEnd: Ends an answer begun with response.start. Returning from the event does the same. Errors: closed.
func ResponseEnd() *msgpack.Writer {
	writer := begin("response.end")
	writer.Map(0)
	return writer
}

// FormNext: The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted.
func FormNext() *msgpack.Writer {
	writer := begin("form.next")
	writer.Map(0)
	return writer
}

// FormRead: Reads on in the present file part. Errors: closed, invalid, aborted.
func FormRead(max int64) *msgpack.Writer {
	writer := begin("form.read")
	writer.Map(1)
	writer.Text("max")
	writer.Integer(max)
	return writer
}

// FormStore: Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted.
func FormStore(path string) *msgpack.Writer {
	writer := begin("form.store")
	writer.Map(1)
	writer.Text("path")
	writer.Text(path)
	return writer
}

// LogWrite: Writes a line to the service's log. Lines past the log's rate are dropped and counted.
func LogWrite(level string, message string, fields []byte) *msgpack.Writer {
	writer := begin("log.write")
	writer.Map(3)
	writer.Text("level")
	writer.Text(level)
	writer.Text("message")
	writer.Text(message)
	writer.Text("fields")
	writer.Encoded(fields)
	return writer
}

// ConfigGet: A value of the deployment's configuration. Needs the env capability. Errors: denied.
func ConfigGet(key string) *msgpack.Writer {
	writer := begin("config.get")
	writer.Map(1)
	writer.Text("key")
	writer.Text(key)
	return writer
}

// SecretGet: A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied.
func SecretGet(key string) *msgpack.Writer {
	writer := begin("secret.get")
	writer.Map(1)
	writer.Text("key")
	writer.Text(key)
	return writer
}

// StorageGet: Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageGet(key string) *msgpack.Writer {
	writer := begin("storage.get")
	writer.Map(1)
	writer.Text("key")
	writer.Text(key)
	return writer
}

// StorageSet: Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageSet(key string, value msgpack.Value, tag string, ttlMs int64) *msgpack.Writer {
	writer := begin("storage.set")
	writer.Map(4)
	writer.Text("key")
	writer.Text(key)
	writer.Text("value")
	writer.Value(value)
	writer.Text("tag")
	writer.Text(tag)
	writer.Text("ttlMs")
	writer.Integer(ttlMs)
	return writer
}

// StorageRemove: Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageRemove(key string) *msgpack.Writer {
	writer := begin("storage.remove")
	writer.Map(1)
	writer.Text("key")
	writer.Text(key)
	return writer
}

// StorageList: A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageList(prefix string, tag string, after string, limit int64) *msgpack.Writer {
	writer := begin("storage.list")
	writer.Map(4)
	writer.Text("prefix")
	writer.Text(prefix)
	writer.Text("tag")
	writer.Text(tag)
	writer.Text("after")
	writer.Text(after)
	writer.Text("limit")
	writer.Integer(limit)
	return writer
}

// StorageBatch: Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageBatch(steps []byte) *msgpack.Writer {
	writer := begin("storage.batch")
	writer.Map(1)
	writer.Text("steps")
	writer.Encoded(steps)
	return writer
}

// StorageCompareAndSet: Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io.
func StorageCompareAndSet(key string, expected *msgpack.Value, value msgpack.Value, tag string, ttlMs int64) *msgpack.Writer {
	writer := begin("storage.compare_and_set")
	writer.Map(5)
	writer.Text("key")
	writer.Text(key)
	writer.Text("expected")
	writer.ValueOrNil(expected)
	writer.Text("value")
	writer.Value(value)
	writer.Text("tag")
	writer.Text(tag)
	writer.Text("ttlMs")
	writer.Integer(ttlMs)
	return writer
}

// HttpFetch: Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted.
func HttpFetch(url string, method string, headers []msgpack.Header, body []byte, timeoutMs int64, redirects string, stream bool) *msgpack.Writer {
	writer := begin("http.fetch")
	writer.Map(7)
	writer.Text("url")
	writer.Text(url)
	writer.Text("method")
	writer.Text(method)
	writer.Text("headers")
	writer.Headers(headers)
	writer.Text("body")
	writer.Bin(body)
	writer.Text("timeoutMs")
	writer.Integer(timeoutMs)
	writer.Text("redirects")
	writer.Text(redirects)
	writer.Text("stream")
	writer.Boolean(stream)
	return writer
}

// HttpRead: Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted.
func HttpRead(stream int64, max int64) *msgpack.Writer {
	writer := begin("http.read")
	writer.Map(2)
	writer.Text("stream")
	writer.Integer(stream)
	writer.Text("max")
	writer.Integer(max)
	return writer
}

// HttpClose: Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed.
func HttpClose(stream int64) *msgpack.Writer {
	writer := begin("http.close")
	writer.Map(1)
	writer.Text("stream")
	writer.Integer(stream)
	return writer
}

// ServiceCall: Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted.
func ServiceCall(service string, path string, method string, headers []msgpack.Header, body []byte, timeoutMs int64) *msgpack.Writer {
	writer := begin("service.call")
	writer.Map(6)
	writer.Text("service")
	writer.Text(service)
	writer.Text("path")
	writer.Text(path)
	writer.Text("method")
	writer.Text(method)
	writer.Text("headers")
	writer.Headers(headers)
	writer.Text("body")
	writer.Bin(body)
	writer.Text("timeoutMs")
	writer.Integer(timeoutMs)
	return writer
}

// WebsocketSend: Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large.
func WebsocketSend(connection string, data msgpack.Value) *msgpack.Writer {
	writer := begin("websocket.send")
	writer.Map(2)
	writer.Text("connection")
	writer.Text(connection)
	writer.Text("data")
	writer.Value(data)
	return writer
}

// WebsocketPublish: Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large.
func WebsocketPublish(path string, data msgpack.Value) *msgpack.Writer {
	writer := begin("websocket.publish")
	writer.Map(2)
	writer.Text("path")
	writer.Text(path)
	writer.Text("data")
	writer.Value(data)
	return writer
}

// WebsocketClose: Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed.
func WebsocketClose(connection string, code int64, reason string) *msgpack.Writer {
	writer := begin("websocket.close")
	writer.Map(3)
	writer.Text("connection")
	writer.Text(connection)
	writer.Text("code")
	writer.Integer(code)
	writer.Text("reason")
	writer.Text(reason)
	return writer
}
