#include "locusctl/servers/dialer.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {

std::shared_ptr<grpc::Channel> Dialer::Channel(const std::string& target) const {
  return MakeChannel(target, security_.channel);
}

std::unique_ptr<DecisionSource> Dialer::Http(std::string url, const HttpEndpoint& endpoint) const {
  return std::make_unique<HttpDecisionSource>(std::move(url), endpoint, timeout_,
                                              HttpSecurity{files_.ca, files_.certificate, files_.key, security_.token});
}

std::unique_ptr<DecisionSource> Dialer::ForeignHttp(std::string url, const HttpEndpoint& endpoint) const {
  return std::make_unique<HttpDecisionSource>(std::move(url), endpoint, timeout_);
}

std::chrono::system_clock::time_point Dialer::Deadline() const { return clock_.WallNow() + ToMillis(timeout_); }

}  // namespace locus::ctl
