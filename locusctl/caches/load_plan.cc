#include "locusctl/caches/load_plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/status.h"

namespace locus::ctl {
namespace {

bool IsCalled(const LoadWorker& worker, const std::string& name) {
  return name == worker.node || name == worker.host || name == worker.address;
}

std::string Names(const std::vector<LoadWorker>& workers) {
  std::string text;
  for (const LoadWorker& worker : workers) {
    if (worker.live) text += (text.empty() ? "" : ", ") + NameOf(worker);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

absl::StatusOr<std::vector<LoadWorker>> ChooseWorkers(std::vector<LoadWorker> known,
                                                      const std::vector<std::string>& names, Lost lost) {
  const auto counts = [lost](const LoadWorker& worker) { return worker.live || lost == Lost::kTaken; };
  std::sort(known.begin(), known.end(), [](const LoadWorker& a, const LoadWorker& b) {
    return std::tie(a.node, a.address) < std::tie(b.node, b.address);
  });
  for (const std::string& name : names) {
    const auto called = std::find_if(known.begin(), known.end(), [&](const auto& w) { return IsCalled(w, name); });
    if (called == known.end()) return NotFound("no worker is called '" + name + "'; there are " + Names(known));
    if (!counts(*called)) return NotFound("the worker of '" + name + "' is lost; there are " + Names(known));
  }
  std::vector<LoadWorker> chosen;
  for (LoadWorker& worker : known) {
    const bool named = names.empty() || std::any_of(names.begin(), names.end(),
                                                    [&](const std::string& name) { return IsCalled(worker, name); });
    if (named && counts(worker)) chosen.push_back(std::move(worker));
  }
  return chosen;
}

absl::StatusOr<std::vector<LoadPart>> DivideLoad(size_t workers, uint32_t replicas) {
  if (replicas > workers) {
    return InvalidArgument("--replicas: " + std::to_string(replicas) + " copies need as many workers; there are " +
                           std::to_string(workers));
  }
  std::vector<LoadPart> parts;
  if (replicas == workers) {
    for (size_t i = 0; i < workers; ++i) parts.push_back({i, 0, 0});
    return parts;
  }
  if (replicas > kMaxReplicas) {
    return InvalidArgument("--replicas: at most " + std::to_string(kMaxReplicas) + ", or as many as there are workers");
  }
  const auto shards = static_cast<uint32_t>(workers);
  for (size_t i = 0; i < workers; ++i) {
    for (uint32_t r = 0; r < replicas; ++r) {
      parts.push_back({i, shards, (static_cast<uint32_t>(i) + shards - r) % shards});
    }
  }
  return parts;
}

absl::StatusOr<std::string> LoadPath(const std::string& uri, const std::vector<MountedUri>& mounts) {
  LOCUS_ASSIGN_OR_RETURN(std::string path, alluxio_wire::PathOfUri(uri, mounts));
  if (!alluxio_wire::IsGlob(path)) return path;
  return InvalidArgument("'" + uri + "': workers take a file or a folder, not a glob; name the folder above");
}

}  // namespace locus::ctl
