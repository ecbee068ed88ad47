// noop_extender PORT_FILE
//
// The floor of the bench: the same HTTP server as locus-extender, and handlers that only parse all node names and echo
// them (filter) or answer that nothing is preferred (prioritize).
#include <simdjson.h>

#include <iostream>
#include <string>

#include "common/http_server.h"
#include "common/lifecycle.h"
#include "common/memory.h"
#include "common/status.h"

namespace {

// One document's names, in order. Empty for anything that is no ExtenderArgs.
std::vector<std::string_view> ParseNames(simdjson::ondemand::parser& parser, const simdjson::padded_string& body) {
  std::vector<std::string_view> names;
  simdjson::ondemand::document document;
  if (parser.iterate(body).get(document) != simdjson::SUCCESS) return names;
  simdjson::ondemand::array array;
  if (document["NodeNames"].get_array().get(array) != simdjson::SUCCESS) return names;
  for (auto item : array) {
    std::string_view name;
    if (item.get_string().get(name) != simdjson::SUCCESS) return {};
    names.push_back(name);
  }
  return names;
}

locus::HttpResponse Filter(const locus::HttpRequest& request) {
  thread_local simdjson::ondemand::parser parser;
  const simdjson::padded_string body(request.body);
  locus::HttpResponse response;
  response.body = R"({"Nodes":null,"NodeNames":[)";
  for (const std::string_view name : ParseNames(parser, body)) {
    if (response.body.back() != '[') response.body += ',';
    response.body += '"';
    response.body += name;
    response.body += '"';
  }
  response.body += R"(],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})";
  return response;
}

locus::HttpResponse Prioritize(const locus::HttpRequest& request) {
  thread_local simdjson::ondemand::parser parser;
  const simdjson::padded_string body(request.body);
  locus::HttpResponse response;
  response.body = ParseNames(parser, body).empty() ? "" : "[]";
  return response;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: noop_extender PORT_FILE\n";
    return 2;
  }
  locus::BlockStopSignals();
  locus::KeepFreedMemory(64 << 20);
  locus::HttpServer server({});
  server.Route("POST", "/filter", Filter);
  server.Route("POST", "/prioritize", Prioritize);
  absl::Status status = server.Start();
  if (status.ok()) status = locus::WritePortFile(argv[1], server.port());
  if (!status.ok()) {
    std::cerr << "noop_extender: " << locus::MessageOf(status) << "\n";
    return 1;
  }
  locus::WaitForStopSignal();
  return 0;
}
