// Block samples from locus-meta to an answer of WatchedLocality, over real gRPC.
#include <catch2/catch.hpp>

#include "common/grpc_server.h"
#include "common/testing/fake_clock.h"
#include "extender/locality/block_sampler.h"
#include "extender/locality/grpc_sample_source.h"
#include "extender/locality/watched_locality.h"
#include "tests/integration/extender/eventually.h"
#include "tests/integration/extender/fake_locality_service.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

// 1000 bytes cached, all on n1, and `second` on n2 too.
v1::InputLocality OnTwoNodes(const std::string& input, uint64_t second) {
  v1::InputLocality locality;
  locality.set_input(input);
  locality.set_state(v1::InputLocality::KNOWN);
  locality.set_length_bytes(1000);
  locality.set_cached_bytes(1000);
  for (const auto& [node, bytes] : {std::pair("n1", uint64_t{1000}), std::pair("n2", second)}) {
    v1::HolderLocality* holder = locality.add_holders();
    holder->set_node(node);
    v1::TierBytes* tier = holder->add_tiers();
    tier->set_tier(v1::TIER_MEM);
    tier->set_bytes(bytes);
  }
  return locality;
}

v1::SampleBlocksResponse Sample(uint64_t bytes) {
  v1::SampleBlocksResponse sample;
  sample.add_nodes("n1");
  sample.add_nodes("n2");
  v1::SampledBlock* block = sample.add_blocks();
  block->set_length_bytes(bytes);
  block->add_nodes(0);
  block->add_nodes(1);
  sample.set_cached_blocks(1);
  return sample;
}

struct Fixture {
  Fixture() {
    clock.Advance(1h);
    sampler.Start();
    locality.Start();
  }
  bool Becomes(const std::string& input, InputState state) {
    return Eventually([&] { return locality.Look({input}, 0ms).inputs[0]->state == state; });
  }
  // Bytes of the sample's first block; 0: no sample.
  uint64_t Sampled(const std::string& input) {
    const auto sample = locality.Look({input}, 0ms).samples.at(0);
    return sample == nullptr ? 0 : sample->blocks[0].bytes;
  }

  FakeClock clock;
  Metrics metrics;
  FakeLocalityService service;
  FakeMeta meta{service};
  const std::shared_ptr<grpc::Channel> channel = MakeChannel(meta.target());
  GrpcSampleSource source{channel};
  BlockSampler sampler{source, {.max_blocks = 123}, clock, metrics};
  WatchedLocality locality{channel, {}, clock, metrics, &sampler};
};

}  // namespace

TEST_CASE("an answer has a sample for each input whose copies overlap", "[block_samples]") {
  Fixture f;
  f.service.Put(OnTwoNodes("/twice", 500));
  f.service.Put(OnTwoNodes("/once", 0));
  f.service.PutSample("/twice", Sample(10));
  REQUIRE(f.Becomes("/once", InputState::kKnown));
  REQUIRE(f.Becomes("/twice", InputState::kKnown));
  REQUIRE(Eventually([&] { return f.Sampled("/twice") == 10; }));
  const LocalityAnswer answer = f.locality.Look({"/once", "/absent", "/twice"}, 0ms);
  REQUIRE(answer.samples.size() == 3);
  CHECK(answer.samples[0] == nullptr);
  CHECK(answer.samples[1] == nullptr);
  REQUIRE(answer.samples[2] != nullptr);
  CHECK(answer.samples[2]->nodes == std::vector<std::string>{"n1", "n2"});
  REQUIRE(f.service.sampled().size() == 1);
  CHECK(f.service.sampled()[0].input() == "/twice");
  CHECK(f.service.sampled()[0].max_blocks() == 123);
}

TEST_CASE("a picture that changes brings another sample", "[block_samples]") {
  Fixture f;
  f.service.Put(OnTwoNodes("/a", 500));
  f.service.PutSample("/a", Sample(10));
  REQUIRE(Eventually([&] { return f.Sampled("/a") == 10; }));
  f.service.PutSample("/a", Sample(20));
  f.service.Put(OnTwoNodes("/a", 900));
  f.clock.Advance(2s);
  CHECK(Eventually([&] { return f.Sampled("/a") == 20; }));
}

TEST_CASE("a locus-meta without samples is answered from all the same", "[block_samples]") {
  Fixture f;
  f.service.Put(OnTwoNodes("/a", 500));
  REQUIRE(f.Becomes("/a", InputState::kKnown));
  REQUIRE(Eventually([&] { return f.metrics.Render().find("{reason=\"unimplemented\"} 1") != std::string::npos; }));
  f.clock.Advance(50s);
  CHECK(f.Sampled("/a") == 0);
  CHECK(f.service.sampled().size() == 1);
}

TEST_CASE("without a sampler all samples are null", "[block_samples]") {
  Fixture f;
  WatchedLocality plain(f.channel, {}, f.clock, f.metrics);
  CHECK(plain.Look({"/a", "/b"}, 0ms).samples == std::vector<std::shared_ptr<const BlockSample>>(2));
}

TEST_CASE("a call that is not answered ends at its deadline, or when all stops", "[block_samples]") {
  Fixture f;
  f.service.HoldSamples();
  GrpcSampleSource hasty(f.channel, 20ms);
  const absl::Status late = hasty.Sample("/a", 1).status();
  CHECK(late.code() == absl::StatusCode::kDeadlineExceeded);
  f.service.Put(OnTwoNodes("/a", 500));
  REQUIRE(Eventually([&] {
    f.Sampled("/a");
    return f.service.sampled().size() == 2;
  }));
  // This would take kSampleDeadline otherwise, and the next call as long again.
  f.sampler.Stop();
  CHECK(f.source.Sample("/a", 1).status().code() == absl::StatusCode::kCancelled);
  CHECK(f.service.sampled().size() == 2);
}

TEST_CASE("an answer that contradicts itself is no sample", "[block_samples]") {
  Fixture f;
  v1::SampleBlocksResponse broken = Sample(10);
  broken.mutable_blocks(0)->add_nodes(7);
  f.service.PutSample("/a", broken);
  CHECK(f.source.Sample("/a", 5).status().code() == absl::StatusCode::kInternal);
}
