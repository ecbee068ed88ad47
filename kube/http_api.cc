#include "kube/http_api.h"

#include <iterator>
#include <utility>

#include "common/status.h"
#include "common/url.h"
#include "kube/object_json.h"
#include "kube/refusal.h"

namespace locus::kube {
namespace {

// A list whose pages expire three times takes longer than the server keeps them, five minutes.
constexpr int kMaxRestarts = 3;

const Advice& ListAdvice() {
  static const Advice advice{"correct the label selector",
                             "bind a ClusterRole with `list` on `nodes` and `pods` to this user",
                             "name the address of an API server"};
  return advice;
}

}  // namespace

HttpApi::HttpApi(Credentials credentials, HttpApiOptions options)
    : credentials_(std::move(credentials)),
      options_(std::move(options)),
      client_(options_.user_agent, options_.server_clock) {}

absl::StatusOr<std::string> HttpApi::Get(const std::string& target) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  HttpRequest request;
  request.target = target;
  request.gzip = true;
  LOCUS_ASSIGN_OR_RETURN(HttpAnswer answer,
                         client_.Call(access, request, {options_.call_timeout, options_.max_page_bytes}));
  if (answer.status != 200) return Refused(answer, access.server, ListAdvice());
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
