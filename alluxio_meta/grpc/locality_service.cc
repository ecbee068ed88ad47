#include "alluxio_meta/grpc/locality_service.h"

#include <algorithm>
#include <vector>

#include "alluxio_meta/grpc/locality_codec.h"
#include "alluxio_meta/grpc/page_token.h"
#include "alluxio_meta/grpc/watch_stream.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::meta {
namespace {

const std::vector<double> kLatencyBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                            0.025,  0.05,    0.1,    0.25,  1,      5};

// How long the call may wait so that the answer still reaches the client in time.
Duration WaitOf(const grpc::ServerContext& context) {
  // gRPC states deadlines on the machine's own wall clock, whatever clock the service runs on.
  const auto deadline = context.deadline();
  const auto now = SystemClock().WallNow();
  if (deadline > now + kMaxWait) {
    return deadline == std::chrono::system_clock::time_point::max() ? kDefaultWait : kMaxWait;
  }
  const Duration left = deadline - now;
  const Duration way_back =
      std::clamp<Duration>(left / 5, std::chrono::milliseconds(2), std::chrono::milliseconds(100));
  return std::max(Duration(0), left - way_back);
}

absl::Status CheckInput(const std::string& field, const std::string& input) {
  if (input.size() <= kMaxPathBytes) return absl::OkStatus();
  return InvalidArgument(field + ": has " + std::to_string(input.size()) + " bytes, allowed are " +
                         std::to_string(kMaxPathBytes));
}

Histogram Latency(Metrics& metrics, const char* outcome) {
  return metrics.GetHistogram("locus_meta_get_locality_seconds", "Duration of GetLocality, by outcome.", kLatencyBounds,
                              {{"outcome", outcome}});
}

Counter LimitHits(Metrics& metrics, const char* limit) {
  return metrics.GetCounter("locus_meta_limit_hits_total", "Bounds that were hit.", {{"limit", limit}});
}

}  // namespace

LocalityService::LocalityService(Catalog& catalog, const Clock& clock, Metrics& metrics)
    : catalog_(catalog),
      clock_(clock),
      answered_(Latency(metrics, "answered")),
      pending_(Latency(metrics, "pending")),
      refused_(Latency(metrics, "refused")),
      sampled_(metrics.GetHistogram("locus_meta_sample_blocks_seconds", "Duration of SampleBlocks that succeeded.",
                                    kLatencyBounds)),
      watch_limit_(LimitHits(metrics, "watch_streams")),
      sample_limit_(LimitHits(metrics, "sample_calls")) {
  const Gauge streams = metrics.GetGauge("locus_meta_watch_streams", "Open WatchLocality streams.");
  metrics.OnRender([this, streams] { streams.Set(static_cast<double>(watches_.size())); });
}

grpc::Status LocalityService::GetLocality(grpc::ServerContext* context, const v1::GetLocalityRequest* request,
                                          v1::GetLocalityResponse* response) {
  const SteadyTime start = clock_.Now();
  const absl::Status status = Get(context, *request, response);
  const bool pending = std::any_of(response->inputs().begin(), response->inputs().end(),
                                   [](const auto& input) { return input.state() == v1::InputLocality::PENDING; });
  (!status.ok() ? refused_ : pending ? pending_ : answered_).Observe(ToSeconds(clock_.Now() - start));
  return ToGrpc(status);
}

absl::Status LocalityService::Get(grpc::ServerContext* context, const v1::GetLocalityRequest& request,
                                  v1::GetLocalityResponse* response) {
  if (request.inputs_size() < 1 || request.inputs_size() > kMaxInputs) {
    return InvalidArgument("inputs: has " + std::to_string(request.inputs_size()) + " entries, allowed are 1 to " +
                           std::to_string(kMaxInputs));
  }
  std::vector<Target> targets;
  for (int i = 0; i < request.inputs_size(); ++i) {
    LOCUS_RETURN_IF_ERROR(CheckInput("inputs[" + std::to_string(i) + "]", request.inputs(i)));
    targets.push_back(catalog_.Parse(request.inputs(i)));
  }
  const auto [freshness, pictures] = catalog_.Ask(targets, WaitOf(*context));
  Encode(freshness, response->mutable_freshness());
  for (const InputPicture& picture : pictures) Encode(picture, response->add_inputs());
  return absl::OkStatus();
}

grpc::Status LocalityService::WatchLocality(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>* stream) {
  const OpenCalls::Entry entry(watches_, context);
  if (!entry.admitted()) {
    if (watches_.stopped()) return ToGrpc(Unavailable("locus-meta is stopping"));
    watch_limit_.Increment();
    return ToGrpc(Exhausted(std::to_string(kMaxWatchStreams) + " WatchLocality streams are open"));
  }
  WatchStream watch(catalog_, clock_, *context, *stream);
  return ToGrpc(watch.Run());
}

grpc::Status LocalityService::ListBlocks(grpc::ServerContext* context, const v1::ListBlocksRequest* request,
                                         v1::ListBlocksResponse* response) {
  return ToGrpc(List(context, *request, response));
}

absl::Status LocalityService::List(grpc::ServerContext* context, const v1::ListBlocksRequest& request,
                                   v1::ListBlocksResponse* response) {
  LOCUS_RETURN_IF_ERROR(CheckInput("input", request.input()));
  if (request.page_size() > kMaxPage) {
    return InvalidArgument("page_size: is " + std::to_string(request.page_size()) + ", allowed are 1 to " +
                           std::to_string(kMaxPage));
  }
  const Target target = catalog_.Parse(request.input());
  if (!target.pattern.has_value()) return InvalidArgument("input: " + target.problem);
  LOCUS_ASSIGN_OR_RETURN(const BlockPosition from, DecodePageToken(request.input(), request.page_token()));
  const uint32_t page_size = request.page_size() == 0 ? kDefaultPage : request.page_size();
  const BlocksPage page = catalog_.ListBlocks(target, from, page_size, WaitOf(*context));
  if (page.state == InputState::kPending) {
    return Unavailable("the input is not looked up yet" + (page.problem.empty() ? "" : ": " + page.problem));
  }
  Encode(page.freshness, response->mutable_freshness());
  for (const BlockPicture& block : page.blocks) Encode(block, response->add_blocks());
  if (page.next.has_value()) response->set_next_page_token(EncodePageToken(request.input(), *page.next));
  return absl::OkStatus();
}

grpc::Status LocalityService::SampleBlocks(grpc::ServerContext* context, const v1::SampleBlocksRequest* request,
                                           v1::SampleBlocksResponse* response) {
  return ToGrpc(Sample(context, *request, response));
}

absl::Status LocalityService::Sample(grpc::ServerContext* context, const v1::SampleBlocksRequest& request,
                                     v1::SampleBlocksResponse* response) {
  const SteadyTime start = clock_.Now();
  LOCUS_RETURN_IF_ERROR(CheckInput("input", request.input()));
  if (request.max_blocks() > kMaxSample) {
    return InvalidArgument("max_blocks: is " + std::to_string(request.max_blocks()) + ", allowed are 1 to " +
                           std::to_string(kMaxSample));
  }
  const Target target = catalog_.Parse(request.input());
  if (!target.pattern.has_value()) return InvalidArgument("input: " + target.problem);
  const OpenCalls::Entry entry(samples_, context);
  if (!entry.admitted()) {
    if (samples_.stopped()) return Unavailable("locus-meta is stopping");
    sample_limit_.Increment();
    return Exhausted(std::to_string(kMaxSampleCalls) + " SampleBlocks calls are open: ask again later");
  }
  const Duration wait = WaitOf(*context);
  const auto go_on = [&] {
    if (context->IsCancelled()) return absl::CancelledError("the caller has gone");
    if (clock_.Now() - start < wait) return absl::OkStatus();
    return absl::DeadlineExceededError(
        "input: a sample of it takes longer than the call's deadline allows: ask with a later one, or for a part of "
        "it");
  };
  const uint32_t max_blocks = request.max_blocks() == 0 ? kDefaultSample : request.max_blocks();
  LOCUS_ASSIGN_OR_RETURN(const BlocksSample sample, catalog_.SampleBlocks(target, max_blocks, wait, go_on));
  if (sample.state == InputState::kPending) {
    return Unavailable("the input is not looked up yet" + (sample.problem.empty() ? "" : ": " + sample.problem));
  }
  Encode(sample, response);
  sampled_.Observe(ToSeconds(clock_.Now() - start));
  return absl::OkStatus();
}

grpc::Status LocalityService::ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                                          v1::ListWorkersResponse* response) {
  Encode(catalog_.FreshnessNow(), response->mutable_freshness());
  for (const WorkerPicture& worker : catalog_.Workers()) Encode(worker, response->mutable_workers()->add_workers());
  return grpc::Status::OK;
}

grpc::Status LocalityService::ListMounts(grpc::ServerContext*, const v1::ListMountsRequest*,
                                         v1::ListMountsResponse* response) {
  for (const Mount& mount : catalog_.Mounts()) {
    v1::Mount* row = response->add_mounts();
    row->set_path(mount.path);
    row->set_ufs_uri(mount.ufs_uri);
    row->set_origin(mount.by_master ? v1::Mount::MASTER : v1::Mount::CONFIGURED);
  }
  response->set_problem(catalog_.MountsProblem());
  return grpc::Status::OK;
}

void LocalityService::Stop() {
  catalog_.Stop();
  watches_.Stop();
  samples_.Stop();
}

}  // namespace locus::meta
