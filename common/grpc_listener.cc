#include "common/grpc_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/listening_socket.h"
#include "common/log.h"
#include "common/status.h"

namespace locus {
namespace {

constexpr Duration kRefusalLogPause = std::chrono::seconds(10);
// After an error that is the machine's and may last.
constexpr int kPauseMs = 100;
constexpr const char* kRefused = "locus_grpc_connections_refused_total";
constexpr const char* kRefusedHelp = "gRPC connections closed at once, by port and reason.";

// Without a port. An IPv4 address is written as such wherever it came in.
std::string AddressOf(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* written = nullptr;
  if (peer.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    // The last four bytes of a mapped one are the IPv4 address.
    written = IN6_IS_ADDR_V4MAPPED(&address) ? ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size())
                                             : ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  } else {
    written = ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text.data(), text.size());
  }
  return written == nullptr ? "" : written;
}

int OpenSpare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

absl::StatusOr<ListeningSocket> ListenOnAll(const std::string& address, int port) {
  if (address != "0.0.0.0" && address != "::") return ListenOn(address, port);
  // As gRPC does: one socket for both kinds, on machines that have both.
  absl::StatusOr<ListeningSocket> both = ListenOn("::", port);
  return both.ok() || address == "::" ? both : ListenOn(address, port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcListener>> GrpcListener::Listen(GrpcListenerOptions options, Metrics* metrics) {
  LOCUS_ASSIGN_OR_RETURN(const ListeningSocket socket, ListenOnAll(options.address, options.port));
  // Each connection holds a descriptor.
  RaiseFileLimit();
  return std::unique_ptr<GrpcListener>(new GrpcListener(std::move(options), socket.fd, socket.port, metrics));
}

GrpcListener::GrpcListener(GrpcListenerOptions options, int fd, int port, Metrics* metrics)
    : options_(std::move(options)),
      port_(port),
      fd_(fd),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      spare_fd_(OpenSpare()),
      open_(std::make_shared<OpenConnections>(options_.limits)),
      metrics_(metrics) {
  if (metrics == nullptr) return;
  const Gauge open =
      metrics->GetGauge("locus_grpc_connections", "Open gRPC connections, by port.", {{"use", options_.use}});
  metrics->OnRender([open, connections = open_] { open.Set(static_cast<double>(connections->Count())); });
  for (const char* reason : {"total", "address", "files"}) {
    metrics->GetCounter(kRefused, kRefusedHelp, {{"use", options_.use}, {"reason", reason}});
  }
}

GrpcListener::~GrpcListener() {
  Stop();
  ::close(stop_fd_);
  if (spare_fd_ >= 0) ::close(spare_fd_);
}

void GrpcListener::Attach(grpc::ServerBuilder& builder, std::shared_ptr<grpc::ServerCredentials> credentials) {
  using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, std::move(credentials));
}

void GrpcListener::Start() {
  thread_ = std::thread([this] { Run(); });
}

void GrpcListener::Stop() {
  if (fd_ < 0) return;
  const uint64_t one = 1;
  if (::write(stop_fd_, &one, sizeof one) < 0) LogError("cannot stop to accept connections", {{"use", options_.use}});
  if (thread_.joinable()) thread_.join();
  ::close(fd_);
  fd_ = -1;
}

void GrpcListener::Run() {
  std::array<pollfd, 2> waits = {pollfd{stop_fd_, POLLIN, 0}, pollfd{fd_, POLLIN, 0}};
  for (;;) {
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
      LogError("cannot wait for connections", {{"use", options_.use}, {"problem", std::strerror(errno)}});
    }
    if (waits[0].revents != 0) return;
    if ((waits[1].revents & POLLIN) != 0 && !Accept()) ::poll(waits.data(), 1, kPauseMs);
  }
}

bool GrpcListener::Accept() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE) return RefuseWithoutDescriptor();
    // All others are of that one connection.
    return errno != ENOBUFS && errno != ENOMEM;
  }
  const std::string address = AddressOf(peer);
  switch (open_->Admit(fd, address, clock_.Now())) {
    case OpenConnections::Answer::kTooMany: Refuse(fd, address, "total"); return true;
    case OpenConnections::Answer::kTooManyOfAddress: Refuse(fd, address, "address"); return true;
    case OpenConnections::Answer::kAdmitted: break;
  }
  const int on = 1;
  // Best effort: without it answers are late, no more.
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters given;
  given.listener_fd = fd_;
  given.fd = fd;
  acceptor_->HandleNewConnection(&given);
  return true;
}

bool GrpcListener::RefuseWithoutDescriptor() {
  if (spare_fd_ >= 0) ::close(spare_fd_);
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) Refuse(fd, AddressOf(peer), "files");
  spare_fd_ = OpenSpare();
  return fd >= 0;
}

void GrpcListener::Refuse(int fd, const std::string& peer, const char* reason) {
  ::close(fd);
  if (metrics_ != nullptr) {
    metrics_->GetCounter(kRefused, kRefusedHelp, {{"use", options_.use}, {"reason", reason}}).Increment();
  }
  const SteadyTime now = clock_.Now();
  if (refusal_told_.has_value() && now - *refusal_told_ < kRefusalLogPause) return;
  refusal_told_ = now;
  LogWarning("too many gRPC connections: new ones are closed",
             {{"use", options_.use}, {"peer", peer}, {"bound", reason}});
}

}  // namespace locus
