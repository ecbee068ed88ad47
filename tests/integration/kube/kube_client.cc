// The API server's client as the tier `kubernetes` drives it. All that is printed is one JSON value a line.
//   kube_client KUBECONFIG follow nodes|pods   what a reflector tells, until standard input ends; then its figures
//   kube_client KUBECONFIG patch NAMESPACE POD PATCH
//   kube_client KUBECONFIG event NAMESPACE POD UID NOTE
//   kube_client KUBECONFIG lease NAMESPACE NAME HOLDER   an election's calls, those that have to fail included
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/status.h"
#include "kube/credentials.h"
#include "kube/http_collection.h"
#include "kube/http_writer.h"
#include "kube/reflector.h"

namespace locus::kube {
namespace {

using Json = nlohmann::json;

void Print(const Json& json) { std::cout << json.dump() << std::endl; }

Json ToJson(const Resources& resources) {
  return {{"cpu_milli", resources.cpu_milli},
          {"memory", resources.memory_bytes},
          {"pods", resources.pods},
          {"others", resources.others}};
}

Json ToJson(const Node& node) {
  Json taints = Json::array();
  for (const Taint& taint : node.taints) taints.push_back({taint.key, taint.value, taint.effect});
  return {{"name", node.name},
          {"labels", node.labels},
          {"allocatable", ToJson(node.allocatable)},
          {"cordoned", node.cordoned},
          {"taints", taints}};
}

Json ToJson(const Pod& pod) {
  Json owners = Json::array();
  for (const Owner& owner : pod.owners) owners.push_back({owner.kind, owner.name, owner.uid, owner.controller});
  return {{"name", pod.space + "/" + pod.name},
          {"uid", pod.uid},
          {"node", pod.node},
          {"scheduler", pod.scheduler},
          {"labels", pod.labels},
          {"annotations", pod.annotations},
          {"owners", owners},
          {"created", std::chrono::duration_cast<std::chrono::seconds>(pod.created.time_since_epoch()).count()},
          {"deleted", pod.deleted},
          {"finished", pod.finished},
          {"gates", pod.gates},
          {"requests", ToJson(pod.requests)},
          {"node_selector", pod.constraints.node_selector}};
}

Json ToJson(const absl::Status& status) {
  return {{"code", absl::StatusCodeToString(status.code())}, {"message", MessageOf(status)}};
}

template <typename T>
class Printer final : public ReflectorSink<T> {
 public:
  void Begin() override { Print({{"call", "begin"}}); }
  void Page(std::vector<T> objects) override {
    for (const T& object : objects) Print({{"call", "listed"}, {"object", ToJson(object)}});
  }
  void End() override { Print({{"call", "end"}}); }
  void Event(WatchEvent<T> event) override {
    Print({{"call", event.present ? "present" : "gone"}, {"object", ToJson(event.object)}});
  }
};

template <typename T>
int Follow(const std::string& kubeconfig, const std::string& what) {
  const SystemClock clock;
  HttpCollectionOptions options;
  // So that a few objects take some pages, and a test of some seconds some watches.
  options.page_size = 5;
  options.watch_for = std::chrono::seconds(2);
  Printer<T> printer;
  ReflectorOptions reflector_options;
  reflector_options.what = what;
  Reflector<T> reflector(std::make_unique<HttpCollection<T>>(Credentials::FromKubeconfig(kubeconfig), options, clock),
                         reflector_options, clock, &printer);
  reflector.Start();
  for (std::string line; std::getline(std::cin, line);) Print({{"call", "problem"}, {"text", reflector.problem()}});
  reflector.Stop();
  const ReflectorStats stats = reflector.Stats();
  Print({{"call", "stats"},
         {"lists", stats.lists},
         {"watches", stats.watches},
         {"failures", stats.failures},
         {"expired", stats.expired},
         {"events", stats.events}});
  return 0;
}

int Elect(HttpWriter& writer, const std::string& space, const std::string& name, const std::string& holder) {
  const SystemClock clock;
  const auto told = [](const absl::StatusOr<Lease>& lease) {
    Json json = ToJson(lease.status());
    if (lease.ok()) {
      json["holder"] = lease->holder;
      json["version"] = lease->resource_version;
      json["seconds"] = ToSeconds(lease->duration);
      json["transitions"] = lease->transitions;
    }
    Print(json);
  };
  told(writer.GetLease(space, name));
  Lease lease{holder, std::chrono::seconds(10), clock.WallNow(), clock.WallNow(), 0, ""};
  const auto created = writer.PutLease(space, name, lease);
  told(created);
  // Somebody else creates it too.
  told(writer.PutLease(space, name, lease));
  if (created.ok()) lease = *created;
  lease.renewed = clock.WallNow();
  ++lease.transitions;
  const auto renewed = writer.PutLease(space, name, lease);
  told(renewed);
  // Somebody else renews what was read before that.
  told(writer.PutLease(space, name, lease));
  const auto read = writer.GetLease(space, name);
  told(read);
  const bool same = read.ok() && std::chrono::floor<std::chrono::microseconds>(lease.renewed) == read->renewed;
  Print({{"same_time", same}});
  // Given back.
  lease = read.value_or(Lease());
  lease.holder.clear();
  lease.duration = std::chrono::seconds(1);
  told(writer.PutLease(space, name, lease));
  return 0;
}

int Run(const std::vector<std::string>& words) {
  const std::string& kubeconfig = words[0];
  const std::string& verb = words[1];
  if (verb == "follow") {
    return words[2] == "nodes" ? Follow<Node>(kubeconfig, "nodes") : Follow<Pod>(kubeconfig, "pods");
  }
  HttpWriter writer(Credentials::FromKubeconfig(kubeconfig), {});
  if (verb == "lease") return Elect(writer, words.at(2), words.at(3), words.at(4));
  absl::Status status;
  if (verb == "patch") {
    status = writer.PatchPod(words.at(2), words.at(3), words.at(4));
  } else {
    status = writer.CreateEvent({words.at(2), words.at(3), words.at(4), "Normal", "LocalityPlaced", "Placing",
                                 words.at(5), "locus.dev/extender", "extender-0", SystemClock().WallNow()});
  }
  Print(ToJson(status));
  return 0;
}

}  // namespace
}  // namespace locus::kube

int main(int argc, char* argv[]) {
  if (argc < 4) return 2;
  return locus::kube::Run({argv + 1, argv + argc});
}
