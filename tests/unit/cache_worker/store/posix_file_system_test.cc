#include "cache_worker/store/posix_file_system.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "common/status.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;

TEST_CASE("what is written is what is read", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  const std::string path = folder.path() + "/f";
  {
    auto file = files.Create(path);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append("hello ").ok());
    REQUIRE((*file)->Append("").ok());
    REQUIRE((*file)->Append("world").ok());
    REQUIRE((*file)->Sync().ok());
    REQUIRE((*file)->Close().ok());
  }
  auto file = files.Open(path);
  REQUIRE(file.ok());
  CHECK((*file)->Size().value() == 11);
  std::string bytes(5, '\0');
  REQUIRE((*file)->ReadAt(6, 5, bytes.data()).ok());
  CHECK(bytes == "world");
  CHECK(absl::IsDataLoss((*file)->ReadAt(7, 5, bytes.data())));
}

TEST_CASE("an open file outlives its name", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  folder.Write("f", "bytes");
  auto file = files.Open(folder.path() + "/f");
  REQUIRE(file.ok());
  REQUIRE(files.Remove(folder.path() + "/f").ok());
  std::string bytes(5, '\0');
  REQUIRE((*file)->ReadAt(0, 5, bytes.data()).ok());
  CHECK(bytes == "bytes");
}

TEST_CASE("a descriptor outlives the file object that it came from", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  folder.Write("f", "bytes");
  auto file = files.Open(folder.path() + "/f");
  REQUIRE(file.ok());
  auto descriptor = (*file)->Duplicate();
  REQUIRE(descriptor.ok());
  file->reset();
  std::string bytes(5, '\0');
  CHECK(::pread(descriptor->get(), bytes.data(), 5, 0) == 5);
  CHECK(bytes == "bytes");
  const int fd = descriptor->get();
  *descriptor = Descriptor();
  CHECK(::pread(fd, bytes.data(), 5, 0) == -1);
}

TEST_CASE("absent names are NOT_FOUND and the text names them", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  const std::string path = folder.path() + "/none";
  for (const absl::Status& status :
       {files.Open(path).status(), files.Remove(path), files.Rename(path, path + "2"), files.List(path).status(),
        files.SyncFolder(path), files.Create(path + "/below").status(), files.Space(path).status()}) {
    CHECK(absl::IsNotFound(status));
    CHECK(MessageOf(status).find("none") != std::string::npos);
  }
}

TEST_CASE("the state of a file is another one after each kind of change, and unknown for a moment", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  folder.Write("f", "12345");
  const std::string path = folder.path() + "/f";
  const auto file = files.Open(path).value();
  const auto settled = [&] {
    uint64_t state = 0;
    for (int i = 0; i < 500 && state == 0; ++i) {
      state = file->State();
      if (state == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(state != 0);
    return state;
  };
  std::set<uint64_t> states = {settled()};
  CHECK(settled() == *states.begin());
  const auto written = std::filesystem::last_write_time(path);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "x";
  // Somebody hides it.
  std::filesystem::last_write_time(path, written);
  CHECK(states.count(file->State()) == 0);
  CHECK(states.insert(settled()).second);
  std::filesystem::resize_file(path, 3);
  CHECK(states.count(file->State()) == 0);
  CHECK(states.insert(settled()).second);
}

TEST_CASE("a folder lists its files with their sizes, and its folders", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  folder.Write("a", "12345");
  REQUIRE(files.MakeFolder(folder.path() + "/x/y/z").ok());
  REQUIRE(files.MakeFolder(folder.path() + "/x/y/z").ok());
  auto entries = files.List(folder.path());
  REQUIRE(entries.ok());
  std::sort(entries->begin(), entries->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].name == "a");
  CHECK((*entries)[0].bytes == 5);
  CHECK((*entries)[0].modified_ns > 1'600'000'000'000'000'000);
  CHECK_FALSE((*entries)[0].is_folder);
  CHECK((*entries)[1].name == "x");
  CHECK((*entries)[1].is_folder);
}

TEST_CASE("a file in a folder's place is no folder", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  folder.Write("f", "");
  CHECK_FALSE(files.MakeFolder(folder.path() + "/f").ok());
  CHECK_FALSE(files.MakeFolder(folder.path() + "/f/g").ok());
}

TEST_CASE("free space is that of the folder's disk, and two folders on it say so", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  REQUIRE(files.MakeFolder(folder.path() + "/below").ok());
  const auto here = files.Space(folder.path());
  const auto below = files.Space(folder.path() + "/below");
  REQUIRE(here.ok());
  REQUIRE(below.ok());
  CHECK(here->disk == below->disk);
  CHECK(here->free_bytes > 0);
  CHECK(here->free_bytes <= std::filesystem::space(folder.path()).capacity);
  // /proc has no free bytes at all.
  CHECK(files.Space("/proc").value().free_bytes == 0);
}

TEST_CASE("a lock has one owner at a time", "[store]") {
  const TempFolder folder;
  PosixFileSystem files;
  const std::string path = folder.path() + "/lock";
  auto first = files.Lock(path);
  REQUIRE(first.ok());
  CHECK(absl::IsAlreadyExists(files.Lock(path).status()));
  first->reset();
  CHECK(files.Lock(path).ok());
}

TEST_CASE("a full disk is told as such", "[store]") {
  PosixFileSystem files;
  // The device that is always full, see full(4).
  if (::access("/dev/full", W_OK) != 0) FAIL("this machine has no /dev/full");
  auto file = files.Create("/dev/full");
  REQUIRE(file.ok());
  CHECK(absl::IsResourceExhausted((*file)->Append("x")));
}
