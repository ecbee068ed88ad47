// Counts what is asked of an under-store, and tells when one is out of reach and when it is back.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cache_worker/origin/origin.h"
#include "common/clock.h"

namespace locus::worker {

// What came of a call. kChanged: the file was not, or no longer, what it had been. kInvalid: the caller's mistake, such
// as a folder where a file has to be. kEnded: cancelled.
enum class OriginOutcome { kOk, kAbsent, kChanged, kUnavailable, kInvalid, kEnded };
inline constexpr size_t kOriginOutcomes = 6;

// "ok", "absent", "changed", "unavailable", "invalid", "ended".
std::string_view OutcomeName(OriginOutcome outcome);
OriginOutcome OutcomeOf(const absl::Status& status);

// Since the start; several origins of one kind may count into one.
struct OriginStats {
  std::array<std::atomic<uint64_t>, kOriginOutcomes> calls = {};
  // That reads have brought.
  std::atomic<uint64_t> bytes{0};
};

// A decorator. The log gets a line when calls begin to be UNAVAILABLE, with the reason, and one when they end to be.
class MeteredOrigin final : public Origin {
 public:
  // `name`: for the log. `on_read` gets the time of each read that brought bytes, on the thread that did it. `stats`
  // and `clock` must outlive it.
  MeteredOrigin(std::unique_ptr<Origin> origin, std::string name, OriginStats& stats, const Clock& clock,
                std::function<void(Duration)> on_read);

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;
  void Stop() override { origin_->Stop(); }
  uint64_t skipped_entries() const override { return origin_->skipped_entries(); }

 private:
  void Note(const absl::Status& status);

  const std::unique_ptr<Origin> origin_;
  const std::string name_;
  OriginStats& stats_;
  const Clock& clock_;
  const std::function<void(Duration)> on_read_;
  std::atomic<bool> reachable_{true};
};

}  // namespace locus::worker
