#include "locusctl/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace locus::ctl {
namespace {

using Json = nlohmann::ordered_json;

// Words that YAML 1.1, which many parsers still read, takes for truths or nothing.
bool IsPlainKey(const std::string& key) {
  constexpr std::string_view kStart = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  constexpr std::string_view kRest = "0123456789";
  for (const char* word : {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}) {
    if (std::equal(key.begin(), key.end(), word, word + std::char_traits<char>::length(word),
                   [](char a, char b) { return (a | 0x20) == b; })) {
      return false;
    }
  }
  const auto in = [](std::string_view set, char c) { return set.find(c) != std::string_view::npos; };
  return !key.empty() && in(kStart, key[0]) &&
         std::all_of(key.begin(), key.end(), [&](char c) { return in(kStart, c) || in(kRest, c); });
}

// JSON's 1e+20 is a text for YAML 1.1: a number with an exponent needs a point.
std::string NumberText(const Json& number) {
  std::string text = number.dump();
  const size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

void Emit(const Json& value, YAML::Emitter& out) {
  if (value.is_object() && !value.empty()) {
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key;
      if (!IsPlainKey(key)) out << YAML::DoubleQuoted;
      out << key << YAML::Value;
      Emit(member, out);
    }
    out << YAML::EndMap;
  } else if (value.is_array() && !value.empty()) {
    out << YAML::BeginSeq;
    for (const Json& element : value) Emit(element, out);
    out << YAML::EndSeq;
  } else if (value.is_object()) {
    out << YAML::Flow << YAML::BeginMap << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::Flow << YAML::BeginSeq << YAML::EndSeq;
  } else if (value.is_string()) {
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else if (value.is_number()) {
    out << NumberText(value);
  } else if (value.is_boolean()) {
    out << value.get<bool>();
  } else {
    out << YAML::Null;
  }
}

}  // namespace

std::string ToYaml(std::string_view json) {
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return std::string(json);
  YAML::Emitter out;
  out.SetOutputCharset(YAML::EscapeNonAscii);
  Emit(document, out);
  return std::string("---\n") + out.c_str() + "\n";
}

}  // namespace locus::ctl
