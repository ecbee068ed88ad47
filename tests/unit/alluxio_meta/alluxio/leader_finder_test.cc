#include "alluxio_meta/alluxio/leader_finder.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/status.h"
#include "proto/alluxio/version.grpc.pb.h"

using namespace locus::meta;
using namespace std::chrono_literals;
using locus::Endpoint;

namespace {

namespace version = ::alluxio::grpc::version;

// Answers as it is told, and keeps what it was asked.
class Answering final : public version::ServiceVersionClientService::Service {
 public:
  explicit Answering(grpc::StatusCode code) : code_(code) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  grpc::Status getServiceVersion(grpc::ServerContext*, const version::GetServiceVersionRequest* request,
                                 version::GetServiceVersionResponse*) override {
    locus::MutexLock lock(mutex_);
    asked_.push_back(*request);
    return {code_, "told"};
  }
  Endpoint address() const { return {"127.0.0.1", static_cast<uint16_t>(port_)}; }
  std::vector<version::GetServiceVersionRequest> asked() {
    locus::MutexLock lock(mutex_);
    return asked_;
  }

 private:
  const grpc::StatusCode code_;
  int port_ = 0;
  locus::Mutex mutex_;
  std::vector<version::GetServiceVersionRequest> asked_;
  std::unique_ptr<grpc::Server> server_;
};

struct Search {
  explicit Search(std::vector<Endpoint> masters) : finder(std::move(masters), 20s, DialWith(MasterOptions()), calls) {}
  locus::SystemClock clock;
  MasterCalls calls{10'000, clock};
  LeaderFinder finder;
};

}  // namespace

TEST_CASE("masters are asked in order until one leads, with no word for standbys", "[alluxio]") {
  Answering standby(grpc::NOT_FOUND);
  Answering leader(grpc::OK);
  Answering other(grpc::OK);
  Search search({standby.address(), leader.address(), other.address()});
  const auto found = search.finder.Find();
  REQUIRE(found.ok());
  CHECK(found->address == leader.address());
  REQUIRE(standby.asked().size() == 1);
  CHECK(standby.asked()[0].service_type() == version::META_MASTER_CLIENT_SERVICE);
  CHECK_FALSE(standby.asked()[0].has_allowed_on_standby_masters());
  CHECK(other.asked().empty());
}

TEST_CASE("the leader of before is asked first, and last when it is in doubt", "[alluxio]") {
  Answering standby(grpc::UNAVAILABLE);
  Answering leader(grpc::OK);
  Answering other(grpc::OK);
  Search search({standby.address(), leader.address(), other.address()});
  REQUIRE(search.finder.Find().ok());
  REQUIRE(search.finder.Find().ok());
  CHECK(standby.asked().size() == 1);
  CHECK(leader.asked().size() == 2);
  search.finder.Doubt();
  CHECK(search.finder.Find()->address == other.address());
  CHECK(leader.asked().size() == 2);
}

TEST_CASE("each attempt has a connection of its own", "[alluxio]") {
  Answering leader(grpc::OK);
  Search search({leader.address()});
  const auto first = search.finder.Find();
  const auto second = search.finder.Find();
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first->channel != second->channel);
}

TEST_CASE("nobody who leads is told with every answer", "[alluxio]") {
  Answering one(grpc::NOT_FOUND);
  Answering two(grpc::UNIMPLEMENTED);
  Search search({one.address(), two.address()});
  const absl::Status status = search.finder.Find().status();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(locus::MessageOf(status) == "none of alluxio.masters says that it leads: " + one.address().Text() +
                                        " said: not_found, told; " + two.address().Text() +
                                        " said: unimplemented, told");
  search.calls.Stop();
  CHECK(search.finder.Find().status().code() == absl::StatusCode::kCancelled);
}
