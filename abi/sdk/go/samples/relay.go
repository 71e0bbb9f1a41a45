// Relay: outbound requests, whole and streamed.
package main

import (
	"berth"
	"berth/raw"
)

func orOctets(contentType string) string {
	if contentType == "" {
		return "application/octet-stream"
	}
	return contentType
}

func relay(request *berth.Request, response *berth.Response) {
	url, _ := request.Query("url")
	answer, err := berth.Fetch(berth.Outbound{
		URL:     url,
		Method:  request.Method,
		Headers: []berth.Header{{Name: "x-relayed-by", Value: "berth"}},
		Body:    request.WholeBody(),
	})
	if err != nil {
		if berth.CodeOf(err) == raw.CodeDenied {
			response.Error(403, err.Error())
		} else {
			response.Error(502, err.Error())
		}
		return
	}
	for _, header := range answer.Headers {
		if header.Name == "set-cookie" {
			response.Header(header.Name, header.Value)
		}
	}
	response.Status(answer.Status).Send(answer.Body, orOctets(answer.Header("content-type")))
}

func stream(request *berth.Request, response *berth.Response) {
	url, _ := request.Query("url")
	answer, err := berth.FetchStream(berth.Outbound{URL: url})
	if err != nil {
		response.Error(502, err.Error())
		return
	}
	defer answer.Close()
	if response.Status(answer.Status).Start(orOctets(answer.Header("content-type"))) != nil {
		return
	}
	for {
		piece, err := answer.Read(65536)
		if err != nil || len(piece) == 0 {
			break
		}
		if !response.Write(piece) {
			return // the client has left
		}
	}
	_ = response.End()
}

func init() {
	berth.All("/relay", relay)
	berth.Get("/stream", stream)
}

func main() {}
