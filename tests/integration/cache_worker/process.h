// The program locus-worker as a child of the test.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/cache_worker/support/eventually.h"

namespace locus::worker {

inline std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// gRPC ends threads of its own after main: under ThreadSanitizer that would count as a leak of the program's.
inline void AllowThreadsOfGrpc() {
  const char* const given = std::getenv("TSAN_OPTIONS");
  static const std::string options = std::string(given == nullptr ? "" : given) + " report_thread_leaks=0";
  ::setenv("TSAN_OPTIONS", options.c_str(), 1);
}

// Killed at the end, if it runs still.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::string& output) : output_(output) {
    AllowThreadsOfGrpc();
    std::vector<std::string> all = {"cache_worker/locus-worker"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& a : all) argv.push_back(a.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    REQUIRE(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (exit_code_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int number) { ::kill(pid_, number); }
  // -1: still running after twenty seconds, or killed.
  int Wait() {
    int status = 0;
    Eventually([&] { return exit_code_ || ::waitpid(pid_, &status, WNOHANG) == pid_; });
    if (!exit_code_ && WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
    return exit_code_.value_or(-1);
  }
  std::string Output() const { return TextOf(output_); }

 private:
  const std::string output_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace locus::worker
