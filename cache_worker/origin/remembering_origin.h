// Remembers for a while what an under-store has told of its files.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache_worker/origin/origin.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// About 300 bytes each with paths of usual length; a path has at most 4 KiB.
inline constexpr size_t kMaxRemembered = 16'384;

// A decorator. What Stat tells of a file may be as old as `ttl`, and is told while the under-store is away; that there
// is no such file is asked anew each time. A listing asks, and its answers replace older ones; a read that finds
// another content makes the file be asked for again. Of more than `max` files, the one asked for longest ago is
// forgotten.
class RememberingOrigin final : public Origin {
 public:
  // `ttl` is above 0. `saved` counts what was answered from memory. `clock` and `saved` must outlive it.
  RememberingOrigin(std::unique_ptr<Origin> origin, Duration ttl, const Clock& clock, std::atomic<uint64_t>& saved,
                    size_t max = kMaxRemembered);

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;
  bool Forget(const std::string& path) override;
  void Stop() override { origin_->Stop(); }
  uint64_t skipped_entries() const override { return origin_->skipped_entries(); }

 private:
  struct Known {
    OriginFile file;
    // When the question was put: the answer is no older than that.
    SteadyTime asked;
  };
  using Order = std::list<Known>;

  std::optional<OriginFile> Recall(const std::string& path);
  void Remember(const OriginFile& file, SteadyTime asked);
  // Of a file that is known already.
  void Correct(const OriginFile& file, SteadyTime asked);
  void Erase(Order::iterator known) REQUIRES(mutex_);

  const std::unique_ptr<Origin> origin_;
  const Duration ttl_;
  const Clock& clock_;
  std::atomic<uint64_t>& saved_;
  const size_t max_;
  Mutex mutex_;
  // The latest use first.
  Order order_ GUARDED_BY(mutex_);
  // Keys are the paths that stand in order_.
  std::unordered_map<std::string_view, Order::iterator> by_path_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
