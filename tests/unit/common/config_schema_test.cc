// Walks every configuration schema: what common/config takes for granted about the rules holds for each field.
#include <google/protobuf/duration.pb.h>

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <set>

#include "common/config.h"
#include "common/status.h"
#include "common/units.h"
#include "proto/config/v1/extender.pb.h"
#include "proto/config/v1/meta.pb.h"
#include "proto/config/v1/rules.pb.h"
#include "proto/config/v1/worker.pb.h"

using namespace locus;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

const config::v1::Rule& RuleOf(const FieldDescriptor& field) { return field.options().GetExtension(config::v1::rule); }

bool IsDuration(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Duration";
}

bool IsGroup(const FieldDescriptor& field) { return field.message_type() != nullptr && !IsDuration(field); }

// Every field below a message, groups included, each once.
void Walk(const Descriptor* type, const std::function<void(const FieldDescriptor&)>& visit,
          std::set<const Descriptor*>* seen) {
  if (!seen->insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    visit(*type->field(i));
    if (IsGroup(*type->field(i))) Walk(type->field(i)->message_type(), visit, seen);
  }
}

void WalkAll(const std::function<void(const FieldDescriptor&)>& visit) {
  std::set<const Descriptor*> seen;
  for (const Descriptor* type :
       {config::v1::Extender::descriptor(), config::v1::Meta::descriptor(), config::v1::Worker::descriptor()}) {
    Walk(type, visit, &seen);
  }
  REQUIRE(seen.size() > 10);
}

bool IsNumber(const FieldDescriptor& field) {
  return IsDuration(field) || field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64 || field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
}

// A rule's text as a number, read by the parser of its unit; an independent reading of what common/config does.
double NumberOf(const std::string& text, const FieldDescriptor& field) {
  if (IsDuration(field)) {
    REQUIRE(ParseDuration(text).ok());
    return ToSeconds(*ParseDuration(text));
  }
  switch (RuleOf(field).unit()) {
    case config::v1::BYTES: REQUIRE(ParseBytes(text).ok()); return static_cast<double>(*ParseBytes(text));
    case config::v1::BYTES_PER_SECOND: REQUIRE(ParseBytesPerSecond(text).ok()); return *ParseBytesPerSecond(text);
    default: break;
  }
  size_t end = 0;
  const double number = std::stod(text, &end);
  REQUIRE(end == text.size());
  return number;
}

}  // namespace

TEST_CASE("every field has a kind that the loader knows", "[config]") {
  WalkAll([](const FieldDescriptor& field) {
    INFO(field.full_name());
    const auto kind = field.cpp_type();
    if (field.is_repeated()) {
      CHECK((IsGroup(field) || kind == FieldDescriptor::CPPTYPE_STRING));
    } else {
      CHECK((IsGroup(field) || IsNumber(field) || kind == FieldDescriptor::CPPTYPE_STRING ||
             kind == FieldDescriptor::CPPTYPE_BOOL));
    }
    CHECK_FALSE(field.is_map());
    CHECK(field.containing_oneof() == nullptr);
  });
}

TEST_CASE("units stand only at fields that can hold them", "[config]") {
  WalkAll([](const FieldDescriptor& field) {
    INFO(field.full_name());
    const auto unit = RuleOf(field).unit();
    if (unit == config::v1::BYTES) CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64);
    if (unit == config::v1::BYTES_PER_SECOND) CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE);
    if (RuleOf(field).one_of_size() > 0) CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  });
}

TEST_CASE("defaults and bounds of numbers parse, and defaults lie within the bounds", "[config]") {
  WalkAll([](const FieldDescriptor& field) {
    if (field.is_repeated() || !IsNumber(field)) return;
    INFO(field.full_name());
    const config::v1::Rule& rule = RuleOf(field);
    // A number without an upper bound is no limit.
    REQUIRE_FALSE(rule.max().empty());
    const double max = NumberOf(rule.max(), field);
    const double min = rule.min().empty() ? 0 : NumberOf(rule.min(), field);
    CHECK(min <= max);
    const double fallback = rule.default_().empty() ? 0 : NumberOf(rule.default_(), field);
    if (!rule.required()) {
      CHECK(fallback >= min);
      CHECK(fallback <= max);
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) CHECK(max <= std::numeric_limits<uint32_t>::max());
    // The loader computes in double.
    CHECK(max <= 9.2e18);
  });
}

TEST_CASE("bounds of texts and lists are whole numbers that the default keeps", "[config]") {
  WalkAll([](const FieldDescriptor& field) {
    const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (!field.is_repeated() && !text) return;
    INFO(field.full_name());
    const config::v1::Rule& rule = RuleOf(field);
    const double min = rule.min().empty() ? 0 : NumberOf(rule.min(), field);
    const double max = rule.max().empty() ? 1e18 : NumberOf(rule.max(), field);
    CHECK(min <= max);
    if (field.is_repeated()) {
      CHECK(rule.default_().empty());
    } else if (rule.one_of_size() > 0 && !rule.required()) {
      const std::set<std::string> words(rule.one_of().begin(), rule.one_of().end());
      CHECK(words.count(rule.default_()) == 1);
    } else if (!rule.required()) {
      CHECK(static_cast<double>(rule.default_().size()) >= min);
      CHECK(static_cast<double>(rule.default_().size()) <= max);
    }
  });
}

TEST_CASE("an empty file breaks no rule of a single field", "[config]") {
  config::v1::Extender extender;
  CHECK(ParseConfig("", {}, &extender).ok());
  config::v1::Meta meta;
  CHECK(ParseConfig("", {}, &meta).ok());
  config::v1::Worker worker;
  CHECK(ParseConfig("", {}, &worker).ok());
}
