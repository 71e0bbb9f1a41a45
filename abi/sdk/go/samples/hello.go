// Hello: routes, path parameters, query, a status of its own.
package main

import (
	"strconv"

	"berth"
)

func init() {
	berth.Get("/", func(_ *berth.Request, response *berth.Response) { response.Text("hello from Go") })

	berth.Get("/hello/:name", func(request *berth.Request, response *berth.Response) {
		greeting, found := request.Query("greeting")
		if !found {
			greeting = "hello"
		}
		response.Text(greeting + " " + request.Param("name"))
	})

	berth.Post("/echo", func(request *berth.Request, response *berth.Response) {
		body := request.WholeBody()
		response.Status(201).Header("x-length", strconv.Itoa(len(body)))
		response.Header("set-cookie", "a=1").Header("set-cookie", "b=2")
		contentType := request.Header("content-type")
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		response.Send(body, contentType)
	})
}

func main() {}
