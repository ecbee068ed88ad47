// The front of a Locus without any Alluxio: it answers what clients ask of a master when they read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/front/alone/answering_service.h"
#include "alluxio_meta/front/alone/cluster_answers.h"
#include "alluxio_meta/front/alone/file_answers.h"
#include "alluxio_meta/front/alone/session_hosts.h"
#include "alluxio_meta/front/alone/task_threads.h"
#include "alluxio_meta/front/behind.h"
#include "alluxio_meta/front/channel_hosts.h"
#include "alluxio_meta/listings/worker_listings.h"
#include "alluxio_wire/sasl_service.h"
#include "common/clock.h"

namespace locus::meta {

// What it is told beside its parts.
struct AloneOptions {
  // Where clients reach it, for GetMasterInfo.
  std::string host;
  int port = 0;
  // Of the run: clients tell a restart by it.
  uint64_t cluster = 0;
  uint32_t max_calls = 20'000;
};

class AloneBehind final : public Behind {
 public:
  // All references must outlive it. `hosts` learns by which name each session's client has dialled.
  AloneBehind(const AloneOptions& options, Catalog& catalog, WorkerListings& listings, ChannelHosts& hosts,
              FilterFor filter_for, ForwarderListener& listener, const Clock& clock);
  ~AloneBehind() override;

  grpc::CallbackGenericService& service() override { return service_; }
  std::vector<grpc::Service*> more() override { return {&sessions_}; }
  void Start() override {}
  void Stop() override { threads_.Stop(); }
  std::string Condition() const override;
  void Export(Metrics& metrics) override;

 private:
  MethodTable Methods();

  const Catalog& catalog_;
  TaskThreads threads_;
  SessionHosts session_hosts_;
  alluxio_wire::SaslService sessions_;
  const std::shared_ptr<FileAnswers> files_;
  ClusterAnswers cluster_;
  AnsweringService service_;
};

}  // namespace locus::meta
