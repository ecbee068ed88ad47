#include "tests/integration/locusctl/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace locus {
namespace {

// A pipe, or a terminal: [0] is ours to read, [1] the program's to write.
void OpenChannel(bool terminal, std::array<int, 2>* ends) {
  if (!terminal) {
    if (::pipe2(ends->data(), O_CLOEXEC) != 0) std::abort();
    return;
  }
  (*ends)[0] = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if ((*ends)[0] < 0 || ::grantpt((*ends)[0]) != 0 || ::unlockpt((*ends)[0]) != 0) std::abort();
  (*ends)[1] = ::open(::ptsname((*ends)[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if ((*ends)[1] < 0) std::abort();
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Reads both until both have ended; a terminal ends with an error instead of 0 bytes.
void ReadBoth(int out, int err, pid_t pid, std::string interrupt_at, ProgramResult* result) {
  std::array<pollfd, 2> fds = {{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    ::poll(fds.data(), fds.size(), -1);
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      std::array<char, 65536> bytes;
      const ssize_t n = ::read(fds[i].fd, bytes.data(), bytes.size());
      if (n > 0) {
        (i == 0 ? result->out : result->err).append(bytes.data(), static_cast<size_t>(n));
        if (!interrupt_at.empty() && result->out.find(interrupt_at) != std::string::npos) {
          ::kill(pid, SIGINT);
          interrupt_at.clear();
        }
      } else {
        fds[i].fd = -1;
      }
    }
  }
}

}  // namespace

ProgramResult RunProgram(const std::string& path, const std::vector<std::string>& arguments,
                         const ProgramOptions& options) {
  std::array<int, 2> out{}, err{};
  OpenChannel(options.terminal, &out);
  OpenChannel(false, &err);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  std::vector<std::string> all = {options.name.empty() ? path : options.name};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = options.environment;
  // A sanitized program obeys the sanitizer's settings of this run.
  for (const char* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, path.c_str(), &actions, nullptr, Pointers(all).data(), Pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  ProgramResult result;
  if (failed == 0) {
    ReadBoth(out[0], err[0], pid, options.interrupt_at, &result);
    int status = 0;
    ::waitpid(pid, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  ::close(out[0]);
  ::close(err[0]);
  return result;
}

}  // namespace locus
