#include "cache_worker/load/load_monitor.h"

#include <fstream>
#include <iterator>
#include <optional>

namespace locus::worker {
namespace {

std::optional<std::string> ReadText(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

CounterSource ReadProc(std::string proc_root) {
  return [root = std::move(proc_root)] {
    // A kernel without pressure stall information lacks the file, or refuses to read it: both give an empty text.
    const auto text = [&root](const char* name) { return ReadText(root + "/" + name).value_or(""); };
    Counters counters;
    counters.cpu = ParseStat(text("stat"));
    counters.cpu_pressure = ParsePressure(text("pressure/cpu"));
    counters.memory_pressure = ParsePressure(text("pressure/memory"));
    counters.io_pressure = ParsePressure(text("pressure/io"));
    counters.disks = ParseDiskstats(text("diskstats"));
    counters.interfaces = ParseNetDev(text("net/dev"));
    return counters;
  };
}

void LoadMonitor::Start() {
  thread_ = std::thread([this] { Run(); });
}

void LoadMonitor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

std::optional<LoadTerms> LoadMonitor::Latest() {
  MutexLock lock(mutex_);
  if (readings_ < 2) return std::nullopt;
  return average_.terms();
}

void LoadMonitor::Read() {
  const SteadyTime now = clock_.Now();
  const Counters counters = source_();
  MutexLock lock(mutex_);
  average_.Add(counters, now - last_);
  last_ = now;
  ++readings_;
}

void LoadMonitor::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const WallTime now = clock_.WallNow();
      if (stop_asked_.WaitFor(mutex_, NextReading(now, interval_) - now, [this] { return stopping_; })) return;
    }
    Read();
  }
}

}  // namespace locus::worker
