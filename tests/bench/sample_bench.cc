// sample_bench
//
// A sample of an input of a million blocks, each on three of a hundred nodes, in files of ten blocks. Beside it: how
// long GetLocality's question to the catalog takes while samples are taken all the time, and while none are.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "alluxio_meta/catalog/catalog.h"
#include "common/clock.h"
#include "common/log.h"

namespace {

using namespace locus;
using namespace locus::meta;

constexpr FileId kFiles = 100'000;
constexpr uint32_t kBlocksOfFile = 10;
constexpr unsigned kNodes = 100;
constexpr unsigned kCopies = 3;
constexpr int kRounds = 11;
constexpr int kQuestions = 2000;
// As many as a busy extender asks for.
constexpr Duration kBetweenQuestions = std::chrono::microseconds(200);

class Link final : public WorkerLink {
 public:
  void AskListing(uint64_t request, const std::string&, uint32_t) override { asked = request; }
  void Cut() override {}
  uint64_t asked = 0;
};

Target Fill(Catalog& catalog, const Clock& clock) {
  std::vector<FileFact> files;
  for (FileId id = 1; id <= kFiles; ++id) {
    const std::string path = "/data/part=" + std::to_string(id / 1000) + "/file-" + std::to_string(id % 1000);
    files.push_back({id, path, uint64_t{kBlocksOfFile} << 26, 1 << 26, clock.WallNow().time_since_epoch().count()});
  }
  const Target target = catalog.Parse("/data");
  const auto link = std::make_shared<Link>();
  for (unsigned n = 0; n < kNodes; ++n) {
    const std::string name = "node-" + std::to_string(n);
    const uint64_t stream = catalog.OpenStream({{name, "", 1}, name, "", {}}, link).value();
    if (n == 0) {
      catalog.Ask(std::span(&target, 1), Duration(0));
      if (!catalog.Listing(stream, {link->asked, files, true, false, ""}).ok()) return {};
    }
    std::vector<BlockChange> blocks;
    for (FileId id = 1; id <= kFiles; ++id) {
      for (uint32_t b = 0; b < kBlocksOfFile; ++b) {
        if ((id * 31 + b * 7 + n) % kNodes < kCopies) blocks.push_back({id, b, Tier::kSsd, true});
      }
    }
    if (!catalog.Apply(stream, files, blocks).ok()) return {};
  }
  return target;
}

template <typename F>
double Seconds(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Microseconds of each question, sorted.
std::vector<double> Ask(Catalog& catalog, const Target& target) {
  std::vector<double> micros;
  for (int i = 0; i < kQuestions; ++i) {
    micros.push_back(1e6 * Seconds([&] { catalog.Ask(std::span(&target, 1), Duration(0)); }));
    std::this_thread::sleep_for(kBetweenQuestions);
  }
  std::sort(micros.begin(), micros.end());
  return micros;
}

void Print(const char* what, const std::vector<double>& micros) {
  std::printf("GetLocality, %s: p50 %.0f us, p99 %.0f us, longest %.0f us\n", what, micros[micros.size() / 2],
              micros[micros.size() * 99 / 100], micros.back());
}

}  // namespace

int main() {
  ConfigureLog("error", "text");
  const SystemClock clock;
  Catalog catalog({}, MountTable(), clock);
  const Target target = Fill(catalog, clock);
  const auto go_on = [] { return absl::OkStatus(); };
  std::vector<double> seconds;
  uint64_t cached = 0;
  for (int i = 0; i < kRounds; ++i) {
    seconds.push_back(
        Seconds([&] { cached = catalog.SampleBlocks(target, 4096, Duration(0), go_on).value().cached_blocks; }));
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("a sample of %llu blocks in %u copies each: median %.0f ms of %d\n",
              static_cast<unsigned long long>(cached), kCopies, 1e3 * seconds[seconds.size() / 2], kRounds);

  Print("no samples", Ask(catalog, target));
  std::atomic<bool> over{false};
  std::thread sampling([&] {
    while (!over) catalog.SampleBlocks(target, 4096, Duration(0), go_on).IgnoreError();
  });
  Print("samples all the time", Ask(catalog, target));
  over = true;
  sampling.join();
}
