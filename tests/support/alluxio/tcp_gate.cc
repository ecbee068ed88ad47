#include "tests/support/alluxio/tcp_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace locus::fake_alluxio {
namespace {

constexpr int kBacklog = 128;
constexpr size_t kBuffer = 256 << 10;

sockaddr_in Address(const std::string& host, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::runtime_error("no IPv4 address: " + host);
  return address;
}

void Close(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

}  // namespace

// Bytes on their way in one direction.
struct TcpGate::Pipe {
  std::vector<char> bytes = std::vector<char>(kBuffer);
  size_t begin = 0;
  size_t end = 0;
  bool empty() const { return begin == end; }

  // False when the connection is over.
  bool Fill(int fd) {
    const ssize_t n = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (n > 0) {
      begin = 0;
      end = static_cast<size_t>(n);
    }
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
  }
  bool Drain(int fd) {
    const ssize_t n = ::send(fd, bytes.data() + begin, end - begin, MSG_NOSIGNAL);
    if (n > 0) begin += static_cast<size_t>(n);
    return n >= 0 || errno == EAGAIN || errno == EINTR;
  }
};

struct TcpGate::Connection {
  int client = -1;
  // -1 where it is frozen from the start.
  int server = -1;
  Pipe up;
  Pipe down;
  bool over = false;

  ~Connection() {
    Close(client);
    Close(server);
  }
  void Pass(short client_events, short server_events) {
    // Reset by its peer: nothing more can pass.
    if (((client_events | server_events) & (POLLHUP | POLLERR)) != 0) over = true;
    if (up.empty() && (client_events & POLLIN) != 0) over |= !up.Fill(client);
    if (down.empty() && (server_events & POLLIN) != 0) over |= !down.Fill(server);
    if (!up.empty()) over |= !up.Drain(server);
    if (!down.empty()) over |= !down.Drain(client);
  }
};

TcpGate::TcpGate(const std::string& address, int port, int port_behind)
    : address_(address), port_behind_(port_behind), port_(port) {
  reservation_ = Open(false);
  sockaddr_in bound = {};
  socklen_t size = sizeof(bound);
  ::getsockname(reservation_, reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = ntohs(bound.sin_port);
  Listen();
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
  thread_ = std::thread([this] { Run(); });
}

TcpGate::~TcpGate() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  [[maybe_unused]] const ssize_t written = ::write(wake_[1], "x", 1);
  thread_.join();
  connections_.clear();
  Close(listener_);
  Close(reservation_);
  Close(wake_[0]);
  Close(wake_[1]);
}

int TcpGate::Open(bool listening) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in where = Address(address_, port_);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0 ||
      (listening && ::listen(fd, kBacklog) != 0)) {
    const std::string why = std::strerror(errno);
    ::close(fd);
    throw std::runtime_error("cannot listen on " + address_ + ":" + std::to_string(port_) + ": " + why);
  }
  return fd;
}

void TcpGate::Listen() {
  if (listener_ < 0) listener_ = Open(true);
}

void TcpGate::SetMode(Mode mode) { Command(mode, false); }

void TcpGate::Cut() {
  Mode mode = Mode::kPass;
  {
    MutexLock lock(mutex_);
    mode = mode_;
  }
  Command(mode, true);
}

void TcpGate::Command(Mode mode, bool cut) {
  MutexLock lock(mutex_);
  mode_ = mode;
  cut_ = cut_ || cut;
  const uint64_t number = ++asked_;
  [[maybe_unused]] const ssize_t written = ::write(wake_[1], "x", 1);
  applied_.Wait(mutex_, [&] { return done_ >= number; });
}

void TcpGate::Apply() {
  if (cut_ || (mode_ != active_ && mode_ != Mode::kFreeze)) connections_.clear();
  active_ = mode_;
  cut_ = false;
  if (active_ == Mode::kRefuse) {
    Close(listener_);
  } else {
    Listen();
  }
  done_ = asked_;
  applied_.NotifyAll();
}

void TcpGate::Accept() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  auto connection = std::make_unique<Connection>();
  connection->client = fd;
  if (active_ == Mode::kClose) return;
  if (active_ == Mode::kPass) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->server = server;
    const sockaddr_in behind = Address("127.0.0.1", port_behind_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&behind), sizeof(behind)) != 0) return;
    ::fcntl(server, F_SETFL, ::fcntl(server, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  connections_.push_back(std::move(connection));
}

void TcpGate::Serve(const std::vector<short>& events) {
  for (size_t i = 0; i < events.size() / 2; ++i) connections_[i]->Pass(events[2 * i], events[2 * i + 1]);
  std::erase_if(connections_, [](const auto& connection) { return connection->over; });
}

void TcpGate::Run() {
  for (;;) {
    std::vector<pollfd> fds = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    if (active_ == Mode::kPass) {
      for (const auto& c : connections_) {
        const auto wanted = [](bool read, bool write) {
          return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
        };
        fds.push_back({c->client, wanted(c->up.empty(), !c->down.empty()), 0});
        fds.push_back({c->server, wanted(c->down.empty(), !c->up.empty()), 0});
      }
    }
    ::poll(fds.data(), fds.size(), -1);
    std::array<char, 64> woken;
    while (::read(wake_[0], woken.data(), woken.size()) > 0) {
    }
    std::vector<short> events;
    for (size_t i = 2; i < fds.size(); ++i) events.push_back(fds[i].revents);
    Serve(events);
    if ((fds[1].revents & POLLIN) != 0) Accept();
    MutexLock lock(mutex_);
    if (stop_) return;
    if (done_ != asked_) Apply();
  }
}

}  // namespace locus::fake_alluxio
