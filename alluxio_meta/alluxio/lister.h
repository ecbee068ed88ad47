// A folder's files, page by page.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/alluxio/master_asker.h"
#include "alluxio_meta/alluxio/page_size.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class Lister {
 public:
  using OnPage = std::function<bool(MasterPage)>;

  // Both references must outlive the lister.
  Lister(uint32_t page_size, MasterAsker& asker, const Clock& clock)
      : asker_(asker), clock_(clock), page_size_(page_size) {}

  // Master::List. By pages; of a master before 2.9, which has none, as one stream: then call_timeout is for all of it.
  absl::Status List(const std::string& path, const OnPage& page);
  uint64_t halved() const { return halved_; }

 private:
  absl::Status ListByPages(const std::string& path, const OnPage& page);
  absl::Status ListAsStream(const std::string& path, const OnPage& page);
  // One page after `after`, halved until it fits. `took`: of the call that was answered.
  absl::StatusOr<MasterTerm> AskPage(const std::string& path, const std::string& after, MasterTerm term,
                                     ::alluxio::grpc::file::ListStatusPartialResponse* response, Duration* took);
  // Where a page after `after` has to begin instead, as the folder of `after` is gone; empty: nowhere else. What a
  // master answers after such a path leaves entries out: it passes over the next one in place of each missing folder.
  absl::StatusOr<std::string> NearestKept(const std::string& path, const std::string& after, MasterTerm term);
  uint32_t SizeNow();
  bool MakeSmaller(uint32_t size);

  MasterAsker& asker_;
  const Clock& clock_;
  Mutex mutex_;
  PageSize page_size_ GUARDED_BY(mutex_);
  std::atomic<uint64_t> halved_{0};
};

}  // namespace locus::meta
