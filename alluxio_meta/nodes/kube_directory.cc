#include "alluxio_meta/nodes/kube_directory.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/backoff.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {
namespace {

std::vector<DirectoryNode> FromApi(std::vector<kube::Node> listed) {
  std::vector<DirectoryNode> nodes;
  nodes.reserve(listed.size());
  for (kube::Node& node : listed) {
    DirectoryNode& to = nodes.emplace_back();
    to.name = std::move(node.name);
    to.hostname_label = std::move(node.hostname_label);
    for (kube::NodeAddress& address : node.addresses) {
      to.addresses.push_back({std::move(address.type), std::move(address.address)});
    }
  }
  return nodes;
}

std::vector<DirectoryPod> FromApi(std::vector<kube::Pod> listed) {
  std::vector<DirectoryPod> pods;
  for (kube::Pod& pod : listed) {
    // What is over has given its addresses back, and what has no node yet tells nothing.
    if (pod.finished || pod.node.empty()) continue;
    pods.push_back({std::move(pod.space), std::move(pod.name), std::move(pod.node), std::move(pod.ips),
                    std::move(pod.hostname), std::move(pod.subdomain)});
  }
  // The server's order is that of its store; ours has to be the same for the same pods.
  std::sort(pods.begin(), pods.end());
  return pods;
}

}  // namespace

std::vector<DirectoryNode> MergeKnownNodes(std::vector<DirectoryNode> listed, const std::vector<DirectoryNode>& known) {
  std::map<std::string, DirectoryNode> by_name;
  for (DirectoryNode& node : listed) {
    std::string name = node.name;
    by_name.insert_or_assign(std::move(name), std::move(node));
  }
  for (const DirectoryNode& node : known) {
    const auto [place, fresh] = by_name.try_emplace(node.name, node);
    if (fresh) continue;
    DirectoryNode& merged = place->second;
    merged.addresses.insert(merged.addresses.end(), node.addresses.begin(), node.addresses.end());
    if (merged.hostname_label.empty()) merged.hostname_label = node.hostname_label;
  }
  std::vector<DirectoryNode> nodes;
  nodes.reserve(by_name.size());
  for (auto& [name, node] : by_name) nodes.push_back(std::move(node));
  return nodes;
}

KubeDirectory::KubeDirectory(std::unique_ptr<kube::Api> api, KubeDirectoryOptions options, const Clock& clock,
                             OnChange on_change)
    : api_(std::move(api)),
      options_(std::move(options)),
      clock_(clock),
      on_change_(std::move(on_change)),
      published_(std::make_shared<const NodeDirectory>()) {}

KubeDirectory::~KubeDirectory() { Stop(); }

void KubeDirectory::Start() {
  Publish();
  thread_ = std::thread([this] { Run(); });
}

void KubeDirectory::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  api_->Stop();
  stop_asked_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void KubeDirectory::Run() {
  const Duration longest = std::min(options_.refresh, kMaxRetry);
  Backoff retry(std::min(options_.first_retry, longest), longest, options_.seed);
  for (;;) {
    Duration pause = options_.refresh;
    if (Round()) {
      retry.Reset();
    } else {
      pause = retry.Next();
    }
    MutexLock lock(mutex_);
    if (stop_asked_.WaitFor(mutex_, pause, [this] { return stopping_; })) return;
  }
}

bool KubeDirectory::Round() {
  const SteadyTime nodes_asked = clock_.Now();
  absl::StatusOr<std::vector<kube::Node>> nodes = api_->ListNodes();
  const bool has_nodes = Note(nodes.status(), "nodes", nodes_asked, &node_listing_);
  if (has_nodes) nodes_ = FromApi(*std::move(nodes));

  const SteadyTime pods_asked = clock_.Now();
  absl::StatusOr<std::vector<kube::Pod>> pods = api_->ListPods(options_.worker_selector);
  const bool has_pods = Note(pods.status(), "worker pods", pods_asked, &pod_listing_);
  if (has_pods) pods_ = FromApi(*std::move(pods));

  if (has_nodes || has_pods) Publish();
  MutexLock lock(mutex_);
  ++rounds_;
  return has_nodes && has_pods;
}

bool KubeDirectory::Note(const absl::Status& status, const char* what, SteadyTime asked, Listing* listing) {
  bool first_failure = false;
  bool mended = false;
  {
    MutexLock lock(mutex_);
    if (status.ok()) {
      mended = !listing->problem.empty();
      listing->problem.clear();
      listing->asked = asked;
    } else if (!stopping_) {
      first_failure = listing->problem.empty();
      listing->problem = "cannot list " + std::string(what) + ": " + MessageOf(status);
      ++listing->failures;
    }
  }
  // An outage is told once, not at each attempt.
  if (first_failure) LogWarning("the API server gives no list", {{"of", what}, {"reason", MessageOf(status)}});
  if (mended) LogInfo("the API server gives lists again", {{"of", what}});
  return status.ok();
}

void KubeDirectory::Publish() {
  auto directory = std::make_shared<NodeDirectory>();
  directory->nodes = MergeKnownNodes(nodes_, options_.known);
  directory->pods = pods_;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    node_count_ = directory->nodes.size();
    pod_count_ = directory->pods.size();
  }
  if (*directory == *published_) return;
  published_ = std::move(directory);
  on_change_(published_);
}

KubeDirectoryStats KubeDirectory::Stats() const {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  KubeDirectoryStats stats{rounds_,     node_listing_.failures, pod_listing_.failures, node_count_, pod_count_,
                           std::nullopt};
  if (node_listing_.asked && pod_listing_.asked) {
    stats.age = now - std::min(*node_listing_.asked, *pod_listing_.asked);
  }
  return stats;
}

std::string KubeDirectory::problem() const {
  MutexLock lock(mutex_);
  const std::string& nodes = node_listing_.problem;
  const std::string& pods = pod_listing_.problem;
  return nodes + (nodes.empty() || pods.empty() ? "" : "; ") + pods;
}

}  // namespace locus::meta
