// Files: uploads into a mount, downloads from it, server-sent events.
package main

import (
	"encoding/json"
	"strconv"

	"berth"
	"berth/raw"
)

func upload(_ *berth.Request, response *berth.Response) {
	stored := []map[string]any{}
	for {
		part, err := berth.FormNext()
		if err != nil {
			response.Error(400, err.Error())
			return
		}
		if part == nil {
			break
		}
		if !part.File {
			stored = append(stored, map[string]any{"name": part.Name, "value": string(part.Value)})
			continue
		}
		// The field's name is ours to choose in the form; the file name is the client's and no path to trust.
		size, err := berth.FormStore("/data/" + part.Name)
		if err != nil {
			status := 500
			if berth.CodeOf(err) == raw.CodeDenied {
				status = 403
			}
			response.Error(status, err.Error())
			return
		}
		stored = append(stored, map[string]any{"name": part.Name, "filename": part.Filename, "size": size})
	}
	text, _ := json.Marshal(stored)
	response.Status(201).JSON(text)
}

func download(request *berth.Request, response *berth.Response) {
	err := response.File("/data/"+request.Param("name"), "application/octet-stream")
	if berth.CodeOf(err) == raw.CodeNoent {
		response.Error(404, err.Error())
	} else if err != nil {
		response.Error(403, err.Error())
	}
}

func events(request *berth.Request, response *berth.Response) {
	text, _ := request.Query("count")
	count, err := strconv.Atoi(text)
	if err != nil {
		count = 3
	}
	if response.Header("cache-control", "no-store").Start("text/event-stream") != nil {
		return
	}
	for at := 1; at <= count; at++ {
		if !response.Write([]byte("data: " + strconv.Itoa(at) + "\n\n")) {
			return
		}
	}
	_ = response.End()
}

func init() {
	berth.Post("/upload", upload)
	berth.Get("/files/:name", download)
	berth.Get("/events", events)
}

func main() {}
