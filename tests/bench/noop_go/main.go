// Command noop_go is the Go floor of the bench: an extender on net/http and encoding/json, as they come, that decodes
// the node names and echoes them (filter) or answers that nothing is preferred (prioritize). Usage: noop_go PORT_FILE
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
)

type extenderArgs struct {
	NodeNames *[]string
}

type filterResult struct {
	Nodes                      *struct{}
	NodeNames                  *[]string
	FailedNodes                map[string]string
	FailedAndUnresolvableNodes map[string]string
	Error                      string
}

type hostPriority struct {
	Host  string
	Score int64
}

func answer(w http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func handler(answerArgs func(http.ResponseWriter, extenderArgs)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var args extenderArgs
		if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answerArgs(w, args)
	}
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: noop_go PORT_FILE")
	}
	http.HandleFunc("/filter", handler(func(w http.ResponseWriter, args extenderArgs) {
		answer(w, filterResult{NodeNames: args.NodeNames})
	}))
	http.HandleFunc("/prioritize", handler(func(w http.ResponseWriter, args extenderArgs) {
		answer(w, []hostPriority{})
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	temporary := os.Args[1] + ".tmp"
	port := fmt.Sprintln(listener.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(temporary, []byte(port), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(temporary, os.Args[1]); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}
