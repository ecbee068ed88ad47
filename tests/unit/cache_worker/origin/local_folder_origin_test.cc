#include "cache_worker/origin/local_folder_origin.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "common/status.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
namespace fs = std::filesystem;

namespace {

struct Shown {
  Shown() : origin(LocalFolderOrigin::Create((outside.path() + "/root").c_str()).value()) {}

  std::vector<std::string> List(const std::string& path) {
    std::vector<std::string> paths;
    status = origin->List(path, [&](const OriginFile& file) {
      paths.push_back(file.path);
      return true;
    });
    return paths;
  }
  std::string Root() const { return outside.path() + "/root"; }

  struct Outside : TempFolder {
    Outside() { Write("root/keep", ""); }
  } outside;
  std::unique_ptr<LocalFolderOrigin> origin;
  absl::Status status;
};

}  // namespace

TEST_CASE("a file has its length, its time and its bytes", "[origin]") {
  Shown shown;
  shown.outside.Write("root/a/b", "0123456789");
  const auto file = shown.origin->Stat("/a/b");
  REQUIRE(file.ok());
  CHECK(file->path == "/a/b");
  CHECK(file->length == 10);
  struct stat s {};
  REQUIRE(::stat((shown.Root() + "/a/b").c_str(), &s) == 0);
  CHECK(file->modified_ns == int64_t{s.st_mtim.tv_sec} * 1000000000 + s.st_mtim.tv_nsec);
  std::string bytes(4, '\0');
  REQUIRE(shown.origin->Read(ContentOf(*file), 3, 4, bytes.data()).ok());
  CHECK(bytes == "3456");
  CHECK(absl::IsOutOfRange(shown.origin->Read(ContentOf(*file), 8, 3, bytes.data())));
  CHECK(absl::IsOutOfRange(shown.origin->Read(ContentOf(*file), UINT64_MAX, 1, bytes.data())));
}

TEST_CASE("what is no file is told apart", "[origin]") {
  Shown shown;
  fs::create_directory(shown.Root() + "/d");
  REQUIRE(::mkfifo((shown.Root() + "/fifo").c_str(), 0600) == 0);
  CHECK(absl::IsNotFound(shown.origin->Stat("/none").status()));
  CHECK(absl::IsNotFound(shown.origin->Stat("/keep/below-a-file").status()));
  CHECK(absl::IsInvalidArgument(shown.origin->Stat("/d").status()));
  CHECK(absl::IsInvalidArgument(shown.origin->Stat("/fifo").status()));
  CHECK(absl::IsInvalidArgument(shown.origin->Stat("d").status()));
  char byte = 0;
  CHECK(absl::IsAborted(shown.origin->Read({"/fifo", 1, 1}, 0, 1, &byte)));
}

TEST_CASE("nothing outside of the folder can be reached", "[origin]") {
  Shown shown;
  shown.outside.Write("secret", "s");
  shown.outside.Write("root2/secret", "s");
  fs::create_symlink("../secret", shown.Root() + "/relative");
  fs::create_symlink(shown.outside.path() + "/secret", shown.Root() + "/absolute");
  fs::create_directory_symlink("..", shown.Root() + "/up");
  fs::create_directory_symlink(shown.outside.path() + "/root2", shown.Root() + "/namesake");
  for (const char* path : {"/relative", "/absolute", "/up/secret", "/namesake/secret"}) {
    INFO(path);
    CHECK(absl::IsInvalidArgument(shown.origin->Stat(path).status()));
    char byte = 0;
    CHECK(absl::IsInvalidArgument(shown.origin->Read({path, 1, 1}, 0, 1, &byte)));
  }
  for (const char* path : {"/../secret", "/..", "/a/../../secret"}) {
    CHECK(absl::IsInvalidArgument(shown.origin->Stat(path).status()));
  }
  CHECK(absl::IsInvalidArgument(shown.origin->List("/up", [](const OriginFile&) { return true; })));
  CHECK(shown.List("/") == std::vector<std::string>{"/keep"});
  CHECK(shown.status.ok());
  CHECK(shown.origin->skipped_entries() == 4);
}

TEST_CASE("links within the folder are followed, folders behind links are not listed", "[origin]") {
  Shown shown;
  shown.outside.Write("root/d/f", "12");
  fs::create_symlink("d/f", shown.Root() + "/link");
  fs::create_directory_symlink(".", shown.Root() + "/loop");
  CHECK(shown.origin->Stat("/link").value().length == 2);
  CHECK(shown.origin->Stat("/loop/d/f").value().length == 2);
  CHECK(shown.List("/") == std::vector<std::string>{"/d/f", "/keep", "/link"});
}

TEST_CASE("a listing follows the byte order of whole paths", "[origin]") {
  Shown shown;
  for (const char* name : {"a/z", "a.b", "a0", "A", "ab/c/d", "ab/c", "b"}) {
    if (std::string(name) != "ab/c") shown.outside.Write(std::string("root/") + name, "x");
  }
  // '.' < '/' < '0'.
  CHECK(shown.List("/") == std::vector<std::string>{"/A", "/a.b", "/a/z", "/a0", "/ab/c/d", "/b", "/keep"});
  CHECK(shown.List("/a") == std::vector<std::string>{"/a/z"});
  CHECK(shown.List("/a0") == std::vector<std::string>{"/a0"});
  CHECK(shown.List("/none").empty());
  CHECK(absl::IsNotFound(shown.status));
}

TEST_CASE("the children of a folder are its own files and folders", "[origin]") {
  Shown shown;
  for (const char* name : {"a/f", "a/b/c/deep", "a/b/x", "ab"}) shown.outside.Write(std::string("root/") + name, "x");
  std::set<std::string> files, folders;
  const auto file = [&](const OriginFile& found) { return files.insert(found.path).second; };
  const auto folder = [&](const std::string& path) { return folders.insert(path).second; };
  CHECK(shown.origin->Children("/a", file, folder).ok());
  CHECK(files == std::set<std::string>{"/a/f"});
  CHECK(folders == std::set<std::string>{"/a/b"});
  CHECK(shown.origin->Children("/ab", file, folder).ok());
  CHECK(files.count("/ab") == 1);
  CHECK(absl::IsNotFound(shown.origin->Children("/none", file, folder)));
}

TEST_CASE("a listing ends when no more is wanted", "[origin]") {
  Shown shown;
  shown.outside.Write("root/a/1", "");
  shown.outside.Write("root/a/2", "");
  int seen = 0;
  CHECK(shown.origin->List("/", [&](const OriginFile&) { return ++seen < 2; }).ok());
  CHECK(seen == 2);
}

TEST_CASE("names that the wire cannot carry are left out and counted", "[origin]") {
  Shown shown;
  shown.outside.Write("root/bad\xFFname", "x");
  shown.outside.Write("root/good", "x");
  CHECK(shown.List("/") == std::vector<std::string>{"/good", "/keep"});
  CHECK(shown.status.ok());
  CHECK(shown.origin->skipped_entries() == 1);
}

TEST_CASE("a file that changed is not read as the one it was", "[origin]") {
  Shown shown;
  shown.outside.Write("root/f", "before");
  const OriginFile file = shown.origin->Stat("/f").value();
  std::string bytes(6, '\0');
  SECTION("another length") { shown.outside.Write("root/f", "after it"); }
  SECTION("the same length at another time") {
    shown.outside.Write("root/f", "BEFORE");
    fs::last_write_time(shown.Root() + "/f", fs::last_write_time(shown.Root() + "/f") + std::chrono::seconds(2));
  }
  SECTION("gone") { fs::remove(shown.Root() + "/f"); }
  SECTION("a folder in its place") {
    fs::remove(shown.Root() + "/f");
    fs::create_directory(shown.Root() + "/f");
  }
  CHECK(absl::IsAborted(shown.origin->Read(ContentOf(file), 0, 6, bytes.data())));
}

TEST_CASE("an under-store that is gone is out of reach, not empty", "[origin]") {
  Shown shown;
  fs::rename(shown.Root(), shown.outside.path() + "/moved");
  CHECK(absl::IsUnavailable(shown.origin->Stat("/keep").status()));
  CHECK(absl::IsUnavailable(shown.origin->List("/", [](const OriginFile&) { return true; })));
}

TEST_CASE("an under-store must be a folder", "[origin]") {
  Shown shown;
  for (const std::string& path : {shown.Root() + "/none", shown.Root() + "/keep"}) {
    const auto origin = LocalFolderOrigin::Create(path);
    CHECK(absl::IsUnavailable(origin.status()));
    CHECK(MessageOf(origin.status()).find(path) != std::string::npos);
  }
}

TEST_CASE("a folder can be shown below the root", "[origin]") {
  Shown shown;
  shown.outside.Write("root/a/b", "12");
  const auto origin = LocalFolderOrigin::Create(shown.Root(), "/lake/raw").value();
  const OriginFile file = origin->Stat("/lake/raw/a/b").value();
  CHECK(file.path == "/lake/raw/a/b");
  std::string bytes(2, '\0');
  CHECK(origin->Read(ContentOf(file), 0, 2, bytes.data()).ok());
  CHECK(bytes == "12");
  std::vector<std::string> listed;
  CHECK(origin
            ->List("/lake/raw",
                   [&](const OriginFile& found) {
                     listed.push_back(found.path);
                     return true;
                   })
            .ok());
  CHECK(listed == std::vector<std::string>{"/lake/raw/a/b", "/lake/raw/keep"});
  CHECK(absl::IsNotFound(origin->Stat("/lake/raw/none").status()));
}
