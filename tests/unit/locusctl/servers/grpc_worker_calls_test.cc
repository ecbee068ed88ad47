#include "locusctl/servers/grpc_worker_calls.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/grpc_server.h"
#include "common/status.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

// A worker that tells of itself for as long as it is listened to.
class TalkingWorker final : public v1::CacheService::Service {
 public:
  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest* request,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override {
    if (request->path() == "/none") return {grpc::StatusCode::NOT_FOUND, "no such path"};
    v1::LoadProgress progress;
    for (uint64_t i = 1; !context->IsCancelled(); ++i) {
      progress.set_bytes_done(i);
      progress.set_done(request->path() == "/short" && i == 3);
      if (!writer->Write(progress)) break;
      if (progress.done()) return grpc::Status::OK;
      std::this_thread::sleep_for(1ms);
    }
    return grpc::Status::CANCELLED;
  }
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse* response) override {
    response->set_hits(7);
    return grpc::Status::OK;
  }
  grpc::Status Pin(grpc::ServerContext*, const v1::PinRequest* request, v1::PinResponse* response) override {
    if (request->path() == "/large") return {grpc::StatusCode::RESOURCE_EXHAUSTED, "raise store.max_pinned"};
    response->set_blocks(request->unpin() ? 0 : 5);
    return grpc::Status::OK;
  }
  grpc::Status Evict(grpc::ServerContext*, const v1::EvictRequest* request, v1::EvictResponse* response) override {
    response->set_bytes(request->path().size());
    return grpc::Status::OK;
  }
};

struct Fixture {
  Fixture() { REQUIRE(server.Start({&service}).ok()); }
  std::string address() const { return "127.0.0.1:" + std::to_string(server.port()); }
  absl::Status Load(const std::string& path, const std::function<void(const v1::LoadProgress&)>& progress) {
    v1::LoadRequest request;
    request.set_path(path);
    return calls.Load(address(), request, progress);
  }

  TalkingWorker service;
  GrpcServer server{{}};
  const SystemClock clock;
  const Dialer dialer{20s, clock};
  GrpcWorkerCalls calls{dialer};
};

}  // namespace

TEST_CASE("each message of a load is told, and how it ended", "[locusctl]") {
  Fixture f;
  std::vector<uint64_t> told;
  CHECK(f.Load("/short", [&](const v1::LoadProgress& progress) { told.push_back(progress.bytes_done()); }).ok());
  CHECK(told == std::vector<uint64_t>{1, 2, 3});
  const absl::Status none = f.Load("/none", [](const v1::LoadProgress&) {});
  CHECK(absl::IsNotFound(none));
  CHECK(MessageOf(none) == "no such path");
}

TEST_CASE("cancelling ends the loads under way, and those that come later", "[locusctl]") {
  Fixture f;
  std::atomic<bool> under_way{false};
  std::thread user([&] {
    while (!under_way) std::this_thread::yield();
    f.calls.CancelAll();
  });
  CHECK(absl::IsCancelled(f.Load("/long", [&](const v1::LoadProgress&) { under_way = true; })));
  user.join();
  CHECK(absl::IsCancelled(f.Load("/short", [](const v1::LoadProgress&) {})));
}

TEST_CASE("a worker is asked for its status, and one that is not there is not waited for", "[locusctl]") {
  Fixture f;
  const auto status = f.calls.Status(f.address());
  REQUIRE(status.ok());
  CHECK(status->hits() == 7);
  f.server.Stop();
  const Dialer short_dialer(200ms, f.clock);
  GrpcWorkerCalls impatient(short_dialer);
  CHECK_FALSE(impatient.Status(f.address()).ok());
  v1::LoadRequest request;
  CHECK(absl::IsUnavailable(impatient.Load(f.address(), request, [](const v1::LoadProgress&) {})));
}

TEST_CASE("a worker is told what to keep and what to drop, and its refusal comes back as it is", "[locusctl]") {
  Fixture f;
  v1::PinRequest pin;
  pin.set_path("/d");
  CHECK(f.calls.Pin(f.address(), pin)->blocks() == 5);
  pin.set_unpin(true);
  CHECK(f.calls.Pin(f.address(), pin)->blocks() == 0);
  pin.set_path("/large");
  const absl::Status refused = f.calls.Pin(f.address(), pin).status();
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(MessageOf(refused) == "raise store.max_pinned");
  v1::EvictRequest evict;
  evict.set_path("/abc");
  CHECK(f.calls.Evict(f.address(), evict)->bytes() == 4);
}
