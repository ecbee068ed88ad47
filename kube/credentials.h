// Who we are for the API server, from files that change while we run: service account tokens live for an hour.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "kube/kubeconfig.h"

namespace locus::kube {

// What one call needs; PEM and token as they are right now.
struct Access {
  std::string server;
  std::string authority_pem;
  std::string token;
  std::string certificate_pem;
  std::string key_pem;
  std::string proxy;
  bool insecure = false;
};

// Where Kubernetes mounts a pod's service account.
inline constexpr const char* kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

// Not thread-safe.
class Credentials {
 public:
  // A kubeconfig file. It and what it names are read at the first Current.
  static Credentials FromKubeconfig(std::string path);
  // The server at `url` without any: kubectl proxy, which says for us who we are.
  static Credentials Anonymous(std::string url);
  // The service account of the pod that we run in. `host` and `port` are KUBERNETES_SERVICE_HOST and _PORT of the
  // environment; the host may be an IPv6 address.
  static Credentials InCluster(const std::string& host, const std::string& port,
                               const std::string& folder = kServiceAccountFolder);

  // Looks at every file, and reads those that have changed. A file that was read once and cannot be read now is taken
  // as it was: it may be just about to be replaced. FAILED_PRECONDITION names the file or field and what to do.
  absl::StatusOr<Access> Current();

 private:
  // A file's text, and how to tell that it has changed.
  struct Kept {
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t bytes = 0;
    int64_t modified_ns = 0;
    std::string text;
  };

  Credentials() = default;
  absl::StatusOr<std::string> Read(const std::string& path);
  absl::StatusOr<std::string> Read(const TextOrFile& source);
  absl::Status LoadKubeconfig();

  // Empty: in a cluster, and `spec_` stands.
  std::string kubeconfig_;
  // What `spec_` was made from.
  std::string parsed_;
  AccessSpec spec_;
  std::string problem_;
  std::map<std::string, Kept> files_;
};

}  // namespace locus::kube
