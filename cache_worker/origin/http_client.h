// Requests to one server, asked again where that may help.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cache_worker/origin/http_exchange.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct HttpClientOptions {
  // For messages: http(s)://host[:port].
  std::string server;
  // At one request, the first one included.
  uint32_t attempts = 4;
  // Longest pause between two; also what Retry-After is cut to.
  Duration retry_max = std::chrono::seconds(5);
  // For the spread of the pauses.
  uint64_t seed = 0;
};

// Since the start; several clients may count into one.
struct HttpStats {
  // Attempts, whatever came of them.
  std::atomic<uint64_t> requests{0};
  // Those that followed a failed one.
  std::atomic<uint64_t> retries{0};
};

// Thread-safe. A decorator of the transport: all requests are GET or HEAD, so asking twice does no harm.
class HttpClient {
 public:
  // Makes each attempt's request: what is signed carries the time.
  using Make = std::function<absl::StatusOr<HttpRequest>()>;
  // Looks at an answer 200 or 206 and its body. DATA_LOSS: it came in pieces or wrong, asking again may help.
  using Check = std::function<absl::Status(const HttpResponse&, const HttpBody&)>;
  // Waits; false: stopped.
  using Pause = std::function<bool(Duration)>;

  // `clock` and `stats` must outlive it. Without `pause` it waits by itself.
  HttpClient(HttpClientOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock, HttpStats& stats,
             Pause pause = {});

  // The answer, whatever its status but those of IsPassingStatus. UNAVAILABLE: no attempt brought one, the text tells
  // of the last. Errors of `make`, and of `check` but DATA_LOSS, are returned at once. CANCELLED after Stop.
  absl::StatusOr<HttpResponse> Perform(const Make& make, HttpBody& body, const Check& check = {});

  const std::string& server() const { return options_.server; }

  // Ends what is under way, and all later calls.
  void Stop();

 private:
  struct Verdict;
  Verdict Judge(const absl::StatusOr<HttpResponse>& response, const HttpBody& body, const Check& check) const;
  bool Wait(Duration pause);

  const HttpClientOptions options_;
  const std::unique_ptr<HttpTransport> transport_;
  const Clock& clock_;
  HttpStats& stats_;
  const Pause pause_;
  std::atomic<uint64_t> calls_{0};
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::worker
