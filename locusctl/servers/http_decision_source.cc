#include "locusctl/servers/http_decision_source.h"

#include <httplib.h>

#include <charconv>
#include <memory>
#include <thread>

#include "common/mutex.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::ctl {
namespace {

constexpr const char* kExample = "write for example http://127.0.0.1:8900";

std::string Reason(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection: return "connection refused, or the host is not known";
    case httplib::Error::ConnectionTimeout: return "no connection";
    case httplib::Error::Read: return "the connection ended before the answer was complete";
    case httplib::Error::Write: return "the connection ended while the question was sent";
    case httplib::Error::SSLConnection: return "TLS failed: does the server speak it, and take our certificate?";
    case httplib::Error::SSLLoadingCerts: return "a certificate, key or authority (--cert, --key, --ca) cannot be read";
    case httplib::Error::SSLServerVerification:
      return "the server's certificate is not trusted: name its authority with --ca, and the server as it is named "
             "there";
    default: return "HTTP failed: " + httplib::to_string(error);
  }
}

// httplib's time-outs start anew with each packet: this ends a call to a server that drips.
class Watchdog {
 public:
  Watchdog(httplib::ClientImpl& client, Duration timeout)
      : thread_([this, &client, timeout] { Watch(client, timeout); }) {}
  ~Watchdog() { Disarm(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // The call has returned. True when its time had run out.
  bool Disarm() {
    {
      MutexLock lock(mutex_);
      done_ = true;
      changed_.NotifyAll();
    }
    if (thread_.joinable()) thread_.join();
    MutexLock lock(mutex_);
    return late_;
  }

 private:
  // A stop that falls between connecting and sending is lost: hence again and again.
  static constexpr Duration kAgain = std::chrono::milliseconds(20);

  void Watch(httplib::ClientImpl& client, Duration timeout) {
    MutexLock lock(mutex_);
    const auto done = [this]() { return done_; };
    for (Duration wait = timeout; !changed_.WaitFor(mutex_, wait, done); wait = kAgain) {
      late_ = true;
      client.stop();
    }
  }

  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  bool late_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

std::unique_ptr<httplib::ClientImpl> MakeClient(const HttpEndpoint& endpoint, const HttpSecurity& security) {
  if (!endpoint.tls) return std::make_unique<httplib::ClientImpl>(endpoint.host, endpoint.port);
  auto client =
      std::make_unique<httplib::SSLClient>(endpoint.host, endpoint.port, security.cert_file, security.key_file);
  if (!security.ca_file.empty()) client->set_ca_cert_path(security.ca_file.c_str());
  client->enable_server_certificate_verification(true);
  if (!security.token.empty()) client->set_bearer_token_auth(security.token);
  return client;
}

}  // namespace

absl::StatusOr<HttpEndpoint> ParseHttpUrl(std::string_view url) {
  const std::string quoted = "'" + std::string(url) + "'";
  HttpEndpoint endpoint;
  endpoint.tls = url.substr(0, 8) == "https://";
  const std::string_view scheme = endpoint.tls ? "https://" : "http://";
  if (url.substr(0, scheme.size()) != scheme) return InvalidArgument(quoted + " is not a URL; " + kExample);
  std::string_view rest = url.substr(scheme.size());
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    endpoint.prefix = rest.substr(slash);
    while (!endpoint.prefix.empty() && endpoint.prefix.back() == '/') endpoint.prefix.pop_back();
    rest = rest.substr(0, slash);
  }
  // In [..] colons belong to the address.
  const size_t bracket = rest.find(']');
  const bool v6 = !rest.empty() && rest[0] == '[' && bracket != std::string_view::npos;
  const size_t colon = rest.find(':', v6 ? bracket : 0);
  endpoint.host = v6 ? rest.substr(1, bracket - 1) : rest.substr(0, colon);
  endpoint.port = endpoint.tls ? 443 : 80;
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (error != std::errc() || end != digits.data() + digits.size() || endpoint.port < 1 || endpoint.port > 65535) {
      return InvalidArgument(quoted + " has no port from 1 to 65535; " + kExample);
    }
  }
  const bool odd = endpoint.host.find_first_of(" @?#[]\t\r\n") != std::string::npos ||
                   endpoint.prefix.find_first_of(" ?#\t\r\n") != std::string::npos;
  if (endpoint.host.empty() || odd) return InvalidArgument(quoted + " names no host; " + kExample);
  return endpoint;
}

absl::StatusOr<HttpAnswer> HttpDecisionSource::Get(const std::string& target) {
  const std::unique_ptr<httplib::ClientImpl> client = MakeClient(endpoint_, security_);
  client->set_connection_timeout(timeout_);
  // Longer than the watchdog's, which says what happened.
  client->set_read_timeout(2 * timeout_);
  client->set_write_timeout(2 * timeout_);
  HttpAnswer answer;
  bool large = false;
  Watchdog watchdog(*client, timeout_);
  const httplib::Result result = client->Get(endpoint_.prefix + target, [&](const char* data, size_t size) {
    large = answer.body.size() + size > kMaxAnswerBytes;
    if (!large) answer.body.append(data, size);
    return !large;
  });
  const bool late = watchdog.Disarm();
  if (large) return Unavailable("the answer is larger than " + FormatBytes(kMaxAnswerBytes));
  if (!result) return Unavailable(late ? "no answer within " + FormatDuration(timeout_) : Reason(result.error()));
  answer.status = result->status;
  return answer;
}

}  // namespace locus::ctl
