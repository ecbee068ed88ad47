#include "kube/http_collection.h"

#include <string_view>
#include <utility>

#include "common/status.h"
#include "common/url.h"
#include "kube/object_json.h"
#include "kube/refusal.h"

namespace locus::kube {
namespace {

template <typename T>
struct Kind;

template <>
struct Kind<Node> {
  static constexpr const char* kPath = "/api/v1/nodes";
  static constexpr const char* kPlural = "nodes";
  static constexpr auto kParseList = &ParseNodeList;
  static constexpr auto kParseFrame = &ParseNodeFrame;
};

template <>
struct Kind<Pod> {
  static constexpr const char* kPath = "/api/v1/pods";
  static constexpr const char* kPlural = "pods";
  static constexpr auto kParseList = &ParsePodList;
  static constexpr auto kParseFrame = &ParsePodFrame;
};

template <typename T>
const Advice& AdviceFor() {
  static const Advice advice{
      "correct the label or field selector",
      "bind a ClusterRole with `list` and `watch` on `" + std::string(Kind<T>::kPlural) + "` to this user",
      "name the address of an API server"};
  return advice;
}

}  // namespace

template <typename T>
HttpCollection<T>::HttpCollection(Credentials credentials, HttpCollectionOptions options, const Clock& clock)
    : credentials_(std::move(credentials)),
      options_(std::move(options)),
      clock_(clock),
      random_(options_.seed),
      client_(options_.user_agent, options_.server_clock) {}

template <typename T>
std::string HttpCollection<T>::Selectors() const {
  std::string query;
  if (!options_.label_selector.empty()) query += "&labelSelector=" + PercentEncoded(options_.label_selector);
  if (!options_.field_selector.empty()) query += "&fieldSelector=" + PercentEncoded(options_.field_selector);
  return query;
}

template <typename T>
absl::StatusOr<std::string> HttpCollection<T>::List(const std::function<void(std::vector<T>)>& page) {
  const std::string first = std::string(Kind<T>::kPath) + "?limit=" + std::to_string(options_.page_size) + Selectors();
  HttpRequest request;
  request.target = first;
  request.gzip = true;
  size_t items = 0;
  uint32_t empty_pages = 0;
  for (;;) {
    LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
    LOCUS_ASSIGN_OR_RETURN(const HttpAnswer answer,
                           client_.Call(access, request, {options_.call_timeout, options_.max_page_bytes}));
    if (answer.status != 200) return Refused(answer, access.server, AdviceFor<T>());
    LOCUS_ASSIGN_OR_RETURN(ListPage<T> parsed, Kind<T>::kParseList(answer.body));
    if (parsed.version.empty()) {
      return InvalidArgument("what answers is no API server: its list of " + std::string(Kind<T>::kPlural) +
                             " has no metadata.resourceVersion to watch from");
    }
    items += parsed.items.size();
    if (items > options_.max_items) {
      return Exhausted("there are more than " + std::to_string(options_.max_items) + " " + Kind<T>::kPlural);
    }
    empty_pages = parsed.items.empty() ? empty_pages + 1 : 0;
    if (empty_pages > options_.max_empty_pages) {
      return Unavailable(std::string(Kind<T>::kPath) + " lists empty pages without end");
    }
    page(std::move(parsed.items));
    if (parsed.next.empty()) return std::move(parsed.version);
    request.target = first + "&continue=" + PercentEncoded(parsed.next);
  }
}

template <typename T>
absl::Status HttpCollection<T>::Watch(std::string* version, const std::function<void(WatchEvent<T>)>& event,
                                      const std::function<void()>& heard) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.watch_for).count();
  const auto timeout = std::uniform_int_distribution<int64_t>(seconds, 2 * seconds)(random_);
  HttpRequest request;
  request.target = std::string(Kind<T>::kPath) +
                   "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(timeout) +
                   "&resourceVersion=" + PercentEncoded(*version) + Selectors();
  absl::Status broken;
  StreamSink sink;
  sink.opened = heard;
  sink.line = [&](std::string_view line) {
    absl::StatusOr<WatchFrame<T>> frame = Kind<T>::kParseFrame(line);
    using FrameKind = typename WatchFrame<T>::Kind;
    if (!frame.ok()) {
      broken = frame.status();
    } else if (frame->kind == FrameKind::kError) {
      broken = Refused(frame->refusal, access.server, AdviceFor<T>());
    } else {
      if (frame->kind != FrameKind::kBookmark) {
        event({frame->kind == FrameKind::kPresent, std::move(frame->object)});
      }
      // Only now: an event that is not delivered is asked for again.
      *version = std::move(frame->version);
      heard();
    }
    return broken.ok();
  };
  const StreamLimits limits{options_.call_timeout, options_.silent_after, options_.max_event_bytes};
  LOCUS_ASSIGN_OR_RETURN(const HttpAnswer answer, client_.Stream(access, request, limits, clock_, sink));
  if (answer.status != 200) return Refused(answer, access.server, AdviceFor<T>());
  return broken;
}

template class HttpCollection<Node>;
template class HttpCollection<Pod>;

}  // namespace locus::kube
