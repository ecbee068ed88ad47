#include "alluxio_meta/alluxio/master_asker.h"

#include <string>
#include <utility>

#include "alluxio_meta/alluxio/verdict.h"
#include "common/backoff.h"
#include "common/status.h"

namespace locus::meta {
namespace {

constexpr int kMoreAttempts = 2;
constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::seconds(1);
// Set apart from what the link draws.
constexpr uint64_t kLinkSeed = 0x9E3779B97F4A7C15;

}  // namespace

MasterAsker::MasterAsker(const MasterOptions& options, Connector connector, MasterCalls& calls)
    : call_timeout_(options.call_timeout),
      calls_(calls),
      link_(std::move(connector), calls, options.reconnect_max, options.seed ^ kLinkSeed),
      seed_(options.seed) {}

absl::StatusOr<MasterTerm> MasterAsker::Ask(const Question& question, const Attempt& attempt,
                                            const std::function<bool()>& again) {
  Backoff pauses(kFirstPause, kLongestPause, seed_++);
  for (int left = kMoreAttempts;; --left) {
    LOCUS_ASSIGN_OR_RETURN(const std::shared_ptr<MasterConnection> connection, link_.Get());
    if (question.term != 0 && connection->term != question.term) {
      return Unavailable("Alluxio master " + connection->master + ": it has begun to lead in the middle of a listing");
    }
    grpc::Status status = calls_.Make(question.method, call_timeout_, connection->session.get(),
                                      [&](grpc::ClientContext& context) { return attempt(*connection, context); });
    // The channel may have connected anew under the call, to a process with another term.
    if (status.ok() && connection->session == nullptr && !connection->connected()) {
      status = {grpc::UNAVAILABLE, "the connection broke"};
    }
    if (status.ok()) return connection->term;
    if (calls_.stopped()) return absl::CancelledError("stopping");
    if (question.has_other && status.error_code() == grpc::UNIMPLEMENTED) {
      return absl::UnimplementedError(status.error_message());
    }
    const Verdict verdict = Judge(status);
    if (verdict != Verdict::kAnswer) link_.Leave(connection, status.error_code() != grpc::UNAUTHENTICATED);
    if (verdict != Verdict::kRetry || left == 0 || (again && !again())) {
      return FromMaster(status, connection->master, kMasterMethodNames[static_cast<size_t>(question.method)]);
    }
    if (!calls_.Pause(pauses.Next())) return absl::CancelledError("stopping");
    ++retries_;
  }
}

void MasterAsker::AddTo(MasterStats& stats) const {
  link_.AddTo(stats);
  stats.retries = retries_;
}

}  // namespace locus::meta
