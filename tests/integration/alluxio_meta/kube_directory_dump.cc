// What locus-meta learns of an API server, for the tier `kubernetes` to compare:
// kube_directory_dump KUBECONFIG SELECTOR PAGE_SIZE [HOST...] prints the directory, or why there is none, and the node
// of each host.
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "alluxio_meta/nodes/kube_directory.h"
#include "alluxio_meta/nodes/node_matcher.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "kube/credentials.h"
#include "kube/http_api.h"

namespace locus::meta {
namespace {

using Json = nlohmann::json;

Json ToJson(const NodeDirectory& directory) {
  Json json = {{"nodes", Json::array()}, {"pods", Json::array()}};
  for (const DirectoryNode& node : directory.nodes) {
    Json addresses = Json::array();
    for (const NodeAddress& address : node.addresses) addresses.push_back({address.type, address.address});
    json["nodes"].push_back({{"name", node.name}, {"hostname", node.hostname_label}, {"addresses", addresses}});
  }
  for (const DirectoryPod& pod : directory.pods) {
    json["pods"].push_back({{"namespace", pod.space},
                            {"name", pod.name},
                            {"node", pod.node},
                            {"ips", pod.ips},
                            {"hostname", pod.hostname},
                            {"subdomain", pod.subdomain}});
  }
  return json;
}

int Run(int argc, char* argv[]) {
  kube::HttpApiOptions api;
  api.page_size = static_cast<uint32_t>(std::stoul(argv[3]));
  KubeDirectoryOptions options;
  options.worker_selector = argv[2];
  const SystemClock clock;
  Mutex mutex;
  std::shared_ptr<const NodeDirectory> latest = std::make_shared<NodeDirectory>();
  KubeDirectory directory(std::make_unique<kube::HttpApi>(kube::Credentials::FromKubeconfig(argv[1]), api), options,
                          clock, [&](std::shared_ptr<const NodeDirectory> news) {
                            MutexLock lock(mutex);
                            latest = std::move(news);
                          });
  directory.Start();
  const SteadyTime end = clock.Now() + std::chrono::seconds(30);
  while (directory.Stats().rounds == 0 && clock.Now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  MutexLock lock(mutex);
  Json json = ToJson(*latest);
  json["problem"] = directory.problem();
  const NodeMatcher matcher(*latest);
  for (int i = 4; i < argc; ++i) {
    const NodeMatch match = matcher.Match({argv[i], "", ""});
    json["matches"][argv[i]] = {match.node, match.matched_by};
  }
  std::cout << json.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace locus::meta

int main(int argc, char* argv[]) {
  if (argc < 4) return 2;
  return locus::meta::Run(argc, argv);
}
