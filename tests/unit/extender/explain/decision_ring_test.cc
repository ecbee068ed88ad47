#include "extender/explain/decision_ring.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <thread>

using namespace locus::extender;

namespace {

DecisionRing::RecordPtr Of(const std::string& namespace_name, const std::string& name, size_t mark = 0) {
  auto record = std::make_shared<DecisionRecord>();
  record->pod.namespace_name = namespace_name;
  record->pod.name = name;
  record->offered_nodes = mark;
  return record;
}

std::vector<size_t> Marks(const std::vector<DecisionRing::RecordPtr>& records) {
  std::vector<size_t> marks;
  for (const auto& record : records) marks.push_back(record->offered_nodes);
  return marks;
}

using Numbers = std::vector<size_t>;

}  // namespace

TEST_CASE("the decisions about a pod are found, newest first", "[decision_ring]") {
  DecisionRing ring(10);
  ring.Add(Of("ns", "a", 1));
  ring.Add(Of("ns", "b", 2));
  ring.Add(Of("ns", "a", 3));
  ring.Add(Of("other", "a", 4));
  CHECK(Marks(ring.OfPod("ns", "a")) == Numbers{3, 1});
  CHECK(Marks(ring.OfPod("other", "a")) == Numbers{4});
  CHECK(ring.OfPod("ns", "c").empty());
  CHECK(Marks(ring.Latest(3)) == Numbers{4, 3, 2});
  CHECK(ring.Latest(100).size() == 4);
}

TEST_CASE("a namespace and a name are not mixed up", "[decision_ring]") {
  DecisionRing ring(10);
  ring.Add(Of("a", "bc"));
  CHECK(ring.OfPod("ab", "c").empty());
  CHECK(ring.OfPod("bc", "a").empty());
}

TEST_CASE("the oldest decisions fall out", "[decision_ring]") {
  DecisionRing ring(3);
  for (size_t i = 1; i <= 7; ++i) ring.Add(Of("ns", i % 2 == 0 ? "even" : "odd", i));
  CHECK(Marks(ring.Latest(10)) == Numbers{7, 6, 5});
  CHECK(Marks(ring.OfPod("ns", "odd")) == Numbers{7, 5});
  CHECK(Marks(ring.OfPod("ns", "even")) == Numbers{6});
  CHECK(ring.added() == 7);
}

TEST_CASE("a record outlives its place in the ring", "[decision_ring]") {
  DecisionRing ring(1);
  ring.Add(Of("ns", "a", 1));
  const auto kept = ring.Latest(1);
  ring.Add(Of("ns", "b", 2));
  CHECK(kept[0]->pod.name == "a");
  CHECK(ring.OfPod("ns", "a").empty());
}

TEST_CASE("the ring agrees with a plain list over many random records", "[decision_ring]") {
  std::mt19937 random(7);
  DecisionRing ring(16);
  std::deque<std::pair<std::string, size_t>> model;
  for (size_t i = 0; i < 2000; ++i) {
    const std::string pod = "p" + std::to_string(random() % 12);
    ring.Add(Of("ns", pod, i));
    model.emplace_front(pod, i);
    if (model.size() > 16) model.pop_back();
    const std::string asked = "p" + std::to_string(random() % 12);
    Numbers expected;
    for (const auto& [name, mark] : model) {
      if (name == asked) expected.push_back(mark);
    }
    REQUIRE(Marks(ring.OfPod("ns", asked)) == expected);
  }
}

TEST_CASE("records from many threads all arrive", "[decision_ring]") {
  DecisionRing ring(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&ring, t] {
      for (size_t i = 0; i < 500; ++i) {
        ring.Add(Of("ns", "p" + std::to_string(t), i));
        ring.OfPod("ns", "p0");
        ring.Latest(5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ring.added() == 2000);
  CHECK(ring.Latest(100).size() == 64);
}
