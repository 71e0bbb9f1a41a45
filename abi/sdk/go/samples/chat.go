// Chat: WebSocket connections, messages to one and to all of a room, calls to another service.
package main

import "berth"

func roomEvent(request *berth.Request, response *berth.Response) {
	room := "/rooms/" + request.Param("room")
	name, _ := request.Query("name")
	// What fails here fails for a client that has left or does not keep up: there is nobody to tell.
	switch {
	case request.Event == "websocket.open" && name == "":
		response.Error(401, "say your name: ?name=…")
	case request.Event == "websocket.open":
		_ = berth.WebSocketSend(request.Connection(), "welcome "+name)
	case request.Event == "websocket.message" && request.Binary():
		_ = berth.WebSocketSendBinary(request.Connection(), request.WholeBody())
	case request.Event == "websocket.message":
		_, _ = berth.WebSocketPublish(name+": "+string(request.WholeBody()), room)
	default:
		_, _ = berth.WebSocketPublish(name+" left", room)
	}
}

func kick(request *berth.Request, response *berth.Response) {
	if err := berth.WebSocketClose(request.Param("connection"), 4001, "kicked"); err != nil {
		response.Text(berth.CodeOf(err))
		return
	}
	response.Text("kicked")
}

func ask(request *berth.Request, response *berth.Response) {
	answer, err := berth.CallService(request.Param("service"), "/hello/chat?greeting=hi", "GET", nil)
	if err != nil {
		response.Error(502, berth.CodeOf(err))
		return
	}
	response.Status(answer.Status).Text(string(answer.Body))
}

func init() {
	berth.WebSocket("/rooms/:room", roomEvent)
	berth.Post("/kick/:connection", kick)
	berth.Get("/ask/:service", ask)
}

func main() {}
