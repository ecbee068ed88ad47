// HTTP(S) with a bound on everything: libcurl.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "kube/credentials.h"

namespace locus::kube {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// One call at a time; Stop may come from any thread. Keeps its connection between calls. Follows no redirect, asks no
// proxy but the one in Access, and sends a token over TLS only.
class HttpsClient {
 public:
  explicit HttpsClient(std::string user_agent);
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  // GET <server><target>; `timeout` bounds the whole call, `max_bytes` the body. Any HTTP status is OK here.
  // UNAVAILABLE (not reached, TLS refused; with what to check), DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (a longer body),
  // FAILED_PRECONDITION (what Access holds is of no use), CANCELLED after Stop.
  absl::StatusOr<HttpAnswer> Get(const Access& access, const std::string& target, Duration timeout, size_t max_bytes);

  // Ends the call under way at once, and all later ones.
  void Stop();

 private:
  struct Handles;

  const std::string user_agent_;
  std::atomic<bool> stopped_{false};
  std::unique_ptr<Handles> handles_;
};

}  // namespace locus::kube
