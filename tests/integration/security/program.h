// One of Locus's programs as a child process.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace locus {

// Ends with the test. What it prints goes to a file. Not thread-safe.
class Program {
 public:
  // `path` below the runfiles; `folder` for its output.
  Program(const std::string& path, std::vector<std::string> arguments, const std::string& folder);
  // Kills it if it still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Asks it to end, and waits for that; -1 when a signal ended it.
  int Stop();
  // Waits for its end.
  int ExitCode();
  std::string output() const;

 private:
  const std::string output_;
  pid_t pid_ = 0;
};

// A whole file; empty when there is none.
std::string ReadWhole(const std::string& path);

}  // namespace locus
