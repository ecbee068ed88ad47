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

struct Sink {
  std::string body;
  size_t max_bytes = 0;
  bool overflown = false;
};

size_t Append(char* bytes, size_t, size_t count, void* to) {
  Sink& sink = *static_cast<Sink*>(to);
  if (count > sink.max_bytes - sink.body.size()) {
    sink.overflown = true;
    return 0;
  }
  sink.body.append(bytes, count);
  return count;
}

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void AddHeader(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
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

absl::Status Failure(CURLcode code, const char* detail, const std::string& server, Duration timeout) {
  const std::string where = "the API server at " + server;
  const std::string why = *detail == '\0' ? curl_easy_strerror(code) : detail;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(where + " gave no whole answer within " + FormatDuration(timeout) +
                                         ": check that it is not overloaded, or raise call_timeout");
    case CURLE_PEER_FAILED_VERIFICATION:
      return Unavailable(where + " shows a certificate that we do not trust (" + why +
                         "): check certificate-authority, and that the certificate names this host");
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::FailedPreconditionError("a certificate or key for " + server + " is of no use (" + why +
                                           "): it has to be PEM, and key and certificate have to belong together");
    default: return Unavailable("cannot reach " + where + " (" + why + "): check the address, and that it runs");
  }
}

}  // namespace

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

  // Nothing when it was stopped.
  CURLcode Run(const std::atomic<bool>& stopped) {
    curl_multi_add_handle(multi, easy);
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    for (bool done = false; !done && !stopped;) {
      int running = 0;
      curl_multi_perform(multi, &running);
      for (int left = 0; const CURLMsg* message = curl_multi_info_read(multi, &left);) {
        if (message->msg != CURLMSG_DONE) continue;
        code = message->data.result;
        done = true;
      }
      if (!done) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    // A look-up of a name would otherwise be waited for.
    if (stopped) curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_multi_remove_handle(multi, easy);
    return code;
  }
};

HttpsClient::HttpsClient(std::string user_agent)
    : user_agent_(std::move(user_agent)), handles_(std::make_unique<Handles>()) {}

HttpsClient::~HttpsClient() = default;

void HttpsClient::Stop() {
  stopped_ = true;
  curl_multi_wakeup(handles_->multi);
}

absl::StatusOr<HttpAnswer> HttpsClient::Get(const Access& access, const std::string& target, Duration timeout,
                                            size_t max_bytes) {
  CURL* const easy = handles_->easy;
  Sink sink;
  sink.max_bytes = max_bytes;
  Headers headers(nullptr, &curl_slist_free_all);
  AddHeader(headers, "Accept: application/json");
  if (!access.token.empty() && access.server.starts_with("https://")) {
    AddHeader(headers, "Authorization: Bearer " + access.token);
  }
  handles_->detail.fill('\0');
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, (access.server + target).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent_.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max<long>(1, ToMillis(timeout).count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handles_->detail.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
  SetAccess(easy, access);
  const CURLcode code = handles_->Run(stopped_);
  if (stopped_) return absl::CancelledError("stopped");
  if (sink.overflown) {
    return Exhausted("the API server at " + access.server + " answered with more than " + FormatBytes(max_bytes));
  }
  if (code != CURLE_OK) return Failure(code, handles_->detail.data(), access.server, timeout);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return HttpAnswer{static_cast<int>(status), std::move(sink.body)};
}

}  // namespace locus::kube
