#include "cache_worker/agent/probe.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

// A port of loopback on which nobody, or somebody, listens.
class Port {
 public:
  Port() {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    socklen_t size = sizeof(address);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin_port);
  }
  ~Port() { ::close(fd_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  void Listen(int backlog = 10) { REQUIRE(::listen(fd_, backlog) == 0); }
  uint16_t number() const { return number_; }

 private:
  int fd_ = -1;
  uint16_t number_ = 0;
};

}  // namespace

TEST_CASE("a listener accepts, a port without one refuses", "[agent]") {
  Port port;
  const Connector connect = ConnectTo("127.0.0.1", port.number());
  CHECK(connect(5s) == ProbeResult::kRefused);
  port.Listen();
  CHECK(connect(5s) == ProbeResult::kAccepted);
  CHECK(ConnectTo("localhost", port.number())(5s) == ProbeResult::kAccepted);
}

TEST_CASE("a listener that takes nobody is silent, for no longer than allowed", "[agent]") {
  Port port;
  port.Listen(0);
  const Connector connect = ConnectTo("127.0.0.1", port.number());
  // The kernel takes a few by itself.
  const auto start = std::chrono::steady_clock::now();
  ProbeResult result = ProbeResult::kAccepted;
  for (int i = 0; i < 10 && result == ProbeResult::kAccepted; ++i) result = connect(100ms);
  CHECK(result == ProbeResult::kSilent);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("a name that does not resolve could not be tried", "[agent]") {
  CHECK(ConnectTo("", 80)(100ms) != ProbeResult::kAccepted);
  CHECK(ConnectTo("no such name!", 80)(100ms) == ProbeResult::kUntried);
}

TEST_CASE("what the probe finds is told once a change, at once", "[agent]") {
  std::atomic<ProbeResult> now{ProbeResult::kAccepted};
  std::atomic<int> told{0};
  std::atomic<int64_t> timeout_ns{0};
  Probe probe(
      [&](locus::Duration timeout) {
        timeout_ns = timeout.count();
        return now.load();
      },
      4ms, [&] { ++told; });
  CHECK_FALSE(probe.serving());
  probe.Start();
  REQUIRE(Eventually([&] { return probe.attempts() > 5; }));
  CHECK(probe.serving() == true);
  CHECK(told == 1);
  CHECK(locus::Duration(timeout_ns) == 3ms);
  now = ProbeResult::kRefused;
  REQUIRE(Eventually([&] { return told == 2; }));
  CHECK(probe.serving() == false);
  now = ProbeResult::kUntried;
  REQUIRE(Eventually([&] { return told == 3; }));
  CHECK_FALSE(probe.serving());
  CHECK(probe.changes() == 3);
  probe.Stop();
  const uint64_t attempts = probe.attempts();
  probe.Stop();
  CHECK(probe.attempts() == attempts);
}

TEST_CASE("a probe with a long interval stops at once", "[agent]") {
  Probe probe([](locus::Duration) { return ProbeResult::kAccepted; }, 1h, [] {});
  probe.Start();
  REQUIRE(Eventually([&] { return probe.attempts() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  probe.Stop();
  CHECK(std::chrono::steady_clock::now() - start < 10s);
}
