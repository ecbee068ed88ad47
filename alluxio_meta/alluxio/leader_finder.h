// Which of several masters leads.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/dial.h"
#include "alluxio_meta/alluxio/master_calls.h"
#include "common/clock.h"
#include "common/endpoint.h"

namespace locus::meta {

struct Leader {
  Endpoint address;
  std::shared_ptr<grpc::Channel> channel;
};

// Not thread-safe. Only the leader answers getServiceVersion of a master's client service: a standby, a starting master
// and a dead one answer NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE, CANCELLED or nothing, which all mean the same.
class LeaderFinder {
 public:
  // `masters` has at least one. `timeout` is for each of them. `calls` must outlive the finder.
  LeaderFinder(std::vector<Endpoint> masters, Duration timeout, Dial dial, MasterCalls& calls);

  // Asks each master once, the leader of before first. UNAVAILABLE tells what each of them said; CANCELLED when
  // stopped.
  absl::StatusOr<Leader> Find();
  // Whether that one still says so, on the same channel: OK, or why not.
  grpc::Status Confirm(const Leader& leader);
  // The leader of before is in doubt: it is asked last.
  void Doubt();

 private:
  grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel);

  const std::vector<Endpoint> masters_;
  const Duration timeout_;
  const Dial dial_;
  MasterCalls& calls_;
  size_t first_ = 0;
};

}  // namespace locus::meta
