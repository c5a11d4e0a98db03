package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What Argo CD grants a health check, and takes from it (util/lua/lua.go and gitops-engine's pkg/health of its repository).
const scriptTime = time.Second

var (
	openedLibraries = map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	}
	healthStatuses = []string{"Unknown", "Progressing", "Suspended", "Healthy", "Degraded", "Missing"}
)

// argocd is the health that Argo CD shows where the script is its check for the object's kind.
func argocd(path string) (judge, error) {
	script, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return func(object *unstructured.Unstructured) (verdict, error) {
		// Argo CD does not ask the script about what is being deleted.
		if object.GetDeletionTimestamp() != nil {
			return verdict{Status: "Progressing", Message: "Pending deletion"}, nil
		}
		return runScript(string(script), object)
	}, nil
}

func runScript(script string, object *unstructured.Unstructured) (verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, name := range []string{lua.LoadLibName, lua.BaseLibName, lua.TabLibName} {
		open := lua.P{Fn: state.NewFunction(openedLibraries[name]), Protect: true}
		if err := state.CallByParam(open, lua.LString(name)); err != nil {
			return verdict{}, err
		}
	}
	timed, cancel := context.WithTimeout(context.Background(), scriptTime)
	defer cancel()
	state.SetContext(timed)
	state.SetGlobal("obj", luaValue(state, object.Object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	return readVerdict(state.Get(-1))
}

func readVerdict(value lua.LValue) (verdict, error) {
	table, isTable := value.(*lua.LTable)
	if !isTable {
		return verdict{}, fmt.Errorf("the script returned %s, no table", value.Type())
	}
	status := table.RawGetString("status").String()
	if !slices.Contains(healthStatuses, status) {
		return verdict{}, fmt.Errorf("the script returned the status %q, which Argo CD does not know", status)
	}
	message, isString := table.RawGetString("message").(lua.LString)
	if !isString {
		return verdict{}, fmt.Errorf("the script returned no message")
	}
	return verdict{Status: status, Message: string(message)}, nil
}

func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.NewTable()
		for _, item := range value {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	}
	return lua.LNil
}
