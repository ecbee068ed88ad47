#include "cache_worker/origin/s3_origin.h"

#include <algorithm>
#include <utility>

#include "cache_worker/origin/http_object.h"
#include "cache_worker/origin/path.h"
#include "cache_worker/origin/times.h"
#include "common/status.h"
#include "common/url.h"

namespace locus::worker {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
// A thousand keys of the longest kind, encoded, with all that stands around them.
constexpr size_t kMaxPageBytes = size_t{8} << 20;

}  // namespace

// What a request is about.
struct S3Origin::Question {
  bool head = false;
  // Empty: the bucket.
  std::string key;
  NamedValues query;
  // Value of the header Range; empty: all.
  std::string range;
  // For messages.
  std::string path;
};

S3Origin::S3Origin(S3Options options, std::unique_ptr<HttpClient> client, CredentialSource credentials,
                   const Clock& clock)
    : options_(std::move(options)), client_(std::move(client)), credentials_(std::move(credentials)), clock_(clock) {}

std::string S3Origin::KeyOf(const std::string& path) const {
  return options_.prefix + std::string(BelowFolder(path, options_.mount));
}

std::optional<std::string> S3Origin::PathOf(const std::string& key) {
  if (key.starts_with(options_.prefix)) {
    std::string path = JoinPath(options_.mount, std::string_view(key).substr(options_.prefix.size()));
    if (CheckPath(path).ok() && path != options_.mount) return path;
  }
  ++skipped_entries_;
  return std::nullopt;
}

absl::StatusOr<HttpRequest> S3Origin::Make(const Question& question) const {
  LOCUS_ASSIGN_OR_RETURN(const std::optional<S3Credentials> credentials, credentials_());
  const std::string path = options_.address.path_prefix + PercentEncodedPath(question.key);
  const std::string query = CanonicalQuery(question.query);
  HttpRequest request;
  request.head = question.head;
  request.url = options_.address.server + path + (query.empty() ? "" : "?" + query);
  NamedValues headers = {{"host", options_.address.host}};
  if (!question.range.empty()) headers.emplace_back("range", question.range);
  if (credentials) {
    const std::string now = FormatAmzTime(clock_.WallNow());
    headers.emplace_back("x-amz-content-sha256", kEmptySha256);
    headers.emplace_back("x-amz-date", now);
    if (!credentials->session_token.empty()) headers.emplace_back("x-amz-security-token", credentials->session_token);
    const RequestToSign to_sign{question.head ? "HEAD" : "GET", path, question.query, headers};
    headers.emplace_back("authorization", Authorization(to_sign, *credentials, options_.region, "s3", now));
  }
  request.headers = std::move(headers);
  return request;
}

absl::StatusOr<HttpResponse> S3Origin::Ask(const Question& question, HttpBody& body) {
  absl::StatusOr<HttpResponse> response = client_->Perform([&] { return Make(question); }, body);
  if (!response.ok() || response->status == 200 || response->status == 206) return response;
  return Refusal(question.path, *response);
}

absl::Status S3Origin::Refusal(const std::string& path, const HttpResponse& response) const {
  return S3Refusal({client_->server(), options_.bucket, options_.region}, path, response,
                   ParseS3Error(response.error_text), FormatAmzTime(clock_.WallNow()));
}

absl::StatusOr<OriginFile> S3Origin::Head(const std::string& path) {
  HttpBody none;
  const Question question{true, KeyOf(path), {}, "", path};
  LOCUS_ASSIGN_OR_RETURN(const HttpResponse response, client_->Perform([&] { return Make(question); }, none));
  if (response.status == 200) return FileOfHead(client_->server(), path, response);
  const absl::Status refusal = Refusal(path, response);
  if (absl::IsNotFound(refusal)) return refusal;
  char byte = 0;
  HttpBody small(&byte, 1);
  const absl::Status explained = Ask({false, question.key, {}, RangeValue(0, 1), path}, small).status();
  return explained.ok() || absl::IsNotFound(explained) ? refusal : explained;
}

absl::StatusOr<OriginFile> S3Origin::Stat(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  if (path == options_.mount) return InvalidArgument("'" + path + "' is a folder");
  absl::StatusOr<OriginFile> file = Head(path);
  if (!absl::IsNotFound(file.status())) return file;
  // This also tells a bucket that is not there from a key that is not there.
  LOCUS_ASSIGN_OR_RETURN(const bool is_folder, Pages(path, true, 1, [](const S3Page&) { return false; }));
  if (is_folder) return InvalidArgument("'" + path + "' is a folder");
  return file;
}

absl::StatusOr<bool> S3Origin::Pages(const std::string& path, bool shallow, uint32_t page_size,
                                     const std::function<bool(const S3Page&)>& page) {
  const bool is_root = path == options_.mount;
  Question question{false, "", {}, "", path};
  std::string token;
  for (bool found = is_root;;) {
    question.query = {{"list-type", "2"},
                      {"encoding-type", "url"},
                      {"max-keys", std::to_string(page_size)},
                      {"prefix", is_root ? options_.prefix : KeyOf(path) + "/"}};
    if (shallow) question.query.emplace_back("delimiter", "/");
    if (!token.empty()) question.query.emplace_back("continuation-token", token);
    std::string xml;
    HttpBody body(&xml, kMaxPageBytes);
    const absl::Status asked = Ask(question, body).status();
    if (absl::IsNotFound(asked)) {
      return Unavailable(client_->server() + " answered 404 to a listing of bucket '" + options_.bucket +
                         "', as no S3 server does: check endpoint, bucket and path_style");
    }
    LOCUS_RETURN_IF_ERROR(asked);
    const absl::StatusOr<S3Page> parsed = ParseS3Page(xml);
    if (!parsed.ok()) return Unavailable(client_->server() + " sent " + MessageOf(parsed.status()));
    found = found || !parsed->objects.empty() || !parsed->prefixes.empty();
    if (!page(*parsed) || parsed->next_token.empty()) return found;
    if (parsed->next_token == token) return Unavailable(client_->server() + " sent the same page of a listing twice");
    token = parsed->next_token;
  }
}

bool S3Origin::TellObjects(const S3Page& page, const std::function<bool(const OriginFile&)>& visit) {
  for (const S3Object& object : page.objects) {
    const std::optional<std::string> path = PathOf(object.key);
    if (!path) continue;
    if (!visit({*path, object.size, object.modified_s * kNsPerSecond, VersionOfTag(object.etag)})) return false;
  }
  return true;
}

absl::Status S3Origin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  absl::Status no_file = NotFound("no such path at the under-store: '" + path + "'");
  // S3 allows a key and keys below it.
  if (path != options_.mount) {
    const absl::StatusOr<OriginFile> itself = Head(path);
    if (!itself.ok() && !absl::IsNotFound(itself.status())) return itself.status();
    if (itself.ok()) {
      if (!visit(*itself)) return absl::OkStatus();
      no_file = absl::OkStatus();
    }
  }
  LOCUS_ASSIGN_OR_RETURN(const bool is_folder, Pages(path, false, options_.page_size,
                                                     [&](const S3Page& page) { return TellObjects(page, visit); }));
  return is_folder ? absl::OkStatus() : no_file;
}

absl::Status S3Origin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                const std::function<bool(const std::string&)>& folder) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  const auto tell = [&](const S3Page& page) {
    for (const std::string& prefix : page.prefixes) {
      const std::optional<std::string> below = PathOf(prefix.substr(0, std::max<size_t>(1, prefix.size()) - 1));
      if (below && !folder(*below)) return false;
    }
    return TellObjects(page, file);
  };
  LOCUS_ASSIGN_OR_RETURN(const bool is_folder, Pages(path, true, options_.page_size, tell));
  if (is_folder) return absl::OkStatus();
  LOCUS_ASSIGN_OR_RETURN(const OriginFile itself, Head(path));
  file(itself);
  return absl::OkStatus();
}

absl::Status S3Origin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  LOCUS_RETURN_IF_ERROR(CheckPath(content.path));
  LOCUS_RETURN_IF_ERROR(CheckRange(content, offset, size));
  if (size == 0) return absl::OkStatus();
  HttpBody body(to, size);
  const Question question{false, KeyOf(content.path), {}, RangeValue(offset, size), content.path};
  LOCUS_ASSIGN_OR_RETURN(const HttpResponse response,
                         client_->Perform([&] { return Make(question); }, body,
                                          [&](const HttpResponse& answer, const HttpBody& received) {
                                            return CheckRangeAnswer(client_->server(), content, offset, size, answer,
                                                                    received);
                                          }));
  if (response.status == 200 || response.status == 206) return absl::OkStatus();
  // It has become too short for the range.
  if (response.status == 416) return ChangedStatus(content.path);
  const absl::Status refusal = Refusal(content.path, response);
  return absl::IsNotFound(refusal) ? ChangedStatus(content.path) : refusal;
}

}  // namespace locus::worker
