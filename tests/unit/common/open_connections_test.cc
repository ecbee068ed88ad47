#include "common/open_connections.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace locus;
using namespace std::chrono_literals;
using Answer = OpenConnections::Answer;

namespace {

const SteadyTime kStart = SteadyTime(1000s);

ConnectionLimits Limits(size_t connections, size_t per_address) {
  ConnectionLimits limits;
  limits.connections = connections;
  limits.per_address = per_address;
  return limits;
}

int Socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

TEST_CASE("what was closed by another makes room, once it looks again", "[connections]") {
  OpenConnections open(Limits(2, 0));
  const int first = Socket();
  const int second = Socket();
  const int third = Socket();
  CHECK(open.Admit(first, "a", kStart) == Answer::kAdmitted);
  CHECK(open.Admit(second, "a", kStart) == Answer::kAdmitted);
  CHECK(open.Admit(third, "b", kStart) == Answer::kTooMany);
  ::close(first);
  CHECK(open.Admit(third, "b", kStart + 99ms) == Answer::kTooMany);
  CHECK(open.Admit(third, "b", kStart + 100ms) == Answer::kAdmitted);
  CHECK(open.Count() == 2);
  ::close(second);
  ::close(third);
  CHECK(open.Count() == 0);
}

TEST_CASE("a descriptor that has become another socket, or a file, is not the one that it was", "[connections]") {
  OpenConnections open(Limits(10, 0));
  const int first = Socket();
  const int second = Socket();
  CHECK(open.Admit(first, "a", kStart) == Answer::kAdmitted);
  CHECK(open.Admit(second, "a", kStart) == Answer::kAdmitted);
  const int other = Socket();
  REQUIRE(::dup2(other, first) == first);
  CHECK(open.Count() == 1);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(::dup2(file, second) == second);
  CHECK(open.Count() == 0);
  for (const int fd : {first, second, other, file}) ::close(fd);
}

TEST_CASE("one address gets its share and no more, others are served", "[connections]") {
  OpenConnections open(Limits(10, 2));
  const int sockets[] = {Socket(), Socket(), Socket(), Socket()};
  CHECK(open.Admit(sockets[0], "a", kStart) == Answer::kAdmitted);
  CHECK(open.Admit(sockets[1], "a", kStart) == Answer::kAdmitted);
  CHECK(open.Admit(sockets[2], "a", kStart) == Answer::kTooManyOfAddress);
  CHECK(open.Admit(sockets[3], "b", kStart) == Answer::kAdmitted);
  ::close(sockets[0]);
  CHECK(open.Admit(sockets[2], "a", kStart + 1s) == Answer::kAdmitted);
  CHECK(open.Count() == 3);
  for (const int fd : {sockets[1], sockets[2], sockets[3]}) ::close(fd);
}

TEST_CASE("without bounds everybody is served, and counted", "[connections]") {
  OpenConnections open(Limits(0, 0));
  std::vector<int> sockets;
  for (int i = 0; i < 50; ++i) {
    sockets.push_back(Socket());
    CHECK(open.Admit(sockets.back(), "a", kStart) == Answer::kAdmitted);
  }
  CHECK(open.Count() == 50);
  for (const int fd : sockets) ::close(fd);
}
