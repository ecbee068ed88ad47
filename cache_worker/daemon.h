// What main runs, whatever the mode.
#pragma once

#include <string>
#include <vector>

namespace locus::worker {

// Not thread-safe.
class Daemon {
 public:
  virtual ~Daemon() = default;
  // Opens folders and ports and begins to work on own threads; returns all problems, empty when it runs.
  virtual std::vector<std::string> Start() = 0;
  // Ends what is in progress and returns within about a second. Idempotent.
  virtual void Stop() = 0;
  // Where readers reach the blocks that it tells of.
  virtual int data_port() const = 0;
  virtual int admin_port() const = 0;
};

}  // namespace locus::worker
