#include "cache_worker/store/mapped_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus::worker;

namespace {

constexpr size_t kPage = 4096;

using Mapped = std::shared_ptr<const MappedFile>;

Mapped Map(const TempFolder& folder, const std::string& name, size_t size) {
  const int fd = ::open((folder.path() + "/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  auto mapped = MappedFile::Create(fd, size, name);
  ::close(fd);
  REQUIRE(mapped.ok());
  return *mapped;
}

// How a child that runs `what` ends.
template <typename What>
int EndOf(const What& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    what();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("what is mapped is what was written, after the name is gone too", "[store]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(3 * kPage + 17, 1);
  folder.Write("f", bytes);
  const Mapped whole = Map(folder, "f", bytes.size());
  const Mapped part = Map(folder, "f", 5);
  std::filesystem::remove(folder.path() + "/f");
  CHECK(whole->bytes() == bytes);
  CHECK(part->bytes() == bytes.substr(0, 5));
}

TEST_CASE("pages that a file lost read as zeros, and the process lives", "[store]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(4 * kPage, 1);
  folder.Write("cut", bytes);
  folder.Write("whole", bytes);
  const Mapped cut = Map(folder, "cut", bytes.size());
  const Mapped whole = Map(folder, "whole", bytes.size());
  std::filesystem::resize_file(folder.path() + "/cut", kPage);
  CHECK(cut->bytes().substr(0, kPage) == bytes.substr(0, kPage));
  CHECK(cut->bytes().substr(kPage) == std::string(3 * kPage, '\0'));
  CHECK(whole->bytes() == bytes);
}

TEST_CASE("many readers may meet a lost page at once", "[store]") {
  const TempFolder folder;
  folder.Write("f", PatternBytes(64 * kPage, 1));
  const Mapped mapped = Map(folder, "f", 64 * kPage);
  std::filesystem::resize_file(folder.path() + "/f", 0);
  std::atomic<int> zeros{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      if (mapped->bytes() == std::string(64 * kPage, '\0')) ++zeros;
    });
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(zeros == 8);
}

TEST_CASE("an error on any other memory ends the process as it would have", "[store]") {
  const TempFolder folder;
  folder.Write("mapped", "bytes");
  folder.Write("other", std::string(kPage, 'x'));
  const Mapped mapped = Map(folder, "mapped", 5);
  const int fd = ::open((folder.path() + "/other").c_str(), O_RDONLY | O_CLOEXEC);
  void* const other = ::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
  REQUIRE(other != MAP_FAILED);
  std::filesystem::resize_file(folder.path() + "/other", 0);
  const int status = EndOf([&] { static_cast<void>(*static_cast<volatile const char*>(other)); });
  CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  ::munmap(other, kPage);
  ::close(fd);
}

TEST_CASE("beyond the bound nothing more is mapped until something goes", "[store]") {
  const TempFolder folder;
  folder.Write("f", "bytes");
  std::vector<Mapped> all;
  for (size_t i = 0; i < kMaxMappedFiles; ++i) all.push_back(Map(folder, "f", 5));
  const int fd = ::open((folder.path() + "/f").c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(absl::IsResourceExhausted(MappedFile::Create(fd, 5, "f").status()));
  all[kMaxMappedFiles / 2] = nullptr;
  CHECK(MappedFile::Create(fd, 5, "f").ok());
  ::close(fd);
}

TEST_CASE("what cannot be mapped is told with its name and the reason", "[store]") {
  const auto mapped = MappedFile::Create(-1, 5, "the/file");
  REQUIRE(absl::IsUnavailable(mapped.status()));
  const std::string text(mapped.status().message());
  CHECK(text.find("the/file") != std::string::npos);
  CHECK(text.find("Bad file descriptor") != std::string::npos);
}
