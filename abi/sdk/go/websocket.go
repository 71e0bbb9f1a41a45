package berth

import (
	"berth/msgpack"
	"berth/raw"
)

// WebSocketSend sends a text message to one connection (the websocket capability).
func WebSocketSend(connection, text string) error {
	return done(raw.WebsocketSend(connection, msgpack.Value{Data: []byte(text)}))
}

// WebSocketSendBinary sends a binary message to one connection.
func WebSocketSendBinary(connection string, bytes []byte) error {
	return done(raw.WebsocketSend(connection, msgpack.Value{Data: bytes, Binary: true}))
}

func publish(path string, value msgpack.Value) (sent int64, err error) {
	err = call(raw.WebsocketPublish(path, value), func(_ string, reader *msgpack.Reader) { sent = reader.Integer() })
	return sent, err
}

// WebSocketPublish sends a text message to every connection whose path begins so ("": all) and says to how many.
func WebSocketPublish(text, path string) (int64, error) {
	return publish(path, msgpack.Value{Data: []byte(text)})
}

// WebSocketPublishBinary is the same with a binary message.
func WebSocketPublishBinary(bytes []byte, path string) (int64, error) {
	return publish(path, msgpack.Value{Data: bytes, Binary: true})
}

// WebSocketClose closes a connection; code is 1000, or 3000 to 4999.
func WebSocketClose(connection string, code int64, reason string) error {
	return done(raw.WebsocketClose(connection, code, reason))
}
