#include "alluxio_meta/alluxio/leader_finder.h"

#include <string>
#include <utility>

#include "alluxio_wire/leadership.h"
#include "common/status.h"

namespace locus::meta {
namespace {

std::string WordsOf(const grpc::Status& status) {
  const auto code = static_cast<size_t>(status.error_code());
  const std::string name = code < kOutcomeNames.size() ? kOutcomeNames[code] : "unknown";
  return status.error_message().empty() ? name : name + ", " + status.error_message();
}

}  // namespace

LeaderFinder::LeaderFinder(std::vector<Endpoint> masters, Duration timeout, Dial dial, MasterCalls& calls)
    : masters_(std::move(masters)), timeout_(timeout), dial_(std::move(dial)), calls_(calls) {}

absl::StatusOr<Leader> LeaderFinder::Find() {
  std::string said;
  for (size_t i = 0; i < masters_.size(); ++i) {
    const size_t at = (first_ + i) % masters_.size();
    LOCUS_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, dial_(masters_[at]));
    const grpc::Status status = Ask(channel);
    if (status.ok()) {
      first_ = at;
      return Leader{masters_[at], std::move(channel)};
    }
    if (calls_.stopped()) return absl::CancelledError("stopping");
    said += (said.empty() ? "" : "; ") + masters_[at].Text() + " said: " + WordsOf(status);
  }
  return Unavailable("none of alluxio.masters says that it leads: " + said);
}

grpc::Status LeaderFinder::Confirm(const Leader& leader) { return Ask(leader.channel); }

grpc::Status LeaderFinder::Ask(const std::shared_ptr<grpc::Channel>& channel) {
  return calls_.Make(MasterMethod::kGetServiceVersion, timeout_, nullptr,
                     [&](grpc::ClientContext& context) { return alluxio_wire::AskWhetherItLeads(channel, context); });
}

void LeaderFinder::Doubt() { first_ = (first_ + 1) % masters_.size(); }

}  // namespace locus::meta
