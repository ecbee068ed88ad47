#include "common/program_metrics.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/config.h"

using namespace locus;

namespace {

bool Has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// A made-up /proc, with the fields that proc(5) names; all others are other numbers.
class MadeUpProc {
 public:
  explicit MadeUpProc(const std::string& name) : root_(std::string(std::getenv("TEST_TMPDIR")) + "/" + name) {
    std::filesystem::create_directories(root_ + "/self/fd");
    for (const char* fd : {"0", "1", "2", "17"}) std::ofstream(root_ + "/self/fd/" + fd);
    Write("stat", "cpu  1 2 3\nintr 4\nbtime 1700000000\nprocesses 5\n");
    Write("self/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max open files            1024                 524288               files     \n");
  }

  void Write(const std::string& path, const std::string& text) const { std::ofstream(root_ + "/" + path) << text; }
  // `user`, `system`, `start` in ticks; `resident` in pages.
  void WriteStat(const std::string& name, int user, int system, int start, int resident) const {
    Write("self/stat", "42 (" + name + ") S 1 42 42 0 -1 4194560 91 92 93 94 " + std::to_string(user) + " " +
                           std::to_string(system) + " 95 96 20 0 12 0 " + std::to_string(start) + " 97000 " +
                           std::to_string(resident) + " 18446744073709551615 1 1 0\n");
  }
  ProcessFiles files() const { return {root_ + "/self", root_ + "/stat"}; }

 private:
  std::string root_;
};

const long kTicks = ::sysconf(_SC_CLK_TCK);

}  // namespace

TEST_CASE("a process tells what the kernel counts of it, under Prometheus' own names", "[common]") {
  const MadeUpProc proc("all");
  proc.WriteStat("locus-meta", static_cast<int>(3 * kTicks), static_cast<int>(2 * kTicks),
                 static_cast<int>(60 * kTicks), 10);
  Metrics metrics;
  ExportProgram(metrics, proc.files());
  const std::string text = metrics.Render();
  CHECK(Has(text, "process_cpu_seconds_total 5"));
  CHECK(Has(text, "process_start_time_seconds 1700000060"));
  CHECK(Has(text, "process_resident_memory_bytes " + std::to_string(10 * ::sysconf(_SC_PAGESIZE))));
  CHECK(Has(text, "process_open_fds 4"));
  CHECK(Has(text, "process_max_fds 1024"));
}

TEST_CASE("its CPU time is a counter, and goes on from one look to the next", "[common]") {
  const MadeUpProc proc("cpu");
  Metrics metrics;
  ExportProgram(metrics, proc.files());
  proc.WriteStat("a", static_cast<int>(kTicks), 0, 1, 1);
  CHECK(Has(metrics.Render(), "process_cpu_seconds_total 1"));
  proc.WriteStat("a", static_cast<int>(4 * kTicks), 0, 1, 1);
  CHECK(Has(metrics.Render(), "process_cpu_seconds_total 4"));
}

TEST_CASE("a corrected clock is no restart", "[common]") {
  const MadeUpProc proc("clock");
  proc.WriteStat("a", 1, 1, static_cast<int>(60 * kTicks), 1);
  Metrics metrics;
  ExportProgram(metrics, proc.files());
  CHECK(Has(metrics.Render(), "process_start_time_seconds 1700000060"));
  proc.Write("stat", "btime 1700000300\n");
  CHECK(Has(metrics.Render(), "process_start_time_seconds 1700000060"));
}

TEST_CASE("a program's name with brackets and spaces moves no field", "[common]") {
  const MadeUpProc proc("name");
  proc.WriteStat("a) S 7 7 (b", static_cast<int>(kTicks), 0, 1, 3);
  Metrics metrics;
  ExportProgram(metrics, proc.files());
  CHECK(Has(metrics.Render(), "process_cpu_seconds_total 1"));
}

TEST_CASE("what cannot be read is absent, and nothing else suffers", "[common]") {
  const MadeUpProc proc("broken");
  proc.Write("self/stat", "42 (locus-meta) S 1 2\n");
  proc.Write("self/limits", "Max open files            unlimited            unlimited            files     \n");
  Metrics metrics;
  ExportProgram(metrics, proc.files());
  const std::string text = metrics.Render();
  CHECK(text.find("process_cpu") == std::string::npos);
  CHECK(text.find("process_start") == std::string::npos);
  CHECK(text.find("process_max") == std::string::npos);
  CHECK(Has(text, "process_open_fds 4"));
  Metrics nowhere;
  ExportProgram(nowhere, {"/nowhere", "/nowhere"});
  CHECK(nowhere.Render().find("process_") == std::string::npos);
}

TEST_CASE("a build tells the program and its version", "[common]") {
  Metrics metrics;
  ExportProgram(metrics);
  const std::string text = metrics.Render();
  CHECK(Has(text, "locus_build_info{component=\"program_metrics_test\",version=\"" + std::string(Version()) + "\"} 1"));
  // And of this very process.
  CHECK(text.find("\nprocess_resident_memory_bytes ") != std::string::npos);
}
