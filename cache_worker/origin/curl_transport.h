// HTTP(S) to one server by libcurl: kept connections, a bound on their number, and on every wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cache_worker/origin/http_exchange.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct CurlOptions {
  // For messages: http(s)://host[:port].
  std::string server;
  // Name, connection and TLS handshake together.
  Duration connect_timeout = std::chrono::seconds(5);
  // See StallRule; from the connection on, so also the longest wait for the first byte of an answer.
  Duration stall_timeout = std::chrono::seconds(30);
  // At once; further exchanges wait for one.
  uint32_t max_connections = 32;
  // PEM file with the certificates to trust; empty: the machine's own.
  std::string ca_file;
};

// HTTP/1.1. Follows no redirect, so that what is meant for this server goes to no other; asks no proxy, whatever the
// environment says; takes no compressed answer.
class CurlTransport final : public HttpTransport {
 public:
  // `clock` must outlive it.
  CurlTransport(CurlOptions options, const Clock& clock);
  // No exchange may be under way.
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  absl::StatusOr<HttpResponse> Exchange(const HttpRequest& request, HttpBody& body) override;
  void Stop() override;

 private:
  class Connection;
  class Lease;
  class Transfer;

  // Of a transfer that ended with this CURLcode.
  absl::Status Failure(int code, const std::string& detail) const;

  const CurlOptions options_;
  const Clock& clock_;
  std::atomic<bool> stopped_{false};
  Mutex mutex_;
  CondVar changed_;
  // The one used last is at the end, and is used next: it is the most likely to be alive.
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
  std::set<Connection*> busy_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
