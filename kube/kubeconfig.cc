#include "kube/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include "absl/strings/escaping.h"
#include "common/status.h"

namespace locus::kube {
namespace {

// The text of a field; empty when it is absent or null.
std::string Text(const YAML::Node& node, const char* field) {
  const YAML::Node value = node[field];
  return value && value.IsScalar() ? value.Scalar() : "";
}

// The member `body` of the entry of `list` that is called `name`.
absl::StatusOr<YAML::Node> Named(const YAML::Node& root, const char* list, const char* body, const std::string& name) {
  const YAML::Node entries = root[list];
  for (size_t i = 0; entries && entries.IsSequence() && i < entries.size(); ++i) {
    const YAML::Node entry = entries[i];
    if (entry.IsMap() && Text(entry, "name") == name && entry[body] && entry[body].IsMap()) return entry[body];
  }
  return InvalidArgument(std::string(list) + " has no entry with name '" + name + "' and a " + body);
}

// `<field>-data` in base64, else the file that `field` names.
absl::StatusOr<TextOrFile> DataOrFile(const YAML::Node& node, const std::string& field, const std::string& folder) {
  TextOrFile found;
  const std::string data = Text(node, (field + "-data").c_str());
  if (!data.empty()) {
    if (!absl::Base64Unescape(ToAbsl(data), &found.text) || found.text.empty()) {
      return InvalidArgument(field + "-data is no base64");
    }
    return found;
  }
  found.file = Text(node, field.c_str());
  if (!found.file.empty() && found.file.front() != '/') found.file = folder + "/" + found.file;
  return found;
}

absl::Status ReadCluster(const YAML::Node& cluster, const std::string& folder, AccessSpec* spec) {
  spec->server = Text(cluster, "server");
  while (spec->server.ends_with('/')) spec->server.pop_back();
  if (!spec->server.starts_with("https://") && !spec->server.starts_with("http://")) {
    return InvalidArgument("server is '" + spec->server + "': write https://HOST:PORT");
  }
  if (!Text(cluster, "tls-server-name").empty()) {
    return InvalidArgument("tls-server-name is not supported: name the server as its certificate does");
  }
  LOCUS_ASSIGN_OR_RETURN(spec->authority, DataOrFile(cluster, "certificate-authority", folder));
  spec->insecure = Text(cluster, "insecure-skip-tls-verify") == "true";
  spec->proxy = Text(cluster, "proxy-url");
  return absl::OkStatus();
}

absl::Status ReadUser(const YAML::Node& user, const std::string& folder, AccessSpec* spec) {
  for (const char* field : {"exec", "auth-provider", "username", "password"}) {
    if (user[field]) {
      return InvalidArgument(
          std::string(field) +
          " is not supported: give a service account's token, as `kubectl create token` prints it, or a "
          "client certificate");
    }
  }
  LOCUS_ASSIGN_OR_RETURN(spec->certificate, DataOrFile(user, "client-certificate", folder));
  LOCUS_ASSIGN_OR_RETURN(spec->key, DataOrFile(user, "client-key", folder));
  if (spec->certificate.empty() != spec->key.empty()) {
    return InvalidArgument("client-certificate and client-key belong together: one of them is missing");
  }
  spec->token.file = Text(user, "tokenFile");
  if (spec->token.file.empty()) spec->token.text = Text(user, "token");
  if (!spec->token.file.empty() && spec->token.file.front() != '/') {
    spec->token.file = folder + "/" + spec->token.file;
  }
  return absl::OkStatus();
}

absl::StatusOr<AccessSpec> Read(const YAML::Node& root, const std::string& folder) {
  if (!root.IsMap()) return InvalidArgument("is no kubeconfig");
  const std::string current = Text(root, "current-context");
  if (current.empty()) {
    return InvalidArgument("current-context is not set: run `kubectl config use-context NAME` on it");
  }
  LOCUS_ASSIGN_OR_RETURN(const YAML::Node context, Named(root, "contexts", "context", current));
  const std::string cluster_name = Text(context, "cluster");
  const std::string user_name = Text(context, "user");
  AccessSpec spec;
  LOCUS_ASSIGN_OR_RETURN(const YAML::Node cluster, Named(root, "clusters", "cluster", cluster_name));
  LOCUS_RETURN_IF_ERROR(Annotate(ReadCluster(cluster, folder, &spec), "cluster '" + cluster_name + "'"));
  // A proxy such as `kubectl proxy` wants no user.
  if (user_name.empty()) return spec;
  LOCUS_ASSIGN_OR_RETURN(const YAML::Node user, Named(root, "users", "user", user_name));
  LOCUS_RETURN_IF_ERROR(Annotate(ReadUser(user, folder, &spec), "user '" + user_name + "'"));
  return spec;
}

}  // namespace

absl::StatusOr<AccessSpec> ParseKubeconfig(std::string_view yaml, const std::string& folder) {
  try {
    return Read(YAML::Load(std::string(yaml)), folder);
  } catch (const YAML::Exception& problem) {
    return InvalidArgument("is no kubeconfig: " + std::string(problem.what()));
  }
}

}  // namespace locus::kube
