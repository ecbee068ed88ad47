#include "extender/http/replies.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace locus::extender {
namespace {

constexpr std::string_view kBeforeNames = R"({"Nodes":null,"NodeNames":)";
constexpr std::string_view kAfterNames = R"(,"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":)";

void AppendName(std::string_view name, bool plain, std::string* to) {
  if (plain) {
    to->push_back('"');
    to->append(name).push_back('"');
  } else {
    AppendJsonText(name, to);
  }
}

// RFC 8259, section 7.
bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

}  // namespace

void AppendJsonText(std::string_view text, std::string* to) {
  constexpr char kHex[] = "0123456789abcdef";
  to->push_back('"');
  for (;;) {
    const auto special = std::find_if(text.begin(), text.end(), NeedsEscape);
    to->append(text.begin(), special);
    if (special == text.end()) break;
    const auto byte = static_cast<unsigned char>(*special);
    if (byte >= 0x20) {
      to->push_back('\\');
      to->push_back(*special);
    } else {
      to->append("\\u00");
      to->push_back(kHex[byte >> 4]);
      to->push_back(kHex[byte & 15]);
    }
    text.remove_prefix(static_cast<size_t>(special - text.begin()) + 1);
  }
  to->push_back('"');
}

std::string FilterPass(std::string_view raw_names) {
  std::string reply;
  reply.reserve(kBeforeNames.size() + raw_names.size() + kAfterNames.size() + 3);
  reply.append(kBeforeNames).append(raw_names).append(kAfterNames).append("\"\"}");
  return reply;
}

std::string FilterSome(const std::vector<std::string_view>& names, const std::vector<bool>& pass, std::string_view text,
                       bool plain_names) {
  std::string refusal = ":";
  AppendJsonText(text, &refusal);
  // Half a megabyte at 5,000 nodes: written once, into memory that is there.
  size_t size = kBeforeNames.size() + kAfterNames.size() + 8;
  for (size_t i = 0; i < names.size(); ++i) size += names[i].size() + 3 + (pass[i] ? 0 : refusal.size());
  std::string reply;
  reply.reserve(size);
  const auto append = [&](bool passed, std::string_view after_name) {
    bool first = true;
    for (size_t i = 0; i < names.size(); ++i) {
      if (pass[i] != passed) continue;
      if (!std::exchange(first, false)) reply.push_back(',');
      AppendName(names[i], plain_names, &reply);
      reply.append(after_name);
    }
  };
  reply.append(kBeforeNames).append("[");
  append(true, "");
  reply.append(R"(],"FailedNodes":{},"FailedAndUnresolvableNodes":{)");
  append(false, refusal);
  reply.append(R"(},"Error":""})");
  return reply;
}

std::string FilterError(std::string_view error) {
  std::string reply;
  reply.append(kBeforeNames).append("null").append(kAfterNames);
  AppendJsonText(error, &reply);
  reply.push_back('}');
  return reply;
}

std::string Priorities(const Verdict& verdict, const std::vector<std::string_view>& names, bool plain_names) {
  using Scored = std::vector<std::pair<uint32_t, int>>;
  Scored holders;
  Scored scored;
  if (verdict.planned) {
    scored.emplace_back(*verdict.planned, kHighestScore);
  } else {
    for (const NodeTerms& node : verdict.nodes) {
      if (node.offered && node.score > 0) holders.emplace_back(*node.offered, node.score);
    }
    std::sort(holders.begin(), holders.end());
    scored.reserve(holders.size() + verdict.near.size());
    std::merge(holders.begin(), holders.end(), verdict.near.begin(), verdict.near.end(), std::back_inserter(scored));
  }
  size_t size = 2;
  for (const auto& [index, score] : scored) size += names[index].size() + 24;
  std::string reply;
  reply.reserve(size);
  reply.push_back('[');
  for (const auto& [index, score] : scored) {
    if (reply.size() > 1) reply.push_back(',');
    reply.append(R"({"Host":)");
    AppendName(names[index], plain_names, &reply);
    reply.append(R"(,"Score":)").append(std::to_string(score)).push_back('}');
  }
  reply.push_back(']');
  return reply;
}

}  // namespace locus::extender
