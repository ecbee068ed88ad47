// Names of authenticated connections.
#pragma once

#include <random>
#include <string>

namespace locus::alluxio_wire {

// Not thread-safe. Random UUIDs (RFC 9562, version 4) in lower case: a server that still holds an id refuses it a
// second time, and drops it. Not secret: whoever can read an id reads the calls that carry it as well.
class ChannelIds {
 public:
  explicit ChannelIds(std::mt19937_64 random) : random_(random) {}
  std::string Next();

 private:
  std::mt19937_64 random_;
};

}  // namespace locus::alluxio_wire
