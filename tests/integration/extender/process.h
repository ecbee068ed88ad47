// A program under test as a process of its own.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace locus {

// Killed, if it still runs, when the object goes. Not thread-safe.
class Process {
 public:
  // `name` makes the output file in TEST_TMPDIR.
  Process(const std::string& name, const std::vector<std::string>& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Its exit code, once it has ended; -N when signal N ended it. Waits at most twenty seconds.
  std::optional<int> Wait();
  void Signal(int number);
  // Standard output and standard error together, so far.
  std::string Output() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  std::string output_path_;
};

// A path in TEST_TMPDIR.
std::string TemporaryPath(const std::string& name);
std::string ReadFile(const std::string& path);

}  // namespace locus
