#include "alluxio_meta/front/front_metrics.h"

#include <vector>

#include "alluxio_meta/alluxio/master_stats.h"
#include "alluxio_meta/front/methods.h"

namespace locus::meta {
namespace {

// Seconds.
const std::vector<double> kCallBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const std::vector<double> kRewriteBounds = {0.00001, 0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5};

std::string NameOf(grpc::StatusCode code) {
  const auto at = static_cast<size_t>(code);
  return at < kOutcomeNames.size() ? kOutcomeNames[at] : "unknown";
}

std::string NameOf(const Identification& who) {
  if (!who.caller) return who.ambiguous ? "several" : "nobody";
  switch (who.caller->by) {
    case Recognised::kPodAddress: return "pod_address";
    case Recognised::kDriverUrl: return "driver_url";
    case Recognised::kAnnotation: return "annotation";
    case Recognised::kName: break;
  }
  return "name";
}

Counter Bytes(Metrics& metrics, const char* direction) {
  return metrics.GetCounter("locus_meta_front_bytes_total", "Bytes of messages that the front has passed on.",
                            {{"direction", direction}});
}

Counter Blocks(Metrics& metrics, const char* outcome) {
  return metrics.GetCounter("locus_meta_front_blocks_total",
                            "Blocks in listings of recognised callers, by what became of their hosts.",
                            {{"outcome", outcome}});
}

}  // namespace

std::string MethodGroup(const std::string& method) {
  if (method == kListStatus || method == kListStatusPartial) return "listing";
  if (method == kGetStatus) return "status";
  if (method == kAuthenticate) return "session";
  return method == kGetServiceVersion ? "version" : "other";
}

FrontMetrics::FrontMetrics(Metrics& metrics)
    : metrics_(metrics),
      asked_(Bytes(metrics, "to_master")),
      answered_(Bytes(metrics, "to_caller")),
      rewritten_(Blocks(metrics, "rewritten")),
      without_executor_(Blocks(metrics, "without_executor")),
      uncached_(Blocks(metrics, "uncached")),
      malformed_(metrics.GetCounter("locus_meta_front_malformed_total",
                                    "Messages of listings that are no protobuf; passed on as they were.")),
      rewrite_seconds_(metrics.GetHistogram("locus_meta_front_rewrite_seconds",
                                            "Time in which one message of a listing was rewritten.", kRewriteBounds)) {}

void FrontMetrics::OnBegin(const IncomingCall&) {}

void FrontMetrics::OnEnd(const IncomingCall& call, const grpc::Status& status, Duration took, uint64_t asked,
                         uint64_t answered) {
  const std::string group = MethodGroup(call.method);
  Calls(group, status.error_code()).Increment();
  asked_.Increment(static_cast<double>(asked));
  answered_.Increment(static_cast<double>(answered));
  // A session lasts for as long as its client.
  if (group == "session") return;
  metrics_
      .GetHistogram("locus_meta_front_call_seconds", "Time from a call's first byte to its status.", kCallBounds,
                    {{"group", group}})
      .Observe(ToSeconds(took));
}

void FrontMetrics::OnRefused(const IncomingCall&, RefusalReason reason) {
  metrics_
      .GetCounter("locus_meta_front_refused_total", "Calls that were not passed on, and answered UNAVAILABLE.",
                  {{"reason", reason == RefusalReason::kNoLeader ? "no_leader" : "too_many_calls"}})
      .Increment();
}

Counter FrontMetrics::Calls(const std::string& group, grpc::StatusCode code) {
  MutexLock lock(mutex_);
  const std::pair<std::string, int> key(group, code);
  const auto place = calls_.find(key);
  if (place != calls_.end()) return place->second;
  return calls_
      .emplace(key, metrics_.GetCounter("locus_meta_front_calls_total", "Calls that the front has passed on, ended.",
                                        {{"group", group}, {"code", NameOf(code)}}))
      .first->second;
}

void FrontMetrics::Identified(const Identification& who) {
  metrics_
      .GetCounter("locus_meta_front_callers_total",
                  "Calls that ask for files, by how the caller's application was recognised.",
                  {{"recognised", NameOf(who)}})
      .Increment();
}

void FrontMetrics::Rewritten(const RewriteCounts& blocks) {
  rewritten_.Increment(static_cast<double>(blocks.rewritten));
  without_executor_.Increment(static_cast<double>(blocks.without_executor));
  uncached_.Increment(static_cast<double>(blocks.uncached));
}

void FrontMetrics::RewriteTook(Duration time) { rewrite_seconds_.Observe(ToSeconds(time)); }

void FrontMetrics::Malformed() { malformed_.Increment(); }

}  // namespace locus::meta
