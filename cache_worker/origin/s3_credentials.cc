#include "cache_worker/origin/s3_credentials.h"

#include <algorithm>

#include "common/status.h"

namespace locus::worker {
namespace {

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

void Take(std::string_view line, S3Credentials* credentials) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view name = Trimmed(line.substr(0, equals)), value = Trimmed(line.substr(equals + 1));
  if (name == "aws_access_key_id") credentials->access_key = value;
  if (name == "aws_secret_access_key") credentials->secret_key = value;
  if (name == "aws_session_token") credentials->session_token = value;
}

}  // namespace

absl::Status CheckS3Credentials(const S3Credentials& credentials, std::string_view where) {
  const auto printable = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  };
  const std::string prefix = std::string(where) + " ";
  if (credentials.access_key.empty()) return InvalidArgument(prefix + "lacks aws_access_key_id");
  if (credentials.secret_key.empty()) return InvalidArgument(prefix + "lacks aws_secret_access_key");
  if (!printable(credentials.access_key) || !printable(credentials.session_token)) {
    return InvalidArgument(prefix + "holds characters that no key or token has");
  }
  return absl::OkStatus();
}

absl::StatusOr<S3Credentials> ParseS3Credentials(std::string_view text, std::string_view profile) {
  S3Credentials credentials;
  bool found = false, inside = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = line.back() == ']' && Trimmed(line.substr(1, line.size() - 2)) == profile;
      found = found || inside;
    } else if (inside) {
      Take(line, &credentials);
    }
  }
  const std::string section = "section [" + std::string(profile) + "]";
  if (!found) return InvalidArgument("there is no " + section);
  LOCUS_RETURN_IF_ERROR(CheckS3Credentials(credentials, section));
  return credentials;
}

}  // namespace locus::worker
