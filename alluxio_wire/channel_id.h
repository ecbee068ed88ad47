// Names of authenticated connections.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace locus::alluxio_wire {

// The key under which a call carries the id of its connection.
inline constexpr char kChannelIdHeader[] = "channel-id";

// Not thread-safe. Random UUIDs (RFC 9562, version 4) in lower case: a server that still holds an id refuses it a
// second time, and drops it. Not secret: whoever can read an id reads the calls that carry it as well.
class ChannelIds {
 public:
  explicit ChannelIds(std::mt19937_64 random) : random_(random) {}
  std::string Next();

 private:
  std::mt19937_64 random_;
};

// What Java's UUID.fromString makes of `text`: lower case, short groups filled up with zeros. Empty when it makes
// nothing of it.
std::string CanonicalChannelId(std::string_view text);

}  // namespace locus::alluxio_wire
