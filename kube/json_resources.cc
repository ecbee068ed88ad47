#include "kube/json_resources.h"

#include <string>

#include "kube/quantity.h"

namespace locus::kube {

Resources ReadResources(JsonValue value) {
  Resources resources;
  ForEachMember(value, [&](std::string_view name, JsonValue amount) {
    const std::string text = JsonText(amount);
    if (name == "cpu") {
      resources.cpu_milli = OrThrow(ParseMilliQuantity(text));
    } else if (name == "memory") {
      resources.memory_bytes = OrThrow(ParseQuantity(text));
    } else if (name == "pods") {
      resources.pods = OrThrow(ParseQuantity(text));
    } else {
      resources.others[std::string(name)] = OrThrow(ParseQuantity(text));
    }
  });
  return resources;
}

}  // namespace locus::kube
