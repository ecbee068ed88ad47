#include "alluxio_meta/front/caller_executors.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

namespace {

class Nodes final : public WorkerNodes {
 public:
  std::string NodeOf(std::string_view host, std::string_view container_host) const override {
    ++asked;
    if (host == "w1" && container_host == "c1") return "n1";
    return host == "w2" ? "n2" : "";
  }
  mutable int asked = 0;
};

ApplicationPod Executor(const std::string& address, const std::string& host_address) {
  ApplicationPod pod;
  pod.address = address;
  pod.host_address = host_address;
  return pod;
}

std::vector<std::string> List(std::span<const std::string> found) { return {found.begin(), found.end()}; }

}  // namespace

TEST_CASE("executors on the worker's node are beside it", "[front]") {
  auto application = std::make_shared<Application>();
  application->executors = {{"n1", {"a", "b"}}, {"n3", {"c"}}};
  const Nodes nodes;
  CallerExecutors executors(application, nodes);
  CHECK(List(executors.ExecutorsBeside("w1", "c1")) == std::vector<std::string>{"a", "b"});
  CHECK(List(executors.ExecutorsBeside("w1", "other")).empty());
  CHECK(List(executors.ExecutorsBeside("w2", "")).empty());
  CHECK(List(executors.ExecutorsBeside("w3", "")).empty());
}

TEST_CASE("where the worker's node is not known, executors on its host are beside it", "[front]") {
  auto application = std::make_shared<Application>();
  application->pods = {Executor("a", "10.0.0.1"), Executor("b", "10.0.0.1"), Executor("c", "10.0.0.2"),
                       Executor("d", "10.0.0.1"), Executor("e", "10.0.0.1"), Executor("", "10.0.0.1")};
  application->pods[3].ended = true;
  application->pods[4].driver = true;
  const Nodes nodes;
  CallerExecutors executors(application, nodes);
  CHECK(List(executors.ExecutorsBeside("10.0.0.1", "")) == std::vector<std::string>{"a", "b"});
  CHECK(List(executors.ExecutorsBeside("10.0.0.3", "")).empty());
}

TEST_CASE("a worker is looked up once", "[front]") {
  const auto application = std::make_shared<Application>();
  const Nodes nodes;
  CallerExecutors executors(application, nodes);
  for (int i = 0; i < 5; ++i) executors.ExecutorsBeside("w2", "");
  executors.ExecutorsBeside("w2", "c");
  CHECK(nodes.asked == 2);
}
