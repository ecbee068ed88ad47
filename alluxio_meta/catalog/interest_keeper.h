// Keeps the paths of interest over a restart, so that they are looked up before anybody asks.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/catalog/catalog.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// The file: a line "locus-interest 1", then a path a line, then a line "end <number of paths>". It is written beside
// its place and renamed, so that it is whole or not there. NOT_FOUND when it is absent; DATA_LOSS when it is no such
// file or was cut, with its name; more than `max_paths` are left out.
absl::StatusOr<std::vector<std::string>> ReadInterests(const std::string& file, size_t max_paths);
absl::Status WriteInterests(const std::string& file, std::vector<std::string> paths);

// Thread-safe. One thread writes the file when the paths have changed, at most once in `interval`, and at the end.
class InterestKeeper {
 public:
  // Tells the catalog what the file says. A file that cannot be read is logged and written anew: it only saves time.
  // `catalog` must outlive the keeper.
  InterestKeeper(std::string file, Catalog& catalog, Duration interval = std::chrono::seconds(5));
  // Writes once more.
  ~InterestKeeper();
  InterestKeeper(const InterestKeeper&) = delete;
  InterestKeeper& operator=(const InterestKeeper&) = delete;

 private:
  void Save();

  const std::string file_;
  Catalog& catalog_;
  const Duration interval_;
  // Of the thread that writes.
  std::vector<std::string> written_;
  bool failed_ = false;
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace locus::meta
