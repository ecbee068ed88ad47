// locusctl submit with a spark-submit that is a script: what it gets, and what becomes of it.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/locusctl/program.h"

using namespace locus;

namespace {

namespace fs = std::filesystem;

constexpr const char* kBinary = "locusctl/locusctl";

// A folder of its own with a spark-submit that does `body`.
struct Installation {
  explicit Installation(const std::string& body) {
    std::string pattern = std::string(std::getenv("TEST_TMPDIR")) + "/spark-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    fs::create_directories(folder / "tmp");
    std::ofstream(folder / "spark-submit") << "#!/bin/sh\n" << body;
    fs::permissions(folder / "spark-submit", fs::perms::owner_all);
  }
  ~Installation() { fs::remove_all(folder); }

  ProgramResult Submit(std::vector<std::string> arguments, ProgramOptions options = {}) const {
    options.environment = {"PATH=" + folder.string() + ":/usr/bin:/bin", "TMPDIR=" + (folder / "tmp").string()};
    std::vector<std::string> all = {"submit", "--inputs", "alluxio:///a", "--front", "front:1", "--"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return RunProgram(kBinary, all, options);
  }

  bool LeftNothing() const { return fs::is_empty(folder / "tmp"); }

  fs::path folder;
};

}  // namespace

TEST_CASE("spark-submit runs with each argument as it was written", "[locusctl]") {
  const Installation spark("for a in \"$@\"; do printf '<%s>\\n' \"$a\"; done\nexit 5\n");
  const ProgramResult result = spark.Submit({"--master", "k8s://h", "a b.py", "it's $(x)", ""});
  CHECK(result.exit_code == 5);
  CHECK(result.out.find("-Dalluxio.user.hostname=$(HOST_IP)>\n") != std::string::npos);
  const std::string end = "<--master>\n<k8s://h>\n<a b.py>\n<it's $(x)>\n<>\n";
  REQUIRE(result.out.size() > end.size());
  CHECK(result.out.substr(result.out.size() - end.size()) == end);
  CHECK(spark.LeftNothing());
}

TEST_CASE("the pod template is there while spark-submit runs and gone afterwards", "[locusctl]") {
  const Installation spark(
      "for a in \"$@\"; do case $a in *podTemplateFile=*) cat \"${a#*=}\"; ls -ld \"${a%/*}\" | cut -c1-10;; esac; "
      "done; ls -ld \"$TMPDIR\"/* | cut -c1-10\n");
  const ProgramResult result = spark.Submit({"--master", "k8s://h", "job.py"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("fieldPath: status.hostIP\n") != std::string::npos);
  CHECK(result.out.find("drwx------\n") != std::string::npos);
  CHECK(spark.LeftNothing());
}

TEST_CASE("a signal reaches spark-submit, whose end is waited for", "[locusctl]") {
  const Installation spark("trap 'echo stopping; exit 7' INT\necho ready\nwhile :; do :; done\n");
  ProgramOptions options;
  options.interrupt_at = "ready";
  const ProgramResult result = spark.Submit({"--master", "k8s://h", "job.py"}, options);
  CHECK(result.exit_code == 7);
  CHECK(result.out.find("stopping") != std::string::npos);
  CHECK(spark.LeftNothing());
}

TEST_CASE("a spark-submit that a signal ends gives the code that a shell would", "[locusctl]") {
  const Installation spark("kill -KILL $$\n");
  CHECK(spark.Submit({"--master", "k8s://h", "job.py"}).exit_code == 137);
  CHECK(spark.LeftNothing());
}

TEST_CASE("a program that the system cannot run is told", "[locusctl]") {
  const Installation spark("");
  std::ofstream(spark.folder / "spark-submit") << "#!/nowhere/interpreter\n";
  const ProgramResult result = spark.Submit({"--master", "k8s://h", "job.py"});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("cannot run") != std::string::npos);
  CHECK(spark.LeftNothing());
}
