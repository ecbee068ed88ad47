// From a kubeconfig file to what a connection needs
// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::kube {

// A text that stands in the configuration, or the file that holds it. Both empty: none.
struct TextOrFile {
  std::string text;
  std::string file;
  bool empty() const { return text.empty() && file.empty(); }
};

// Where an API server is, whom it is trusted by, and who we are.
struct AccessSpec {
  // https://host:port, without a trailing slash.
  std::string server;
  // PEM; empty: the machine's own authorities.
  TextOrFile authority;
  TextOrFile token;
  // PEM; both or neither.
  TextOrFile certificate;
  TextOrFile key;
  // URL; empty: none.
  std::string proxy;
  // Whether the server's certificate goes unchecked.
  bool insecure = false;
};

// Of the current context. Paths in it are relative to `folder`, the kubeconfig's own. INVALID_ARGUMENT names the field,
// and what to write instead; also for ways to log in that need a program or a person (exec, auth-provider, username).
absl::StatusOr<AccessSpec> ParseKubeconfig(std::string_view yaml, const std::string& folder);

}  // namespace locus::kube
