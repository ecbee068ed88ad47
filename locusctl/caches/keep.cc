#include "locusctl/caches/keep.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "common/status.h"
#include "locusctl/caches/known_workers.h"
#include "locusctl/caches/load_plan.h"
#include "locusctl/caches/several_at_once.h"

namespace locus::ctl {
namespace {

template <typename Response>
void Take(const absl::StatusOr<Response>& response, KeptOn& worker) {
  worker.status = response.status();
  if (!response.ok()) return;
  worker.blocks = response->blocks();
  worker.bytes = response->bytes();
}

void Ask(KeepVerb verb, const std::string& path, WorkerCalls& calls, KeptOn& worker) {
  if (verb == KeepVerb::kEvict) {
    v1::EvictRequest request;
    request.set_path(path);
    return Take(calls.Evict(worker.address, request), worker);
  }
  v1::PinRequest request;
  request.set_path(path);
  request.set_unpin(verb == KeepVerb::kUnpin);
  Take(calls.Pin(worker.address, request), worker);
}

// Agents beside Alluxio are known to locus-meta as well, and have nothing to pin.
void LeaveOutAgents(KeepPicture& picture) {
  const auto agents = std::stable_partition(picture.workers.begin(), picture.workers.end(),
                                            [](const KeptOn& worker) { return !absl::IsUnimplemented(worker.status); });
  if (agents == picture.workers.begin()) return;
  for (auto agent = agents; agent != picture.workers.end(); ++agent) picture.left_out.push_back(agent->name);
  picture.workers.erase(agents, picture.workers.end());
}

// Whether the worker has judged the question, rather than not been reached.
bool Judged(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnimplemented: return false;
    default: return true;
  }
}

// All have failed, and none has judged the question.
bool Unreached(const KeepPicture& picture) {
  return std::none_of(picture.workers.begin(), picture.workers.end(),
                      [](const KeptOn& worker) { return worker.status.ok() || Judged(worker.status); });
}

bool Malformed(const KeepPicture& picture) {
  return std::all_of(picture.workers.begin(), picture.workers.end(),
                     [](const KeptOn& worker) { return absl::IsInvalidArgument(worker.status); });
}

// There is no answer that could be shown: says why.
int NoAnswer(const KeepPicture& picture, const Output& output) {
  const std::string doing = std::string("cannot ") + WordOf(picture.verb) + " " + picture.path;
  if (!Unreached(picture)) {
    Complain(output, "the workers refuse: " + doing,
             std::string("See `locusctl ") + WordOf(picture.verb) + " --help`.");
  } else if (absl::IsUnimplemented(picture.workers.front().status)) {
    Complain(output, doing + ": no worker has a cache of its own",
             "Workers beside Alluxio (mode agent) hold nothing: use Alluxio's own commands. Where a worker serves "
             "Alluxio's protocol too, name the port of its own with --port (8920 unless configured otherwise).");
  } else {
    Complain(output, doing + ": no worker answers",
             "Check that the workers run and can be reached from here; `locusctl workers` lists them.");
  }
  output.err << KeepFailures(picture, {});
  return Unreached(picture) ? kUnreachable : kUsage;
}

}  // namespace

int RunKeep(const KeepOptions& options, LocalitySource& meta, WorkerCalls& workers, const Output& output) {
  const absl::StatusOr<v1::ListWorkersResponse> known = meta.ListWorkers();
  if (!known.ok()) return MetaFailed(output, known.status(), "list workers", meta.address());
  const absl::StatusOr<std::string> path = PathOnWorkers(options.uri, meta);
  if (!path.ok()) return PathFailed(output, path.status(), WordOf(options.verb), meta.address());
  // A worker that locus-meta does not hear may well answer: to leave it out would be to leave it unpinned in silence.
  const absl::StatusOr<std::vector<LoadWorker>> chosen =
      ChooseWorkers(WorkersOf(*known, options.port), options.nodes, Lost::kTaken);
  if (!chosen.ok() || chosen->empty()) {
    Complain(output, chosen.ok() ? "locus-meta knows no worker with a cache of its own" : MessageOf(chosen.status()),
             "`locusctl workers` lists them.");
    return kNegative;
  }
  KeepPicture picture{options.verb, *path, {}, {}};
  for (const LoadWorker& worker : *chosen) picture.workers.push_back({NameOf(worker), worker.address, 0, 0, {}});
  SeveralAtOnce(picture.workers.size(), [&](size_t i) { Ask(options.verb, *path, workers, picture.workers[i]); });
  if (options.nodes.empty()) LeaveOutAgents(picture);
  if (Unreached(picture) || Malformed(picture)) return NoAnswer(picture, output);
  output.out << (output.ForPrograms() ? output.Document(KeepToJson(picture)) : RenderKeep(picture, output.style));
  return picture.complete() ? kOk : kNegative;
}

}  // namespace locus::ctl
