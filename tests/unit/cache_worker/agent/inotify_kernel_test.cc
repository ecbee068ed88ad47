// The real kernel, in folders of the test's own: on the disk, and in memory where there is a tmpfs.
#include "cache_worker/agent/inotify_kernel.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "cache_worker/agent/folder_watcher.h"
#include "common/status.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

using Kind = KernelEvent::Kind;

std::unique_ptr<InotifyKernel> Open() {
  auto kernel = InotifyKernel::Create();
  REQUIRE(kernel.ok());
  return std::move(*kernel);
}

// "moved in 5", those of one folder that come within a moment.
std::vector<std::string> Events(InotifyKernel& kernel, WatchNumber watch, size_t count) {
  static const std::map<Kind, std::string> kWords = {{Kind::kCreated, "created"},  {Kind::kClosedAfterWrite, "closed"},
                                                     {Kind::kMovedIn, "moved in"}, {Kind::kMovedOut, "moved out"},
                                                     {Kind::kDeleted, "deleted"},  {Kind::kFolderGone, "folder gone"},
                                                     {Kind::kOverflow, "overflow"}};
  std::vector<std::string> words;
  while (words.size() < count) {
    const auto events = kernel.Read(5s);
    if (events.empty()) break;
    for (const KernelEvent& e : events) {
      if (e.watch == watch) words.push_back(kWords.at(e.kind) + " " + e.name + (e.is_folder ? "/" : ""));
    }
  }
  return words;
}

using Texts = std::vector<std::string>;

// A tier on the disk and one in memory, or both on the disk where there is no tmpfs.
struct Tiers {
  explicit Tiers(Duration rescan = 1h) {
    fs::create_directories(disk.path() + "/ssd");
    if (shm.path().empty()) fs::create_directories(disk.path() + "/mem");
    folders = {{Tier::kMem, (shm.path().empty() ? disk.path() + "/mem" : shm.path()) + "/aw", 0},
               {Tier::kSsd, disk.path() + "/ssd/aw", 0}};
    for (const AgentFolder& folder : folders) fs::create_directories(folder.path);
    watcher = std::make_unique<FolderWatcher>(folders, *kernel, blocks, WatcherOptions{rescan, 1s, {}}, clock);
  }
  std::string File(size_t folder, uint64_t block) const { return folders[folder].path + "/" + std::to_string(block); }
  static void Write(const std::string& path, size_t bytes) { std::ofstream(path) << std::string(bytes, 'x'); }
  // As Alluxio caches: written beside, then renamed.
  void Cache(size_t folder, uint64_t block, size_t bytes) const {
    const std::string part = folders[folder].path + "/.tmp_blocks/" + std::to_string(block) + ".part";
    fs::create_directories(folders[folder].path + "/.tmp_blocks");
    Write(part, bytes);
    fs::rename(part, File(folder, block));
  }
  std::map<std::string, uint64_t> Truth(size_t folder) const {
    std::map<std::string, uint64_t> truth;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folders[folder].path, ignored)) {
      if (entry.is_regular_file()) truth[entry.path().filename()] = entry.file_size();
    }
    return truth;
  }
  std::set<std::string> Picture() {
    std::set<std::string> picture;
    for (const BlockEvent& e : blocks.Snapshot([] {})) {
      picture.insert(std::to_string((e.file_id << 24) + e.index) + " " + std::string(TierName(e.tier)));
    }
    return picture;
  }
  std::set<std::string> TrueBlocks() const {
    std::set<std::string> all;
    for (size_t i = 0; i < folders.size(); ++i) {
      for (const auto& [name, bytes] : Truth(i)) all.insert(name + " " + std::string(TierName(folders[i].tier)));
    }
    return all;
  }
  bool Matches() {
    return Eventually([this] {
      watcher->Step(10ms);
      return Picture() == TrueBlocks();
    });
  }

  const SystemClock clock;
  const TempFolder disk;
  const TempFolder shm{"/dev/shm"};
  std::vector<AgentFolder> folders;
  std::unique_ptr<InotifyKernel> kernel = Open();
  ReportQueue queue{1'000'000};
  AgentBlocks blocks{{{Tier::kMem, "", 0}, {Tier::kSsd, "", 0}}, 1'000'000, queue};
  std::unique_ptr<FolderWatcher> watcher;
};

// Whatever the modes say, root reads every folder: not this thread, for a while.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    REQUIRE(::syscall(SYS_capget, &header_, before_) == 0);
    __user_cap_data_struct less[2] = {before_[0], before_[1]};
    less[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    REQUIRE(::syscall(SYS_capset, &header_, less) == 0);
  }
  ~WithoutPrivileges() { ::syscall(SYS_capset, &header_, before_); }

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[2]{};
};

}  // namespace

TEST_CASE("the kernel's words for what Alluxio does", "[agent]") {
  for (const char* base : {static_cast<const char*>(std::getenv("TEST_TMPDIR")), "/dev/shm"}) {
    const TempFolder folder(base);
    if (folder.path().empty()) continue;
    const std::string& path = folder.path();
    INFO(path);
    fs::create_directories(path + "/a");
    fs::create_directories(path + "/b");
    const auto kernel = Open();
    const auto a = kernel->Watch(path + "/a", WatchFor::kFiles);
    REQUIRE(a.ok());
    CHECK(kernel->Watch(path + "/a/../a", WatchFor::kFiles).value() == *a);
    Tiers::Write(path + "/a/1", 3);
    CHECK(Events(*kernel, *a, 2) == Texts{"created 1", "closed 1"});
    fs::rename(path + "/a/1", path + "/b/1");
    CHECK(Events(*kernel, *a, 1) == Texts{"moved out 1"});
    fs::rename(path + "/b/1", path + "/a/2");
    CHECK(Events(*kernel, *a, 1) == Texts{"moved in 2"});
    fs::create_directory(path + "/a/c");
    fs::remove(path + "/a/2");
    CHECK(Events(*kernel, *a, 2) == Texts{"created c/", "deleted 2"});
    fs::rename(path + "/a", path + "/d");
    CHECK(Events(*kernel, *a, 1) == Texts{"folder gone "});
    fs::remove_all(path + "/d");
    CHECK(Events(*kernel, *a, 3) == Texts{"deleted c/", "folder gone ", "folder gone "});
  }
}

TEST_CASE("a folder is listed with the sizes of its regular files", "[agent]") {
  const TempFolder folder;
  folder.Write("d/1", "abc");
  folder.Write("d/.hidden", "");
  folder.Write("d/sub/2", "x");
  fs::create_symlink("1", folder.path() + "/d/3");
  const auto kernel = Open();
  std::map<std::string, uint64_t> files;
  const auto listed =
      kernel->List(folder.path() + "/d", [&](const std::string& name, uint64_t bytes) { files[name] = bytes; });
  REQUIRE(listed.ok());
  CHECK(files == std::map<std::string, uint64_t>{{"1", 3}, {".hidden", 0}});
  CHECK(kernel->Watch(folder.path() + "/d", WatchFor::kFiles).value() == *listed);
  CHECK(kernel->Look(folder.path() + "/d/1")->bytes == 3);
  CHECK_FALSE(kernel->Look(folder.path() + "/d/3"));
  CHECK_FALSE(kernel->Look(folder.path() + "/d/4"));
  CHECK(kernel->SizeOfFileSystem(folder.path()).value() > 0);
}

TEST_CASE("what cannot be watched has its reason", "[agent]") {
  const TempFolder folder;
  folder.Write("file", "");
  fs::create_directories(folder.path() + "/closed");
  fs::permissions(folder.path() + "/closed", fs::perms::none);
  const auto kernel = Open();
  const auto code = [&](const std::string& name) {
    return kernel->Watch(folder.path() + "/" + name, WatchFor::kFiles).status();
  };
  CHECK(absl::IsNotFound(code("none")));
  CHECK(absl::IsNotFound(code("none/deeper")));
  CHECK(absl::IsNotFound(code("file")));
  {
    const WithoutPrivileges now;
    CHECK(absl::IsPermissionDenied(code("closed")));
    CHECK(MessageOf(code("closed")).find("let the agent's user read the folder") != std::string::npos);
    CHECK(absl::IsPermissionDenied(kernel->List(folder.path() + "/closed", [](auto&, auto) {}).status()));
  }
  fs::permissions(folder.path() + "/closed", fs::perms::all);
  CHECK(code("closed").ok());
}

TEST_CASE("a kernel that has no instance left names the setting to raise", "[agent]") {
  // The user's limit is shared with all that runs here; the process's own gives the same answer.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const absl::Status status = InotifyKernel::Create().status();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(absl::IsResourceExhausted(status));
  CHECK(MessageOf(status).find("fs.inotify.max_user_instances") != std::string::npos);
}

TEST_CASE("a wait ends when it is woken", "[agent]") {
  const auto kernel = Open();
  CHECK(kernel->Read(0s).empty());
  std::thread waker([&] { kernel->Wake(); });
  const auto start = std::chrono::steady_clock::now();
  CHECK(kernel->Read(60s).empty());
  CHECK(std::chrono::steady_clock::now() - start < 20s);
  waker.join();
}

TEST_CASE("blocks are cached, moved between file systems and dropped", "[agent]") {
  Tiers tiers;
  tiers.Cache(0, 1, 10);
  tiers.watcher->Start();
  CHECK(tiers.Picture() == std::set<std::string>{"1 MEM"});
  tiers.Cache(0, 2, 20);
  tiers.Cache(1, 3, 30);
  CHECK(tiers.Matches());
  CHECK(tiers.blocks.Usage()[0].used_bytes == 30);
  CHECK(tiers.blocks.Usage()[0].capacity_bytes > 0);
  // As Java moves between file systems: copy, then remove.
  fs::copy_file(tiers.File(0, 2), tiers.File(1, 2));
  fs::remove(tiers.File(0, 2));
  CHECK(tiers.Matches());
  CHECK(tiers.Picture() == std::set<std::string>{"1 MEM", "2 SSD", "3 SSD"});
  CHECK(tiers.blocks.Usage()[1].used_bytes == 50);
  fs::remove(tiers.File(1, 3));
  CHECK(tiers.Matches());
  CHECK(tiers.watcher->stats().listings[static_cast<size_t>(ListReason::kStart)] == 2);
  CHECK(tiers.watcher->stats().listings[static_cast<size_t>(ListReason::kRescan)] == 0);
}

TEST_CASE("a file that is being written counts from its end on", "[agent]") {
  Tiers tiers;
  tiers.watcher->Start();
  std::ofstream slow(tiers.File(1, 7));
  slow << "half" << std::flush;
  tiers.Cache(1, 8, 1);
  REQUIRE(Eventually([&] {
    tiers.watcher->Step(10ms);
    return tiers.Picture().count("8 SSD") == 1;
  }));
  CHECK(tiers.Picture().count("7 SSD") == 0);
  slow.close();
  CHECK(tiers.Matches());
}

TEST_CASE("folders removed, made anew and put in place several levels up are followed", "[agent]") {
  Tiers tiers;
  tiers.Cache(1, 1, 10);
  tiers.watcher->Start();
  const std::string above = fs::path(tiers.folders[1].path).parent_path();
  fs::remove_all(above);
  REQUIRE(tiers.Matches());
  CHECK(tiers.watcher->stats().missing == 1);
  fs::create_directories(tiers.folders[1].path);
  tiers.Cache(1, 2, 10);
  CHECK(tiers.Matches());
  fs::rename(above, above + ".old");
  fs::create_directories(above + ".new/aw");
  Tiers::Write(above + ".new/aw/5", 10);
  fs::rename(above + ".new", above);
  CHECK(tiers.Matches());
  CHECK(tiers.Picture() == std::set<std::string>{"5 SSD"});
  CHECK(tiers.watcher->stats().missing == 0);
}

TEST_CASE("more events than the kernel keeps lose no block", "[agent]") {
  Tiers tiers;
  tiers.watcher->Start();
  uint64_t limit = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit > 100'000) limit = 100'000;
  // One event each at least, and nobody reads meanwhile.
  for (uint64_t i = 0; i < limit + 2000; ++i) Tiers::Write(tiers.File(0, i % 3000), i % 7);
  for (uint64_t i = 0; i < 3000; i += 3) fs::remove(tiers.File(0, i));
  if (limit < 100'000) {
    CHECK(Eventually([&] {
      tiers.watcher->Step(10ms);
      return tiers.watcher->stats().overflows > 0;
    }));
  }
  CHECK(tiers.Matches());
  CHECK(tiers.Picture().size() == 2000);
  tiers.Cache(0, 0, 1);
  CHECK(tiers.Matches());
}

TEST_CASE("a busy worker and many rescans end in the truth, with sizes", "[agent]") {
  Tiers tiers(5ms);
  std::atomic<bool> done{false};
  std::thread worker([&] {
    std::mt19937_64 random(7);
    for (int i = 0; i < 6000; ++i) {
      const size_t folder = random() % 2;
      const uint64_t block = random() % 200;
      std::error_code ignored;
      switch (random() % 5) {
        case 0:
        case 1: tiers.Cache(folder, block, random() % 100); break;
        case 2:
          if (fs::copy_file(tiers.File(folder, block), tiers.File(1 - folder, block), ignored))
            fs::remove(tiers.File(folder, block), ignored);
          break;
        default: fs::remove(tiers.File(folder, block), ignored);
      }
    }
    done = true;
  });
  tiers.watcher->Start();
  while (!done) tiers.watcher->Step(1ms);
  worker.join();
  CHECK(tiers.watcher->stats().listings[static_cast<size_t>(ListReason::kRescan)] > 10);
  CHECK(tiers.Matches());
  for (size_t i = 0; i < 2; ++i) {
    uint64_t sum = 0;
    for (const auto& [name, bytes] : tiers.Truth(i)) sum += bytes;
    CHECK(tiers.blocks.Usage()[i].used_bytes == sum);
  }
}
