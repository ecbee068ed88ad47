// The extender over HTTP.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "locusctl/decision_source.h"

namespace locus::ctl {

struct HttpEndpoint {
  std::string host;
  int port = 0;
  // What stands before every path, without a trailing slash; usually empty.
  std::string prefix;
  // https.
  bool tls = false;
};

// For servers by https: what is trusted and shown. PEM files; empty: the machine's own, none.
struct HttpSecurity {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  // Bearer token; empty: none.
  std::string token;
};

// "http://host:port", "http://[::1]:8900", "http://host/prefix" (port 80), and the same with https (port 443).
// INVALID_ARGUMENT with an example otherwise.
absl::StatusOr<HttpEndpoint> ParseHttpUrl(std::string_view url);

// One connection a call. `timeout` bounds the whole call.
class HttpDecisionSource final : public DecisionSource {
 public:
  // `url` is for messages. Nothing of `security` is sent by plain HTTP.
  HttpDecisionSource(std::string url, HttpEndpoint endpoint, Duration timeout, HttpSecurity security = {})
      : url_(std::move(url)), endpoint_(std::move(endpoint)), timeout_(timeout), security_(std::move(security)) {}

  std::string address() const override { return url_; }
  absl::StatusOr<HttpAnswer> Get(const std::string& target) override;

 private:
  // The extender's largest answer is a ring of decisions with 1,000 nodes each, asked for in small numbers.
  static constexpr size_t kMaxAnswerBytes = 64 << 20;

  const std::string url_;
  const HttpEndpoint endpoint_;
  const Duration timeout_;
  const HttpSecurity security_;
};

}  // namespace locus::ctl
