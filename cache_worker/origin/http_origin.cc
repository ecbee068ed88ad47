#include "cache_worker/origin/http_origin.h"

#include <algorithm>
#include <set>
#include <utility>

#include "cache_worker/origin/http_object.h"
#include "cache_worker/origin/manifest.h"
#include "cache_worker/origin/path.h"
#include "cache_worker/origin/small_file.h"
#include "common/status.h"
#include "common/url.h"

namespace locus::worker {
namespace {

// The token of a file: its first line.
absl::StatusOr<std::string> ReadToken(const std::string& file) {
  LOCUS_ASSIGN_OR_RETURN(std::string token, ReadSmallFile(file));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (token.empty() || !printable) return Unavailable("token_file '" + file + "' does not hold one token");
  return token;
}

// Whether the answer sends us to the same URL with a slash: how servers tell of folders.
bool IsRedirectToFolder(const HttpResponse& response, const std::string& url) {
  const std::string_view to = response.Header("location");
  if (response.status < 300 || response.status >= 400 || !to.ends_with('/')) return false;
  const size_t path = url.find('/', url.find("://") + 3);
  return to == url + "/" || (path != std::string::npos && to == url.substr(path) + "/");
}

}  // namespace

HttpOrigin::HttpOrigin(HttpOriginOptions options, std::unique_ptr<HttpClient> client)
    : options_(std::move(options)), client_(std::move(client)) {}

std::string HttpOrigin::UrlOf(const std::string& path) const {
  return options_.url + "/" + PercentEncodedPath(BelowFolder(path, options_.mount));
}

absl::StatusOr<HttpRequest> HttpOrigin::Make(bool head, const std::string& path, const std::string& range) const {
  HttpRequest request{head, UrlOf(path), {}};
  if (!range.empty()) request.headers.emplace_back("Range", range);
  if (options_.token_file.empty()) return request;
  LOCUS_ASSIGN_OR_RETURN(const std::string token, ReadToken(options_.token_file));
  request.headers.emplace_back("Authorization", "Bearer " + token);
  return request;
}

absl::StatusOr<OriginFile> HttpOrigin::Stat(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  if (path == options_.mount) return InvalidArgument("'" + path + "' is a folder");
  HttpBody none;
  LOCUS_ASSIGN_OR_RETURN(const HttpResponse response, client_->Perform([&] { return Make(true, path, ""); }, none));
  if (response.status == 200) return FileOfHead(client_->server(), path, response);
  if (IsRedirectToFolder(response, UrlOf(path))) return InvalidArgument("'" + path + "' is a folder");
  return PlainRefusal(client_->server(), path, response);
}

absl::Status HttpOrigin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  LOCUS_RETURN_IF_ERROR(CheckPath(content.path));
  LOCUS_RETURN_IF_ERROR(CheckRange(content, offset, size));
  if (size == 0) return absl::OkStatus();
  HttpBody body(to, size);
  LOCUS_ASSIGN_OR_RETURN(const HttpResponse response,
                         client_->Perform([&] { return Make(false, content.path, RangeValue(offset, size)); }, body,
                                          [&](const HttpResponse& answer, const HttpBody& received) {
                                            return CheckRangeAnswer(client_->server(), content, offset, size, answer,
                                                                    received);
                                          }));
  if (response.status == 200 || response.status == 206) return absl::OkStatus();
  // It has become too short for the range.
  if (response.status == 416) return ChangedStatus(content.path);
  const absl::Status refusal = PlainRefusal(client_->server(), content.path, response);
  return absl::IsNotFound(refusal) ? ChangedStatus(content.path) : refusal;
}

absl::StatusOr<std::vector<std::string>> HttpOrigin::Manifest(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  if (options_.manifest.empty()) {
    return absl::UnimplementedError(
        ToAbsl(client_->server() + " cannot be listed: plain HTTP has no listing; set manifest to a file that names "
                                   "all others, or read files by their paths"));
  }
  const std::string itself = JoinPath(options_.mount, options_.manifest);
  std::string text;
  HttpBody body(&text, kMaxManifestBytes);
  LOCUS_ASSIGN_OR_RETURN(const HttpResponse response, client_->Perform([&] { return Make(false, itself, ""); }, body));
  if (response.status != 200) {
    return Unavailable("the manifest: " + MessageOf(PlainRefusal(client_->server(), itself, response)));
  }
  uint64_t skipped = 0;
  LOCUS_ASSIGN_OR_RETURN(std::vector<std::string> paths, ParseManifest(text, options_.mount, &skipped));
  skipped_entries_ += skipped;
  std::erase_if(paths, [&](const std::string& found) { return !IsAtOrBelow(found, path) || found == itself; });
  if (paths.empty() && path != options_.mount) return NotFound("no such path in the manifest: '" + path + "'");
  return paths;
}

bool HttpOrigin::Tell(const std::string& path, const std::function<bool(const OriginFile&)>& visit,
                      absl::Status* status) {
  const absl::StatusOr<OriginFile> file = Stat(path);
  if (file.ok()) return visit(*file);
  if (!absl::IsNotFound(file.status()) && !absl::IsInvalidArgument(file.status())) {
    *status = file.status();
    return false;
  }
  ++skipped_entries_;
  return true;
}

absl::Status HttpOrigin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  LOCUS_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Manifest(path));
  absl::Status status;
  for (const std::string& found : paths) {
    if (!Tell(found, visit, &status)) break;
  }
  return status;
}

absl::Status HttpOrigin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                  const std::function<bool(const std::string&)>& folder) {
  LOCUS_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Manifest(path));
  absl::Status status;
  std::set<std::string> told;
  for (const std::string& found : paths) {
    const std::string_view below = BelowFolder(found, path);
    const size_t slash = below.find('/');
    if (slash == std::string_view::npos) {
      if (!Tell(found, file, &status)) break;
    } else if (std::string child = JoinPath(path, below.substr(0, slash)); told.insert(child).second) {
      if (!folder(child)) break;
    }
  }
  return status;
}

}  // namespace locus::worker
