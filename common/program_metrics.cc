#include "common/program_metrics.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/config.h"
#include "common/mutex.h"

namespace locus {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// At most the first 64 words of a text: proc(5) has 52 in a process' stat.
std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> found;
  while (found.size() < 64) {
    const size_t start = text.find_first_not_of(" \t\n");
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    const size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    found.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return found;
}

std::optional<double> Number(std::string_view word) {
  uint64_t value = 0;
  const char* const last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return static_cast<double>(value);
}

// The number after `label` on the line that begins with it.
std::optional<double> NumberAfter(std::string_view text, std::string_view label) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(label)) continue;
    const auto words = Words(line.substr(label.size()));
    return words.empty() ? std::nullopt : Number(words[0]);
  }
  return std::nullopt;
}

std::optional<double> FilesIn(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), &::closedir);
  if (dir == nullptr) return std::nullopt;
  double count = 0;
  while (const dirent* const entry = ::readdir(dir.get())) count += entry->d_name[0] == '.' ? 0 : 1;
  return count;
}

// Each series exists from the first time that its value can be read.
class Exported {
 public:
  Exported(Metrics& metrics, ProcessFiles files) : metrics_(metrics), files_(std::move(files)) {}

  void Update() {
    const MutexLock lock(mutex_);
    FromStat();
    Set("process_open_fds", "Files and sockets that are open.", FilesIn(files_.process + "/fd"));
    // "unlimited" is no number: then there is nothing to compare with.
    Set("process_max_fds", "Files and sockets that may be open at once.",
        NumberAfter(Read(files_.process + "/limits"), "Max open files"));
  }

 private:
  void FromStat() REQUIRES(mutex_) {
    const std::string stat = Read(files_.process + "/stat");
    // The second field is the program's name in brackets, and may hold anything, brackets too: count after the last.
    const size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return;
    const auto words = Words(std::string_view(stat).substr(name_end + 1));
    // Numbered from 1 in proc(5); words[0] is the third.
    const auto field = [&words](size_t number) {
      return number - 3 < words.size() ? Number(words[number - 3]) : std::nullopt;
    };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto user = field(14), system = field(15), start = field(22), resident = field(24);
    if (user && system) CountCpu((*user + *system) / ticks);
    if (resident) {
      Set("process_resident_memory_bytes", "Memory in use, shared libraries included.",
          *resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    // Once: the kernel computes it from the clock, so that it would move with each correction, as if we had restarted.
    if (start_told_) return;
    const std::optional<double> boot = NumberAfter(Read(files_.machine_stat), "btime");
    if (start && boot) {
      start_told_ = true;
      Set("process_start_time_seconds", "When the process started, in seconds since 1970.", *boot + *start / ticks);
    }
  }

  void CountCpu(double seconds) REQUIRES(mutex_) {
    const Counter counter = metrics_.GetCounter("process_cpu_seconds_total", "CPU time, user and system.");
    if (seconds > cpu_told_) counter.Increment(seconds - std::exchange(cpu_told_, seconds));
  }

  void Set(const char* name, const char* help, std::optional<double> value) {
    if (value) metrics_.GetGauge(name, help).Set(*value);
  }

  Metrics& metrics_;
  const ProcessFiles files_;
  Mutex mutex_;
  double cpu_told_ GUARDED_BY(mutex_) = 0;
  bool start_told_ GUARDED_BY(mutex_) = false;
};

}  // namespace

void ExportProgram(Metrics& metrics, const ProcessFiles& files) {
  const Labels labels = {{"component", program_invocation_short_name}, {"version", std::string(Version())}};
  metrics.GetGauge("locus_build_info", "1, with the program and its version.", labels).Set(1);
  const auto exported = std::make_shared<Exported>(metrics, files);
  metrics.OnRender([exported] { exported->Update(); });
}

}  // namespace locus
