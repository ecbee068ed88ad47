#include "common/token_file.h"

#include <strings.h>

#include <algorithm>

#include "common/log.h"
#include "common/status.h"
#include "common/tls_material.h"

namespace locus {
namespace {

constexpr size_t kMinToken = 16;
// A service account's token has about 1200; gRPC takes 8 KiB of metadata in all.
constexpr size_t kMaxToken = 4096;
constexpr size_t kMaxTokens = 64;
constexpr size_t kMaxFileBytes = kMaxTokens * (kMaxToken + 2);

bool IsTokenCharacter(char c) {
  constexpr std::string_view kOthers = "-._~+/=";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

std::string_view Trimmed(std::string_view line) {
  constexpr const char* kBlank = " \t\r";
  const size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) + 1 - first);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseTokens(std::string_view text) {
  std::vector<std::string> tokens;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    if (line.size() < kMinToken || line.size() > kMaxToken) {
      return InvalidArgument(where + "a token has " + std::to_string(kMinToken) + " to " + std::to_string(kMaxToken) +
                             " characters, this one " + std::to_string(line.size()));
    }
    if (!std::all_of(line.begin(), line.end(), IsTokenCharacter)) {
      return InvalidArgument(where + "a token is made of letters, digits and -._~+/=");
    }
    if (tokens.size() == kMaxTokens) return InvalidArgument("more than " + std::to_string(kMaxTokens) + " tokens");
    tokens.emplace_back(line);
  }
  if (tokens.empty()) return InvalidArgument("no token: write one on a line");
  return tokens;
}

std::string_view BearerOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  // RFC 9110, 11.1: schemes are case-insensitive.
  if (authorization.size() <= kScheme.size() ||
      ::strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) {
    return {};
  }
  return Trimmed(authorization.substr(kScheme.size()));
}

TokenFile::TokenFile(const std::string& use, const std::string& path, Metrics& metrics)
    : use_(use),
      path_(path),
      failures_(metrics.GetCounter("locus_token_reload_failures_total",
                                   "Changed token files that were of no use; the earlier tokens stay in use.",
                                   {{"use", use}})) {}

absl::StatusOr<std::shared_ptr<TokenFile>> TokenFile::Open(const std::string& use, const std::string& path,
                                                           Metrics& metrics) {
  std::shared_ptr<TokenFile> file(new TokenFile(use, path, metrics));
  LOCUS_ASSIGN_OR_RETURN(const std::vector<std::string> tokens, file->Read());
  MutexLock lock(file->mutex_);
  file->Take(tokens);
  return file;
}

absl::StatusOr<std::vector<std::string>> TokenFile::Read() const {
  LOCUS_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path_, kMaxFileBytes));
  absl::StatusOr<std::vector<std::string>> tokens = ParseTokens(text);
  if (!tokens.ok()) return Annotate(tokens.status(), path_);
  return tokens;
}

void TokenFile::Take(const std::vector<std::string>& tokens) {
  first_ = tokens.front();
  digests_.clear();
  for (const std::string& token : tokens) digests_.push_back(Sha256(token));
}

bool TokenFile::Accepts(std::string_view token) const {
  if (token.empty() || token.size() > kMaxToken) return false;
  const Digest digest = Sha256(token);
  bool found = false;
  MutexLock lock(mutex_);
  for (const Digest& known : digests_) found = SameDigest(known, digest) || found;
  return found;
}

std::string TokenFile::First() const {
  MutexLock lock(mutex_);
  return first_;
}

void TokenFile::Look() {
  const absl::StatusOr<std::vector<std::string>> tokens = Read();
  MutexLock lock(mutex_);
  const std::string problem = tokens.ok() ? "" : MessageOf(tokens.status());
  if (tokens.ok()) Take(*tokens);
  if (!problem.empty() && problem != problem_) {
    failures_.Increment();
    LogError("a token file is of no use: the earlier tokens stay in use", {{"use", use_}, {"problem", problem}});
  }
  problem_ = problem;
}

}  // namespace locus
