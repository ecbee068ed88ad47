// Completion in a real bash, and the manual page as groff sees it.
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/integration/locusctl/program.h"

using namespace locus;

namespace {

constexpr const char* kBinary = "locusctl/locusctl";
constexpr const char* kGroff = "/usr/bin/groff";

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// An interactive bash at the other end of a terminal; `keys` are typed, and what it shows until its end is read.
std::string TypeIntoBash(const std::string& keys) {
  const std::string path = "PATH=" + (std::filesystem::current_path() / "locusctl").string() + ":/usr/bin:/bin";
  int terminal = -1;
  winsize size{50, 200, 0, 0};
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (pid == 0) {
    const char* const environment[] = {path.c_str(), "TERM=dumb", "PS1=$ ", "INPUTRC=/dev/null", "LC_ALL=C", nullptr};
    ::execle("/bin/bash", "bash", "--norc", "--noprofile", "-i", nullptr, const_cast<char* const*>(environment));
    ::_exit(127);
  }
  REQUIRE(pid > 0);
  const std::string all =
      "bind 'set enable-bracketed-paste off'\rsource <(locusctl completion bash)\r" + keys + "\rexit\r";
  REQUIRE(::write(terminal, all.data(), all.size()) == static_cast<ssize_t>(all.size()));
  std::string shown;
  std::array<char, 4096> bytes;
  // A terminal that nobody writes to any more ends with an error.
  for (ssize_t n; (n = ::read(terminal, bytes.data(), bytes.size())) > 0;)
    shown.append(bytes.data(), static_cast<size_t>(n));
  ::waitpid(pid, nullptr, 0);
  ::close(terminal);
  return shown;
}

// The command line that bash has made of `keys`: Ctrl-A goes to its start, where echo is put before it.
std::string Completed(const std::string& keys) {
  const std::string shown = TypeIntoBash(keys +
                                         "\x01"
                                         "echo COMPLETED:");
  const size_t start = shown.rfind("\nCOMPLETED:");
  INFO(shown);
  REQUIRE(start != std::string::npos);
  const std::string line = shown.substr(start + 11);
  return line.substr(0, line.find('\r'));
}

}  // namespace

TEST_CASE("TAB in bash completes verbs, flags and values", "[locusctl]") {
  CHECK(Completed("locusctl unp\t/x --met\th:1") == "locusctl unpin /x --meta h:1");
  CHECK(Completed("locusctl doct\tclu\t--kubec\t") == "locusctl doctor cluster --kubeconfig");
  CHECK(Completed("locusctl load /x --tier M\t--tier=S\t") == "locusctl load /x --tier MEM --tier=SSD");
  CHECK(Completed("locusctl -o y\tstat\t") == "locusctl -o yaml status");
}

TEST_CASE("TAB in bash completes behind a colon, and names of files", "[locusctl]") {
  CHECK(Completed("locusctl --meta h:8910 mou\t") == "locusctl --meta h:8910 mounts");
  CHECK(Completed("locusctl spark-c\t--templ\t/etc/host\tname") == "locusctl spark-conf --template /etc/hostname");
  CHECK(Completed("locusctl locality alluxio:///a unp\t") == "locusctl locality alluxio:///a unp");
}

TEST_CASE("the program that kubectl asks answers in its protocol", "[locusctl]") {
  ProgramOptions options;
  options.name = "/usr/local/bin/kubectl_complete-locus";
  const ProgramResult result = RunProgram(kBinary, {"work"}, options);
  CHECK(result.exit_code == 0);
  CHECK(result.out == "workers\tthe cache workers: node, state, use of each tier, load\n:4\n");
  CHECK(result.err.empty());
}

TEST_CASE("every flag and verb is in the manual", "[locusctl]") {
  std::ifstream file("locusctl/locusctl.1");
  REQUIRE(file);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const char* verb : {"status", "explain", "doctor cluster", "spark\\-conf", "completion"}) {
    INFO(verb);
    CHECK(Contains(page, ".SS \\fB" + std::string(verb) + "\\fR"));
  }
  for (const char* flag : {"\\-\\-kubeconfig", "\\-\\-output", "\\-\\-until", "\\-\\-locality\\-wait"}) {
    INFO(flag);
    CHECK(Contains(page, ".TP\n"));
    CHECK(Contains(page, "\\fB" + std::string(flag) + "\\fR"));
  }
  for (const char c : page) REQUIRE(((c >= 0x20 && c < 0x7f) || c == '\n'));
}

TEST_CASE("groff has nothing to say against the manual", "[locusctl]") {
  const ProgramResult result = RunProgram(kGroff, {"-ww", "-man", "-Tutf8", "locusctl/locusctl.1"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(Contains(result.out, "kubectl"));
  CHECK_FALSE(Contains(result.out, "\\f"));
}
