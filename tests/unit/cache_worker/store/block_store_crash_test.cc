// The process is killed, or the power fails, at every call of the disk: no wrong byte, nothing lost that was safe, no
// quota passed, nothing left over.
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/block_store.h"
#include "cache_worker/store/eviction_by_name.h"
#include "cache_worker/store/read_through.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/crash_disk.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

// The longest trailer of a block in here: two chunk sums, a path of two bytes, the footer.
constexpr uint64_t kTrailer = 2 * 8 + 2 + kFooterBytes;
// More than ever lie in one folder.
constexpr uint64_t kMostFiles = 10;

enum class End { kKill, kPowerCut };

class World;

// What happens in a life, in order. A new kind of operation is one more line in a script.
struct Step {
  std::string name;
  std::function<void(World&)> work;
};

struct Setup {
  std::string eviction;
  BlockStoreOptions options;
  std::vector<Step> script;
};

// One worker's store over the disk and an under-store, through several lives.
class World {
 public:
  World(const Setup& setup, uint64_t seed) : disk(MountPoints(setup.options)), random(seed), setup_(setup) {}
  ~World() {
    reads.reset();
    store.reset();
  }

  // A process begins. False when it did not live to be ready.
  bool Begin() {
    ready_ = false;
    store = std::make_unique<BlockStore>(setup_.options, disk, EvictionByName(setup_.eviction), &diary_);
    const auto problems = store->Prepare();
    if (disk.stopped()) return false;
    REQUIRE(problems.empty());
    const auto report = store->Recover(std::atomic<bool>(false));
    if (disk.stopped()) return false;
    REQUIRE(report.ok());
    CheckNothingLost(report->surplus);
    ready_ = true;
    reads = std::make_unique<ReadThrough>(origin, *store, 1, clock_, [](locus::Duration) {});
    return true;
  }
  // It ends: whatever its destructors still do, the disk has seen the last of it.
  void Stop(End how) {
    disk.Stop();
    reads.reset();
    store.reset();
    may_tear_ = may_tear_ || (how == End::kPowerCut && !setup_.options.sync);
    how == End::kKill ? disk.Kill() : disk.CutPower(random());
    if (how == End::kPowerCut && !setup_.options.sync) safe_.clear();
    returned_ = how == End::kPowerCut ? CountReturned() : 0;
  }

  void Put(const std::string& path, uint64_t length) {
    const std::string bytes = PatternBytes(length, ++contents_);
    origin.Put(path, bytes);
    truth_[FileIdOf(origin.Stat(path).value())] = bytes;
  }
  // Block by block: then nothing is fetched ahead by another thread, and each run makes the same calls.
  void Read(const std::string& path) {
    INFO("reading " << path);
    const std::string& bytes = truth_.at(FileIdOf(origin.Stat(path).value()));
    for (uint64_t at = 0; at < bytes.size(); at += setup_.options.block_bytes) {
      std::string got;
      const ChunkSink sink = [&](std::string_view chunk, std::optional<Tier>) {
        got += chunk;
        return true;
      };
      const ReadRange range{path, at, setup_.options.block_bytes};
      const auto never = [] { return false; };
      CHECK(reads->Read(range, never, sink).ok());
      CHECK(got == bytes.substr(at, setup_.options.block_bytes));
    }
  }
  std::shared_ptr<const FileFacts> Facts(const std::string& path) {
    return std::make_shared<const FileFacts>(reads->Resolve(path).value());
  }
  std::string BytesOf(const FileFacts& file, uint32_t index) const {
    return truth_.at(file.file_id).substr(index * file.block_bytes, BlockLength(file, index));
  }

  // Whatever is in the cache is right and within its quota, and nothing else is on disk.
  void CheckAll() {
    std::map<Tier, uint64_t> used;
    std::map<Tier, std::set<std::string>> names;
    for (const StoredBlock& block : store->Snapshot([] {})) {
      INFO(block.file->path << " block " << block.index);
      const std::string read = ReadStored(block);
      if (!read.empty()) CHECK(read == BytesOf(*block.file, block.index));
      // Only bytes that nobody had synced may turn out to be damaged.
      if (read.empty()) CHECK(may_tear_);
      if (read.empty()) continue;
      used[block.tier] += BlockLength(*block.file, block.index);
      names[block.tier].insert(BlockFileName({block.file->file_id, block.index}));
    }
    for (const TierFolder& folder : setup_.options.folders) {
      INFO(folder.path);
      CHECK(used[folder.tier] <= folder.quota_bytes);
      std::set<std::string> on_disk;
      for (const auto& [path, size] : disk.Below(folder.path + "/blocks")) {
        on_disk.insert(path.substr(folder.path.size() + 1));
      }
      CHECK(on_disk == names[folder.tier]);
      CHECK(disk.Below(folder.path + "/tmp").empty());
      CHECK(disk.Peak(folder.path) <= folder.quota_bytes + kMostFiles * kTrailer);
    }
    CHECK(store->Stats().stuck_files == 0);
  }

  CrashDisk disk;
  FakeOrigin origin;
  std::mt19937_64 random;
  std::unique_ptr<BlockStore> store;
  std::unique_ptr<ReadThrough> reads;

 private:
  // Notes what is announced and taken back while the worker is ready and the disk lives.
  class Diary final : public BlockListener {
   public:
    explicit Diary(World& world) : world_(world) {}
    void OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
      if (world_.Tells()) world_.safe_[{file->file_id, index}].insert(tier);
    }
    void OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
      if (!world_.Tells()) return;
      auto& tiers = world_.safe_[{file->file_id, index}];
      CHECK(tiers.erase(tier) == 1);
      if (tiers.empty()) world_.safe_.erase({file->file_id, index});
    }

   private:
    World& world_;
  };

  bool Tells() { return ready_ && !disk.stopped(); }
  static std::vector<std::string> MountPoints(const BlockStoreOptions& options) {
    std::vector<std::string> points;
    for (const TierFolder& folder : options.folders) points.push_back(folder.path);
    return points;
  }
  // Empty when the block turns out damaged.
  std::string ReadStored(const StoredBlock& stored) {
    auto block = store->Peek(*stored.file, stored.index);
    if (!block.ok()) return "";
    std::string bytes, chunk;
    for (uint64_t i = 0; i < ChunkCount(block->reader->bytes()); ++i) {
      if (!block->reader->ReadChunk(i, chunk).ok()) {
        store->DropDamaged(*stored.file, stored.index, block->serial);
        return "";
      }
      bytes += chunk;
    }
    return bytes;
  }
  // Block files on disk that had been taken back, or never announced.
  uint64_t CountReturned() {
    uint64_t returned = 0;
    for (const TierFolder& folder : setup_.options.folders) {
      for (const auto& [path, size] : disk.Below(folder.path + "/blocks")) {
        const BlockKey key = ParseBlockFileName(path.substr(path.rfind('/') + 1)).value();
        const auto known = safe_.find({key.file_id, key.index});
        returned += known == safe_.end() || known->second.count(folder.tier) == 0 ? 1 : 0;
      }
    }
    return returned;
  }
  // A power cut may bring back copies that had been evicted or moved before; then as much goes again, and it may be
  // something else.
  void CheckNothingLost(uint64_t surplus) {
    std::set<std::pair<uint64_t, uint32_t>> there;
    std::map<std::pair<uint64_t, uint32_t>, std::set<Tier>> now;
    for (const StoredBlock& block : store->Snapshot([] {})) {
      now[{block.file->file_id, block.index}].insert(block.tier);
    }
    uint64_t lost = 0;
    for (const auto& [block, tiers] : safe_) lost += now.count(block) == 0 ? 1 : 0;
    INFO(lost << " blocks lost, " << returned_ << " copies returned, " << surplus << " were too many");
    if (lost > 0) CHECK((returned_ > 0 && surplus >= lost));
    safe_ = std::move(now);
  }

  const Setup& setup_;
  const locus::FakeClock clock_;
  uint32_t contents_ = 0;
  // By file id.
  std::map<uint64_t, std::string> truth_;
  std::map<std::pair<uint64_t, uint32_t>, std::set<Tier>> safe_;
  uint64_t returned_ = 0;
  bool may_tear_ = false;
  bool ready_ = false;
  Diary diary_{*this};
};

Step Put(const std::string& path, uint64_t length) {
  return {"put " + path, [=](World& world) { world.Put(path, length); }};
}
Step Read(const std::string& path) {
  return {"read " + path, [=](World& world) { world.Read(path); }};
}
Step Drop(const std::string& path) {
  return {"drop " + path, [=](World& world) { world.store->Drop(path); }};
}
// As a warm-up does it.
Step Load(const std::string& path, std::optional<Tier> tier) {
  return {"load " + path, [=](World& world) {
            const auto file = world.Facts(path);
            const PutOptions options{tier, world.store->UseMark()};
            for (uint64_t i = 0; i < BlockCount(*file); ++i) {
              static_cast<void>(world.reads->Ensure(file, i, options, [] { return false; }));
            }
          }};
}
Step GiveUp(const std::string& path) {
  return {"give up " + path, [=](World& world) {
            const auto file = world.Facts(path);
            auto writer = world.store->Begin(file, 0, {});
            if (writer.ok()) static_cast<void>((*writer)->Append(world.BytesOf(*file, 0).substr(0, kChunkBytes)));
          }};
}
Step Pin(const std::string& path) {
  return {"pin " + path, [=](World& world) { static_cast<void>(world.store->Pin(path)); }};
}
Step Unpin(const std::string& path) {
  return {"unpin " + path, [=](World& world) { static_cast<void>(world.store->Unpin(path)); }};
}
// What the background does: blocks that are read often move up, others down, room is made.
Step Maintain() {
  return {"maintain", [](World& world) { world.store->Maintain(locus::SteadyTime(), std::atomic<bool>(false)); }};
}
Step Restart() {
  return {"restart", [](World& world) {
            world.reads.reset();
            world.store.reset();
            world.Begin();
          }};
}

std::vector<Step> Script(uint64_t block) {
  return {
      Put("/a", 2 * block + 100),
      Put("/b", 3 * block),
      Put("/c", 50),
      Read("/a"),
      Read("/b"),
      // The tiers are full from here on: each new block evicts.
      Read("/c"),
      Read("/a"),
      Put("/d", 3 * block - 1),
      Read("/d"),
      Maintain(),
      // Read often in the slower tier: moves up, and something else down.
      Read("/d"),
      Read("/d"),
      Maintain(),
      Read("/b"),
      Maintain(),
      // A changed file: its old blocks go, new ones come.
      Put("/b", 2 * block + 7),
      Read("/b"),
      GiveUp("/c"),
      Restart(),
      Pin("/a"),
      Read("/a"),
      Read("/c"),
      Maintain(),
      Drop("/a"),
      Read("/a"),
      Load("/d", std::nullopt),
      Unpin("/a"),
      Load("/b", Tier::kSsd),
      Restart(),
      Read("/b"),
      Read("/d"),
      Maintain(),
  };
}

// Fewer steps with larger blocks.
std::vector<Step> ShortScript(uint64_t block) {
  return {
      Put("/a", block), Put("/b", block - 9), Read("/a"), Read("/b"),
      Restart(),        Put("/a", block + 5), Read("/a"), Maintain(),
  };
}

BlockStoreOptions Options(bool sync, uint64_t block, uint64_t mem_blocks, uint64_t ssd_blocks) {
  BlockStoreOptions options;
  if (mem_blocks > 0) options.folders.push_back({Tier::kMem, "/mem", mem_blocks * block});
  options.folders.push_back({Tier::kSsd, "/ssd", ssd_blocks * block});
  options.block_bytes = block;
  options.sync = sync;
  options.tiers.promote_after = 2;
  options.tiers.demote = true;
  options.tiers.high_watermark = 0.9;
  options.tiers.low_watermark = 0.7;
  options.max_pinned = block;
  return options;
}

// Does the steps from `next` on until the disk stops or none is left.
size_t Live(World& world, const std::vector<Step>& script, size_t next) {
  for (; next < script.size() && !world.disk.stopped(); ++next) {
    INFO(script[next].name);
    script[next].work(world);
  }
  return next;
}

// Stops at call `n` of the script; then comes a second life with the rest of it, and its end. False when the script was
// over before.
bool Crash(const Setup& setup, uint64_t n, End how, uint64_t seed) {
  const std::vector<Step>& script = setup.script;
  World world(setup, seed);
  world.disk.StopAt(n, seed);
  size_t next = world.Begin() ? Live(world, script, 0) : 0;
  const bool reached = world.disk.stopped();
  world.Stop(how);
  if (world.random() % 3 == 0) {
    // The new process does not live long either.
    world.disk.StopAt(1 + world.random() % 40, world.random());
    world.Begin();
    world.Stop(how);
  }
  REQUIRE(world.Begin());
  world.CheckAll();
  world.disk.StopAt(1 + world.random() % 150, world.random());
  next = Live(world, script, next);
  world.Stop(world.random() % 2 == 0 ? End::kKill : End::kPowerCut);
  REQUIRE(world.Begin());
  world.CheckAll();
  Live(world, script, next);
  world.CheckAll();
  return reached;
}

uint64_t CrashEverywhere(const Setup& setup, uint64_t first_seed) {
  uint64_t points = 0;
  for (const End how : {End::kKill, End::kPowerCut}) {
    for (uint64_t n = 1;; ++n) {
      const uint64_t seed = first_seed + n;
      INFO(setup.eviction << (setup.options.sync ? ", sync" : ", no sync")
                          << (how == End::kKill ? ", killed" : ", power cut") << " at call " << n << ", seed " << seed);
      if (!Crash(setup, n, how, seed)) break;
      ++points;
    }
  }
  return points;
}

}  // namespace

TEST_CASE("a kill or a power cut at any call costs no byte that was safe", "[store]") {
  const Setup setups[] = {
      {"lru", Options(true, kTestBlock, 2, 4), Script(kTestBlock)},
      {"tinylfu", Options(true, kTestBlock, 0, 5), Script(kTestBlock)},
      {"sieve", Options(false, kTestBlock, 3, 3), Script(kTestBlock)},
  };
  uint64_t points = 0;
  for (const Setup& setup : setups) points += CrashEverywhere(setup, 1'000'000 * points);
  std::printf("stopped at %llu points\n", static_cast<unsigned long long>(points));
  CHECK(points >= 1000);
}

TEST_CASE("the same from a seed that nobody has chosen", "[store]") {
  const uint64_t seed = std::random_device{}();
  CrashEverywhere({"tinylfu", Options(true, kTestBlock, 2, 3), Script(kTestBlock)}, seed);
}

TEST_CASE("a crash between the chunks of a block leaves no half of it", "[store]") {
  constexpr uint64_t kTwoChunks = kChunkBytes + 5000;
  const uint64_t points = CrashEverywhere({"lru", Options(true, kTwoChunks, 0, 2), ShortScript(kTwoChunks)}, 1);
  CHECK(points >= 100);
}
