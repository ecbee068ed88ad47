// What clients ask of a master beside files: its settings, its workers, itself.
#pragma once

#include <string>
#include <utility>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/front/alone/answer.h"
#include "alluxio_meta/front/alone/answering_service.h"
#include "common/clock.h"

namespace locus::meta {

// Thread-safe. Workers that count (WorkerState::kLive, kSyncing) are the live ones.
class ClusterAnswers {
 public:
  // References must outlive it, and it the calls. `host` and `port`: where clients reach the front, for GetMasterInfo.
  // `cluster`: names this run.
  ClusterAnswers(const Catalog& catalog, std::string host, int port, uint64_t cluster, const Clock& clock)
      : catalog_(catalog),
        host_(std::move(host)),
        port_(port),
        cluster_(cluster),
        clock_(clock),
        started_(clock.WallNow()) {}

  void AddTo(MethodTable* table);

 private:
  std::string WorkerList() const;
  std::string BlockMasterInfo() const;
  std::string MasterInfo() const;
  // Bytes of all workers that count.
  std::string Bytes(uint64_t TierUse::*figure) const;

  const Catalog& catalog_;
  const std::string host_;
  const int port_;
  const uint64_t cluster_;
  const Clock& clock_;
  const WallTime started_;
};

}  // namespace locus::meta
