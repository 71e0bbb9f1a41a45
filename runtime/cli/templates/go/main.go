// {{name}}: says hello and remembers how often.
package main

import (
	"encoding/json"
	"strconv"

	"berth"
)

// count says how often this name was greeted, now included. Storage needs the "storage" capability of berth.json.
func count(name string) (int, error) {
	before, err := berth.StorageGet(name)
	if err != nil {
		return 0, err
	}
	times := 1
	if before != nil {
		known, _ := strconv.Atoi(string(before.Value))
		times += known
	}
	return times, berth.StorageSet(name, strconv.Itoa(times))
}

func hello(request *berth.Request, response *berth.Response) {
	name := request.Param("name")
	times, err := count(name)
	if err != nil {
		response.Error(500, err.Error())
		return
	}
	berth.Log("info", "said hello", "name", name)
	text, _ := json.Marshal(map[string]any{"greeting": "hello " + name, "times": times})
	response.JSON(text)
}

func init() {
	berth.Get("/", func(_ *berth.Request, response *berth.Response) {
		response.Text("{{name}} is here; try /hello/you\n")
	})
	berth.Get("/hello/:name", hello)
}

func main() {}
