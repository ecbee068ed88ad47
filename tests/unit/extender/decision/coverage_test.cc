#include "extender/decision/coverage.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "tests/unit/extender/pictures.h"

using namespace locus::extender;

namespace {

// Blocks of 100 bytes on the named nodes.
std::shared_ptr<const BlockSample> Blocks(const std::vector<std::vector<std::string>>& blocks) {
  auto sample = std::make_shared<BlockSample>();
  std::set<std::string> names;
  for (const auto& nodes : blocks) names.insert(nodes.begin(), nodes.end());
  sample->nodes.assign(names.begin(), names.end());
  for (const auto& nodes : blocks) {
    sample->blocks.push_back({100, static_cast<uint32_t>(sample->holders.size()), static_cast<uint32_t>(nodes.size())});
    for (const std::string& node : nodes) {
      sample->holders.push_back(static_cast<uint32_t>(std::distance(names.begin(), names.find(node))));
    }
  }
  return sample;
}

Holdings Held(const std::vector<On>& holders, uint64_t length, std::shared_ptr<const BlockSample> sample = nullptr) {
  LocalityAnswer answer = Answer({Known("/x", length, holders)});
  answer.samples = {std::move(sample)};
  return Gather(answer, std::chrono::seconds(1));
}

}  // namespace

TEST_CASE("before anybody takes anything all is left", "[coverage]") {
  const Holdings holdings = Held({{"a", 10, 20, 30}, {"b", 5}}, 100);
  const Coverage coverage(holdings);
  CHECK(coverage.Left(0) == TierBytes{10, 20, 30});
  CHECK(coverage.Left(1) == TierBytes{5, 0, 0});
}

TEST_CASE("a member takes its share from the fastest tier of its node", "[coverage]") {
  const Holdings holdings = Held({{"a", 10, 20, 30}, {"b", 50}}, 110);
  Coverage coverage(holdings);
  coverage.Take(0, 15);
  CHECK(coverage.Left(0) == TierBytes{0, 15, 30});
  coverage.Take(0, 15);
  coverage.Take(0, 40);
  CHECK(coverage.Left(0) == TierBytes{0, 0, 0});
  CHECK(coverage.Left(1) == TierBytes{50, 0, 0});
}

TEST_CASE("what one member takes is gone from the copies elsewhere", "[coverage]") {
  // Two blocks on both nodes, one on b alone.
  const Holdings holdings = Held({{"a", 200}, {"b", 100, 200}}, 300, Blocks({{"a", "b"}, {"a", "b"}, {"b"}}));
  Coverage coverage(holdings);
  coverage.Take(0, 200);
  CHECK(coverage.LeftBytes(0) == 0);
  // Of b's 300 bytes one third is untaken, in each tier alike.
  CHECK(coverage.Left(1) == TierBytes{33, 66, 0});
}

TEST_CASE("a member takes the blocks with the fewest copies first", "[coverage]") {
  const Holdings holdings =
      Held({{"a", 200}, {"b", 200}, {"c", 200}}, 300, Blocks({{"a", "b", "c"}, {"a"}, {"b", "c"}}));
  Coverage coverage(holdings);
  coverage.Take(0, 100);
  // a's own block is taken: what b and c share with it is still there.
  CHECK(coverage.LeftBytes(0) == 100);
  CHECK(coverage.LeftBytes(1) == 200);
  CHECK(coverage.LeftBytes(2) == 200);
}

TEST_CASE("the same blocks on every node leave nothing once they are taken", "[coverage]") {
  const Holdings holdings = Held({{"a", 100}, {"b", 100}, {"c", 100}}, 100, Blocks({{"a", "b", "c"}}));
  Coverage coverage(holdings);
  coverage.Take(1, 1000);
  for (size_t node = 0; node < 3; ++node) CHECK(coverage.LeftBytes(node) == 0);
}

TEST_CASE("a sample stands for the whole input", "[coverage]") {
  // 10,000 bytes on each node, half of them in common: 15,000 distinct. The sample knows three blocks.
  auto picture = std::make_shared<InputPicture>(*Known("/x", 15000, {{"a", 10000}, {"b", 10000}}));
  picture->cached_bytes = 15000;
  LocalityAnswer answer = Answer({picture});
  answer.samples = {Blocks({{"a"}, {"a", "b"}, {"b"}})};
  const Holdings holdings = Gather(answer, std::chrono::seconds(1));
  Coverage coverage(holdings);
  coverage.Take(0, 10000);
  CHECK(coverage.LeftBytes(0) == 0);
  CHECK(coverage.LeftBytes(1) == 5000);
}

TEST_CASE("a node that the sample does not know counts by itself", "[coverage]") {
  const Holdings holdings = Held({{"a", 100}, {"new", 100}}, 200, Blocks({{"a"}}));
  Coverage coverage(holdings);
  coverage.Take(0, 100);
  CHECK(coverage.LeftBytes(1) == 100);
  coverage.Take(1, 60);
  CHECK(coverage.LeftBytes(1) == 40);
}

TEST_CASE("properties of what is left", "[coverage]") {
  const auto any_blocks = [] {
    std::vector<std::vector<std::string>> blocks(*rc::gen::inRange<size_t>(1, 40));
    for (auto& nodes : blocks) {
      std::set<std::string> names;
      const size_t copies = *rc::gen::inRange<size_t>(1, 4);
      while (names.size() < copies) names.insert(std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 6))));
      nodes.assign(names.begin(), names.end());
    }
    return blocks;
  };
  const auto held = [](const std::vector<std::vector<std::string>>& blocks) {
    std::map<std::string, uint64_t> bytes;
    for (const auto& nodes : blocks) {
      for (const std::string& node : nodes) bytes[node] += 100;
    }
    std::vector<On> holders;
    for (const auto& [node, size] : bytes) holders.push_back({node, size});
    return Held(holders, 100 * blocks.size(), Blocks(blocks));
  };
  rc::prop("no node ever has more left after somebody took", [&] {
    const Holdings holdings = held(any_blocks());
    Coverage coverage(holdings);
    for (int step = 0; step < 10; ++step) {
      std::vector<uint64_t> before;
      for (size_t n = 0; n < holdings.nodes.size(); ++n) before.push_back(coverage.LeftBytes(n));
      coverage.Take(*rc::gen::inRange<size_t>(0, holdings.nodes.size()), *rc::gen::inRange<uint64_t>(0, 500));
      for (size_t n = 0; n < holdings.nodes.size(); ++n) RC_ASSERT(coverage.LeftBytes(n) <= before[n] + 1);
    }
  });
  rc::prop("when a member sits on every node and takes all, all is taken", [&] {
    const Holdings holdings = held(any_blocks());
    Coverage coverage(holdings);
    for (size_t n = 0; n < holdings.nodes.size(); ++n) coverage.Take(n, std::numeric_limits<uint64_t>::max());
    for (size_t n = 0; n < holdings.nodes.size(); ++n) RC_ASSERT(coverage.LeftBytes(n) <= 1);
  });
}

TEST_CASE("petabytes and shares without bound overflow nothing", "[coverage]") {
  const uint64_t huge = std::numeric_limits<uint64_t>::max();
  const Holdings holdings = Held({{"a", huge, huge, huge}, {"b", huge}}, huge, Blocks({{"a", "b"}, {"b"}}));
  Coverage coverage(holdings);
  for (int i = 0; i < 5; ++i) coverage.Take(0, huge / 2);
  CHECK(coverage.LeftBytes(0) <= huge);
  coverage.Take(1, huge);
  CHECK(coverage.LeftBytes(1) <= huge / 1000);
}
