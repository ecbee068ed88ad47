// Parts of an input's picture in the words that all JSON pages have for them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "extender/locality/picture.h"

namespace locus::extender {

// As in proto/locus/v1: KNOWN, UNKNOWN, INVALID, and PENDING for all that has no answer.
const char* StateWord(InputState state);

// {"MEM":n,"SSD":n,"HDD":n}
nlohmann::ordered_json TiersToJson(const TierBytes& bytes);

// As text. Should a part of it be no UTF-8, which would take a broken peer, that is replaced.
std::string Dump(const nlohmann::ordered_json& json);

}  // namespace locus::extender
