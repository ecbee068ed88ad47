// How a master is reached, and who we say we are; see Alluxio in proto/config/v1/meta.proto.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"

namespace locus::meta {

enum class Authentication {
  // As the master's configuration says.
  kAuto,
  // NOSASL.
  kNone,
  // A user name.
  kSimple,
  // A user name, and a password from a file.
  kCustom,
};

struct MasterTls {
  bool enabled = false;
  // PEM; empty: the machine's own. Read at each connection, as the password file is: both may be renewed.
  std::string ca_file;
  // Name in the master's certificate where it is not the host that is dialled.
  std::string server_name;
};

struct MasterOptions {
  // "host:port", IPv6 in brackets; at least one. In the order in which they are tried. A name for each master: of a
  // name with several addresses only one is asked.
  std::vector<std::string> masters;
  Authentication authentication = Authentication::kAuto;
  std::string user = "alluxio";
  std::string password_file;
  MasterTls tls;
  // Of each call. Also of each step of a handshake, but for the search for the leader.
  Duration call_timeout = std::chrono::seconds(30);
  // For one master to say that it is the leader.
  Duration connect_timeout = std::chrono::seconds(2);
  // Longest pause between attempts to connect.
  Duration reconnect_max = std::chrono::seconds(2);
  // Calls of any kind that may start in one second.
  double calls_per_second = 20;
  // Entries in one answer of a listing.
  uint32_t page_size = 2000;
  // What Alluxio's own clients accept.
  int max_message_bytes = 100 << 20;
  // Of one call and direction. A failure carries its text and details there, with the master's stack at times; gRPC's
  // own 8 KiB would make an unknown error of it.
  int max_metadata_bytes = 1 << 20;
  // Keep-alive of an idle connection. Alluxio's servers end a connection that pings more often than every 30 s.
  Duration keepalive = std::chrono::seconds(35);
  // For channel ids and jitter. Two clients with the same seed would claim the same channel ids.
  uint64_t seed = 0;
};

}  // namespace locus::meta
