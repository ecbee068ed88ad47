// The extender over HTTP.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "locusctl/decision_source.h"

namespace locus::ctl {

struct HttpEndpoint {
  std::string host;
  int port = 0;
  // What stands before every path, without a trailing slash; usually empty.
  std::string prefix;
};

// "http://host:port", "http://[::1]:8900", "http://host/prefix" (port 80). INVALID_ARGUMENT with an example otherwise,
// also for https, which the extender does not speak.
absl::StatusOr<HttpEndpoint> ParseHttpUrl(std::string_view url);

// One connection a call. `timeout` bounds the whole call.
class HttpDecisionSource final : public DecisionSource {
 public:
  // `url` is for messages.
  HttpDecisionSource(std::string url, HttpEndpoint endpoint, Duration timeout)
      : url_(std::move(url)), endpoint_(std::move(endpoint)), timeout_(timeout) {}

  std::string address() const override { return url_; }
  absl::StatusOr<HttpAnswer> Get(const std::string& target) override;

 private:
  // The extender's largest answer is a ring of decisions with 1,000 nodes each, asked for in small numbers.
  static constexpr size_t kMaxAnswerBytes = 64 << 20;

  const std::string url_;
  const HttpEndpoint endpoint_;
  const Duration timeout_;
};

}  // namespace locus::ctl
