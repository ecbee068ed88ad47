// The ports of an extender.
#pragma once

#include "absl/status/status.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "extender/http/routes.h"
#include "extender/secured.h"
#include "proto/config/v1/extender.pb.h"

namespace locus::extender {

// kube-scheduler's and people's port, and where it is enabled the operator's. Not thread-safe.
class HttpSide {
 public:
  // `pages` is copied; what it refers to, and `metrics`, must outlive this.
  HttpSide(const Secured& secured, const RouteDependencies& pages, Metrics& metrics);

  // Opens what `config` says, and writes the port files. UNAVAILABLE names address and port.
  absl::Status Open(const config::v1::Extender& config);
  int port() const { return server_.port(); }
  // Idempotent.
  void Stop();

 private:
  HttpServer server_;
  // Its requests are not counted: that metric is about kube-scheduler.
  HttpServer operator_;
};

}  // namespace locus::extender
