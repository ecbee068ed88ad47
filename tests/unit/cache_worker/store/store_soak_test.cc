// A day of a full cache on a real disk, hurried: an operation for every other of its seconds.
#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>

#include "cache_worker/store/eviction_by_name.h"
#include "cache_worker/store/posix_file_system.h"
#include "cache_worker/store/read_through.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

constexpr int kHours = 24;
constexpr int kOperationsAnHour = 1800;
constexpr uint32_t kFiles = 2000;
constexpr uint64_t kMemBlocks = 100;
constexpr uint64_t kSsdBlocks = 400;
// One chunk sum, the longest path in here, the footer.
constexpr uint64_t kTrailer = 8 + 16 + 72;
// A leak of six bytes an operation goes beyond it.
constexpr size_t kHeapSlack = 256 << 10;

size_t OpenFiles() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

uint64_t BytesBelow(const std::string& folder, uint64_t* files) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++*files;
    bytes += entry.file_size();
  }
  return bytes;
}

std::string Path(uint32_t file) { return "/table/" + std::to_string(file); }
// Three blocks, two and a bit, or a bit: the same at each change, so that the under-store's own memory is flat.
uint64_t Length(uint32_t file) { return file % 3 == 0 ? 3 * kTestBlock : file % 3 == 1 ? 2 * kTestBlock + 77 : 500; }

class Day {
 public:
  explicit Day(uint64_t seed) : random_(seed) {
    for (uint32_t file = 0; file < kFiles; ++file) Change(file);
    options_.folders = {{Tier::kMem, folder_.path() + "/mem", kMemBlocks * kTestBlock},
                        {Tier::kSsd, folder_.path() + "/ssd", kSsdBlocks * kTestBlock}};
    options_.block_bytes = kTestBlock;
    Begin();
  }

  void Restart() {
    reads_.reset();
    store_.reset();
    Begin();
  }
  void Operate() {
    switch (random_() % 100) {
      case 0: return Change(AnyFile());
      case 1: return static_cast<void>(store_->Drop(Path(AnyFile())));
      case 2: return GiveUp();
      case 3: return Load();
      default: return Read();
    }
  }
  void CheckQuotas() {
    for (const TierUse& use : store_->Usage()) CHECK(use.used_bytes <= use.capacity_bytes);
    for (const TierFolder& folder : options_.folders) {
      uint64_t files = 0;
      const uint64_t bytes = BytesBelow(folder.path, &files);
      CHECK(bytes <= folder.quota_bytes + files * kTrailer);
    }
  }
  uint64_t evictions() { return store_->Stats().evictions; }
  bool Full() { return store_->Usage().back().used_bytes > (kSsdBlocks - 4) * kTestBlock; }

 private:
  void Begin() {
    store_ = std::make_unique<BlockStore>(options_, files_, EvictionByName("tinylfu"), nullptr);
    REQUIRE(store_->Prepare().empty());
    REQUIRE(store_->Recover(std::atomic<bool>(false)).ok());
    reads_ = std::make_unique<ReadThrough>(origin_, *store_, 4, clock_, [](locus::Duration) {});
  }
  // A few are asked for much more often than most.
  uint32_t AnyFile() {
    const double u = std::uniform_real_distribution<double>(0, 1)(random_);
    return static_cast<uint32_t>(u * u * u * kFiles);
  }
  void Change(uint32_t file) { origin_.Put(Path(file), PatternBytes(Length(file), file)); }
  void Read() {
    const uint32_t file = AnyFile();
    std::string got;
    const auto status = reads_->Read(
        {Path(file)}, [] { return false; },
        [&](std::string_view bytes, auto) {
          got += bytes;
          return true;
        });
    REQUIRE(status.ok());
    REQUIRE(got == PatternBytes(Length(file), file));
  }
  void GiveUp() {
    const auto file = std::make_shared<const FileFacts>(reads_->Resolve(Path(AnyFile())).value());
    auto writer = store_->Begin(file, 0, {});
    if (writer.ok()) static_cast<void>((*writer)->Append("too short to be a block"));
  }
  void Load() {
    const auto file = std::make_shared<const FileFacts>(reads_->Resolve(Path(AnyFile())).value());
    PutOptions put;
    put.tier = Tier::kSsd;
    put.spare_since = store_->UseMark();
    for (uint64_t i = 0; i < BlockCount(*file); ++i) {
      static_cast<void>(reads_->Ensure(file, i, put, [] { return false; }));
    }
  }

  const TempFolder folder_;
  PosixFileSystem files_;
  FakeOrigin origin_;
  const locus::FakeClock clock_;
  std::mt19937_64 random_;
  BlockStoreOptions options_;
  std::unique_ptr<BlockStore> store_;
  std::unique_ptr<ReadThrough> reads_;
};

}  // namespace

TEST_CASE("a day at full quota leaks neither memory nor descriptors and keeps the quota", "[store]") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Day day(seed);
  size_t heap = 0, files = 0;
  uint64_t evictions = 0;
  for (int hour = 0; hour < kHours; ++hour) {
    INFO("hour " << hour);
    for (int i = 0; i < kOperationsAnHour; ++i) day.Operate();
    day.CheckQuotas();
    CHECK(day.Full());
    evictions += day.evictions();
    // Every sixth hour ends with a new process.
    if (hour % 6 == 5) day.Restart();
    if (hour == 2) {
      heap = HeapInUse();
      files = OpenFiles();
    }
    if (hour < 2) continue;
    CHECK(OpenFiles() == files);
    CHECK(HeapInUse() <= heap + kHeapSlack);
  }
  std::printf("a day: %d operations, heap %zu KiB at the third hour, %zu KiB at the end, %zu open files\n",
              kHours * kOperationsAnHour, heap >> 10, HeapInUse() >> 10, files);
  CHECK(evictions > 10'000);
}
