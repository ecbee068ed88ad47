#include "common/config.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "common/status.h"
#include "common/units.h"
#include "common/utf8.h"
#include "proto/config/v1/rules.pb.h"

namespace locus {
namespace {

// A configuration of a thousand mounts takes a tenth of it.
constexpr size_t kMaxConfigBytes = 1 << 20;
// Beyond it a double does not hold every whole number.
constexpr double kMaxPlainNumber = 9007199254740992.0;

using config::v1::Rule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const Rule& RuleOf(const FieldDescriptor* field) { return field->options().GetExtension(config::v1::rule); }

bool IsDuration(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type() == google::protobuf::Duration::descriptor();
}

// Edit distance, for "did you mean".
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t up = row[j];
      row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

std::string KnownFields(const Descriptor* type, const std::string& wrong) {
  std::string best, all;
  size_t best_distance = 3;
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string& name = type->field(i)->name();
    all += (i == 0 ? "" : ", ") + name;
    if (const size_t d = Distance(name, wrong); d < best_distance) {
      best_distance = d;
      best = name;
    }
  }
  return best.empty() ? "known here: " + all : "did you mean '" + best + "'?";
}

// Walks a message beside a YAML tree and gathers every problem.
class Loader {
 public:
  void Fill(const YAML::Node& yaml, const std::string& path, Message* message) {
    const Descriptor* type = message->GetDescriptor();
    const bool present = yaml.IsDefined() && !yaml.IsNull();
    if (present && !yaml.IsMap()) {
      Problem(path, "must hold fields (name: value)");
      return;
    }
    if (present) CheckKeys(yaml, path, type);
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const std::string field_path = path.empty() ? field->name() : path + "." + field->name();
      const YAML::Node child = present ? yaml[field->name()] : YAML::Node(YAML::NodeType::Undefined);
      const bool given = present && child.IsDefined() && !child.IsNull();
      if (field->is_repeated()) {
        FillRepeated(child, given, field_path, field, message);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsDuration(field)) {
        Fill(given ? child : YAML::Node(YAML::NodeType::Undefined), field_path,
             message->GetReflection()->MutableMessage(message, field));
      } else {
        FillScalar(child, given, field_path, field, message);
      }
    }
  }

  absl::Status Result() const {
    if (problems_.empty()) return absl::OkStatus();
    std::string text;
    for (const std::string& problem : problems_) text += (text.empty() ? "" : "\n") + problem;
    return InvalidArgument(text);
  }

  void Problem(const std::string& path, const std::string& what) {
    problems_.push_back((path.empty() ? "the file" : path) + ": " + what);
  }

 private:
  void CheckKeys(const YAML::Node& yaml, const std::string& path, const Descriptor* type) {
    std::set<std::string> seen;
    for (const auto& entry : yaml) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
      const std::string key_path = path.empty() ? key : path + "." + key;
      if (!seen.insert(key).second) {
        Problem(key_path, "stands twice");
      } else if (type->FindFieldByName(key) == nullptr) {
        Problem(key_path, "unknown field; " + KnownFields(type, key));
      }
    }
  }

  void FillRepeated(const YAML::Node& child, bool given, const std::string& path, const FieldDescriptor* field,
                    Message* message) {
    const Reflection* reflection = message->GetReflection();
    if (given) {
      if (!child.IsSequence()) {
        Problem(path, "must be a list");
        return;
      }
      reflection->ClearField(message, field);
      for (size_t i = 0; i < child.size(); ++i) {
        const std::string item_path = path + "[" + std::to_string(i) + "]";
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Fill(child[i], item_path, reflection->AddMessage(message, field));
        } else if (child[i].IsScalar()) {
          reflection->AddString(message, field, child[i].Scalar());
        } else {
          Problem(item_path, "must be text");
        }
      }
    }
    const Rule& rule = RuleOf(field);
    const auto size = static_cast<uint64_t>(reflection->FieldSize(*message, field));
    CheckLength(size, "entries", rule, path);
  }

  void FillScalar(const YAML::Node& child, bool given, const std::string& path, const FieldDescriptor* field,
                  Message* message) {
    const Rule& rule = RuleOf(field);
    if (given) {
      if (!child.IsScalar()) {
        Problem(path, "must be a single value");
        return;
      }
      Set(child.Scalar(), path, field, message);
      return;
    }
    if (HasValue(field, *message)) return;
    if (!rule.default_().empty()) {
      Set(rule.default_(), path, field, message);
    } else if (rule.required()) {
      Problem(path, "is required");
    }
  }

  static bool HasValue(const FieldDescriptor* field, const Message& message) {
    return message.GetReflection()->HasField(message, field);
  }

  // Parses a number in the notation that the field's unit asks for.
  static absl::StatusOr<double> ParseNumber(const std::string& text, const FieldDescriptor* field) {
    if (IsDuration(field)) {
      LOCUS_ASSIGN_OR_RETURN(const Duration d, ParseDuration(text));
      return static_cast<double>(d.count());
    }
    switch (RuleOf(field).unit()) {
      case config::v1::BYTES: {
        LOCUS_ASSIGN_OR_RETURN(const uint64_t bytes, ParseBytes(text));
        return static_cast<double>(bytes);
      }
      case config::v1::BYTES_PER_SECOND: return ParseBytesPerSecond(text);
      default: break;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = field->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE;
    if (error != std::errc() || end != text.data() + text.size() || !(number - number == 0)) {
      return InvalidArgument("'" + text + "' is not a number");
    }
    if (whole && number != std::floor(number)) return InvalidArgument("'" + text + "' is not a whole number");
    if (whole && std::abs(number) > kMaxPlainNumber) return InvalidArgument("'" + text + "' is too large a number");
    return number;
  }

  void Set(const std::string& text, const std::string& path, const FieldDescriptor* field, Message* message) {
    const Reflection* reflection = message->GetReflection();
    const Rule& rule = RuleOf(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (!IsUtf8(text) || text.find('\0') != std::string::npos) {
        Problem(path, "must be UTF-8 text without NUL");
        return;
      }
      if (rule.one_of_size() > 0 &&
          std::find(rule.one_of().begin(), rule.one_of().end(), text) == rule.one_of().end()) {
        std::string all;
        for (const std::string& word : rule.one_of()) all += (all.empty() ? "" : ", ") + word;
        Problem(path, "'" + text + "' is not one of: " + all);
        return;
      }
      if (rule.one_of_size() == 0) CheckLength(text.size(), "characters", rule, path);
      reflection->SetString(message, field, text);
      return;
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      if (text != "true" && text != "false") {
        Problem(path, "'" + text + "' is neither true nor false");
        return;
      }
      reflection->SetBool(message, field, text == "true");
      return;
    }
    const absl::StatusOr<double> number = ParseNumber(text, field);
    if (!number.ok()) {
      Problem(path, MessageOf(number.status()));
      return;
    }
    const bool low = !rule.min().empty() && *number < ParseNumber(rule.min(), field).value();
    const bool high = !rule.max().empty() && *number > ParseNumber(rule.max(), field).value();
    if (low || high || (rule.min().empty() && *number < 0)) {
      Problem(path, "'" + text + "' is out of range: " + (rule.min().empty() ? "0" : rule.min()) + " to " +
                        (rule.max().empty() ? "any" : rule.max()));
      return;
    }
    StoreNumber(*number, field, message);
  }

  static void StoreNumber(double number, const FieldDescriptor* field, Message* message) {
    const Reflection* reflection = message->GetReflection();
    if (IsDuration(field)) {
      auto* duration = static_cast<google::protobuf::Duration*>(reflection->MutableMessage(message, field));
      const auto ns = static_cast<int64_t>(number);
      duration->set_seconds(ns / 1'000'000'000);
      duration->set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
      return;
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32: return reflection->SetUInt32(message, field, static_cast<uint32_t>(number));
      case FieldDescriptor::CPPTYPE_UINT64: return reflection->SetUInt64(message, field, static_cast<uint64_t>(number));
      case FieldDescriptor::CPPTYPE_DOUBLE: return reflection->SetDouble(message, field, number);
      default: break;  // The schema uses no other kinds; tests/unit/common/config_test.cc walks it.
    }
  }

  void CheckLength(uint64_t length, const char* of, const Rule& rule, const std::string& path) {
    const auto bound = [](const std::string& text, uint64_t otherwise) {
      uint64_t value = otherwise;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    const uint64_t min = bound(rule.min(), 0);
    const uint64_t max = bound(rule.max(), UINT64_MAX);
    if (length >= min && length <= max) return;
    Problem(path, "has " + std::to_string(length) + " " + of + ", allowed are " + std::to_string(min) + " to " +
                      (max == UINT64_MAX ? "any" : std::to_string(max)));
  }

  std::vector<std::string> problems_;
};

// Applies "a.b.0.c=value" to the tree. Returns what is wrong with it, empty when it could be applied.
std::string ApplyOverride(YAML::Node root, const std::string& override_text) {
  const size_t equals = override_text.find('=');
  if (equals == std::string::npos || equals == 0) return "write --set field.field=value";
  std::vector<std::string> parts;
  std::stringstream path(override_text.substr(0, equals));
  for (std::string part; std::getline(path, part, '.');) parts.push_back(part);
  YAML::Node node = root;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (node.IsDefined() && node.IsScalar()) return "'" + parts[i - 1] + "' holds a single value, no fields";
    size_t index = 0;
    const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), index);
    const bool numeric = error == std::errc() && end == parts[i].data() + parts[i].size();
    if (numeric && node.IsMap()) return "'" + parts[i] + "' is a position, but there is no list here";
    if (!numeric && node.IsSequence())
      return "'" + parts[i] + "' is a name, but this is a list: write a position, from 0";
    const size_t size = node.IsSequence() ? node.size() : 0;
    if (numeric && index > size)
      return "the list has " + std::to_string(size) + " entries: the next position is " + std::to_string(size);
    // Assigning through reset() re-points `node`; operator= would overwrite what it names.
    YAML::Node next = numeric ? node[index] : node[parts[i]];
    if (i + 1 == parts.size()) {
      next = override_text.substr(equals + 1);
    }
    node.reset(next);
  }
  return "";
}

}  // namespace

absl::Status ParseConfig(std::string_view yaml, const std::vector<std::string>& overrides, Message* config) {
  if (yaml.size() > kMaxConfigBytes) return InvalidArgument("the file is larger than " + FormatBytes(kMaxConfigBytes));
  if (yaml.find('\0') != std::string_view::npos)
    return InvalidArgument("the file holds a NUL byte: it is no YAML text");
  Loader loader;
  YAML::Node root;
  // yaml-cpp reports by exception: turned into a problem here, at the call.
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() > 1)
      loader.Problem("", "holds " + std::to_string(documents.size()) + " YAML documents, write one");
    if (!documents.empty()) root = documents[0];
    if (!root.IsDefined() || root.IsNull()) root = YAML::Node(YAML::NodeType::Map);
    for (const std::string& text : overrides) {
      const std::string problem = ApplyOverride(root, text);
      if (!problem.empty()) loader.Problem("--set " + text, problem);
    }
    loader.Fill(root, "", config);
  } catch (const YAML::Exception& e) {
    return InvalidArgument("not valid YAML: " + std::string(e.what()));
  }
  return loader.Result();
}

absl::Status LoadConfig(const std::string& path, const std::vector<std::string>& overrides, Message* config) {
  std::string text;
  if (!path.empty()) {
    std::ifstream file(path, std::ios::binary);
    // One byte over the bound tells that there are more. A folder can be opened, but not read.
    text.resize(kMaxConfigBytes + 1);
    if (!file || (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) || file.bad()) {
      return NotFound("cannot read the configuration file '" + path + "': " + std::strerror(errno));
    }
    text.resize(static_cast<size_t>(file.gcount()));
  }
  return ParseConfig(text, overrides, config);
}

std::string ConfigToJson(const Message& config) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // Only an Any of an unknown type can fail, and the schema has none.
  if (!google::protobuf::util::MessageToJsonString(config, &json, options).ok()) return "{}";
  return json;
}

}  // namespace locus
