#include "cache_worker/agent/folder_watcher.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "common/log.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/agent/fake_kernel.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

std::string NameOf(uint64_t block, Tier tier) { return std::to_string(block) + " " + std::string(TierName(tier)); }

// An agent without threads, and the picture that a listener of its queue gets.
struct Rig {
  explicit Rig(std::vector<AgentFolder> folders_, size_t capacity = 1000)
      : folders(std::move(folders_)), kernel(capacity, clock) {
    WatcherOptions options;
    options.rescan = 1h;
    options.handed_over = [this](Duration d) { handed_over.push_back(d); };
    watcher = std::make_unique<FolderWatcher>(folders, kernel, blocks, options, clock);
  }
  // From here on changes are told.
  void Listen() {
    queue.Begin();
    picture.clear();
    for (const BlockEvent& e : blocks.Snapshot([this] { queue.Gather(); })) Tell(e);
  }
  void Tell(const BlockEvent& e) {
    CHECK(e.file == nullptr);
    const std::string name = NameOf((e.file_id << 24) + e.index, e.tier);
    told.push_back((e.added ? "+" : "-") + name);
    CHECK((e.added ? picture.insert(name).second : picture.erase(name) == 1));
  }
  void Hear() {
    const auto batch = queue.Take(1'000'000, 0s);
    REQUIRE_FALSE(batch.over);
    for (const BlockEvent& e : batch.events) Tell(e);
  }
  // Until nothing is left to do.
  void Settle() {
    for (int quiet = 0, steps = 0; quiet < 3; ++steps) {
      REQUIRE(steps < 10'000);
      watcher->Step(1s);
      quiet = kernel.queued() == 0 ? quiet + 1 : 0;
    }
    Hear();
  }
  std::set<std::string> Truth() {
    std::set<std::string> truth;
    for (const AgentFolder& folder : folders) {
      for (const auto& [name, bytes] : kernel.Files(folder.path)) {
        if (name.find_first_not_of("0123456789") == std::string::npos) truth.insert(name + " " + Text(folder.tier));
      }
    }
    return truth;
  }
  uint64_t TrueBytes(Tier tier) {
    uint64_t sum = 0;
    for (const AgentFolder& folder : folders) {
      if (folder.tier != tier) continue;
      for (const auto& [name, bytes] : kernel.Files(folder.path)) {
        if (name.find_first_not_of("0123456789") == std::string::npos) sum += bytes;
      }
    }
    return sum;
  }
  static std::string Text(Tier tier) { return std::string(TierName(tier)); }

  FakeClock clock;
  const std::vector<AgentFolder> folders;
  FakeKernel kernel;
  ReportQueue queue{1'000'000};
  AgentBlocks blocks{folders, 1000, queue};
  std::unique_ptr<FolderWatcher> watcher;
  std::set<std::string> picture;
  std::vector<std::string> told;
  std::vector<Duration> handed_over;
};

const std::vector<AgentFolder> kTwo = {{Tier::kMem, "/mnt/mem/aw", 0}, {Tier::kSsd, "/mnt/ssd/aw", 500}};
using Blocks = std::set<std::string>;
using Texts = std::vector<std::string>;

struct Started : Rig {
  Started() : Rig(kTwo) {
    kernel.MakeFolders("/mnt/mem/aw");
    kernel.MakeFolders("/mnt/ssd/aw");
    kernel.MoveIn("/mnt/mem/aw/1", 10);
    kernel.MakeFolders("/mnt/mem/aw/.tmp_blocks");
    watcher->Start();
    Listen();
    told.clear();
  }
};

}  // namespace

TEST_CASE("what lies there at the start is known, with sizes", "[agent]") {
  Rig rig(kTwo);
  rig.kernel.MakeFolders("/mnt/mem/aw/77");
  rig.kernel.MakeFolders("/mnt/ssd/aw");
  rig.kernel.MoveIn("/mnt/mem/aw/1", 10);
  rig.kernel.MoveIn("/mnt/ssd/aw/2", 20);
  rig.kernel.MoveIn("/mnt/ssd/aw/notes.txt", 100);
  rig.watcher->Start();
  rig.Listen();
  CHECK(rig.picture == Blocks{"1 MEM", "2 SSD"});
  const auto usage = rig.blocks.Usage();
  REQUIRE(usage.size() == 2);
  CHECK(usage[0].tier == Tier::kMem);
  CHECK(usage[0].used_bytes == 10);
  CHECK(usage[0].capacity_bytes == 1000);
  CHECK(usage[1].used_bytes == 20);
  CHECK(usage[1].capacity_bytes == 500);
  CHECK(rig.watcher->stats().listings[static_cast<size_t>(ListReason::kStart)] == 2);
  CHECK(rig.watcher->stats().missing == 0);
}

TEST_CASE("each way of Alluxio's to make, move and drop a block is told as it is", "[agent]") {
  Started rig;
  // Caching: a rename from .tmp_blocks.
  rig.kernel.MoveIn("/mnt/mem/aw/2", 10);
  rig.Settle();
  CHECK(rig.told == Texts{"+2 MEM"});
  CHECK(rig.handed_over.size() == 1);
  // A move within a file system.
  rig.told.clear();
  rig.kernel.Move("/mnt/mem/aw/2", "/mnt/ssd/aw/2");
  rig.Settle();
  CHECK(rig.told == Texts{"+2 SSD", "-2 MEM"});
  // A move across file systems, in its steps.
  rig.told.clear();
  rig.kernel.Begin("/mnt/mem/aw/2");
  rig.Settle();
  CHECK(rig.told.empty());
  rig.kernel.Close("/mnt/mem/aw/2", 10);
  rig.Settle();
  CHECK(rig.told == Texts{"+2 MEM"});
  rig.kernel.Remove("/mnt/ssd/aw/2");
  rig.Settle();
  CHECK(rig.told == Texts{"+2 MEM", "-2 SSD"});
  // Eviction.
  rig.told.clear();
  rig.kernel.Remove("/mnt/mem/aw/1");
  rig.Settle();
  CHECK(rig.told == Texts{"-1 MEM"});
  const auto& stats = rig.watcher->stats();
  CHECK(stats.arrived == 3);
  CHECK(stats.begun == 1);
  CHECK(stats.gone == 3);
}

TEST_CASE("other names and folders are no blocks", "[agent]") {
  Started rig;
  rig.kernel.MakeFolders("/mnt/mem/aw/5");
  rig.kernel.MoveIn("/mnt/mem/aw/.tmp_blocks/6", 1);
  rig.kernel.MoveIn("/mnt/mem/aw/7.tmp", 1);
  rig.kernel.Begin("/mnt/mem/aw/.lock");
  rig.Settle();
  CHECK(rig.told.empty());
  CHECK(rig.watcher->stats().other == 3);
}

TEST_CASE("a block that has gone before it was looked at is not told", "[agent]") {
  Started rig;
  rig.kernel.MoveIn("/mnt/mem/aw/2", 10);
  bool done = false;
  rig.kernel.meanwhile = [&] {
    // Its arrival is read, its size not yet.
    if (done || rig.kernel.queued() != 0) return;
    done = true;
    rig.kernel.Remove("/mnt/mem/aw/2");
  };
  rig.Settle();
  REQUIRE(done);
  CHECK(rig.told.empty());
}

TEST_CASE("folders that come later, several levels up, are taken when they come", "[agent]") {
  Rig rig(kTwo);
  rig.watcher->Start();
  rig.Listen();
  CHECK(rig.picture.empty());
  CHECK(rig.watcher->stats().missing == 2);
  rig.kernel.MakeFolders("/mnt");
  rig.Settle();
  rig.kernel.MakeFolders("/mnt/mem");
  rig.Settle();
  rig.kernel.MakeFolders("/mnt/mem/aw");
  rig.kernel.MoveIn("/mnt/mem/aw/1", 10);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM"});
  CHECK(rig.watcher->stats().missing == 1);
  // All at once, as a rename.
  rig.kernel.MakeFolders("/elsewhere/aw");
  rig.kernel.MoveIn("/elsewhere/aw/2", 10);
  rig.kernel.Move("/elsewhere", "/mnt/ssd");
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM", "2 SSD"});
  CHECK(rig.watcher->stats().missing == 0);
  // One watch a folder, and none left over on the way.
  CHECK(rig.kernel.watches() == 2);
}

TEST_CASE("a folder that is removed loses its blocks, and one made anew has its own", "[agent]") {
  Started rig;
  rig.kernel.Remove("/mnt/mem");
  rig.Settle();
  CHECK(rig.picture.empty());
  CHECK(rig.watcher->stats().missing == 1);
  rig.kernel.MakeFolders("/mnt/mem/aw");
  rig.kernel.MoveIn("/mnt/mem/aw/3", 10);
  rig.Settle();
  CHECK(rig.picture == Blocks{"3 MEM"});
  // Away and back at one stroke.
  rig.kernel.Move("/mnt/mem/aw", "/mnt/mem/old");
  rig.kernel.MakeFolders("/mnt/mem/aw");
  rig.kernel.MoveIn("/mnt/mem/aw/4", 10);
  rig.kernel.MoveIn("/mnt/mem/old/5", 10);
  rig.Settle();
  CHECK(rig.picture == Blocks{"4 MEM"});
  CHECK(rig.kernel.watches() == 2);
}

TEST_CASE("a mount over a folder is noticed within a second, without an event", "[agent]") {
  Started rig;
  rig.kernel.Cover("/mnt/mem/aw", {{"8", 80}});
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM"});
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.picture == Blocks{"8 MEM"});
  CHECK(rig.blocks.Usage()[0].used_bytes == 80);
  CHECK(rig.watcher->stats().listings[static_cast<size_t>(ListReason::kNewFolder)] == 1);
}

TEST_CASE("a file in the folder's place is no folder; when it goes the folder may come", "[agent]") {
  Rig rig({{Tier::kMem, "/mnt/aw", 0}});
  rig.kernel.MakeFolders("/mnt");
  rig.kernel.MoveIn("/mnt/aw", 5);
  rig.watcher->Start();
  CHECK(rig.watcher->stats().missing == 1);
  rig.Listen();
  rig.kernel.Remove("/mnt/aw");
  rig.kernel.MakeFolders("/mnt/aw");
  rig.kernel.MoveIn("/mnt/aw/1", 5);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM"});
}

TEST_CASE("a folder that may not be read is missing until it may", "[agent]") {
  Started rig;
  rig.kernel.Refuse("/mnt/ssd/aw", true);
  rig.kernel.MoveIn("/mnt/ssd/aw/2", 10);
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM"});
  CHECK(rig.watcher->stats().missing == 1);
  rig.kernel.Refuse("/mnt/ssd/aw", false);
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM", "2 SSD"});
}

TEST_CASE("a folder that cannot be listed for want of something keeps its blocks", "[agent]") {
  Started rig;
  rig.kernel.failure = Exhausted("too many open files");
  rig.kernel.Overflow();
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM"});
  CHECK(rig.watcher->stats().missing == 0);
  rig.kernel.MoveIn("/mnt/mem/aw/2", 10);
  rig.kernel.Forget();
  rig.kernel.failure = absl::OkStatus();
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM", "2 MEM"});
}

TEST_CASE("without a watch to be had a folder is missing until there is one", "[agent]") {
  Rig rig(kTwo);
  rig.kernel.MakeFolders("/mnt/mem/aw");
  rig.kernel.MakeFolders("/mnt/ssd/aw");
  rig.kernel.MoveIn("/mnt/mem/aw/1", 10);
  rig.kernel.failure = Exhausted("no watch is left");
  rig.watcher->Start();
  rig.Listen();
  CHECK(rig.watcher->stats().missing == 2);
  rig.kernel.failure = absl::OkStatus();
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.watcher->stats().missing == 0);
  CHECK(rig.picture == Blocks{"1 MEM"});
}

TEST_CASE("one folder under two names counts once", "[agent]") {
  // The same path stands for a bind mount here: what matters is that the kernel says it is the same folder.
  Rig rig({{Tier::kMem, "/mnt/aw", 0}, {Tier::kSsd, "/mnt/aw", 0}});
  rig.kernel.MakeFolders("/mnt/aw");
  rig.kernel.MoveIn("/mnt/aw/1", 10);
  rig.watcher->Start();
  rig.Listen();
  CHECK(rig.picture == Blocks{"1 MEM"});
  CHECK(rig.watcher->stats().missing == 1);
  rig.kernel.MoveIn("/mnt/aw/2", 10);
  rig.clock.Advance(1s);
  rig.Settle();
  CHECK(rig.picture == Blocks{"1 MEM", "2 MEM"});
}

TEST_CASE("after lost events everything is listed, and only differences are told", "[agent]") {
  Started rig;
  rig.kernel.MoveIn("/mnt/mem/aw/2", 10);
  rig.kernel.MoveIn("/mnt/ssd/aw/3", 10);
  rig.kernel.Overflow();
  rig.Settle();
  CHECK(Blocks(rig.told.begin(), rig.told.end()) == Blocks{"+2 MEM", "+3 SSD"});
  CHECK(rig.watcher->stats().overflows == 1);
  CHECK(rig.watcher->stats().listings[static_cast<size_t>(ListReason::kOverflow)] == 2);
  CHECK(rig.watcher->stats().corrections == 0);
}

TEST_CASE("an event that is older than a lost one does not undo the listing", "[agent]") {
  Rig rig({{Tier::kMem, "/m", 0}}, 4);
  rig.kernel.MakeFolders("/m");
  rig.kernel.MoveIn("/m/9", 10);
  rig.watcher->Start();
  rig.Listen();
  // Four are queued, the fifth is lost and leaves its mark.
  for (const char* file : {"/m/1", "/m/2", "/m/3", "/m/4", "/m/5"}) rig.kernel.MoveIn(file, 10);
  bool done = false;
  rig.kernel.meanwhile = [&] {
    // The fourth and the mark wait. There is room for two more behind the mark; what follows them is lost without a
    // mark of its own.
    if (done || rig.kernel.queued() != 2) return;
    done = true;
    rig.kernel.MoveIn("/m/6", 10);
    rig.kernel.Remove("/m/9");
    rig.kernel.MoveIn("/m/9", 10);
  };
  rig.Settle();
  REQUIRE(done);
  CHECK(rig.picture == rig.Truth());
  CHECK(rig.picture.count("9 MEM") == 1);
}

TEST_CASE("a rescan tells only what is different, and counts it", "[agent]") {
  Started rig;
  rig.kernel.MoveIn("/mnt/mem/aw/2", 10);
  rig.kernel.Forget();
  rig.Settle();
  CHECK(rig.told.empty());
  rig.clock.Advance(1h);
  rig.Settle();
  CHECK(rig.told == Texts{"+2 MEM"});
  CHECK(rig.watcher->stats().corrections == 1);
  rig.clock.Advance(1h);
  rig.Settle();
  CHECK(rig.told.size() == 1);
  CHECK(rig.watcher->stats().corrections == 1);
  CHECK(rig.watcher->stats().listings[static_cast<size_t>(ListReason::kRescan)] == 4);
}

TEST_CASE("files that vanish or appear while a folder is listed are neither lost nor invented", "[agent]") {
  Started rig;
  for (int i = 2; i < 20; ++i) rig.kernel.MoveIn("/mnt/mem/aw/" + std::to_string(i), 10);
  rig.Settle();
  int calls = 0;
  rig.kernel.meanwhile = [&] {
    ++calls;
    // Ahead of the listing, behind it, and back again.
    if (calls == 8) rig.kernel.Remove("/mnt/mem/aw/5");
    if (calls == 9) rig.kernel.MoveIn("/mnt/mem/aw/10", 11);
    if (calls == 10) rig.kernel.MoveIn("/mnt/mem/aw/0", 10);
    if (calls == 11) rig.kernel.Remove("/mnt/mem/aw/9");
    if (calls == 12) rig.kernel.MoveIn("/mnt/mem/aw/9", 12);
    if (calls == 13) rig.kernel.Begin("/mnt/mem/aw/99");
    if (calls == 14) rig.kernel.MoveIn("/mnt/mem/aw/98", 10);
    if (calls == 15) rig.kernel.Remove("/mnt/mem/aw/98");
  };
  rig.clock.Advance(1h);
  rig.told.clear();
  rig.Settle();
  REQUIRE(calls > 30);
  CHECK(rig.picture == rig.Truth());
  CHECK(rig.picture.count("99 MEM") == 0);
  CHECK(rig.watcher->stats().corrections == 0);
  CHECK(rig.blocks.Usage()[0].used_bytes == rig.TrueBytes(Tier::kMem));
}

TEST_CASE("a snapshot in between sees what was told, no more", "[agent]") {
  Started rig;
  for (int i = 2; i < 50; ++i) {
    rig.kernel.MoveIn("/mnt/mem/aw/" + std::to_string(i), 10);
    rig.watcher->Step(0s);
    if (i % 7 == 0) rig.Listen();
    rig.Hear();
  }
  rig.Settle();
  CHECK(rig.picture == rig.Truth());
}

namespace {

// Acts on the world at random, in the middle of the watcher's calls too.
class Chaos {
 public:
  Chaos(Rig& rig, uint64_t seed) : rig_(rig), random_(seed) {}

  void Act() {
    FakeKernel& k = rig_.kernel;
    const std::string folder = rig_.folders[Pick(rig_.folders.size())].path, file = folder + "/" + Block();
    switch (Pick(16)) {
      case 0:
      case 1:
      case 2: return k.MoveIn(file, 1 + Pick(100));
      case 3:
      case 4: return k.Begin(file);
      case 5:
      case 6: return k.Close(file, 1 + Pick(100));
      case 7:
      case 8:
      case 9: return k.Remove(file);
      case 10:
      case 11:
      case 12: return k.Move(file, rig_.folders[Pick(rig_.folders.size())].path + "/" + Block());
      case 13: return Pick(6) == 0 ? k.Remove(folder) : k.MakeFolders(folder);
      case 14: return Pick(6) == 0 ? k.Remove(folder.substr(0, folder.rfind('/'))) : k.MakeFolders(folder);
      default:
        if (Pick(10) == 0 && k.Exists("/mnt")) k.Move(folder, "/mnt/away" + std::to_string(++away_));
        return k.MakeFolders(folder);
    }
  }
  uint64_t Pick(uint64_t n) { return random_() % n; }

 private:
  std::string Block() { return std::to_string(1 + Pick(7)); }

  Rig& rig_;
  std::mt19937_64 random_;
  int away_ = 0;
};

const std::vector<AgentFolder> kThree = {
    {Tier::kMem, "/mnt/mem/aw", 0}, {Tier::kSsd, "/mnt/a/aw", 0}, {Tier::kSsd, "/mnt/b/aw", 0}};

}  // namespace

TEST_CASE("whatever happens in whatever moment, the picture ends as the folders are", "[agent]") {
  // A hundred thousand lines of warnings say nothing.
  ConfigureLog("error", "text");
  uint64_t overflows = 0, new_folders = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    // Sometimes nothing is lost, sometimes much.
    Rig rig(kThree, seed % 3 == 0 ? 2 : seed % 3 == 1 ? 8 : 100'000);
    Chaos chaos(rig, seed);
    for (int i = 0; i < 20; ++i) chaos.Act();
    rig.kernel.meanwhile = [&] {
      if (chaos.Pick(3) == 0) chaos.Act();
    };
    rig.watcher->Start();
    rig.Listen();
    for (int step = 0; step < 60; ++step) {
      // A burst before it looks.
      for (uint64_t i = chaos.Pick(12); i > 6; --i) chaos.Act();
      rig.watcher->Step(1s);
      // A new stream now and then; and a rescan.
      if (chaos.Pick(10) == 0) rig.Listen();
      if (chaos.Pick(20) == 0) rig.clock.Advance(1h);
      rig.Hear();
    }
    rig.kernel.meanwhile = [] {};
    for (const AgentFolder& folder : rig.folders) {
      for (int block = 1; block <= 7; ++block) rig.kernel.Close(folder.path + "/" + std::to_string(block), 5);
    }
    // No look and no rescan from here on: the events must do.
    rig.Settle();
    REQUIRE(rig.picture == rig.Truth());
    for (const TierUse& use : rig.blocks.Usage()) REQUIRE(use.used_bytes == rig.TrueBytes(use.tier));
    REQUIRE(rig.kernel.watches() <= 3);
    overflows += rig.watcher->stats().overflows;
    new_folders += rig.watcher->stats().listings[static_cast<size_t>(ListReason::kNewFolder)];
  }
  // The histories were worth it.
  CHECK(overflows > 100);
  CHECK(new_folders > 100);
}
