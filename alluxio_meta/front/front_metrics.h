// Figures of the front for /metrics; docs/operations.md says what they tell.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/rewriter.h"
#include "common/clock.h"
#include "common/metrics.h"

namespace locus::meta {

// Calls by what they are to an operator; the wire knows some hundred methods.
enum class MethodGroup : size_t { kListing, kStatus, kSession, kVersion, kOther, kCount };
MethodGroup GroupOf(std::string_view method);

// Thread-safe. `metrics` must outlive it. Every series that a call needs is made beforehand: asking the registry for
// one costs more than the call's other figures together.
class FrontMetrics final : public ForwarderListener {
 public:
  explicit FrontMetrics(Metrics& metrics);

  void OnEnd(const IncomingCall& call, const grpc::Status& status, Duration took, uint64_t asked,
             uint64_t answered) override;
  void OnRefused(const IncomingCall& call, RefusalReason reason) override;

  // Of each call that asks for files.
  void Identified(const Identification& who);
  // Of a listing that has ended.
  void Rewritten(const RewriteCounts& blocks);
  // Of one message.
  void RewriteTook(Duration time);
  void Malformed();

 private:
  static constexpr size_t kGroups = static_cast<size_t>(MethodGroup::kCount);

  Metrics& metrics_;
  // Calls that went well; others are few.
  const std::array<Counter, kGroups> good_;
  const std::array<Histogram, kGroups> seconds_;
  const Counter asked_;
  const Counter answered_;
  const std::array<Counter, 5> refused_;
  // By Recognised, then nobody, then several.
  const std::array<Counter, 6> callers_;
  const Counter rewritten_;
  const Counter without_executor_;
  const Counter uncached_;
  const Counter malformed_;
  const Histogram rewrite_seconds_;
};

}  // namespace locus::meta
