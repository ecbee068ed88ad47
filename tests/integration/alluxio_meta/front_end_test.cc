// The end of the front: nothing of a call outlives it.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "tests/integration/alluxio_meta/running_front.h"
#include "tests/support/alluxio/fake_master.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;
namespace fake = locus::fake_alluxio;

namespace {

// Goes slowly, in the thread that lets go of its call.
class SlowToGo final : public MessageFilter {
 public:
  explicit SlowToGo(std::atomic<int>& there) : there_(there) { ++there_; }
  ~SlowToGo() override {
    Mutex mutex;
    CondVar never;
    MutexLock lock(mutex);
    never.WaitFor(mutex, 20ms, [] { return false; });
    --there_;
  }

 private:
  std::atomic<int>& there_;
};

}  // namespace

TEST_CASE("a front ends when the last part of its calls is gone", "[front]") {
  fake::FakeMaster master;
  std::atomic<int> there = 0;
  SystemClock clock;
  Metrics metrics;
  FrontMetrics figures(metrics);
  MasterOptions options;
  options.masters = {master.target()};
  // Which side of a call goes last is a matter of chance.
  for (int round = 0; round < 100; ++round) {
    const auto leader = LeaderKeeper::Create(options, clock).value();
    {
      Forwarder forwarder(
          *leader, [&](const IncomingCall&) { return std::make_unique<SlowToGo>(there); }, figures, 1000, clock);
      FrontServer server({"127.0.0.1", 0, uint64_t{64} << 20}, forwarder);
      REQUIRE(server.Start().ok());
      leader->Start([&](const std::shared_ptr<const Upstream>& lost) { forwarder.Leave(lost); });
      REQUIRE(Eventually([&] { return leader->Current() != nullptr; }));
      const std::string id = std::to_string(10'000'000 + round) + "-1111-4111-8111-111111111111";
      auto client = std::make_unique<FrontClient>(ChannelTo("127.0.0.1:" + std::to_string(server.port())), id);
      REQUIRE(client->Authenticate().ok());
      REQUIRE(there >= 1);
      // The stream of its session ends now.
      client = nullptr;
      server.Stop();
      leader->Stop();
    }
    REQUIRE(there == 0);
  }
}
