#include "kube/credentials.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::kube {
namespace {

// A bundle of all public authorities takes a fifth of it.
constexpr uint64_t kMaxFileBytes = 1 << 20;

absl::Status Unfit(const std::string& text) { return absl::FailedPreconditionError(text); }

void Trim(std::string& text) {
  const char* const blanks = " \t\r\n";
  text.erase(text.find_last_not_of(blanks) + 1);
  text.erase(0, text.find_first_not_of(blanks));
}

// RFC 6750, section 2.1, and nothing that would end a header line.
bool IsHeaderText(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

Credentials Credentials::FromKubeconfig(std::string path) {
  Credentials credentials;
  credentials.kubeconfig_ = std::move(path);
  return credentials;
}

Credentials Credentials::Anonymous(std::string url) {
  Credentials credentials;
  while (!url.empty() && url.back() == '/') url.pop_back();
  credentials.spec_.server = std::move(url);
  return credentials;
}

Credentials Credentials::InCluster(const std::string& host, const std::string& port, const std::string& folder) {
  Credentials credentials;
  if (host.empty() || port.empty()) {
    credentials.problem_ =
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a kubeconfig instead";
  }
  const bool v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  credentials.spec_.server = "https://" + (v6 ? "[" + host + "]" : host) + ":" + port;
  credentials.spec_.authority.file = folder + "/ca.crt";
  credentials.spec_.token.file = folder + "/token";
  return credentials;
}

absl::StatusOr<std::string> Credentials::Read(const std::string& path) {
  const auto kept = files_.find(path);
  const auto failed = [&](const std::string& why) -> absl::StatusOr<std::string> {
    if (kept != files_.end()) return kept->second.text;
    return Unfit("cannot read " + path + ": " + why);
  };
  struct ::stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return failed(std::strerror(errno));
  const auto bytes = static_cast<uint64_t>(facts.st_size);
  if (!S_ISREG(facts.st_mode)) return failed("it is no file");
  if (bytes > kMaxFileBytes) return failed("it has more than 1 MiB");
  Kept now{facts.st_dev, facts.st_ino, bytes, facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec, ""};
  if (kept != files_.end() && kept->second.device == now.device && kept->second.inode == now.inode &&
      kept->second.bytes == now.bytes && kept->second.modified_ns == now.modified_ns) {
    return kept->second.text;
  }
  std::ifstream file(path, std::ios::binary);
  now.text.resize(bytes);
  file.read(now.text.data(), static_cast<std::streamsize>(bytes));
  if (!file || file.gcount() != static_cast<std::streamsize>(bytes)) return failed("it cannot be opened or has shrunk");
  // Half of a file that is being written is no news.
  if (now.text.empty() && kept != files_.end()) return kept->second.text;
  Kept& place = files_[path];
  place = std::move(now);
  return place.text;
}

absl::StatusOr<std::string> Credentials::Read(const TextOrFile& source) {
  if (source.file.empty()) return source.text;
  return Read(source.file);
}

absl::Status Credentials::LoadKubeconfig() {
  LOCUS_ASSIGN_OR_RETURN(std::string text, Read(kubeconfig_));
  if (!parsed_.empty() && text == parsed_) return absl::OkStatus();
  const size_t slash = kubeconfig_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : kubeconfig_.substr(0, slash);
  absl::StatusOr<AccessSpec> spec = ParseKubeconfig(text, folder);
  if (!spec.ok()) return Unfit(kubeconfig_ + ": " + MessageOf(spec.status()));
  if (spec->insecure) {
    LogWarning("the API server's certificate is not checked: anybody on the way can read our token",
               {{"kubeconfig", kubeconfig_}, {"because", "insecure-skip-tls-verify"}});
  }
  spec_ = *std::move(spec);
  parsed_ = std::move(text);
  return absl::OkStatus();
}

absl::StatusOr<Access> Credentials::Current() {
  if (!problem_.empty()) return Unfit(problem_);
  if (!kubeconfig_.empty()) LOCUS_RETURN_IF_ERROR(LoadKubeconfig());
  Access access;
  access.server = spec_.server;
  access.proxy = spec_.proxy;
  access.insecure = spec_.insecure;
  LOCUS_ASSIGN_OR_RETURN(access.authority_pem, Read(spec_.authority));
  LOCUS_ASSIGN_OR_RETURN(access.certificate_pem, Read(spec_.certificate));
  LOCUS_ASSIGN_OR_RETURN(access.key_pem, Read(spec_.key));
  LOCUS_ASSIGN_OR_RETURN(access.token, Read(spec_.token));
  Trim(access.token);
  if (!IsHeaderText(access.token)) {
    return Unfit("the token for " + spec_.server + (spec_.token.file.empty() ? "" : " in " + spec_.token.file) +
                 " has blanks or control characters: it is no bearer token");
  }
  return access;
}

}  // namespace locus::kube
