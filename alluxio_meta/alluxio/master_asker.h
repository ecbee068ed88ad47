// One question to the master, over as many attempts and connections as it takes.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/alluxio/master_calls.h"
#include "alluxio_meta/alluxio/master_link.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "common/clock.h"

namespace locus::meta {

struct Question {
  MasterMethod method = MasterMethod::kGetStatus;
  // Not 0: only this term will do, as earlier parts of the answer came from it.
  MasterTerm term = 0;
  // UNIMPLEMENTED comes back as such, and the connection stays: the caller has another question for such a master.
  bool has_other = false;
};

// Thread-safe.
class MasterAsker {
 public:
  // May be called several times, each time on another connection; it starts over then.
  using Attempt = std::function<grpc::Status(MasterConnection&, grpc::ClientContext&)>;

  // `calls` must outlive it.
  MasterAsker(const MasterOptions& options, Connector connector, MasterCalls& calls);

  // The term in which it was answered. `again` is asked before another attempt; absent: yes.
  absl::StatusOr<MasterTerm> Ask(const Question& question, const Attempt& attempt,
                                 const std::function<bool()>& again = {});
  // The connection that the next question will use; connects when there is none.
  absl::StatusOr<std::shared_ptr<MasterConnection>> Connection() { return link_.Get(); }

  // Fills in what it knows of.
  void AddTo(MasterStats& stats) const;

 private:
  const Duration call_timeout_;
  MasterCalls& calls_;
  MasterLink link_;
  // Grows with each question, so that their pauses differ.
  std::atomic<uint64_t> seed_;
  std::atomic<uint64_t> retries_{0};
};

}  // namespace locus::meta
