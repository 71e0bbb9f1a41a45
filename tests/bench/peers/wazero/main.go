// An HTTP host over wazero for guests of the serverless ABI 2.0, as small as the benchmark needs it:
// `wazero-host GUEST.wasm`; every request gets a new instance. Prints where it listens.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// One request in a guest; found again in host functions through the context.
type turn struct {
	event  []byte
	status int
	body   []byte
}

type turnKey struct{}

func text(into []byte, value []byte) []byte {
	into = append(into, 0xdb)
	into = binary.BigEndian.AppendUint32(into, uint32(len(value)))
	return append(into, value...)
}

func texts(into []byte, values ...string) []byte {
	for _, value := range values {
		into = text(into, []byte(value))
	}
	return into
}

func event(request *http.Request, body []byte) []byte {
	into := make([]byte, 0, 512+len(body))
	into = texts(append(into, 0x84), "jsonrpc", "2.0", "id")
	into = texts(append(into, 1), "method", "http.request", "params")
	into = texts(append(into, 0x82), "context")
	into = texts(append(into, 0x82), "info")
	into = texts(append(into, 0x80), "env")
	into = texts(append(into, 0x80), "request")
	into = texts(append(into, 0x84), "url", request.URL.RequestURI(), "method", request.Method, "headers")
	into = append(into, 0xde)
	into = binary.BigEndian.AppendUint16(into, uint16(len(request.Header)))
	for name, values := range request.Header {
		into = texts(into, name, values[0])
	}
	return text(texts(into, "jsonBody"), body)
}

// What follows a head byte of MessagePack, as far as the guests' answers go.
func read(message []byte) (value []byte, number int, count int, rest []byte) {
	head, rest := message[0], message[1:]
	size := func(bytes int) int {
		length := 0
		for _, one := range rest[:bytes] {
			length = length<<8 | int(one)
		}
		rest = rest[bytes:]
		return length
	}
	switch {
	case head < 0x80:
		return nil, int(head), 0, rest
	case head < 0xa0:
		return nil, 0, int(head & 0x0f), rest
	case head < 0xc0:
		length := int(head & 0x1f)
		return rest[:length], 0, 0, rest[length:]
	case head >= 0xcc && head <= 0xce:
		number := size(1 << (head - 0xcc))
		return nil, number, 0, rest
	case head >= 0xd9 && head <= 0xdb:
		length := size(1 << (head - 0xd9))
		return rest[:length], 0, 0, rest[length:]
	}
	panic(fmt.Sprintf("unexpected MessagePack head %x", head))
}

// {jsonrpc, id, method, params: [data, {statusCode}]}
func answer(now *turn, message []byte) {
	_, _, pairs, rest := read(message)
	var key []byte
	for ; pairs > 0; pairs-- {
		key, _, _, rest = read(rest)
		if string(key) != "params" {
			_, _, _, rest = read(rest)
			continue
		}
		_, _, _, rest = read(rest)
		var data []byte
		data, _, _, rest = read(rest)
		now.body = append([]byte(nil), data...)
		_, _, _, rest = read(rest)
		_, _, _, rest = read(rest)
		_, now.status, _, rest = read(rest)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	env := runtime.NewHostModuleBuilder("env")
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	export := func(name string, params []api.ValueType, run api.GoModuleFunc) {
		env.NewFunctionBuilder().WithGoModuleFunction(run, params, nil).Export(name)
	}
	export("mk_module_api_request", []api.ValueType{i32, i32, i32},
		func(ctx context.Context, module api.Module, stack []uint64) {
			message, ok := module.Memory().Read(uint32(stack[1]), uint32(stack[2]))
			if !ok {
				panic("a message outside of the memory")
			}
			answer(ctx.Value(turnKey{}).(*turn), message)
		})
	export("mk_module_get_buffer", []api.ValueType{i32, i64, i32},
		func(ctx context.Context, module api.Module, stack []uint64) {
			module.Memory().Write(uint32(stack[0]), ctx.Value(turnKey{}).(*turn).event[:uint32(stack[2])])
		})
	export("mk_module_set_buffer", []api.ValueType{i64, i32, i32},
		func(context.Context, api.Module, []uint64) {})
	must(env.Instantiate(ctx))
	compiled := must(runtime.CompileModule(ctx, must(os.ReadFile(os.Args[1]))))
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()

	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Printf("{\"origin\":\"http://%s\"}\n", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		now := &turn{event: event(request, must(io.ReadAll(request.Body))), status: 200}
		ctx := context.WithValue(request.Context(), turnKey{}, now)
		guest := must(runtime.InstantiateModule(ctx, compiled, config))
		defer guest.Close(ctx)
		must(guest.ExportedFunction("mk_module_on_event").Call(ctx, 1, uint64(len(now.event))))
		writer.WriteHeader(now.status)
		writer.Write(now.body)
	})))
}
