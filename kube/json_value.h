// simdjson as the readers of objects use it: null counts as absent. What has another type than expected, and what a
// reader takes for nonsense, is thrown; ReadJson catches.
#pragma once

#include <simdjson.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/status.h"

namespace locus::kube {

using JsonValue = simdjson::ondemand::value;
using JsonObject = simdjson::ondemand::object;

// A reader's own reason.
class JsonProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `read(root)`, a JsonObject. What is wrong with `json`, or nothing.
template <typename F>
std::optional<std::string> ReadJson(std::string_view json, F read) {
  try {
    const simdjson::padded_string padded(json);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document = parser.iterate(padded);
    // Not its value: simdjson takes a value for one below the root, and asking it for null is then undefined.
    read(JsonObject(document.get_object()));
  } catch (const simdjson::simdjson_error& error) {
    return error.what();
  } catch (const JsonProblem& problem) {
    return problem.what();
  }
  return std::nullopt;
}

// What a parser of texts says, or its reason thrown.
template <typename T>
T OrThrow(absl::StatusOr<T> parsed) {
  if (!parsed.ok()) throw JsonProblem(MessageOf(parsed.status()));
  return *std::move(parsed);
}

// `f(key, value)` for each member of an object.
template <typename F>
void ForEachMember(JsonObject object, F f) {
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    f(key, JsonValue(field.value()));
  }
}

template <typename F>
void ForEachMember(JsonValue value, F f) {
  if (value.is_null()) return;
  ForEachMember(JsonObject(value.get_object()), f);
}

// `f(value)` for each item of an array.
template <typename F>
void ForEachItem(JsonValue value, F f) {
  if (value.is_null()) return;
  for (auto item : value.get_array()) f(JsonValue(item.value()));
}

inline std::string JsonText(JsonValue value) {
  if (value.is_null()) return "";
  return std::string(std::string_view(value.get_string()));
}

inline bool JsonBool(JsonValue value) { return !value.is_null() && bool(value.get_bool()); }

inline std::map<std::string, std::string> JsonTexts(JsonValue value) {
  std::map<std::string, std::string> texts;
  ForEachMember(
      value, [&](std::string_view key, JsonValue text) { texts.insert_or_assign(std::string(key), JsonText(text)); });
  return texts;
}

}  // namespace locus::kube
