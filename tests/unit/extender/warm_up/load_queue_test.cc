#include "extender/warm_up/load_queue.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

using namespace locus::extender;

namespace {

LoadJob Job(const GroupKey& group, std::vector<std::string> paths, const std::vector<std::string>& nodes) {
  LoadJob job{group, std::move(paths), {}};
  for (const std::string& node : nodes) job.workers.push_back({node, node + ":8920"});
  return job;
}

// Steps that may begin now, as "group node path shard/shards".
std::vector<std::string> Begin(LoadQueue& queue, std::vector<LoadStep>* steps = nullptr) {
  std::vector<std::string> texts;
  while (const auto step = queue.Next()) {
    texts.push_back(step->group + " " + step->worker.node + " " + step->path + " " + std::to_string(step->shard) + "/" +
                    std::to_string(step->shards));
    if (steps != nullptr) steps->push_back(*step);
  }
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("each file of an input goes to one of the workers", "[warm_up]") {
  LoadQueue queue(100, 10);
  REQUIRE(queue.Add(Job("g", {"/a"}, {"n1", "n2", "n3"})));
  // By the meaning of shards in LoadRequest.
  std::map<int, std::set<std::string>> holders;
  while (const auto step = queue.Next()) {
    for (int position = 0; position < 10; ++position) {
      const bool all = step->shards == 0;
      if (all || position % step->shards == step->shard) holders[position].insert(step->worker.node);
    }
  }
  REQUIRE(holders.size() == 10);
  for (const auto& [position, nodes] : holders) CHECK(nodes.size() == 1);
  CHECK(holders[0] != holders[1]);
}

TEST_CASE("a single worker loads everything", "[warm_up]") {
  LoadQueue queue(100, 10);
  REQUIRE(queue.Add(Job("g", {"/a"}, {"n1"})));
  CHECK(Begin(queue) == Texts{"g n1 /a 0/0"});
}

TEST_CASE("a worker loads one thing at a time", "[warm_up]") {
  LoadQueue queue(100, 10);
  REQUIRE(queue.Add(Job("g", {"/a", "/b"}, {"n1", "n2"})));
  REQUIRE(queue.Add(Job("h", {"/c"}, {"n2", "n3"})));
  std::vector<LoadStep> steps;
  CHECK(Begin(queue, &steps) == Texts{"g n1 /a 0/2", "g n2 /a 1/2", "h n3 /c 1/2"});
  CHECK(queue.running() == 3);
  queue.Ended(steps[1], false);
  CHECK(Begin(queue, &steps) == Texts{"g n2 /b 1/2"});
  queue.Ended(steps[3], false);
  CHECK(Begin(queue, &steps) == Texts{"h n2 /c 0/2"});
}

TEST_CASE("no more loads are under way than allowed", "[warm_up]") {
  LoadQueue queue(2, 10);
  REQUIRE(queue.Add(Job("g", {"/a"}, {"n1", "n2", "n3"})));
  std::vector<LoadStep> steps;
  CHECK(Begin(queue, &steps).size() == 2);
  queue.Ended(steps[0], false);
  CHECK(Begin(queue, &steps) == Texts{"g n3 /a 2/3"});
  for (size_t i = 1; i < 3; ++i) queue.Ended(steps[i], false);
  CHECK(queue.jobs() == 0);
  CHECK(queue.running() == 0);
}

TEST_CASE("a worker that fails gets nothing more of the job, and the first failure is told", "[warm_up]") {
  LoadQueue queue(100, 10);
  REQUIRE(queue.Add(Job("g", {"/a", "/b"}, {"n1", "n2", "n3"})));
  std::vector<LoadStep> steps;
  Begin(queue, &steps);
  CHECK(queue.Ended(steps[0], true));
  CHECK_FALSE(queue.Ended(steps[1], true));
  CHECK_FALSE(queue.Ended(steps[2], false));
  CHECK(Begin(queue, &steps) == Texts{"g n3 /b 2/3"});
  queue.Ended(steps[3], false);
  CHECK(queue.jobs() == 0);
  // The same workers may be asked for another group.
  REQUIRE(queue.Add(Job("h", {"/a"}, {"n1"})));
  CHECK(Begin(queue) == Texts{"h n1 /a 0/0"});
}

TEST_CASE("of a cancelled job nothing more begins, and what is under way is not wanted", "[warm_up]") {
  LoadQueue queue(1, 10);
  REQUIRE(queue.Add(Job("g", {"/a"}, {"n1", "n2"})));
  REQUIRE(queue.Add(Job("h", {"/b"}, {"n2"})));
  const auto step = queue.Next();
  REQUIRE(step);
  CHECK(queue.Wanted(*step));
  queue.Cancel("g");
  queue.Cancel("nobody");
  CHECK_FALSE(queue.Wanted(*step));
  CHECK(queue.Groups() == Texts{"h"});
  // Its group may not come again before it has ended.
  CHECK_FALSE(queue.Add(Job("g", {"/a"}, {"n1"})));
  queue.Ended(*step, true);
  CHECK(queue.jobs() == 1);
  CHECK(Begin(queue) == Texts{"h n2 /b 0/0"});
  queue.Cancel("h");
  CHECK(queue.Add(Job("g", {"/a"}, {"n1"})));
}

TEST_CASE("only so many jobs wait", "[warm_up]") {
  LoadQueue queue(1, 2);
  CHECK(queue.Add(Job("g", {"/a"}, {"n1"})));
  CHECK_FALSE(queue.Add(Job("g", {"/a"}, {"n1"})));
  CHECK_FALSE(queue.Add(Job("h", {}, {"n1"})));
  CHECK_FALSE(queue.Add(Job("h", {"/a"}, {})));
  CHECK(queue.Add(Job("h", {"/a"}, {"n1"})));
  CHECK_FALSE(queue.Add(Job("i", {"/a"}, {"n1"})));
  queue.Cancel("g");
  CHECK(queue.Add(Job("i", {"/a"}, {"n1"})));
}
