// Figures of the front.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/rewriter.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe. `metrics` must outlive it.
class FrontMetrics final : public ForwarderListener {
 public:
  explicit FrontMetrics(Metrics& metrics);

  void OnBegin(const IncomingCall& call) override;
  void OnEnd(const IncomingCall& call, const grpc::Status& status, Duration took, uint64_t asked,
             uint64_t answered) override;
  void OnRefused(const IncomingCall& call, RefusalReason reason) override;

  // Of each call that asks for files.
  void Identified(const Identification& who);
  void Rewritten(const RewriteCounts& blocks);
  void RewriteTook(Duration time);
  void Malformed();

 private:
  Counter Calls(const std::string& group, grpc::StatusCode code);

  Metrics& metrics_;
  const Counter asked_;
  const Counter answered_;
  const Counter rewritten_;
  const Counter without_executor_;
  const Counter uncached_;
  const Counter malformed_;
  const Histogram rewrite_seconds_;
  Mutex mutex_;
  // Asking the registry costs a map of labels each time.
  std::map<std::pair<std::string, int>, Counter> calls_ GUARDED_BY(mutex_);
};

// The method without its package: "listing", "status", "session", "version", "other".
std::string MethodGroup(const std::string& method);

}  // namespace locus::meta
