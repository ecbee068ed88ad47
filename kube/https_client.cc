#include "kube/https_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/status.h"
#include "common/units.h"

namespace locus::kube {
namespace {

// Wakes the wait of a call even if nothing happens; Stop wakes it at once.
constexpr int kPollMs = 1000;

// Of a refusal of a stream.
constexpr size_t kMaxRefusalBytes = 64 << 10;
// A server that asks for more is asked again nevertheless.
constexpr Duration kMaxRetryAfter = std::chrono::minutes(5);

struct Body {
  std::string bytes;
  size_t max_bytes = 0;
  bool overflown = false;

  size_t Append(const char* more, size_t count) {
    if (count > max_bytes - bytes.size()) {
      overflown = true;
      return 0;
    }
    bytes.append(more, count);
    return count;
  }
};

size_t AppendToBody(char* bytes, size_t, size_t count, void* to) {
  return static_cast<Body*>(to)->Append(bytes, count);
}

int StatusOf(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

// Bytes into lines, and when they came.
class Lines {
 public:
  Lines(CURL* easy, const StreamLimits& limits, const Clock& clock, const StreamSink& sink)
      : easy_(easy), limits_(limits), clock_(clock), sink_(sink), heard_(clock.Now()) {
    refusal_.max_bytes = kMaxRefusalBytes;
  }

  static size_t TakeHeader(char* bytes, size_t, size_t count, void* to) {
    return static_cast<Lines*>(to)->Header({bytes, count});
  }
  static size_t TakeBody(char* bytes, size_t, size_t count, void* to) {
    return static_cast<Lines*>(to)->Take({bytes, count});
  }

  Duration Left() const { return limits_.silence - (clock_.Now() - heard_); }
  bool enough() const { return enough_; }
  bool overflown() const { return overflown_; }
  std::string TakeRefusal() { return std::move(refusal_.bytes); }

 private:
  size_t Header(std::string_view line) {
    heard_ = clock_.Now();
    // The empty line ends the headers; a 1xx has such a line too.
    if (line != "\r\n" || StatusOf(easy_) != 200 || opened_) return line.size();
    opened_ = true;
    sink_.opened();
    return line.size();
  }

  size_t Take(std::string_view bytes) {
    heard_ = clock_.Now();
    // A longer one is cut: it is for people.
    if (!opened_) {
      refusal_.Append(bytes.data(), std::min(bytes.size(), refusal_.max_bytes - refusal_.bytes.size()));
      return bytes.size();
    }
    std::string_view rest = bytes;
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (!Add(rest.substr(0, end))) return 0;
      rest.remove_prefix(end + 1);
      if (!line_.empty()) enough_ = !sink_.line(line_);
      line_.clear();
      if (enough_) return 0;
    }
    return Add(rest) ? bytes.size() : 0;
  }

  bool Add(std::string_view part) {
    overflown_ = part.size() > limits_.max_line_bytes - line_.size();
    if (!overflown_) line_ += part;
    return !overflown_;
  }

  CURL* const easy_;
  const StreamLimits& limits_;
  const Clock& clock_;
  const StreamSink& sink_;
  SteadyTime heard_;
  std::string line_;
  Body refusal_;
  bool opened_ = false;
  bool enough_ = false;
  bool overflown_ = false;
};

Duration RetryAfter(CURL* easy) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
  return std::min<Duration>(std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, 3600)), kMaxRetryAfter);
}

void SetBlob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy, option, &blob);
}

void SetAccess(CURL* easy, const Access& access) {
  // An empty text: none, whatever the environment says.
  curl_easy_setopt(easy, CURLOPT_PROXY, access.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, access.insecure ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, access.insecure ? 0L : 2L);
  if (!access.authority_pem.empty()) {
    // Its folder of public authorities would stay trusted beside ours.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    SetBlob(easy, CURLOPT_CAINFO_BLOB, access.authority_pem);
  }
  if (access.certificate_pem.empty()) return;
  curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
  curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
  SetBlob(easy, CURLOPT_SSLCERT_BLOB, access.certificate_pem);
  SetBlob(easy, CURLOPT_SSLKEY_BLOB, access.key_pem);
}

std::string Where(const Access& access) { return "the API server at " + access.server; }

absl::Status Failure(CURLcode code, const char* detail, const Access& access) {
  const std::string why = *detail == '\0' ? curl_easy_strerror(code) : detail;
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return Unavailable(Where(access) + " shows a certificate that we do not trust (" + why +
                         "): check certificate-authority, and that the certificate names this host");
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::FailedPreconditionError("a certificate or key for " + access.server + " is of no use (" + why +
                                           "): it has to be PEM, and key and certificate have to belong together");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
      return Unavailable(Where(access) + " broke off in mid-answer (" + why +
                         "): it, or what is between, was restarted");
    default:
      return Unavailable("cannot reach " + Where(access) + " (" + why + "): check the address, and that it runs");
  }
}

absl::Status NoAnswerWithin(Duration timeout, const Access& access) {
  return absl::DeadlineExceededError(Where(access) + " gave no whole answer within " + FormatDuration(timeout) +
                                     ": check that it is not overloaded, or raise call_timeout");
}

}  // namespace

// A list that a transfer points to.
class HttpsClient::Headers {
 public:
  Headers() = default;
  ~Headers() { curl_slist_free_all(list_); }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  void Add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* list() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

struct HttpsClient::Handles {
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail{};

  Handles() {
    // Counts its calls, and takes no other time than the first.
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    easy = curl_easy_init();
  }
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
  }

  // Until it is done, or `go_on(longest wait)` says no: then it is CURLE_ABORTED_BY_CALLBACK. `go_on` may shorten the
  // wait.
  template <typename GoOn>
  CURLcode Run(GoOn go_on) {
    curl_multi_add_handle(multi, easy);
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    for (bool done = false; !done;) {
      std::chrono::milliseconds wait(kPollMs);
      if (!go_on(&wait)) {
        // A look-up of a name would otherwise be waited for.
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
        break;
      }
      int running = 0;
      curl_multi_perform(multi, &running);
      for (int left = 0; const CURLMsg* message = curl_multi_info_read(multi, &left);) {
        if (message->msg != CURLMSG_DONE) continue;
        code = message->data.result;
        done = true;
      }
      if (!done) curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    curl_multi_remove_handle(multi, easy);
    return code;
  }
};

HttpsClient::HttpsClient(std::string user_agent, ClockOffset* server_clock)
    : user_agent_(std::move(user_agent)), server_clock_(server_clock), handles_(std::make_unique<Handles>()) {}

HttpsClient::~HttpsClient() = default;

void HttpsClient::Stop() {
  stopped_ = true;
  curl_multi_wakeup(handles_->multi);
}

void HttpsClient::Prepare(const Access& access, const HttpRequest& request, Headers* headers) {
  CURL* const easy = handles_->easy;
  headers->Add("Accept: application/json");
  if (!access.token.empty() && access.server.starts_with("https://")) {
    headers->Add("Authorization: Bearer " + access.token);
  }
  handles_->detail.fill('\0');
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, (access.server + request.target).c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent_.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handles_->detail.data());
  if (request.gzip) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (!request.content_type.empty()) {
    headers->Add("Content-Type: " + request.content_type);
    // A server's word before the body is not waited for.
    headers->Add("Expect:");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers->list());
  SetAccess(easy, access);
}

// RFC 9110, 6.6.1: when the message was made, by the server's clock, in whole seconds.
void HttpsClient::HearDate() {
  curl_header* header = nullptr;
  if (server_clock_ == nullptr || curl_easy_header(handles_->easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return;
  }
  const time_t date = curl_getdate(header->value, nullptr);
  if (date >= 0) server_clock_->Hear(std::chrono::system_clock::from_time_t(date));
}

absl::StatusOr<HttpAnswer> HttpsClient::Call(const Access& access, const HttpRequest& request,
                                             const CallLimits& limits) {
  CURL* const easy = handles_->easy;
  Headers headers;
  Prepare(access, request, &headers);
  Body body;
  body.max_bytes = limits.max_bytes;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max<long>(1, ToMillis(limits.timeout).count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &AppendToBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  const CURLcode code = handles_->Run([&](std::chrono::milliseconds*) { return !stopped_; });
  if (stopped_) return absl::CancelledError("stopped");
  if (body.overflown) return Exhausted(Where(access) + " answered with more than " + FormatBytes(limits.max_bytes));
  if (code == CURLE_OPERATION_TIMEDOUT) return NoAnswerWithin(limits.timeout, access);
  if (code != CURLE_OK) return Failure(code, handles_->detail.data(), access);
  HearDate();
  return HttpAnswer{StatusOf(easy), std::move(body.bytes), RetryAfter(easy)};
}

absl::StatusOr<HttpAnswer> HttpsClient::Stream(const Access& access, const HttpRequest& request,
                                               const StreamLimits& limits, const Clock& clock, const StreamSink& sink) {
  CURL* const easy = handles_->easy;
  Headers headers;
  Prepare(access, request, &headers);
  const StreamSink dated{[&] {
                           HearDate();
                           sink.opened();
                         },
                         sink.line};
  Lines lines(easy, limits, clock, dated);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::max<long>(1, ToMillis(limits.connect_timeout).count()));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Lines::TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &lines);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Lines::TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &lines);
  bool silent = false;
  const CURLcode code = handles_->Run([&](std::chrono::milliseconds* wait) {
    // Rounded up, or the last millisecond would be spent in a circle.
    *wait = std::min(*wait, ToMillis(lines.Left()) + std::chrono::milliseconds(1));
    silent = lines.Left() <= Duration(0);
    return !stopped_ && !silent;
  });
  if (stopped_) return absl::CancelledError("stopped");
  if (lines.overflown())
    return Exhausted(Where(access) + " sent a line of more than " + FormatBytes(limits.max_line_bytes));
  if (silent) {
    return absl::DeadlineExceededError(Where(access) + " was silent for " + FormatDuration(limits.silence) +
                                       ": it, or the way to it, may be dead");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return NoAnswerWithin(limits.connect_timeout, access);
  if (code != CURLE_OK && !lines.enough()) return Failure(code, handles_->detail.data(), access);
  return HttpAnswer{StatusOf(easy), lines.TakeRefusal(), RetryAfter(easy)};
}

}  // namespace locus::kube
