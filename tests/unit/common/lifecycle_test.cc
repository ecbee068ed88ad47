#include "common/lifecycle.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "common/status.h"

using namespace locus;

namespace {

std::string Folder() {
  const char* folder = std::getenv("TEST_TMPDIR");
  return folder == nullptr ? "/tmp" : folder;
}

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the port file holds the port and nothing is left beside it", "[common]") {
  const std::string path = Folder() + "/port";
  REQUIRE(WritePortFile(path, 8910).ok());
  CHECK(Content(path) == "8910\n");
  REQUIRE(WritePortFile(path, 1).ok());
  CHECK(Content(path) == "1\n");
  CHECK(::access((path + ".tmp").c_str(), F_OK) != 0);
}

TEST_CASE("without a path no port file is written", "[common]") { CHECK(WritePortFile("", 8910).ok()); }

TEST_CASE("a port file that cannot be written is named with the reason", "[common]") {
  const std::string path = Folder() + "/no-such-folder/port";
  const absl::Status status = WritePortFile(path, 8910);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(MessageOf(status) == "cannot write the port file '" + path + "': No such file or directory");
  const std::string folder = Folder() + "/folder";
  ::mkdir(folder.c_str(), 0700);
  CHECK_FALSE(WritePortFile(folder, 8910).ok());
  CHECK(::access((folder + ".tmp").c_str(), F_OK) != 0);
}

TEST_CASE("a blocked stop signal waits for WaitForStopSignal", "[common]") {
  BlockStopSignals();
  for (const int number : {SIGTERM, SIGINT}) {
    // To the process, as kubelet sends it: it must not end this test, and reaches the waiting thread.
    ::kill(::getpid(), number);
    int received = 0;
    std::thread waiting([&] { received = WaitForStopSignal(); });
    waiting.join();
    CHECK(received == number);
  }
}

TEST_CASE("a blocked stop signal is told once to who does not wait", "[common]") {
  BlockStopSignals();
  CHECK_FALSE(StopSignalCame());
  for (const int number : {SIGTERM, SIGINT}) {
    ::kill(::getpid(), number);
    CHECK(StopSignalCame());
    CHECK_FALSE(StopSignalCame());
  }
}
