#include "locusctl/caches/load.h"

#include <algorithm>
#include <ostream>
#include <thread>
#include <utility>

#include "common/mutex.h"
#include "common/status.h"
#include "locusctl/caches/known_workers.h"
#include "locusctl/caches/load_plan.h"
#include "locusctl/caches/load_report.h"
#include "locusctl/caches/rate_meter.h"

namespace locus::ctl {
namespace {

// How soon Ctrl-C and the end are noticed, and how often the screen changes.
constexpr Duration kTick = std::chrono::milliseconds(100);
// Without a terminal.
constexpr Duration kLineEvery = std::chrono::seconds(5);
constexpr size_t kDefaultRows = 24;

LoadFigures FiguresOf(const v1::LoadProgress& progress) {
  return {progress.files_total(), progress.files_done(), progress.bytes_total(), progress.bytes_done(),
          progress.bytes_fetched()};
}

// All parts, each on a thread, and what they tell.
class Loading {
 public:
  Loading(std::string path, std::vector<LoadWorker> workers, std::vector<LoadPart> parts, const Clock& clock)
      : path_(std::move(path)),
        workers_(std::move(workers)),
        clock_(clock),
        start_(clock.Now()),
        meters_(workers_.size()) {
    for (LoadPart& part : parts) parts_.push_back({part, {}, false, {}});
  }
  ~Loading() {
    for (std::thread& thread : threads_) thread.join();
  }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  void Start(const LoadOptions& options, WorkerCalls& calls) {
    for (Part& part : parts_) {
      v1::LoadRequest request;
      request.set_path(path_);
      request.set_tier(options.tier);
      request.set_shards(part.plan.shards);
      request.set_shard(part.plan.shard);
      request.set_pin(options.pin);
      if (options.bytes_per_second > 0) {
        request.set_bytes_per_second(std::max<uint64_t>(1, options.bytes_per_second / parts_.size()));
      }
      threads_.emplace_back([this, &part, &calls, request = std::move(request)] {
        const absl::Status status =
            calls.Load(workers_[part.plan.worker].address, request, [&](const v1::LoadProgress& progress) {
              MutexLock lock(mutex_);
              part.progress = progress;
            });
        MutexLock lock(mutex_);
        part.status = status;
        part.ended = true;
      });
    }
  }

  bool ended() {
    MutexLock lock(mutex_);
    return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.ended; });
  }

  LoadPicture Picture(bool stopped) {
    LoadPicture picture;
    picture.path = path_;
    picture.stopped = stopped;
    picture.elapsed = clock_.Now() - start_;
    for (const LoadWorker& worker : workers_) {
      picture.nodes.push_back({NameOf(worker), worker.address, {}, 0, {}, true, ""});
    }
    {
      MutexLock lock(mutex_);
      for (const Part& part : parts_) AddPart(part, stopped, picture);
    }
    for (size_t i = 0; i < picture.nodes.size(); ++i) {
      NodeLoading& node = picture.nodes[i];
      Measure(meters_[i], node.figures, node.rate, node.left);
      picture.sum.Add(node.figures);
    }
    Measure(meter_, picture.sum, picture.rate, picture.left);
    return picture;
  }

  // Of those parts that did not end as they should: the first one's.
  absl::Status FirstFailure() {
    MutexLock lock(mutex_);
    for (const Part& part : parts_) {
      if (!part.status.ok()) return part.status;
    }
    return absl::OkStatus();
  }
  // Nothing came from any worker.
  bool AllFailed() {
    MutexLock lock(mutex_);
    return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return !part.status.ok(); });
  }

 private:
  struct Part {
    LoadPart plan;
    v1::LoadProgress progress;
    bool ended = false;
    absl::Status status;
  };

  void AddPart(const Part& part, bool stopped, LoadPicture& picture) REQUIRES(mutex_) {
    NodeLoading& node = picture.nodes[part.plan.worker];
    node.figures.Add(FiguresOf(part.progress));
    node.ended = node.ended && part.ended;
    for (const std::string& problem : part.progress.problems()) {
      picture.problems.push_back(node.name + ": " + problem);
    }
    const bool wanted = stopped && absl::IsCancelled(part.status);
    if (!part.status.ok() && !wanted && node.failure.empty()) node.failure = MessageOf(part.status);
  }

  void Measure(RateMeter& meter, const LoadFigures& figures, double& rate, std::optional<Duration>& left) const {
    meter.Add(figures.bytes_done, clock_.Now());
    rate = meter.rate();
    left = meter.TimeFor(figures.bytes_total - std::min(figures.bytes_total, figures.bytes_done));
  }

  const std::string path_;
  const std::vector<LoadWorker> workers_;
  const Clock& clock_;
  const SteadyTime start_;
  // Of the thread that draws.
  std::vector<RateMeter> meters_;
  RateMeter meter_;
  Mutex mutex_;
  // The list itself is fixed once the threads run.
  std::vector<Part> parts_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// Draws in place, or writes lines.
class Progress {
 public:
  Progress(const LoadOptions& options, const LiveWorld& world, const Output& output)
      : quiet_(options.quiet || output.ForPrograms()),
        live_(options.live && !output.ForPrograms()),
        world_(world),
        output_(output) {}

  void Show(const LoadPicture& picture, bool last) {
    if (quiet_) return;
    if (!live_) {
      if (!last && picture.elapsed - told_ < kLineEvery) return;
      told_ = picture.elapsed;
      if (!last) output_.out << LoadLine(picture) << std::flush;
      return;
    }
    const Window window = world_.window();
    Style style = output_.style;
    if (window.columns > 0) style.width = window.columns;
    const size_t rows = window.rows > 1 ? window.rows - 1 : kDefaultRows;
    output_.out << screen_.Draw(LoadFrame(picture, style, rows), window) << std::flush;
  }

 private:
  const bool quiet_;
  const bool live_;
  const LiveWorld& world_;
  const Output& output_;
  Duration told_{};
  WatchScreen screen_;
};

// The exit code of a load of which no part came to anything.
int Failed(const absl::Status& why, const std::string& path, const Output& output) {
  switch (why.code()) {
    case absl::StatusCode::kNotFound:
      Complain(output, "cannot load " + path + ": " + MessageOf(why),
               "Name a file or folder of the under-store that the workers show, such as one of `locusctl mounts`.");
      return kNegative;
    case absl::StatusCode::kInvalidArgument:
      Complain(output, "the workers refuse to load " + path + ": " + MessageOf(why), "See `locusctl load --help`.");
      return kUsage;
    case absl::StatusCode::kUnimplemented:
      Complain(output, "cannot load " + path + ": no worker has a cache of its own",
               "Workers beside Alluxio (mode agent) load nothing: use Alluxio's own commands. Where a worker serves "
               "Alluxio's protocol too, name the port of its own with --port (8920 unless configured otherwise).");
      return kUnreachable;
    default:
      Complain(output, "cannot load " + path + ": " + MessageOf(why),
               "Check that the workers run and can be reached from here; `locusctl workers` lists them.");
      return kUnreachable;
  }
}

}  // namespace

int RunLoad(const LoadOptions& options, LocalitySource& meta, WorkerCalls& workers, const LiveWorld& world,
            const Output& output) {
  const absl::StatusOr<v1::ListWorkersResponse> known = meta.ListWorkers();
  if (!known.ok()) return MetaFailed(output, known.status(), "list workers", meta.address());
  const absl::StatusOr<std::string> path = PathOnWorkers(options.uri, meta);
  if (!path.ok()) return PathFailed(output, path.status(), "load", meta.address());
  absl::StatusOr<std::vector<LoadWorker>> chosen = ChooseWorkers(WorkersOf(*known, options.port), options.nodes);
  if (!chosen.ok() || chosen->empty()) {
    Complain(output, chosen.ok() ? "locus-meta knows no live worker" : MessageOf(chosen.status()),
             "`locusctl workers` lists them.");
    return kNegative;
  }
  const absl::StatusOr<std::vector<LoadPart>> parts = DivideLoad(chosen->size(), options.replicas);
  if (!parts.ok()) {
    Complain(output, MessageOf(parts.status()), "See `locusctl load --help`.");
    return kUsage;
  }
  Loading loading(*path, std::move(*chosen), *parts, world.clock);
  loading.Start(options, workers);
  Progress progress(options, world, output);
  bool stopped = false;
  while (!loading.ended()) {
    world.wait(kTick);
    if (!stopped && world.stop_asked()) {
      stopped = true;
      workers.CancelAll();
    }
    progress.Show(loading.Picture(stopped), /*last=*/false);
  }
  const LoadPicture picture = loading.Picture(stopped);
  if (!stopped && loading.AllFailed()) return Failed(loading.FirstFailure(), *path, output);
  progress.Show(picture, /*last=*/true);
  output.out << (output.ForPrograms() ? output.Document(LoadToJson(picture)) : LoadSummary(picture, output.style));
  return picture.complete() ? kOk : kNegative;
}

}  // namespace locus::ctl
