// The streams that are open, so that a stop ends them at once.
#pragma once

#include <grpcpp/server_context.h>

#include <cstddef>
#include <limits>
#include <set>

#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class OpenCalls {
 public:
  explicit OpenCalls(size_t max = std::numeric_limits<size_t>::max()) : max_(max) {}

  // One call, for as long as its handler runs.
  class Entry {
   public:
    Entry(OpenCalls& calls, grpc::ServerContext* context);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // False when `max` calls are open or Stop was called: the handler is to return.
    bool admitted() const { return admitted_; }

   private:
    OpenCalls& calls_;
    grpc::ServerContext* const context_;
    bool admitted_ = false;
  };

  // Cancels the open calls and admits no further one.
  void Stop();
  bool stopped() const;
  size_t size() const;

 private:
  const size_t max_;
  mutable Mutex mutex_;
  std::set<grpc::ServerContext*> open_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::meta
