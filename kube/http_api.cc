#include "kube/http_api.h"

#include <iterator>
#include <string_view>
#include <utility>

#include "common/status.h"
#include "kube/object_json.h"

namespace locus::kube {
namespace {

// A list whose pages expire three times takes longer than the server keeps them, five minutes.
constexpr int kMaxRestarts = 3;

// RFC 3986, section 2.1: all but unreserved characters.
std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

absl::Status Refused(const HttpAnswer& answer, const std::string& server) {
  const std::string told = ParseStatusMessage(answer.body);
  const std::string what = "the API server at " + server + " answered " + std::to_string(answer.status) +
                           (told.empty() ? "" : " (" + told + ")");
  switch (answer.status) {
    case 400: return InvalidArgument(what + ": correct the label selector");
    case 401:
      return absl::UnauthenticatedError(
          what + ": it does not know us; check token and client certificate, which may have expired");
    case 403:
      return absl::PermissionDeniedError(what + ": bind a ClusterRole with `list` on `nodes` and `pods` to this user");
    case 404: return NotFound(what + ": name the address of an API server");
    case 410: return absl::OutOfRangeError(what);
    default: return Unavailable(what);
  }
}

}  // namespace

HttpApi::HttpApi(Credentials credentials, HttpApiOptions options)
    : credentials_(std::move(credentials)), options_(std::move(options)), client_(options_.user_agent) {}

absl::StatusOr<std::string> HttpApi::Get(const std::string& target) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  LOCUS_ASSIGN_OR_RETURN(HttpAnswer answer,
                         client_.Get(access, target, options_.call_timeout, options_.max_page_bytes));
  if (answer.status != 200) return Refused(answer, access.server);
  return std::move(answer.body);
}

template <typename T, typename Parse>
absl::StatusOr<std::vector<T>> HttpApi::ListOnce(const std::string& path, const std::string& query, Parse parse) {
  std::vector<T> all;
  std::string next;
  do {
    const std::string target = path + "?limit=" + std::to_string(options_.page_size) + query +
                               (next.empty() ? "" : "&continue=" + PercentEncoded(next));
    LOCUS_ASSIGN_OR_RETURN(const std::string body, Get(target));
    LOCUS_ASSIGN_OR_RETURN(ListPage<T> page, parse(body));
    if (page.items.size() > options_.max_items - all.size()) {
      return Exhausted(path + " lists more than " + std::to_string(options_.max_items) + " objects");
    }
    // A server that sends no items and always another page would keep us for ever.
    if (page.items.empty() && !page.next.empty()) return Unavailable(path + " lists an empty page before the last one");
    all.insert(all.end(), std::make_move_iterator(page.items.begin()), std::make_move_iterator(page.items.end()));
    next = std::move(page.next);
  } while (!next.empty());
  return all;
}

template <typename T, typename Parse>
absl::StatusOr<std::vector<T>> HttpApi::List(const std::string& path, const std::string& query, Parse parse) {
  for (int restarts = 0;; ++restarts) {
    absl::StatusOr<std::vector<T>> all = ListOnce<T>(path, query, parse);
    if (all.ok() || all.status().code() != absl::StatusCode::kOutOfRange) return all;
    // The rest of the list expired between two pages: https://kubernetes.io/docs/reference/using-api/api-concepts/.
    if (restarts == kMaxRestarts) return Unavailable(path + ": its pages expire faster than they are read");
  }
}

absl::StatusOr<std::vector<Node>> HttpApi::ListNodes() { return List<Node>("/api/v1/nodes", "", &ParseNodeList); }

absl::StatusOr<std::vector<Pod>> HttpApi::ListPods(const std::string& label_selector) {
  const std::string query = label_selector.empty() ? "" : "&labelSelector=" + PercentEncoded(label_selector);
  return List<Pod>("/api/v1/pods", query, &ParsePodList);
}

}  // namespace locus::kube
