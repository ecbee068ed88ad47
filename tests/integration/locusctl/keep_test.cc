// locusctl pin, unpin and evict against workers on the loopback.
#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/grpc_server.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "proto/locus/v1/locality.grpc.pb.h"
#include "tests/integration/locusctl/program.h"

using namespace locus;

namespace {

constexpr const char* kBinary = "locusctl/locusctl";
constexpr uint64_t kMiB = 1 << 20;

// A cache of three blocks of /d that can keep two of them.
class FakeCache final : public v1::CacheService::Service {
 public:
  grpc::Status Pin(grpc::ServerContext*, const v1::PinRequest* request, v1::PinResponse* response) override {
    if (request->path() != "/d") return {grpc::StatusCode::RESOURCE_EXHAUSTED, "raise store.max_pinned"};
    pinned = !request->unpin();
    response->set_blocks(pinned ? 2 : 0);
    response->set_bytes(pinned ? 2 * kMiB : 0);
    return grpc::Status::OK;
  }
  grpc::Status Evict(grpc::ServerContext*, const v1::EvictRequest* request, v1::EvictResponse* response) override {
    response->set_blocks(request->path() == "/d" ? 3 : 0);
    response->set_bytes(request->path() == "/d" ? 3 * kMiB : 0);
    return grpc::Status::OK;
  }

  std::atomic<bool> pinned{false};
};

// Knows workers at these ports of the loopback, node-1 and so on.
class FakeLocality final : public v1::LocalityService::Service {
 public:
  grpc::Status ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                           v1::ListWorkersResponse* response) override {
    for (size_t i = 0; i < ports.size(); ++i) {
      v1::Worker* const worker = response->mutable_workers()->add_workers();
      worker->mutable_address()->set_host("127.0.0.1");
      worker->mutable_address()->set_data_port(static_cast<uint32_t>(ports[i]));
      worker->set_node("node-" + std::to_string(i + 1));
      worker->set_state(v1::Worker::LIVE);
      worker->set_blocks_from(v1::Worker::REPORT);
    }
    return grpc::Status::OK;
  }
  grpc::Status ListMounts(grpc::ServerContext*, const v1::ListMountsRequest*,
                          v1::ListMountsResponse* response) override {
    v1::Mount* const mount = response->add_mounts();
    mount->set_path("/");
    mount->set_ufs_uri("s3a://lake");
    return grpc::Status::OK;
  }

  std::vector<int> ports;
};

// locus-meta and two workers.
struct Caches {
  Caches() {
    for (size_t i = 0; i < 2; ++i) {
      REQUIRE(servers[i].Start({&caches[i]}).ok());
      locality.ports.push_back(servers[i].port());
    }
    REQUIRE(meta.Start({&locality}).ok());
  }
  ProgramResult Run(std::vector<std::string> arguments) const {
    ProgramOptions options;
    options.environment = {"LOCUS_META=127.0.0.1:" + std::to_string(meta.port())};
    return RunProgram(kBinary, arguments, options);
  }

  FakeCache caches[2];
  FakeLocality locality;
  GrpcServer servers[2]{GrpcServer({}), GrpcServer({})};
  GrpcServer meta{{}};
};

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("pin and unpin reach the workers, by all or by name", "[locusctl]") {
  Caches c;
  const ProgramResult pinned = c.Run({"pin", "s3a://lake/d"});
  CHECK(pinned.exit_code == 0);
  CHECK(pinned.err.empty());
  CHECK(pinned.out ==
        "NODE           BLOCKS  PINNED\n"
        "node-1              2   2 MiB\n"
        "node-2              2   2 MiB\n"
        "all 2 workers       4   4 MiB\n");
  CHECK(c.caches[0].pinned);
  CHECK(c.caches[1].pinned);
  const ProgramResult unpinned = c.Run({"unpin", "/d", "--nodes", "node-2", "--json"});
  CHECK(unpinned.exit_code == 0);
  const auto document = nlohmann::json::parse(unpinned.out);
  CHECK(document["verb"] == "unpin");
  CHECK(document["workers"].size() == 1);
  CHECK(document["workers"][0]["name"] == "node-2");
  CHECK(document["blocks"] == 0);
  CHECK(c.caches[0].pinned);
  CHECK_FALSE(c.caches[1].pinned);
}

TEST_CASE("evict tells what was dropped where", "[locusctl]") {
  const Caches c;
  const ProgramResult evicted = c.Run({"evict", "/d"});
  CHECK(evicted.exit_code == 0);
  CHECK(Contains(evicted.out, "node-2              3    3 MiB\n"));
  CHECK(Contains(c.Run({"evict", "/other"}).out, "Nothing of it was cached there.\n"));
}

TEST_CASE("what a worker refuses is passed on, and ends with 1", "[locusctl]") {
  const Caches c;
  const ProgramResult refused = c.Run({"pin", "/large"});
  CHECK(refused.exit_code == 1);
  CHECK(Contains(refused.out,
                 "! node-1  127.0.0.1:" + std::to_string(c.locality.ports[0]) + ": raise store.max_pinned\n"));
}

TEST_CASE("a worker that is away is named, and the others do it", "[locusctl]") {
  Caches c;
  c.servers[1].Stop();
  const ProgramResult one = c.Run({"pin", "/d", "--timeout", "2s"});
  CHECK(one.exit_code == 1);
  CHECK(Contains(one.out, "node-1              2   2 MiB\n"));
  CHECK(Contains(one.out, "! node-2  127.0.0.1:" + std::to_string(c.locality.ports[1]) + ": "));
  c.servers[0].Stop();
  const ProgramResult none = c.Run({"pin", "/d", "--timeout", "2s"});
  CHECK(none.exit_code == 3);
  CHECK(none.out.empty());
  CHECK(Contains(none.err, "cannot pin /d: no worker answers\n"));
  CHECK(Contains(none.err, "! node-1  "));
}
