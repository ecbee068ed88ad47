#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <tuple>

#include "extender/cluster/cluster_state.h"
#include "tests/unit/extender/cluster/cluster_model.h"
#include "tests/unit/extender/cluster/objects.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kNodes = {"n0", "n1", "n2", "n3"};
constexpr size_t kPods = 15;

// What a pod of that number is, whenever it is made.
kube::Pod AnyPod(size_t number, int variant) {
  const std::string name = "p" + std::string(1, static_cast<char>('a' + number));
  kube::Pod pod;
  if (number < 2) {
    pod = MakeDriver(name, number == 0 ? "app-a" : "app-b");
    if (number == 1 && variant % 2 == 0) pod.annotations.clear();
    if (variant % 3 == 0) pod.annotations["locus.dev/group"] = "joint";
    if (variant % 5 == 0) pod.annotations["locus.dev/policy"] = "wait";
  } else if (number == 2) {
    // A second driver of the application.
    pod = MakeDriver(name, "app-a");
    pod.annotations["locus.dev/inputs"] = "alluxio:///second";
  } else if (number < 8) {
    pod = MakeExecutor(name, number % 2 == 0 ? "app-a" : "app-b");
    if (number == 5) pod.annotations["locus.dev/policy"] = "require";
    if (number == 6) pod = WithInputs(pod, "alluxio:///own");
  } else if (number < 10) {
    pod = MakePod(name);
    pod.owners = {{"Pod", "pa", "uid-pa", true}};
  } else if (number < 12) {
    pod = MakeTask(name, "job-1");
  } else if (number == 12) {
    pod = MakePod(name);
    pod.gates = {"locus.dev/locality"};
  } else {
    pod = MakePod(name);
    if (variant % 4 == 0) pod = WithInputs(pod);
  }
  pod.requests.cpu_milli = 100 * (1 + variant % 7);
  if (variant % 6 == 0) pod.constraints.node_selector["topology.kubernetes.io/zone"] = "z1";
  return pod;
}

kube::Node AnyNode(size_t number, int variant) {
  kube::Node node = MakeNode(kNodes[number], variant % 9 == 0 ? 0 : 4000, variant % 2 == 0 ? "z1" : "z2");
  node.cordoned = variant % 5 == 0;
  return node;
}

struct Step {
  int what;
  size_t pod;
  size_t node;
  int variant;
};
void showValue(const Step& step, std::ostream& os) {
  os << "{" << step.what << ", " << step.pod << ", " << step.node << ", " << step.variant << "}";
}

rc::Gen<Step> AnyStep() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 22), rc::gen::inRange<size_t>(0, kPods),
                                     rc::gen::inRange<size_t>(0, kNodes.size()), rc::gen::inRange(0, 60)),
                      [](const auto& t) {
                        return Step{std::get<0>(t), std::get<1>(t), std::get<2>(t), std::get<3>(t)};
                      });
}

// A cluster, two watches that break and come back, and the two who follow them.
class Twins {
 public:
  Twins() : state_(Options()), model_(Options()) {}

  void Take(const Step& step) {
    const std::string uid = AnyPod(step.pod, 0).uid;
    const auto found = pods_.find(uid);
    kube::Pod* pod = found == pods_.end() ? nullptr : &found->second;
    switch (step.what) {
      case 0:
      case 1:
      case 2: return Change(pod, step);
      case 3:
      case 4:
      case 5:
      case 6:
        if (pod == nullptr || !pod->node.empty() || pod->deleted) return;
        pod->node = kNodes[step.node];
        return Tell(*pod, true);
      case 7:
        if (pod == nullptr || pod->node.empty()) return;
        pod->finished = true;
        return Tell(*pod, true);
      case 8:
        if (pod == nullptr) return;
        pod->deleted = true;
        return Tell(*pod, true);
      case 9: {
        if (pod == nullptr) return;
        const kube::Pod last = *pod;
        pods_.erase(found);
        return Tell(last, false);
      }
      case 10: connected_ = step.variant % 3 != 0 && connected_; return;
      case 11: return List(step.variant);
      case 12:
        nodes_[kNodes[step.node]] = AnyNode(step.node, step.variant);
        return TellNode(nodes_[kNodes[step.node]], true);
      case 13:
        if (step.variant % 2 == 0 || nodes_.erase(kNodes[step.node]) == 0) return;
        return TellNode(MakeNode(kNodes[step.node]), false);
      case 14:
      case 15: now_ += std::chrono::seconds(step.variant % 13); return;
      default: return Assume(step);
    }
  }

  void Compare() {
    const auto groups = model_.Groups();
    const ClusterCounts counts = state_.Counts(Now().steady);
    model_.Expire(Now().steady);
    RC_ASSERT(counts.groups == model_.Groups().size());
    RC_ASSERT(counts.assumed == model_.assumed.size());
    RC_ASSERT(counts.nodes == model_.nodes.size());
    ComparePending();
    CompareBound();
    RC_ASSERT(state_.synced() == (model_.nodes_listed && model_.pods_listed));
    if (!state_.synced()) return;
    for (const auto& [key, members] : model_.Groups()) {
      CompareLook("uid-stranger", key);
      CompareLook(*members.begin(), key);
    }
    CompareLook("uid-stranger", "no/such/group");
    for (size_t i = 0; i < kPods; ++i) CompareRoom(AnyPod(i, 0).uid);
    CompareRoomFor();
  }

 private:
  static ClusterOptions Options() {
    ClusterOptions options;
    options.fresh = 20s;
    options.assume_for = 10s;
    return options;
  }
  Moment Now() const { return {SteadyTime(now_), WallTime(std::chrono::duration_cast<WallTime::duration>(now_))}; }

  void Change(kube::Pod* pod, const Step& step) {
    if (pod == nullptr) {
      kube::Pod made = AnyPod(step.pod, step.variant);
      made.created = Now().wall - std::chrono::seconds(step.variant % 4);
      return Tell(pods_[made.uid] = made, true);
    }
    // Its annotations are edited.
    pod->annotations = AnyPod(step.pod, step.variant).annotations;
    Tell(*pod, true);
  }
  void Tell(const kube::Pod& pod, bool present) {
    if (!connected_) return;
    state_.OnPod({present, pod}, Now());
    model_.Pod(pod, present, Now());
  }
  void TellNode(const kube::Node& node, bool present) {
    if (!connected_) return;
    state_.OnNode({present, node});
    model_.Node(node, present);
  }
  void List(int variant) {
    state_.BeginNodes();
    model_.BeginNodes();
    for (const auto& [name, node] : nodes_) {
      state_.ListNode(node);
      model_.ListNode(node);
    }
    state_.EndNodes();
    model_.EndNodes();
    state_.BeginPods();
    model_.BeginPods();
    // Some lists break off after a few pods.
    int left = variant % 4 == 0 ? 3 : 1000;
    for (const auto& [uid, pod] : pods_) {
      if (left-- == 0) return;
      state_.ListPod(pod, Now());
      model_.ListPod(pod, Now());
    }
    state_.EndPods();
    model_.EndPods();
    connected_ = true;
  }
  void Assume(const Step& step) {
    const kube::Pod pod = AnyPod(step.pod, step.variant);
    // Only pods that look like ours are ever advised.
    if (!ClusterModel::MayBe(pod)) return;
    const auto shown = model_.pods.find(pod.uid);
    if (shown != model_.pods.end() && model_.kept.count(pod.uid) == 0) return;
    const std::string group = model_.GroupKeyOf(pod);
    state_.Assume({pod.space, pod.name, pod.uid}, group, kNodes[step.node], Now().steady);
    model_.Assume(pod.uid, group, kNodes[step.node], Now().steady);
  }

  void ComparePending() {
    std::vector<std::string> got;
    for (const PendingPod& pod : state_.Pending(1000)) {
      const auto text = [&pod](Annotation a) { return pod.annotations[static_cast<size_t>(a)].value_or(""); };
      RC_ASSERT(state_.IsPending(pod.uid));
      got.push_back(pod.uid + " " + text(Annotation::kInputs) + " " + text(Annotation::kPolicy) + " " + pod.group);
    }
    RC_ASSERT(got == model_.Pending());
    RC_ASSERT(state_.Pending(1).size() == std::min<size_t>(got.size(), 1));
  }
  void CompareBound() {
    std::vector<std::string> got;
    for (const auto& bound : state_.TakeBound()) got.push_back(bound.uid + " " + bound.node);
    RC_ASSERT(got == model_.bound);
    model_.bound.clear();
  }
  void CompareLook(const std::string& uid, const std::string& group) {
    const std::vector<std::string_view> names(kNodes.begin(), kNodes.end());
    const Surroundings around = state_.Look({"default", "x", uid}, group, names, Now().steady);
    auto members = model_.Groups()[group];
    members.erase(uid);
    RC_ASSERT(around.group_size == members.size() + 1);
    std::map<std::string, uint32_t> expected, got;
    for (const std::string& member : members) {
      if (const std::string place = model_.PlaceOf(member); !place.empty()) ++expected[place];
    }
    for (const Siblings& siblings : around.siblings) got[siblings.node] += siblings.count;
    RC_ASSERT(got == expected);
    RC_ASSERT(got.size() == around.siblings.size());
    for (size_t i = 0; i < kNodes.size(); ++i) CompareFacts(kNodes[i], around, around.nodes[i]);
  }
  void CompareFacts(const std::string& name, const Surroundings& around, const std::optional<NodeFacts>& facts) {
    const auto node = model_.nodes.find(name);
    RC_ASSERT(facts.has_value() == (node != model_.nodes.end()));
    if (!facts) return;
    const ClusterModel::Use use = model_.UseOf(name, Now().steady);
    const auto cpu = static_cast<double>(node->second.allocatable.cpu_milli);
    const double requested = cpu > 0 ? static_cast<double>(use.cpu) / cpu : 0;
    const double fresh = cpu > 0 ? static_cast<double>(use.fresh) / cpu : 0;
    RC_ASSERT(std::abs(facts->requested - requested) < 1e-9);
    RC_ASSERT(std::abs(facts->fresh - fresh) < 1e-9);
    RC_ASSERT(facts->zone.has_value());
    RC_ASSERT(around.zones->names()[*facts->zone] == node->second.labels.at("topology.kubernetes.io/zone"));
  }
  uint32_t ExpectedRoom(const std::string& name, const kube::Pod& pod) const {
    const auto found = model_.nodes.find(name);
    if (found == model_.nodes.end() || found->second.cordoned) return 0;
    const kube::Node& node = found->second;
    for (const auto& [key, value] : pod.constraints.node_selector) {
      if (node.labels.at(key) != value) return 0;
    }
    // One by one, as a scheduler would.
    ClusterModel::Use use = model_.UseOf(name, SteadyTime(now_), pod.uid);
    uint32_t room = 0;
    while (use.cpu + pod.requests.cpu_milli <= node.allocatable.cpu_milli &&
           use.memory + pod.requests.memory_bytes <= node.allocatable.memory_bytes &&
           use.pods + 1 <= node.allocatable.pods) {
      use.cpu += pod.requests.cpu_milli;
      use.memory += pod.requests.memory_bytes;
      ++use.pods;
      ++room;
    }
    return room;
  }
  void CompareRoom(const std::string& uid) {
    const std::vector<std::string_view> names(kNodes.begin(), kNodes.end());
    const std::vector<uint32_t> room = state_.Room(uid, names, Now().steady);
    const auto shown = model_.pods.find(uid);
    const bool asked = shown != model_.pods.end() && model_.kept.count(uid) > 0 && shown->second.pod.node.empty();
    for (size_t i = 0; i < names.size(); ++i) {
      RC_ASSERT(room[i] == (asked ? ExpectedRoom(kNodes[i], shown->second.pod) : 0));
    }
  }
  void CompareRoomFor() {
    kube::Pod pod = MakePod("none", "", 300);
    std::vector<std::string> got, expected;
    for (const auto& room : state_.RoomFor(300, pod.requests.memory_bytes, Now().steady)) {
      got.push_back(room.node + " " + std::to_string(room.pods));
    }
    for (const auto& [name, node] : model_.nodes)
      expected.push_back(name + " " + std::to_string(ExpectedRoom(name, pod)));
    RC_ASSERT(got == expected);
  }

  ClusterState state_;
  ClusterModel model_;
  // What the API server has.
  std::map<std::string, kube::Node> nodes_;
  std::map<std::string, kube::Pod> pods_;
  // Whether events get through.
  bool connected_ = true;
  std::chrono::nanoseconds now_ = 1000s;
};

}  // namespace

TEST_CASE("the picture equals one that is computed anew from what was shown", "[cluster]") {
  // RapidCheck prints its seed with a failure.
  rc::prop("for any order of events, lost ones, lists and assumptions", [] {
    const auto steps = *rc::gen::scale(2.0, rc::gen::container<std::vector<Step>>(AnyStep()));
    Twins twins;
    for (const Step& step : steps) {
      twins.Take(step);
      twins.Compare();
    }
  });
}
