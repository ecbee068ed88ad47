#include "extender/locality/interest_table.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/extender/pictures.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime(1000s);
using Asked = InterestTable::Asked;
using Texts = std::vector<std::string>;

InterestLimits Limits() {
  InterestLimits limits;
  limits.max_inputs = 3;
  limits.ttl = 60s;
  limits.max_age = 10s;
  return limits;
}

Texts Added(InterestTable& table) {
  auto changes = table.TakeChanges(1000, 1 << 20);
  CHECK(changes.remove.empty());
  std::sort(changes.add.begin(), changes.add.end());
  return changes.add;
}

}  // namespace

TEST_CASE("an input is followed from its first question on", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  CHECK(table.Ask("/a", kStart) == Asked::kAdded);
  CHECK(table.Ask("/a", kStart) == Asked::kFollowed);
  CHECK(Added(table) == Texts{"/a"});
  CHECK_FALSE(table.HasChanges());
  CHECK(table.Find("/a", kStart) == nullptr);
  table.Apply(Known("/a", 5, {}), kStart);
  REQUIRE(table.Find("/a", kStart) != nullptr);
  CHECK(table.Find("/a", kStart)->length_bytes == 5);
}

TEST_CASE("a new picture replaces the old one", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  const auto first = Known("/a", 5, {});
  table.Apply(first, kStart);
  table.Apply(In(InputState::kUnknown, "/a"), kStart);
  CHECK(table.Find("/a", kStart)->state == InputState::kUnknown);
  CHECK(first->length_bytes == 5);  // whoever holds the old one keeps it
}

TEST_CASE("all pictures are those that questions would find, and nothing counts as asked for", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  for (const char* input : {"/a", "/b", "/c"}) table.Ask(input, kStart);
  table.Apply(Known("/a", 5, {}), kStart);
  table.Apply(In(InputState::kInvalid, "/b"), kStart);
  CHECK(table.Pictures(kStart).size() == 2);
  table.Apply(In(InputState::kPending, "/a"), kStart);
  CHECK(table.Pictures(kStart + 10s).size() == 2);
  // What nobody has confirmed for too long.
  const auto pictures = table.Pictures(kStart + 11s);
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0]->input == "/b");
  CHECK(table.Expire(kStart + 61s) == 3);
}

TEST_CASE("news about what is not followed is dropped", "[interest_table]") {
  InterestTable table(Limits());
  table.Apply(Known("/a", 5, {}), kStart);
  CHECK(table.size() == 0);
  CHECK(table.Find("/a", kStart) == nullptr);
}

TEST_CASE("beyond the limit new inputs are refused, known ones are not", "[interest_table]") {
  InterestTable table(Limits());
  for (const char* input : {"/a", "/b", "/c"}) CHECK(table.Ask(input, kStart) == Asked::kAdded);
  CHECK(table.Ask("/d", kStart) == Asked::kFull);
  CHECK(table.Ask("/a", kStart) == Asked::kFollowed);
  CHECK(table.size() == 3);
  CHECK_FALSE(table.WaitUntil("/d", kStart, 50ms));
}

TEST_CASE("a full table makes room from what is past its time", "[interest_table]") {
  InterestTable table(Limits());
  for (const char* input : {"/a", "/b", "/c"}) table.Ask(input, kStart);
  table.Ask("/c", kStart + 30s);
  CHECK(table.Ask("/d", kStart + 61s) == Asked::kAdded);
  CHECK(table.size() == 2);  // /c and /d
  CHECK(table.Ask("/c", kStart + 61s) == Asked::kFollowed);
}

TEST_CASE("an input that nobody asks for is forgotten, and its stream told", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  table.Ask("/b", kStart);
  Added(table);
  table.Ask("/b", kStart + 50s);
  CHECK(table.Expire(kStart + 60s) == 0);
  CHECK(table.Expire(kStart + 61s) == 1);
  const auto changes = table.TakeChanges(10, 1000);
  CHECK(changes.remove == Texts{"/a"});
  CHECK(changes.add.empty());
}

TEST_CASE("an input that is forgotten and asked for again is removed before it is added", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  Added(table);
  table.Expire(kStart + 61s);
  table.Ask("/a", kStart + 61s);
  const auto first = table.TakeChanges(10, 1000);
  CHECK(first.remove == Texts{"/a"});
  CHECK(first.add.empty());
  const auto second = table.TakeChanges(10, 1000);
  CHECK(second.remove.empty());
  CHECK(second.add == Texts{"/a"});
}

TEST_CASE("an input that is forgotten before it was added is not added", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  table.Expire(kStart + 61s);
  table.TakeChanges(10, 1000);
  CHECK(table.TakeChanges(10, 1000).add.empty());
}

TEST_CASE("messages to the stream are bounded in inputs and bytes", "[interest_table]") {
  InterestLimits limits = Limits();
  limits.max_inputs = 100;
  InterestTable table(limits);
  table.BeginStream(kStart);
  for (int i = 10; i < 60; ++i) table.Ask("/" + std::to_string(i), kStart);
  CHECK(table.TakeChanges(20, 1000).add.size() == 20);
  CHECK(table.TakeChanges(20, 10).add.size() == 4);  // three bytes each: the fourth passes ten
  CHECK(table.TakeChanges(100, 1000).add.size() == 26);
  CHECK_FALSE(table.HasChanges());
}

TEST_CASE("without a stream nothing piles up for it", "[interest_table]") {
  InterestTable table(Limits());
  table.Ask("/a", kStart);
  CHECK_FALSE(table.HasChanges());
  table.Expire(kStart + 61s);
  CHECK_FALSE(table.HasChanges());
  table.Ask("/b", kStart + 61s);
  table.BeginStream(kStart);
  CHECK(Added(table) == Texts{"/b"});
  table.EndStream();
  table.Ask("/c", kStart + 61s);
  CHECK_FALSE(table.HasChanges());
}

TEST_CASE("a new stream is told everything again", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  table.Ask("/b", kStart);
  Added(table);
  table.BeginStream(kStart);
  CHECK(Added(table) == Texts{"/a", "/b"});
}

TEST_CASE("a picture that the new stream does not confirm counts until it is too old", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  table.Apply(Known("/a", 5, {}), kStart);
  // Heard last at +20 s.
  table.BeginStream(kStart + 20s);
  CHECK(table.Find("/a", kStart + 30s) != nullptr);
  CHECK(table.Find("/a", kStart + 30s + 1ns) == nullptr);
  // A third stream does not make the old picture younger.
  table.BeginStream(kStart + 25s);
  CHECK(table.Find("/a", kStart + 31s) == nullptr);
  table.Apply(Known("/a", 6, {}), kStart + 40s);
  CHECK(table.Find("/a", kStart + 300s)->length_bytes == 6);
}

TEST_CASE("PENDING does not replace a picture, it only stops confirming it", "[interest_table]") {
  InterestTable table(Limits());
  table.BeginStream(kStart);
  table.Ask("/a", kStart);
  table.Apply(In(InputState::kPending, "/a"), kStart);
  CHECK(table.Find("/a", kStart) == nullptr);
  table.Apply(Known("/a", 5, {}), kStart);
  table.Apply(In(InputState::kPending, "/a"), kStart + 5s);
  table.Apply(In(InputState::kPending, "/a"), kStart + 14s);
  CHECK(table.Find("/a", kStart + 15s)->length_bytes == 5);
  CHECK(table.Find("/a", kStart + 15s + 1ns) == nullptr);
}

TEST_CASE("the first picture of an input is waited for once", "[interest_table]") {
  InterestTable table(Limits());
  table.Ask("/a", kStart);
  // A question without a budget (filter) does not use it up.
  CHECK_FALSE(table.WaitUntil("/a", kStart, 0ms));
  CHECK(table.WaitUntil("/a", kStart + 5ms, 50ms) == kStart + 55ms);
  CHECK(table.WaitUntil("/a", kStart + 30ms, 50ms) == kStart + 55ms);
  CHECK(table.WaitUntil("/a", kStart + 5s, 50ms) == kStart + 55ms);
}

TEST_CASE("an input that pods ask for is wanted, once a second at most and after it was added", "[interest]") {
  InterestTable table({});
  table.BeginStream(SteadyTime());
  const SteadyTime start(1000s);
  table.Ask("a", start);
  CHECK(table.TakeChanges(10, 1000).add == std::vector<std::string>{"a"});
  // Adding it has said so.
  table.Ask("a", start + 900ms);
  CHECK_FALSE(table.HasChanges());
  table.Ask("a", start + 1000ms);
  table.Ask("a", start + 1001ms);
  CHECK(table.HasChanges());
  const auto changes = table.TakeChanges(10, 1000);
  CHECK(changes.add.empty());
  CHECK(changes.wanted == std::vector<std::string>{"a"});
  CHECK_FALSE(table.HasChanges());
  // Without a stream there is nobody to tell.
  table.EndStream();
  table.Ask("a", start + 5s);
  CHECK_FALSE(table.HasChanges());
}

TEST_CASE("a wanted input waits for the stream once, however long nobody takes it", "[interest_table]") {
  InterestTable table(Limits());
  SteadyTime now = kStart;
  table.BeginStream(now);
  table.Ask("/a", now);
  for (int i = 0; i < 5; ++i) table.Ask("/a", now += kWantInterval);
  CHECK(table.TakeChanges(1000, 1 << 20).wanted == Texts{"/a"});
  table.Ask("/a", now += kWantInterval);
  CHECK(table.TakeChanges(1000, 1 << 20).wanted == Texts{"/a"});
  // What an old stream has not taken is no hindrance on the next one.
  table.Ask("/a", now += kWantInterval);
  table.BeginStream(now);
  table.Ask("/a", now += kWantInterval);
  CHECK(table.TakeChanges(1000, 1 << 20).wanted == Texts{"/a"});
}
