// Counter: storage, JSON, compare-and-set.
package main

import (
	"encoding/json"
	"strconv"

	"berth"
	"berth/raw"
)

type counter struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

func keyOf(request *berth.Request) string { return "counter:" + request.Param("name") }

func number(item *berth.Item) int64 {
	value, _ := strconv.ParseInt(string(item.Value), 10, 64)
	return value
}

func send(response *berth.Response, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		response.Error(500, err.Error())
		return
	}
	response.JSON(text)
}

func fail(response *berth.Response, err error) {
	if berth.CodeOf(err) == raw.CodeDenied {
		response.Error(403, err.Error())
	} else {
		response.Error(500, err.Error())
	}
}

func list(_ *berth.Request, response *berth.Response) {
	items, err := berth.StorageList("counter:", "", "", 100)
	if err != nil {
		fail(response, err)
		return
	}
	counters := map[string]int64{}
	for _, item := range items {
		counters[item.Key[8:]] = number(&item)
	}
	send(response, counters)
}

func get(request *berth.Request, response *berth.Response) {
	item, err := berth.StorageGet(keyOf(request))
	if err != nil {
		fail(response, err)
	} else if item == nil {
		response.Error(404, "no such counter")
	} else {
		send(response, counter{request.Param("name"), number(item)})
	}
}

func count(request *berth.Request, response *berth.Response) {
	body := struct {
		By int64 `json:"by"`
	}{By: 1}
	if len(request.Body) > 0 {
		if err := json.Unmarshal(request.Body, &body); err != nil {
			response.Error(400, "the body is no JSON")
			return
		}
	}
	key := keyOf(request)
	for {
		item, err := berth.StorageGet(key)
		if err != nil {
			fail(response, err)
			return
		}
		value := body.By
		var before *string
		if item != nil {
			text := string(item.Value)
			before = &text
			value += number(item)
		}
		swapped, err := berth.StorageCompareAndSet(key, before, strconv.FormatInt(value, 10))
		if err != nil {
			fail(response, err)
			return
		}
		if !swapped {
			continue // somebody else was faster: look again
		}
		name := request.Param("name")
		berth.Log("info", "counted", "name", name)
		send(response, counter{name, value})
		return
	}
}

func remove(request *berth.Request, response *berth.Response) {
	removed, err := berth.StorageRemove(keyOf(request))
	if err != nil {
		fail(response, err)
	} else if removed {
		response.Status(204).Text("")
	} else {
		response.Status(404).Text("")
	}
}

func init() {
	berth.Get("/counters", list)
	berth.Get("/counters/:name", get)
	berth.Post("/counters/:name", count)
	berth.Delete("/counters/:name", remove)
}

func main() {}
