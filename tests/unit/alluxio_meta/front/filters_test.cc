#include "alluxio_meta/front/filters.h"

#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <string>

#include "alluxio_meta/front/methods.h"
#include "common/metrics.h"
#include "common/testing/fake_clock.h"
#include "proto/alluxio/sasl.pb.h"

using namespace locus;
using namespace locus::meta;

namespace {

class Nobody final : public ApplicationView, public WorkerNodes {
 public:
  Identification Identify(std::string_view, std::string_view) const override { return {}; }
  std::string NodeOf(std::string_view, std::string_view) const override { return ""; }
};

struct Fixture {
  std::unique_ptr<MessageFilter> Handshake() {
    return MakeFilter({nobody, nobody, hosts, book, figures, clock, 3}, {std::string(kAuthenticate), "10.0.0.1", ""});
  }
  // What a Java client sends first.
  static grpc::ByteBuffer Hello() {
    ::alluxio::grpc::sasl::SaslMessage message;
    message.set_client_id("c-1");
    message.set_channel_ref("GrpcChannelKey{ServerAddress=GrpcServerAddress{HostName=jobs-a, SocketAddress=x}}");
    const grpc::Slice slice(message.SerializeAsString());
    return {&slice, 1};
  }

  Nobody nobody;
  ChannelHosts hosts;
  FakeClock clock;
  Metrics metrics;
  CallerBook book{clock};
  FrontMetrics figures{metrics};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the host that a client has dialled is known while its session lasts", "[front]") {
  auto filter = Handshake();
  grpc::ByteBuffer hello = Hello();
  filter->Request(&hello);
  CHECK(hosts.Of("c-1") == "jobs-a");
  filter->Done(grpc::Status::OK);
  filter.reset();
  CHECK(hosts.Of("c-1").empty());
}

TEST_CASE_METHOD(Fixture, "a session that ends before its first message is read leaves nothing behind", "[front]") {
  auto filter = Handshake();
  filter->Done({grpc::UNAVAILABLE, "the master is away"});
  grpc::ByteBuffer hello = Hello();
  filter->Request(&hello);
  filter.reset();
  CHECK(hosts.Of("c-1").empty());
}
