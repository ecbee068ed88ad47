#include "extender/http_side.h"

#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::extender {
namespace {

absl::Status OpenPort(HttpServer& server, const config::v1::Listen& listen) {
  LOCUS_RETURN_IF_ERROR(server.Start());
  return WritePortFile(listen.port_file(), server.port());
}

}  // namespace

HttpSide::HttpSide(const Secured& secured, const RouteDependencies& pages, Metrics& metrics)
    : server_(secured.http, &metrics), operator_(secured.admin) {
  AddRoutes(server_, pages);
  AddOperatorRoutes(operator_, pages);
}

absl::Status HttpSide::Open(const config::v1::Extender& config) {
  LOCUS_RETURN_IF_ERROR(OpenPort(server_, config.listen()));
  return config.admin().enabled() ? OpenPort(operator_, config.admin().listen()) : absl::OkStatus();
}

void HttpSide::Stop() {
  server_.Stop();
  operator_.Stop();
}

}  // namespace locus::extender
