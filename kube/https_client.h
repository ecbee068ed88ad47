// HTTP(S) with a bound on everything: libcurl.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/clock_offset.h"
#include "kube/credentials.h"

namespace locus::kube {

struct HttpRequest {
  std::string method = "GET";
  // Path and query, percent-encoded.
  std::string target;
  // Sent when `content_type` is not empty.
  std::string body;
  std::string content_type;
  // Whether the answer may come compressed; it is handed over as it was before.
  bool gzip = false;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  // Header Retry-After; 0: none.
  Duration retry_after{0};
};

// Bounds of one call. The body counts as it is handed over: decompressed.
struct CallLimits {
  Duration timeout = std::chrono::seconds(10);
  size_t max_bytes = size_t{64} << 20;
};

struct StreamLimits {
  // To get a connection.
  Duration connect_timeout = std::chrono::seconds(10);
  // Without a single byte, from the request on.
  Duration silence = std::chrono::seconds(90);
  size_t max_line_bytes = size_t{16} << 20;
};

struct StreamSink {
  // The server has answered 200: lines will follow.
  std::function<void()> opened;
  // One line without its end; an empty one is not told. False: enough, the call ends.
  std::function<bool(std::string_view)> line;
};

// One call at a time; Stop may come from any thread. Keeps its connection between calls. Follows no redirect, asks no
// proxy but the one in Access, and sends a token over TLS only.
class HttpsClient {
 public:
  // `server_clock` is told what each answer's Date says, and must outlive this; null: nobody wants to know.
  explicit HttpsClient(std::string user_agent, ClockOffset* server_clock = nullptr);
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  // One request to <server><target>. Any HTTP status is OK here.
  // UNAVAILABLE (not reached, TLS refused; with what to check), DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (a longer body),
  // FAILED_PRECONDITION (what Access holds is of no use), CANCELLED after Stop.
  absl::StatusOr<HttpAnswer> Call(const Access& access, const HttpRequest& request, const CallLimits& limits);

  // A request whose answer comes line by line for as long as the server likes, up to its end or the sink's. The sink is
  // called from this thread, and must not call this client but for Stop. A status other than 200 is an answer as that
  // of Call, with at most 64 KiB of its body; a last line without an end was cut off and is not told. Errors as above;
  // DEADLINE_EXCEEDED: silence by `clock`, RESOURCE_EXHAUSTED: a longer line.
  absl::StatusOr<HttpAnswer> Stream(const Access& access, const HttpRequest& request, const StreamLimits& limits,
                                    const Clock& clock, const StreamSink& sink);

  // Ends the call under way at once, and all later ones.
  void Stop();

 private:
  struct Handles;
  class Headers;

  // A fresh transfer of `request`, which points to `headers` and into `request`.
  void Prepare(const Access& access, const HttpRequest& request, Headers* headers);
  // Of the answer that is coming in, or has come.
  void HearDate();

  const std::string user_agent_;
  ClockOffset* const server_clock_;
  std::atomic<bool> stopped_{false};
  std::unique_ptr<Handles> handles_;
};

}  // namespace locus::kube
