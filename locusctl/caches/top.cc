#include "locusctl/caches/top.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "common/status.h"
#include "common/units.h"
#include "locusctl/caches/known_workers.h"
#include "locusctl/caches/several_at_once.h"
#include "locusctl/caches/top_report.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

// How soon Ctrl-C is noticed.
constexpr Duration kTick = std::chrono::milliseconds(100);
constexpr size_t kDefaultRows = 24;

struct Sample {
  absl::StatusOr<v1::StatusResponse> status = absl::UnknownError("");
  SteadyTime at;
};

// Asks all of them, some at a time.
std::vector<Sample> AskAll(const std::vector<LoadWorker>& workers, WorkerCalls& calls, const Clock& clock) {
  std::vector<Sample> samples(workers.size());
  SeveralAtOnce(workers.size(), [&](size_t i) {
    samples[i].status = calls.Status(workers[i].address);
    samples[i].at = clock.Now();
  });
  return samples;
}

// Keeps the last answer of each worker, by address.
class Pictures {
 public:
  std::vector<TopEntry> Take(const std::vector<LoadWorker>& workers, WorkerCalls& calls, const Clock& clock) {
    const std::vector<Sample> samples = AskAll(workers, calls, clock);
    std::map<std::string, Sample> latest;
    std::vector<TopEntry> entries;
    for (size_t i = 0; i < workers.size(); ++i) {
      TopEntry entry{NameOf(workers[i]), workers[i].address, workers[i].live, {}, {}, 0, ""};
      const auto before = latest_.find(entry.address);
      if (samples[i].status.ok()) {
        entry.now = *samples[i].status;
        latest.emplace(entry.address, samples[i]);
      } else {
        entry.problem = MessageOf(samples[i].status.status());
        if (before != latest_.end()) latest.insert(*before);
      }
      if (entry.now && before != latest_.end()) {
        entry.before = *before->second.status;
        entry.seconds = ToSeconds(samples[i].at - before->second.at);
      }
      entries.push_back(std::move(entry));
    }
    latest_ = std::move(latest);
    return entries;
  }

 private:
  std::map<std::string, Sample> latest_;
};

// False: the user wants to end it.
bool WaitFor(Duration time, const LiveWorld& world) {
  for (const SteadyTime end = world.clock.Now() + time; world.clock.Now() < end;) {
    if (world.stop_asked()) return false;
    world.wait(std::min<Duration>(kTick, end - world.clock.Now()));
  }
  return !world.stop_asked();
}

}  // namespace

int RunTop(const TopOptions& options, LocalitySource& meta, WorkerCalls& calls, const LiveWorld& world,
           const Output& output) {
  absl::StatusOr<v1::ListWorkersResponse> known = meta.ListWorkers();
  if (!known.ok()) return MetaFailed(output, known.status(), "list workers", meta.address());
  absl::StatusOr<std::vector<LoadWorker>> workers = ChooseWorkers(WorkersOf(*known, options.port), {});
  if (!workers.ok() || workers->empty()) {
    Complain(output, "locus-meta at " + meta.address() + " knows no live worker with a cache of its own",
             "`locusctl workers` lists all that it has heard of.");
    return kNegative;
  }
  const bool live = options.live && !options.once && !output.ForPrograms();
  Pictures pictures;
  std::vector<TopEntry> entries = pictures.Take(*workers, calls, world.clock);
  WatchScreen screen;
  std::string problem;
  for (;;) {
    if (live) {
      const Window window = world.window();
      Style style = output.style;
      if (window.columns > 0) style.width = window.columns;
      const std::string footer =
          problem.empty() ? Paint("every " + FormatDuration(options.interval) + "; Ctrl-C ends", Ink::kDim, style)
                          : Paint("locus-meta is away: " + SafeText(problem), Ink::kYellow, style);
      output.out << screen.Draw(
                        RenderTop(entries, style, window.rows > 2 ? window.rows - 2 : kDefaultRows) + footer + "\n",
                        window)
                 << std::flush;
    }
    if (!WaitFor(options.interval, world) || !output.out.good()) return kOk;
    known = meta.ListWorkers();
    problem = known.ok() ? "" : MessageOf(known.status());
    if (known.ok()) {
      absl::StatusOr<std::vector<LoadWorker>> now = ChooseWorkers(WorkersOf(*known, options.port), {});
      if (now.ok()) workers = std::move(now);
    }
    entries = pictures.Take(*workers, calls, world.clock);
    if (live) continue;
    output.out << (output.ForPrograms() ? output.Document(TopToJson(entries))
                                        : RenderTop(entries, output.style, entries.size() + kDefaultRows));
    return kOk;
  }
}

}  // namespace locus::ctl
