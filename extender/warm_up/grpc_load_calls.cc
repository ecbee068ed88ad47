#include "extender/warm_up/grpc_load_calls.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "common/status.h"
#include "proto/locus/v1/cache.grpc.pb.h"

namespace locus::extender {
namespace {

// How soon a load that is not wanted any more ends.
constexpr Duration kTick = std::chrono::milliseconds(200);

LoadFigures FiguresOf(const v1::LoadProgress& message) {
  LoadFigures figures;
  figures.files_done = message.files_done();
  figures.bytes_fetched = message.bytes_fetched();
  figures.problems = static_cast<uint64_t>(message.problems_size());
  if (message.problems_size() > 0) figures.problem = message.problems(0);
  return figures;
}

// One call, one operation at a time. A blocking Read could not be given up: nobody would ask whether it is wanted.
class Call {
 public:
  Call(Duration silence, const Clock& clock, const std::function<bool()>& wanted)
      : silence_(silence), clock_(clock), wanted_(wanted), heard_(clock.Now()) {}
  ~Call() {
    operations_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (operations_.Next(&tag, &ok)) {
    }
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  absl::Status Run(const std::string& address, const ChannelSecurity& security, const v1::LoadRequest& request,
                   const std::function<void(const LoadFigures&)>& progress) {
    const auto stub = v1::CacheService::NewStub(MakeChannel(address, security));
    const auto reader = stub->AsyncLoad(&context_, request, &operations_, this);
    bool ok = Await();
    while (ok) {
      v1::LoadProgress message;
      reader->Read(&message, this);
      ok = Await();
      if (!ok) break;
      heard_ = clock_.Now();
      progress(FiguresOf(message));
    }
    grpc::Status status;
    reader->Finish(&status, this);
    Await();
    if (!given_up_.ok() && !status.ok()) return given_up_;
    return status.ok() ? absl::OkStatus() : FromGrpc(status);
  }

 private:
  // Until the operation is over, which it is soon after the call was given up.
  bool Await() {
    for (;;) {
      if (given_up_.ok()) GiveUpIfDue();
      void* tag = nullptr;
      bool ok = false;
      switch (operations_.AsyncNext(&tag, &ok, clock_.WallNow() + ToMillis(kTick))) {
        case grpc::CompletionQueue::GOT_EVENT: return ok;
        case grpc::CompletionQueue::SHUTDOWN: return false;
        case grpc::CompletionQueue::TIMEOUT: break;
      }
    }
  }

  void GiveUpIfDue() {
    if (!wanted_()) {
      given_up_ = absl::CancelledError("not wanted any more");
    } else if (clock_.Now() - heard_ >= silence_) {
      given_up_ = absl::DeadlineExceededError("the worker has told no progress for too long");
    }
    if (!given_up_.ok()) context_.TryCancel();
  }

  const Duration silence_;
  const Clock& clock_;
  const std::function<bool()>& wanted_;
  SteadyTime heard_;
  absl::Status given_up_;
  grpc::ClientContext context_;
  grpc::CompletionQueue operations_;
};

}  // namespace

absl::Status GrpcLoadCalls::Load(const LoadStep& step, uint64_t bytes_per_second, const std::function<bool()>& wanted,
                                 const std::function<void(const LoadFigures&)>& progress) {
  v1::LoadRequest request;
  request.set_path(step.path);
  request.set_shards(step.shards);
  request.set_shard(step.shard);
  request.set_bytes_per_second(bytes_per_second);
  return Call(silence_, clock_, wanted).Run(step.worker.address, security_, request, progress);
}

}  // namespace locus::extender
