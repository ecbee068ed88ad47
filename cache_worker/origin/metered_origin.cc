#include "cache_worker/origin/metered_origin.h"

#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::worker {

std::string_view OutcomeName(OriginOutcome outcome) {
  switch (outcome) {
    case OriginOutcome::kOk: return "ok";
    case OriginOutcome::kAbsent: return "absent";
    case OriginOutcome::kChanged: return "changed";
    case OriginOutcome::kUnavailable: return "unavailable";
    case OriginOutcome::kInvalid: return "invalid";
    case OriginOutcome::kEnded: return "ended";
  }
  return "";
}

OriginOutcome OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk: return OriginOutcome::kOk;
    case absl::StatusCode::kNotFound: return OriginOutcome::kAbsent;
    case absl::StatusCode::kAborted: return OriginOutcome::kChanged;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented: return OriginOutcome::kInvalid;
    case absl::StatusCode::kCancelled: return OriginOutcome::kEnded;
    default: return OriginOutcome::kUnavailable;
  }
}

MeteredOrigin::MeteredOrigin(std::unique_ptr<Origin> origin, std::string name, OriginStats& stats, const Clock& clock,
                             std::function<void(Duration)> on_read)
    : origin_(std::move(origin)), name_(std::move(name)), stats_(stats), clock_(clock), on_read_(std::move(on_read)) {}

void MeteredOrigin::Note(const absl::Status& status) {
  const OriginOutcome outcome = OutcomeOf(status);
  ++stats_.calls[static_cast<size_t>(outcome)];
  // Neither tells anything of the server.
  if (outcome == OriginOutcome::kInvalid || outcome == OriginOutcome::kEnded) return;
  const bool reachable = outcome != OriginOutcome::kUnavailable;
  if (reachable_.exchange(reachable) == reachable) return;
  if (reachable) {
    LogInfo("the under-store answers again", {{"origin", name_}});
  } else {
    LogWarning("the under-store is out of reach", {{"origin", name_}, {"reason", MessageOf(status)}});
  }
}

absl::StatusOr<OriginFile> MeteredOrigin::Stat(const std::string& path) {
  absl::StatusOr<OriginFile> file = origin_->Stat(path);
  Note(file.status());
  return file;
}

absl::Status MeteredOrigin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  const absl::Status status = origin_->List(path, visit);
  Note(status);
  return status;
}

absl::Status MeteredOrigin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                     const std::function<bool(const std::string&)>& folder) {
  const absl::Status status = origin_->Children(path, file, folder);
  Note(status);
  return status;
}

absl::Status MeteredOrigin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  const SteadyTime start = clock_.Now();
  const absl::Status status = origin_->Read(content, offset, size, to);
  Note(status);
  if (!status.ok()) return status;
  stats_.bytes += size;
  on_read_(clock_.Now() - start);
  return status;
}

}  // namespace locus::worker
