#include "alluxio_meta/alluxio/master_calls.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>
#include <vector>

#include "common/testing/fake_clock.h"

using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

grpc::Status Nothing(grpc::ClientContext&) { return grpc::Status::OK; }

}  // namespace

TEST_CASE("a call waits for its turn", "[alluxio]") {
  locus::FakeClock clock;
  MasterCalls calls(1000, clock);
  CHECK(calls.Make(MasterMethod::kGetStatus, 1s, nullptr, Nothing).ok());
  std::atomic<bool> started{false};
  auto second = std::async(std::launch::async, [&] {
    return calls.Make(MasterMethod::kGetStatus, 1s, nullptr, [&](grpc::ClientContext&) {
      started = true;
      return grpc::Status::OK;
    });
  });
  CHECK(second.wait_for(50ms) == std::future_status::timeout);
  CHECK_FALSE(started);
  clock.Advance(1ms);
  CHECK(second.get().ok());
  MasterStats stats;
  calls.AddTo(stats);
  CHECK(stats.budget_wait == 1ms);
}

TEST_CASE("calls are counted by method and outcome, with their time", "[alluxio]") {
  locus::FakeClock clock;
  MasterCalls calls(1'000'000, clock);
  const auto make = [&](MasterMethod method, grpc::StatusCode code) {
    clock.Advance(1s);
    return calls.Make(method, 1s, nullptr, [&](grpc::ClientContext&) {
      clock.Advance(3s);
      return grpc::Status(code, "");
    });
  };
  make(MasterMethod::kGetStatus, grpc::OK);
  make(MasterMethod::kGetStatus, grpc::NOT_FOUND);
  make(MasterMethod::kGetStatus, grpc::NOT_FOUND);
  make(MasterMethod::kListStatus, grpc::UNAUTHENTICATED);
  MasterStats stats;
  calls.AddTo(stats);
  const MethodStats& status = stats.methods[static_cast<size_t>(MasterMethod::kGetStatus)];
  CHECK(status.outcomes[0] == 1);
  CHECK(status.outcomes[5] == 2);
  CHECK(status.time == 9s);
  CHECK(stats.methods[static_cast<size_t>(MasterMethod::kListStatus)].outcomes[16] == 1);
  CHECK(std::string(kOutcomeNames[5]) == "not_found");
  CHECK(std::string(kOutcomeNames[16]) == "unauthenticated");
}

TEST_CASE("a stop ends what runs, what waits for its turn and what pauses", "[alluxio]") {
  locus::FakeClock clock;
  MasterCalls calls(2, clock);
  std::promise<void> cancelled;
  std::promise<void> running;
  auto runs = std::async(std::launch::async, [&] {
    return calls.Make(
        MasterMethod::kAuthenticate, [&] { cancelled.set_value(); },
        [&] {
          running.set_value();
          cancelled.get_future().wait();
          return grpc::Status(grpc::UNAVAILABLE, "");
        });
  });
  running.get_future().wait();
  std::vector<std::future<grpc::Status>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(
        std::async(std::launch::async, [&] { return calls.Make(MasterMethod::kGetStatus, 1s, nullptr, Nothing); }));
  }
  auto pauses = std::async(std::launch::async, [&] { return calls.Pause(1h); });
  CHECK(waiting[0].wait_for(20ms) == std::future_status::timeout);
  calls.Stop();
  CHECK(runs.get().error_code() == grpc::CANCELLED);
  for (auto& one : waiting) CHECK(one.get().error_code() == grpc::CANCELLED);
  CHECK_FALSE(pauses.get());
  CHECK(calls.Make(MasterMethod::kGetStatus, 1s, nullptr, Nothing).error_code() == grpc::CANCELLED);
  CHECK(calls.stopped());
}

TEST_CASE("a deadline counts from the turn, not from the question", "[alluxio]") {
  locus::FakeClock clock;
  MasterCalls calls(1'000'000, clock);
  const auto before = std::chrono::system_clock::now();
  calls.Make(MasterMethod::kGetStatus, 1h, nullptr, [&](grpc::ClientContext& context) {
    CHECK(context.deadline() > before + 59min);
    CHECK(context.deadline() < before + 61min);
    return grpc::Status::OK;
  });
}
