#include "locusctl/spark/child_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/status.h"

namespace locus::ctl {
namespace {

constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

sigset_t WaitedFor() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kPassedOn) sigaddset(&set, signal);
  sigaddset(&set, SIGCHLD);
  return set;
}

// The child begins with the signals open, whatever this process blocks.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, sigset_t mask) {
  for (const int signal : kPassedOn) sigdelset(&mask, signal);
  sigdelset(&mask, SIGCHLD);
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, pointers[0], nullptr, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return InvalidArgument("cannot run " + command[0] + ": " + std::strerror(error));
  return pid;
}

}  // namespace

absl::StatusOr<int> RunChild(const std::vector<std::string>& command) {
  if (command.empty()) return InvalidArgument("nothing to run");
  const sigset_t waited_for = WaitedFor();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &waited_for, &before);
  LOCUS_ASSIGN_OR_RETURN(const pid_t pid, Spawn(command, before));
  for (;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&waited_for, &info);
    if (signal < 0 && errno == EINTR) continue;
    if (signal == SIGCHLD) {
      int status = 0;
      if (::waitpid(pid, &status, WNOHANG) != pid) continue;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    // The terminal sends to all of its foreground processes.
    const bool from_terminal = info.si_code == SI_KERNEL;
    if (signal > 0 && !from_terminal) ::kill(pid, signal);
  }
}

}  // namespace locus::ctl
