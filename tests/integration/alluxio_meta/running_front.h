// The front over real sockets, with an application table that the test fills by hand.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "alluxio_meta/applications/caller_book.h"
#include "alluxio_meta/applications/watched_applications.h"
#include "alluxio_meta/front/channel_hosts.h"
#include "alluxio_meta/front/filters.h"
#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/front_metrics.h"
#include "alluxio_meta/front/front_server.h"
#include "alluxio_meta/front/leader_keeper.h"
#include "alluxio_wire/plain.h"
#include "alluxio_wire/session.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"
#include "tests/integration/alluxio_meta/eventually.h"

namespace locus::meta {

// No worker's node is known: executors are found by their hosts' addresses.
class NoNodes final : public WorkerNodes {
 public:
  std::string NodeOf(std::string_view, std::string_view) const override { return ""; }
};

class RunningFront {
 public:
  explicit RunningFront(std::vector<std::string> masters, uint32_t max_calls = 1000, int port = 0)
      : leader_(Keeper(std::move(masters))),
        forwarder_(
            *leader_,
            [this](const IncomingCall& call) {
              return MakeFilter({applications, nodes_, hosts_, book, figures_, clock_, 3}, call);
            },
            figures_, max_calls, clock_),
        server_({"127.0.0.1", port, uint64_t{64} << 20}, forwarder_) {
    if (!server_.Start().ok()) throw std::runtime_error("the front does not start");
    leader_->Start([this](const std::shared_ptr<const Upstream>& lost) { forwarder_.Leave(lost); });
  }
  ~RunningFront() { Stop(); }
  void Stop() {
    server_.Stop();
    leader_->Stop();
  }

  int port() const { return server_.port(); }
  std::string target() const { return "127.0.0.1:" + std::to_string(port()); }
  bool AwaitLeader() {
    return Eventually([this] { return leader_->Current() != nullptr; });
  }
  size_t calls() const { return forwarder_.calls(); }
  std::string leader() const { return leader_->Stats().leader; }

  SystemClock clock_;
  Metrics metrics;
  WatchedApplications applications{1000, clock_};
  CallerBook book{clock_};

 private:
  std::unique_ptr<LeaderKeeper> Keeper(std::vector<std::string> masters) {
    MasterOptions options;
    options.masters = std::move(masters);
    options.connect_timeout = std::chrono::milliseconds(500);
    options.reconnect_max = std::chrono::milliseconds(50);
    return LeaderKeeper::Create(options, clock_).value();
  }

  NoNodes nodes_;
  ChannelHosts hosts_;
  FrontMetrics figures_{metrics};
  std::unique_ptr<LeaderKeeper> leader_;
  Forwarder forwarder_;
  FrontServer server_;
};

// A channel whose connection comes from this address.
inline std::shared_ptr<grpc::Channel> ChannelFrom(const std::string& source, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, source.c_str(), &address.sin_addr);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) throw std::runtime_error("bind");
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    throw std::runtime_error("connect");
  }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return grpc::CreateInsecureChannelFromFd("front", fd);
}

inline std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

// A client with a session, as Alluxio's are.
class FrontClient {
 public:
  explicit FrontClient(std::shared_ptr<grpc::Channel> channel, const std::string& id,
                       const std::string& channel_ref = "test")
      : channel_(std::move(channel)),
        files_(::alluxio::grpc::file::FileSystemMasterClientService::NewStub(channel_)),
        session_(channel_, {id, alluxio_wire::PlainInitialResponse("alice", "noPassword").value(), channel_ref}) {}

  grpc::Status Authenticate() { return session_.Authenticate(std::chrono::seconds(10)); }
  bool alive() const { return session_.alive(); }

  // All entries of the folder.
  grpc::Status List(const std::string& path, std::vector<::alluxio::grpc::file::FileInfo>* entries) {
    grpc::ClientContext context;
    session_.Sign(context);
    ::alluxio::grpc::file::ListStatusRequest request;
    request.set_path(path);
    const auto reader = files_->ListStatus(&context, request);
    ::alluxio::grpc::file::ListStatusResponse response;
    while (reader->Read(&response)) {
      for (auto& info : *response.mutable_file_infos()) entries->push_back(std::move(info));
    }
    return reader->Finish();
  }
  grpc::Status GetStatus(const std::string& path, bool open, ::alluxio::grpc::file::FileInfo* info) {
    grpc::ClientContext context;
    session_.Sign(context);
    ::alluxio::grpc::file::GetStatusRequest request;
    request.set_path(path);
    if (open) request.mutable_options()->set_access_mode(4);
    ::alluxio::grpc::file::GetStatusResponse response;
    const grpc::Status status = files_->GetStatus(&context, request, &response);
    *info = response.file_info();
    return status;
  }

  ::alluxio::grpc::file::FileSystemMasterClientService::Stub& files() { return *files_; }
  const alluxio_wire::Session& session() const { return session_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<::alluxio::grpc::file::FileSystemMasterClientService::Stub> files_;
  alluxio_wire::Session session_;
};

}  // namespace locus::meta
