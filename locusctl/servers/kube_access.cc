#include "locusctl/servers/kube_access.h"

#include <filesystem>
#include <system_error>

namespace locus::ctl {
namespace {

KubeAccess FromFile(const std::string& path) {
  return {kube::Credentials::FromKubeconfig(path), "the API server of " + path};
}

}  // namespace

KubeAccess FindKubeAccess(const KubeAccessHints& hints) {
  if (!hints.api_server.empty()) return {kube::Credentials::Anonymous(hints.api_server), hints.api_server};
  if (!hints.kubeconfig.empty()) return FromFile(hints.kubeconfig);
  // kubectl merges several files: the first one is where the current context usually stands.
  if (!hints.variable.empty()) return FromFile(hints.variable.substr(0, hints.variable.find(':')));
  const std::string usual = hints.home + "/.kube/config";
  std::error_code error;
  if (!hints.home.empty() && std::filesystem::exists(usual, error)) return FromFile(usual);
  if (!hints.host.empty()) return {kube::Credentials::InCluster(hints.host, hints.port), "the API server of this pod"};
  return {std::nullopt, ""};
}

}  // namespace locus::ctl
