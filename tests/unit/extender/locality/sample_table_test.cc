#include "extender/locality/sample_table.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "tests/unit/extender/pictures.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime(1000s);

// 1000 bytes, all of them on n1, and `second` of them on n2 too.
std::shared_ptr<const InputPicture> Twice(const std::string& input, uint64_t second) {
  return Known(input, 1000, {{"n1", 1000}, {"n2", second}});
}

// One block on `count` nodes.
BlockSample SampleOn(uint32_t count) {
  BlockSample sample;
  sample.blocks = {{10, 0, count}};
  for (uint32_t n = 0; n < count; ++n) {
    sample.nodes.push_back("n" + std::to_string(n + 1));
    sample.holders.push_back(n);
  }
  return sample;
}

struct Fixture {
  std::shared_ptr<const BlockSample> Ask(const std::shared_ptr<const InputPicture>& picture) {
    return table.Ask(picture, now);
  }
  // The next input's sample has come.
  void Fetch(const std::string& input, uint32_t nodes = 2) {
    REQUIRE(table.Next(now) == input);
    table.Done(input, SampleOn(nodes), now);
  }
  void Fail(const std::string& input, const absl::Status& status) {
    REQUIRE(table.Next(now) == input);
    table.Done(input, status, now);
  }

  SampleTable table{3, 1 << 20};
  SteadyTime now = kStart;
};

}  // namespace

TEST_CASE("copies overlap when the nodes hold more than two percent beyond what is cached", "[sample_table]") {
  CHECK_FALSE(CopiesOverlap(*Known("/a", 1000, {{"n1", 600}, {"n2", 400}})));
  CHECK_FALSE(CopiesOverlap(*Twice("/a", 20)));
  CHECK(CopiesOverlap(*Twice("/a", 21)));
  CHECK_FALSE(CopiesOverlap(*Known("/a", 1000, {})));
  CHECK(CopiesOverlap(*Known("/huge", UINT64_MAX, {{"n1", UINT64_MAX}, {"n2", UINT64_MAX}})) == false);
}

TEST_CASE("a picture differs by two percent of what is cached, in all or on any node", "[sample_table]") {
  const auto before = Known("/a", 1000, {{"n1", 500}, {"n2", 500}});
  CHECK_FALSE(DiffersMaterially(*before, *before));
  CHECK_FALSE(DiffersMaterially(*before, *Known("/a", 1000, {{"n1", 490}, {"n2", 510}})));
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {{"n1", 479}, {"n2", 521}})));
  // Another node, fewer nodes, other tiers.
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {{"n1", 500}, {"n3", 500}})));
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {{"n2", 500}})));
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {{"n1", 500}, {"n2", 500}, {"n3", 30}})));
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {{"n0", 30}, {"n1", 500}, {"n2", 470}})));
  CHECK_FALSE(DiffersMaterially(*before, *Known("/a", 1000, {{"n1", 0, 500}, {"n2", 500}})));
  CHECK(DiffersMaterially(*before, *Known("/a", 1000, {})));
}

TEST_CASE_METHOD(Fixture, "an input whose copies overlap is sampled from its first question on", "[sample_table]") {
  const auto picture = Twice("/a", 500);
  CHECK(Ask(picture) == nullptr);
  CHECK(Ask(picture) == nullptr);
  CHECK(table.waiting() == 1);
  Fetch("/a");
  const auto sample = Ask(picture);
  REQUIRE(sample != nullptr);
  CHECK(sample->nodes == std::vector<std::string>{"n1", "n2"});
  now += 1h;
  CHECK(Ask(picture) == sample);
  CHECK_FALSE(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "an input without overlap, or that is not known, is not sampled", "[sample_table]") {
  CHECK(Ask(Twice("/a", 0)) == nullptr);
  CHECK(Ask(In(InputState::kPending, "/b")) == nullptr);
  CHECK(Ask(In(InputState::kUnknown, "/c")) == nullptr);
  CHECK_FALSE(table.HasNext());
  CHECK(table.size() == 0);
}

TEST_CASE_METHOD(Fixture, "a sample in which no block lies on two nodes is none, and is not asked for again",
                 "[sample_table]") {
  const auto picture = Twice("/a", 500);
  Ask(picture);
  Fetch("/a", 1);
  now += 1h;
  CHECK(Ask(picture) == nullptr);
  CHECK_FALSE(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "a sample whose input has lost its overlap is not told", "[sample_table]") {
  Ask(Twice("/a", 500));
  Fetch("/a");
  CHECK(Ask(Twice("/a", 0)) == nullptr);
  CHECK_FALSE(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "a picture that changes materially is sampled again, at most every two seconds",
                 "[sample_table]") {
  Ask(Twice("/a", 500));
  Fetch("/a");
  now += 2s;
  CHECK(Ask(Twice("/a", 510)) != nullptr);
  CHECK_FALSE(table.HasNext());
  now += 1h;
  // The old one serves until the new one is there.
  CHECK(Ask(Twice("/a", 600)) != nullptr);
  Fetch("/a");
  CHECK_FALSE(table.HasNext());
  now += 1999ms;
  Ask(Twice("/a", 700));
  CHECK_FALSE(table.HasNext());
  now += 1ms;
  Ask(Twice("/a", 700));
  CHECK(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "small changes add up", "[sample_table]") {
  Ask(Twice("/a", 500));
  Fetch("/a");
  now += 1h;
  Ask(Twice("/a", 515));
  CHECK_FALSE(table.HasNext());
  Ask(Twice("/a", 530));
  CHECK(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "what changes while the call is under way is sampled again", "[sample_table]") {
  Ask(Twice("/a", 500));
  REQUIRE(table.Next(now) == "/a");
  Ask(Twice("/a", 900));
  CHECK_FALSE(table.HasNext());  // one call for an input at a time
  table.Done("/a", SampleOn(2), now);
  CHECK(Ask(Twice("/a", 900)) != nullptr);
  now += 2s;
  Ask(Twice("/a", 900));
  CHECK(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "a sample that cannot be renewed is used for half a minute", "[sample_table]") {
  Ask(Twice("/a", 500));
  Fetch("/a");
  now += 1h;
  const auto other = Twice("/a", 900);
  CHECK(Ask(other) != nullptr);
  now += 30s;
  CHECK(Ask(other) != nullptr);
  now += 1ns;
  CHECK(Ask(other) == nullptr);
  // As it was: the sample holds again.
  CHECK(Ask(Twice("/a", 500)) != nullptr);
}

TEST_CASE_METHOD(Fixture, "inputs are sampled in the order in which they were asked for", "[sample_table]") {
  for (const char* input : {"/c", "/a", "/b"}) Ask(Twice(input, 500));
  Ask(Twice("/c", 500));
  CHECK(table.Next(now) == "/c");
  CHECK(table.Next(now) == "/a");
  CHECK(table.Next(now) == "/b");
  CHECK(table.Next(now) == std::nullopt);
}

TEST_CASE_METHOD(Fixture, "what nobody asks for any more is not worth a call", "[sample_table]") {
  Ask(Twice("/a", 500));
  Ask(Twice("/b", 500));
  now += 60s;
  Ask(Twice("/b", 500));
  now += 1ns;
  CHECK(table.Next(now) == "/b");
  CHECK_FALSE(table.HasNext());
  Ask(Twice("/a", 500));
  CHECK(table.Next(now) == "/a");
}

TEST_CASE_METHOD(Fixture, "an input that fails pauses for longer each time, others do not", "[sample_table]") {
  const absl::Status refused = Exhausted("too large");
  const auto picture = Twice("/a", 500);
  for (const Duration pause : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    Ask(picture);
    Fail("/a", refused);
    now += pause - 1ns;
    Ask(picture);
    CHECK_FALSE(table.HasNext());
    Ask(Twice("/b", 500));
    if (table.HasNext()) Fetch("/b");
    now += 1ns;
  }
  Ask(picture);
  Fetch("/a");
  // A success starts over.
  now += 1h;
  Ask(Twice("/a", 900));
  Fail("/a", refused);
  now += 2s;
  Ask(Twice("/a", 900));
  CHECK(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "while locus-meta is away nobody is asked for a second", "[sample_table]") {
  Ask(Twice("/a", 500));
  Ask(Twice("/b", 500));
  Fail("/a", Unavailable("away"));
  CHECK_FALSE(table.HasNext());
  now += 1s - 1ns;
  Ask(Twice("/b", 500));
  Ask(Twice("/c", 500));
  CHECK_FALSE(table.HasNext());
  now += 1ns;
  Ask(Twice("/b", 500));
  CHECK(table.Next(now) == "/b");
}

TEST_CASE_METHOD(Fixture, "a locus-meta that does not know samples is asked once a minute", "[sample_table]") {
  Ask(Twice("/a", 500));
  Fail("/a", absl::UnimplementedError("what"));
  now += 60s - 1ns;
  Ask(Twice("/a", 500));
  Ask(Twice("/b", 500));
  CHECK_FALSE(table.HasNext());
  now += 1ns;
  Ask(Twice("/b", 500));
  CHECK(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "beyond its bound the input that was asked for longest ago makes room", "[sample_table]") {
  for (const char* input : {"/a", "/b", "/c"}) {
    Ask(Twice(input, 500));
    Fetch(input);
  }
  Ask(Twice("/a", 500));
  CHECK(table.evicted() == 0);
  Ask(Twice("/d", 500));
  CHECK(table.size() == 3);
  CHECK(table.evicted() == 1);
  CHECK(Ask(Twice("/a", 500)) != nullptr);
  CHECK(Ask(Twice("/c", 500)) != nullptr);
  CHECK(Ask(Twice("/b", 500)) == nullptr);
  // /d had to go, and with it its place in the line.
  CHECK(table.evicted() == 2);
  CHECK(table.Next(now) == "/b");
  CHECK_FALSE(table.HasNext());
}

TEST_CASE_METHOD(Fixture, "the sample of an input that was forgotten meanwhile is dropped", "[sample_table]") {
  Ask(Twice("/a", 500));
  REQUIRE(table.Next(now) == "/a");
  for (const char* input : {"/b", "/c", "/d"}) Ask(Twice(input, 500));
  table.Done("/a", SampleOn(2), now);
  CHECK(table.size() == 3);
  CHECK(Ask(Twice("/a", 500)) == nullptr);
}

TEST_CASE("samples that take too much memory make room, those asked for longest ago first", "[sample_table]") {
  // Room for two samples of 1,000 blocks on two nodes each: 24 bytes a block.
  SampleTable table(100, 60'000);
  BlockSample large = SampleOn(2);
  large.blocks.assign(1000, large.blocks[0]);
  large.holders.assign(2000, 0);
  const auto fetch = [&](const std::string& input) {
    table.Ask(Twice(input, 500), kStart);
    REQUIRE(table.Next(kStart) == input);
    table.Done(input, large, kStart);
  };
  fetch("/a");
  fetch("/b");
  CHECK(table.bytes() > 48'000);
  CHECK(table.evicted() == 0);
  table.Ask(Twice("/a", 500), kStart);
  fetch("/c");
  CHECK(table.evicted() == 1);
  CHECK(table.size() == 2);
  CHECK(table.bytes() < 60'000);
  CHECK(table.Ask(Twice("/a", 500), kStart) != nullptr);
  CHECK(table.Ask(Twice("/b", 500), kStart) == nullptr);
  // A small one fits beside them.
  REQUIRE(table.Next(kStart) == "/b");
  table.Done("/b", SampleOn(2), kStart);
  CHECK(table.size() == 3);
  CHECK(table.evicted() == 1);
  // The memory of a sample that is replaced is free again.
  table.Ask(Twice("/a", 900), kStart + 2s);
  REQUIRE(table.Next(kStart + 2s) == "/a");
  table.Done("/a", SampleOn(2), kStart + 2s);
  CHECK(table.bytes() < 26'000);
}
