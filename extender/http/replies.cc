#include "extender/http/replies.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace locus::extender {
namespace {

constexpr std::string_view kBeforeNames = R"({"Nodes":null,"NodeNames":)";
constexpr std::string_view kAfterNames = R"(,"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":)";

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

std::string FilterError(std::string_view error) {
  std::string reply;
  reply.append(kBeforeNames).append("null").append(kAfterNames);
  AppendJsonText(error, &reply);
  reply.push_back('}');
  return reply;
}

std::string Priorities(const Verdict& verdict, const std::vector<std::string_view>& names, bool plain_names) {
  std::vector<std::pair<uint32_t, int>> scored;
  for (const NodeTerms& node : verdict.nodes) {
    if (node.offered && node.score > 0) scored.emplace_back(*node.offered, node.score);
  }
  std::sort(scored.begin(), scored.end());
  std::string reply = "[";
  for (const auto& [index, score] : scored) {
    if (reply.size() > 1) reply.push_back(',');
    reply.append(R"({"Host":)");
    if (plain_names) {
      reply.append("\"").append(names[index]).append("\"");
    } else {
      AppendJsonText(names[index], &reply);
    }
    reply.append(R"(,"Score":)").append(std::to_string(score)).push_back('}');
  }
  reply.push_back(']');
  return reply;
}

}  // namespace locus::extender
