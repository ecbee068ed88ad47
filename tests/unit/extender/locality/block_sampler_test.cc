// The sampler's thread with a source that a test plays.
#include "extender/locality/block_sampler.h"

#include <catch2/catch.hpp>
#include <map>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/integration/extender/eventually.h"
#include "tests/unit/extender/pictures.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

// Answers when the test has put an answer in.
class FakeSource final : public SampleSource {
 public:
  absl::StatusOr<BlockSample> Sample(const std::string& input, uint32_t max_blocks) override {
    MutexLock lock(mutex_);
    calls_.push_back(input + " " + std::to_string(max_blocks));
    changed_.Wait(mutex_, [&]() REQUIRES(mutex_) { return stopped_ || answers_.contains(input); });
    if (stopped_) return absl::CancelledError("stopped");
    const auto answer = answers_.extract(input);
    return answer.mapped();
  }
  void Stop() override {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }

  void Answer(const std::string& input, absl::StatusOr<BlockSample> answer) {
    MutexLock lock(mutex_);
    answers_.insert_or_assign(input, std::move(answer));
    changed_.NotifyAll();
  }
  std::vector<std::string> calls() const {
    MutexLock lock(mutex_);
    return calls_;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, absl::StatusOr<BlockSample>> answers_ GUARDED_BY(mutex_);
  std::vector<std::string> calls_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
};

std::shared_ptr<const InputPicture> Twice(const std::string& input) {
  return Known(input, 1000, {{"n1", 1000}, {"n2", 500}});
}

BlockSample OnTwo(uint64_t bytes) {
  BlockSample sample;
  sample.nodes = {"n1", "n2"};
  sample.blocks = {{bytes, 0, 2}};
  sample.holders = {0, 1};
  return sample;
}

using Calls = std::vector<std::string>;

struct Fixture {
  explicit Fixture(SamplerOptions options = {.max_blocks = 77, .max_inputs = 2})
      : sampler(source, options, clock, metrics) {
    sampler.Start();
  }
  bool Called(const Calls& calls) {
    return Eventually([&] { return source.calls() == calls; });
  }
  std::string Page() {
    sampler.UpdateGauges();
    return metrics.Render();
  }
  bool Shows(const std::string& line) {
    return Eventually([&] { return Page().find(line + "\n") != std::string::npos; });
  }

  FakeClock clock;
  Metrics metrics;
  FakeSource source;
  BlockSampler sampler;
};

}  // namespace

TEST_CASE("samples are fetched in the background, one at a time, in the order of asking", "[block_sampler]") {
  Fixture f;
  CHECK(f.sampler.Look({Twice("/b"), In(InputState::kPending, "/x"), Twice("/a")}) ==
        std::vector<std::shared_ptr<const BlockSample>>(3));
  REQUIRE(f.Called({"/b 77"}));
  CHECK(f.Shows("locus_extender_samples_waiting 1"));
  f.source.Answer("/a", OnTwo(1));
  f.source.Answer("/b", OnTwo(2));
  REQUIRE(f.Called({"/b 77", "/a 77"}));
  REQUIRE(Eventually([&] { return f.sampler.Look({Twice("/a")})[0] != nullptr; }));
  const auto samples = f.sampler.Look({Twice("/a"), In(InputState::kPending, "/x"), Twice("/b")});
  REQUIRE(samples.size() == 3);
  CHECK(samples[0]->blocks[0].bytes == 1);
  CHECK(samples[1] == nullptr);
  CHECK(samples[2]->blocks[0].bytes == 2);
  CHECK(f.Shows("locus_extender_samples_inputs 2"));
  CHECK(f.Shows("locus_extender_samples_waiting 0"));
  CHECK(f.Shows("locus_extender_samples_fetch_seconds_count 2"));
}

TEST_CASE("failures are counted by reason, and the input is asked for again after a pause", "[block_sampler]") {
  Fixture f;
  f.source.Answer("/a", Exhausted("too large"));
  f.sampler.Look({Twice("/a")});
  CHECK(f.Shows("locus_extender_samples_failed_total{reason=\"limit\"} 1"));
  f.clock.Advance(2s);
  f.source.Answer("/a", OnTwo(1));
  CHECK(Eventually([&] { return f.sampler.Look({Twice("/a")})[0] != nullptr; }));
  CHECK(f.source.calls() == Calls{"/a 77", "/a 77"});
}

TEST_CASE("an older locus-meta is not asked again for a minute", "[block_sampler]") {
  Fixture f;
  f.source.Answer("/a", absl::UnimplementedError("SampleBlocks"));
  f.sampler.Look({Twice("/a")});
  REQUIRE(f.Shows("locus_extender_samples_failed_total{reason=\"unimplemented\"} 1"));
  f.clock.Advance(59s);
  f.sampler.Look({Twice("/a"), Twice("/b")});
  CHECK(f.Shows("locus_extender_samples_waiting 0"));
  f.clock.Advance(1s);
  f.sampler.Look({Twice("/b")});
  CHECK(f.Called({"/a 77", "/b 77"}));
}

TEST_CASE("inputs that make room are counted", "[block_sampler]") {
  Fixture f;
  f.sampler.Look({Twice("/a"), Twice("/b"), Twice("/c")});
  CHECK(f.Shows("locus_extender_samples_evicted_total 1"));
  CHECK(f.Shows("locus_extender_samples_inputs 2"));
}

TEST_CASE("with sample_blocks 0 nothing is ever asked for", "[block_sampler]") {
  Fixture f({.max_blocks = 0});
  CHECK(f.sampler.Look({Twice("/a")}) == std::vector<std::shared_ptr<const BlockSample>>(1));
  CHECK(f.Shows("locus_extender_samples_inputs 0"));
  f.sampler.Stop();
  CHECK(f.source.calls().empty());
}

TEST_CASE("stopping ends the call under way", "[block_sampler]") {
  Fixture f;
  f.sampler.Look({Twice("/a")});
  REQUIRE(f.Called({"/a 77"}));
  f.sampler.Stop();
  f.sampler.Stop();
  CHECK(f.sampler.Look({Twice("/a")})[0] == nullptr);
}
