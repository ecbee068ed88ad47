#include "alluxio_meta/front/front_metrics.h"

#include <string>
#include <utility>
#include <vector>

#include "alluxio_meta/alluxio/master_stats.h"
#include "alluxio_meta/front/methods.h"

namespace locus::meta {
namespace {

constexpr std::array<const char*, 5> kGroupNames = {"listing", "status", "session", "version", "other"};
constexpr std::array<const char*, 6> kCallerNames = {"pod_address", "driver_url", "annotation",
                                                     "name",        "nobody",     "several"};
constexpr size_t kNobody = 4;
constexpr size_t kSeveral = 5;
constexpr std::array<const char*, 5> kRefusalNames = {"no_leader", "too_many_calls", "read_only", "unknown_method",
                                                      "no_session"};

// Seconds.
const std::vector<double> kCallBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const std::vector<double> kRewriteBounds = {0.00001, 0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5};

// make(i) for each of them: handles have no default.
template <typename F, size_t... i>
auto Each(F make, std::index_sequence<i...>) {
  return std::array{make(i)...};
}
template <size_t n, typename F>
auto Each(F make) {
  return Each(make, std::make_index_sequence<n>());
}

Counter Calls(Metrics& metrics, size_t group, grpc::StatusCode code) {
  const auto at = static_cast<size_t>(code);
  return metrics.GetCounter(
      "locus_meta_front_calls_total", "Calls that the front has passed on, or answered by itself, ended.",
      {{"group", kGroupNames[group]}, {"code", at < kOutcomeNames.size() ? kOutcomeNames[at] : "unknown"}});
}

Counter Bytes(Metrics& metrics, const char* direction) {
  return metrics.GetCounter("locus_meta_front_bytes_total", "Bytes of messages of callers and to callers.",
                            {{"direction", direction}});
}

Counter Blocks(Metrics& metrics, const char* outcome) {
  return metrics.GetCounter("locus_meta_front_blocks_total",
                            "Blocks in listings of recognised callers, by what became of their hosts.",
                            {{"outcome", outcome}});
}

size_t PlaceOf(const Identification& who) {
  if (who.caller) return static_cast<size_t>(who.caller->by);
  return who.ambiguous ? kSeveral : kNobody;
}

}  // namespace

MethodGroup GroupOf(std::string_view method) {
  if (method == kListStatus || method == kListStatusPartial) return MethodGroup::kListing;
  if (method == kGetStatus) return MethodGroup::kStatus;
  if (method == kAuthenticate) return MethodGroup::kSession;
  return method == kGetServiceVersion ? MethodGroup::kVersion : MethodGroup::kOther;
}

FrontMetrics::FrontMetrics(Metrics& metrics)
    : metrics_(metrics),
      good_(Each<kGroups>([&](size_t group) { return Calls(metrics, group, grpc::OK); })),
      seconds_(Each<kGroups>([&](size_t group) {
        return metrics.GetHistogram("locus_meta_front_call_seconds", "Time from a call's first byte to its status.",
                                    kCallBounds, {{"group", kGroupNames[group]}});
      })),
      asked_(Bytes(metrics, "to_master")),
      answered_(Bytes(metrics, "to_caller")),
      refused_(Each<5>([&](size_t reason) {
        return metrics.GetCounter("locus_meta_front_refused_total", "Calls that were refused by the front itself.",
                                  {{"reason", kRefusalNames[reason]}});
      })),
      callers_(Each<6>([&](size_t how) {
        return metrics.GetCounter("locus_meta_front_callers_total",
                                  "Calls that ask for files, by how the caller's application was recognised.",
                                  {{"recognised", kCallerNames[how]}});
      })),
      rewritten_(Blocks(metrics, "rewritten")),
      without_executor_(Blocks(metrics, "without_executor")),
      uncached_(Blocks(metrics, "uncached")),
      malformed_(metrics.GetCounter("locus_meta_front_malformed_total",
                                    "Messages of listings that are no protobuf; passed on as they were.")),
      rewrite_seconds_(metrics.GetHistogram("locus_meta_front_rewrite_seconds",
                                            "Time in which one message of a listing was rewritten.", kRewriteBounds)) {}

void FrontMetrics::OnEnd(const IncomingCall& call, const grpc::Status& status, Duration took, uint64_t asked,
                         uint64_t answered) {
  const MethodGroup group = GroupOf(call.method);
  const auto place = static_cast<size_t>(group);
  (status.ok() ? good_[place] : Calls(metrics_, place, status.error_code())).Increment();
  asked_.Increment(static_cast<double>(asked));
  answered_.Increment(static_cast<double>(answered));
  // A session lasts for as long as its client.
  if (group != MethodGroup::kSession) seconds_[place].Observe(ToSeconds(took));
}

void FrontMetrics::OnRefused(const IncomingCall&, RefusalReason reason) {
  refused_[static_cast<size_t>(reason)].Increment();
}

void FrontMetrics::Identified(const Identification& who) { callers_[PlaceOf(who)].Increment(); }

void FrontMetrics::Rewritten(const RewriteCounts& blocks) {
  rewritten_.Increment(static_cast<double>(blocks.rewritten));
  without_executor_.Increment(static_cast<double>(blocks.without_executor));
  uncached_.Increment(static_cast<double>(blocks.uncached));
}

void FrontMetrics::RewriteTook(Duration time) { rewrite_seconds_.Observe(ToSeconds(time)); }

void FrontMetrics::Malformed() { malformed_.Increment(); }

}  // namespace locus::meta
