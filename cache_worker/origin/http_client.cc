#include "cache_worker/origin/http_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cache_worker/origin/http_retry.h"
#include "common/backoff.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {
namespace {

// A server that is being restarted is back in tenths of a second, behind a balancer at once.
constexpr Duration kFirstPause = std::chrono::milliseconds(100);
// Of a refusal's text, in a message.
constexpr size_t kMaxToldText = 200;

// The first line of what the server says for people.
std::string ToldText(const HttpResponse& response) {
  std::string text;
  for (const char c : response.error_text.substr(0, kMaxToldText)) text += c < ' ' && c >= 0 ? ' ' : c;
  return text.empty() ? "" : ": " + text;
}

}  // namespace

// What becomes of one attempt.
struct HttpClient::Verdict {
  // OK: the answer is the caller's.
  absl::Status status;
  // Not OK, and another attempt may bring more.
  bool again = false;
  std::optional<Duration> asked_pause;
};

HttpClient::HttpClient(HttpClientOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock,
                       HttpStats& stats, Pause pause)
    : options_(std::move(options)),
      transport_(std::move(transport)),
      clock_(clock),
      stats_(stats),
      pause_(pause ? std::move(pause) : [this](Duration d) { return Wait(d); }) {}

HttpClient::Verdict HttpClient::Judge(const absl::StatusOr<HttpResponse>& response, const HttpBody& body,
                                      const Check& check) const {
  if (!response.ok()) return {response.status(), absl::IsUnavailable(response.status()), std::nullopt};
  if (IsPassingStatus(response->status)) {
    return {Unavailable(options_.server + " answered " + std::to_string(response->status) + ToldText(*response)), true,
            AskedPause(*response, clock_.WallNow(), options_.retry_max)};
  }
  if (response->status != 200 && response->status != 206) return {};
  if (check) {
    const absl::Status checked = check(*response, body);
    if (absl::IsDataLoss(checked)) return {Unavailable(MessageOf(checked)), true, std::nullopt};
    if (!checked.ok()) return {checked, false, std::nullopt};
  }
  if (body.overflown()) {
    return {Unavailable(options_.server + " sent more than the " + FormatBytes(body.max()) + " that there is room for"),
            false, std::nullopt};
  }
  return {};
}

absl::StatusOr<HttpResponse> HttpClient::Perform(const Make& make, HttpBody& body, const Check& check) {
  Backoff backoff(kFirstPause, options_.retry_max, options_.seed + calls_++);
  for (uint32_t attempt = 1;; ++attempt) {
    LOCUS_ASSIGN_OR_RETURN(const HttpRequest request, make());
    body.Clear();
    ++stats_.requests;
    absl::StatusOr<HttpResponse> response = transport_->Exchange(request, body);
    const Verdict verdict = Judge(response, body, check);
    if (verdict.status.ok()) return response;
    if (!verdict.again) return verdict.status;
    if (attempt >= options_.attempts) {
      return Unavailable(MessageOf(verdict.status) + " (after " + std::to_string(attempt) +
                         (attempt == 1 ? " attempt)" : " attempts)"));
    }
    const Duration own = backoff.Next();
    if (!pause_(verdict.asked_pause ? std::max(own, *verdict.asked_pause) : own)) {
      return absl::CancelledError("stopped");
    }
    ++stats_.retries;
  }
}

bool HttpClient::Wait(Duration pause) {
  MutexLock lock(mutex_);
  return !stop_asked_.WaitFor(mutex_, pause, [this] { return stopped_; });
}

void HttpClient::Stop() {
  transport_->Stop();
  MutexLock lock(mutex_);
  stopped_ = true;
  stop_asked_.NotifyAll();
}

}  // namespace locus::worker
