#include "extender/http/inputs_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "extender/http/decision_json.h"
#include "extender/http/picture_json.h"

namespace locus::extender {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kKept = std::chrono::seconds(1);

using Pictures = std::vector<std::shared_ptr<const InputPicture>>;
using Bytes = std::unordered_map<std::string_view, uint64_t>;
using Names = std::unordered_set<std::string_view>;

// The kShownInputs of which most is cached, by name.
Pictures Shown(Pictures pictures) {
  const auto end = pictures.begin() + static_cast<ptrdiff_t>(std::min(pictures.size(), kShownInputs));
  std::partial_sort(pictures.begin(), end, pictures.end(), [](const auto& a, const auto& b) {
    return a->cached_bytes != b->cached_bytes ? a->cached_bytes > b->cached_bytes : a->input < b->input;
  });
  pictures.erase(end, pictures.end());
  std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) { return a->input < b->input; });
  return pictures;
}

// All that hold a byte of `pictures`, with their bytes. The names are those of `pictures`.
Bytes BytesByNode(const Pictures& pictures) {
  Bytes bytes;
  for (const auto& picture : pictures) {
    for (const NodeBytes& node : picture->nodes) {
      uint64_t& sum = bytes[node.node];
      sum = AddSaturating(sum, Total(node.bytes));
    }
  }
  return bytes;
}

// Those kShownNodes that hold most, by name.
std::vector<std::string_view> Largest(const Bytes& bytes) {
  std::vector<std::pair<std::string_view, uint64_t>> nodes(bytes.begin(), bytes.end());
  const auto end = nodes.begin() + static_cast<ptrdiff_t>(std::min(nodes.size(), kShownNodes));
  std::partial_sort(nodes.begin(), end, nodes.end(), [](const auto& a, const auto& b) {
    return std::pair(b.second, a.first) < std::pair(a.second, b.first);
  });
  std::vector<std::string_view> names;
  for (auto node = nodes.begin(); node != end; ++node) names.push_back(node->first);
  std::sort(names.begin(), names.end());
  return names;
}

Json PictureJson(const InputPicture& picture, const Names& shown) {
  uint64_t unmatched = 0;
  for (const Holder& holder : picture.holders) {
    if (holder.node.empty()) unmatched = AddSaturating(unmatched, Total(holder.bytes));
  }
  Json nodes = Json::array();
  for (const NodeBytes& node : picture.nodes) {
    if (shown.count(node.node) > 0) nodes.push_back(Json{{"node", node.node}, {"bytes", TiersToJson(node.bytes)}});
  }
  const size_t omitted = picture.nodes.size() - nodes.size();
  return Json{{"input", picture.input},
              {"state", StateWord(picture.state)},
              {"problem", picture.problem},
              {"length_bytes", picture.length_bytes},
              {"cached_bytes", picture.cached_bytes},
              {"files", picture.files},
              {"blocks", picture.blocks},
              {"nodes", std::move(nodes)},
              {"nodes_omitted", omitted},
              {"unmatched_bytes", unmatched}};
}

}  // namespace

std::string InputsJson(const FollowedInputs& followed, WallTime now) {
  const Pictures pictures = Shown(followed.pictures);
  const Bytes bytes = BytesByNode(pictures);
  const std::vector<std::string_view> nodes = Largest(bytes);
  const Names shown(nodes.begin(), nodes.end());
  Json json{{"time", FormatTime(now)},
            {"followed", followed.followed},
            {"answered", followed.pictures.size()},
            {"inputs", Json::array()},
            {"inputs_omitted", followed.pictures.size() - pictures.size()},
            {"nodes", Json::array()},
            {"nodes_omitted", bytes.size() - nodes.size()}};
  for (const auto& picture : pictures) json["inputs"].push_back(PictureJson(*picture, shown));
  for (const std::string_view node : nodes) {
    const std::optional<double> load = followed.loads->Find(node);
    json["nodes"].push_back(Json{{"node", node}, {"load", load ? Json(*load) : Json(nullptr)}});
  }
  return Dump(json);
}

std::string InputsPage::Json() {
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  if (!made_ || now - *made_ >= kKept) {
    json_ = InputsJson(locality_.Followed(), clock_.WallNow());
    made_ = now;
  }
  return json_;
}

}  // namespace locus::extender
