#include "tests/support/alluxio/faults.h"

#include <algorithm>

namespace locus::fake_alluxio {
namespace {

// A field of no message of Alluxio's.
constexpr int kUnknownField = 19000 - 1;
constexpr char kAuthenticate[] = "authenticate";
// How soon a waiting call notices that its client is gone.
constexpr Duration kLook = std::chrono::milliseconds(10);

void AddBytes(google::protobuf::Message& message, size_t bytes) {
  if (bytes == 0) return;
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(kUnknownField, std::string(bytes, 'x'));
}

template <typename T>
T Of(const std::map<std::string, T>& values, const std::string& method) {
  const auto own = values.find(method);
  if (own != values.end()) return own->second;
  const auto any = values.find("");
  return any == values.end() ? T{} : any->second;
}

}  // namespace

void Faults::Fail(const std::string& method, grpc::Status status, int times, int skip) {
  MutexLock lock(mutex_);
  failures_.push_back({method, std::move(status), times, skip});
}

void Faults::Delay(const std::string& method, Duration delay) {
  MutexLock lock(mutex_);
  delays_[method] = delay;
}

void Faults::Pad(const std::string& method, size_t bytes) {
  MutexLock lock(mutex_);
  padding_[method] = bytes;
}

void Faults::PadEntries(size_t bytes, const std::string& path) {
  MutexLock lock(mutex_);
  entry_padding_ = bytes;
  padded_path_ = path;
}

void Faults::Clear() {
  MutexLock lock(mutex_);
  failures_.clear();
  delays_.clear();
  padding_.clear();
  entry_padding_ = 0;
  ++cleared_;
  changed_.NotifyAll();
}

grpc::Status Faults::TakeFailure(const std::string& method) {
  for (Failure& failure : failures_) {
    const bool meant = failure.method == method || (failure.method.empty() && method != kAuthenticate);
    if (!meant || failure.times == 0) continue;
    if (failure.skip > 0) {
      --failure.skip;
      continue;
    }
    if (failure.times > 0) --failure.times;
    return failure.status;
  }
  return grpc::Status::OK;
}

grpc::Status Faults::Meet(const std::string& method, grpc::ServerContext& context) {
  MutexLock lock(mutex_);
  Duration left = Of(delays_, method);
  const uint64_t cleared = cleared_;
  while (left > Duration(0) && cleared == cleared_ && !context.IsCancelled()) {
    const Duration step = std::min(left, kLook);
    changed_.WaitFor(mutex_, step, [&] { return cleared != cleared_; });
    left -= step;
  }
  return TakeFailure(method);
}

grpc::Status Faults::MeetHandshake() {
  MutexLock lock(mutex_);
  return TakeFailure(kAuthenticate);
}

void Faults::Grow(const std::string& method, google::protobuf::Message& answer) const {
  MutexLock lock(mutex_);
  AddBytes(answer, Of(padding_, method));
}

void Faults::GrowEntry(alluxio::grpc::file::FileInfo& entry) const {
  MutexLock lock(mutex_);
  if (padded_path_.empty() || entry.path() == padded_path_) AddBytes(entry, entry_padding_);
}

}  // namespace locus::fake_alluxio
