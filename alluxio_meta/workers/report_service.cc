#include "alluxio_meta/workers/report_service.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "alluxio_meta/workers/report_codec.h"
#include "common/grpc_server.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/token_file.h"

namespace locus::meta {

using ReportStream = grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>;

// Writes to a Report stream while its handler reads. The handler detaches it before it returns.
class ReportService::StreamLink final : public WorkerLink, public ListingLink {
 public:
  StreamLink(grpc::ServerContext* context, ReportStream* stream) : context_(context), stream_(stream) {}

  // The first message of the server; what was asked before it follows it.
  void Welcome(uint32_t beat_interval_ms) {
    MutexLock lock(mutex_);
    v1::ReportResponse response;
    response.mutable_welcome()->set_beat_interval_ms(beat_interval_ms);
    response.mutable_welcome()->set_takes_traffic(true);
    stream_->Write(response);
    welcomed_ = true;
    for (const v1::ReportResponse& early : early_) stream_->Write(early);
    early_.clear();
  }

  void AskListing(uint64_t request, const std::string& path, uint32_t limit) override {
    Ask(request, path, limit, false);
  }
  void AskPath(const QuestionBook::Order& order) override {
    Ask(order.request, order.path, order.limit, order.shallow);
  }

  void Cut() override {
    MutexLock lock(mutex_);
    if (stream_ != nullptr) context_->TryCancel();
  }

  void Detach() {
    MutexLock lock(mutex_);
    stream_ = nullptr;
  }

 private:
  void Ask(uint64_t request, const std::string& path, uint32_t limit, bool shallow) {
    v1::ReportResponse response;
    v1::ListFiles& list = *response.mutable_list_files();
    list.set_request(request);
    list.set_path(path);
    list.set_limit(limit);
    list.set_shallow(shallow);
    MutexLock lock(mutex_);
    if (stream_ == nullptr) return;
    if (welcomed_) {
      // A broken stream shows in the handler's Read.
      stream_->Write(response);
    } else {
      early_.push_back(std::move(response));
    }
  }

  Mutex mutex_;
  grpc::ServerContext* const context_;
  ReportStream* stream_ GUARDED_BY(mutex_);
  bool welcomed_ GUARDED_BY(mutex_) = false;
  std::vector<v1::ReportResponse> early_ GUARDED_BY(mutex_);
};

ReportService::ReportService(Catalog& catalog, Duration lost_after, const Clock& clock, Metrics& metrics,
                             ListingLimits limits, WorkerVerifier* verifier)
    : catalog_(catalog),
      verifier_(verifier),
      listings_(
          limits, [&catalog] { return catalog.BeginListing(); }, clock, metrics),
      clock_(clock),
      beat_interval_ms_(static_cast<uint32_t>(std::max<int64_t>(1, ToMillis(lost_after / 3).count()))),
      ended_in_error_(metrics.GetCounter("locus_meta_report_errors_total",
                                         "Report streams that ended with a status other than OK.")),
      traffic_dropped_(metrics.GetCounter("locus_meta_traffic_dropped_total",
                                          "Statements about clients dropped, as there were too many.")) {
  for (const char* kind : {"empty", "hello", "changes", "snapshot_end", "beat", "listing", "traffic"}) {
    messages_.push_back(
        metrics.GetCounter("locus_meta_report_messages_total", "Messages from workers, by kind.", {{"kind", kind}}));
  }
  const Gauge clients = metrics.GetGauge("locus_meta_traffic_clients", "Clients of all workers that agents tell of.");
  metrics.OnRender([this, clients] { clients.Set(static_cast<double>(traffic_.clients())); });
}

grpc::Status ReportService::Report(grpc::ServerContext* context, ReportStream* stream) {
  const OpenCalls::Entry entry(calls_, context);
  if (!entry.admitted()) return ToGrpc(Unavailable("locus-meta is stopping"));
  const absl::Status status = Serve(context, stream);
  if (!status.ok()) {
    ended_in_error_.Increment();
    LogWarning("report stream refused", {{"peer", context->peer()}, {"problem", MessageOf(status)}});
  }
  return ToGrpc(status);
}

absl::Status ReportService::Serve(grpc::ServerContext* context, ReportStream* stream) {
  v1::ReportRequest request;
  if (!stream->Read(&request)) return absl::OkStatus();
  CountMessage(request);
  if (!request.has_hello()) return InvalidArgument("the first message of a stream must be hello");
  LOCUS_ASSIGN_OR_RETURN(WorkerHello hello, DecodeHello(request.hello()));
  LOCUS_RETURN_IF_ERROR(Prove(*context, &hello));
  const HolderAddress worker = hello.address;
  const auto link = std::make_shared<StreamLink>(context, stream);
  absl::Status status;
  const absl::StatusOr<uint64_t> number = catalog_.OpenStream(std::move(hello), link);
  if (number.ok()) {
    link->Welcome(beat_interval_ms_);
    // Blocks of an Alluxio worker come with no under-store.
    if (request.hello().blocks() == v1::Hello::STORE) listings_.Opened(*number, link);
    while (status.ok() && stream->Read(&request)) {
      CountMessage(request);
      status = Handle(*number, worker, request);
    }
    listings_.Closed(*number);
    catalog_.CloseStream(*number);
    traffic_.End(*number, clock_.Now());
  }
  link->Detach();
  return number.ok() ? status : number.status();
}

absl::Status ReportService::Prove(const grpc::ServerContext& context, WorkerHello* hello) {
  if (verifier_ == nullptr || !verifier_->asks()) return absl::OkStatus();
  WorkerProof proof;
  const auto peer = context.auth_context();
  proof.certified = peer->IsPeerAuthenticated();
  for (const grpc::string_ref& name : peer->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
    proof.dns_names.emplace_back(name.data(), name.size());
  }
  const auto shown = context.client_metadata().find("authorization");
  if (shown != context.client_metadata().end()) {
    proof.token = std::string(BearerOf({shown->second.data(), shown->second.size()}));
  }
  LOCUS_RETURN_IF_ERROR(verifier_->Check(proof, hello->node));
  hello->proven = true;
  return absl::OkStatus();
}

absl::Status ReportService::Handle(uint64_t stream, const HolderAddress& worker, const v1::ReportRequest& request) {
  switch (request.message_case()) {
    case v1::ReportRequest::kHello: return InvalidArgument("hello: stands twice on one stream");
    case v1::ReportRequest::kChanges: {
      LOCUS_ASSIGN_OR_RETURN(const DecodedChanges changes, DecodeChanges(request.changes()));
      if (changes.malformed > 0) catalog_.CountReject(Reject::kBlockMalformed, changes.malformed);
      return catalog_.Apply(stream, changes.files, changes.blocks);
    }
    case v1::ReportRequest::kSnapshotEnd: return catalog_.EndSnapshot(stream);
    case v1::ReportRequest::kBeat: {
      LOCUS_ASSIGN_OR_RETURN(DecodedBeat beat, DecodeBeat(request.beat()));
      if (beat.malformed > 0) catalog_.CountReject(Reject::kLoadMalformed, beat.malformed);
      return catalog_.Beat(stream, std::move(beat.tiers), beat.load, beat.serving, beat.wall);
    }
    case v1::ReportRequest::kListing: return TakeListing(stream, request.listing());
    case v1::ReportRequest::kTraffic: {
      LOCUS_ASSIGN_OR_RETURN(std::vector<ClientBytes> clients, DecodeTraffic(request.traffic()));
      if (!traffic_.Say(stream, worker, std::move(clients), clock_.Now())) traffic_dropped_.Increment();
      return absl::OkStatus();
    }
    // A kind that a newer worker knows: a sign of life.
    case v1::ReportRequest::MESSAGE_NOT_SET: return catalog_.Beat(stream, {}, std::nullopt);
  }
  return absl::OkStatus();
}

absl::Status ReportService::TakeListing(uint64_t stream, const v1::Listing& listing) {
  if (!WorkerListings::IsOurs(listing.request())) {
    LOCUS_ASSIGN_OR_RETURN(const ListingPart part, DecodeListing(listing));
    return catalog_.Listing(stream, part);
  }
  LOCUS_ASSIGN_OR_RETURN(AnswerPart part, DecodeAnswer(listing));
  if (!listings_.Part(stream, std::move(part))) catalog_.CountReject(Reject::kListingLate);
  return catalog_.Hear(stream);
}

void ReportService::Stop() {
  if (verifier_ != nullptr) verifier_->Stop();
  calls_.Stop();
  listings_.Stop();
}

void ReportService::CountMessage(const v1::ReportRequest& request) {
  messages_[static_cast<size_t>(request.message_case())].Increment();
}

}  // namespace locus::meta
