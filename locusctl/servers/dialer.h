// The way to every server: each channel and each HTTP client of the program is made here.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "common/clock.h"
#include "locusctl/access/client_files.h"
#include "locusctl/decision_source.h"
#include "locusctl/servers/http_decision_source.h"

namespace locus::ctl {

// Thread-safe.
class Dialer {
 public:
  // `timeout` bounds each call as a whole, connecting included. `clock` must outlive this. `files` as the user named
  // them, and `security` what was read from them.
  Dialer(Duration timeout, const Clock& clock, ClientFiles files = {}, ClientSecurity security = {})
      : timeout_(timeout), clock_(clock), files_(std::move(files)), security_(std::move(security)) {}

  // To locus-meta or a cache worker, HOST:PORT. Connects at the first call.
  std::shared_ptr<grpc::Channel> Channel(const std::string& target) const;
  // To locus-extender; `url` is for messages.
  std::unique_ptr<DecisionSource> Http(std::string url, const HttpEndpoint& endpoint) const;
  // To a server that is not ours, such as the web UI of a Spark driver: it is shown neither certificate nor token.
  std::unique_ptr<DecisionSource> ForeignHttp(std::string url, const HttpEndpoint& endpoint) const;

  // When a gRPC call that begins now is to be over.
  std::chrono::system_clock::time_point Deadline() const;

 private:
  const Duration timeout_;
  const Clock& clock_;
  const ClientFiles files_;
  const ClientSecurity security_;
};

}  // namespace locus::ctl
