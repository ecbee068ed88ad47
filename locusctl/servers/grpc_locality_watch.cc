#include "locusctl/servers/grpc_locality_watch.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {
namespace {

// Ten a second come at most, and each is taken within a tenth of one.
constexpr size_t kMaxWaiting = 100;

}  // namespace

GrpcLocalityWatch::GrpcLocalityWatch(std::string address, const Dialer& dialer)
    : address_(std::move(address)), dialer_(dialer) {}

GrpcLocalityWatch::~GrpcLocalityWatch() { Close(); }

void GrpcLocalityWatch::Open(const std::vector<std::string>& inputs) {
  Close();
  if (stub_ == nullptr) stub_ = v1::LocalityService::NewStub(dialer_.Channel(address_));
  v1::WatchLocalityRequest first;
  for (const std::string& input : inputs) {
    first.add_add(input);
    first.add_wanted(input);
  }
  call_ = std::make_unique<Call>();
  call_->thread = std::thread([this, call = call_.get(), first = std::move(first)] { Run(*call, first); });
}

void GrpcLocalityWatch::Want(const std::vector<std::string>& inputs) {
  if (call_ == nullptr) return;
  v1::WatchLocalityRequest request;
  for (const std::string& input : inputs) request.add_wanted(input);
  MutexLock lock(call_->writing);
  // What fails here, the thread that reads tells.
  if (call_->open) call_->stream->Write(request);
}

WatchNews GrpcLocalityWatch::Next(Duration wait) {
  MutexLock lock(mutex_);
  if (!changed_.WaitFor(mutex_, wait, [this] { return !news_.empty(); })) return {};
  WatchNews first = std::move(news_.front());
  news_.pop_front();
  changed_.NotifyAll();
  return first;
}

void GrpcLocalityWatch::Tell(WatchNews news) {
  MutexLock lock(mutex_);
  changed_.Wait(mutex_, [this] { return closing_ || news_.size() < kMaxWaiting; });
  if (closing_) return;
  news_.push_back(std::move(news));
  changed_.NotifyAll();
}

void GrpcLocalityWatch::Run(Call& call, const v1::WatchLocalityRequest& first) {
  call.stream = stub_->WatchLocality(&call.context);
  // Both may wait for a connection.
  const bool open = call.stream->Write(first);
  {
    MutexLock lock(call.writing);
    call.open = open;
  }
  for (v1::WatchLocalityResponse response; call.stream->Read(&response); response.Clear()) {
    Tell({WatchNews::Kind::kPicture, response, absl::OkStatus()});
  }
  {
    MutexLock lock(call.writing);
    call.open = false;
  }
  const grpc::Status status = call.stream->Finish();
  Tell({WatchNews::Kind::kEnded, {}, status.ok() ? absl::OkStatus() : FromGrpc(status)});
}

void GrpcLocalityWatch::Close() {
  if (call_ == nullptr) return;
  {
    MutexLock lock(mutex_);
    closing_ = true;
    changed_.NotifyAll();
  }
  call_->context.TryCancel();
  call_->thread.join();
  call_.reset();
  MutexLock lock(mutex_);
  closing_ = false;
  news_.clear();
}

}  // namespace locus::ctl
