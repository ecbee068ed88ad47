// The way to every server: each channel and each HTTP client of the program is made here.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "common/clock.h"
#include "locusctl/decision_source.h"
#include "locusctl/servers/http_decision_source.h"

namespace locus::ctl {

// Thread-safe.
class Dialer {
 public:
  // `timeout` bounds each call as a whole, connecting included. `clock` must outlive this.
  Dialer(Duration timeout, const Clock& clock) : timeout_(timeout), clock_(clock) {}

  // To locus-meta or a cache worker, HOST:PORT. Connects at the first call.
  std::shared_ptr<grpc::Channel> Channel(const std::string& target) const;
  // To locus-extender, or to the web UI of a Spark driver; `url` is for messages.
  std::unique_ptr<DecisionSource> Http(std::string url, const HttpEndpoint& endpoint) const;

  // When a gRPC call that begins now is to be over.
  std::chrono::system_clock::time_point Deadline() const;

 private:
  const Duration timeout_;
  const Clock& clock_;
};

}  // namespace locus::ctl
