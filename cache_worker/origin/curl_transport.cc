#include "cache_worker/origin/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "cache_worker/origin/stall_rule.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {
namespace {

// Wakes the wait of a transfer even if nothing happens; Stop wakes it at once.
constexpr std::chrono::milliseconds kPoll{1000};
// Of one answer, in bytes; servers themselves allow a few kilobytes.
constexpr size_t kMaxHeaderBytes = size_t{64} << 10;
// What is read from the socket at once: fewer calls for a block of many megabytes.
constexpr long kReceiveBytes = 128L << 10;

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

long Millis(Duration d) { return std::max<long>(1, ToMillis(d).count()); }

}  // namespace

// One easy handle, whose connection outlives its transfers, with a multi handle that can be woken.
class CurlTransport::Connection {
 public:
  Connection() {
    // Counts its calls, and takes no other time than the first.
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    easy_ = curl_easy_init();
  }
  ~Connection() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    curl_global_cleanup();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  CURL* easy() { return easy_; }
  std::array<char, CURL_ERROR_SIZE>& detail() { return detail_; }
  void Wake() { curl_multi_wakeup(multi_); }

  // Until it is done, or `go_on(longest wait)` says no: then it is CURLE_ABORTED_BY_CALLBACK. `go_on` may shorten the
  // wait.
  template <typename GoOn>
  CURLcode Run(GoOn go_on) {
    curl_multi_add_handle(multi_, easy_);
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    for (bool done = false; !done;) {
      std::chrono::milliseconds wait = kPoll;
      if (!go_on(&wait)) {
        // A look-up of a name would otherwise be waited for.
        curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
        break;
      }
      int running = 0;
      curl_multi_perform(multi_, &running);
      for (int left = 0; const CURLMsg* message = curl_multi_info_read(multi_, &left);) {
        if (message->msg != CURLMSG_DONE) continue;
        code = message->data.result;
        done = true;
      }
      if (!done) curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    curl_multi_remove_handle(multi_, easy_);
    return code;
  }

 private:
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

// One of the `max_connections`, for one exchange.
class CurlTransport::Lease {
 public:
  explicit Lease(CurlTransport& owner) : owner_(owner) {
    MutexLock lock(owner_.mutex_);
    owner_.changed_.Wait(owner_.mutex_, [this] {
      return owner_.stopped_ || !owner_.idle_.empty() || owner_.busy_.size() < owner_.options_.max_connections;
    });
    if (owner_.stopped_) return;
    if (owner_.idle_.empty()) {
      connection_ = std::make_unique<Connection>();
    } else {
      connection_ = std::move(owner_.idle_.back());
      owner_.idle_.pop_back();
    }
    owner_.busy_.insert(connection_.get());
  }
  ~Lease() {
    if (connection_ == nullptr) return;
    MutexLock lock(owner_.mutex_);
    owner_.busy_.erase(connection_.get());
    owner_.idle_.push_back(std::move(connection_));
    owner_.changed_.NotifyOne();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  // Null: stopped.
  Connection* connection() { return connection_.get(); }

 private:
  CurlTransport& owner_;
  std::unique_ptr<Connection> connection_;
};

// An answer as it comes in.
class CurlTransport::Transfer {
 public:
  Transfer(CURL* easy, HttpBody& body, Duration stall, const Clock& clock)
      : easy_(easy), body_(body), clock_(clock), stall_(stall, clock.Now()) {}
  ~Transfer() { curl_slist_free_all(request_headers_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void Prepare(const HttpRequest& request, const CurlOptions& options, char* detail) {
    AddHeader("Accept-Encoding: identity");
    for (const auto& [name, value] : request.headers) AddHeader(name + ": " + value);
    curl_easy_reset(easy_);
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, "locus-worker");
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    curl_easy_setopt(easy_, CURLOPT_NOBODY, request.head ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, Millis(options.connect_timeout));
    curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kReceiveBytes);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, request_headers_);
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::OnConnected);
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    if (options.ca_file.empty()) return;
    // Its folder of public authorities would stay trusted beside ours.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  }

  // Before the connection stands, connect_timeout bounds the wait.
  Duration Left() const { return connected_ ? stall_.Left(clock_.Now()) : Duration(kPoll); }
  // The answer is here as far as it is wanted; the rest is not waited for.
  bool enough() const { return enough_; }
  // False: the connection ended in the middle of them, which libcurl lets pass.
  bool whole_headers() const { return whole_headers_; }
  bool headers_overflown() const { return header_bytes_ > kMaxHeaderBytes; }
  HttpResponse TakeResponse() {
    response_.status = Status();
    return std::move(response_);
  }

 private:
  static int OnConnected(void* to, char*, char*, int, int) {
    auto* const transfer = static_cast<Transfer*>(to);
    transfer->connected_ = true;
    transfer->stall_.Restart(transfer->clock_.Now());
    return CURL_PREREQFUNC_OK;
  }
  static size_t OnHeader(char* bytes, size_t, size_t count, void* to) {
    return static_cast<Transfer*>(to)->Header({bytes, count}) ? count : 0;
  }
  static size_t OnBody(char* bytes, size_t, size_t count, void* to) {
    return static_cast<Transfer*>(to)->Body({bytes, count}) ? count : 0;
  }

  bool Header(std::string_view line) {
    header_bytes_ += line.size();
    if (headers_overflown()) return false;
    stall_.Heard(line.size(), clock_.Now());
    // Each status line begins anew: a 1xx comes before the answer itself.
    if (line.starts_with("HTTP/")) response_.headers.clear();
    whole_headers_ = line == "\r\n" || line == "\n";
    if (whole_headers_) stall_.Restart(clock_.Now());
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    response_.headers[std::move(name)] = Trimmed(line.substr(colon + 1));
    return true;
  }

  bool Body(std::string_view bytes) {
    stall_.Heard(bytes.size(), clock_.Now());
    if (const int status = Status(); status == 200 || status == 206) {
      enough_ = !body_.Append(bytes);
    } else {
      response_.error_text += bytes.substr(0, kMaxErrorText - response_.error_text.size());
      enough_ = response_.error_text.size() == kMaxErrorText;
    }
    return !enough_;
  }

  int Status() const {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }

  void AddHeader(const std::string& line) { request_headers_ = curl_slist_append(request_headers_, line.c_str()); }

  CURL* const easy_;
  HttpBody& body_;
  const Clock& clock_;
  StallRule stall_;
  curl_slist* request_headers_ = nullptr;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  bool connected_ = false;
  bool whole_headers_ = false;
  bool enough_ = false;
};

CurlTransport::CurlTransport(CurlOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

CurlTransport::~CurlTransport() = default;

absl::StatusOr<HttpResponse> CurlTransport::Exchange(const HttpRequest& request, HttpBody& body) {
  Lease lease(*this);
  Connection* const connection = lease.connection();
  if (connection == nullptr) return absl::CancelledError("stopped");
  connection->detail().fill('\0');
  Transfer transfer(connection->easy(), body, options_.stall_timeout, clock_);
  transfer.Prepare(request, options_, connection->detail().data());
  bool stalled = false;
  const CURLcode code = connection->Run([&](std::chrono::milliseconds* wait) {
    const Duration left = transfer.Left();
    stalled = left <= Duration(0);
    // Rounded up, or the last millisecond would be spent in a circle.
    *wait = std::min(*wait, ToMillis(left) + std::chrono::milliseconds(1));
    return !stopped_ && !stalled;
  });
  if (stopped_) return absl::CancelledError("stopped");
  if (transfer.headers_overflown()) {
    return Unavailable(options_.server + " answered with more than " + FormatBytes(kMaxHeaderBytes) + " of headers");
  }
  if (stalled) {
    return Unavailable(options_.server + " sent nothing, or next to nothing, for " +
                       FormatDuration(options_.stall_timeout) + ": it, or the way to it, is dead or overloaded");
  }
  if (code != CURLE_OK && !transfer.enough()) return Failure(code, connection->detail().data());
  if (!transfer.whole_headers()) return Failure(CURLE_PARTIAL_FILE, "no whole headers");
  return transfer.TakeResponse();
}

void CurlTransport::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (Connection* connection : busy_) connection->Wake();
  changed_.NotifyAll();
}

absl::Status CurlTransport::Failure(int code, const std::string& detail) const {
  const std::string why = detail.empty() ? curl_easy_strerror(static_cast<CURLcode>(code)) : detail;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Unavailable("cannot find the host of " + options_.server + " (" + why +
                         "): check the name, and this node's DNS");
    case CURLE_OPERATION_TIMEDOUT:
      return Unavailable("no connection to " + options_.server + " within " + FormatDuration(options_.connect_timeout) +
                         ": check the address and what is between, or raise origin.connect_timeout");
    case CURLE_PEER_FAILED_VERIFICATION:
      return Unavailable(options_.server + " shows a certificate that is not trusted (" + why +
                         "): check ca_file, and that the certificate names this host");
    case CURLE_SSL_CACERT_BADFILE:
      return Unavailable("ca_file '" + options_.ca_file + "' is of no use (" + why + "): it has to be PEM");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING: return Unavailable(options_.server + " broke off in mid-answer (" + why + ")");
    default:
      return Unavailable("cannot reach " + options_.server + " (" + why + "): check the address, and that it runs");
  }
}

}  // namespace locus::worker
