// Which API server, and as whom.
#pragma once

#include <optional>
#include <string>

#include "kube/credentials.h"

namespace locus::ctl {

struct KubeAccessHints {
  // What the user has named; at most one.
  std::string kubeconfig;
  std::string api_server;
  // KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT; empty: not set.
  std::string variable;
  std::string home;
  std::string host;
  std::string port;
};

struct KubeAccess {
  // Absent: nothing names an API server.
  std::optional<kube::Credentials> credentials;
  // For messages.
  std::string name;
};

// In this order: what the user has named, the first file of KUBECONFIG, ~/.kube/config where it is there, the service
// account of the pod that we run in.
KubeAccess FindKubeAccess(const KubeAccessHints& hints);

}  // namespace locus::ctl
