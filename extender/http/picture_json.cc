#include "extender/http/picture_json.h"

namespace locus::extender {

using Json = nlohmann::ordered_json;

const char* StateWord(InputState state) {
  switch (state) {
    case InputState::kKnown: return "KNOWN";
    case InputState::kUnknown: return "UNKNOWN";
    case InputState::kInvalid: return "INVALID";
    case InputState::kPending:
    case InputState::kOverLimit: break;
  }
  return "PENDING";
}

Json TiersToJson(const TierBytes& bytes) {
  Json json = Json::object();
  for (size_t tier = 0; tier < kTiers; ++tier) json[std::string(kTierNames[tier])] = bytes[tier];
  return json;
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace locus::extender
