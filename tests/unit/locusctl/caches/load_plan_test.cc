#include "locusctl/caches/load_plan.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "common/status.h"

using namespace locus::ctl;

namespace {

std::vector<LoadWorker> Three() {
  return {{"node-c", "10.0.0.3", "10.0.0.3:8920", true},
          {"node-a", "10.0.0.1", "10.0.0.1:8920", true},
          {"node-b", "10.0.0.2", "10.0.0.2:8920", true}};
}

std::vector<std::string> Names(const std::vector<LoadWorker>& workers) {
  std::vector<std::string> names;
  for (const LoadWorker& worker : workers) names.push_back(NameOf(worker));
  return names;
}

}  // namespace

TEST_CASE("all live workers take part, in one order whoever asks", "[locusctl]") {
  auto known = Three();
  known.push_back({"", "10.0.0.9", "10.0.0.9:8920", true});
  known.push_back({"node-d", "10.0.0.4", "10.0.0.4:8920", false});
  CHECK(Names(*ChooseWorkers(known, {})) == std::vector<std::string>{"10.0.0.9:8920", "node-a", "node-b", "node-c"});
  CHECK(ChooseWorkers({}, {})->empty());
}

TEST_CASE("workers are named by node, host or address", "[locusctl]") {
  CHECK(Names(*ChooseWorkers(Three(), {"node-c", "10.0.0.1"})) == std::vector<std::string>{"node-a", "node-c"});
  CHECK(Names(*ChooseWorkers(Three(), {"10.0.0.2:8920", "node-b"})) == std::vector<std::string>{"node-b"});
}

TEST_CASE("a name that nobody has, or that is lost, is told with those there are", "[locusctl]") {
  const auto none = ChooseWorkers(Three(), {"node-x"});
  CHECK(absl::IsNotFound(none.status()));
  CHECK(locus::MessageOf(none.status()) == "no worker is called 'node-x'; there are node-a, node-b, node-c");
  auto known = Three();
  known[0].live = false;
  CHECK(locus::MessageOf(ChooseWorkers(known, {"node-c"}).status()) ==
        "the worker of 'node-c' is lost; there are node-a, node-b");
  CHECK(locus::MessageOf(ChooseWorkers({}, {"x"}).status()) == "no worker is called 'x'; there are none");
}

TEST_CASE("lost workers take part where they are wanted", "[locusctl]") {
  auto known = Three();
  known[0].live = false;
  CHECK(Names(*ChooseWorkers(known, {})) == std::vector<std::string>{"node-a", "node-b"});
  CHECK(Names(*ChooseWorkers(known, {}, Lost::kTaken)) == std::vector<std::string>{"node-a", "node-b", "node-c"});
  CHECK(Names(*ChooseWorkers(known, {"node-c"}, Lost::kTaken)) == std::vector<std::string>{"node-c"});
}

// Which workers load position p of the files in path order, by the meaning of shards in LoadRequest.
TEST_CASE("each file goes to as many workers as wanted, and each worker gets as many files", "[locusctl]") {
  for (const size_t workers : {1u, 2u, 3u, 5u, 8u, 20u}) {
    for (uint32_t replicas = 1; replicas <= std::min<size_t>(workers, kMaxReplicas); ++replicas) {
      INFO(workers << " workers, " << replicas << " replicas");
      const auto parts = DivideLoad(workers, replicas);
      REQUIRE(parts.ok());
      std::map<size_t, int> files_of;
      for (uint32_t position = 0; position < 10 * workers; ++position) {
        std::set<size_t> holders;
        for (const LoadPart& part : *parts) {
          if (part.shards != 0 && position % part.shards != part.shard) continue;
          CHECK(holders.insert(part.worker).second);
          ++files_of[part.worker];
        }
        CHECK(holders.size() == replicas);
      }
      for (const auto& [worker, files] : files_of) CHECK(files == static_cast<int>(10 * replicas));
      CHECK(files_of.size() == workers);
    }
  }
}

TEST_CASE("on all workers each loads everything in one part", "[locusctl]") {
  CHECK(*DivideLoad(2, 2) == std::vector<LoadPart>{{0, 0, 0}, {1, 0, 0}});
  CHECK(DivideLoad(20, 20)->size() == 20);
}

TEST_CASE("more copies than workers, or than a worker loads at once, are refused", "[locusctl]") {
  CHECK(locus::MessageOf(DivideLoad(3, 4).status()) == "--replicas: 4 copies need as many workers; there are 3");
  CHECK(locus::MessageOf(DivideLoad(20, 9).status()) == "--replicas: at most 8, or as many as there are workers");
}

TEST_CASE("workers load a file or a folder by its path, no glob", "[locusctl]") {
  const std::vector<MountedUri> mounts = {{"/warehouse", "s3a://bucket/warehouse/"}};
  CHECK(*LoadPath("/a//b/", mounts) == "/a/b");
  CHECK(*LoadPath("s3a://bucket/warehouse/events", mounts) == "/warehouse/events");
  CHECK(absl::IsNotFound(LoadPath("s3a://other/x", mounts).status()));
  CHECK(absl::IsInvalidArgument(LoadPath("/a/*.csv", mounts).status()));
  CHECK(absl::IsInvalidArgument(LoadPath("alluxio:///a/[0-9]", mounts).status()));
}
