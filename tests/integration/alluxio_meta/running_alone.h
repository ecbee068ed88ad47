// A front without a master over real sockets, with workers that the test plays.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "alluxio_meta/front/alone/alone_behind.h"
#include "common/testing/fake_clock.h"
#include "tests/integration/alluxio_meta/fake_worker.h"
#include "tests/integration/alluxio_meta/meta_server.h"
#include "tests/integration/alluxio_meta/running_front.h"

namespace locus::meta {

class RunningAlone {
 public:
  explicit RunningAlone(uint32_t max_calls = 1000)
      : behind_(
            {"127.0.0.1", 1, 7, max_calls}, meta.catalog, meta.reports.listings(), hosts_,
            [this](const IncomingCall& call) {
              return MakeFilter({applications, nodes_, hosts_, book, figures_, clock, 3}, call);
            },
            figures_, clock),
        server_({"127.0.0.1", 0, uint64_t{64} << 20}, behind_.service(), behind_.more()) {
    if (!server_.Start().ok()) throw std::runtime_error("the front does not start");
    channel = ChannelTo("127.0.0.1:" + std::to_string(server_.port()));
  }
  ~RunningAlone() {
    server_.Stop();
    behind_.Stop();
    meta.Stop();
  }

  std::unique_ptr<FakeWorker> Worker(const std::string& host, FakeWorker::Lists lists = FakeWorker::Lists::kAnswers) {
    const size_t before = meta.catalog.Stats().live;
    auto worker = std::make_unique<FakeWorker>(meta.Connect(), store, host, lists);
    worker->EndSnapshot();
    if (!Eventually([&] { return meta.catalog.Stats().live > before; })) throw std::runtime_error("no worker");
    return worker;
  }
  // A client with a session.
  std::unique_ptr<FrontClient> Client() {
    auto client =
        std::make_unique<FrontClient>(channel, "11111111-1111-4111-8111-11111111111" + std::to_string(++clients_));
    if (!client->Authenticate().ok()) throw std::runtime_error("no session");
    return client;
  }
  int port() const { return server_.port(); }

  FakeClock clock;
  MetaServer meta{clock};
  FakeUnderStore store;
  WatchedApplications applications{1000, clock};
  CallerBook book{clock};
  std::shared_ptr<grpc::Channel> channel;

 private:
  int clients_ = 0;
  NoNodes nodes_;
  ChannelHosts hosts_;
  FrontMetrics figures_{meta.metrics};
  AloneBehind behind_;
  FrontServer server_;
};

// A call of a method that we have no stub for.
template <typename Request, typename Response>
grpc::Status CallByName(const std::shared_ptr<grpc::Channel>& channel, const alluxio_wire::Session* session,
                        const std::string& method, const Request& request, Response* response) {
  grpc::ClientContext context;
  if (session != nullptr) session->Sign(context);
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel);
  return grpc::internal::BlockingUnaryCall<Request, Response>(channel.get(), rpc, &context, request, response);
}

}  // namespace locus::meta
