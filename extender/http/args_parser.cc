#include "extender/http/args_parser.h"

#include <simdjson.h>

#include <cstring>
#include <utility>

#include "extender/cluster/cluster_view.h"
#include "kube/timestamp.h"

namespace locus::extender {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

// A body of 5,000 names is about 230 KiB; what a larger one needed is not kept.
constexpr size_t kKeepBytes = 2 << 20;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameKey(std::string_view key, std::string_view lower_case) {
  if (key.size() != lower_case.size()) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    if (Lower(key[i]) != lower_case[i]) return false;
  }
  return true;
}

// More owners than any controller sets; the rest do not count.
constexpr size_t kMaxOwners = 16;

// `"text"` with blanks after it -> text, escapes and all. False: not a text.
bool Unquote(std::string_view token, std::string_view& text) {
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\t' || token.back() == '\r' || token.back() == '\n')) {
    token.remove_suffix(1);
  }
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  text = token.substr(1, token.size() - 2);
  return true;
}

bool StartsValue(std::string_view token) {
  return !token.empty() && std::string_view("[{-0123456789tfn").find(token.front()) != std::string_view::npos;
}

}  // namespace

struct ArgsParser::Impl {
  ondemand::parser parser;
  std::unique_ptr<char[]> buffer;
  size_t capacity = 0;
  // What a wrong type was found in; constant text.
  const char* wrong = nullptr;
  BadReason bad = BadReason::kWrongType;
  bool has_pod = false;
  bool has_names = false;
  bool has_nodes = false;
  bool stopped = false;

  simdjson::padded_string_view Pad(std::string_view body) {
    if (body.size() + simdjson::SIMDJSON_PADDING > capacity) {
      capacity = body.size() + simdjson::SIMDJSON_PADDING;
      buffer.reset(new char[capacity]);
    }
    std::memcpy(buffer.get(), body.data(), body.size());
    std::memset(buffer.get() + body.size(), 0, simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(buffer.get(), body.size(), capacity);
  }

  error_code Wrong(const char* what) {
    wrong = what;
    return simdjson::INCORRECT_TYPE;
  }

  // null leaves `text` empty.
  error_code ReadText(ondemand::value& value, const char* what, std::string_view& text) {
    const error_code error = value.get_string().get(text);
    if (error != simdjson::INCORRECT_TYPE) return error;
    text = {};
    return NullOr(value, what);
  }

  // For a value of a type that is not wanted.
  error_code NullOr(ondemand::value& value, const char* what) {
    bool null = false;
    if (const error_code error = value.is_null().get(null)) return error;
    return null ? simdjson::SUCCESS : Wrong(what);
  }

  static error_code Present(ondemand::value& value, bool& present) {
    bool null = false;
    const error_code error = value.is_null().get(null);
    present = error == simdjson::SUCCESS && !null;
    return error;
  }

  // Calls f(key, value) for each member; null counts as an empty object.
  template <typename F>
  error_code ForEachMember(ondemand::value& value, const char* what, F f) {
    ondemand::object object;
    if (const error_code error = value.get_object().get(object)) {
      if (error != simdjson::INCORRECT_TYPE) return error;
      return NullOr(value, what);
    }
    return ForEachMember(object, f);
  }

  template <typename F>
  error_code ForEachMember(ondemand::object& object, F f) {
    for (auto field : object) {
      std::string_view key;
      if (const error_code error = field.unescaped_key().get(key)) return error;
      ondemand::value value;
      if (const error_code error = field.value().get(value)) return error;
      if (const error_code error = f(key, value)) return error;
      if (stopped) return simdjson::SUCCESS;
    }
    return simdjson::SUCCESS;
  }

  error_code ReadAnnotation(std::string_view key, ondemand::value& value, PodArgs& pod) {
    if (key == kPlannedNodeAnnotation) return ReadText(value, "an annotation must be a text", pod.planned_node);
    if (key == kWakeAnnotation) return ReadText(value, "an annotation must be a text", pod.wake);
    if (key.substr(0, kAnnotationPrefix.size()) != kAnnotationPrefix) return simdjson::SUCCESS;
    for (size_t i = 0; i < kAnnotations; ++i) {
      if (key.substr(kAnnotationPrefix.size()) != kAnnotationNames[i]) continue;
      std::string_view text;
      if (const error_code error = ReadText(value, "an annotation must be a text", text)) return error;
      pod.annotations[i] = text;
    }
    return simdjson::SUCCESS;
  }

  error_code ReadMetadata(ondemand::value& metadata, PodArgs& pod) {
    return ForEachMember(
        metadata, "Pod.metadata must be an object", [&](std::string_view key, ondemand::value& value) -> error_code {
          if (SameKey(key, "name")) return ReadText(value, "Pod.metadata.name must be a text", pod.name);
          if (SameKey(key, "namespace")) {
            return ReadText(value, "Pod.metadata.namespace must be a text", pod.namespace_name);
          }
          if (SameKey(key, "uid")) return ReadText(value, "Pod.metadata.uid must be a text", pod.uid);
          if (SameKey(key, "annotations")) {
            return ForEachMember(value, "Pod.metadata.annotations must be an object",
                                 [&](std::string_view k, ondemand::value& v) { return ReadAnnotation(k, v, pod); });
          }
          if (SameKey(key, "labels")) {
            return ForEachMember(value, "Pod.metadata.labels must be an object",
                                 [&](std::string_view k, ondemand::value& v) { return ReadLabel(k, v, pod); });
          }
          if (SameKey(key, "ownerreferences")) return ReadOwners(value, pod);
          if (!SameKey(key, "creationtimestamp")) return simdjson::SUCCESS;
          std::string_view text;
          const error_code error = ReadText(value, "Pod.metadata.creationTimestamp must be a text", text);
          if (const auto time = kube::ParseTimestamp(text); time.ok()) pod.created = *time;
          return error;
        });
  }

  error_code ReadLabel(std::string_view key, ondemand::value& value, PodArgs& pod) {
    for (const auto& [label, text] :
         {std::pair{"spark-app-selector", &pod.application}, std::pair{"spark-role", &pod.role},
          std::pair{"spark-exec-resourceprofile-id", &pod.resource_profile}}) {
      if (key == label) return ReadText(value, "a label must be a text", *text);
    }
    return simdjson::SUCCESS;
  }

  error_code ReadOwners(ondemand::value& value, PodArgs& pod) {
    ondemand::array owners;
    if (const error_code error = value.get_array().get(owners)) {
      if (error != simdjson::INCORRECT_TYPE) return error;
      return NullOr(value, "Pod.metadata.ownerReferences must be a list");
    }
    for (auto element : owners) {
      ondemand::value owner;
      if (const error_code error = element.get(owner)) return error;
      std::string_view uid;
      bool controller = false;
      const error_code error = ForEachMember(
          owner, "an owner reference must be an object", [&](std::string_view k, ondemand::value& v) -> error_code {
            if (SameKey(k, "uid")) return ReadText(v, "an owner's uid must be a text", uid);
            // What is no truth value is none: it decides nothing but the group.
            if (SameKey(k, "controller") && v.get_bool().get(controller) != simdjson::SUCCESS) controller = false;
            return simdjson::SUCCESS;
          });
      if (error != simdjson::SUCCESS) return error;
      if (uid.empty() || pod.owners.size() >= kMaxOwners) continue;
      pod.owners.push_back(uid);
      if (controller) pod.controller = uid;
    }
    return simdjson::SUCCESS;
  }

  error_code ReadSpec(ondemand::value& spec, PodArgs& pod) {
    int64_t priority = 0;
    std::string_view policy;
    const error_code error =
        ForEachMember(spec, "Pod.spec must be an object", [&](std::string_view key, ondemand::value& v) -> error_code {
          if (SameKey(key, "preemptionpolicy")) {
            return ReadText(v, "Pod.spec.preemptionPolicy must be a text", policy);
          }
          // What is no number is no priority.
          if (SameKey(key, "priority") && v.get_int64().get(priority) != simdjson::SUCCESS) priority = 0;
          return simdjson::SUCCESS;
        });
    pod.may_evict = priority > 0 && policy != "Never";
    return error;
  }

  error_code ReadPod(ondemand::value& value, PodArgs& pod) {
    pod = PodArgs();
    if (const error_code error = Present(value, has_pod)) return error;
    if (!has_pod) return simdjson::SUCCESS;
    return ForEachMember(value, "Pod must be an object", [&](std::string_view key, ondemand::value& v) -> error_code {
      if (SameKey(key, "metadata")) return ReadMetadata(v, pod);
      return SameKey(key, "spec") ? ReadSpec(v, pod) : simdjson::SUCCESS;
    });
  }

  error_code ReadNames(ondemand::document& document, ondemand::value& value, bool gather, ExtenderArgs& args) {
    args.names.clear();
    args.name_count = 0;
    args.escaped_names = false;
    if (const error_code error = Present(value, has_names)) return error;
    if (!has_names) return simdjson::SUCCESS;
    const char* const begin = value.raw_json_token().data();
    ondemand::array array;
    if (const error_code error = value.get_array().get(array)) {
      return error == simdjson::INCORRECT_TYPE ? Wrong("NodeNames must be a list") : error;
    }
    for (auto element : array) {
      ondemand::value name;
      if (const error_code error = element.get(name)) return error;
      std::string_view text;
      const std::string_view token = name.raw_json_token();
      if (!Unquote(token, text)) {
        return StartsValue(token) ? Wrong("NodeNames must hold only texts") : simdjson::TAPE_ERROR;
      }
      if (gather) args.names.push_back(text);
      ++args.name_count;
    }
    const char* next = nullptr;
    if (const error_code error = document.current_location().get(next)) return error;
    const std::string_view until_next(begin, static_cast<size_t>(next - begin));
    args.raw_names = until_next.substr(0, until_next.find_last_of(']') + 1);
    args.escaped_names = std::memchr(args.raw_names.data(), '\\', args.raw_names.size()) != nullptr;
    if (!args.escaped_names) return simdjson::SUCCESS;
    return UnescapeNames(array, gather, args);
  }

  // Also checks the escapes: they go into the answer as they are.
  error_code UnescapeNames(ondemand::array& array, bool gather, ExtenderArgs& args) {
    args.names.clear();
    bool again = false;
    if (const error_code error = array.reset().get(again)) return error;
    for (auto element : array) {
      std::string_view text;
      if (const error_code error = element.get_string().get(text)) return error;
      if (gather) args.names.push_back(text);
    }
    return simdjson::SUCCESS;
  }

  error_code ReadRoot(simdjson::padded_string_view json, const ChooseWant& choose, ExtenderArgs& args) {
    Want want = Want::kNames;
    ondemand::document document;
    if (const error_code error = parser.iterate(json).get(document)) return error;
    ondemand::object root;
    if (const error_code error = document.get_object().get(root)) return error;
    const error_code error = ForEachMember(root, [&](std::string_view key, ondemand::value& value) -> error_code {
      if (SameKey(key, "pod")) {
        const error_code e = ReadPod(value, args.pod);
        if (e == simdjson::SUCCESS && has_pod) want = choose(args.pod);
        stopped = want == Want::kNothing;
        return e;
      }
      if (SameKey(key, "nodenames")) return ReadNames(document, value, want == Want::kNames, args);
      return SameKey(key, "nodes") ? Present(value, has_nodes) : simdjson::SUCCESS;
    });
    if (error != simdjson::SUCCESS || stopped) return error;
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                          : simdjson::TRAILING_CONTENT;
  }
};

ArgsParser::ArgsParser() : impl_(std::make_unique<Impl>()) {}
ArgsParser::~ArgsParser() = default;

std::optional<BadRequest> ArgsParser::Parse(std::string_view body, const ChooseWant& choose, ExtenderArgs* args) {
  Impl& s = *impl_;
  s.wrong = nullptr;
  s.has_pod = s.has_names = s.has_nodes = s.stopped = false;
  args->pod = PodArgs();
  args->raw_names = {};
  args->names.clear();
  args->name_count = 0;
  args->escaped_names = false;
  const error_code error = s.ReadRoot(s.Pad(body), choose, *args);
  if (s.wrong != nullptr) return BadRequest{BadReason::kWrongType, s.wrong};
  if (error == simdjson::UTF8_ERROR) return BadRequest{BadReason::kNotUtf8, "the body is not UTF-8"};
  if (error != simdjson::SUCCESS) {
    return BadRequest{BadReason::kMalformedJson,
                      std::string("the body is no JSON object: ") + simdjson::error_message(error)};
  }
  if (!s.has_pod) return BadRequest{BadReason::kMissingPod, "Pod is missing"};
  if (s.stopped || s.has_names) return std::nullopt;
  if (s.has_nodes) {
    return BadRequest{BadReason::kNodeObjects,
                      "Nodes came instead of NodeNames: set nodeCacheCapable: true for this extender"};
  }
  return BadRequest{BadReason::kMissingNodeNames, "NodeNames is missing: set nodeCacheCapable: true for this extender"};
}

void ArgsParser::Shrink() {
  if (impl_->capacity > kKeepBytes) impl_ = std::make_unique<Impl>();
}

}  // namespace locus::extender
