// Questions to the locality index.
#include <algorithm>

#include "alluxio_meta/index/locality_index.h"

namespace locus::meta {

Matches LocalityIndex::Match(const PathPattern& pattern, size_t max_matches) const {
  Matches matches;
  const Node* node = tree_.Find(pattern.literal());
  if (node == nullptr) return matches;
  if (!pattern.is_glob()) {
    matches.nodes.push_back(node);
  } else if (const Folder* folder = node->AsFolder()) {
    size_t visits = 0;
    MatchBelow(*folder, pattern.rest(), max_matches, &visits, &matches);
  }
  return matches;
}

void LocalityIndex::MatchBelow(const Folder& folder, std::span<const NamePattern> rest, size_t max_matches,
                               size_t* visits, Matches* matches) const {
  const NamePattern& pattern = rest.front();
  for (auto it = folder.children.lower_bound(std::string_view(pattern.prefix())); it != folder.children.end(); ++it) {
    const Node& child = **it;
    if (!child.name().starts_with(pattern.prefix()) || matches->truncated) return;
    if (++*visits > kMaxGlobVisits) {
      matches->truncated = true;
      return;
    }
    if (!pattern.Matches(child.name())) continue;
    if (rest.size() > 1) {
      if (const Folder* below = child.AsFolder()) MatchBelow(*below, rest.subspan(1), max_matches, visits, matches);
    } else if (matches->nodes.size() < max_matches) {
      matches->nodes.push_back(&child);
    } else {
      matches->truncated = true;
    }
  }
}

LocalityAnswer LocalityIndex::Ask(const Matches& matches) const {
  LocalityAnswer answer;
  // Where in answer.holders a holder stands, plus one: sums of many matches stay linear.
  std::vector<uint32_t> place(matches.nodes.size() > 1 ? holders_.size() : 0);
  const auto row = [&](HolderId holder) -> HolderTiers& {
    if (place.empty()) {
      if (answer.holders.empty() || answer.holders.back().holder != holder) answer.holders.push_back({holder, {}});
      return answer.holders.back();
    }
    if (place[holder] == 0) {
      answer.holders.push_back({holder, {}});
      place[holder] = static_cast<uint32_t>(answer.holders.size());
    }
    return answer.holders[place[holder] - 1];
  };
  const auto add = [&](const Totals& totals) {
    answer.cached += totals.cached;
    for (const auto& e : totals.holders.entries()) {
      if (holders_[e.holder()].counting) row(e.holder()).bytes[static_cast<size_t>(e.tier())] += e.bytes;
    }
  };
  for (const Node* node : matches.nodes) {
    if (const Folder* folder = node->AsFolder()) {
      answer.length += folder->totals.length;
      answer.files += folder->totals.files;
      answer.blocks += folder->totals.blocks;
      add(folder->totals);
      continue;
    }
    const File& file = *node->AsFile();
    answer.length += file.length;
    answer.files += 1;
    answer.blocks += file.blocks();
    if (file.totals != nullptr) {
      add(*file.totals);
    } else {
      add(Summarize(file));
    }
  }
  std::sort(answer.holders.begin(), answer.holders.end(),
            [](const HolderTiers& a, const HolderTiers& b) { return a.holder < b.holder; });
  return answer;
}

}  // namespace locus::meta
