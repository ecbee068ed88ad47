#include "alluxio_meta/grpc/open_calls.h"

namespace locus::meta {

OpenCalls::Entry::Entry(OpenCalls& calls, grpc::ServerContext* context) : calls_(calls), context_(context) {
  MutexLock lock(calls_.mutex_);
  if (calls_.stopped_ || calls_.open_.size() >= calls_.max_) return;
  calls_.open_.insert(context_);
  admitted_ = true;
}

OpenCalls::Entry::~Entry() {
  MutexLock lock(calls_.mutex_);
  calls_.open_.erase(context_);
}

void OpenCalls::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (grpc::ServerContext* context : open_) context->TryCancel();
}

bool OpenCalls::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

size_t OpenCalls::size() const {
  MutexLock lock(mutex_);
  return open_.size();
}

}  // namespace locus::meta
